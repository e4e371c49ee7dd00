using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Steps;

namespace FaceBias.Workflows.Audit;

/// <summary>Auditing as a step: an item is a block of the replicates of a target in a grouping, and its row has what
/// the bootstrap and the permutations of its metrics drew; a replicate's random numbers depend on what it is of and its
/// index alone. The rest is computed where the parts are joined.</summary>
internal sealed class AuditStep(AuditRunOptions options) : ShardedStep
{
    private const string Draws = "draws";

    private readonly Lazy<(IReadOnlyList<string> Names, Func<int, int, int, DrawLog> Draw)> _drawing =
        new(() => AuditRun.Drawing(options));

    public override string Items => FormattableString.Invariant(
        $"blocks of replicates ({DrawLog.Blocks} for each pair of target and grouping)");

    public override IReadOnlyList<(string Name, string Path)> Inputs =>
        [.. new[] { options.Predictions, options.Features, options.Compare }.OfType<string>()
            .Concat(options.Features is { } f ? [Path.ChangeExtension(f, ".rows.parquet")] : [])
            .Select(Path.GetFullPath).Select(f => (f, f))];

    public override StepWork Look(IProgress<StepProgress>? progress, CancellationToken cancel) =>
        new(_drawing.Value.Names.Count * DrawLog.Blocks, null);

    public override StepPart Run(StepItems items, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var (names, draw) = _drawing.Value;
        var texts = new string?[items.Count];
        var done = 0;
        // Blocks of one pair that follow each other are drawn in one go.
        var runs = items.Rows.Select((row, i) => (Pair: row / DrawLog.Blocks, Block: row % DrawLog.Blocks, At: i))
            .GroupBy(x => (x.Pair, Run: x.Block - x.At)).Select(g => g.ToArray()).ToArray();
        Parallel.ForEach(runs, new ParallelOptions
        {
            CancellationToken = cancel,
            MaxDegreeOfParallelism = options.Audit.Threads > 0 ? options.Audit.Threads : Environment.ProcessorCount,
        }, run =>
        {
            var log = draw(run[0].Pair, run[0].Block, run[^1].Block + 1);
            foreach (var (_, block, at) in run)
                texts[at] = log.ToText(block);
            progress?.Report(new("audit", Interlocked.Add(ref done, run.Length), items.Count, "blocks of replicates"));
        });
        return StepPart.Of(items, [.. items.Rows.Select(r => FormattableString.Invariant(
            $"{names[r / DrawLog.Blocks]}, {(r % DrawLog.Blocks) + 1} of {DrawLog.Blocks}"))], new string?[items.Count],
            [new TextColumn(Draws, texts)]);
    }

    public override IReadOnlyList<string> Finish(StepWork work, IEnumerable<StepPart> parts, string output,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var logs = parts.SelectMany(p => p.Table.Text(Draws) is var draws
            ? Enumerable.Range(0, p.Count).Select(r => draws[r]!) : []).Chunk(DrawLog.Blocks).Select(DrawLog.Parse)
            .ToArray();
        return AuditRun.Run(options with { Out = output }, () => FolderLock.Take(output), progress, cancel,
            job => logs[job]).Summary;
    }
}
