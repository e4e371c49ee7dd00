namespace FaceBias.Primitives.Statistics;

/// <summary>Quantiles of samples.</summary>
internal static class Quantiles
{
    /// <summary>The quantile of sorted values by linear interpolation (type 7, the default of R and NumPy).</summary>
    public static double Linear(ReadOnlySpan<double> sorted, double q)
    {
        var position = q * (sorted.Length - 1);
        var i = (int)position;
        return i + 1 >= sorted.Length ? sorted[^1] : sorted[i] + ((position - i) * (sorted[i + 1] - sorted[i]));
    }
}
