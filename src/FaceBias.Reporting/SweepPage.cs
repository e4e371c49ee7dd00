using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Reporting;

/// <summary>Writes <c>sweep.html</c>: what the winner is worth first, then how it was found.</summary>
/// <param name="validation">The groups and their validation images.</param>
internal sealed class SweepPage(
    SweepReport report, IReadOnlyList<Trial> trials, Objective objective, ulong seed, int testRows,
    IReadOnlyList<(string Name, int N)> validation)
{
    private const int LongestTable = 40;
    private const int Bars = 15;
    private readonly SweepStatus _status = new(objective, report.IsError);

    private string ObjectiveTitle => objective.Kind switch
    {
        ObjectiveKind.WorstGroup => report.IsError ? "error of the worst group" : "accuracy of the worst group",
        ObjectiveKind.AverageLessGap =>
            report.IsError ? $"error + {report.Objective}" : $"accuracy - {report.Objective}",
        _ => report.IsError ? "error over all" : "accuracy over all",
    };

    public void Write(string path) => AtomicFile.WriteText(path, Compose());

    internal string Compose() => HtmlPage.Write($"Sweep of {report.Target} by {string.Join(" × ", report.Groups)}",
        $"objective {report.Objective}; {report.Complete} trials measured, {report.Pruned} ended early, {report.Failed} failed; seed {seed}",
        [
            new("result", "Result", Parts.Section("result", "What the winner is worth", Result())),
            new("frontier", "Frontier", Parts.Section("frontier", "Average against gap", Frontier())),
            new("history", "History", Parts.Section("history", "History", History())),
            new("parameters", "Parameters", Parts.FoldedSection("parameters", "Parameters", ByParameter())),
            new("cost", "Cost", Parts.FoldedSection("cost", "Cost", Cost())),
            new("trials", "Trials", Parts.FoldedSection("trials", "Trials", BestTrials())),
        ]);

    private double Readable(double loss) => report.IsError ? loss : 1 - loss;

    private string Full(SweepEstimate? f) =>
        f is null ? "not estimable" : $"{_status.Text(f.Value)} ({_status.Text(f.Low)} to {_status.Text(f.High)})";

    private string Difference(SweepEstimate f)
    {
        string Text(double v) =>
            (report.IsError ? v : 100 * v).ToString(report.IsError ? "+0.00;-0.00;0.00" : "+0.0;-0.0;0.0",
                CultureInfo.InvariantCulture);
        return $"{Text(f.Value)}{(report.IsError ? "" : " points")} ({Text(f.Low)} to {Text(f.High)})";
    }

    private Html Result()
    {
        var t = report.Test;
        return Html.Of($"""
            <div class="answer {new Html(Better(t) ? "well" : "")}"><p class="big" data-answer="verdict">{t.Verdict}</p></div>
            <div class="two"><figure>{Compared().Draw()}<figcaption>On {MetricText.Count(testRows)} test images that neither trained nor chose. Dots: the winner, trial {report.Winner}, with 95% intervals; rings: {t.Against}.</figcaption></figure>
            <div>{Parts.Heading("What it does not say")}{Parts.List(report.Notes)}
            <p>Every metric of the winner by group is in its <a href="audit.html">audit</a>.</p></div></div>
            {Parts.Fold("The numbers", Html.Of($"""
                {Parts.Table("Estimates with 95% intervals, differences paired by image", ["Metric", $"Winner (trial {report.Winner})", t.Against, "Difference"],
                [
                    ["worst group", Full(t.Worst), Full(t.BaselineWorst), Difference(t.WorstDifference)],
                    ["average", Full(t.Average), Full(t.BaselineAverage), Difference(t.AverageDifference)],
                    ["gap", Full(t.Gap), Full(t.BaselineGap), Difference(t.GapDifference)],
                ])}
                {Parts.Table("Every group on the test images", ["Group", "n", "Winner", t.Against], t.Groups.Select(g => (string[])[g.Group, MetricText.Count(g.N), Full(g.Winner), Full(g.Baseline)]), 1)}
                """))}
            {(report.Repeats is { } repeats ? Resampled($"On {repeats.Repeats} other splits of training and validation images: means with 95% intervals of the corrected resampled t test (Nadeau and Bengio 2003)", "winner", repeats) : Html.Empty)}
            {(report.Nested is { } nested ? Resampled($"The whole search done again without each of {nested.Folds.Repeats} folds of the training and validation images and its winner measured there (nested cross-validation), with intervals as above; the worst group of the winners looks {(report.IsError ? FormattableString.Invariant($"{nested.Optimism:0.00}") : FormattableString.Invariant($"{100 * nested.Optimism:0.0} points"))} better where they were chosen", "search", nested.Folds) : Html.Empty)}
            {Parts.Fold("The winner's values", Parts.Table("The winner's values", ["Parameter", "Value"], report.Values.Select(v => (string[])[v.Key, v.Value])))}
            """);
    }

    private bool Better(SweepTest t) => report.IsError ? t.WorstDifference.High < 0 : t.WorstDifference.Low > 0;

    private DotChart Compared()
    {
        var t = report.Test;
        DotRow Row(string label, string n, SweepEstimate? winner, SweepEstimate? baseline) =>
            new(label, n, winner?.Value, winner?.Low, winner?.High,
                winner is null ? "too few rows" : $"{_status.Text(baseline?.Value)} → {_status.Text(winner.Value)}")
                    { Hollow = baseline?.Value };
        return new()
        {
            Axis = report.IsError ? "Mean absolute error" : "Accuracy", IsRate = !report.IsError,
            HollowTitle = t.Against,
            Rows = [Row("worst group", "", t.Worst, t.BaselineWorst), Row("average", "", t.Average, t.BaselineAverage),
                .. t.Groups.Select(g => Row(g.Group, $"n = {MetricText.Count(g.N)}", g.Winner, g.Baseline))],
        };
    }

    private Html Resampled(string caption, string name, SweepRepeats r) =>
        Parts.Table(caption, ["Metric", MetricText.Title(name), "The default options", "Difference"],
            [
                ["worst group", Full(r.Worst), Full(r.BaselineWorst), Difference(r.WorstDifference)],
                ["average", Full(r.Average), Full(r.BaselineAverage), Difference(r.AverageDifference)],
            ]);

    private Html Frontier()
    {
        var front = SweepStatus.Frontier(trials, report.IsError).Select(t => t.Number).ToHashSet();
        FrontierPoint[] points =
            [.. trials.Where(t => t.IsFeasible && t.Metrics is { Average: not null, Gap: not null })
            .Select(t => FrontierEstimates.Of(t, front.Contains(t.Number), report.IsError, validation))];
        return points.Length == 0 ? Parts.Text("not estimable: fewer than two groups have enough validation images")
            : Parts.Figure(SweepCharts.Frontier(points, report.IsError, report.Winner),
                $"{(report.IsError ? "Left" : "Right")} and down is better. Lines are 95% intervals on validation for trials that no other dominates; those of the gap hold for the two groups that were best and worst, and chance makes gaps look larger than they are.",
                Parts.Table("The frontier on validation", ["Trial", "Average", "Gap"],
                    points.Where(p => p.OnFront).OrderBy(p => p.Gap.Value).Select(
                        p => (string[])[$"{p.Trial}", Full(p.Average), Full(p.Gap)])));
    }

    private Html History() => Parts.Figure(SweepCharts.History(trials, Readable, ObjectiveTitle, report.IsError),
        "Each trial on validation; the line is the best so far. Trials that ended early show their last value; the worst tenth stands at the edge.",
        Parts.Table("When the best changed", ["Trial", MetricText.Title(ObjectiveTitle), "Values"], Improvements()
            .Select(t => (string[])[$"{t.Number}", _status.Text(Readable(t.Loss)), t.Configuration.ToString()])));

    private Html ByParameter()
    {
        var shares = ParameterImportance.Of(trials, seed);
        if (shares.Count == 0)
            return Parts.Text(
                $"Importance is not estimable: {trials.Count(t => t.Result is not null)} measured trials; it takes {ParameterImportance.MinimumTrials}, and differences that the parameters explain.");
        string[] names = [.. shares.Take(9).Select(s => s.Name)];
        var space = trials[0].Configuration.Space;
        Trial[] best = [.. TrialOrder.Sort(trials).Where(t => t.IsFeasible).Take(5)];
        return Html.Of($"""
            {Parts.Figure(SweepCharts.Importance([.. shares.Take(Bars)]).Draw(), "By how much a random forest that predicts the objective gets worse on unseen trials when a parameter's values are shuffled. It speaks of the trials of this sweep, which are not spread evenly, and of validation.")}
            {Parts.Figure(SweepCharts.Parallel(trials, names), $"A line per trial over the nine most important parameters, from low to high: {string.Join(", ", names.Select((n, i) => $"{i + 1} {n}"))}. A line passes over parameters that have no meaning in its trial.",
                Parts.Table("The best trials", ["Trial", .. names], best.Select(t => (string[])[$"{t.Number}", .. names.Select(n => t.Configuration.Has(n) ? t.Configuration.Text(n) : "–")])))}
            {Parts.Heading("The objective against single parameters")}
            {Parts.Text("Everything else as it came; the worst tenth stands at the edge.", "quiet")}
            <div class="plots">{SweepCharts.Slices(trials, [.. names.Take(6).Select(n => space.Parameters[space.IndexOf(n)])], Readable, ObjectiveTitle, report.IsError)}</div>
            """);
    }

    private Html Cost()
    {
        var seconds = trials.Sum(t => t.Seconds);
        var epochs = trials.Sum(t => t.Reports.Count);
        return Parts.Figure(SweepCharts.Cost(trials),
            string.Create(CultureInfo.InvariantCulture,
                $"{seconds:N0} seconds of trials in all, each on one thread; {epochs:N0} epochs. Times depend on the machine and on what ran beside."),
            Parts.Table("By how trials ended", ["Ended", "Trials", "Seconds", "Epochs"],
                trials.GroupBy(SweepCharts.State).Select(g => (string[])
            [
                g.Key, $"{g.Count()}", g.Sum(t => t.Seconds).ToString("N1", CultureInfo.InvariantCulture),
                $"{g.Sum(t => t.Reports.Count)}",
            ]), 1, 2, 3));
    }

    private Html BestTrials() =>
        Parts.Table($"The best {Math.Min(LongestTable, trials.Count)} of {trials.Count} trials on validation; journal.jsonl has all",
        ["Trial", "Worst group", "Average", "Gap", "Seconds", "How it ended", "Values"],
        TrialOrder.Sort(trials).Take(LongestTable).Select(t => (string[])
        [
            $"{t.Number}", _status.Text(t.Metrics.Worst), _status.Text(t.Metrics.Average), _status.Text(t.Metrics.Gap),
            t.Seconds.ToString("0.0", CultureInfo.InvariantCulture), t.Reason ?? SweepCharts.State(t),
            t.Configuration.ToString(),
        ]), 1, 2, 3, 4);

    private IEnumerable<Trial> Improvements()
    {
        var best = double.PositiveInfinity;
        foreach (var t in trials.Where(t => t.IsFeasible))
            if (t.Loss < best)
            {
                best = t.Loss;
                yield return t;
            }
    }
}
