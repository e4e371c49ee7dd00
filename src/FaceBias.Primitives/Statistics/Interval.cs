using MathNet.Numerics.Distributions;

namespace FaceBias.Primitives.Statistics;

/// <summary>A confidence interval.</summary>
internal readonly record struct Interval(double Low, double High)
{
    /// <summary>The standard normal quantile that leaves (1 - confidence) / 2 on each side: 1.96 for 0.95.</summary>
    public static double Z(double confidence) => Normal.InvCDF(0, 1, 0.5 + (confidence / 2));

    /// <summary>
    /// Wilson's score interval of a proportion (Wilson 1927): centre (p + z²/2n) / (1 + z²/n), half-width
    /// z √(p(1-p)/n + z²/4n²) / (1 + z²/n). It is never outside [0, 1] and has a width at 0/n and n/n too.
    /// </summary>
    /// <param name="successes">The count, 0 to <paramref name="n"/>.</param>
    /// <param name="n">The metric's own denominator, above 0.</param>
    /// <param name="z">The normal quantile, see <see cref="Z"/>.</param>
    public static Interval Wilson(double successes, double n, double z)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, n);
        var p = successes / n;
        var z2 = z * z;
        var scale = 1 + (z2 / n);
        var centre = (p + (z2 / (2 * n))) / scale;
        var half = z * Math.Sqrt((p * (1 - p) / n) + (z2 / (4 * n * n))) / scale;
        // At 0/n and n/n the bounds are 0 and 1 exactly, up to rounding.
        return new(Math.Clamp(Math.Min(centre - half, p), 0, 1), Math.Clamp(Math.Max(centre + half, p), 0, 1));
    }

    /// <summary>The exact interval of a proportion by inverting the binomial test (Clopper and Pearson 1934): it covers
    /// at least the confidence whatever the truth, and is wider than <see cref="Wilson"/>.</summary>
    /// <param name="successes">The count, 0 to <paramref name="n"/>.</param>
    /// <param name="n">The denominator, above 0.</param>
    /// <param name="confidence">The confidence, such as 0.95.</param>
    public static Interval ClopperPearson(long successes, long n, double confidence)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, n);
        var tail = (1 - confidence) / 2;
        return new(successes == 0 ? 0 : Beta.InvCDF(successes, n - successes + 1, tail),
            successes == n ? 1 : Beta.InvCDF(successes + 1, n - successes, 1 - tail));
    }

    /// <summary>Newcombe's interval of the difference p1 - p2 of two independent proportions (Newcombe 1998, method
    /// 10), composed of their Wilson intervals.</summary>
    public static Interval Newcombe(double successes1, double n1, double successes2, double n2, double z)
    {
        var a = Wilson(successes1, n1, z);
        var b = Wilson(successes2, n2, z);
        double p1 = successes1 / n1, p2 = successes2 / n2, d = p1 - p2;
        return new(
            d - Math.Sqrt(((p1 - a.Low) * (p1 - a.Low)) + ((b.High - p2) * (b.High - p2))),
            d + Math.Sqrt(((a.High - p1) * (a.High - p1)) + ((p2 - b.Low) * (p2 - b.Low))));
    }

    /// <summary>Welch's t interval of the difference of two independent means.</summary>
    internal static Interval Welch(in Moments a, in Moments b, double confidence)
    {
        double va = a.Variance / a.Count, vb = b.Variance / b.Count, v = va + vb, d = a.Mean - b.Mean;
        if (v == 0)
            return new(d, d);
        // Shares of v, whose squares neither overflow nor vanish.
        double sa = va / v, sb = vb / v, degrees = 1 / ((sa * sa / (a.Count - 1)) + (sb * sb / (b.Count - 1)));
        var half = Math.Sqrt(v) * (degrees > 1000
            ? Z(confidence) : T(degrees, 0.5 + (confidence / 2)));
        return new(d - half, d + half);
    }

    /// <summary>The quantile of Student's distribution, sought up to 800: that of one degree of freedom at a confidence
    /// of many comparisons lies beyond, and is as good as no bound.</summary>
    private static double T(double degrees, double share)
    {
        const double most = 800;
        return StudentT.CDF(0, 1, degrees, most) > share ? StudentT.InvCDF(0, 1, degrees, share) : most;
    }
}
