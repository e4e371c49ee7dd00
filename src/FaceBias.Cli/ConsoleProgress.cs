using System.Diagnostics;
using Spectre.Console;

namespace FaceBias.Cli;

/// <summary>Shows <see cref="StepProgress"/> as one bar per step with rate and time left. Quiet when the output is no
/// terminal; a line of JSON per report where FACEBIAS_PROGRESS=json asks for it.</summary>
internal static class ConsoleProgress
{
    /// <summary>Runs <paramref name="work"/> and shows what it reports.</summary>
    public static T Run<T>(Func<IProgress<StepProgress>?, T> work)
    {
        if (ProgressLines.WhereAsked() is { } lines)
            return work(lines);
        if (Console.IsErrorRedirected || Console.IsOutputRedirected)
            return work(null);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (!console.Profile.Capabilities.Interactive)
            return work(null);
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

    /// <summary>The line beside the bar: what, how many, how fast (cached units left out), how long it will take.</summary>
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
