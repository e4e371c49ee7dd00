using MathNet.Numerics.Distributions;

namespace FaceBias.Primitives.Statistics;

/// <summary>The order statistic of calibration scores that split conformal prediction cuts at (Vovk et al. 2005; Lei et
/// al. 2018).</summary>
internal static class ConformalQuantile
{
    /// <summary>How far rounding may lift (n + 1) level above the whole number that it is, per row.</summary>
    private const double Rounding = 1e-12;

    /// <summary>The place, counted from 1, of the cutoff among <paramref name="n"/> ascending scores: ceil((n + 1)
    /// level); more than n where there are too few scores, so that the cutoff is infinite.</summary>
    /// <param name="level">The nominal coverage 1 - a, between 0 and 1.</param>
    public static int Rank(int n, double level)
    {
        CheckLevel(level);
        return Math.Max(1, (int)Math.Ceiling((n + 1) * (level - Rounding)));
    }

    /// <summary>The cutoff of ascending scores: a new score is at most it with a probability of at least
    /// <paramref name="level"/>; infinite where there are too few scores.</summary>
    public static double Of(ReadOnlySpan<double> sorted, double level) =>
        Rank(sorted.Length, level) is var rank && rank <= sorted.Length ? sorted[rank - 1] : double.PositiveInfinity;

    /// <summary>The fewest calibration rows with a finite cutoff: the smallest n with ceil((n + 1) level) at most
    /// n.</summary>
    public static int FewestRows(double level)
    {
        var n = (int)Math.Max(1, Math.Floor(level / (1 - level)) - 1);
        while (Rank(n, level) > n)
            n++;
        return n;
    }

    /// <summary>Where the coverage of one calibration lies by chance alone: it is distributed as Beta(n + 1 - l, l)
    /// with l = floor((n + 1)(1 - level)) over draws of the calibration rows (Vovk 2012), for scores without
    /// ties.</summary>
    /// <returns>The central interval; 1 to 1 where the cutoff is infinite.</returns>
    public static Interval Fluctuation(int n, double level, double confidence)
    {
        var rank = Rank(n, level);
        if (rank > n)
            return new(1, 1);
        var tail = (1 - confidence) / 2;
        return new(Beta.InvCDF(rank, n + 1 - rank, tail), Beta.InvCDF(rank, n + 1 - rank, 1 - tail));
    }

    /// <summary>Refuses a level at which there is nothing to guarantee.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie strictly between 0 and 1.</exception>
    private static void CheckLevel(double level)
    {
        if (!(level is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(level), level, "The level lies strictly between 0 and 1.");
    }
}
