using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Steps;

namespace FaceBias.Workflows.Audit;

/// <summary>Auditing as a step: an item is a target in a grouping, and its row has what the bootstrap and the
/// permutations of its metrics drew, whose streams of random numbers are named by what they are for. The rest is
/// computed where the parts are joined.</summary>
internal sealed class AuditStep(AuditRunOptions options) : ShardedStep
{
    private const string Draws = "draws";

    private readonly Lazy<(IReadOnlyList<string> Names, Func<int, DrawLog> Draw)> _drawing =
        new(() => AuditRun.Drawing(options));

    public override string Items => "pairs of target and grouping";

    public override IReadOnlyList<(string Name, string Path)> Inputs =>
        [.. new[] { options.Predictions, options.Features, options.Compare }.OfType<string>()
            .Concat(options.Features is { } f ? [Path.ChangeExtension(f, ".rows.parquet")] : [])
            .Select(Path.GetFullPath).Select(f => (f, f))];

    public override StepWork Look(IProgress<StepProgress>? progress, CancellationToken cancel) =>
        new(_drawing.Value.Names.Count, null);

    public override StepPart Run(StepItems items, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var (names, draw) = _drawing.Value;
        var texts = new string?[items.Count];
        var done = 0;
        Parallel.For(0, items.Count, new ParallelOptions
        {
            CancellationToken = cancel,
            MaxDegreeOfParallelism = options.Audit.Threads > 0 ? options.Audit.Threads : Environment.ProcessorCount,
        }, i =>
        {
            texts[i] = draw(items.Rows[i]).ToText();
            progress?.Report(new("audit", Interlocked.Increment(ref done), items.Count, "groupings"));
        });
        return StepPart.Of(items, [.. items.Rows.Select(r => names[r])], new string?[items.Count],
            [new TextColumn(Draws, texts)]);
    }

    public override IReadOnlyList<string> Finish(StepWork work, IEnumerable<StepPart> parts, string output,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var logs = parts.SelectMany(p => p.Table.Text(Draws) is var draws
            ? Enumerable.Range(0, p.Count).Select(r => DrawLog.Parse(draws[r]!)) : []).ToArray();
        return AuditRun.Run(options with { Out = output }, () => FolderLock.Take(output), progress, cancel,
            job => logs[job]).Summary;
    }
}
