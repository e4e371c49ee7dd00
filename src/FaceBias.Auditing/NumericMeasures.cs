namespace FaceBias.Auditing;

/// <summary>The metrics of a numeric target.</summary>
internal static class NumericMeasures
{
    public static void Add(GroupedRows data, List<Estimate>[] estimates, AuditOptions options)
    {
        var target = data.Target;
        if (target.NoTruth)
        {
            for (var cell = 0; cell < estimates.Length; cell++)
                estimates[cell].Add(data.Mean(Metrics.MeanPrediction.Key, data.SignedError!, cell, options));
            return;
        }
        var truth = data.Ranks.Truth!.Deal(data.Grouping);
        for (var cell = 0; cell < estimates.Length; cell++)
        {
            var size = data.AbsoluteError![cell];
            estimates[cell].Add(data.Mean(Metrics.MeanAbsoluteError.Key, data.AbsoluteError, cell, options));
            estimates[cell].Add(data.Mean(Metrics.SignedError.Key, data.SignedError!, cell, options));
            foreach (var tolerance in options.Tolerances!)
                estimates[cell].Add(
                    data.Rate(Metrics.Within(tolerance).Key, cell, AtMost(size, tolerance), size.Length, options,
                    r => (Math.Abs(target.PredictedValue[r] - target.TruthValue[r]) <= tolerance ? 1 : 0, 1)));
            estimates[cell].Add(RSquared(data, truth, cell, options));
        }
    }

    /// <summary>How many of ascending values are at most a limit.</summary>
    private static int AtMost(ReadOnlySpan<double> sorted, double limit)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = sorted[middle] <= limit ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    /// <summary>R² = 1 - S/V with S the mean squared error and V the variance of the truth; the interval comes from the
    /// delta method, whose influence of a row is -e²/V + S (t - mean)²/V². The rows come in the order of truth and
    /// error.</summary>
    private static Estimate RSquared(GroupedRows data, CellValues truth, int cell, AuditOptions options)
    {
        var target = data.Target;
        var rows = truth.Rows(cell);
        var key = Metrics.RSquared.Key;
        if (GroupMeasures.Refuse(key, rows.Length, options) is { } refusal)
            return refusal;
        var n = rows.Length;
        double mean = 0, v = 0, s = 0;
        foreach (var row in rows)
            mean += target.TruthValue[row] / n;
        foreach (var row in rows)
        {
            double deviation = target.TruthValue[row] - mean,
                error = target.PredictedValue[row] - target.TruthValue[row];
            (v, s) = (v + (deviation * deviation / n), s + (error * error / n));
        }
        if (v == 0)
            return new(key, null, null, null, n, Reason: "not estimable: all rows have one true value");
        var influence = new double[n];
        for (var i = 0; i < n; i++)
        {
            double deviation = target.TruthValue[rows[i]] - mean,
                error = target.PredictedValue[rows[i]] - target.TruthValue[rows[i]];
            influence[i] = (-error * error / v) + (s * deviation * deviation / (v * v));
        }
        var spread = Moments.Of(data.Clusters is null ? influence : data.Clusters.PseudoValues(cell, rows, influence));
        var half = Interval.Z(options.Confidence) * Math.Sqrt(spread.Variance / spread.Count);
        return new(key, 1 - (s / v), 1 - (s / v) - half, Math.Min(1, 1 - (s / v) + half), n, null, "delta method");
    }
}
