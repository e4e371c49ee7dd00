using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Steps;

namespace FaceBias.Workflows.Sweep;

/// <summary>Sweeping as a step: an item is a trial, and its row has the line of the sweep's journal. A trial is
/// proposed from those at least the lookahead before it, which its worker waits for; the shards of a plan are the
/// journal that workers share. The winner is trained, tested and reported where the parts are joined.</summary>
internal sealed class SweepStep(SweepOptions options) : ShardedStep
{
    private const string Line = "trial";

    public override string Items => "trials";

    public override IReadOnlyList<(string Name, string Path)> Inputs =>
        [.. new[] { options.Run is { } run ? Path.Combine(run, RunFolder.RecordFile) : null, options.SpaceFile }
            .OfType<string>().Select(Path.GetFullPath).Select(f => (f, f))];

    public override StepWork Look(IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        SweepRun.Check(options);
        return new(options.Trials, null);
    }

    public override StepPart Run(StepItems items, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"facebias-{Guid.NewGuid():N}");
        try
        {
            var lines = SweepRun.Measure(options with { Out = folder }, items.Rows[0], items.Count,
                n => Others!(n).Table.Text(Line)[0], progress, cancel);
            return StepPart.Of(items,
                [.. items.Rows.Select(r => string.Create(CultureInfo.InvariantCulture, $"trial {r}"))],
                new string?[items.Count], [new TextColumn(Line, [.. items.Rows.Select(lines.GetValueOrDefault)])]);
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    public override IReadOnlyList<string> Finish(StepWork work, IEnumerable<StepPart> parts, string output,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        string[] known = [.. parts.SelectMany(p => p.Table.Text(Line) is var lines
            ? Enumerable.Range(0, p.Count).Select(r => lines[r]) : []).OfType<string>()];
        SweepRun.Execute(options with { Out = output }, known, null, progress, cancel);
        return [$"The sweep of {known.Length} trials is in {output}; sweep.html shows it."];
    }
}
