namespace FaceBias.Core.Linear;

/// <summary>Location and spread that a few outliers do not move.</summary>
internal static class Robust
{
    /// <summary>The median; the mean of the middle two of an even number.</summary>
    public static double Median(IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length == 0 ? double.NaN : sorted.Length % 2 == 1 ? sorted[middle]
            : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The standard deviation as the median absolute deviation tells it: 1.4826 times it, which is right for
    /// the normal distribution.</summary>
    public static double Deviation(IReadOnlyCollection<double> values, double median) =>
        1.4826 * Median([.. values.Select(v => Math.Abs(v - median))]);
}
