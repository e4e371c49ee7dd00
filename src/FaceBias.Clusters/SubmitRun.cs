using FaceBias.Primitives.Options;
using FaceBias.Primitives.Storage;
using FaceBias.Workflows.Plans;

namespace FaceBias.Clusters;

/// <summary>Submits a plan to a cluster, follows it by its shards, and joins them at the end.</summary>
public static class SubmitRun
{
    /// <summary>Time between two looks; a test shortens it.</summary>
    internal static TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    private const int MostSilent = 60;

    /// <summary>Submits it. Whoever stops waiting stops nothing on the cluster.</summary>
    /// <returns>Lines for the console; with <see cref="SubmitOptions.DryRun"/> the script or the Job.</returns>
    /// <exception cref="FaceBiasException">The cluster refuses it or does not answer, or it gave up shards.</exception>
    public static IReadOnlyList<string> Execute(SubmitOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionSchema.Check(options);
        var plan = ShardPlan.Open(options.Plan, cancellationToken);
        var work = ShardWork.Of(plan, cancellationToken);
        if (work.Open.Count == 0 && !options.DryRun)
            return Merge(plan, options, progress, cancellationToken);
        ICluster cluster = options.To == ClusterKind.Slurm ? new SlurmArray(work, options)
            : new KubernetesJob(work, options);
        if (options.DryRun)
            return [cluster.Text.TrimEnd()];
        var name = cluster.Submit(cancellationToken);
        if (options.NoWait)
            return
            [
                $"Submitted: {name}.",
                $"'facebias merge {ShardPlan.Quoted(plan.Url)}' joins the shards when all are done.",
            ];
        Follow(plan, cluster, name, progress, cancellationToken);
        return Merge(plan, options, progress, cancellationToken);
    }

    private static void Follow(ShardPlan plan, ICluster cluster, string name, IProgress<StepProgress>? progress,
        CancellationToken cancellationToken)
    {
        for (var silent = 0; ; cancellationToken.WaitHandle.WaitOne(Interval))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                // The job first: a shard that ends after this look is seen by the next.
                var look = cluster.Look(cancellationToken);
                int[] open = [.. plan.States(cancellationToken).Index().Where(s => s.Item != ShardState.Done)
                    .Select(s => s.Index)];
                progress?.Report(new("shards", plan.Count - open.Length, plan.Count, "shards", Note: name));
                if (open.Length == 0)
                    return;
                if (!look.Active)
                    throw new FaceBiasException(string.Create(CultureInfo.InvariantCulture,
                        $"The job has ended and {open.Length:N0} of {plan.Count:N0} shards are not done")
                        + $"{(look.Problem is { } problem ? $"; {problem}" : "")}; '{plan.Command(open[0])}' says why.");
                silent = 0;
            }
            catch (FaceBiasException e) when (e.Kind == ErrorKind.Busy && ++silent < MostSilent)
            {
                // The storage or the cluster does not answer for a while; what is submitted goes on.
            }
        }
    }

    private static IReadOnlyList<string> Merge(ShardPlan plan, SubmitOptions options, IProgress<StepProgress>? progress,
        CancellationToken cancellationToken) =>
        ShardMerge.Execute(new() { Plan = ObjectStores.IsUrl(plan.Url) ? plan.Url : options.Plan, Out = options.Out },
            progress, cancellationToken);
}
