using System.Text.Json;
using System.Text.Json.Nodes;
using FaceBias.Core.Data;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Storage;

namespace FaceBias.Core.Data.Labels;

/// <summary>Labels that lie in tars beside their pictures, as WebDataset has it: <c>KEY.cls</c>, a word or number, and
/// <c>KEY.json</c>, an object whose words and numbers are labels.</summary>
internal static class WebDatasetLabels
{
    private const int LargestFile = 1 << 20;

    /// <summary>Writes them as a table with a row per picture, which is then read like any other.</summary>
    /// <param name="images">The pictures, of which those in tars have labels.</param>
    /// <param name="path">Where to; a name that ends in .jsonl.</param>
    /// <exception cref="FaceBiasException">No picture lies in a tar, or a file beside one is damaged.</exception>
    public static void Write(IReadOnlyList<ImageFile> images, string path)
    {
        var tars = images.Select(i => StoredFile.Member(i.Path)?.Tar).OfType<string>().Distinct().ToArray();
        if (tars.Length == 0)
            throw new FaceBiasException("‹Labels› webdataset reads them from the tars of ‹Images›, and no image lies "
                + "in a tar; give ‹Images› a tar or a folder of tars.");
        var rows = new Dictionary<(string Tar, string Key), JsonObject>();
        foreach (var tar in tars)
            TarMembers.Each(tar, IsLabel, (member, problem) =>
            {
                if (!IsLabel(member.Name) || member.Content is null)
                    return;
                if (problem is not null || member.Length > LargestFile)
                    throw new FaceBiasException($"'{member.Name}' in '{tar}' cannot be read: "
                        + $"{problem ?? "it is larger than 1 MB"}; write the tar again.");
                var key = (tar, Key(member.Name));
                if (!rows.TryGetValue(key, out var row))
                    rows.Add(key, row = []);
                using var reader = new StreamReader(member.Content);
                Add(row, member.Name, reader.ReadToEnd(), tar);
            }, []);
        using var writer = new StreamWriter(path);
        foreach (var image in images)
            if (StoredFile.Member(image.Path) is { } place
                && rows.TryGetValue((place.Tar, Key(MemberName(image.Path, place.Tar))), out var labels))
            {
                labels.Remove("image");
                var row = new JsonObject { ["image"] = image.Id };
                foreach (var (name, value) in labels)
                    row.Add(name, value?.DeepClone());
                writer.WriteLine(row.ToJsonString(CoreJson.Compact));
            }
    }

    private static void Add(JsonObject row, string name, string text, string tar)
    {
        if (name.EndsWith(".cls", StringComparison.OrdinalIgnoreCase))
        {
            row["cls"] = text.Trim();
            return;
        }
        try
        {
            foreach (var (field, value) in JsonNode.Parse(text) as JsonObject
                ?? throw new JsonException("it is no object"))
                if (value is JsonValue)
                    row[field] = value.DeepClone();
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new FaceBiasException($"'{name}' in '{tar}' is no JSON object: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static bool IsLabel(string name) => name.EndsWith(".cls", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    private static string MemberName(string location, string tar) =>
        location[(tar.Length + 2)..location.LastIndexOf('@')];

    /// <summary>A member's name up to the first '.' of its last part.</summary>
    private static string Key(string name)
    {
        var last = name.LastIndexOf('/') + 1;
        return name.IndexOf('.', last) is >= 0 and var dot ? name[..dot] : name;
    }
}
