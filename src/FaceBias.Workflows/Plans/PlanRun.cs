using System.ComponentModel.DataAnnotations;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Options;
using FaceBias.Primitives.Storage;
using FaceBias.Workflows.Steps;

namespace FaceBias.Workflows.Plans;

/// <summary>What a user asks of <see cref="PlanRun"/>.</summary>
/// <typeparam name="T">The options of the step.</typeparam>
public sealed record PlanRunOptions<T> where T : class
{
    /// <summary>The step's own options.</summary>
    [Options(Except = ["Out", "Threads", "CheckOnly", "Force", "Resume", "Compare"])]
    public required T Step { get; init; }

    /// <summary>Rows of a shard.</summary>
    [Option("Rows of a shard: pictures, blocks of replicates of an audit, or trials of a sweep; the last may have "
        + "fewer.",
        Group = OptionGroup.Output, Common = true)]
    [Range(1, int.MaxValue)]
    public int ShardRows { get; init; } = 10_000;

    /// <summary>The plan's folder.</summary>
    [Option("Folder of the plan: new, local or mounted, or a URL such as s3://bucket/plan.", ValueName = "PLAN",
        Group = OptionGroup.Output, Common = true)]
    public required string Out { get; init; }

    /// <summary>Folder of downloaded models and caches.</summary>
    public string Home { get; init; } = FaceBiasHome.Folder;
}

/// <summary>Divides a step into shards: finds every mistake that can be found before the work, lists what there is to
/// do, and writes the plan.</summary>
internal static class PlanRun
{
    /// <summary>Writes a plan.</summary>
    /// <typeparam name="T">The options of a step: <c>PredictRunOptions</c>, <c>FeatureRunOptions</c>,
    /// <c>CurateRunOptions</c>, <c>AuditRunOptions</c> or <c>SweepOptions</c>.</typeparam>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException">The step cannot be done, or there is another plan.</exception>
    public static IReadOnlyList<string> Execute<T>(PlanRunOptions<T> options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) where T : class
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionSchema.Check(options);
        var store = ObjectStores.Open(options.Out);
        if (store is WebStore)
            throw WebStore.ReadOnly(options.Out);
        if (store.Stat(PlanRecord.File, cancellationToken) is not null)
            throw new FaceBiasException(
                $"There is a plan at '{options.Out}' already, and plans are never changed; choose another ‹Out›.");
        var own = PlanSteps.Rooted(options.Step);
        using var step = PlanSteps.Open(own, 0, options.Home, progress, cancellationToken);
        var work = step.Look(progress, cancellationToken);
        var record = Write(store, own, step, work, options.ShardRows, cancellationToken);
        var plan = ShardPlan.Quoted(options.Out);
        return
        [
            string.Create(CultureInfo.InvariantCulture, $"{work.Count:N0} {step.Items} in {record.Count:N0} shards of ")
                + string.Create(CultureInfo.InvariantCulture,
                    $"{Math.Min(options.ShardRows, work.Count):N0}: {options.Out}"),
            $"'facebias run {plan} --workers 2' computes them here, 'facebias run {plan} --shard 0' one of them; "
                + $"'facebias merge {plan}' joins them.",
        ];
    }

    internal static PlanRecord Write(IObjectStore store, object options, ShardedStep step, StepWork work, int rows,
        CancellationToken cancel)
    {
        var lists = new List<string>();
        for (var first = 0; work.Images is not null && first < work.Count; first += rows)
            lists.Add(WriteList(store, lists.Count, work.Items(first, Math.Min(rows, work.Count - first)),
                cancel));
        var record = new PlanRecord
        {
            Step = PlanSteps.Name(options),
            Options = PlanSteps.ToJson(options),
            Rows = work.Count,
            ShardRows = rows,
            Inputs = [.. step.Inputs.Select(i => new PlanInput(i.Name, Sha256.OfFile(i.Path)))],
            Lists = lists,
            Ignored = work.Images?.Ignored ?? 0,
            Unreadable = work.Images?.Unreadable ?? [],
            Versions = PlanRecord.Here(),
        };
        // Last, so that a plan is there when all of it is.
        return store.WriteNew(PlanRecord.File, s => ShardPlan.WriteText(s, record.ToText()), cancel) ? record
            : throw new FaceBiasException($"Another plan was written to '{store.Url}' meanwhile; choose another ‹Out›.",
                ErrorKind.Busy);
    }

    private static string WriteList(IObjectStore store, int shard, StepItems items, CancellationToken cancel) =>
        ShardPlan.Temporary(path =>
        {
            TextColumn Column(string name, Func<ImageFile, string> value) =>
                new(name, [.. Enumerable.Range(0, items.Count)], [.. items.Files.Select(value)]);
            TableFile.WriteShard(path, new Table(
            [
                new NumberColumn(StepPart.Row, [.. items.Rows.Select(r => (double)r)]), Column("id", f => f.Id),
                Column("path", f => f.Path),
            ]), StepPart.Row, null);
            ShardPlan.Upload(store, ShardPlan.ListName(shard), path, cancel);
            return Sha256.OfFile(path);
        });
}
