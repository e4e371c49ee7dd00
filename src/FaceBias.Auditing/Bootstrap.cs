using FaceBias.Primitives.Randomness;

namespace FaceBias.Auditing;

/// <summary>The studentised bootstrap of a mean (Efron 1981; Hall 1988), resampling within the group it is given:
/// quantiles of t = (replicate's mean - mean) / replicate's standard error stand in for those of Student's t.
/// Percentiles of the means themselves miss the long tail that a few rows of skewed errors do not show.</summary>
internal static class Bootstrap
{
    /// <summary>From this many rows on the replicates are not drawn: the distribution they would have is known from the
    /// sample's moments (<see cref="Expand"/>).</summary>
    public const int ExpandFrom = 2000;

    /// <summary>Interval of the mean of <paramref name="values"/>, sorted ascending so that the order of rows does not
    /// matter. Streams are named by metric and size, so that a group's name does not matter either.</summary>
    public static Interval Mean(ReadOnlySpan<double> values, string metric, AuditOptions options)
    {
        var moments = Moments.Of(values);
        if (values.Length >= ExpandFrom || !options.Resample || !(moments.Variance > 0))
            return Expand(values, moments, Interval.Z(options.Confidence));
        var streams = new RandomSource(options.Seed).Counter(metric, values.Length);
        var sample = values.ToArray();
        var t = DrawLog.Of(options.Draws, options.BootstrapReplicates, (r, t) =>
            t[0] = Studentised(sample, moments, streams.Stream(r)));
        Array.Sort(t);
        var tail = (1 - options.Confidence) / 2;
        return Around(values, moments, Quantiles.Linear(t, 1 - tail), Quantiles.Linear(t, tail));
    }

    /// <summary>The t of a replicate.</summary>
    private static double Studentised(double[] values, in Moments moments, SeededRandom random)
    {
        double sum = 0, squares = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var d = values[random.NextInt(values.Length)] - moments.Mean;
            sum += d;
            squares += d * d;
        }
        var mean = sum / values.Length;
        var variance = (squares - (sum * mean)) / (values.Length - 1);
        // A replicate of one value repeated has no spread to measure its distance by.
        return variance > 1e-12 * moments.Variance ? mean / Math.Sqrt(variance / values.Length)
            : mean == 0 ? 0 : double.CopySign(double.PositiveInfinity, mean);
    }

    /// <summary>
    /// The same interval by Hall's expansion of the distribution of t for many rows (Hall 1992, 3.5): with the sample's
    /// skewness g the bounds are mean + s/√n (±z + g (2z² + 1) / 6√n). Its error is of order 1/n.
    /// </summary>
    public static Interval Expand(ReadOnlySpan<double> values, in Moments moments, double z)
    {
        double cubes = 0;
        foreach (var v in values)
            cubes += (v - moments.Mean) * (v - moments.Mean) * (v - moments.Mean);
        if (!(moments.Variance > 0))
            return new(moments.Mean, moments.Mean);
        var skewness = cubes / values.Length / Math.Pow(moments.Variance, 1.5);
        var shift = skewness * ((2 * z * z) + 1) / (6 * Math.Sqrt(values.Length));
        return Around(values, moments, z - shift, -z - shift);
    }

    /// <summary>The interval between mean - t s/√n of two quantiles of t. It holds its mean, and of values that are
    /// never negative it does not go below zero.</summary>
    private static Interval Around(ReadOnlySpan<double> values, in Moments moments, double high, double low)
    {
        var error = Math.Sqrt(moments.Variance / values.Length);
        // Where hardly two values differ, t has no quantile; the range of the values is all that is known.
        double from = double.IsFinite(high) ? moments.Mean - (Math.Max(high, 0) * error) : values[0],
            to = double.IsFinite(low) ? moments.Mean - (Math.Min(low, 0) * error) : values[^1];
        return new(values[0] >= 0 ? Math.Max(from, 0) : from, to);
    }

    /// <summary>The percentile interval of replicates, which are sorted in place. Where they are skewed it may miss the
    /// estimate itself; an interval printed beside its point must hold it.</summary>
    public static Interval Percentile(double[] replicates, double value, double confidence)
    {
        Array.Sort(replicates);
        var tail = (1 - confidence) / 2;
        return new(Math.Min(Quantiles.Linear(replicates, tail), value),
            Math.Max(Quantiles.Linear(replicates, 1 - tail), value));
    }
}
