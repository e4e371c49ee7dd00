using FaceBias.Core.Backbones;
using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Review;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Workflows.Train;

/// <summary>The images of a run with their labels, curated and split.</summary>
/// <param name="Manifest">Every file with what was found about it.</param>
/// <param name="Summary">The counts.</param>
/// <param name="Targets">What to predict, by image.</param>
/// <param name="Groups">Further columns to audit by.</param>
/// <param name="Notices">Labels and files that did not fit, one sentence each.</param>
internal sealed record RunData(
    Manifest Manifest, CurationSummary Summary, IReadOnlyList<Target> Targets, IReadOnlyList<Target> Groups,
    IReadOnlyList<string> Notices)
{
    /// <summary>Images of a split, in the manifest's order.</summary>
    public List<int> Images(Split split) => [.. Enumerable.Range(0, Manifest.Count).Where(i => Manifest.Splits[i] == split)];

    /// <summary>Lists, labels, curates and splits; features, if given, take a second look at near duplicates.</summary>
    public static RunData Load(TrainRunOptions options, ImageFeatures? secondLook, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var listing = ImageFolder.List(options.Images);
        var labels = LabelSource.Load(options.Labels, listing.Files, options.ImageColumn);
        (labels, var given) = GivenSplits.Take(labels);
        var curation = Curator.Run(listing.Files, labels, new CurationOptions
        {
            NearDistance = options.NearDistance,
            Near = options.KeepOneOfNear ? NearPolicy.KeepBest : NearPolicy.DropAll,
            Features = secondLook,
            Drop = options.Drop,
            Decisions = options.Review is null ? [] : ReviewFile.Read(options.Review),
            CacheFolder = Path.Combine(options.Home, "images"),
        }, progress, cancel);
        var (manifest, summary) = curation;
        labels = curation.Labels!;
        Target Find(string name) => labels.Target(name, options.Categorical.Contains(name) ? TargetKind.Categorical : null);
        var targets = options.Targets.Select(Find).ToList();
        var groups = options.Groups.Where(g => !options.Targets.Contains(g)).Select(Find).ToList();

        var notices = labels.Notices.Select(n => n.Sentence).Concat(curation.Notices).ToList();
        if (summary.Decisions.Count > 0)
            notices.Add($"A person decided on {summary.Decisions.Values.Sum():N0} images ({string.Join(", ", summary.Decisions.Select(d => $"{d.Key} {d.Value:N0}"))}): {options.Review}.");
        notices.AddRange(listing.Unreadable.Select(reason => $"{reason}."));
        if (listing.Ignored > 0)
            notices.Add($"{listing.Ignored:N0} files are no images by their extension and were ignored.");

        var included = Enumerable.Range(0, manifest.Count)
            .Select(i => manifest.Kept[i] && labels.Labelled[i] && targets.Any(t => !t.IsMissing(i))).ToArray();
        var count = included.Count(i => i);
        if (count < 10)
            throw new FaceBiasException(
                $"Only {count} of {manifest.Count:N0} images are readable, labelled and no duplicates ({summary.Unreadable:N0} unreadable, {summary.NearFlagged:N0} near duplicates, {summary.LabelConflicts:N0} label conflicts); at least 10 are needed.");
        if (given is not null)
        {
            GivenSplits.Use(given, included, manifest);
            notices.Add(GivenSplits.Notice);
        }
        else
            Splitter.Assign(manifest, included, [.. targets, .. groups], new SplitOptions { Seed = unchecked((int)options.Training.Seed) });
        return new RunData(manifest, summary, targets, groups, notices);
    }
}
