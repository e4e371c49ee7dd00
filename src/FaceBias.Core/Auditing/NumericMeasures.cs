namespace FaceBias.Core.Auditing;

/// <summary>The figures of a numeric target.</summary>
internal static class NumericMeasures
{
    public static Estimate[] Of(TargetData target, int[] rows, AuditOptions options)
    {
        var errors = Errors(target, rows);
        return
        [
            GroupMeasures.Mean(Metrics.MeanAbsoluteError.Key, [.. errors.Select(Math.Abs)], options),
            GroupMeasures.Mean(Metrics.SignedError.Key, errors, options),
            .. options.Tolerances.Select(tolerance => GroupMeasures.Rate(
                Metrics.Within(tolerance).Key, errors.Count(e => Math.Abs(e) <= tolerance), errors.Length, options)),
            RSquared(target, rows, options),
        ];
    }

    /// <summary>Signed errors of rows, ascending, so that the order of rows does not matter to the last bit.</summary>
    public static double[] Errors(TargetData target, IEnumerable<int> rows)
    {
        double[] errors = [.. rows.Where(r => target.HasTruth(r) && target.HasPrediction(r))
            .Select(r => target.PredictedValue[r] - target.TruthValue[r])];
        Array.Sort(errors);
        return errors;
    }

    /// <summary>R² = 1 - S/V with S the mean squared error and V the variance of the truth; the interval comes from the
    /// delta method, whose influence of a row is -e²/V + S (t - mean)²/V².</summary>
    private static Estimate RSquared(TargetData target, int[] rows, AuditOptions options)
    {
        var key = Metrics.RSquared.Key;
        if (GroupMeasures.Refuse(key, rows.Length, options) is { } refusal)
            return refusal;
        (double Truth, double Error)[] sorted = [.. rows
            .Select(r => (target.TruthValue[r], target.PredictedValue[r] - target.TruthValue[r])).Order()];
        var n = sorted.Length;
        var mean = sorted.Sum(x => x.Truth) / n;
        double v = sorted.Sum(x => (x.Truth - mean) * (x.Truth - mean)) / n, s = sorted.Sum(x => x.Error * x.Error) / n;
        if (v == 0)
            return new(key, null, null, null, n, Reason: "not estimable: all rows have one true value");
        var influence = Moments.Of([.. sorted.Select(x => (-x.Error * x.Error / v) + (s * (x.Truth - mean) * (x.Truth - mean) / (v * v)))]);
        var half = Interval.Z(options.Confidence) * Math.Sqrt(influence.Variance / n);
        return new(key, 1 - (s / v), 1 - (s / v) - half, Math.Min(1, 1 - (s / v) + half), n, null, "delta method");
    }
}
