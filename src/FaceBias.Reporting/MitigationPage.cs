using System.Globalization;
using FaceBias.Auditing;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Results;
using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

/// <summary>Writes <c>mitigation.html</c>: the comparison of methods, the audit before and after, and how it was made, in one
/// file that opens offline.</summary>
public static class MitigationPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="path">The file.</param>
    /// <param name="result">The comparison.</param>
    /// <param name="audit">The audit of ERM's and of the chosen head; null if there is none.</param>
    /// <exception cref="FaceBiasException">The file cannot be written.</exception>
    public static void Write(string path, MitigationResult result, MitigationAudit? audit = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        AtomicFile.WriteText(path, Compose(result, audit));
    }

    internal static string Compose(MitigationResult result, MitigationAudit? audit)
    {
        var html = new HtmlWriter();
        var groups = result.Bias.Length > 0 ? $", groups by {result.Bias}" : "";
        HtmlPage.Begin(html, $"Mitigation: {result.Target}", $"Perceived {result.Target}{groups}; {result.Metric} on {Count(result.GroupSizes[2].Sum())} test rows, {result.SeedCount} seed{(result.SeedCount == 1 ? "" : "s")}, chosen by {result.Selection}");
        html.Raw((result.Export is null ? "" : "<a href=\"#export\">Export</a> ") + "<a href=\"#table\">Table</a> <a href=\"#groups\">Groups</a> <a href=\"#frontier\">Accuracy and fairness</a> <a href=\"#curves\">Training</a>"
            + (audit is null ? "" : " <a href=\"#audit\">Before and after</a>") + " <a href=\"#methods\">Methods</a></nav>\n<main>");
        Export(html, result);
        Table(html, result);
        Limits(html, result);
        Section(html, "groups", "How well each group is served");
        html.Chart(MitigationCharts.Groups(result), "Bars of every group's errors per method", "Mean over seeds on the test rows; short bars of one length are good.", w => GroupTable(w, result)).Raw("</section>");
        Section(html, "frontier", "Accuracy and fairness");
        html.Chart(MitigationCharts.Frontier(result), "Worst group against group average, one point per method",
            $"{(result.IsError ? "Down and to the left" : "Up and to the right")} is better for both. Lines: one deviation over seeds.",
            w => w.Table("Worst group and average", ["method", "worst group", "group average"], MitigationCharts.All(result).Select(m => new[] { m.Title, MitigationFiles.Figure(result, m.Worst), MitigationFiles.Figure(result, m.GroupAverage) }), 1, 2)).Raw("</section>");
        if (result.Methods.Any(m => m.Seeds.Any(s => s.History.Count > 0)))
        {
            Section(html, "curves", "Training");
            html.Paragraph("The worst group on validation after each epoch; the dot marks the epoch that was kept. Where a curve falls after its dot, the method lives on early stopping, so the selection rule is part of it.");
            html.Chart(MitigationCharts.Curves(result), "Worst group on validation over epochs per method", "One line per seed.",
                w => w.Table("Kept epochs", ["method", "epoch per seed"], result.Methods.Select(m => new[] { m.Title, string.Join(", ", m.Seeds.Select(s => s.Epoch == 0 ? "none" : $"{s.Epoch}")) }))).Raw("</section>");
        }
        if (audit is not null)
            Audit(html, audit);
        Methods(html, result);
        return HtmlPage.End(html);
    }

    private static void Export(HtmlWriter html, MitigationResult result)
    {
        if (result.Export is not { } export)
            return;
        Section(html, "export", $"The exported head: {export.Exported}");
        html.Paragraph(export.Sentences[^1], "lead");
        if (export.Sentences.Count > 1)
            html.List(export.Sentences.SkipLast(1));
        if (export.Groups.Count > 0)
        {
            string Figure(double value) => result.IsError ? value.ToString("0.00", CultureInfo.InvariantCulture) : (100 * value).ToString("0.0", CultureInfo.InvariantCulture);
            html.Table($"{(result.IsError ? "Mean absolute error" : "Accuracy in %")} of every crossed group on the same test rows", ["group", "n", "ERM", export.Candidate, "difference [95%], p (Holm)"],
                export.Groups.Select(g => (IReadOnlyList<string>)[g.Rows, Count(g.N), Figure(g.Erm), Figure(g.Head), MitigationFiles.DifferenceText(result, g.Difference, g.Low, g.High, g.AdjustedP ?? g.P)]), 1, 2, 3);
            html.Paragraph($"Intervals and p belong to {(result.IsError ? "a paired t test" : "McNemar's exact test (its intervals by Clopper and Pearson's and Wilson's)")} of the same rows; p is corrected by Holm for all groups.", "quiet");
        }
        html.Raw("</section>");
    }

    private static void Table(HtmlWriter html, MitigationResult result)
    {
        Section(html, "table", "All methods");
        html.Paragraph($"{(result.IsError ? "Mean absolute error" : "Accuracy in %")}{(result.SeedCount > 1 ? $", mean ± deviation over {result.SeedCount} seeds" : "")}; up to {result.Trials} setting{(result.Trials == 1 ? "" : "s")} per method and seed, chosen by {result.Selection}.");
        var recovered = result.Oracle is not null;
        html.Table("Metrics", ["method", "worst group", "group average", "training average", "gap [95%]"], MitigationCharts.All(result).Select(m => (IReadOnlyList<string>)
        [
            m.Title, MitigationFiles.Figure(result, m.Worst), MitigationFiles.Figure(result, m.GroupAverage), MitigationFiles.Figure(result, m.TrainingAverage),
            MitigationFiles.GapText(result, m.Gap),
        ]), 1, 2, 3, 4);
        var chosenByGroups = MitigationFiles.AllChosenByGroups(result);
        string[] headers = ["method", "against ERM", .. recovered ? new[] { "oracle's gain" } : [], "seconds", chosenByGroups ? "group labels seen besides choosing" : "group labels seen"];
        html.Table("Against ERM, time and labels", headers, MitigationCharts.All(result).Select(m => (IReadOnlyList<string>)
        [
            m.Title, MitigationFiles.VersusText(result, m.VersusErm),
            .. recovered ? new[] { m.Recovered is { } r ? (100 * r).ToString("0", CultureInfo.InvariantCulture) + "%" : "–" } : [],
            m.Seconds.ToString("0.0", CultureInfo.InvariantCulture), chosenByGroups ? MitigationFiles.BesidesChoosing(m.GroupLabels) : m.GroupLabels,
        ]), recovered ? [1, 2, 3] : [1, 2]);
        html.Paragraph("Group average: unweighted mean over groups, as in comparisons on frozen features. Training average: weighted by the groups' share of the training rows, as GroupDRO and DFR report it; the two must not be mixed. Gap: best minus worst group. Against ERM: mean difference on the same rows of the group that ERM serves worst on validation, 95% interval and p of a paired t test, corrected by Holm for all methods. Seconds: one training on one core."
            + (recovered ? " Oracle: ERM trained on rows without the correlation; oracle's gain: how far the worst group came from ERM's metric to the oracle's." : ""), "quiet");
        if (result.Skipped.Count > 0)
            html.Paragraph("Left out:").List(result.Skipped);
        html.Raw("</section>");
    }

    private static void Limits(HtmlWriter html, MitigationResult result)
    {
        Section(html, "limits", "What this does not say");
        var worst = result.GroupSizes[2].Where(n => n > 0).DefaultIfEmpty(0).Min();
        html.List(
        [
            "Labels of people are perceived attributes: what an annotator saw, not who somebody is.",
            $"The smallest group has {Count(worst)} test rows; {(result.IsError ? "its error is no more certain than that." : $"at that size one standard error of an accuracy is up to {(50 / Math.Sqrt(Math.Max(1, worst))).ToString("0.0", CultureInfo.InvariantCulture)} points.")}",
            "The deviation over seeds covers first weights, order of rows and the search, not another sample of people: the intervals do that.",
            $"Settings and epochs were chosen by {result.Selection}. Methods compared under another rule give other numbers.",
            "A smaller gap on these groups says nothing about groups that were not measured.",
        ]).Raw("</section>");
    }

    private static void GroupTable(HtmlWriter html, MitigationResult result) => html.Table(
        "Metric per group", ["method", .. result.GroupNames.Select((n, g) => $"{n} (n = {Count(result.GroupSizes[2][g])})")],
        MitigationCharts.All(result).Select(m => (IReadOnlyList<string>)[m.Title, .. m.Groups.Select(v => v is { } x
            ? (result.IsError ? x.ToString("0.00", CultureInfo.InvariantCulture) : (100 * x).ToString("0.0", CultureInfo.InvariantCulture)) : "not estimable: no test rows")]),
        [.. Enumerable.Range(1, result.GroupNames.Count)]);

    private static void Audit(HtmlWriter html, MitigationAudit audit)
    {
        Section(html, "audit", "The audit before and after");
        html.Paragraph($"ERM's head against the chosen one, {audit.Chosen}, on the same test rows; the whole audits are audit-before.html and audit-after.html.");
        html.Heading(3, "Before").List(audit.Before).Heading(3, "After").List(audit.After);
        html.Heading(3, "Row by row");
        html.Table("The same rows before and after", ["group", "n", "before", "after", "difference [95%]", "p (Holm)"], audit.Compared.Select(r => (IReadOnlyList<string>)
        [
            r.Attribute.Length == 0 ? "all" : $"{r.Attribute}: {r.Group}", Count(r.N), Number(r.First), Number(r.Second),
            r.Reason ?? $"{Number(r.Difference)} [{Number(r.Low)}, {Number(r.High)}]", r.AdjustedP is { } p ? p < 0.001 ? "< 0.001" : p.ToString("0.000", CultureInfo.InvariantCulture) : "–",
        ]), 1, 2, 3, 4, 5).Raw("</section>");
    }

    private static void Methods(HtmlWriter html, MitigationResult result)
    {
        Section(html, "methods", "Methods and chosen settings");
        html.Table("Sources", ["method", "source", "deviates from it"], result.Methods.Select(m => new[] { m.Title, m.Source, m.Deviation.Length == 0 ? "–" : m.Deviation }));
        html.Table("Chosen settings", ["method", "seed", "settings", "score", "found on the way"], result.Methods.SelectMany(m => m.Seeds.Select(s => (IReadOnlyList<string>)
        [
            m.Title, $"{s.Seed}", new Settings(s.Settings).ToString(), s.Score.ToString("0.000", CultureInfo.InvariantCulture),
            s.Notes.Count == 0 ? "–" : string.Join(", ", s.Notes.Select(n => string.Create(CultureInfo.InvariantCulture, $"{n.Key} {n.Value:0.###}"))),
        ])), 1, 3).Raw("</section>");
    }

    private static void Section(HtmlWriter html, string id, string title) => html.Raw($"<section id=\"{id}\">").Heading(2, title);

    private static string Count(int n) => n.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double? value) => value is { } v ? v.ToString("0.000", CultureInfo.InvariantCulture) : "not estimable";
}
