using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Review;
using FaceBias.Core.Data.Labels;

namespace FaceBias.Workflows.Train;

/// <summary>The images of a run with their labels, curated and split.</summary>
/// <param name="Manifest">Every file with what was found about it.</param>
/// <param name="Targets">What to predict, by image.</param>
/// <param name="Groups">Further columns to audit by.</param>
/// <param name="Together">The column whose images are kept on one side of the splits; null for none.</param>
/// <param name="Notices">What every column is used for, what was assumed, labels and files that did not fit: one
/// sentence each.</param>
internal sealed record RunData(
    Manifest Manifest, CurationSummary Summary, IReadOnlyList<Target> Targets, IReadOnlyList<Target> Groups,
    TextColumn? Together, IReadOnlyList<string> Notices)
{
    // Of the images for training, where official splits have no validation.
    private const double ValidationShare = 0.15;

    /// <summary>Images of a split, in the manifest's order.</summary>
    public List<int> Images(Split split) =>
        [.. Enumerable.Range(0, Manifest.Count).Where(i => Manifest.Splits[i] == split)];

    /// <summary>Lists, labels, checks, curates and splits; features, if given, take a second look at near
    /// duplicates.</summary>
    public static RunData Load(TrainRunOptions options, ImageFeatures? secondLook, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        var input = TrainInput.Load(options, progress, cancel);
        var problems = new ProblemList();
        TrainCheck.Find(input, problems);
        problems.Throw("training");
        return Load(options, input, secondLook, progress, cancel);
    }

    /// <summary>The same for what was checked already.</summary>
    public static RunData Load(
        TrainRunOptions options, TrainInput input, ImageFeatures? secondLook, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        var (listing, labels) = (input.Listing, input.Labels);
        var curation = Curator.Run(listing.Files, labels, new CurationOptions
        {
            NearDistance = options.NearDistance,
            Near = options.Near,
            Features = secondLook,
            Drop = options.Drop,
            Decisions = options.Review is null ? [] : ReviewFile.Read(options.Review),
            CacheFolder = Path.Combine(options.Home, "images"),
        }, progress, cancel);
        var (manifest, summary) = curation;
        labels = curation.Labels!;
        var targets = input.Targets.Select(n => labels.Target(n)).ToList();
        var groups = input.Groups.Select(labels.Group).ToList();

        List<string> notices = [input.Columns(), .. labels.Notices.Select(n => n.Sentence), .. curation.Notices,
            .. TrainDoubts.Of(input)];
        if (summary.Decisions.Count > 0)
            notices.Add($"A person decided on {summary.Decisions.Values.Sum():N0} images "
                + $"({string.Join(", ", summary.Decisions.Select(d => $"{d.Key} {d.Value:N0}"))}): {options.Review}.");
        notices.AddRange(listing.Unreadable.Select(reason => $"{reason}."));
        if (listing.Ignored > 0)
            notices.Add($"{listing.Ignored:N0} files are no images by their extension and were ignored.");

        var included = Enumerable.Range(0, manifest.Count)
            .Select(i => manifest.Kept[i] && labels.Labelled[i] && targets.Any(t => !t.IsMissing(i))).ToArray();
        var count = included.Count(i => i);
        if (count < 10)
            throw new FaceBiasException(
                $"Only {count} of {manifest.Count:N0} images are readable, labelled and no duplicates "
                    + $"({summary.Unreadable:N0} unreadable, {summary.NearFlagged:N0} near duplicates, "
                    + $"{summary.LabelConflicts:N0} label conflicts); at least 10 are needed.");
        notices.Add(Divide(manifest, included, input, labels, targets, unchecked((int)options.Training.Seed)));
        if (manifest.Splits.All(s => s != Split.Train) || manifest.Splits.All(s => s != Split.Test))
            throw new FaceBiasException(
                "After curation no image is left for training or none for the test; look at the duplicates with "
                    + "facebias curate, or give a smaller ‹NearDistance›.");
        notices.AddRange(targets.Select(t => Untrained(t, manifest.Splits)).OfType<string>());
        return new RunData(manifest, summary, targets, groups,
            input.Together is { } together ? labels.Table.Text(together) : null, notices);
    }

    /// <summary>Duplicates, and all images with one value of a column, by the lowest of them.</summary>
    private static int[] Clusters(Manifest manifest, TextColumn? column)
    {
        if (column is null)
            return manifest.Cluster;
        var sets = new DisjointSets(manifest.Count);
        var first = new Dictionary<int, int>();
        for (var i = 0; i < manifest.Count; i++)
        {
            sets.Join(i, manifest.Cluster[i]);
            if (column.Codes[i] is >= 0 and var code && !first.TryAdd(code, i))
                sets.Join(i, first[code]);
        }
        return [.. Enumerable.Range(0, manifest.Count).Select(sets.Root)];
    }

    /// <summary>Says which classes the model never sees.</summary>
    private static string? Untrained(Target target, Split[] splits)
    {
        var trained = new bool[target.Classes.Count];
        var tested = new bool[target.Classes.Count];
        for (var i = 0; i < target.Codes.Length; i++)
        {
            if (target.Codes[i] >= 0 && splits[i] is Split.Train)
                trained[target.Codes[i]] = true;
            else if (target.Codes[i] >= 0 && splits[i] is not Split.None)
                tested[target.Codes[i]] = true;
        }
        string[] unseen = [.. target.Classes.Where((_, c) => tested[c] && !trained[c])];
        return unseen.Length == 0 ? null
            : $"{unseen.Length:N0} of {target.Classes.Count:N0} classes of '{target.Name}' have images for the test "
                + "or validation but none for training, so that the model cannot know them: "
            + $"{unseen.Take(3).Quoted()}{(unseen.Length > 3 ? ", ..." : "")}.";
    }

    /// <summary>Divides the images. Who goes where depends on images, targets, stratification and seed alone, so that
    /// groups that are compared change nothing.</summary>
    /// <returns>What was done, in a sentence.</returns>
    internal static string Divide(Manifest manifest, bool[] included, TrainInput input, LabelSet labels,
        IReadOnlyList<Target> targets, int seed)
    {
        List<Target> strata = [.. targets, .. input.Stratify.Select(labels.Group)];
        var names = string.Join(", ", strata.Select(t => t.Name));
        var clusters = Clusters(manifest, input.Together is { } column ? labels.Table.Text(column) : null);
        if (labels.Given is not { } given)
        {
            Splitter.Assign(manifest.Count, i => manifest.Files[i].Id, included, clusters, strata,
                new SplitOptions { Seed = seed }).CopyTo(manifest.Splits, 0);
            return string.Create(CultureInfo.InvariantCulture,
                $"The labels bring no splits; images were split 70/15/15 with seed {seed}, stratified by {names}")
                + (input.Together is { } whole ? $", all of one '{whole}' on one side." : ".");
        }
        for (var i = 0; i < included.Length; i++)
            manifest.Splits[i] = included[i] ? given.Of[i] : Split.None;
        if (manifest.Splits.Contains(Split.Validation))
            return given.Sentence;
        bool[] train = [.. manifest.Splits.Select(s => s == Split.Train)];
        var parts = Splitter.Assign(manifest.Count, i => manifest.Files[i].Id, train, clusters, strata,
            new SplitOptions { Seed = seed, Train = 1 - ValidationShare, Validation = ValidationShare });
        for (var i = 0; i < parts.Length; i++)
            if (train[i])
                manifest.Splits[i] = parts[i] == Split.Validation ? Split.Validation : Split.Train;
        return string.Create(CultureInfo.InvariantCulture,
            $"{given.Sentence} They have no validation: {ValidationShare:P0} of the images for training are used for "
                + $"it, with seed {seed}, stratified by {names}.");
    }
}
