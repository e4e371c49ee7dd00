using System.Text.Json;
using System.Text.Json.Serialization;

namespace FaceBias.Auditing;

/// <summary>Reads and writes <c>audit.json</c>; docs/reference/audit-json.md describes its fields.</summary>
public static class AuditFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Writes a result; the same result always gives the same bytes.</summary>
    public static void Write(string path, AuditResult result) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(result, Json) + "\n");

    /// <summary>Reads a result back.</summary>
    /// <exception cref="FaceBiasException">The file is missing, no audit, or of another version.</exception>
    public static AuditResult Read(string path)
    {
        try
        {
            var result = JsonSerializer.Deserialize<AuditResult>(File.ReadAllText(path), Json);
            if (result is null || result.Version != AuditResult.CurrentVersion)
                throw new FaceBiasException(
                    $"'{path}' is an audit of version {result?.Version}, and version {AuditResult.CurrentVersion} is needed; "
                    + "run the audit again.");
            return result;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new FaceBiasException(
                $"'{path}' cannot be read as an audit: {e.Message.TrimEnd('.')}; run the audit again.", e);
        }
    }
}
