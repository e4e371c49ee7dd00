using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Results;
using FaceBias.Core.Search.Results;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Workflows.Sweep;

/// <summary>Compares two models on the same rows group by group. The bootstrap draws rows within groups, so that small
/// groups do not vanish from replicates, and draws the same rows for both models.</summary>
internal static class SweepComparison
{
    private const int Replicates = 2000;

    /// <param name="winner">What came of every row: 1, 0 or an absolute error; NaN without truth.</param>
    /// <param name="baseline">The same of the other model.</param>
    public static SweepTest Of(double[] winner, double[] baseline, int[] rows, SweepData data, string against,
        Objective objective, ulong seed)
    {
        GroupMetrics a = data.MetricsOf(winner, rows), b = data.MetricsOf(baseline, rows);
        int[] compared = [.. a.Compared];
        int[][] members = [.. Enumerable.Range(0, data.Cells.Names.Count).Select(g =>
            Enumerable.Range(0, rows.Length).Where(i => data.Cells.Codes[rows[i]] == g && !double.IsNaN(winner[i]))
                .ToArray())];
        var random = new RandomSource(seed).Stream("sweep test", rows.Length);
        var draws = new double[9][];
        for (var i = 0; i < draws.Length; i++)
            draws[i] = new double[Replicates];
        var means = new double[2, members.Length];
        for (var r = 0; r < Replicates; r++)
        {
            double sumA = 0, sumB = 0;
            for (var g = 0; g < members.Length; g++)
            {
                double ga = 0, gb = 0;
                var own = members[g];
                for (var i = 0; i < own.Length; i++)
                {
                    var row = own[random.NextInt(own.Length)];
                    ga += winner[row];
                    gb += baseline[row];
                }
                (sumA, sumB) = (sumA + ga, sumB + gb);
                (means[0, g], means[1, g]) = (ga / own.Length, gb / own.Length);
            }
            var n = members.Sum(m => m.Length);
            var (worstA, gapA) = Spread(means, 0, compared, data.IsError);
            var (worstB, gapB) = Spread(means, 1, compared, data.IsError);
            double[] metrics = [worstA, worstB, worstA - worstB, sumA / n, sumB / n, (sumA - sumB) / n, gapA, gapB,
                gapA - gapB];
            for (var f = 0; f < metrics.Length; f++)
                draws[f][r] = metrics[f];
        }
        SweepEstimate Figure(int f, double value)
        {
            var interval = Bootstrap.Percentile(draws[f], value, 0.95);
            return new(value, interval.Low, interval.High);
        }
        SweepEstimate worst = Figure(2, a.Worst - b.Worst), average = Figure(5, a.RowAverage - b.RowAverage),
            gap = Figure(8, a.Gap - b.Gap);
        return new(
            against, Figure(0, a.Worst), Figure(1, b.Worst), worst, Figure(3, a.RowAverage), Figure(4, b.RowAverage),
            average,
            Figure(6, a.Gap), Figure(7, b.Gap), gap,
            [.. members.Select(
                (m, g) => new SweepGroup(data.Cells.Names[g], m.Length, Group(m, winner, a, g),
                    Group(m, baseline, b, g)))],
            Verdict(objective, data.IsError, against, worst, average, gap));
    }

    /// <summary>What may be said of the metric that the sweep was after.</summary>
    internal static string Verdict(Objective objective, bool isError, string against, SweepEstimate worst,
        SweepEstimate average, SweepEstimate gap)
    {
        var (name, d, lowIsGood) = objective.Kind switch
        {
            ObjectiveKind.WorstGroup => ("worst group", worst, isError),
            ObjectiveKind.Average => ("average", average, isError),
            _ => ("gap between groups", gap, true),
        };
        var better = lowIsGood ? d.High < 0 : d.Low > 0;
        var worse = lowIsGood ? d.Low > 0 : d.High < 0;
        var sentence = better
            ? $"On the test split the winner's {name} is better than that of {against}: the interval of the "
                + "difference leaves out zero."
            : worse ? $"On the test split the winner's {name} is WORSE than that of {against}: keep {against}."
            : $"It could not be shown on the test split that the winner's {name} is better than that of {against}: "
                + "the interval of the difference includes zero.";
        // Whatever was gained for a group may have been paid by all.
        var dearer = objective.Kind != ObjectiveKind.Average && (isError ? average.Low > 0 : average.High < 0);
        return dearer ? $"{sentence} Its average over all test images is WORSE than that of {against}: the interval "
            + "of that difference leaves out zero." : sentence;
    }

    private static (double Worst, double Gap) Spread(double[,] means, int model, int[] compared, bool isError)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (var g in compared)
            (low, high) = (Math.Min(low, means[model, g]), Math.Max(high, means[model, g]));
        return (isError ? high : low, high - low);
    }

    private static SweepEstimate? Group(int[] members, double[] outcomes, GroupMetrics metrics, int g)
    {
        if (!metrics.IsCompared(g))
            return null;
        double[] values = [.. members.Select(i => outcomes[i]).Order()];
        var interval = metrics.IsError ? Bootstrap.Mean(values, "sweep", new AuditOptions())
            : Interval.Wilson(values.Sum(), values.Length, Interval.Z(0.95));
        return new(metrics.Values[g], interval.Low, interval.High);
    }
}
