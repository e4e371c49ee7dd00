using System.Diagnostics;
using FaceBias.Primitives.Options;
using FaceBias.Primitives.Storage;
using FaceBias.Workflows.Steps;

namespace FaceBias.Workflows.Plans;

/// <summary>What a user asks of <see cref="ShardMerge"/>.</summary>
public sealed record ShardMergeOptions
{
    /// <summary>The plan's folder.</summary>
    public required string Plan { get; init; }

    /// <summary>The file or folder to write, as the step's own command writes it; null for <c>result</c> in the plan's
    /// folder.</summary>
    [Option("File or folder to write, as the step's own command writes it.", ValueName = "FILE|DIR",
        Default = "result in the plan's folder", Group = OptionGroup.Output, Common = true)]
    public string? Out { get; init; }

    /// <summary>Threads; 0 for one per core.</summary>
    [Option(OptionLimits.ThreadsHelp, Group = OptionGroup.Resources)]
    [System.ComponentModel.DataAnnotations.Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }

    /// <summary>Folder of downloaded models and caches.</summary>
    public string Home { get; init; } = FaceBiasHome.Folder;
}

/// <summary>Joins the shards of a plan into the files that one machine would have written.</summary>
internal static class ShardMerge
{
    private const string Result = "result";

    /// <summary>Joins them.</summary>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException">A shard is missing or damaged, or another merge is under way
    /// (<see cref="ErrorKind.Busy"/>); a shard is of another plan (<see cref="ErrorKind.Permanent"/>).</exception>
    public static IReadOnlyList<string> Execute(ShardMergeOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionSchema.Check(options);
        return PlanErrors.Sorted(() =>
        {
            using var work = PlanWork.Open(options.Plan, options.Threads, options.Home, progress, cancellationToken);
            var (plan, store) = (work.Plan, work.Plan.Store);
            using var claim = ShardClaim.Take(store, "merge", wait: true, out var holder, cancellationToken)
                ?? throw new FaceBiasException(
                    $"Another merge of '{options.Plan}' is under way ({holder}); wait until it has ended.",
                    ErrorKind.Busy);
            var stats = Stats(plan, progress, cancellationToken);
            var remote = options.Out is null && ObjectStores.IsUrl(plan.Url);
            var root = remote ? Path.Combine(Path.GetTempPath(), $"facebias-{Guid.NewGuid():N}")
                : Path.Combine(plan.Url, Result);
            try
            {
                var output = options.Out ?? (work.Step.ResultFile is { } file ? Path.Combine(root, file) : root);
                var clock = Stopwatch.StartNew();
                var lines = work.Step.Finish(plan.Work(cancellationToken), Parts(plan, stats, progress,
                    cancellationToken), output, progress,
                    cancellationToken).ToList();
                foreach (var path in remote ? Directory.GetFiles(root, "*", SearchOption.AllDirectories) : [])
                    ShardPlan.Upload(store, $"{Result}/{Path.GetRelativePath(root, path).Replace('\\', '/')}", path,
                        cancellationToken);
                var failed = stats.Sum(s => s.Failed.Count);
                if (failed > 0)
                    lines.Add(string.Create(CultureInfo.InvariantCulture,
                        $"{failed:N0} rows failed; '{plan.RunCommand} --retry-failed' computes them again, and a merge "
                            + $"after it takes them in."));
                lines.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{plan.Count:N0} shards of {plan.Rows:N0} rows joined in {clock.Elapsed.TotalSeconds:0.0} s, peak "
                        + $"memory {Process.GetCurrentProcess().PeakWorkingSet64 >> 20:N0} MB."));
                return lines;
            }
            finally
            {
                if (remote && Directory.Exists(root))
                    Directory.Delete(root, recursive: true);
            }
        });
    }

    private static ShardStats[] Stats(ShardPlan plan, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var all = new ShardStats?[plan.Count];
        for (var shard = 0; shard < all.Length; shard++)
        {
            all[shard] = plan.Stats(shard, cancel);
            progress?.Report(new("looking at shards", shard + 1, all.Length, "shards"));
        }
        int[] missing = [.. Enumerable.Range(0, all.Length).Where(s => all[s] is null)];
        return missing.Length switch
        {
            0 => [.. all.OfType<ShardStats>()],
            1 => throw new FaceBiasException($"Shard {missing[0]} is missing; run '{plan.Command(missing[0])}'.",
                ErrorKind.Busy),
            var n => throw new FaceBiasException(string.Create(CultureInfo.InvariantCulture,
                $"{n:N0} shards are missing, such as {string.Join(" and ", missing.Take(2))}; run "
                    + $"'{plan.Command(missing[0])}', or '{plan.RunCommand}' for all of them."), ErrorKind.Busy),
        };
    }

    private static IEnumerable<StepPart> Parts(ShardPlan plan, ShardStats[] stats, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        for (var shard = 0; shard < stats.Length; shard++)
        {
            var part = plan.Part(shard, stats[shard], cancel);
            if (part is null || part.Count != stats[shard].Rows
                || Enumerable.Range(0, part.Count).Any(r => part.Item(r) != stats[shard].First + r))
                throw new FaceBiasException(
                    $"Shard {shard} is damaged: {ShardPlan.PartName(shard)} is not the file that its worker wrote; run "
                        + $"'{plan.Command(shard)}'.", ErrorKind.Busy);
            yield return part;
            progress?.Report(new("joining shards", shard + 1, stats.Length, "shards"));
        }
    }
}
