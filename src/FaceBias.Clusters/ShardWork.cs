using FaceBias.Workflows.Plans;

namespace FaceBias.Clusters;

/// <summary>How the shards of a plan are shared among the tasks of a cluster: shard I is task I modulo the number of
/// tasks, because clusters have limits (Slurm's MaxArraySize is 1001 unless it is set).</summary>
/// <param name="Url">The plan's folder or URL.</param>
/// <param name="Hash">The plan's content hash.</param>
/// <param name="Open">Tasks with a shard that is not done.</param>
internal sealed record ShardWork(string Url, string Hash, int Shards, IReadOnlyList<int> Open)
{
    private const int MostTasks = 1000;

    public int Tasks => Math.Min(Shards, MostTasks);

    public static ShardWork Of(ShardPlan plan, CancellationToken cancel)
    {
        var states = plan.States(cancel);
        var tasks = Math.Min(states.Count, MostTasks);
        return new(plan.Url, plan.Hash, states.Count, [.. Enumerable.Range(0, states.Count)
            .Where(s => states[s] != ShardState.Done).Select(s => s % tasks).Distinct().Order()]);
    }

    /// <summary>The name of the job.</summary>
    public string Name => $"facebias-{Hash[..8]}";

    /// <summary>The open tasks as 0-3,7.</summary>
    public string Ranges()
    {
        var parts = new List<string>();
        for (var i = 0; i < Open.Count;)
        {
            var end = i;
            while (end + 1 < Open.Count && Open[end + 1] == Open[end] + 1)
                end++;
            parts.Add(i == end ? FormattableString.Invariant($"{Open[i]}")
                : FormattableString.Invariant($"{Open[i]}-{Open[end]}"));
            i = end + 1;
        }
        return string.Join(',', parts);
    }

    /// <summary>Lines of sh that compute the shards of a task: 75 if one may work later, else 42 if one never
    /// will.</summary>
    /// <param name="task">The expression of the task's number.</param>
    /// <param name="run">The command, up to the shard's number.</param>
    public string Loop(string task, string run, string rest) => FormattableString.Invariant($"""
        result=0
        for shard in $(seq "{task}" {Tasks} {Shards - 1}); do
          code=0
          {run} "$shard"{rest} || code=$?
          # 137: killed, most likely for its memory.
          case $code in
            0) ;;
            42) [ "$result" = 75 ] || result=42 ;;
            75 | 137) result=75 ;;
            *) exit "$code" ;;
          esac
        done
        """);

    /// <summary>A text as one word of sh.</summary>
    public static string Word(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
