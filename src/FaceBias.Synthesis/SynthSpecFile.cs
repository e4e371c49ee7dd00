using System.Text.Json;
using System.Text.Json.Serialization;

namespace FaceBias.Synthesis;

/// <summary>Reads a <see cref="SynthSpec"/> from JSON and checks every field. Names are in snake case; a field that is
/// not known is refused, since a misspelt one would silently plant nothing.</summary>
internal static class SynthSpecFile
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    public static SynthSpec Quickstart()
    {
        using var stream = typeof(SynthSpecFile).Assembly.GetManifestResourceStream("quickstart.json")
            ?? throw new InvalidOperationException("The quickstart spec is not in the assembly.");
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd(), "the quickstart spec");
    }

    public static SynthSpec Read(string path)
    {
        if (!File.Exists(path))
            throw new FaceBiasException($"The spec '{path}' does not exist; check ‹Spec›.", ErrorKind.Missing);
        try
        {
            return Parse(File.ReadAllText(path), $"the spec '{path}'");
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read the spec '{path}'", e);
        }
    }

    public static SynthSpec Parse(string json, string source)
    {
        SynthSpec? spec;
        try
        {
            spec = JsonSerializer.Deserialize<SynthSpec>(json, Json);
        }
        catch (JsonException e)
        {
            throw new FaceBiasException($"In {source}, {Explain(e)}.", e);
        }
        if (spec is null)
            throw new FaceBiasException(
                $"In {source}, there is 'null' where an object with the fields of a spec must be.");
        SynthSpecCheck.Check(spec, source);
        return spec;
    }

    private static string Explain(JsonException e)
    {
        var field = e.Path is { } path && path.Length > 2 ? path[2..] : "the whole file";
        var line = e.LineNumber is { } n ? $" (line {n + 1})" : "";
        // The serializer's own messages name .NET types; only the cases are kept.
        return e.Message switch
        {
            var m when m.Contains("could not be mapped", StringComparison.Ordinal) =>
                $"'{field}' is not a known field{line}; check its spelling or take it out",
            var m when m.Contains("uplicate", StringComparison.Ordinal) =>
                $"'{field}' is given twice{line}; take one out",
            var m when m.Contains("could not be converted", StringComparison.Ordinal) =>
                $"'{field}' has a value of the wrong kind{line}; compare it with the synth.json that 'facebias synth' "
                    + "writes without ‹Spec›",
            var m when m.Contains("non-nullable", StringComparison.Ordinal)
                || m.Contains("null", StringComparison.Ordinal) =>
                $"'{field}' is null{line}; give it a value or take it out",
            _ => $"the text is not valid JSON{line}, at {field}; correct it there",
        };
    }
}
