using System.Diagnostics;
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
        if (ProgressLines.WhereAsked() is { } asked)
            return work(asked);
        if (mode.Quiet)
            return work(null);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (mode.Verbose || Console.IsErrorRedirected || Console.IsOutputRedirected
            || !console.Profile.Capabilities.Interactive)
        {
            using var lines = new SlowLines(Console.Error, mode.Verbose);
            return work(lines);
        }
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

    /// <summary>A line every half minute, for logs and whoever waits without a terminal, also while a step reports
    /// nothing; of every step that ends with --verbose.</summary>
    internal sealed class SlowLines : IProgress<StepProgress>, IDisposable
    {
        private readonly Lock _gate = new();
        private readonly Stopwatch _all = Stopwatch.StartNew();
        private readonly Dictionary<string, Stopwatch> _clocks = [];
        private readonly TextWriter _output;
        private readonly bool _every;
        private readonly Timer _timer;
        private StepProgress? _last;
        private bool _ended;

        public SlowLines(TextWriter output, bool every, double pause = 30)
        {
            (_output, _every) = (output, every);
            var period = TimeSpan.FromSeconds(pause);
            _timer = new(_ => Tick(), null, period, period);
        }

        public void Report(StepProgress value)
        {
            lock (_gate)
            {
                if (!_clocks.ContainsKey(value.Step))
                    _clocks.Add(value.Step, Stopwatch.StartNew());
                _last = value;
                if (_every && value.Done == value.Total)
                    Write(value);
            }
        }

        private void Tick()
        {
            lock (_gate)
            {
                if (_ended)
                    return;
                if (_last is { } value)
                    Write(value);
                else
                    _output.WriteLine($"{Clock(_all.Elapsed)}  working");
            }
        }

        private void Write(StepProgress value) => _output.WriteLine(
            $"{Clock(_all.Elapsed)}  {Describe(value, _clocks[value.Step].Elapsed.TotalSeconds)}");

        public void Dispose()
        {
            lock (_gate)
                _ended = true;
            _timer.Dispose();
        }
    }

    /// <summary>The line beside the bar: what, how many, how fast (cached units left out), how long it will
    /// take.</summary>
    internal static string Describe(StepProgress p, double seconds)
    {
        var text = p.Total > 0 ? $"{p.Step} {p.Done:N0}/{p.Total:N0} {p.Unit}" : $"{p.Step} {p.Done:N0} {p.Unit}";
        var rate = seconds > 0 ? (p.Done - p.Cached) / seconds : 0;
        if (rate > 0)
            text += rate >= 10 ? $", {rate:N0}/s" : rate >= 0.1 ? $", {rate:N1}/s" : $", {60 * rate:N1}/min";
        if (rate > 0 && p.Total > p.Done)
            text += $", {Clock(TimeSpan.FromSeconds((p.Total - p.Done) / rate))} left";
        return p.Note is null ? text : $"{text}, {p.Note}";
    }

    /// <summary>A duration as m:ss, and as h:mm:ss from an hour on.</summary>
    internal static string Clock(TimeSpan time) => time.TotalHours < 1 ? $"{time:m\\:ss}"
        : string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time:mm\\:ss}");
}
