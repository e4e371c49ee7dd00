using System.Diagnostics;
using FaceBias.Cli.Binding;
using Spectre.Console;

namespace FaceBias.Cli;

/// <summary>Shows <see cref="StepProgress"/> as one bar per step with rate and time left. Quiet when the output is no
/// terminal, but for a line every half minute; lines of JSON where --json or FACEBIAS_PROGRESS=json ask for
/// them.</summary>
internal static class ConsoleProgress
{
    /// <summary>Runs <paramref name="work"/> and shows what it reports.</summary>
    public static T Run<T>(ConsoleMode mode, TextWriter output, Func<IProgress<StepProgress>?, T> work)
    {
        if (mode.Json)
            return work(new ProgressLines(output));
        if (ProgressLines.WhereAsked() is { } lines)
            return work(lines);
        if (mode.Quiet)
            return work(null);
        if (mode.Verbose || Console.IsErrorRedirected || Console.IsOutputRedirected)
            return work(new SlowLines(Console.Error, mode.Verbose));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (!console.Profile.Capabilities.Interactive)
            return work(new SlowLines(Console.Error, every: false));
        return console.Progress()
            .AutoClear(true)
            .HideCompleted(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn { Width = 24 },
                new PercentageColumn())
            .Start(context => work(new Sink(context)));
    }

    private sealed class Sink(ProgressContext context) : IProgress<StepProgress>
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<string, (ProgressTask Task, Stopwatch Clock, long Cached)> _tasks = [];

        public void Report(StepProgress value)
        {
            lock (_gate)
            {
                if (!_tasks.TryGetValue(value.Step, out var entry))
                {
                    foreach (var (task, _, _) in _tasks.Values)
                        task.StopTask();
                    entry = (context.AddTask(Markup.Escape(value.Step), maxValue: Math.Max(1, value.Total)),
                        Stopwatch.StartNew(), value.Cached);
                    _tasks.Add(value.Step, entry);
                }
                entry.Task.IsIndeterminate = value.Total == 0;
                entry.Task.MaxValue = Math.Max(1, value.Total);
                entry.Task.Value = value.Done;
                entry.Task.Description = Markup.Escape(Describe(value, entry.Clock.Elapsed.TotalSeconds));
            }
        }
    }

    /// <summary>A line every half minute, for logs and whoever waits without a terminal; of every step that ends with
    /// --verbose.</summary>
    internal sealed class SlowLines(TextWriter output, bool every, double pause = 30) : IProgress<StepProgress>
    {
        private readonly Lock _gate = new();
        private readonly Stopwatch _all = Stopwatch.StartNew();
        private readonly Dictionary<string, Stopwatch> _clocks = [];
        private double _written;

        public void Report(StepProgress value)
        {
            lock (_gate)
            {
                if (!_clocks.TryGetValue(value.Step, out var clock))
                    _clocks.Add(value.Step, clock = Stopwatch.StartNew());
                var now = _all.Elapsed.TotalSeconds;
                if (now - _written < pause && !(every && value.Done == value.Total))
                    return;
                _written = now;
                output.WriteLine($"{TimeSpan.FromSeconds(now):m\\:ss}  {Describe(value, clock.Elapsed.TotalSeconds)}");
            }
        }
    }

    /// <summary>The line beside the bar: what, how many, how fast (cached units left out), how long it will
    /// take.</summary>
    internal static string Describe(StepProgress p, double seconds)
    {
        var text = p.Total > 0 ? $"{p.Step} {p.Done:N0}/{p.Total:N0} {p.Unit}" : $"{p.Step} {p.Done:N0} {p.Unit}";
        var rate = seconds > 0 ? (p.Done - p.Cached) / seconds : 0;
        if (rate > 0)
            text += rate >= 10 ? $", {rate:N0}/s" : $", {rate:N1}/s";
        if (rate > 0 && p.Total > p.Done)
            text += $", {TimeSpan.FromSeconds((p.Total - p.Done) / rate):m\\:ss} left";
        return p.Note is null ? text : $"{text}, {p.Note}";
    }
}
