using System.Text.Json;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Curation;

/// <summary>Near duplicates at one distance.</summary>
/// <param name="Distance">Bits that may differ.</param>
/// <param name="Pairs">Pairs within the distance, among the unique images.</param>
/// <param name="Flagged">Images in at least one such pair.</param>
/// <param name="Left">Unique images in none.</param>
public sealed record NearCount(int Distance, long Pairs, int Flagged, int Left);

/// <summary>The counts of a curation, as written to <c>curation.json</c>.</summary>
/// <param name="Files">Images looked at.</param>
/// <param name="Unreadable">Those that cannot be decoded.</param>
/// <param name="Unique">Readable images, exact copies counted once.</param>
/// <param name="ExactGroups">Groups of exact copies.</param>
/// <param name="LabelConflicts">Such groups whose members carry different labels.</param>
/// <param name="NearDistance">The distance used.</param>
/// <param name="NearPairs">Pairs within it, among the unique images.</param>
/// <param name="NearFlagged">Images in at least one such pair.</param>
/// <param name="Kept">Images left for training and audit.</param>
/// <param name="Thresholds">The same at other distances.</param>
/// <param name="Traits">How many images are animated, rotated, CMYK, ...</param>
/// <param name="Reasons">Why files are unreadable: id and reason of each, at most <see cref="ListedReasons"/>; all are in
/// the manifest.</param>
public sealed record CurationSummary(int Files, int Unreadable, int Unique, int ExactGroups, int LabelConflicts, int NearDistance,
    long NearPairs, int NearFlagged, int Kept, IReadOnlyList<NearCount> Thresholds, IReadOnlyDictionary<string, int> Traits,
    IReadOnlyDictionary<string, string> Reasons)
{
    /// <summary>Most unreadable files that are listed.</summary>
    public const int ListedReasons = 1000;

    /// <summary>Writes <c>curation.json</c>.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, CoreJson.Options));

    internal static CurationSummary From(Manifest manifest, int unique, int groups, int conflicts, int distance, NearResult near)
    {
        NearCount At(int d) => new(d, near.PairsWithin(d), near.FlaggedWithin(d), unique - near.FlaggedWithin(d));
        var chosen = At(distance);
        var reasons = new Dictionary<string, string>();
        for (var i = 0; i < manifest.Count && reasons.Count < ListedReasons; i++)
        {
            if (manifest.Problem[i] is { } problem)
                reasons[manifest.Files[i].Id] = problem;
        }
        var traits = Enum.GetValues<ImageTraits>().Where(t => t != ImageTraits.None)
            .Select(t => (Name: t.ToString().ToLowerInvariant(), Count: manifest.Traits.Count(m => m.HasFlag(t))))
            .Where(t => t.Count > 0).ToDictionary(t => t.Name, t => t.Count);
        return new(manifest.Count, manifest.Problem.Count(p => p is not null), unique, groups, conflicts, distance,
            chosen.Pairs, chosen.Flagged, manifest.Kept.Count(k => k),
            [.. Enumerable.Range(0, near.MaxDistance + 1).Select(At)], traits, reasons);
    }
}
