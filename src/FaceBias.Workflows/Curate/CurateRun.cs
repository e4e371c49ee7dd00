using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Faces;
using FaceBias.Core.Curation.Labels;
using FaceBias.Core.Curation.Persons;
using FaceBias.Core.Curation.Review;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Options;
using FaceBias.Reporting;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Curate;

/// <summary>Curates folders of images: <c>manifest.parquet</c>, <c>curation.json</c>, <c>curation.html</c> and
/// <c>review.csv</c>. The decisions of a person in <c>review.csv</c> are followed and kept.</summary>
internal static class CurateRun
{
    /// <summary>Curates and writes the files.</summary>
    /// <returns>Lines for the console.</returns>
    public static IReadOnlyList<string> Execute(CurateRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        return Run(options, () => List(options, progress, cancellationToken), null, progress, cancellationToken);
    }

    /// <summary>Finds what cannot be done before any work is.</summary>
    internal static void Check(CurateRunOptions options)
    {
        OptionSchema.Check(options);
        options.Pages.Check();
        if (options.Persons && !options.Faces)
            throw new FaceBiasException(
                "‹Persons› needs ‹Faces›: a face is cut out by its landmarks before it is compared.");
        FaceBiasHome.Check(options.Home);
        if (options.Review is not null && !File.Exists(options.Review))
            throw new FaceBiasException($"There is no file '{options.Review}'; check ‹Review›.", ErrorKind.Missing);
    }

    internal static ImageListing List(CurateRunOptions options, IProgress<StepProgress>? progress,
        CancellationToken cancel) =>
        ImageFolder.List(PixelTable.Unpack(options.Images, options.Home, progress, cancel));

    /// <param name="look">Hands on what a look at every file gave; null looks here.</param>
    internal static IReadOnlyList<string> Run(CurateRunOptions options, Func<ImageListing> list,
        Action<ImageProbe.Receive>? look, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        using var folder = RunFolder.Begin(options.Out, "curate",
            new Dictionary<string, object?> { ["images"] = options.Images, ["labels"] = options.Labels?.Sources });
        var reviewPath = options.Review ?? Path.Combine(options.Out, ReviewFile.Name);
        var decisions = File.Exists(reviewPath) ? ReviewFile.Read(reviewPath) : [];

        var listing = list();
        var labels = options.Labels is null ? null : LabelSource.Load(options.Labels, listing.Files);
        using var features = options.Backbone is null ? null
            : ImageFeatures.Open(options.Home, options.Backbone, options.Threads, progress, cancel);
        var curationOptions = new CurationOptions
        {
            NearDistance = options.NearDistance,
            DifferenceDistance = options.DifferenceDistance,
            Orientations = options.Orientations,
            Features = features,
            NearSimilarity = options.NearSimilarity,
            Near = options.Near,
            Drop = options.Drop,
            Limits = options.Limits,
            Decisions = decisions,
            CacheFolder = Path.Combine(options.Home, "images"),
        };
        var result = look is null ? Curator.Run(listing.Files, labels, curationOptions, progress, cancel)
            : Curator.Run(listing.Files, labels, curationOptions, look, progress, cancel);
        labels = result.Labels;
        List<string> notices = [.. labels?.Notices.Select(n => n.Sentence) ?? [], .. LeftOut(labels),
            .. listing.Unreadable.Select(reason => $"{reason}.")];
        if (listing.Ignored > 0)
            notices.Add($"{listing.Ignored:N0} files are no images by their extension and were ignored.");
        if (result.Manifest.Problem.Count(p => p == ImageDecoder.Absent) is > 0 and var gone)
            notices.Add($"{gone:N0} files were listed and gone when they were to be read; run the same command again "
                + "when nobody changes the folder.");
        Target[] targets = labels is null ? [] : [.. Targets(labels)];
        LookWithModels(options, result.Manifest, features, labels, targets, notices, progress, cancel);
        AssignSplits(result.Manifest, labels, targets, options.Seed, notices);
        Leakage.Flag(result.Manifest);
        var persons = options.Persons ? Persons(options, result.Manifest, targets, progress, cancel) : null;
        result = result.Decide(curationOptions);
        result = result with { Summary = result.Summary with { PersonLeak = persons } };
        notices.AddRange(result.Notices);

        var (manifest, summary) = result;
        manifest.Write(Path.Combine(options.Out, "manifest.parquet"));
        summary.Write(Path.Combine(options.Out, "curation.json"));
        var review = Path.Combine(options.Out, ReviewFile.Name);
        ReviewFile.Write(review, manifest, decisions);
        var page = Path.Combine(options.Out, "curation.html");
        CurationPage.Write(page, new CurationPageInput
        {
            Manifest = manifest,
            Summary = summary,
            Targets = targets,
            Notices = notices,
            Decisions = decisions,
            Pages = options.Pages,
            Provenance =
            [
                new("images", string.Join(", ", options.Images.Select(Path.GetFullPath))),
                new("labels", options.Labels?.Rooted().ToString() ?? "none"),
                new("face detector", options.Faces ? FaceSearch.Detector : "none"),
                new("second look",
                    summary.SecondLook is { } second
                        ? string.Create(CultureInfo.InvariantCulture,
                            $"{second.Backbone}, similarity at least {second.Similarity} between chance (cosine "
                                + $"{second.Chance}) and equality") : "none"),
                new("seed of the splits", options.Seed.ToString(CultureInfo.InvariantCulture)),
            ],
        }, progress, cancel);
        options.Pages.Print(page, progress, cancel);
        folder.Save();
        return Lines(summary, notices, page, review);
    }

    /// <summary>What takes a network: faces, features far off the others, labels that a model contradicts.</summary>
    private static void LookWithModels(
        CurateRunOptions options, Manifest manifest, ImageFeatures? features, LabelSet? labels, Target[] targets,
        List<string> notices,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        IReadOnlyDictionary<int, string> failed = new Dictionary<int, string>();
        void Report()
        {
            foreach (var (i, reason) in failed.OrderBy(f => f.Key))
                notices.Add($"'{manifest.Files[i].Id}' could not be looked at: {reason}.");
        }
        if (options.Faces)
        {
            failed = FaceSearch.Run(manifest, options.Home, options.Threads, progress, cancel);
            Report();
        }
        int[] rows = [.. Enumerable.Range(0, manifest.Count).Where(
            i => manifest.Problem[i] is null && manifest.ExactGroup[i] == i)];
        if (features is not null)
        {
            failed = features.Ensure(manifest, rows, progress, cancel);
            Report();
            rows = [.. rows.Where(i => !failed.ContainsKey(i))];
            if (rows.Length < FeatureDistance.FewestImages)
                notices.Add($"There are fewer than {FeatureDistance.FewestImages} images, too few to tell which are "
                    + "unlike the others.");
        }
        NotFaceCheck.Flag(manifest, features, rows, cancel);
        if (features is null || labels is null)
            return;
        // A wrong label among copies that contradict each other is found already; nobody knows which it is.
        int[] labelled =
            [.. rows.Where(i => labels.Labelled[i] && !manifest.Flags[i].HasFlag(ManifestFlags.LabelConflict))];
        progress?.Report(new("labels", 0, labelled.Length, "images"));
        notices.AddRange(LabelCheck.Flag(manifest, features, labelled, targets, cancel));
        progress?.Report(new("labels", labelled.Length, labelled.Length, "images"));
    }

    private static PersonLeak Persons(CurateRunOptions options, Manifest manifest, Target[] targets,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var (rows, features, size) = PersonFeatures.Of(manifest, options.Home, options.Threads, progress, cancel);
        return PersonLeakage.Flag(manifest, targets, rows, features, size, options.PersonSimilarity, cancel);
    }

    private static IEnumerable<string> LeftOut(LabelSet? labels) => labels is { LeftOut: { Count: > 0 } columns }
        ? ["Columns of the labels that are left out: "
            + $"{string.Join(", ", columns.Select(c => $"{c.Name} ({c.Reason})"))}."] : [];

    /// <summary>Every label that can be grouped by.</summary>
    private static IEnumerable<Target> Targets(LabelSet labels)
    {
        foreach (var column in labels.Table.Columns)
        {
            var target = Target.From(column, KindRule.Of([column], labels.Kinds).Kind ?? TargetKind.Categorical);
            // A column in which nearly every value is another one, such as a name, groups nothing.
            if (target.Kind == TargetKind.Numeric || target.Classes.Count is > 1 and <= 100)
                yield return target;
        }
    }

    private static void AssignSplits(Manifest manifest, LabelSet? labels, Target[] targets, int seed,
        List<string> notices)
    {
        if (labels is null)
            return;
        var given = labels.Given;
        var included = Enumerable.Range(0, manifest.Count).Select(
            i => manifest.Problem[i] is null && labels.Labelled[i] && (given is not null || manifest.Kept[i]))
            .ToArray();
        if (given is not null)
        {
            // Also images that are not kept: a copy in another split is what leaks.
            for (var i = 0; i < included.Length; i++)
                manifest.Splits[i] = included[i] ? given.Of[i] : Split.None;
            notices.Add(given.Sentence);
            return;
        }
        Splitter.Assign(manifest, included, targets, new SplitOptions { Seed = seed });
        notices.Add($"The labels bring no splits; kept images were split 70/15/15 with seed {seed}, stratified by "
            + $"{string.Join(", ", targets.Select(t => t.Name))}.");
    }

    private static List<string> Lines(CurationSummary s, IReadOnlyList<string> notices, string page, string review)
    {
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture,
                $"{s.Files:N0} files: {s.Unreadable:N0} unreadable, {s.Unique:N0} different, {s.ExactGroups:N0} "
                    + $"groups of exact copies ({s.LabelConflicts:N0} with label conflicts), {s.NearFlagged:N0} near "
                    + $"duplicates in {s.NearClusters:N0} clusters; {s.Kept:N0} kept."),
            "flagged: " + string.Join(", ",
                s.Flags.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Key} {f.Value:N0}"))),
        };
        if (s.SecondLook is { } second)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"second look: features of {second.Backbone} confirm {second.Confirmed:N0} of {second.Candidates:N0} "
                    + $"pairs of near hashes."));
        }
        if (s.PersonLeak is { } persons)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"persons: {persons.Pairs:N0} of {persons.Compared:N0} pairs across splits may show one person "
                    + $"({persons.Contradicted:N0} contradicted by labels), {persons.Images:N0} images."));
        }
        if (s.Decisions.Count > 0)
            lines.Add("decided by a person: "
                + string.Join(", ",
                    s.Decisions.Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Key} {d.Value:N0}"))));
        lines.AddRange(notices);
        lines.Add($"Report: {Path.GetFullPath(page)}");
        lines.Add($"Next: facebias open {Path.GetDirectoryName(page)}; write keep, drop or relabel into {Path.GetFullPath(review)} and "
            + "run the same command again.");
        return lines;
    }
}
