using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Review;
using FaceBias.Workflows.Curate;

namespace FaceBias.Workflows.Bounty;

/// <summary>
/// Which training images show a person: none where the features are far from those of the others and, if a detector
/// looked, it found no face. The column real_face is not asked. What a person wrote into review.csv overrules both:
/// keep for a person, drop for another picture.
/// </summary>
/// <param name="Manifest">Every image with its hash and flags.</param>
/// <param name="IsNoise">Whether it shows no person.</param>
/// <param name="Unreadable">Images that cannot be used.</param>
internal sealed record BountyNoise(Manifest Manifest, bool[] IsNoise, bool[] Unreadable)
{
    /// <summary>The folder of the curation, with the page to look at and review.csv to write into.</summary>
    public const string Folder = "curation";

    /// <summary>Looks at the training images.</summary>
    public static (BountyNoise Noise, IReadOnlyList<string> Lines) Find(BountyRunOptions options, string train,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var folder = Path.Combine(options.Out, Folder);
        var lines = CurateRun.Execute(new()
        {
            Images = [train],
            Out = folder,
            Review = options.Review,
            Faces = options.Detector,
            Backbone = options.Backbone,
            Near = NearPolicy.KeepFirst,
            Home = options.Home,
            Threads = options.Threads,
        }, progress, cancel);
        var manifest = Manifest.Read(Path.Combine(folder, "manifest.parquet"));
        var decided = ReviewFile.Read(Path.Combine(folder, ReviewFile.Name)).ToDictionary(d => d.Id, d => d.Action,
            StringComparer.Ordinal);
        var noise = new bool[manifest.Count];
        for (var i = 0; i < noise.Length; i++)
        {
            noise[i] = decided.TryGetValue(manifest.Files[i].Id, out var action) && action != ReviewAction.Relabel
                ? action == ReviewAction.Drop : manifest.Flags[i].HasFlag(ManifestFlags.NotFace);
        }
        return (new(manifest, noise, [.. manifest.Problem.Select(p => p is not null)]), lines);
    }

    /// <summary>Recall and precision against real_face, where the labels tell; null where they do not.</summary>
    public BountyNoiseQuality? Against(BountyImages images)
    {
        if (images.Labels.Find(BountyClasses.RealFace) is not { } column)
            return null;
        var names = images.Labels.Text(BountyClasses.Name);
        var real = new Dictionary<string, bool>(StringComparer.Ordinal);
        for (var r = 0; r < images.Labels.RowCount; r++)
            if (!column.IsMissing(r))
                real[names[r]!] = BountyScore.IsRealFace(column, r);
        int right = 0, flagged = 0, all = 0;
        for (var i = 0; i < IsNoise.Length; i++)
        {
            if (Unreadable[i] || !real.TryGetValue(Path.GetFileName(Manifest.Files[i].Path), out var face))
                continue;
            all += face ? 0 : 1;
            flagged += IsNoise[i] ? 1 : 0;
            right += IsNoise[i] && !face ? 1 : 0;
        }
        return new(all, flagged, right, all == 0 ? null : (double)right / all,
            flagged == 0 ? null : (double)right / flagged);
    }
}

/// <summary>How well pictures without a person were recognised.</summary>
/// <param name="Noise">Those that there are.</param>
/// <param name="Flagged">Those that were taken for such.</param>
/// <param name="Right">Those of them that are.</param>
/// <param name="Recall">Right of all; null where there are none.</param>
/// <param name="Precision">Right of the flagged; null where there are none.</param>
internal sealed record BountyNoiseQuality(int Noise, int Flagged, int Right, double? Recall, double? Precision);
