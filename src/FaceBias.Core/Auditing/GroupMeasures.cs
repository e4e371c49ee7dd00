namespace FaceBias.Core.Auditing;

/// <summary>The figures of one group.</summary>
internal static class GroupMeasures
{
    public static GroupAudit Of(TargetData target, int[] rows, IReadOnlyList<string> levels, AuditOptions options)
    {
        int[] labelled = [.. rows.Where(target.HasTruth)];
        int[] scored = [.. labelled.Where(target.HasPrediction)];
        var unpredicted = labelled.Length - scored.Length;
        if (target.Kind == TargetKind.Numeric)
            return new(levels, scored.Length, unpredicted, Numeric(Errors(target, scored), options), null);
        var size = target.Classes.Length;
        var confusion = new long[size][];
        for (var i = 0; i < size; i++)
            confusion[i] = new long[size];
        long right = 0;
        foreach (var row in scored)
        {
            confusion[target.Truth[row]][target.Predicted[row]]++;
            right += target.Truth[row] == target.Predicted[row] ? 1 : 0;
        }
        return new(levels, scored.Length, unpredicted,
            [Rate(Metrics.Accuracy.Key, right, scored.Length, options)], confusion);
    }

    /// <summary>Signed errors of rows, ascending, so that the order of rows does not matter to the last bit.</summary>
    public static double[] Errors(TargetData target, IEnumerable<int> rows)
    {
        double[] errors = [.. rows.Where(r => target.HasTruth(r) && target.HasPrediction(r))
            .Select(r => target.PredictedValue[r] - target.TruthValue[r])];
        Array.Sort(errors);
        return errors;
    }

    /// <summary>A proportion with its Wilson interval; below the minimum count only the interval and the counts.</summary>
    public static Estimate Rate(string metric, long numerator, long denominator, AuditOptions options)
    {
        if (denominator == 0)
            return new(metric, null, null, null, 0, 0, null, "not estimable: no rows");
        var interval = Interval.Wilson(numerator, denominator, Interval.Z(options.Confidence));
        var small = denominator < options.MinimumCount;
        return new(metric, small ? null : (double)numerator / denominator, interval.Low, interval.High, denominator,
            numerator, "wilson", small ? TooSmall(denominator, options) : null);
    }

    /// <summary>A mean with its bootstrap interval; the interval of very few values would be too narrow and is left
    /// out.</summary>
    public static Estimate Mean(string metric, double[] values, AuditOptions options)
    {
        if (values.Length == 0)
            return new(metric, null, null, null, 0, null, null, "not estimable: no rows");
        if (values.Length < options.MinimumCount || values.Length < 2)
            return new(metric, null, null, null, values.Length, null, null, TooSmall(values.Length, options));
        Array.Sort(values);
        var interval = Bootstrap.Mean(values, metric, options);
        return new(metric, Moments.Of(values).Mean, interval.Low, interval.High, values.Length, null,
            values.Length >= Bootstrap.NormalFrom ? "normal" : "bootstrap");
    }

    private static Estimate[] Numeric(double[] errors, AuditOptions options) =>
    [
        Mean(Metrics.MeanAbsoluteError.Key, [.. errors.Select(Math.Abs)], options),
        Mean(Metrics.SignedError.Key, errors, options),
        .. options.Tolerances.Select(tolerance => Rate(
            Metrics.Within(tolerance).Key, errors.Count(e => Math.Abs(e) <= tolerance), errors.Length, options)),
    ];

    private static string TooSmall(long n, AuditOptions options) =>
        $"too small: {n} row{(n == 1 ? "" : "s")}, fewer than {options.MinimumCount}";
}
