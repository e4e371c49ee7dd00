using FaceBias.Core.Curation;
using FaceBias.Core.Data;

namespace FaceBias.Reporting;

/// <summary>Writes <c>curation.html</c>: what was found, as pictures to decide on; its decisions are saved as
/// <c>review.csv</c>.</summary>
internal static partial class CurationPage
{
    /// <summary>What pictures may add to the file.</summary>
    private const int PictureBudget = 1_300_000;

    private const int LongestTable = 40;

    /// <exception cref="FaceBiasException">The file cannot be written.</exception>
    public static void Write(string path, CurationPageInput input, IProgress<StepProgress>? progress = null,
        CancellationToken cancel = default)
    {
        progress?.Report(new("curation.html", 0, 1, "pages"));
        AtomicFile.WriteText(path, Compose(input, cancel));
        progress?.Report(new("curation.html", 1, 1, "pages"));
    }

    internal static string Compose(CurationPageInput input, CancellationToken cancel = default)
    {
        var s = input.Summary;
        var gallery = new Gallery(input.Manifest, input.Pages, PictureBudget, cancel);
        // In order, so that the pictures that matter most are within the budget.
        PagePart[] parts =
        [
            new("answer", "", Parts.Section("answer", "What was found", Found(input))),
            new("review", "", new("<div id=\"review\" class=\"screen\"></div>")),
            Part("conflicts", "Label conflicts", Conflicts(input, gallery)),
            Part("near", "Near duplicates", Near(input, gallery)),
            Part("persons", "Same person in two splits", Persons(input, gallery)),
            Part("flags", "Flagged images", Flagged(input, gallery)),
            Folded("balance", "Balance", Balance(input)),
            Folded("unreadable", "Unreadable files", s.Reasons.Count == 0 ? Html.Empty
                : Parts.Table(Parts.Shown("Files that could not be read", s.Unreadable, LongestTable,
                    "manifest.parquet"), ["File", "Reason"],
                    s.Reasons.Take(LongestTable).Select(r => (string[])[r.Key, r.Value]))),
            Folded("limits", "Thresholds", Thresholds(s)),
            Folded("provenance", "Provenance", Parts.Table("Where this comes from", ["What", "Value"],
                input.Provenance.Append(new("written by", $"FaceBias {HtmlPage.Version()}"))
                    .Select(p => (string[])[p.Key, p.Value]))),
            new("", "", Html.Json("decisions", new
            {
                decisions = input.Decisions.Select(
                    d => new { id = d.Id, sha256 = d.Sha256, action = d.Action.ToString().ToLowerInvariant(),
                        relabel = d.Relabel }),
                labels = input.Manifest.Labels.Select(l => l.Name),
            })),
        ];
        return HtmlPage.Write("Curation of images", $"{MetricText.Count(s.Files)} files, {MetricText.Count(s.Kept)} kept",
            parts, "pictures.js", "review.js");

        static PagePart Part(string id, string title, Html body) =>
            new(id, title, body.IsEmpty ? body : Parts.Section(id, title, body));
        static PagePart Folded(string id, string title, Html body) =>
            new(id, title, body.IsEmpty ? body : Parts.FoldedSection(id, title, body));
    }

    private static Html Found(CurationPageInput input)
    {
        var s = input.Summary;
        List<(string, string, string)> tiles =
        [
            ("files", MetricText.Count(s.Files), $"{MetricText.Count(s.Unreadable)} unreadable"),
            ("different images", MetricText.Count(s.Unique), $"{MetricText.Count(s.ExactGroups)} groups of exact copies"),
            ("label conflicts", MetricText.Count(s.LabelConflicts), "groups of copies with contradicting labels"),
            ("near duplicates", MetricText.Count(s.NearFlagged), $"in {MetricText.Count(s.NearClusters)} clusters"),
        ];
        if (s.NotFace is { } without)
            tiles.Add(("without a face", MetricText.Count(without), "see Flagged images"));
        tiles.Add(("kept", MetricText.Count(s.Kept), "for training and audit"));
        var chart = new DotChart
        {
            Axis = "Images", Include = [0], LineTitle = null,
            Rows = [.. s.Flags.Where(f => f.Value > 0).OrderByDescending(f => f.Value)
                .Select(f => new DotRow(Words(f.Key), Fate(f.Key, s), f.Value, 0, f.Value, MetricText.Count(f.Value)))],
        };
        return Html.Of($"""
            {Parts.Tiles(tiles)}
            <div class="two"><figure>{(chart.Rows.Count == 0 ? Parts.Text("Nothing was flagged.") : chart.Draw())}<figcaption>Images per finding, and what becomes of them.</figcaption></figure>
            <div>{Parts.Text("Decide below: keep, drop or relabel under each picture, download review.csv, and run the same command with ‹Review› review.csv.".Named())}
            {(s.Decisions.Count == 0 ? Html.Empty : Parts.Table("Decided by a person", ["Decision", "Images"], s.Decisions.Select(d => (string[])[d.Key, MetricText.Count(d.Value)]), 1))}
            {(input.Notices.Count == 0 ? Html.Empty : Parts.Fold($"{input.Notices.Count} note{(input.Notices.Count == 1 ? "" : "s")}", Parts.List(input.Notices)))}
            {Parts.Fold("What must not be concluded", Parts.List(
            [
                "Labels such as gender or race are what annotators perceived in pictures, not what people say about themselves.",
                "A flag is a hint. Pictures that look alike may show different people, and an unusual picture may be a good one: dropping what a score dislikes can remove a group of people. Compare the rates per group before dropping anything by a flag.",
                "What was not found may still be there: every check has a threshold, stated below, and misses what lies on its other side.",
            ]))}</div></div>
            """);
    }

    private static string Words(string flag) => flag.Replace('_', ' ');

    private static string Fate(string flag, CurationSummary s) => flag switch
    {
        "unreadable" => "left out",
        "exact_copy" => "left out; another copy stands for them",
        "label_conflict" => "left out: nobody knows the right label",
        "near_duplicate" => s.NearPolicy switch
        {
            NearPolicy.KeepBest => "the best of each cluster kept",
            NearPolicy.KeepFirst => "the first of each cluster kept",
            _ => "left out, all members of a cluster",
        },
        _ => s.Dropped.Contains(flag) ? "left out (‹Drop›)".Named() : "kept; for a person to judge",
    };

    private static Html Thresholds(CurationSummary s)
    {
        var l = s.Limits;
        string[] Row(string name, FormattableString rule) => [name, FormattableString.Invariant(rule)];
        return Html.Of($"""
            {Parts.Table("Near duplicates by perceptual hash at other distances", ["Distance", "Pairs", "Images flagged", "Images left"],
                s.Thresholds.Select(t => (string[])[MetricText.Count(t.Distance), MetricText.Count(t.Pairs), MetricText.Count(t.Flagged), MetricText.Count(t.Left)]), 0, 1, 2, 3)}
            {Parts.Table("Bad pictures", ["Flag", "Flagged if"],
            [
                Row("dark", $"the 95th percentile of the greys (0 to 1) is below {l.Dark}"),
                Row("bright", $"the 5th percentile of the greys is above {l.Bright}"),
                Row("blurred", $"the blur effect at 128 x 128 pixels (0 sharp, 1 blurred) is above {l.Blurred}"),
                Row("low information", $"the entropy of the greys is below {l.LowInformation} bits"),
                Row("grey", $"the mean difference between red, green and blue (0 to 1) is below {l.Grey}"),
                Row("odd aspect", $"the longer side is more than {l.OddAspect} times the shorter"),
                Row("padded", $"bars of one colour take up more than {l.Padded} of the area"),
            ])}
            """);
    }
}
