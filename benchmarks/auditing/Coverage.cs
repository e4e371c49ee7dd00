using FaceBias.Core.Auditing;
using FaceBias.Core.Data;
using MathNet.Numerics.Distributions;

namespace FaceBias.Benchmarks.Auditing;

/// <summary>How often nominal 95% intervals hold the truth. Those of counts are computed exactly by summing over the
/// binomial distribution; those of means and areas by simulation.</summary>
internal static class Coverage
{
    public static int Run()
    {
        Console.WriteLine("| n | rate | Wilson | Newcombe, two equal groups |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var n in new[] { 10, 30, 100, 300, 1000, 10_000 })
        {
            foreach (var rate in new[] { 0.5, 0.8, 0.9, 0.95, 0.99 })
            {
                Console.WriteLine(FormattableString.Invariant($"| {n} | {rate} | {100 * Wilson(n, rate):0.0}% | {100 * Newcombe(n, rate):0.0}% |"));
            }
        }
        Console.WriteLine();
        Console.WriteLine("| n | mean of a skewed error, bootstrap | balanced accuracy 0.85, bootstrap | AUC 0.76, DeLong on the logit scale |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var n in new[] { 10, 30, 100, 300, 1000, 10_000 })
            Console.WriteLine(FormattableString.Invariant($"| {n} | {100 * Mean(n):0.0}% | {100 * Balanced(n):0.0}% | {100 * Area(n):0.0}% |"));
        return 0;
    }

    private static double Wilson(int n, double rate)
    {
        var z = Interval.Z(0.95);
        return Enumerable.Range(0, n + 1).Where(k => Interval.Wilson(k, n, z) is var i && i.Low <= rate && rate <= i.High)
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

    private static double Mean(int n)
    {
        var options = new AuditOptions { BootstrapReplicates = 1000, MinimumCount = 2 };
        var random = new Random(1);
        var covered = 0;
        for (var r = 0; r < Repeats; r++)
        {
            // |error| of an exponential with mean 5, as errors of ages look.
            double[] values = [.. Enumerable.Range(0, n).Select(_ => -5 * Math.Log(1 - random.NextDouble()))];
            Array.Sort(values);
            var i = Bootstrap.Mean(values, "mae", options with { Seed = r });
            covered += i.Low <= 5 && 5 <= i.High ? 1 : 0;
        }
        return (double)covered / Repeats;
    }

    /// <summary>The mean of two recalls, .9 and .8, of n rows each: what the bootstrap of counts is for.</summary>
    private static double Balanced(int n)
    {
        var covered = 0;
        Parallel.For(0, Repeats, r =>
        {
            var random = new Random(1000 + r);
            int Right(double rate) => Enumerable.Range(0, n).Count(_ => random.NextDouble() < rate);
            int[] right = [Right(0.9), Right(0.8)];
            string[] truth = [.. Enumerable.Range(0, 2 * n).Select(i => i < n ? "a" : "b")];
            string[] predicted = [.. Enumerable.Range(0, 2 * n).Select(i => i < n ? (i < right[0] ? "a" : "b") : (i - n < right[1] ? "b" : "a"))];
            var e = Auditor.Run(new([new TextColumn("y", predicted), new TextColumn("y_true", truth)]), new()
            {
                Groups = [], Seed = r, BootstrapReplicates = 1000, Permutations = 100, FindSlices = false, Threads = 1,
            }).Targets[0].Overall.Find("balanced_accuracy")!;
            if (e.Low <= 0.85 && 0.85 <= e.High)
                Interlocked.Increment(ref covered);
        });
        return (double)covered / Repeats;
    }

    private static double Area(int n)
    {
        var random = new Random(1);
        var truth = Normal.CDF(0, 1, 1 / Math.Sqrt(2)); // positives one standard deviation higher
        var covered = 0;
        for (var r = 0; r < Repeats; r++)
        {
            double[] positives = [.. Enumerable.Range(0, n).Select(_ => 1 + Normal.InvCDF(0, 1, random.NextDouble()))];
            double[] negatives = [.. Enumerable.Range(0, n).Select(_ => Normal.InvCDF(0, 1, random.NextDouble()))];
            Array.Sort(positives);
            Array.Sort(negatives);
            var i = RankMetrics.DeLong(positives, negatives, Interval.Z(0.95)).Interval;
            covered += i.Low <= truth && truth <= i.High ? 1 : 0;
        }
        return (double)covered / Repeats;
    }
}
