using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FaceBias.Primitives.Json;

/// <summary>How this project writes JSON: camelCase, enumerations as words, no NaN.</summary>
internal static class CoreJson
{
    /// <summary>Indented, for files that people read.</summary>
    public static JsonSerializerOptions Options { get; } = Create(indented: true);

    /// <summary>On one line, for metadata and journals.</summary>
    public static JsonSerializerOptions Compact { get; } = Create(indented: false);

    private static JsonSerializerOptions Create(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = indented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        AllowOutOfOrderMetadataProperties = true,
    };
}
