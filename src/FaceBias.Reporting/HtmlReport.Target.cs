using FaceBias.Auditing;
using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

public static partial class HtmlReport
{
    private static void Target(HtmlWriter html, ReportInput input, TargetAudit target, string id, ref int budget)
    {
        var metric = Metrics.Find(target.Main.Metric);
        html.Raw($"<section id=\"{id}\">").Heading(2, Figures.Title(target.Name));
        html.Paragraph($"{Figures.Count(target.Overall.N)} predictions{(target.NoTruth ? ", whose truth is not known: only what is predicted for whom is compared" : " with a true value")}."
            + (target.Overall.Unpredicted > 0
                ? $" A further {Figures.Count(target.Overall.Unpredicted)} have a true value but no prediction." : ""));
        Groups(html, target, metric, input.Audit.Options);
        foreach (var grouping in target.Groupings.Where(g => g.Attributes.Count == 2))
            Pair(html, target, grouping, metric);
        Intersections(html, target, metric, input.Audit.Options);
        if (target.Overall.Confusion is { } confusion)
            Confusion(html, target, confusion);
        if (target.Calibration.Count > 0)
            Calibration(html, target);
        Thresholds(html, target);
        if (target.Errors is { Histogram.Count: > 0 } errors)
            Errors(html, input.Audit.Options, target, errors);
        Worst(html, input, target, ref budget);
        html.Raw("</section>");
    }

    private static void Groups(HtmlWriter html, TargetAudit target, Metric metric, AuditOptions options)
    {
        GroupingAudit[] single = [.. target.Groupings.Where(g => g.Attributes.Count == 1)];
        if (single.Length == 0)
            return;
        html.Heading(3, $"{Figures.Title(metric.Title)} by group");
        string[] keys = [.. Metrics.Headline(target, options).Select(m => m.Key)];
        html.Chart(Charts.Intervals(target, metric),
            $"Interval plot of the {metric.Title} of {target.Name} for each group; the numbers are in the table below",
            "Dots are estimates, lines their intervals, n the rows they rest on; the dashed line is the estimate of all rows. "
            + "A line without a dot is a group too small for a point estimate.",
            t => t.Table($"{Figures.Title(target.Name)} by group",
                ["Group", "Attribute", "n", "No prediction", .. keys.Select(k => Figures.Title(Metrics.Find(k).Title)), "Shrunken"],
                single.SelectMany(g => g.Groups.Select(group => (string[])
                    [group.Name(), g.Attributes[0], Figures.Count(group.N), Figures.Count(group.Unpredicted),
                        .. keys.Select(k => Figures.Full(group.Find(k)!)), Figures.Shrunken(group.Find(metric.Key, target.Main.Class)!)])), 2, 3)
                .Paragraph($"Shrunken: the {metric.Title} drawn towards that of all groups, the more the fewer rows a group has (empirical Bayes)."));
        Gaps(html, "Gaps between the worst and the best group", target,
            single.SelectMany(g => g.Gaps.Where(gap => gap.Class is null || target.FindingMetrics.Any(f => f.Metric == gap.Metric && f.Class == gap.Class)).Select(gap => (g, gap))));
        if (single.Any(g => g.Trends.Count > 0))
        {
            html.Table("Trends over ordered groups (Cochran and Armitage)", ["By", "Metric", "Direction", "z", "p"],
                single.SelectMany(g => g.Trends.Select(t => (string[])[g.Attributes[0], Metrics.Find(t.Metric).Title,
                    t.Z > 0 ? "rises" : "falls", FormattableString.Invariant($"{t.Z:0.00}"), Figures.P(t.P)])), 3, 4);
        }
        Further(html, target, single);
    }

    /// <summary>Every metric of every group, the fairness metrics that people ask for by name, and tests by probabilities.</summary>
    private static void Further(HtmlWriter html, TargetAudit target, GroupingAudit[] single)
    {
        html.Raw("<details><summary>Further metrics of each group, and fairness metrics by name</summary>");
        GroupAudit[] groups = [target.Overall, .. single.SelectMany(g => g.Groups)];
        // One table for all labels together and one per label share what a page can hold.
        var longest = Math.Clamp(LongestTable * 4 / (1 + target.Classes.Count), 1, LongestTable);
        foreach (var figures in target.Overall.Estimates.Where(e => Shown(e.Metric)).GroupBy(e => e.Class))
        {
            var about = figures.Key is { } label ? $"{target.Name}: '{label}' against the rest" : $"{target.Name}: {(target.Kind == TargetKind.Numeric ? "how much of the truth is explained" : "all labels together")}";
            html.Table(Shown(Figures.Title(about), groups.Length, longest), ["Group", .. figures.Select(e => Figures.Title(Metrics.Find(e.Metric).Title))],
                groups.Take(longest).Select(g => (string[])[g.Name(), .. figures.Select(e => Figures.Full(g.Find(e.Metric, e.Class)!))]));
        }
        var disparities = single.SelectMany(g => g.Disparities.Where(d => !d.Name.EndsWith("_to_overall", StringComparison.Ordinal))
            .Select(d => (g.Attributes, Disparity: d))).ToArray();
        html.Table(Shown("Fairness metrics across groups; differences of many groups are above zero by chance", disparities.Length),
            ["Metric", "Attribute", "Label", "Value", "Interval"],
            disparities.Take(LongestTable).Select(x => (string[])
                [x.Disparity.Name.Replace('_', ' '), x.Attributes[0], x.Disparity.Class ?? "all", x.Disparity.Value is { } v ? FormattableString.Invariant($"{v:0.000}") : x.Disparity.Reason!,
                    x.Disparity.Low is { } low ? FormattableString.Invariant($"{low:0.000} to {x.Disparity.High:0.000}") : "–"]), 3, 4);
        if (single.Any(g => g.Tests.Count > 0))
        {
            html.Table("Are probabilities calibrated and distributed alike in all groups? p is not corrected", ["Question", "Attribute", "Label", "Groups", "Test", "Chi-square", "p"],
                single.SelectMany(g => g.Tests.Select(t => (string[])[t.Name.Replace('_', ' '), g.Attributes[0], t.Class ?? "all", Compared(t), t.Method.Replace('_', ' '),
                    FormattableString.Invariant($"{t.Statistic:0.0} ({t.Degrees} df)"), Figures.P(t.P)])), 5, 6);
        }
        html.Raw("</details>");
    }

    private static string Compared(GroupTest test) => test.LeftOut.Count == 0 ? $"{test.Groups}"
        : $"{test.Groups}; left out {string.Join("; ", test.LeftOut.Take(3))}{(test.LeftOut.Count > 3 ? $" and {test.LeftOut.Count - 3} more" : "")}";

    /// <summary>What stands in no other table and says more than its complement.</summary>
    private static bool Shown(string metric) => metric is "macro_f1" or "class_recall_difference" or "log_loss" or "log_loss_reduction" or "brier" or "top_2" or "top_3"
        or "calibration_slope" or "selection_rate" or "recall" or "fpr" or "precision" or "npv" or "f1" or "auc" or "r2";

    private static void Gaps(HtmlWriter html, string caption, TargetAudit target, IEnumerable<(GroupingAudit Grouping, Gap Gap)> gaps) =>
        html.Table(caption, ["By", "Metric", "Worst", "Best", "Gap", "Interval", "Expected by chance", "p", "Any difference", "Verdict"], gaps.Select(x =>
        {
            var (gap, metric) = (x.Gap, Metrics.Find(x.Gap.Metric));
            var name = $"{metric.Title}{(gap.Class is { } label ? $" of {label}" : "")}{(Figures.Unit(target, metric) is { Length: > 0 } unit ? $" ({unit.Trim()})" : "")}";
            return (string[])[string.Join(" x ", x.Grouping.Attributes), name, gap.Worst ?? "–", gap.Best ?? "–",
                Figures.Difference(gap.Value, metric),
                gap.Low is null ? "–" : $"{Figures.Difference(gap.Low, metric)} to {Figures.Difference(gap.High, metric)}",
                Figures.Difference(gap.ExpectedUnderEquality, metric), Figures.P(gap.AdjustedP),
                gap.Homogeneity is { } any ? $"{Figures.P(any.P)} ({any.Name.Replace('_', ' ')})" : "–",
                gap.Value is null ? gap.Reason! : Figures.Words(gap.Verdict)];
        }), 4, 5, 6, 7);

    private static void Pair(HtmlWriter html, TargetAudit target, GroupingAudit grouping, Metric metric)
    {
        var (first, second) = (grouping.Attributes[0], grouping.Attributes[1]);
        // One scale for all pairs of a target: a map in which nothing happens must look pale.
        double[] values = [.. target.Groupings.Where(g => g.Attributes.Count == 2).SelectMany(g => g.Groups)
            .Select(g => g.Find(metric.Key, target.Main.Class)!.Value).OfType<double>()];
        var title = $"{Figures.Title(metric.Title)} by {first} and {second}";
        html.Heading(3, title);
        var cells = grouping.Groups.Select(g =>
        {
            var e = g.Find(metric.Key, target.Main.Class)!;
            double? strength = e.Value is not { } v ? null : values.Max() == values.Min() ? 0
                : metric.HigherIsBetter == true ? (values.Max() - v) / (values.Max() - values.Min())
                : (v - values.Min()) / (values.Max() - values.Min());
            return new HeatCell(g.Levels[0], g.Levels[1], Figures.Value(e), $"n = {Figures.Count(e.Denominator)}", strength);
        });
        void Table(HtmlWriter t) => t.Table(Shown(title, grouping.Groups.Count), [$"{first}, {second}", "n", metric.Title],
            grouping.Groups.Take(LongestTable).Select(g => (string[])
                [g.Name(), Figures.Count(g.N), Figures.Full(g.Find(metric.Key, target.Main.Class)!)]), 1);
        if (grouping.Groups.Count > 150)
            Table(html);
        else
            html.Chart(Charts.Cells(cells, first, second), $"Table of coloured cells: {title}; darker is worse",
                "Darker is worse, on one scale for all such tables of this target; n is the rows behind each cell. A grey cell has too "
                + "few rows for a point estimate.", Table);
    }

    private static void Intersections(HtmlWriter html, TargetAudit target, Metric metric, AuditOptions options)
    {
        GroupingAudit[] crossed = [.. target.Groupings.Where(g => g.Attributes.Count > 1)];
        if (crossed.Length == 0)
            return;
        html.Heading(3, "Gaps among crossed groups");
        var correction = options.Screening == FalseDiscovery.BenjaminiYekutieli ? "Benjamini and Yekutieli" : "Benjamini and Hochberg";
        Gaps(html, $"A screening: p is corrected by {correction}, and a gap found here asks for new data to confirm it",
            target, crossed.SelectMany(g => g.Gaps.Where(x => target.FindingMetrics.Any(f => f.Metric == x.Metric && f.Class == x.Class)).Select(gap => (g, gap))));
    }

    private static void Confusion(HtmlWriter html, TargetAudit target, IReadOnlyList<IReadOnlyList<long>> counts)
    {
        html.Heading(3, "Confusion matrix");
        var cells = target.Classes.SelectMany((truth, i) => target.Classes.Select((predicted, j) =>
        {
            var row = counts[i].Sum();
            return new HeatCell(truth, predicted, row == 0 ? "–" : $"{100.0 * counts[i][j] / row:0.0}%",
                $"n = {Figures.Count(counts[i][j])}", row == 0 ? null : (double)counts[i][j] / row);
        }));
        html.Chart(Charts.Cells(cells, "true", "predicted"), $"Confusion matrix of {target.Name}: share of each true label by predicted label",
            "Each row is a true label and adds up to 100%.",
            t => t.Table($"Counts of {target.Name}", ["True \\ predicted", .. target.Classes],
                target.Classes.Select((c, i) => (string[])[c, .. counts[i].Select(n => Figures.Count(n))]),
                [.. Enumerable.Range(1, target.Classes.Count)]));
    }

    private static void Calibration(HtmlWriter html, TargetAudit target)
    {
        html.Heading(3, "How sure the model is, and how right");
        html.Chart(Charts.Calibration(target.Calibration), $"Calibration curves of {target.Name}: share right by the probability given",
            "Rows are cut into ten bins of equal size by the probability of the predicted label. On the dashed line the model is as often right as it "
            + "says; below it, it is too sure. Bars are intervals; a group's bins are smaller and less certain.",
            t => t.Table($"Calibration of {target.Name}", ["Group", "Attribute", "n", "Probability given", "Share right"],
                target.Calibration.Where(c => c.Attribute.Length == 0).SelectMany(c => c.Bins.Select(b => (string[])[c.Group, "–", Figures.Count(b.N),
                    Figures.Value(b.Probability, Metrics.Accuracy), $"{Figures.Value(b.Right, Metrics.Accuracy)} ({Figures.Value(b.Low, Metrics.Accuracy)} to {Figures.Value(b.High, Metrics.Accuracy)})"])), 2, 3, 4)
                .Table($"Calibration of {target.Name} by group", ["Group", "Attribute", "n", "Overconfidence", "Calibration error"],
                    target.Groupings.Where(g => g.Attributes.Count == 1).SelectMany(g => g.Groups.Select(x => (string[])[x.Name(), g.Attributes[0], Figures.Count(x.N),
                        Figures.Full(x.Find(Metrics.CalibrationOffset.Key)!), Figures.Full(x.Find(Metrics.CalibrationError.Key)!)])), 2));
    }

    private static void Errors(HtmlWriter html, AuditOptions options, TargetAudit target, NumericErrors errors)
    {
        html.Heading(3, "How large the errors are");
        html.Chart(Charts.Histogram(errors, options.In(target.Unit).Tolerances!), $"Histogram of the errors of {target.Name}",
            "Errors above zero are predictions that are too high. The outermost bars hold all that lies beyond; dashed lines "
            + "mark " + string.Join(" and ", options.In(target.Unit).Tolerances!.Select(t => FormattableString.Invariant($"±{t}")).DefaultIfEmpty("zero")) + ".",
            t => t.Table("Errors", ["From", "To", "Predictions"], errors.Histogram.Select(b => (string[])
                [FormattableString.Invariant($"{b.From:0.##}"), FormattableString.Invariant($"{b.To:0.##}"), Figures.Count(b.Count)]), 0, 1, 2));
        html.Heading(3, $"Error by true {target.Name}");
        html.Chart(Charts.ErrorByTruth(errors, target.Name), $"Mean absolute and mean signed error by true {target.Name}",
            "Bands are intervals; hollow points rest on fewer than 10 rows, which an interval of their own width says. A signed error above zero means that the model says too much.",
            t => t.Table($"Error by true {target.Name}", ["From", "To (below)", "n", "Mean absolute error", "Mean signed error"],
                errors.ByTruth.Select(b => (string[])[FormattableString.Invariant($"{b.From:0.##}"), FormattableString.Invariant($"{b.To:0.##}"),
                    Figures.Count(b.N), Figures.Full(b.AbsoluteError), Figures.Full(b.SignedError)]), 2));
    }

    private static void Worst(HtmlWriter html, ReportInput input, TargetAudit target, ref int budget)
    {
        if (target.Worst.Count == 0)
            return;
        html.Heading(3, $"The {target.Worst.Count} worst predictions");
        html.Paragraph(target.Kind == TargetKind.Categorical
            ? "Wrong labels, the most confident first. Look whether the picture or its label is at fault."
            : "The largest errors first. Look whether the picture or its label is at fault.");
        var pictures = new List<string>();
        foreach (var w in target.Worst)
        {
            if (!input.Thumbnails.TryGetValue(w.Id, out var jpeg) || (budget -= jpeg.Length * 4 / 3) < 0)
                continue;
            var text = $"true {w.Truth}, predicted {w.Predicted}";
            pictures.Add($"<li><img src=\"data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}\" "
                + $"alt=\"{HtmlWriter.Escape($"Face {w.Id}: {text}")}\"><b>{HtmlWriter.Escape(text)}</b>{HtmlWriter.Escape(Strength(w))}</li>");
        }
        if (pictures.Count > 0)
            html.Raw("<ul class=\"faces\">" + string.Join('\n', pictures) + "</ul>");
        html.Raw($"<details{(pictures.Count > 0 ? "" : " open")}><summary>The worst predictions as a table</summary>");
        html.Table($"Worst predictions of {target.Name}", ["Id", "True", "Predicted", "How wrong", "Groups"],
            target.Worst.Select(w => (string[])[w.Id, w.Truth, w.Predicted, Strength(w), string.Join(", ", w.Groups)]));
        html.Raw("</details>");
    }

    private static string Strength(WorstPrediction w) => w switch
    {
        { Error: { } e } => FormattableString.Invariant($"error {e:+0.0;-0.0}"),
        { Confidence: { } c } => FormattableString.Invariant($"confidence {c:0.000}"),
        _ => "no probability given",
    };
}
