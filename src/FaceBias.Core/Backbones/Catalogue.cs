using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Backbones;

/// <summary>The models that FaceBias knows: those of <c>models/catalogue.json</c>, which is part of the program, and
/// those that the user imported.</summary>
internal sealed partial class Catalogue
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly Dictionary<string, CatalogueEntry> _byName = new(StringComparer.Ordinal);

    /// <exception cref="FaceBiasException">An entry is incomplete or contradicts itself, or a name comes
    /// twice.</exception>
    public Catalogue(IEnumerable<CatalogueEntry> entries)
    {
        foreach (var entry in entries)
        {
            Check(entry);
            if (!_byName.TryAdd(entry.Name, entry))
                throw new FaceBiasException($"The catalogue has two models named '{entry.Name}'; rename one.");
        }
    }

    /// <summary>The catalogue that comes with the program.</summary>
    public static Catalogue BuiltIn { get; } = ReadBuiltIn();

    /// <summary>The entries in the catalogue's order.</summary>
    public IReadOnlyCollection<CatalogueEntry> Entries => _byName.Values;

    /// <summary>The model of this name, or null.</summary>
    public CatalogueEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Reads one entry, as an import writes it.</summary>
    public static CatalogueEntry Parse(string json, string path)
    {
        try
        {
            var entry = JsonSerializer.Deserialize<CatalogueEntry>(json, Json) ?? throw new JsonException("null");
            Check(entry);
            return entry;
        }
        catch (JsonException e)
        {
            throw new FaceBiasException(
                $"'{path}' is no catalogue entry, or is damaged; delete it and import the model again.", e);
        }
    }

    /// <summary>An entry as JSON.</summary>
    public static string Write(CatalogueEntry entry) => JsonSerializer.Serialize(entry, Json);

    /// <summary>Whether a text may be the name of a model: letters, digits, '.', '_' and '-', so that it is a safe file
    /// name everywhere.</summary>
    public static bool IsName(string name) => NamePattern().IsMatch(name);

    private static Catalogue ReadBuiltIn()
    {
        using var stream = typeof(Catalogue).Assembly.GetManifestResourceStream("catalogue.json")
            ?? throw new InvalidOperationException("The program was built without its catalogue.");
        return new Catalogue(JsonSerializer.Deserialize<CatalogueEntry[]>(stream, Json) ?? []);
    }

    private static void Check(CatalogueEntry entry)
    {
        if (!IsName(entry.Name))
            throw new FaceBiasException(
                $"'{entry.Name}' cannot be the name of a model; use up to 64 letters, digits, '.', '_' and '-'.");
        entry.Input.Checked(entry.Name);
        var wrong =
            entry.Files.Count == 0 ? "has no files"
            : entry.Files.FirstOrDefault(f => !IsInside(f.Path)) is { } outside
                ? $"has the file path '{outside.Path}', which leaves the package"
            : entry.Files.FirstOrDefault(f => !Sha256Pattern().IsMatch(f.Sha256)) is { } unsigned
                ? $"has no SHA-256 for '{unsigned.Path}'"
            : entry.Kind == ModelKind.Backbone && entry.Features is not { Count: > 0 } ? "has no features"
            : entry.Importer is not (ModelImporterKind.Tfjs or ModelImporterKind.Tflite)
                && entry.Features?.Pooled is { Count: > 0 }
                ? "pools maps, which can be done with TensorFlow.js and TensorFlow Lite models only"
            : entry.Outputs.Select(o => o.Name).Distinct().Count() != entry.Outputs.Count
                ? "has two outputs of the same name"
            : entry.Licence.Length == 0 || entry.WeightsLicence.Length == 0 ? "does not state its licences"
            : null;
        if (wrong is not null)
            throw new FaceBiasException($"The catalogue entry '{entry.Name}' {wrong}; correct it.");
    }

    private static bool IsInside(string path) =>
        path.Length > 0 && !Path.IsPathRooted(path) && !path.Contains('\\', StringComparison.Ordinal)
            && !path.Split('/').Any(p => p is "" or "." or "..");

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[0-9a-f]{64}\z")]
    private static partial Regex Sha256Pattern();
}
