using System.Text.Json;
using FaceBias.Core.Curation.Quality;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Curation;

/// <summary>Near duplicates at one distance.</summary>
/// <param name="Distance">Bits that may differ.</param>
/// <param name="Pairs">Pairs within the distance, among the unique images.</param>
/// <param name="Flagged">Images in at least one such pair.</param>
/// <param name="Left">Unique images in none.</param>
internal sealed record NearCount(int Distance, long Pairs, int Flagged, int Left);

/// <summary>A group of exact copies whose labels contradict each other.</summary>
/// <param name="Labels">The labels of each, as <c>gender=male; age=30</c>; null where it has none.</param>
internal sealed record LabelConflict(IReadOnlyList<string> Ids, IReadOnlyList<string?> Labels);

/// <summary>The counts of a curation, as written to <c>curation.json</c>.</summary>
internal sealed record CurationSummary
{
    /// <summary>Maximum number of files, groups and clusters that are listed; all are in the manifest.</summary>
    public const int Listed = 1000;

    /// <summary>Images looked at.</summary>
    public required int Files { get; init; }

    /// <summary>Those that cannot be decoded.</summary>
    public required int Unreadable { get; init; }

    /// <summary>Readable images, exact copies counted once.</summary>
    public required int Unique { get; init; }

    /// <summary>Groups of exact copies.</summary>
    public required int ExactGroups { get; init; }

    /// <summary>Such groups whose members carry different labels.</summary>
    public required int LabelConflicts { get; init; }

    public required int NearDistance { get; init; }

    /// <summary>What became of near duplicates.</summary>
    public required NearPolicy NearPolicy { get; init; }

    /// <summary>The second look at these pairs by features; null where there was none.</summary>
    public SecondLook? SecondLook { get; init; }

    /// <summary>Pairs of hashes within the distance, among the unique images.</summary>
    public required long NearPairs { get; init; }

    /// <summary>Images that are near duplicates.</summary>
    public required int NearFlagged { get; init; }

    /// <summary>Clusters that they form.</summary>
    public required int NearClusters { get; init; }

    /// <summary>Readable images in which no face was found; null where nobody looked.</summary>
    public int? NotFace { get; init; }

    /// <summary>The same person in different splits; null where nobody looked.</summary>
    public PersonLeak? PersonLeak { get; init; }

    /// <summary>Images per flag; a flag that nobody looked for is missing, one that was not found is 0.</summary>
    public required IReadOnlyDictionary<string, int> Flags { get; init; }

    /// <summary>Flags that dropped an image by request, beside unreadable, copies, conflicts and near
    /// duplicates.</summary>
    public required IReadOnlyList<string> Dropped { get; init; }

    /// <summary>Decisions of a person that were followed, by what was decided.</summary>
    public required IReadOnlyDictionary<string, int> Decisions { get; init; }

    /// <summary>Images left for training and audit.</summary>
    public required int Kept { get; init; }

    /// <summary>Near duplicates by hash at other distances.</summary>
    public required IReadOnlyList<NearCount> Thresholds { get; init; }

    /// <summary>From which score on a picture is flagged.</summary>
    public required QualityLimits Limits { get; init; }

    /// <summary>How many images are animated, rotated, CMYK, ...</summary>
    public required IReadOnlyDictionary<string, int> Traits { get; init; }

    /// <summary>Why files are unreadable, by id; at most <see cref="Listed"/>.</summary>
    public required IReadOnlyDictionary<string, string> Reasons { get; init; }

    /// <summary>The label conflicts; at most <see cref="Listed"/>.</summary>
    public required IReadOnlyList<LabelConflict> Conflicts { get; init; }

    /// <summary>Writes <c>curation.json</c>.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, CoreJson.Options));

    internal static CurationSummary From(Manifest manifest, CopyCounts copies, CurationOptions options)
    {
        int[] rows = [.. Enumerable.Range(0, manifest.Count)];
        var (unique, groups, conflicts, near, second) = copies;
        NearCount At(int d) => new(d, near.PairsWithin(d), near.FlaggedWithin(d), unique - near.FlaggedWithin(d));
        var flags = ManifestFlagNames.All.Where(f => IsLookedFor(manifest, f))
            .ToDictionary(f => f.Column(), f => manifest.Flags.Count(m => m.HasFlag(f)));
        var nearRows = rows.Where(i => manifest.Flags[i].HasFlag(ManifestFlags.NearDuplicate)).ToArray();
        return new()
        {
            Files = manifest.Count,
            Unreadable = manifest.Problem.Count(p => p is not null),
            Unique = unique,
            ExactGroups = groups,
            LabelConflicts = conflicts,
            NearDistance = options.NearDistance,
            NearPolicy = options.Near,
            NearPairs = At(options.NearDistance).Pairs,
            SecondLook = second,
            NearFlagged = nearRows.Length,
            NearClusters = nearRows.Select(i => manifest.Cluster[i]).Distinct().Count(),
            NotFace = flags.TryGetValue(ManifestFlags.NotFace.Column(), out var count) ? count : null,
            Flags = flags,
            Dropped = [.. options.Drop.Columns()],
            Decisions = manifest.Decisions.Where(d => d is not null).CountBy(d => d!).ToDictionary(),
            Kept = manifest.Kept.Count(k => k),
            Thresholds = [.. Enumerable.Range(0, near.MaxDistance + 1).Select(At)],
            Limits = options.Limits,
            Traits = Enum.GetValues<ImageTraits>().Where(t => t != ImageTraits.None)
                .Select(t => (Name: t.ToString().ToLowerInvariant(), Count: manifest.Traits.Count(m => m.HasFlag(t))))
                .Where(t => t.Count > 0).ToDictionary(t => t.Name, t => t.Count),
            Reasons = rows.Where(i => manifest.Problem[i] is not null).Take(Listed)
                .ToDictionary(i => manifest.Files[i].Id, i => manifest.Problem[i]!),
            Conflicts = [.. rows.Where(i => manifest.Flags[i].HasFlag(ManifestFlags.LabelConflict))
                .GroupBy(i => manifest.ExactGroup[i]).Take(Listed)
                .Select(g => new LabelConflict([.. g.Select(i => manifest.Files[i].Id)],
                    [.. g.Select(i => LabelText.Of(manifest.Labels, i))]))],
        };
    }

    private static bool IsLookedFor(Manifest manifest, ManifestFlags flag) => flag switch
    {
        ManifestFlags.NotFace => manifest.Measure(ManifestMeasures.Faces) is not null
            || manifest.Measure(ManifestMeasures.FeatureDistance) is not null,
        ManifestFlags.SuspiciousLabel => manifest.Measure(ManifestMeasures.Suspicion) is not null,
        ManifestFlags.LabelConflict => manifest.Labels.Count > 0,
        ManifestFlags.Leak => Array.Exists(manifest.Splits, s => s != Split.None),
        ManifestFlags.PersonLeak => manifest.Measure(ManifestMeasures.PersonSimilarity) is not null,
        _ => true,
    };
}
