using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Results;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

/// <summary>Writes <c>mitigation.html</c>: which method is chosen and whether it beats ERM, every method in one table,
/// the groups before and after, and how it was made, in one file that opens offline. The measure is the same in table
/// and charts.</summary>
internal static class MitigationPage
{
    /// <param name="audit">The audit of ERM's and of the chosen head; null if there is none.</param>
    /// <exception cref="FaceBiasException">The file cannot be written.</exception>
    public static void Write(string path, MitigationResult result, MitigationAudit? audit = null) =>
        AtomicFile.WriteText(path, Compose(result, audit));

    internal static string Compose(MitigationResult result, MitigationAudit? audit)
    {
        var groups = result.Bias.Length > 0 ? $", groups by {result.Bias}" : "";
        return HtmlPage.Write($"Mitigation: {result.Target}",
            $"Perceived {result.Target}{groups}; {result.Metric} on {MetricText.Count(result.GroupSizes[2].Sum())} test "
                + $"rows, {result.SeedCount} seed{(result.SeedCount == 1 ? "" : "s")}, chosen by {result.Selection}",
            [
                new("answer", "Result",
                    Parts.Section("answer", result.Export is { } e ? $"Exported: {e.Exported}" : "Methods compared",
                        Answer(result))),
                new("table", "All methods", Parts.Section("table", "All methods", Table(result))),
                new("groups", "Groups", Parts.Section("groups", "How well each group is served", Groups(result))),
                new("did", "What they did", Parts.Section("did", "What each method did", Effects(result))),
                new("limits", "Limits", Parts.Section("limits", "What this does not say", Limits(result))),
                new("curves", "Training", Curves(result)),
                new("audit", "Before and after",
                    audit is null ? Html.Empty
                        : Parts.FoldedSection("audit", "The audit before and after", Audit(audit))),
                new("methods", "Methods",
                    Parts.FoldedSection("methods", "Methods and chosen settings", Methods(result))),
            ]);
    }

    /// <summary>All methods, the oracle included, the best worst group first.</summary>
    private static MethodResult[] Ranked(MitigationResult result)
    {
        var all = result.Oracle is { } oracle ? result.Methods.Append(oracle) : result.Methods;
        return [.. result.IsError ? all.OrderBy(m => m.Worst.Mean) : all.OrderByDescending(m => m.Worst.Mean)];
    }

    /// <summary>Whether what a method does better or worse than ERM could be chance.</summary>
    private static bool IsNoise(MethodResult method) => method.VersusErm is { AdjustedP: >= 0.05 };

    private static Html Answer(MitigationResult result)
    {
        if (result.Export is not { } export)
            return Html.Of($"{Parts.Text("Every method's worst group on the test rows; nothing was exported.")}{WorstGroups(result)}");
        var better = export.BeatsErm == true;
        return Html.Of($"""
            <div class="answer {new Html(better ? "well" : "")}"><p class="big" data-answer="chosen">{(better ? $"✓ {export.Candidate} beats ERM" : export.Candidate == "ERM" ? "No method is better than ERM" : $"? {export.Candidate} is not shown to beat ERM")}</p>
            {export.Sentences.Select(s => Parts.Text(s))}</div>
            <div class="two"><div>{WorstGroups(result)}</div><div>{BeforeAfter(result, export)}</div></div>
            """);
    }

    private static Html WorstGroups(MitigationResult result)
    {
        var ranked = Ranked(result);
        var chart = new DotChart
        {
            Axis = $"{MetricText.Title(result.Metric)} of the worst group", IsRate = !result.IsError,
            Reference = result.Methods.FirstOrDefault(m => m.Name == "erm")?.Worst.Mean, ReferenceTitle = "ERM",
            LineTitle = "one deviation over seeds",
            Rows = [.. ranked.Select(
                m => new DotRow(m.Title, m == result.Oracle ? "upper bound"
                    : m.Name == "erm" || m.VersusErm is null ? "" : IsNoise(m) ? "within noise of ERM"
                        : Better(result, m) ? "better than ERM" : "worse than ERM", m.Worst.Mean,
                        m.Worst.Mean - m.Worst.Deviation, m.Worst.Mean + m.Worst.Deviation,
                MitigationFiles.MetricText(result, m.Worst))
                    { Kind = m.Title == result.Export?.Exported ? "chosen"
                        : IsNoise(m) || m == result.Oracle ? "quiet"
                            : Better(result, m) || m.Name == "erm" ? "" : "worst" })],
        };
        return Html.Of($"<figure>{chart.Draw()}<figcaption>{(result.SeedCount > 1 ? $"Dots are means over {result.SeedCount} seeds, lines one deviation over them." : "One seed.")} Blue is exported, orange shown to be worse than ERM, grey within noise of it.</figcaption></figure>");
    }

    private static bool Better(MitigationResult result, MethodResult m) =>
        m.VersusErm is { } v && v.Difference > 0 != result.IsError;

    /// <summary>Every crossed group with ERM's head and with the candidate's.</summary>
    private static Html BeforeAfter(MitigationResult result, ExportDecision export)
    {
        if (export.Groups.Count == 0)
            return Html.Empty;
        string Number(double value) => result.IsError ? value.ToString("0.00", CultureInfo.InvariantCulture)
            : (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + "%";
        var chart = new DotChart
        {
            Axis = $"{MetricText.Title(result.Metric)} of each group", IsRate = !result.IsError,
            HollowTitle = "ERM (before)",
            Rows = [.. export.Groups.Select(
                g => new DotRow(g.Rows, $"n = {MetricText.Count(g.N)}", g.Head, null, null,
                    $"{Number(g.Erm)} → {Number(g.Head)}")
            {
                Hollow = g.Erm, Kind = (g.AdjustedP ?? g.P) >= 0.05 ? "quiet"
                    : g.Difference > 0 != result.IsError ? "best" : "worst",
            })],
        };
        return Html.Of($"""
            <figure>{chart.Draw()}<figcaption>Dots: {export.Candidate} (after), on the same test rows. Blue is shown to be better, orange worse; grey is within noise.</figcaption>
            {Parts.Fold("The numbers", Html.Of($"{Parts.Table($"{(result.IsError ? "Mean absolute error" : "Accuracy in %")} of every crossed group on the same test rows", ["Group", "n", "ERM", export.Candidate, "Difference [95%], p (Holm)"],
                export.Groups.Select(g => (string[])[g.Rows, MetricText.Count(g.N), Number(g.Erm), Number(g.Head), MitigationFiles.DifferenceText(result, g.Difference, g.Low, g.High, g.AdjustedP ?? g.P)]), 1, 2, 3)}{Parts.Text($"Intervals and p belong to {(result.IsError ? "a paired t test" : "McNemar's exact test (its intervals by Clopper and Pearson's and Wilson's)")} of the same rows; p is corrected by Holm for all groups.", "quiet")}"))}</figure>
            """);
    }

    private static Html Effects(MitigationResult result)
    {
        var moved = result.Methods.Where(m => m.Moved is not null).ToArray();
        string Count(double value) => value.ToString("0", CultureInfo.InvariantCulture);
        var perGroup = moved.Length == 0 ? Html.Empty
            : Parts.Table($"Test rows moved per group, "
                + $"{(result.IsError ? "smaller / larger error" : "now right / now wrong")}",
            ["Method", .. result.GroupNames],
            moved.Select(m =>
                (string[])[m.Title, .. m.Moved!.Groups.Select(g => $"{Count(g.Better)} / {Count(g.Worse)}")]),
            [.. Enumerable.Range(1, result.GroupNames.Count)]);
        return Html.Of($"""
            {Parts.Text($"Effective rows: as many rows of equal weight would leave as much variance, of the rows that the fit weighs. {(result.Bias.Length == 0 ? "" : "The groups' columns: their share of all weight in %, whatever the method knew of them. ")}The last column: test rows whose prediction differs from ERM's with the same seed. Means over seeds.")}
            {Parts.Table("Weights and moved rows", [.. MitigationFiles.EffectHeaders(result).Select(MetricText.Title)], MitigationFiles.Effects(result).Select(r => r.ToArray()), [.. Enumerable.Range(1, MitigationFiles.EffectHeaders(result).Count - 1)])}
            {perGroup}{Parts.Text($"mitigation.json names up to {MovedRows.Named} rows on each side under \"moved\".", "quiet")}
            """);
    }

    private static Html Table(MitigationResult result)
    {
        var recovered = result.Oracle is not null;
        var byGroups = MitigationFiles.AllChosenByGroups(result);
        string[] headers = ["Method", "Worst group", "Group average", "Training average", "Gap [95%]",
            "Against ERM [95%], p (Holm)", .. recovered ? new[] { "Oracle's gain" } : [], "Seconds",
            byGroups ? "Group labels seen besides choosing" : "Group labels seen"];
        return Html.Of($"""
            {Parts.Text($"{(result.IsError ? "Mean absolute error" : "Accuracy in %")}{(result.SeedCount > 1 ? $", mean ± deviation over {result.SeedCount} seeds" : "")}, the best worst group first; up to {result.Trials} setting{(result.Trials == 1 ? "" : "s")} per method and seed, chosen by {result.Selection}. Grey: within noise of ERM.")}
            <div class="scroll" tabindex="0" role="group" aria-label="All methods"><table><caption><span>Metrics, cost and labels</span></caption>
            <thead><tr>{headers.Select(h => Html.Of($"<th scope=\"col\">{h}</th>"))}</tr></thead>
            <tbody>{Ranked(result).Select(Row)}</tbody></table></div>
            {Parts.Fold("What the columns say", Parts.Text("Group average: unweighted mean over groups, as in comparisons on frozen features. Training average: weighted by the groups' share of the training rows, as GroupDRO and DFR report it; the two must not be mixed. Gap: best minus worst group. Against ERM: mean difference on the same rows of the group that ERM serves worst on validation, 95% interval and p of a paired t test, corrected by Holm for all methods. Seconds: one training on one core."
                + (recovered ? " Oracle: ERM trained on rows without the correlation; oracle's gain: how far the worst group came from ERM's metric to the oracle's." : "")))}
            {(result.Skipped.Count == 0 ? Html.Empty : Html.Of($"{Parts.Text("Left out:")}{Parts.List(result.Skipped)}"))}
            """);

        Html Row(MethodResult m)
        {
            var chosen = m.Title == result.Export?.Exported;
            string[] numbers =
            [
                MitigationFiles.MetricText(result, m.Worst), MitigationFiles.MetricText(result, m.GroupAverage),
                MitigationFiles.MetricText(result, m.TrainingAverage), MitigationFiles.GapText(result, m.Gap),
                MitigationFiles.VersusText(result, m.VersusErm),
                .. recovered ? new[]
                    { m.Recovered is { } r ? (100 * r).ToString("0", CultureInfo.InvariantCulture) + "%" : "–" } : [],
                m.Seconds.ToString("0.0", CultureInfo.InvariantCulture),
            ];
            return Html.Of($"<tr{Parts.Class(chosen ? "chosen" : IsNoise(m) ? "noise" : "")}><th "
                + $"scope=\"row\">{(chosen ? "▶ " : "")}{m.Title}{(chosen ? " (exported)" : "")}</th>{numbers.Select(n => Html.Of($"<td class=\"n\">{n}</td>"))}<td>{(byGroups ? MitigationFiles.BesidesChoosing(m.GroupLabels) : m.GroupLabels)}</td></tr>");
        }
    }

    private static Html Groups(MitigationResult result)
    {
        double[] all = [.. Ranked(result).SelectMany(m => m.Groups).OfType<double>()];
        double? Strength(double? value) => value is not { } v || all.Max() == all.Min() ? value is null ? null : 0
            : result.IsError ? (v - all.Min()) / (all.Max() - all.Min()) : (all.Max() - v) / (all.Max() - all.Min());
        return HeatTable.Draw(
            $"{MetricText.Title(result.Metric)} of each group, mean over seeds; the more orange, the worse", "Method",
            Ranked(result).SelectMany(
                m => m.Groups.Select(
                    (v, g) =>
                        new HeatCell(m.Title, $"{result.GroupNames[g]} (n = {MetricText.Count(result.GroupSizes[2][g])})",
            v is { } x ? result.IsError ? x.ToString("0.00", CultureInfo.InvariantCulture)
                : (100 * x).ToString("0.0", CultureInfo.InvariantCulture) + "%" : "not estimable",
                v is null ? "no test rows" : "", Strength(v)))));
    }

    private static Html Limits(MitigationResult result)
    {
        var worst = result.GroupSizes[2].Where(n => n > 0).DefaultIfEmpty(0).Min();
        return Parts.List(
        [
            "Labels of people are perceived attributes: what an annotator saw, not who somebody is.",
            $"The smallest group has {MetricText.Count(worst)} test rows; "
                + $"{(result.IsError ? "its error is no more certain than that." : $"at that size one standard error of an accuracy is up to {(50 / Math.Sqrt(Math.Max(1, worst))).ToString("0.0", CultureInfo.InvariantCulture)} points.")}",
            "The deviation over seeds covers first weights, order of rows and the search, not another sample of "
                + "people: the intervals do that.",
            $"Settings and epochs were chosen by {result.Selection}. Methods compared under another rule give other numbers.",
            "A smaller gap on these groups says nothing about groups that were not measured.",
        ]);
    }

    /// <summary>The worst group on validation over epochs, a panel per method, all over one axis that is cut to where
    /// they differ.</summary>
    private static Html Curves(MitigationResult result)
    {
        var panels = result.Methods.Select(
            m => (Method: m,
                Curves: m.Seeds.Select(
                    s => (Seed: s, Points: s.History.Where(
                        p => p.Series == "worst group/validation" && double.IsFinite(p.Value)).OrderBy(p => p.Epoch)
                        .Select(p => new PlotPoint(p.Epoch, p.Value)).ToArray()))
            .Where(c => c.Points.Length > 0).ToArray())).Where(m => m.Curves.Length > 0).ToArray();
        if (panels.Length == 0)
            return Html.Empty;
        double[] values = [.. panels.SelectMany(m => m.Curves).SelectMany(c => c.Points).Select(p => p.Y).Order()];
        // The first epochs of all methods are alike and far off; the tenth of the values there would press the rest
        // into a line.
        double[] shown = result.IsError ? [values[0], Quantiles.Linear(values, 0.9)]
            : [Quantiles.Linear(values, 0.1), values[^1]];
        var x = LinearAxis.Of([1, panels.Max(m => m.Curves.Max(c => c.Points[^1].X))], ticks: 4, whole: true);
        var y = LinearAxis.Of(shown, result.IsError ? null : (0, 1), 4);
        return Parts.FoldedSection("curves", "Training", Html.Of($"""
            {Parts.Text("The worst group on validation after each epoch, a line per seed; the dot marks the epoch that was kept. Where a curve falls after its dot, the method lives on early stopping, so the selection rule is part of it. The worst tenth of all values, mostly first epochs, stands at the edge.", "quiet")}
            <div class="plots">{panels.Select(Panel)}</div>
            {Parts.Table("Kept epochs", ["Method", "Epoch per seed"], result.Methods.Select(m => new[] { m.Title, string.Join(", ", m.Seeds.Select(s => s.Epoch == 0 ? "none" : $"{s.Epoch}")) }))}
            """));

        Html Panel((MethodResult Method, (SeedResult Seed, PlotPoint[] Points)[] Curves) m)
        {
            var plot = new Plot($"Worst group on validation over epochs, {m.Method.Title}", x, y)
                { Height = 7, XTitle = "epoch", YTitle = m.Method.Title };
            for (var i = 0; i < m.Curves.Length; i++)
                plot.Line(m.Curves[i].Points, $"thin {Plot.Series(i)}", $"seed {m.Curves[i].Seed.Seed}")
                    .Points(m.Curves[i].Points.Where(p => p.X == m.Curves[i].Seed.Epoch), Plot.Series(i));
            return Html.Of($"<figure>{plot.Draw()}</figure>");
        }
    }

    private static Html Audit(MitigationAudit audit) => Html.Of($"""
        {Parts.Text($"ERM's head against {audit.Chosen}, on the same test rows; the whole audits are audit-before.html and audit-after.html.")}
        <div class="two"><div>{Parts.Heading("Before")}{Parts.List(audit.Before)}</div><div>{Parts.Heading("After")}{Parts.List(audit.After)}</div></div>
        {Parts.Table("The same rows before and after", ["Group", "n", "Before", "After", "Difference [95%]", "p (Holm)"], audit.Compared.Take(Parts.LongestTable).Select(r => (string[])
        [
            r.Attribute.Length == 0 ? "all" : $"{r.Attribute}: {r.Group}", MetricText.Count(r.N), Number(r.First), Number(r.Second), r.Reason ?? $"{Number(r.Difference)} [{Number(r.Low)}, {Number(r.High)}]", MetricText.P(r.AdjustedP),
        ]), 1, 2, 3, 4, 5)}
        """);

    private static Html Methods(MitigationResult result) => Html.Of($"""
        {Parts.Table("Sources", ["Method", "Source", "Deviates from it"], result.Methods.Select(m => new[] { m.Title, m.Source, m.Deviation.Length == 0 ? "–" : m.Deviation }))}
        {Parts.Table("Chosen settings", ["Method", "Seed", "Settings", "Score", "Found on the way"], result.Methods.SelectMany(m => m.Seeds.Select(s => (string[])
        [
            m.Title, $"{s.Seed}", new Settings(s.Settings).ToString(), s.Score.ToString("0.000", CultureInfo.InvariantCulture),
            s.Notes.Count == 0 ? "–" : string.Join(", ", s.Notes.Select(n => string.Create(CultureInfo.InvariantCulture, $"{n.Key} {n.Value:0.###}"))),
        ])), 1, 3)}
        """);

    private static string Number(double? value) =>
        value is { } v ? v.ToString("0.000", CultureInfo.InvariantCulture) : "not estimable";
}
