using FaceBias.Auditing;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;

namespace FaceBias.Reporting;

/// <summary>Writes <c>curation.html</c>: what was found, as pictures, so that a person can overrule it.</summary>
public static partial class CurationPage
{
    /// <summary>What pictures may add to the file, so that it stays under 3 MB with the charting library.</summary>
    private const int PictureBudget = 1_700_000;

    private const int LongestTable = 40;

    /// <summary>Writes the page.</summary>
    /// <exception cref="FaceBiasException">The file cannot be written.</exception>
    public static void Write(string path, CurationPageInput input, IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        progress?.Report(new("curation.html", 0, 1, "pages"));
        AtomicFile.WriteText(path, Compose(input, cancel));
        progress?.Report(new("curation.html", 1, 1, "pages"));
    }

    internal static string Compose(CurationPageInput input, CancellationToken cancel = default)
    {
        var s = input.Summary;
        var html = new HtmlWriter();
        HtmlPage.Begin(html, "Curation of images", $"{Figures.Count(s.Files)} files, {Figures.Count(s.Kept)} kept");
        html.Raw("<a href=\"#findings\">Findings</a> <a href=\"#balance\">Balance</a> <a href=\"#conflicts\">Label conflicts</a> <a href=\"#near\">Near duplicates</a> "
            + "<a href=\"#flags\">Flagged images</a> <a href=\"#limits\">Thresholds</a> <a href=\"#provenance\">Provenance</a></nav>\n<main>");
        var sheet = new ContactSheet(input.Manifest, PictureBudget, cancel);
        Findings(html, input);
        Balance(html, input);
        Conflicts(html, input, sheet);
        Near(html, input, sheet);
        Persons(html, input, sheet);
        Flagged(html, input, sheet);
        Unreadable(html, s);
        Thresholds(html, s);
        html.Raw("<section id=\"provenance\">").Heading(2, "Provenance");
        html.Table("Where this comes from", ["What", "Value"],
            input.Provenance.Append(new("written by", $"FaceBias {HtmlPage.Version()}")).Select(p => (string[])[p.Key, p.Value]));
        html.Raw("</section>");
        return HtmlPage.End(html);
    }

    private static void Findings(HtmlWriter html, CurationPageInput input)
    {
        var s = input.Summary;
        html.Raw("<section id=\"findings\">").Heading(2, "Findings").Raw("<dl class=\"tiles\">");
        Tile(html, "files", s.Files, $"{Figures.Count(s.Unreadable)} unreadable");
        Tile(html, "different images", s.Unique, $"{Figures.Count(s.ExactGroups)} groups of exact copies");
        Tile(html, "label conflicts", s.LabelConflicts, "groups of copies with contradicting labels");
        Tile(html, "near duplicates", s.NearFlagged, $"in {Figures.Count(s.NearClusters)} clusters");
        if (s.NotFace is { } without)
            Tile(html, "without a face", without, "see Flagged images");
        Tile(html, "kept", s.Kept, "for training and audit");
        html.Raw("</dl>");
        html.Table("Images per finding", ["Finding", "Images", "What becomes of them"], s.Flags.Select(f => (string[])[Words(f.Key), Figures.Count(f.Value), Fate(f.Key, s)]), 1);
        if (s.Decisions.Count > 0)
            html.Table("Decided by a person", ["Decision", "Images"], s.Decisions.Select(d => (string[])[d.Key, Figures.Count(d.Value)]), 1);
        if (input.Notices.Count > 0)
            html.Heading(3, "Notes").List(input.Notices);
        html.Heading(3, "What must not be concluded").List(
        [
            "Labels such as gender or race are what annotators perceived in pictures, not what people say about themselves.",
            "A flag is a hint. Pictures that look alike may show different people, and an unusual picture may be a good one: dropping what a score dislikes can remove a group of people. Compare the rates per group before dropping anything by a flag.",
            "What was not found may still be there: every check has a threshold, stated below, and misses what lies on its other side.",
        ]);
        html.Raw("</section>");
    }

    private static void Tile(HtmlWriter html, string title, int count, string note) =>
        html.Raw($"<div><dt>{HtmlWriter.Escape(title)}</dt><dd>{Figures.Count(count)}<small>{HtmlWriter.Escape(note)}</small></dd></div>");

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
        _ => s.Dropped.Contains(flag) ? "left out (--drop)" : "kept; for a person to judge",
    };

    private static void Unreadable(HtmlWriter html, CurationSummary s)
    {
        if (s.Reasons.Count == 0)
            return;
        html.Raw("<section>").Heading(2, "Unreadable files");
        html.Table(s.Unreadable > LongestTable ? $"The first {LongestTable} of {Figures.Count(s.Unreadable)}; all are in manifest.parquet" : "All of them",
            ["File", "Reason"], s.Reasons.Take(LongestTable).Select(r => (string[])[r.Key, r.Value]));
        html.Raw("</section>");
    }

    private static void Thresholds(HtmlWriter html, CurationSummary s)
    {
        var l = s.Limits;
        html.Raw("<section id=\"limits\">").Heading(2, "Thresholds");
        html.Table("Near duplicates by perceptual hash at other distances", ["Distance", "Pairs", "Images flagged", "Images left"],
            s.Thresholds.Select(t => (string[])[Figures.Count(t.Distance), Figures.Count(t.Pairs), Figures.Count(t.Flagged), Figures.Count(t.Left)]), 0, 1, 2, 3);
        string[] Row(string name, FormattableString rule) => [name, FormattableString.Invariant(rule)];
        html.Table("Bad pictures", ["Flag", "Flagged if"],
        [
            Row("dark", $"the 95th percentile of the greys (0 to 1) is below {l.Dark}"),
            Row("bright", $"the 5th percentile of the greys is above {l.Bright}"),
            Row("blurred", $"the blur effect at 128 x 128 pixels (0 sharp, 1 blurred) is above {l.Blurred}"),
            Row("low information", $"the entropy of the greys is below {l.LowInformation} bits"),
            Row("grey", $"the mean difference between red, green and blue (0 to 1) is below {l.Grey}"),
            Row("odd aspect", $"the longer side is more than {l.OddAspect} times the shorter"),
            Row("padded", $"bars of one colour take up more than {l.Padded} of the area"),
        ]);
        html.Raw("</section>");
    }
}
