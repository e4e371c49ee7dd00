using System.Diagnostics;
using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Trials;
using FaceBias.Workflows.Sweep;
using Spectre.Console;

namespace FaceBias.Cli;

/// <summary>Shows a sweep while it runs: a live table of the best trials on a terminal, elsewhere a line whenever a
/// better one comes.</summary>
internal static class SweepView
{
    private const int Shown = 8;

    public static SweepReport Show(ConsoleMode mode, TextWriter output, SweepOptions options,
        Func<Action<SweepStatus>, IProgress<StepProgress>?, SweepReport> run)
    {
        var clock = Stopwatch.StartNew();
        if (mode.Json || ProgressLines.WhereAsked() is not null)
            return run(_ => { }, mode.Json ? new ProgressLines(output) : ProgressLines.WhereAsked());
        if (mode.Quiet)
            return run(_ => { }, null);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (Console.IsErrorRedirected || Console.IsOutputRedirected || !console.Profile.Capabilities.Interactive)
        {
            Trial? best = null;
            using var lines = new ConsoleProgress.SlowLines(Console.Error, mode.Verbose);
            return run(status =>
            {
                if (TrialOrder.Best(status.Trials) is { } now && now.Number != best?.Number)
                {
                    best = now;
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{clock.Elapsed.TotalSeconds,6:0.0} s  trial {now.Number}: worst group "
                            + $"{status.Text(now.Metrics.Worst)}, average {status.Text(now.Metrics.Average)}, gap "
                            + $"{status.Text(now.Metrics.Gap)}; {now.Configuration}"));
                }
            }, lines);
        }
        return console.Live(new Spectre.Console.Text("The first trial is under way ...")).AutoClear(true)
            .Start(context => run(status =>
        {
            context.UpdateTarget(Best(status, options.Trials, clock.Elapsed));
            context.Refresh();
        }, new Around(context)));
    }

    /// <summary>What happens before and after the trials, which have their table.</summary>
    private sealed class Around(LiveDisplayContext context) : IProgress<StepProgress>
    {
        private readonly Lock _gate = new();
        private string _step = "";
        private Stopwatch _clock = new();

        public void Report(StepProgress value)
        {
            lock (_gate)
            {
                if (value.Step == SweepRun.Step)
                    return;
                if (value.Step != _step)
                    (_step, _clock) = (value.Step, Stopwatch.StartNew());
                context.UpdateTarget(
                    new Spectre.Console.Text(ConsoleProgress.Describe(value, _clock.Elapsed.TotalSeconds)));
                context.Refresh();
            }
        }
    }

    /// <summary>Lines for the console after the end.</summary>
    public static IEnumerable<string> Summary(SweepReport report, string folder)
    {
        string Value(double v, bool signed = false) => (report.IsError ? v : 100 * v).ToString(
            (report.IsError ? "0.00" : "0.0") is var f && signed ? $"+{f};-{f};{f}" : f, CultureInfo.InvariantCulture)
            + (report.IsError ? "" : signed ? " points" : "%");
        string Full(SweepEstimate f, bool signed = false) =>
            $"{Value(f.Value, signed)} ({Value(f.Low, signed)} to {Value(f.High, signed)})";
        var t = report.Test;
        yield return $"{report.Complete} trials measured, {report.Pruned} ended early, {report.Failed} failed. "
            + $"Winner: trial {report.Winner}, {string.Join(", ", report.Values.Select(v => $"{v.Key} {v.Value}"))}.";
        yield return $"{report.Target} by {string.Join(" x ", report.Groups)}, on the test split, winner against "
            + $"{t.Against} (95% intervals):";
        yield return $"  worst group {Full(t.Worst)} against {Full(t.BaselineWorst)}, difference "
            + $"{Full(t.WorstDifference, true)}";
        yield return $"  average     {Full(t.Average)} against {Full(t.BaselineAverage)}, difference "
            + $"{Full(t.AverageDifference, true)}";
        yield return $"  gap         {Full(t.Gap)} against {Full(t.BaselineGap)}, difference "
            + $"{Full(t.GapDifference, true)}";
        yield return t.Verdict;
        if (report.Repeats is { } r)
            yield return $"On {r.Repeats} other splits of training and validation images, winner against the default "
                + $"options: worst group {Full(r.Worst)} against {Full(r.BaselineWorst)}, difference "
                + $"{Full(r.WorstDifference, true)}; average difference {Full(r.AverageDifference, true)}.";
        if (report.Nested is { } n)
            yield return $"The search done again without each of {n.Folds.Repeats} folds and measured there: worst "
                + $"group {Full(n.Folds.Worst)} against {Full(n.Folds.BaselineWorst)} of the default options, "
                + $"difference {Full(n.Folds.WorstDifference, true)}; average difference "
                + $"{Full(n.Folds.AverageDifference, true)}. Where they were chosen the winners' worst group looked "
                + $"{Value(n.Optimism, true)} better.";
        foreach (var note in report.Notes)
            yield return $"- {note}";
        if (File.Exists(Path.Combine(folder, "model.onnx")))
            yield return $"Model: {Path.GetFullPath(Path.Combine(folder, "model.onnx"))}; its audit: audit.html "
                + "beside it.";
        yield return $"Report: {Path.GetFullPath(Path.Combine(folder, "sweep.html"))}";
        yield return $"Next: facebias open {folder}; more trials: the same command with ‹Resume› and a larger ‹Trials›";
    }

    private static Table Best(SweepStatus status, int trials, TimeSpan elapsed)
    {
        var left = TimeSpan.FromSeconds(
            elapsed.TotalSeconds / Math.Max(1, status.Trials.Count) * Math.Max(0, trials - status.Trials.Count));
        var table = new Table().Title(Markup.Escape(string.Create(CultureInfo.InvariantCulture,
            $"{status.Trials.Count} of {trials} trials, {ConsoleProgress.Clock(elapsed)}, about "
                + $"{ConsoleProgress.Clock(left)} left; objective {status.Objective}")))
            .AddColumns("trial", "worst group", "average", "gap", "seconds", "what");
        foreach (var trial in status.Sorted.Take(Shown))
            table.AddRow([.. new[]
            {
                trial.Number.ToString(CultureInfo.InvariantCulture), status.Text(trial.Metrics.Worst),
                status.Text(trial.Metrics.Average),
                status.Text(trial.Metrics.Gap), trial.Seconds.ToString("0.0", CultureInfo.InvariantCulture),
                trial.State == TrialState.Complete ? trial.Configuration.ToString()
                    : trial.State == TrialState.Pruned ? "ended early" : trial.Reason ?? "failed",
            }.Select(Markup.Escape)]);
        return table;
    }
}
