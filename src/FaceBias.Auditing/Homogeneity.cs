using FaceBias.Primitives.Randomness;

namespace FaceBias.Auditing;

/// <summary>A test of whether groups differ at all, in whatever way; the gap's own p looks at the two extremes
/// alone.</summary>
/// <param name="Name">fisher (two groups), chi_square (every expected count at least 5), exact_chi_square (the same
/// statistic against its permutation distribution), or welch_anova (means).</param>
/// <param name="Statistic">Chi-square or F; null for Fisher's test, which has none.</param>
/// <param name="P">Two-sided p, not corrected.</param>
internal sealed record HomogeneityTest(string Name, double? Statistic, double P);

/// <summary>Tests of homogeneity by kind of metric and size of the counts.</summary>
internal static class Homogeneity
{
    /// <summary>Fisher's exact test is summed over at most this many tables.</summary>
    private const long LargestFisher = 100_000;

    public static HomogeneityTest? OfRates(IReadOnlyList<long> hits, IReadOnlyList<long> n, AuditOptions options)
    {
        long all = n.Sum(), marked = hits.Sum();
        if (n.Count == 2 && Math.Min(Math.Min(marked, all - marked), n.Min()) <= LargestFisher)
            return new("fisher", null, Fisher(hits[0], n[0], hits[1], n[1]));
        if (marked == 0 || marked == all)
            return null;
        var statistic = ChiSquare(hits, n, marked, all);
        if (n.Min() * (double)Math.Min(marked, all - marked) / all >= 5)
            return new("chi_square", statistic, UpperTail.ChiSquare(n.Count - 1, statistic));
        if (!options.Resample)
            return null;
        var streams = new RandomSource(options.Seed).Counter("chi-square", n.Count);
        var dealt = new long[n.Count];
        var drawn = DrawLog.Of(options.Draws, options.Permutations, (r, drawn) =>
        {
            var random = streams.Stream(r);
            long rows = all, left = marked;
            for (var g = 0; g < dealt.Length; g++)
            {
                dealt[g] = CountSampling.Hypergeometric(ref random, rows, left, n[g]);
                (rows, left) = (rows - n[g], left - dealt[g]);
            }
            drawn[0] = ChiSquare(dealt, n, marked, all);
        });
        return new("exact_chi_square", statistic,
            (1.0 + drawn.Count(d => d >= statistic - 1e-9)) / (1 + options.Permutations));
    }

    /// <summary>Fisher's exact test of two rates: the probability of all tables of the same margins that are no
    /// likelier than this one.</summary>
    public static double Fisher(long hits1, long n1, long hits2, long n2) =>
        // R's tolerance for tables of equal probability.
        Fisher(hits1, n1, hits2, n2, (k, p, own) => p <= own * (1 + 1e-7));

    /// <summary>Fisher's exact test that the first rate is the larger one: the probability of as many hits or
    /// more.</summary>
    public static double FisherAbove(long hits1, long n1, long hits2, long n2) =>
        Fisher(hits1, n1, hits2, n2, (k, _, _) => k >= hits1);

    private static double Fisher(long hits1, long n1, long hits2, long n2, Func<long, double, double, bool> counts)
    {
        long marked = hits1 + hits2, all = n1 + n2;
        double Ln(long k) =>
            -CountSampling.LnFactorial(k) - CountSampling.LnFactorial(marked - k) - CountSampling.LnFactorial(n1 - k)
            - CountSampling.LnFactorial(all - marked - n1 + k);
        long low = Math.Max(0, marked - n2), high = Math.Min(marked, n1);
        var peak = Ln(Math.Clamp((long)((marked + 1.0) * (n1 + 1.0) / (all + 2.0)), low, high));
        double total = 0, counted = 0, own = Math.Exp(Ln(hits1) - peak);
        for (var k = low; k <= high; k++)
        {
            var p = Math.Exp(Ln(k) - peak);
            (total, counted) = (total + p, counted + (counts(k, p, own) ? p : 0));
        }
        return Math.Min(1, counted / total);
    }

    /// <summary>Welch's test of equal means without equal variances (Welch 1951).</summary>
    public static HomogeneityTest? OfMeans(IReadOnlyList<Moments> groups)
    {
        if (groups.Any(g => !(g.Variance > 0)))
            return null;
        double[] w = [.. groups.Select(g => g.Count / g.Variance)];
        double total = w.Sum(), mean = w.Select((x, i) => x * groups[i].Mean).Sum() / total, k = groups.Count;
        var between = w.Select((x, i) => x * (groups[i].Mean - mean) * (groups[i].Mean - mean)).Sum() / (k - 1);
        var uneven = w.Select((x, i) => (1 - (x / total)) * (1 - (x / total)) / (groups[i].Count - 1)).Sum();
        var f = between / (1 + (2 * (k - 2) / ((k * k) - 1) * uneven));
        return new("welch_anova", f, UpperTail.F(k - 1, ((k * k) - 1) / (3 * uneven), f));
    }

    private static double ChiSquare(IReadOnlyList<long> hits, IReadOnlyList<long> n, long marked, long all)
    {
        double share = (double)marked / all, sum = 0;
        for (var g = 0; g < n.Count; g++)
            sum += (hits[g] - (n[g] * share)) * (hits[g] - (n[g] * share)) / (n[g] * share * (1 - share));
        return sum;
    }
}
