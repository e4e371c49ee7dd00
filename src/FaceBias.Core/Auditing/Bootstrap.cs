namespace FaceBias.Core.Auditing;

/// <summary>The percentile bootstrap of a mean (Efron 1979), resampling within the group it is given.</summary>
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
        if (values.Length >= ExpandFrom || !options.Resample)
            return Expand(values, moments, Interval.Z(options.Confidence));
        var random = new SeededRandom(options.Seed, SeededRandom.Stream(metric, values.Length));
        var means = new double[options.BootstrapReplicates];
        for (var r = 0; r < means.Length; r++)
        {
            double sum = 0;
            for (var i = 0; i < values.Length; i++)
                sum += values[random.NextInt(values.Length)];
            means[r] = sum / values.Length;
        }
        return Percentile(means, moments.Mean, options.Confidence);
    }

    /// <summary>
    /// The percentile interval by Cornish and Fisher's expansion of the bootstrap distribution, whose variance is s²/n and
    /// whose skewness is the sample's over √n: mean + s/√n (±z + skewness (z² - 1) / 6√n). Its error is of order 1/n.
    /// </summary>
    public static Interval Expand(ReadOnlySpan<double> values, in Moments moments, double z)
    {
        double cubes = 0;
        foreach (var v in values)
            cubes += (v - moments.Mean) * (v - moments.Mean) * (v - moments.Mean);
        var error = Math.Sqrt(moments.Variance / values.Length);
        if (error == 0)
            return new(moments.Mean, moments.Mean);
        var skewness = cubes / values.Length / Math.Pow(moments.Variance, 1.5);
        var shift = skewness * ((z * z) - 1) / (6 * Math.Sqrt(values.Length));
        return new(moments.Mean + (error * Math.Min(shift - z, 0)), moments.Mean + (error * Math.Max(shift + z, 0)));
    }

    /// <summary>The percentile interval of replicates, which are sorted in place. Where they are skewed it may miss the
    /// estimate itself; an interval printed beside its point must hold it.</summary>
    public static Interval Percentile(double[] replicates, double value, double confidence)
    {
        Array.Sort(replicates);
        var tail = (1 - confidence) / 2;
        return new(Math.Min(Quantile(replicates, tail), value), Math.Max(Quantile(replicates, 1 - tail), value));
    }

    /// <summary>The quantile of sorted values by linear interpolation (type 7, the default of R and NumPy).</summary>
    public static double Quantile(ReadOnlySpan<double> sorted, double q)
    {
        var position = q * (sorted.Length - 1);
        var i = (int)position;
        return i + 1 >= sorted.Length ? sorted[^1] : sorted[i] + ((position - i) * (sorted[i + 1] - sorted[i]));
    }
}
