using FaceBias.Auditing;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;
using MathNet.Numerics.Distributions;

namespace FaceBias.Benchmarks.Auditing;

/// <summary>How often nominal 95% intervals hold the truth. Those of counts are computed exactly by summing over the
/// binomial distribution; those of means and areas by simulation.</summary>
internal static class Coverage
{
    private static readonly int[] Sizes = [10, 30, 100, 300, 1000, 10_000];
    private static readonly double[] Rates = [0.5, 0.8, 0.9, 0.95, 0.99];

    public static int Run()
    {
        Console.WriteLine(
            "| n | rate | Wilson | the best that any interval can do | Wilson, mean over rates nearby | Newcombe, two equal groups |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var n in Sizes)
        {
            foreach (var rate in Rates)
                Console.WriteLine(
                    FormattableString.Invariant(
                        $"| {n} | {rate} | {100 * Wilson(n, rate):0.0}% | {100 * Attainable(n, rate):0.0}% | {100 * Nearby(n, rate):0.0}% | {100 * Newcombe(n, rate):0.0}% |"));
        }
        Console.WriteLine();
        RateIntervals.Print(Sizes, Rates, Attainable);
        Console.WriteLine();
        Console.WriteLine(
            "| n | mean of a skewed error, bootstrap | the same rounded to years | balanced accuracy 0.85, bootstrap | AUC 0.76, DeLong | AUC 0.95, DeLong |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var n in Sizes)
            Console.WriteLine(
                FormattableString.Invariant(
                    $"| {n} | {100 * Mean(n, false):0.0}% | {100 * Mean(n, true):0.0}% | {100 * Balanced(n):0.0}% | {100 * Area(n, 1):0.0}% | {100 * Area(n, 2.326):0.0}% |"));
        return 0;
    }

    /// <summary>An interval that depends on the count alone holds a rate for some of the counts and not for others. The
    /// probability of a run of counts that comes closest to 95%: where few counts are likely, none comes
    /// close.</summary>
    private static double Attainable(int n, double rate)
    {
        double[] p = [.. Enumerable.Range(0, n + 1).Select(k => Binomial.PMF(rate, n, k))];
        double best = 0;
        for (var from = 0; from <= n; from++)
        {
            double sum = 0;
            for (var to = from; to <= n && sum < 0.95; to++)
            {
                sum += p[to];
                best = Math.Abs(sum - 0.95) < Math.Abs(best - 0.95) ? sum : best;
            }
        }
        return best;
    }

    /// <summary>The mean coverage over rates around one: up to 0.05, or half way to 1.</summary>
    private static double Nearby(int n, double rate)
    {
        var reach = Math.Min(0.05, (1 - rate) / 2);
        return Enumerable.Range(-50, 101).AsParallel().Average(i => Wilson(n, rate + (i / 50.0 * reach)));
    }

    private static double Wilson(int n, double rate)
    {
        var z = Interval.Z(0.95);
        return Enumerable.Range(0, n + 1).Where(
            k => Interval.Wilson(k, n, z) is var i && i.Low <= rate && rate <= i.High)
            .Sum(k => Binomial.PMF(rate, n, k));
    }

    private static double Newcombe(int n, double rate)
    {
        var z = Interval.Z(0.95);
        double[] p = [.. Enumerable.Range(0, n + 1).Select(k => Binomial.PMF(rate, n, k))];
        // Counts beyond these have no weight that a table could show.
        int from = Array.FindIndex(p, x => x > 1e-10), to = Array.FindLastIndex(p, x => x > 1e-10);
        double covered = 0;
        for (var a = from; a <= to; a++)
        {
            for (var b = from; b <= to; b++)
            {
                var i = Interval.Newcombe(a, n, b, n, z);
                covered += i.Low <= 0 && 0 <= i.High ? p[a] * p[b] : 0;
            }
        }
        return covered;
    }

    private const int Repeats = 2000;

    /// <summary>Absolute errors as those of ages: exponential with mean 5.</summary>
    private static double Mean(int n, bool whole)
    {
        var options = new AuditOptions { BootstrapReplicates = 1000, MinimumCount = 2 };
        // The mean of the rounded ones: Σ P(round(x) >= k) = Σ exp(-(k - 1/2) / 5).
        var truth = whole ? Enumerable.Range(1, 500).Sum(k => Math.Exp(-(k - 0.5) / 5)) : 5;
        return Share(r =>
        {
            var random = new Random(r);
            double[] values =
                [.. Enumerable.Range(0, n).Select(_ => -5 * Math.Log(1 - random.NextDouble()))
                    .Select(v => whole ? Math.Round(v) : v).Order()];
            var i = Bootstrap.Mean(values, "mae", options with { Seed = r });
            return i.Low <= truth && truth <= i.High;
        });
    }

    private static double Share(Func<int, bool> holds) =>
        (double)Enumerable.Range(0, Repeats).AsParallel().Count(holds) / Repeats;

    /// <summary>The mean of two recalls, .9 and .8, of n rows each: what the bootstrap of counts is for.</summary>
    private static double Balanced(int n) => Share(r =>
    {
        var random = new Random(1000 + r);
        int Right(double rate) => Enumerable.Range(0, n).Count(_ => random.NextDouble() < rate);
        int[] right = [Right(0.9), Right(0.8)];
        int[] truth = [.. Enumerable.Range(0, 2 * n).Select(i => i < n ? 0 : 1)];
        int[] predicted =
            [.. Enumerable.Range(0, 2 * n).Select(i => i < n ? (i < right[0] ? 0 : 1) : (i - n < right[1] ? 1 : 0))];
        var e = Auditor.Run(
            new([new TextColumn("y", predicted, ["a", "b"]), new TextColumn("y_true", truth, ["a", "b"])]), new()
        {
            Groups = [], Seed = r, BootstrapReplicates = 1000, Permutations = 100, FindSlices = false, Threads = 1,
        }).Targets[0].Overall.Find("balanced_accuracy")!;
        return e.Low <= 0.85 && 0.85 <= e.High;
    });

    /// <summary>Normal scores of positives some standard deviations above those of negatives, n of each.</summary>
    private static double Area(int n, double apart)
    {
        var truth = Normal.CDF(0, 1, apart / Math.Sqrt(2));
        return Share(r =>
        {
            var random = new Random(2000 + r);
            double[] Scores(double mean) =>
                [.. Enumerable.Range(0, n).Select(_ => mean + Normal.InvCDF(0, 1, random.NextDouble())).Order()];
            var i = RankMetrics.DeLong(Scores(apart), Scores(0), Interval.Z(0.95)).Interval;
            return i.Low <= truth && truth <= i.High;
        });
    }
}
