using MathNet.Numerics.Distributions;

namespace FaceBias.Auditing;

/// <summary>A trend of a metric over ordered groups.</summary>
/// <param name="Metric">The metric's key.</param>
/// <param name="Z">The test statistic: positive where the metric rises with the order.</param>
/// <param name="P">Two-sided p, not corrected for other trends.</param>
/// <param name="Groups">How many groups have rows.</param>
public sealed record Trend(string Metric, double Z, double P, int Groups);

/// <summary>The Cochran-Armitage test (Cochran 1954, Armitage 1955) with the scores 0, 1, 2, ...: z = Σ w (x - n m) /
/// √v with the pooled mean m and v = s² (Σ n w² - (Σ n w)² / N). For rates s² is m (1 - m); for means it is the pooled
/// variance, and z is the same linear contrast.</summary>
internal static class TrendTest
{
    public static Trend? OfRates(string metric, IReadOnlyList<long> hits, IReadOnlyList<long> n)
    {
        var pooled = (double)hits.Sum() / n.Sum();
        return Of(metric, [.. hits.Select(h => (double)h)], n, pooled * (1 - pooled));
    }

    /// <param name="metric">The metric's key.</param>
    /// <param name="sums">The sum of the values of each group, in order.</param>
    /// <param name="n">The rows of each group, in order; empty groups keep their place on the scale.</param>
    public static Trend? Of(string metric, IReadOnlyList<double> sums, IReadOnlyList<long> n, double variance)
    {
        double total = n.Sum(), mean = sums.Sum() / total, t = 0, nw = 0, nww = 0;
        for (var i = 0; i < n.Count; i++)
        {
            t += i * (sums[i] - (n[i] * mean));
            nw += i * (double)n[i];
            nww += (double)i * i * n[i];
        }
        var v = variance * (nww - (nw * nw / total));
        if (!(v > 0))
            return null;
        var z = t / Math.Sqrt(v);
        return new(metric, z, 2 * Normal.CDF(0, 1, -Math.Abs(z)), n.Count(x => x > 0));
    }

    /// <summary>The trends of a grouping by one ordered attribute: of accuracy, or of mean absolute and mean signed
    /// error.</summary>
    public static Trend[] Of(GroupedRows data, GroupAudit[] groups)
    {
        int[] ordered = [.. Enumerable.Range(0, groups.Length)
            .Where(i => groups[i].Levels is [var level] && level != PredictionTable.Missing)];
        if (ordered.Length < 3 || data.Target.NoTruth || data.Ranks.Weights is not null)
            return [];
        if (data.Target.Kind == TargetKind.Categorical)
        {
            double Worth(int i) =>
                groups[i].Find(Metrics.Accuracy.Key) is { EffectiveN: { } effective, Denominator: > 0 } e
                    ? effective / e.Denominator : 1;
            long[] effective = [.. ordered.Select(i => (long)Math.Round(groups[i].N * Worth(i)))];
            long[] right = [
                .. ordered.Select(
                    i => (long)Math.Round((groups[i].Find(Metrics.Accuracy.Key)!.Numerator ?? 0) * Worth(i)))];
            return OfRates(Metrics.Accuracy.Key, right, effective) is { } trend ? [trend] : [];
        }
        Trend? Means(Metric metric, CellValues values)
        {
            Moments[] moments = [.. ordered.Select(i => Moments.Of(data.Independent(values, i)))];
            return Of(metric.Key, [.. moments.Select(m => m.Count == 0 ? 0 : m.Mean * m.Count)],
                [.. moments.Select(m => m.Count)],
                Moments.Pool(moments).Variance);
        }
        return [.. new[] { Means(Metrics.MeanAbsoluteError, data.AbsoluteError!),
            Means(Metrics.SignedError, data.SignedError!) }.OfType<Trend>()];
    }
}
