using static MathNet.Numerics.SpecialFunctions;

namespace FaceBias.Core.Auditing;

/// <summary>
/// Exact draws of counts: shuffling labels over a million rows and counting is the same experiment as one draw from a
/// hypergeometric distribution. Draws search outwards from the mode, so one costs about a standard deviation of steps.
/// </summary>
internal static class CountSampling
{
    /// <summary>How many of <paramref name="draws"/> rows taken without replacement from <paramref name="total"/> rows
    /// are among the <paramref name="marked"/> ones.</summary>
    public static long Hypergeometric(ref SeededRandom random, long total, long marked, long draws)
    {
        var low = Math.Max(0, draws - (total - marked));
        var high = Math.Min(draws, marked);
        if (low == high)
            return low;
        var mode = Math.Clamp((long)((draws + 1.0) * (marked + 1.0) / (total + 2.0)), low, high);
        var pMode = Math.Exp(LnChoose(marked, mode) + LnChoose(total - marked, draws - mode) - LnChoose(total, draws));
        var u = random.NextDouble() - pMode;
        double pUp = pMode, pDown = pMode;
        for (long up = mode, down = mode; u > 0 && (up < high || down > low);)
        {
            if (up < high)
            {
                pUp *= (double)(marked - up) * (draws - up) / ((up + 1.0) * (total - marked - draws + up + 1.0));
                up++;
                if ((u -= pUp) <= 0)
                    return up;
            }
            if (down > low)
            {
                pDown *= (double)down * (total - marked - draws + down) / ((marked - down + 1.0) * (draws - down + 1.0));
                down--;
                if ((u -= pDown) <= 0)
                    return down;
            }
        }
        return mode; // the rounding left over after the whole support
    }

    private static double LnChoose(long n, long k) => GammaLn(n + 1.0) - GammaLn(k + 1.0) - GammaLn(n - k + 1.0);
}
