using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

internal static partial class HtmlReport
{
    private static GroupingAudit[] Single(TargetAudit target) =>
        [.. target.Groupings.Where(g => g.Attributes.Count == 1)];

    /// <summary>Every metric of every group, the fairness metrics that people ask for by name, and tests by
    /// probabilities.</summary>
    private static Html Groups(AuditResult audit, TargetAudit target)
    {
        var single = Single(target);
        GroupAudit[] groups = [target.Overall, .. single.SelectMany(g => g.Groups)];
        // One table for all labels together and one per label share what a page can hold.
        var longest = Math.Clamp(Parts.LongestTable * 4 / (1 + target.Classes.Count), 1, Parts.LongestTable);
        var tables = target.Overall.Estimates.Where(e => Shown(e.Metric)).GroupBy(e => e.Class).Select(metrics =>
        {
            var about = metrics.Key is { } label
                ? $"{target.Name}: '{label}' against the rest" : $"{target.Name}: {(target.Kind == TargetKind.Numeric ? "how much of the truth is explained" : "all labels together")}";
            return Parts.Table(Parts.Shown(MetricText.Title(about), groups.Length, longest),
                ["Group", .. metrics.Select(e => MetricText.Title(Metrics.Find(e.Metric).Title))],
                groups.Take(longest).Select(
                    g => (string[])[g.Name(),
                        .. metrics.Select(e => g.Find(e.Metric, e.Class) is { } x ? MetricText.Full(x) : "–")]));
        });
        var disparities =
            single.SelectMany(g => g.Disparities.Where(d => !d.Name.EndsWith("_to_overall", StringComparison.Ordinal))
            .Select(d => (g.Attributes, Disparity: d))).ToArray();
        var byName = Parts.Table(
            Parts.Shown("Fairness metrics across groups; differences of many groups are above zero by chance",
                disparities.Length),
            ["Metric", "Attribute", "Label", "Value", "Interval"],
            disparities.Take(Parts.LongestTable).Select(x => (string[])
                [x.Disparity.Name.Replace('_', ' '), x.Attributes[0], x.Disparity.Class ?? "all",
                    x.Disparity.Value is { } v ? FormattableString.Invariant($"{v:0.000}") : x.Disparity.Reason!,
                    x.Disparity.Low is { } low ? FormattableString.Invariant($"{low:0.000} to {x.Disparity.High:0.000}")
                        : "–"]), 3, 4);
        var tests = !single.Any(g => g.Tests.Count > 0) ? Html.Empty
            : Parts.Table("Are probabilities calibrated and distributed alike in all groups? p is not corrected",
                ["Question", "Attribute", "Label", "Groups", "Test", "Chi-square", "p"],
                single.SelectMany(
                    g => g.Tests.Select(
                        t => (string[])[t.Name.Replace('_', ' '), g.Attributes[0], t.Class ?? "all", Compared(t),
                            t.Method.Replace('_', ' '),
                    FormattableString.Invariant($"{t.Statistic:0.0} ({t.Degrees} df)"), MetricText.P(t.P)])), 5, 6);
        return Html.Of($"{tables}{(disparities.Length == 0 ? Html.Empty : byName)}{tests}");
    }

    private static string Compared(GroupTest test) => test.LeftOut.Count == 0 ? $"{test.Groups}"
        : $"{test.Groups}; left out {string.Join("; ", test.LeftOut.Take(3))}{(test.LeftOut.Count > 3 ? $" and {test.LeftOut.Count - 3} more" : "")}";

    /// <summary>What stands in no other table and says more than its complement.</summary>
    private static bool Shown(string metric) =>
        metric is "macro_f1" or "class_recall_difference" or "log_loss" or "log_loss_reduction" or "brier" or "top_2"
            or "top_3"
        or "calibration_slope" or "selection_rate" or "recall" or "fpr" or "precision" or "npv" or "f1" or "auc"
        or "r2";

    private static Html Gaps(AuditResult audit, TargetAudit target)
    {
        bool Asked(Gap gap) => target.FindingMetrics.Any(f => f.Metric == gap.Metric && f.Class == gap.Class);
        var single = Single(target).SelectMany(
            g => g.Gaps.Where(gap => gap.Class is null || Asked(gap)).Select(gap => (g, gap))).ToArray();
        var crossed = target.Groupings.Where(g => g.Attributes.Count > 1)
            .SelectMany(g => g.Gaps.Where(Asked).Select(gap => (g, gap)))
            .OrderBy(x => FindingText.Rank(x.gap.Verdict)).ThenByDescending(x => x.gap.Value).ToArray();
        var correction = audit.Options.Screening == FalseDiscovery.BenjaminiYekutieli ? "Benjamini and Yekutieli"
            : "Benjamini and Hochberg";
        return Html.Of($"""
            {GapTable("Gaps between the worst and the best group", target, single)}
            {GapTable($"Gaps among crossed groups: a screening, p corrected by {correction}; a gap found here asks for new data to confirm it", target, crossed)}
            """);
    }

    private static Html GapTable(string caption, TargetAudit target,
        IReadOnlyCollection<(GroupingAudit Grouping, Gap Gap)> gaps) => gaps.Count == 0 ? Html.Empty
        : Parts.Table(Parts.Shown(caption, gaps.Count),
            ["By", "Metric", "Worst", "Best", "Gap", "Interval", "By chance", "p", "Any difference", "Verdict"],
            gaps.Take(Parts.LongestTable).Select(x =>
        {
            var (gap, metric) = (x.Gap, Metrics.Find(x.Gap.Metric));
            var name = $"{metric.Title}{(gap.Class is { } label ? $" of {label}" : "")}{(MetricText.Unit(target, metric) is { Length: > 0 } unit ? $" ({unit.Trim()})" : "")}";
            return (string[])[string.Join(" × ", x.Grouping.Attributes), name, gap.Worst ?? "–", gap.Best ?? "–",
                MetricText.Difference(gap.Value, metric),
                gap.Low is null ? "–"
                    : $"{MetricText.Difference(gap.Low, metric)} to {MetricText.Difference(gap.High, metric)}",
                MetricText.Difference(gap.ExpectedUnderEquality, metric), MetricText.P(gap.AdjustedP),
                gap.Homogeneity is { } any ? $"{MetricText.P(any.P)} ({any.Name.Replace('_', ' ')})" : "–",
                gap.Value is null ? gap.Reason! : MetricText.Words(gap.Verdict)];
        }), 4, 5, 6, 7);

    /// <summary>The explorer without a script: a heat table per pair of attributes, in which groups that are too small
    /// stand grey in their place.</summary>
    /// <summary>Small intersections as the sum of what their levels add, and whether that is all.</summary>
    private static Html Structured(TargetAudit target, Metric metric)
    {
        GroupingAudit[] fitted = [.. target.Groupings.Where(g => g.Structured is not null)];
        return fitted.Length == 0 ? Html.Empty : Html.Of($"""
            <h4>Are crossed groups more than their levels?</h4>
            {Parts.Text($"Structured regression: the {metric.Title} of a crossed group as the sum of what its levels add, combined with the group's own rows by what each is worth. Of a small group the sum says more than its few rows do.")}
            {Parts.List(fitted.Take(MostPairs).Select(g => g.Structured!.Fit.Sentence))}
            {fitted.Take(MostPairs).Select(g => Parts.Fold($"{string.Join(" and ", g.Attributes)}: estimates by structured regression", Parts.Table(
                Parts.Shown(string.Join(" and ", g.Attributes), g.Structured!.Groups.Count), ["Group", "n", "Its rows alone", "What its levels add up to", "Combined"],
                g.Structured.Groups.Take(Parts.LongestTable).Select(s => (string[])[string.Join(", ", s.Levels), MetricText.Count(s.N), MetricText.Value(s.Raw, metric), MetricText.Value(s.Model, metric),
                    $"{MetricText.Value(s.Estimate, metric)} ({MetricText.Value(s.Low, metric)} to {MetricText.Value(s.High, metric)})"]), 1, 2, 3, 4)))}
            """);
    }

    private static Html Crossed(AuditResult audit, TargetAudit target)
    {
        var metric = Metrics.Find(target.Main.Metric);
        GroupingAudit[] pairs = [.. target.Groupings.Where(g => g.Attributes.Count == 2)];
        // One scale for all pairs of a target: a map in which nothing happens must look pale.
        double[] values =
            [.. pairs.SelectMany(g => g.Groups).Select(g => g.Find(metric.Key, target.Main.Class)!.Value)
                .OfType<double>()];
        if (values.Length == 0)
            return Html.Empty;
        return Html.Of($"""
            {Parts.Text($"{MetricText.Title(metric.Title)}; the more orange, the worse, on one scale for all tables of {target.Name}. n is the rows behind a cell; a grey cell has too few for a point estimate.", "quiet")}
            <div class="tables">{pairs.Take(MostPairs).Select(Pair)}</div>
            {(pairs.Length > MostPairs ? Parts.Text($"The first {MostPairs} of {pairs.Length} pairs; audit.json has all.", "quiet") : Html.Empty)}
            {Structured(target, metric)}
            """);

        Html Pair(GroupingAudit grouping)
        {
            var title = $"{grouping.Attributes[0]} × {grouping.Attributes[1]}";
            return grouping.Groups.Count > 150
                ? Parts.Table(Parts.Shown(title, grouping.Groups.Count), ["Group", "n", metric.Title],
                    grouping.Groups.Take(Parts.LongestTable)
                    .Select(g => (string[])[g.Name(), MetricText.Count(g.N),
                        MetricText.Full(g.Find(metric.Key, target.Main.Class)!)]), 1)
                : HeatTable.Draw(title, title, grouping.Groups.Select(g =>
                {
                    var e = g.Find(metric.Key, target.Main.Class)!;
                    double? strength = e.Value is not { } v ? null : values.Max() == values.Min() ? 0
                        : metric.HigherIsBetter == true ? (values.Max() - v) / (values.Max() - values.Min())
                            : (v - values.Min()) / (values.Max() - values.Min());
                    return new HeatCell(g.Levels[0], g.Levels[1], MetricText.Value(e),
                        $"n = {MetricText.Count(e.Denominator)}", strength);
                }));
        }
    }

    private const int MostPairs = 12;

    private static Html Confusion(TargetAudit target)
    {
        if (target.Overall.Confusion is not { } counts || target.Classes.Count > 30)
            return Html.Empty;
        var cells = target.Classes.SelectMany((truth, i) => target.Classes.Select((predicted, j) =>
        {
            var row = counts[i].Sum();
            return new HeatCell(truth, predicted, row == 0 ? "–" : $"{100.0 * counts[i][j] / row:0.0}%",
                $"n = {MetricText.Count(counts[i][j])}",
                row == 0 ? null : i == j ? 1 - ((double)counts[i][j] / row) : (double)counts[i][j] / row);
        }));
        return HeatTable.Draw(
            $"Each row is a true {target.Name} and adds up to 100%. The more orange, the more is wrong.",
            "true \\ predicted", cells);
    }

    private static Html Calibration(TargetAudit target)
    {
        if (target.Calibration.Count == 0)
            return Html.Empty;
        PlotPoint[] points =
            [.. target.Calibration.SelectMany(c => c.Bins).Select(
                b => new PlotPoint(b.Probability, b.Right, b.Low, b.High))];
        var x = LinearAxis.Of([.. points.Select(p => p.X)], (0, 1));
        var y = LinearAxis.Of([.. points.SelectMany(p => new[] { p.Y, p.X })], (0, 1));
        return Html.Of($"""
            {Parts.Text("Rows are cut into ten bins of equal size by the probability of the predicted label. On the dashed line the model is right as often as it says; below it, it is too sure. Lines at the points of all rows are intervals; a group's bins are smaller and less certain.", "quiet")}
            <div class="plots">{target.Calibration.GroupBy(c => c.Attribute).Take(MostPairs).Select(Panel)}</div>
            {Parts.Table($"Calibration of {target.Name}", ["Group", "Attribute", "n", "Overconfidence", "Calibration error"],
                new[] { target.Overall }.Select(g => (g, "–")).Concat(Single(target).SelectMany(g => g.Groups.Select(x => (x, g.Attributes[0])))).Take(Parts.LongestTable).Select(g => (string[])[g.Item1.Name(), g.Item2, MetricText.Count(g.Item1.N),
                    MetricText.Full(g.Item1.Find(Metrics.CalibrationOffset.Key)!), MetricText.Full(g.Item1.Find(Metrics.CalibrationError.Key)!)]), 2)}
            """);

        Html Panel(IGrouping<string, CalibrationCurve> attribute)
        {
            var title = attribute.Key.Length == 0 ? "all rows" : $"by {attribute.Key}";
            var plot = new Plot($"Calibration of {target.Name}, {title}: share right over the probability given", x, y)
                { XTitle = "probability given", YTitle = $"share right, {title}" };
            plot.Rule(Math.Max(x.Low, y.Low), Math.Max(x.Low, y.Low), Math.Min(x.High, y.High),
                Math.Min(x.High, y.High));
            foreach (var (curve, i) in attribute.Select((c, i) => (c, i)))
            {
                PlotPoint[] line = [.. curve.Bins.Select(b => new PlotPoint(b.Probability, b.Right, b.Low, b.High))];
                if (attribute.Key.Length == 0)
                    plot.Intervals(line, Plot.Series(i));
                plot.Line(line, Plot.Series(i), $"{curve.Group} (n = {MetricText.Count(curve.Bins.Sum(b => (long)b.N))})")
                    .Points(line, $"small {Plot.Series(i)}");
            }
            return Html.Of($"<figure>{plot.Draw()}</figure>");
        }
    }

    /// <summary>What other thresholds of a score would do: to all rows, and to the gaps between the groups of each
    /// attribute.</summary>
    private static Html Thresholds(TargetAudit target)
    {
        if (target.Thresholds.Count == 0)
            return Html.Empty;
        return Html.Of($"""
            {Parts.Text(FormattableString.Invariant($"The score was cut at {target.Threshold:0.###}; '{target.Classes[1]}' is predicted at or above it. A gap is the largest rate of a group minus the smallest, in points; groups too small for a rate are left out."))}
            {target.Thresholds.Select(t => t.Attribute).Where(a => a.Length > 0).Distinct().Select(Table)}
            """);

        Html Table(string attribute) =>
            Parts.Table($"Thresholds of {target.Name}, gaps by {attribute}",
                target.NoTruth ? ["Threshold", "Selected", "Gap"]
                    : ["Threshold", "Selected", "Gap", "Recall", "Gap", "False positive rate", "Gap", "Accuracy"],
            target.Thresholds.GroupBy(t => t.Threshold).OrderBy(t => t.Key).Select(at =>
            {
                var all = at.First(t => t.Attribute.Length == 0);
                string Rate(Func<ThresholdRates, double?> of) =>
                    of(all) is { } v ? MetricText.Value(v, Metrics.Accuracy) : "–";
                string Gap(Func<ThresholdRates, double?> of)
                {
                    double[] rates = [.. at.Where(t => t.Attribute == attribute).Select(of).OfType<double>()];
                    return rates.Length < 2 ? "–" : MetricText.Difference(rates.Max() - rates.Min(), Metrics.Accuracy);
                }
                string[] selected =
                    [FormattableString.Invariant($"{at.Key:0.###}{(at.Key == target.Threshold ? " (used)" : "")}"),
                        Rate(t => t.SelectionRate), Gap(t => t.SelectionRate)];
                return target.NoTruth ? selected
                    : (string[])[.. selected, Rate(t => t.Recall), Gap(t => t.Recall), Rate(t => t.Fpr),
                        Gap(t => t.Fpr), Rate(t => t.Accuracy)];
            }), 0, 1, 2, 3, 4, 5, 6, 7);
    }

    private static Html Errors(AuditResult audit, TargetAudit target)
    {
        if (target.Errors is not { Histogram.Count: > 0 } errors)
            return Html.Empty;
        var (bins, tolerances) = (errors.Histogram, audit.Options.In(target.Unit).Tolerances!);
        var histogram = new Plot($"Histogram of the errors of {target.Name}",
            LinearAxis.Of([bins[0].From, bins[^1].To], ticks: 7), LinearAxis.Of([0, bins.Max(b => b.Count)], ticks: 4))
        { XTitle = $"prediction minus truth{(target.Unit is { } u ? $" in {u}" : "")}", YTitle = "predictions" };
        histogram.Bars(bins.Select(b => (b.From, b.To, (double)b.Count)), "s0");
        foreach (var t in tolerances.SelectMany(t => new[] { -t, t }))
            histogram.Rule(t, 0, t, bins.Max(b => b.Count));
        ErrorBin[] known = [.. errors.ByTruth.Where(b => b.AbsoluteError.Value is not null)];
        return Html.Of($"""
            <div class="plots">{Parts.Figure(histogram.Draw(), "Errors above zero are predictions that are too high. The outermost bars hold all that lies beyond; dashed lines mark "
                + string.Join(" and ", tolerances.Select(t => FormattableString.Invariant($"±{t}")).DefaultIfEmpty("zero")) + ".")}
            {(known.Length == 0 ? Html.Empty : ByTruth(target, known))}</div>
            {Parts.Table($"Error by true {target.Name}", ["From", "To (below)", "n", "Mean absolute error", "Mean signed error"],
                errors.ByTruth.Select(b => (string[])[FormattableString.Invariant($"{b.From:0.##}"), FormattableString.Invariant($"{b.To:0.##}"), MetricText.Count(b.N), MetricText.Full(b.AbsoluteError), MetricText.Full(b.SignedError)]), 2)}
            """);
    }

    private static Html ByTruth(TargetAudit target, ErrorBin[] bins)
    {
        PlotPoint[] Series(Func<ErrorBin, Estimate> of) =>
            [.. bins.Select(b => new PlotPoint((b.From + b.To) / 2, of(b).Value!.Value, of(b).Low, of(b).High))];
        var (absolute, signed) = (Series(b => b.AbsoluteError), Series(b => b.SignedError));
        var plot = new Plot($"Mean absolute and mean signed error by true {target.Name}",
            LinearAxis.Of([.. absolute.Select(p => p.X)], ticks: 7),
            LinearAxis.Of([0,
                .. absolute.Concat(signed).SelectMany(p => new[] { p.Y, p.Low, p.High }).OfType<double>()]))
                    { XTitle = $"true {target.Name}", YTitle = "error" };
        plot.Rule(double.MinValue, 0, double.MaxValue, 0);
        plot.Area(absolute, "s0").Line(absolute, "s0", "mean absolute error").Points(absolute, "small s0");
        plot.Area(signed, "s1").Line(signed, "s1", "mean signed error").Points(signed, "small s1");
        return Parts.Figure(plot.Draw(),
            "Shades are intervals. A signed error above zero means that the model says too much.");
    }

    private static Html Worst(TargetAudit target, ReportPictures pictures)
    {
        if (target.Worst.Count == 0)
            return Html.Empty;
        return Html.Of($"""
            {Parts.Text(target.Kind == TargetKind.Categorical
                ? "Wrong labels, the most confident first. Look whether the picture or its label is at fault." : "The largest errors first. Look whether the picture or its label is at fault.")}
            {pictures.List(target.Worst.Select(w => (w.Id, $"true {w.Truth}, predicted {w.Predicted}", Strength(w))))}
            {Parts.Table($"Worst predictions of {target.Name}", ["Id", "True", "Predicted", "How wrong", "Groups"],
                target.Worst.Select(w => (string[])[w.Id, w.Truth, w.Predicted, Strength(w), string.Join(", ", w.Groups)]))}
            """);
    }

    private static string Strength(WorstPrediction w) => w switch
    {
        { Error: { } e } => FormattableString.Invariant($"error {e:+0.0;-0.0}"),
        { Confidence: { } c } => FormattableString.Invariant($"confidence {c:0.000}"),
        _ => "no probability given",
    };
}
