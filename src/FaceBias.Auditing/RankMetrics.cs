namespace FaceBias.Auditing;

/// <summary>Areas under the ROC curve and their intervals.</summary>
internal static class RankMetrics
{
    /// <summary>AUC with DeLong's variance (DeLong, DeLong and Clarke-Pearson 1988) by midranks (Sun and Xu 2014); both
    /// arrays come in ascending order. The interval is made on the logit scale, so that it stays within (0,
    /// 1).</summary>
    public static (double Auc, Interval Interval, string Method) DeLong(double[] positives, double[] negatives,
        double z)
    {
        var below = Placements(positives, negatives); // per positive: share of negatives below it
        var above = Placements(negatives, positives); // per negative: share of positives below it
        var auc = Moments.Of(below).Mean;
        var variance = (Variance(below) / positives.Length) + (Variance(above) / negatives.Length);
        if (auc is <= 0 or >= 1 || variance <= 0)
        {
            // Perfect separation has no spread; Wilson's interval of the smaller sample is an honest bound.
            var n = Math.Min(positives.Length, negatives.Length);
            return (auc, Interval.Wilson(auc * n, n, z), "wilson");
        }
        return (auc, OnLogit(auc, Math.Sqrt(variance), z), "delong");
    }

    /// <summary>The interval of an AUC between two different samples from its value and their sizes alone (Hanley and
    /// McNeil 1982), on the logit scale.</summary>
    public static Interval HanleyMcNeil(double auc, long positives, long negatives, double z)
    {
        if (auc is <= 0 or >= 1)
        {
            var n = Math.Min(positives, negatives);
            return Interval.Wilson(auc * n, n, z);
        }
        double q1 = auc / (2 - auc), q2 = 2 * auc * auc / (1 + auc);
        var variance = ((auc * (1 - auc)) + ((positives - 1) * (q1 - (auc * auc)))
            + ((negatives - 1) * (q2 - (auc * auc))))
            / ((double)positives * negatives);
        return OnLogit(auc, Math.Sqrt(Math.Max(variance, 0)), z);
    }

    /// <summary>The interval of an AUC of clustered rows (Obuchowski 1997): its variance is the sum over clusters of
    /// the squared sum of their rows' influence.</summary>
    public static Interval Obuchowski(double auc, double[] influence, ReadOnlySpan<int> rows, ClusteredRows clusters,
        int cell, double z)
    {
        var sums = new double[clusters.Count(cell)];
        for (var i = 0; i < rows.Length; i++)
            sums[clusters.Part(rows[i])] += influence[i];
        var variance = sums.Sum(s => s * s) * sums.Length / Math.Max(1, sums.Length - 1);
        return OnLogit(auc, Math.Sqrt(variance), z);
    }

    /// <summary>For each value, the share of <paramref name="others"/> below it, ties one half. Both are
    /// sorted.</summary>
    public static double[] Placements(double[] values, double[] others)
    {
        var shares = new double[values.Length];
        for (int i = 0, less = 0, lessOrEqual = 0; i < values.Length; i++)
        {
            while (less < others.Length && others[less] < values[i])
                less++;
            while (lessOrEqual < others.Length && others[lessOrEqual] <= values[i])
                lessOrEqual++;
            shares[i] = (less + lessOrEqual) / 2.0 / others.Length;
        }
        return shares;
    }

    private static double Variance(double[] values) => values.Length < 2 ? 0 : Moments.Of(values).Variance;

    private static Interval OnLogit(double auc, double error, double z)
    {
        var centre = Math.Log(auc / (1 - auc));
        var half = z * error / (auc * (1 - auc));
        return new(1 / (1 + Math.Exp(half - centre)), 1 / (1 + Math.Exp(-half - centre)));
    }
}
