using FaceBias.Primitives.Randomness;
using static MathNet.Numerics.SpecialFunctions;

namespace FaceBias.Auditing;

/// <summary>Exact draws of counts: shuffling labels over a million rows and counting is the same experiment as one draw
/// from a hypergeometric distribution, resampling them with replacement as one from a multinomial. Narrow distributions
/// are searched outwards from the mode; wide ones are drawn by rejection, at a cost that does not grow with the
/// counts.</summary>
internal static class CountSampling
{
    /// <summary>Variance from which on rejection is the faster way.</summary>
    private const double Wide = 30;

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
        var share = (double)marked / total;
        var variance = draws * share * (1 - share) * (total - draws) / (total - 1);
        if (variance >= Wide)
            return RatioOfUniforms(ref random, draws * share, variance, mode, low, high,
                new HypergeometricMass(total, marked, draws));
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
        if (n * p * (1 - p) >= Wide)
            return RatioOfUniforms(ref random, n * p, n * p * (1 - p), mode, 0, n,
                new BinomialMass(n, Math.Log(p / (1 - p))));
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

    /// <summary>Ratio of uniforms (Kinderman and Monahan 1977) with the hat that Stadlober (1990) gives for such
    /// distributions of counts: about the mean + 1/2, its width is 2 √(2/e) (σ² + 1/2)^½ + 3 - 2 √(3/e).</summary>
    private static long RatioOfUniforms<TMass>(ref SeededRandom random, double mean, double variance, long mode,
        long low, long high, TMass mass)
        where TMass : struct, IMass
    {
        var centre = mean + 0.5;
        var width = (2 * Math.Sqrt(2 / Math.E) * Math.Sqrt(variance + 0.5)) + 3 - (2 * Math.Sqrt(3 / Math.E));
        var peak = mass.Ln(mode);
        while (true)
        {
            var x = random.NextDouble();
            var at = Math.Floor(centre + (width * (random.NextDouble() - 0.5) / x));
            if (x == 0 || !(at >= low && at <= high))
                continue;
            var k = (long)at;
            var ln = mass.Ln(k) - peak;
            // x² <= f(k)/f(mode), by way of two cheap bounds of the logarithm.
            if ((x * (4 - x)) - 3 <= ln)
                return k;
            if (x * (x - ln) >= 1)
                continue;
            if (2 * Math.Log(x) <= ln)
                return k;
        }
    }

    /// <param name="mode">A value of high probability.</param>
    /// <param name="ratio">p(k + 1) / p(k); a struct, so that every distribution gets a loop of its own.</param>
    private static long Search<TRatio>(ref SeededRandom random, long low, long high, long mode, double pMode,
        TRatio ratio)
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

    private interface IMass
    {
        /// <summary>The logarithm of the probability of k, less a constant.</summary>
        double Ln(long k);
    }

    private readonly record struct HypergeometricMass(long Total, long Marked, long Draws) : IMass
    {
        public double Ln(long k) => -LnFactorial(k) - LnFactorial(Marked - k) - LnFactorial(Draws - k)
            - LnFactorial(Total - Marked - Draws + k);
    }

    private readonly record struct BinomialMass(long N, double LnOdds) : IMass
    {
        public double Ln(long k) => (k * LnOdds) - LnFactorial(k) - LnFactorial(N - k);
    }

    private readonly record struct HypergeometricRatio(long Total, long Marked, long Draws) : IRatio
    {
        public double Next(long k) =>
            (double)(Marked - k) * (Draws - k) / ((k + 1.0) * (Total - Marked - Draws + k + 1.0));
    }

    private readonly record struct BinomialRatio(long N, double Odds) : IRatio
    {
        public double Next(long k) => (N - k) / (k + 1.0) * Odds;
    }

    private static double LnChoose(long n, long k) => LnFactorial(n) - LnFactorial(k) - LnFactorial(n - k);

    /// <summary>ln n!, from 2^14 on by Stirling's series, whose next term is below 1e-22.</summary>
    internal static double LnFactorial(long n)
    {
        if (n < LnFactorials.Length)
            return LnFactorials[n];
        var x = (double)n;
        return ((x + 0.5) * Math.Log(x)) - x + 0.91893853320467274 + (1 / (12 * x)) - (1 / (360 * x * x * x));
    }
}
