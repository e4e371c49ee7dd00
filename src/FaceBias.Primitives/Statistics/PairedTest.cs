using MathNet.Numerics.Distributions;

namespace FaceBias.Primitives.Statistics;

/// <summary>A paired test and the 95% interval of a mean difference; the two agree on whether zero is left
/// out.</summary>
/// <param name="Low">Lower end of the 95% interval.</param>
/// <param name="High">Upper end of it.</param>
internal readonly record struct PairedTest(double Mean, double Low, double High, double P)
{
    /// <summary>Student's paired t test of differences, at least two.</summary>
    public static PairedTest Of(double[] differences)
    {
        var moments = Moments.Of(differences);
        return Student(moments.Mean, Math.Sqrt(moments.Variance / moments.Count), moments.Count - 1);
    }

    /// <summary>The t test of the unweighted mean over strata, with Satterthwaite's degrees of freedom.</summary>
    /// <param name="strata">Differences, at least two in each stratum.</param>
    public static PairedTest OfStrata(IReadOnlyList<double[]> strata)
    {
        var moments = strata.Select(s => Moments.Of(s)).ToArray();
        double[] variances = [.. moments.Select(m => m.Variance / m.Count / (strata.Count * strata.Count))];
        var variance = variances.Sum();
        var degrees = variance == 0 ? 1
            : variance * variance / variances.Zip(moments, (v, m) => v * v / (m.Count - 1)).Sum();
        return Student(moments.Average(m => m.Mean), Math.Sqrt(variance), degrees);
    }

    /// <summary>McNemar's exact test of two classifiers, with an interval that agrees with it: the difference is the
    /// share of rows that only one of them gets right (Wilson's interval) times twice the second's share of these, less
    /// one (Clopper and Pearson's interval, whose side of 1/2 is what the test is about). It covers at least
    /// 95%.</summary>
    /// <param name="better">Rows that only the second gets right.</param>
    /// <param name="worse">Rows that only the first gets right.</param>
    public static PairedTest OfLabels(int better, int worse, int rows)
    {
        var apart = better + worse;
        if (apart == 0)
        {
            var bound = Interval.Wilson(0, rows, Interval.Z(0.95)).High;
            return new(0, -bound, bound, 1);
        }
        var share = Interval.Wilson(apart, rows, Interval.Z(0.95));
        double Scaled(double lead, double withPlus, double withMinus) => lead * (lead > 0 ? withPlus : withMinus);
        return new(
            (double)(better - worse) / rows,
            Scaled(2 * (better == 0 ? 0 : Beta.InvCDF(better, worse + 1, 0.025)) - 1, share.Low, share.High),
            Scaled(2 * (worse == 0 ? 1 : Beta.InvCDF(better + 1, worse, 0.975)) - 1, share.High, share.Low),
            McNemar(worse, better));
    }

    /// <summary>Exact McNemar test: of the rows on which the models disagree, each is as likely to be right.</summary>
    public static double McNemar(long onlyFirst, long onlySecond)
    {
        var n = onlyFirst + onlySecond;
        return n == 0 ? 1 : Math.Min(1, 2 * Binomial.CDF(0.5, (int)n, Math.Min(onlyFirst, onlySecond)));
    }

    private static PairedTest Student(double mean, double error, double degrees)
    {
        if (error == 0)
            return new(mean, mean, mean, mean == 0 ? 1 : 0);
        var t = StudentT.InvCDF(0, 1, degrees, 0.975);
        return new(mean, mean - t * error, mean + t * error, 2 * StudentT.CDF(0, 1, degrees, -Math.Abs(mean) / error));
    }
}
