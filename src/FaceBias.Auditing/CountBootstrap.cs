using FaceBias.Primitives.Randomness;

namespace FaceBias.Auditing;

/// <summary>The bootstrap of metrics that are made of counts, within group and true label: a replicate draws every row
/// of every group's confusion matrix from a multinomial, which is what resampling the table's rows within those strata
/// does. Clustered rows are drawn a cluster at a time.</summary>
internal static class CountBootstrap
{
    /// <summary>Beyond this many groups intervals of composed metrics are left out; nobody reads them.</summary>
    public const int MaximumGroups = 1000;

    /// <summary>Replicates of every statistic, [statistic][replicate].</summary>
    /// <param name="groups">Confusion matrices [group][truth][prediction].</param>
    /// <param name="data">The rows, for their clusters.</param>
    /// <param name="statistics">The metrics of such matrices, NaN where undefined.</param>
    /// <param name="count">Number of statistics.</param>
    /// <param name="options">Seed and number of replicates.</param>
    public static double[][] Run(long[][][] groups, GroupedRows data, Func<long[][][], double[]> statistics, int count,
        AuditOptions options)
    {
        var streams = new RandomSource(options.Seed).Counter("counts", groups.Length);
        long[][][] drawn = [.. groups.Select(g => g.Select(row => new long[row.Length]).ToArray())];
        var values = DrawLog.Of(options.Draws, options.BootstrapReplicates, (r, values) =>
        {
            var random = streams.Stream(r);
            for (var g = 0; g < groups.Length; g++)
            {
                if (data.Clusters is { } clusters)
                    DrawClusters(ref random, clusters, data, g, drawn[g]);
                else
                    for (var truth = 0; truth < groups[g].Length; truth++)
                        CountSampling.Multinomial(ref random, groups[g][truth], drawn[g][truth]);
            }
            statistics(drawn).CopyTo(values);
        }, count);
        var replicates = new double[count][];
        for (var i = 0; i < count; i++)
        {
            replicates[i] = new double[options.BootstrapReplicates];
            for (var r = 0; r < replicates[i].Length; r++)
                replicates[i][r] = values[(r * count) + i];
        }
        return replicates;
    }

    /// <summary>Draws as many clusters of a cell as it has, with replacement, and counts their rows.</summary>
    private static void DrawClusters(ref SeededRandom random, ClusteredRows clusters, GroupedRows data, int cell,
        long[][] drawn)
    {
        foreach (var row in drawn)
            Array.Clear(row);
        var times = new int[clusters.Count(cell)];
        for (var i = 0; i < times.Length; i++)
            times[random.NextInt(times.Length)]++;
        foreach (var row in clusters.Rows(cell))
            drawn[data.Target.Truth[row]][data.Target.Predicted[row]] += times[clusters.Part(row)];
    }

    /// <summary>The percentile interval of one statistic, or null where it is undefined in more than half of the
    /// replicates.</summary>
    public static Interval? Percentile(double[] replicates, double value, double confidence)
    {
        double[] defined = [.. replicates.Where(v => !double.IsNaN(v))];
        return defined.Length * 2 < replicates.Length || defined.Length < 2 ? null
            : Bootstrap.Percentile(defined, value, confidence);
    }
}
