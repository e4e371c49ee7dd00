using FaceBias.Auditing;

namespace FaceBias.Reporting;

public static partial class HtmlReport
{
    private static void Findings(HtmlWriter html, AuditResult audit)
    {
        html.Raw("<section id=\"findings\">").Heading(2, "Findings");
        Verdicts(html, audit);
        html.Raw("<dl class=\"tiles\">");
        foreach (var target in audit.Targets)
        {
            foreach (var metric in Metrics.Headline(target, audit.Options))
            {
                var estimate = target.Overall.Find(metric.Key)!;
                html.Raw($"<div><dt>{HtmlWriter.Escape($"{target.Name}: {metric.Title}")}</dt>"
                    + $"<dd>{HtmlWriter.Escape(Figures.Value(estimate) + (metric.IsRate ? "" : Figures.Unit(target, metric)))}"
                    + $"<small>{HtmlWriter.Escape($"{Figures.Interval(estimate)}, n = {Figures.Count(estimate.Denominator)}")}</small></dd></div>");
            }
        }
        html.Raw("</dl>");
        if (audit.Findings.Count == 0)
            html.Paragraph("There is no attribute to compare groups by; only the overall metrics can be given.");
        else
            html.Paragraph(ReportText.Summary(audit.Findings), "summary")
                .Raw("<details><summary>How to read a finding</summary>").List(ReportText.HowToRead(audit.Options)).Raw("</details>");
        // Gaps that are shown stand open; what could not be decided folds away.
        List(html, audit.Findings.Where(f => f.Verdict == Verdict.GapShown));
        Finding[] others = [.. audit.Findings.Where(f => f.Verdict != Verdict.GapShown)];
        if (others.Length > 0)
        {
            html.Raw($"<details><summary>The other {others.Length} comparison{(others.Length == 1 ? "" : "s")}</summary>");
            List(html, others);
            html.Raw("</details>");
        }
        html.Heading(3, "What must not be concluded").List(ReportText.NotToConclude(audit));
        html.Raw("</section>");
    }

    private static void List(HtmlWriter html, IEnumerable<Finding> findings)
    {
        html.Raw("<ol class=\"findings\">");
        foreach (var finding in findings)
            html.Raw($"<li>{Badge(finding.Verdict)}<span>{HtmlWriter.Escape(Figures.Title(finding.Sentence))}</span></li>");
        html.Raw("</ol>");
    }

    private static void Slices(HtmlWriter html, ReportInput input, ref int budget)
    {
        var audit = input.Audit;
        if (!audit.Options.FindSlices)
            return;
        html.Raw("<section id=\"slices\">").Heading(2, "Where else the model does worse");
        html.Paragraph("Nobody named these parts of the data: they were searched for in one half of the rows and measured in the other half, so that "
            + "the estimates are not the luck of the search. Each is set against the rows that no slice before it in its target holds.");
        Slice[] confirmed = [.. audit.Slices.Where(s => s.Confirmed)];
        if (confirmed.Length == 0)
            html.Paragraph("None was confirmed. That does not mean that there is none: the halves may be too small to show it.");
        else
            html.List(confirmed.Select(s => Figures.Title(FindingText.Of(s, audit))));
        foreach (var slice in confirmed.Where(s => s.Examples is not null))
            Faces(html, $"Typical of {slice.Description}", slice.Examples!, input, ref budget);
        if (audit.Slices.Count > 0)
        {
            html.Table(Shown("All slices that were tested", audit.Slices.Count), ["Slice", "Target", "Metric", "n", "There", "Remaining rows", "Worse by", "p", "Confirmed"],
                audit.Slices.Take(LongestTable).Select(s => (Slice: s, Metric: Metrics.Find(s.Metric))).Select(x => (string[])[x.Slice.Description, x.Slice.Target, x.Metric.Title,
                    Figures.Count(x.Slice.N), Figures.Value(x.Slice.Value, x.Metric), Figures.Value(x.Slice.Rest, x.Metric),
                    $"{Figures.Difference(x.Slice.Difference, x.Metric)} ({Figures.Difference(x.Slice.Low, x.Metric)} to {Figures.Difference(x.Slice.High, x.Metric)})",
                    Figures.P(x.Slice.AdjustedP), x.Slice.Confirmed ? "yes" : "no"]), 3, 4, 5, 6, 7);
        }
        html.Raw("</section>");
    }

    private static void Comparison(HtmlWriter html, ReportInput input)
    {
        if (input.Comparison.Count == 0)
            return;
        html.Raw("<section id=\"comparison\">").Heading(2, $"Compared with {input.ComparedWith ?? "another model"}");
        PairedResult[] differ = [.. input.Comparison.Where(r => r.AdjustedP <= input.Audit.Options.Alpha)];
        html.Paragraph(differ.Length == 0 ? "On the same rows neither model is shown to be better, in no group."
            : $"On the same rows the models are shown to differ in {differ.Length} of {input.Comparison.Count(r => r.P is not null)} comparisons.");
        html.List(differ.Select(r =>
        {
            var metric = Metrics.Find(r.Metric);
            var unit = Figures.Unit(input.Audit.Targets.Single(t => t.Name == r.Target), metric);
            var better = r.Difference > 0 == (metric.HigherIsBetter == true) ? input.ComparedWith ?? "the other model" : "the audited model";
            return $"{Figures.Title(r.Target)}, {r.Group}: {better} is better by {Figures.Difference(Math.Abs(r.Difference!.Value), metric)}{unit} of {metric.Title} (p {Figures.P(r.AdjustedP)}, n = {Figures.Count(r.N)}).";
        }));
        html.Table(Shown($"The same rows, both models: {(input.Audit.Options.Cluster is { } cluster ? $"t test of the differences summed by {cluster}" : "McNemar's exact test for labels, paired t for errors")}; p corrected by Holm", input.Comparison.Count),
            ["Group", "Attribute", "Target", "Metric", "n", "Audited model", "Other model", "Difference", "p"],
            input.Comparison.Take(LongestTable).Select(r => (Result: r, Metric: Metrics.Find(r.Metric))).Select(x => (string[])[x.Result.Group, x.Result.Attribute.Length == 0 ? "–" : x.Result.Attribute,
                x.Result.Target, x.Metric.Title, Figures.Count(x.Result.N), x.Result.First is { } a ? Figures.Value(a, x.Metric) : x.Result.Reason!, x.Result.Second is { } b ? Figures.Value(b, x.Metric) : "–",
                x.Result.Difference is null ? "–" : $"{Figures.Difference(x.Result.Difference, x.Metric)} ({Figures.Difference(x.Result.Low, x.Metric)} to {Figures.Difference(x.Result.High, x.Metric)})",
                Figures.P(x.Result.AdjustedP)]), 4, 5, 6, 7, 8);
        html.Raw("</section>");
    }

    private static void Faces(HtmlWriter html, string caption, IReadOnlyList<string> ids, ReportInput input, ref int budget)
    {
        var pictures = new List<string>();
        foreach (var id in ids)
        {
            if (input.Thumbnails.TryGetValue(id, out var jpeg) && (budget -= jpeg.Length * 4 / 3) >= 0)
                pictures.Add($"<li><img src=\"data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}\" alt=\"{HtmlWriter.Escape($"Face {id}")}\"></li>");
        }
        if (pictures.Count > 0)
            html.Paragraph(caption).Raw("<ul class=\"faces\">" + string.Join('\n', pictures) + "</ul>");
    }

    private static void Limits(HtmlWriter html, AuditResult audit)
    {
        html.Raw("<section id=\"limits\">").Heading(2, "Limits and sample sizes");
        html.List(ReportText.Limits(audit));
        if (audit.Notices.Count > 0)
            html.Heading(3, "What was assumed about the table").List(audit.Notices);
        html.Raw("<div class=\"row\">");
        foreach (var a in audit.Attributes)
            html.Table($"Rows by {a.Name}", [Figures.Title(a.Name), "Rows"], a.Levels.Select(l => (string[])[l.Name, Figures.Count(l.Rows)]), 1);
        html.Raw("</div>");
        string[][] small = [.. SmallGroups(audit)];
        if (small.Length > 0)
        {
            html.Table(Shown("Groups without a point estimate", small.Length),
                ["Group", "Attributes", "Target", "Reason"], small.Take(LongestTable));
        }
        if (audit.Ignored.Count > 0)
            html.Table("Columns not used as groups", ["Column", "Reason"], audit.Ignored.Select(i => (string[])[i.Column, i.Reason]));
        html.Raw("</section>");
    }

    private static IEnumerable<string[]> SmallGroups(AuditResult audit) =>
        from target in audit.Targets
        from grouping in target.Groupings
        from g in grouping.Groups
        let reason = g.Find(target.Main.Metric, target.Main.Class)!.Reason
        where reason is not null
        select (string[])[g.Name(), string.Join(" x ", grouping.Attributes), target.Name, reason];

    private static string Shown(string caption, int count, int longest = LongestTable) => count <= longest ? caption
        : $"{caption} (the first {longest} of {Figures.Count(count)}; audit.json has all)";

    private static void Planted(HtmlWriter html, ReportInput input)
    {
        if (input.Planted.Count == 0)
            return;
        html.Raw("<section id=\"planted\">").Heading(2, "What was planted and what was found");
        html.Paragraph("The data are synthetic: the faces are drawings, and the faults below were put in on purpose, "
            + "so that this report can be checked against them.");
        html.Table("Planted and found", ["What", "Planted", "Found", "Agrees"], input.Planted.Select(p => (string[])
            [p.What, p.Planted, p.Found, p.Agrees switch { true => "yes", false => "no", null => "not decided" }]));
        html.Raw("</section>");
    }

    private static void Training(HtmlWriter html, ReportInput input)
    {
        if (input.Training.Count == 0)
            return;
        html.Raw("<section id=\"training\">").Heading(2, "Training").Raw("<div class=\"row\">");
        foreach (var chart in input.Training.GroupBy(p => p.Series.Split('/')[0]))
        {
            html.Chart(Charts.Training(chart.Key, chart), $"Line chart of {chart.Key} by epoch",
                $"{Figures.Title(chart.Key)} by epoch.", t => t.Table($"{chart.Key}, last epoch", ["Series", "Epoch", "Value"],
                    chart.GroupBy(p => p.Series).Select(s => s.MaxBy(p => p.Epoch)!).Select(p => (string[])
                        [p.Series, Figures.Count(p.Epoch), FormattableString.Invariant($"{p.Value:0.####}")]), 1, 2));
        }
        html.Raw("</div></section>");
    }

    private static void Curation(HtmlWriter html, ReportInput input)
    {
        if (input.Curation.Count == 0)
            return;
        html.Raw("<section id=\"curation\">").Heading(2, "Curation of the data");
        html.Table("What curation found", ["What", "Files", "Note"],
            input.Curation.Select(c => (string[])[c.What, Figures.Count(c.Count), c.Note ?? ""]), 1);
        html.Raw("</section>");
    }

    private static void Provenance(HtmlWriter html, ReportInput input)
    {
        html.Raw("<section id=\"provenance\">").Heading(2, "Provenance");
        html.Table("Where this comes from", ["What", "Value"],
            ReportText.Provenance(input).Select(p => (string[])[p.Key, p.Value]));
        html.Raw("</section>");
    }
}
