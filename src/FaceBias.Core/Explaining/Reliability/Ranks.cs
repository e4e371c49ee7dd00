namespace FaceBias.Core.Explaining.Reliability;

/// <summary>Rank correlation of maps.</summary>
internal static class Ranks
{
    /// <summary>Spearman's rank correlation, ties at their mean rank; null where one of them does not vary.</summary>
    public static double? Correlation(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var (x, y) = (Of(a), Of(b));
        double mean = (a.Length - 1) / 2.0, xy = 0, xx = 0, yy = 0;
        for (var i = 0; i < x.Length; i++)
        {
            xy += (x[i] - mean) * (y[i] - mean);
            xx += (x[i] - mean) * (x[i] - mean);
            yy += (y[i] - mean) * (y[i] - mean);
        }
        return xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : null;
    }

    /// <summary>Ranks from 0, ties at their mean.</summary>
    public static double[] Of(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        var ranks = new double[sorted.Length];
        for (var from = 0; from < sorted.Length;)
        {
            var to = from + 1;
            while (to < sorted.Length && sorted[to] == sorted[from])
                to++;
            for (var i = from; i < to; i++)
                ranks[order[i]] = (from + to - 1) / 2.0;
            from = to;
        }
        return ranks;
    }
}
