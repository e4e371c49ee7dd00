namespace FaceBias.Primitives.Statistics;

/// <summary>Count, mean and unbiased variance of a sample.</summary>
internal readonly record struct Moments(long Count, double Mean, double Variance)
{
    /// <summary>The moments of values, computed in two passes; the variance of fewer than two values is NaN.</summary>
    public static Moments Of(ReadOnlySpan<double> values)
    {
        double sum = 0, squares = 0;
        foreach (var v in values)
            sum += v;
        var mean = sum / values.Length;
        foreach (var v in values)
            squares += (v - mean) * (v - mean);
        return new(values.Length, mean, values.Length < 2 ? double.NaN : squares / (values.Length - 1));
    }

    /// <summary>The moments of all values of several samples together.</summary>
    public static Moments Pool(IEnumerable<Moments> samples)
    {
        Moments[] filled = [.. samples.Where(s => s.Count > 0)];
        var n = filled.Sum(s => s.Count);
        var mean = filled.Sum(s => s.Count * s.Mean) / n;
        var squares = filled.Sum(
            s => ((s.Count < 2 ? 0 : s.Variance) * (s.Count - 1)) + (s.Count * (s.Mean - mean) * (s.Mean - mean)));
        return new(n, mean, n < 2 ? double.NaN : squares / (n - 1));
    }
}
