using static MathNet.Numerics.SpecialFunctions;

namespace FaceBias.Core.Auditing;

/// <summary>
/// Exact draws of counts: shuffling labels over a million rows and counting is the same experiment as one draw from a
/// hypergeometric distribution, resampling them with replacement as one from a multinomial. Draws search outwards from
/// the mode, so one costs about a standard deviation of steps.
/// </summary>
internal static class CountSampling
{
    private static readonly double[] LnFactorials = [.. Enumerable.Range(0, 1 << 14).Select(n => GammaLn(n + 1.0))];

    /// <summary>How many of <paramref name="draws"/> rows taken without replacement from <paramref name="total"/> rows
    /// are among the <paramref name="marked"/> ones.</summary>
    public static long Hypergeometric(ref SeededRandom random, long total, long marked, long draws)
    {
        var low = Math.Max(0, draws - (total - marked));
        var high = Math.Min(draws, marked);
        if (low == high)
            return low;
        var mode = Math.Clamp((long)((draws + 1.0) * (marked + 1.0) / (total + 2.0)), low, high);
        var p = Math.Exp(LnChoose(marked, mode) + LnChoose(total - marked, draws - mode) - LnChoose(total, draws));
        return Search(ref random, low, high, mode, p, new HypergeometricRatio(total, marked, draws));
    }

    /// <summary>How many of <paramref name="n"/> rows taken with replacement are marked when a share
    /// <paramref name="p"/> is.</summary>
    public static long Binomial(ref SeededRandom random, long n, double p)
    {
        if (n == 0 || p <= 0)
            return 0;
        if (p >= 1)
            return n;
        var mode = Math.Clamp((long)((n + 1) * p), 0, n);
        var pMode = Math.Exp(LnChoose(n, mode) + (mode * Math.Log(p)) + ((n - mode) * Math.Log(1 - p)));
        return Search(ref random, 0, n, mode, pMode, new BinomialRatio(n, p / (1 - p)));
    }

    /// <summary>Fills <paramref name="drawn"/> with as many rows as <paramref name="counts"/> has, taken from it with
    /// replacement.</summary>
    public static void Multinomial(ref SeededRandom random, ReadOnlySpan<long> counts, Span<long> drawn)
    {
        long left = 0;
        foreach (var c in counts)
            left += c;
        var weight = (double)left;
        for (var i = 0; i < counts.Length; i++)
        {
            drawn[i] = left == 0 ? 0 : Binomial(ref random, left, counts[i] / weight);
            left -= drawn[i];
            weight -= counts[i];
        }
    }

    /// <param name="random">The source.</param>
    /// <param name="low">The least value.</param>
    /// <param name="high">The largest value.</param>
    /// <param name="mode">A value of high probability.</param>
    /// <param name="pMode">Its probability.</param>
    /// <param name="ratio">p(k + 1) / p(k); a struct, so that every distribution gets a loop of its own.</param>
    private static long Search<TRatio>(ref SeededRandom random, long low, long high, long mode, double pMode, TRatio ratio)
        where TRatio : struct, IRatio
    {
        var u = random.NextDouble() - pMode;
        if (u <= 0)
            return mode;
        double pUp = pMode, pDown = pMode;
        for (long up = mode, down = mode; up < high || down > low;)
        {
            if (up < high)
            {
                pUp *= ratio.Next(up);
                up++;
                if ((u -= pUp) <= 0)
                    return up;
            }
            if (down > low)
            {
                down--;
                pDown /= ratio.Next(down);
                if ((u -= pDown) <= 0)
                    return down;
            }
            if (pUp < 1e-18 && pDown < 1e-18)
                break;
        }
        return mode; // the rounding left over after the whole support
    }

    private interface IRatio
    {
        double Next(long k);
    }

    private readonly record struct HypergeometricRatio(long Total, long Marked, long Draws) : IRatio
    {
        public double Next(long k) => (double)(Marked - k) * (Draws - k) / ((k + 1.0) * (Total - Marked - Draws + k + 1.0));
    }

    private readonly record struct BinomialRatio(long N, double Odds) : IRatio
    {
        public double Next(long k) => (N - k) / (k + 1.0) * Odds;
    }

    private static double LnChoose(long n, long k) => LnFactorial(n) - LnFactorial(k) - LnFactorial(n - k);

    private static double LnFactorial(long n) => n < LnFactorials.Length ? LnFactorials[n] : GammaLn(n + 1.0);
}
