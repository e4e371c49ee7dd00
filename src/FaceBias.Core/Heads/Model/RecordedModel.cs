using System.Text.Json;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;

namespace FaceBias.Core.Heads.Model;

/// <summary>Whether a model's file is still the one that the run beside it wrote.</summary>
internal static class RecordedModel
{
    private const string Record = "run.json";

    /// <summary>Compares the SHA-256 of a file with the one in the run's record in its folder, where there is one that
    /// names the file.</summary>
    /// <exception cref="FaceBiasException">It was changed or damaged since.</exception>
    public static void Check(string path)
    {
        var full = Path.GetFullPath(path);
        var record = Path.Combine(Path.GetDirectoryName(full)!, Record);
        if (!File.Exists(full) || !File.Exists(record) || Recorded(record, Path.GetFileName(full)) is not { } hash
            || Sha256.OfFile(full) == hash)
            return;
        throw new FaceBiasException(
            $"'{path}' is not the file that the run wrote: its SHA-256 is not that of the {Record} beside it. "
            + "Run the same command again, which writes it anew, or copy the file to another folder if it was changed "
            + "on purpose.");
    }

    /// <summary>The SHA-256 of a file as it was recorded; null where the record does not know it, or cannot be read and
    /// so proves nothing.</summary>
    private static string? Recorded(string record, string file)
    {
        try
        {
            var state = JsonSerializer.Deserialize<State>(File.ReadAllText(record), CoreJson.Options);
            // An empty one is of a step that was begun and not ended.
            return state?.Artefacts?.GetValueOrDefault(file) is { Length: > 0 } hash ? hash : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record State(Dictionary<string, string>? Artefacts);
}
