using System.Diagnostics;
using System.Text.Json;
using FaceBias.Primitives.Json;

namespace FaceBias.Cli;

/// <summary>Progress for programs: lines of JSON that begin with {"progress":, a few a second, and the last of each
/// step.</summary>
internal sealed class ProgressLines(TextWriter output) : IProgress<StepProgress>
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Stopwatch> _clocks = [];
    private TimeSpan _written = TimeSpan.MinValue;
    private string _step = "";

    /// <summary>Lines on standard error where FACEBIAS_PROGRESS=json asks for them, else null.</summary>
    public static ProgressLines? WhereAsked() =>
        Environment.GetEnvironmentVariable("FACEBIAS_PROGRESS") == "json" ? new(Console.Error) : null;

    public void Report(StepProgress value)
    {
        lock (_gate)
        {
            if (!_clocks.TryGetValue(value.Step, out var clock))
                _clocks.Add(value.Step, clock = Stopwatch.StartNew());
            var now = clock.Elapsed;
            if (value.Step == _step && value.Done != value.Total && now - _written < s_pause)
                return;
            (_step, _written) = (value.Step, now);
            var text = ConsoleProgress.Describe(value, now.TotalSeconds);
            output.WriteLine(
                JsonSerializer.Serialize(new { Progress = new { value.Step, value.Done, value.Total, Text = text } },
                    CoreJson.Compact));
        }
    }
}
