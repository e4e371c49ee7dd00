using System.Globalization;
using FaceBias.Auditing;
using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Reporting;

/// <summary>Writes <c>sweep.html</c>: what the winner is worth first, then how it was found.</summary>
/// <param name="report">What was found.</param>
/// <param name="trials">All trials.</param>
/// <param name="objective">What was optimised.</param>
/// <param name="seed">Seed of the sweep.</param>
/// <param name="testRows">Test images.</param>
/// <param name="validation">The groups and their validation images.</param>
internal sealed class SweepPage(
    SweepReport report, IReadOnlyList<Trial> trials, Objective objective, ulong seed, int testRows, IReadOnlyList<(string Name, int N)> validation)
{
    private const int LongestTable = 40;
    private const int Bars = 15;
    private readonly SweepStatus _status = new(objective, report.IsError);
    private readonly HtmlWriter _html = new();

    private string ObjectiveTitle => objective.Kind switch
    {
        ObjectiveKind.WorstGroup => report.IsError ? "error of the worst group" : "accuracy of the worst group",
        ObjectiveKind.AverageLessGap => report.IsError ? $"error + {report.Objective}" : $"accuracy - {report.Objective}",
        _ => report.IsError ? "error over all" : "accuracy over all",
    };

    /// <summary>Writes the page.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, Compose());

    internal string Compose()
    {
        HtmlPage.Begin(_html, $"Sweep of {report.Target} by {string.Join(" x ", report.Groups)}",
            $"objective {report.Objective}; {report.Complete} trials measured, {report.Pruned} ended early, {report.Failed} failed; seed {seed}");
        _html.Raw("<a href=\"#result\">Result</a> <a href=\"#frontier\">Frontier</a> <a href=\"#history\">History</a> <a href=\"#parameters\">Parameters</a> "
            + "<a href=\"#cost\">Cost</a> <a href=\"#trials\">Trials</a></nav>\n<main>");
        Result();
        Frontier();
        History();
        Parameters();
        Cost();
        Trials();
        return HtmlPage.End(_html);
    }

    private double Readable(double loss) => report.IsError ? loss : 1 - loss;

    private string Full(SweepEstimate? f) => f is null ? "not estimable" : $"{_status.Text(f.Value)} ({_status.Text(f.Low)} to {_status.Text(f.High)})";

    private string Difference(SweepEstimate f)
    {
        string Text(double v) => (report.IsError ? v : 100 * v).ToString(report.IsError ? "+0.00;-0.00;0.00" : "+0.0;-0.0;0.0", CultureInfo.InvariantCulture);
        return $"{Text(f.Value)}{(report.IsError ? "" : " points")} ({Text(f.Low)} to {Text(f.High)})";
    }

    private void Result()
    {
        var t = report.Test;
        _html.Raw("<section id=\"result\">").Heading(2, "What the winner is worth").Paragraph(t.Verdict, "lead");
        _html.Table($"On {Figures.Count(testRows)} test images that neither trained nor chose: estimates with 95% intervals, differences paired by image",
            ["Metric", $"winner (trial {report.Winner})", t.Against, "difference"],
            [
                ["worst group", Full(t.Worst), Full(t.BaselineWorst), Difference(t.WorstDifference)],
                ["average", Full(t.Average), Full(t.BaselineAverage), Difference(t.AverageDifference)],
                ["gap", Full(t.Gap), Full(t.BaselineGap), Difference(t.GapDifference)],
            ]);
        _html.Table("Every group on the test images", ["Group", "n", "winner", t.Against],
            t.Groups.Select(g => (string[])[g.Group, Figures.Count(g.N), Full(g.Winner), Full(g.Baseline)]), 1);
        _html.Raw("<p>Every metric of the winner by group is in its <a href=\"audit.html\">audit</a>.</p>");
        if (report.Repeats is { } repeats)
            Resampled($"On {repeats.Repeats} other splits of training and validation images: means with 95% intervals of the corrected resampled t test (Nadeau and Bengio 2003)", "winner", repeats);
        if (report.Nested is { } nested)
            Resampled($"The whole search done again without each of {nested.Folds.Repeats} folds of the training and validation images and its winner measured there (nested cross-validation), with intervals as above; the worst group of the winners looks {(report.IsError ? FormattableString.Invariant($"{nested.Optimism:0.00}") : FormattableString.Invariant($"{100 * nested.Optimism:0.0} points"))} better where they were chosen", "search", nested.Folds);
        _html.Heading(3, "What it does not say").List(report.Notes);
        _html.Table("The winner's values", ["Parameter", "Value"], report.Values.Select(v => (string[])[v.Key, v.Value])).Raw("</section>");
    }

    private void Resampled(string caption, string name, SweepRepeats r) =>
        _html.Table(caption, ["Metric", name, "the default options", "difference"],
            [
                ["worst group", Full(r.Worst), Full(r.BaselineWorst), Difference(r.WorstDifference)],
                ["average", Full(r.Average), Full(r.BaselineAverage), Difference(r.AverageDifference)],
            ]);

    private void Frontier()
    {
        var front = SweepStatus.Frontier(trials, report.IsError).Select(t => t.Number).ToHashSet();
        FrontierPoint[] points = [.. trials.Where(t => t.IsFeasible && t.Metrics is { Average: not null, Gap: not null })
            .Select(t => FrontierEstimates.Of(t, front.Contains(t.Number), report.IsError, validation))];
        _html.Raw("<section id=\"frontier\">").Heading(2, "Average against gap");
        if (points.Length == 0)
            _html.Paragraph("not estimable: fewer than two groups have enough validation images");
        else
            _html.Chart(SweepCharts.Frontier(points, report.IsError, report.Winner), "Average against gap for every measured trial",
                "Right and down is better. Lines are 95% intervals on validation for trials that no other betters in both; those of the gap hold for the two groups that were best and worst, and chance makes gaps look larger than they are.",
                w => w.Table("The frontier on validation", ["Trial", "average", "gap"],
                    points.Where(p => p.OnFront).OrderBy(p => p.Gap.Value).Select(p => (string[])[$"{p.Trial}", Full(p.Average), Full(p.Gap)])));
        _html.Raw("</section>");
    }

    private void History()
    {
        _html.Raw("<section id=\"history\">").Heading(2, "History");
        _html.Chart(SweepCharts.History(trials, Readable, ObjectiveTitle, report.IsError), "The objective over the trials",
            "Each trial on validation; the line is the best so far. Trials that ended early show their last value; the worst tenth stands at the edge.",
            w => w.Table("When the best changed", ["Trial", ObjectiveTitle, "what"], Improvements()
                .Select(t => (string[])[$"{t.Number}", _status.Text(Readable(t.Loss)), t.Configuration.ToString()]))).Raw("</section>");
    }

    private void Parameters()
    {
        var shares = ParameterImportance.Of(trials, seed);
        _html.Raw("<section id=\"parameters\">").Heading(2, "Parameters");
        if (shares.Count == 0)
        {
            _html.Paragraph($"Importance is not estimable: {trials.Count(t => t.Result is not null)} measured trials; it takes {ParameterImportance.MinimumTrials}, and differences that the parameters explain.").Raw("</section>");
            return;
        }
        _html.Chart(SweepCharts.Importance([.. shares.Take(Bars)]), "Importance of the parameters",
            "By how much a random forest that predicts the objective gets worse on unseen trials when a parameter's values are shuffled. It speaks of the trials of this sweep, which are not spread evenly, and of validation.",
            w => w.Table("Importance", ["Parameter", "share"], shares.Select(s => (string[])[s.Name, s.Share.ToString("0.0%", CultureInfo.InvariantCulture)]), 1));
        string[] names = [.. shares.Take(9).Select(s => s.Name)];
        _html.Chart(SweepCharts.Parallel(trials, names), "Parallel coordinates",
            "A line per trial over the nine most important parameters; a line passes over parameters that have no meaning in its trial.",
            w => w.Table("The best trials", ["Trial", .. names], TrialOrder.Sort(trials).Where(t => t.IsFeasible).Take(5)
                .Select(t => (string[])[$"{t.Number}", .. names.Select(n => t.Configuration.Has(n) ? t.Configuration.Text(n) : "–")])));
        var space = trials[0].Configuration.Space;
        Parameter[] shown = [.. names.Take(6).Select(n => space.Parameters[space.IndexOf(n)])];
        _html.Chart(SweepCharts.Slices(trials, shown, Readable, ObjectiveTitle, report.IsError), "Slices",
            "The objective against single parameters, everything else as it came; the worst tenth stands at the edge.",
            w => w.Table("Where the best five are", ["Parameter", "values"], names.Select(n => (string[])[n, string.Join(", ",
                TrialOrder.Sort(trials).Where(t => t.IsFeasible).Take(5).Select(t => t.Configuration.Has(n) ? t.Configuration.Text(n) : "–"))]))).Raw("</section>");
    }

    private void Cost()
    {
        _html.Raw("<section id=\"cost\">").Heading(2, "Cost");
        var seconds = trials.Sum(t => t.Seconds);
        var epochs = trials.Sum(t => t.Reports.Count);
        _html.Chart(SweepCharts.Cost(trials), "Seconds per trial",
            string.Create(CultureInfo.InvariantCulture, $"{seconds:N0} seconds of trials in all, each on one thread; {epochs:N0} epochs. Times depend on the machine and on what ran beside."),
            w => w.Table("By how trials ended", ["", "trials", "seconds", "epochs"], trials.GroupBy(SweepCharts.State).Select(g => (string[])
            [
                g.Key, $"{g.Count()}", g.Sum(t => t.Seconds).ToString("N1", CultureInfo.InvariantCulture), $"{g.Sum(t => t.Reports.Count)}",
            ]), 1, 2, 3)).Raw("</section>");
    }

    private void Trials()
    {
        _html.Raw("<section id=\"trials\">").Heading(2, "Trials");
        _html.Table($"The best {Math.Min(LongestTable, trials.Count)} of {trials.Count} trials on validation; journal.jsonl has all",
            ["Trial", "worst group", "average", "gap", "seconds", "how it ended", "what"],
            TrialOrder.Sort(trials).Take(LongestTable).Select(t => (string[])
            [
                $"{t.Number}", _status.Text(t.Metrics.Worst), _status.Text(t.Metrics.Average), _status.Text(t.Metrics.Gap),
                t.Seconds.ToString("0.0", CultureInfo.InvariantCulture), t.Reason ?? SweepCharts.State(t), t.Configuration.ToString(),
            ]), 1, 2, 3, 4).Raw("</section>");
    }

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
