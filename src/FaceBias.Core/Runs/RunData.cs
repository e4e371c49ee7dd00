using FaceBias.Core.Curation;
using FaceBias.Core.Data;

namespace FaceBias.Core.Runs;

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
    private const string SplitColumn = "split";

    /// <summary>Images of a split, in the manifest's order.</summary>
    public List<int> Images(Split split) => [.. Enumerable.Range(0, Manifest.Count).Where(i => Manifest.Splits[i] == split)];

    /// <summary>Lists, labels, curates and splits.</summary>
    public static RunData Load(TrainRunOptions options, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var listing = ImageFolder.List(options.Images);
        var labels = LabelSource.Load(options.Labels, listing.Files, options.ImageColumn);
        var given = labels.Table.Find(SplitColumn) as TextColumn;
        if (given is not null)
            labels = labels with { Table = new Table(labels.Table.Columns.Where(c => c.Name != SplitColumn)) };
        Target Find(string name) => labels.Target(name, options.Categorical.Contains(name) ? TargetKind.Categorical : null);
        var targets = options.Targets.Select(Find).ToList();
        var groups = options.Groups.Where(g => !options.Targets.Contains(g)).Select(Find).ToList();

        var (manifest, summary) = Curator.Run(listing.Files, labels, new CurationOptions
        {
            NearDistance = options.NearDistance,
            Near = options.KeepOneOfNear ? NearPolicy.KeepFirst : NearPolicy.DropAll,
            CacheFolder = Path.Combine(options.Home, "images"),
        }, progress, cancel);

        var notices = labels.Notices.Select(n => n.Sentence).ToList();
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
            UseGiven(given, included, manifest, notices);
        else
            Splitter.Assign([.. manifest.Files.Select(f => f.Id)], included, manifest.Cluster, [.. targets, .. groups],
                new SplitOptions { Seed = unchecked((int)options.Training.Seed) }).CopyTo(manifest.Splits, 0);
        return new RunData(manifest, summary, targets, groups, notices);
    }

    private static void UseGiven(TextColumn given, bool[] included, Manifest manifest, List<string> notices)
    {
        var byLevel = given.Levels.Select(level => level.ToLowerInvariant() switch
        {
            "train" or "training" => Split.Train,
            "validation" or "valid" or "val" or "dev" => Split.Validation,
            "test" => Split.Test,
            _ => throw new FaceBiasException(
                $"The labels' column '{SplitColumn}' holds '{level}'; it must hold train, validation or test, or be renamed."),
        }).ToArray();
        for (var i = 0; i < included.Length; i++)
            if (included[i] && given.Codes[i] >= 0)
                manifest.Splits[i] = byLevel[given.Codes[i]];
        notices.Add($"The splits are those of the labels' column '{SplitColumn}'.");
    }
}
