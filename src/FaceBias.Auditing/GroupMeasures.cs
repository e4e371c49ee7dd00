namespace FaceBias.Auditing;

/// <summary>The metrics of the groups of one grouping.</summary>
internal static class GroupMeasures
{
    public static GroupAudit[] Of(GroupedRows data, AuditOptions options)
    {
        var target = data.Target;
        var estimates = new List<Estimate>[data.Grouping.CellCount];
        for (var cell = 0; cell < estimates.Length; cell++)
            estimates[cell] = target.Kind == TargetKind.Numeric ? [] : [.. LabelRates(data, cell, options)];
        if (target.Kind == TargetKind.Numeric)
        {
            NumericMeasures.Add(data, estimates, options);
        }
        else if (!target.NoTruth)
        {
            if (data.Ranks.Loss is not null)
                ProbabilityMetrics.Add(data, estimates, options);
            if (data.Ranks.Weights is null)
                AreaMeasures.Add(data, estimates, options);
        }
        return [.. estimates.Select(
            (f, cell) => new GroupAudit(data.Grouping.Levels(cell), data.Scored[cell], data.Unpredicted[cell],
            f, target.Kind == TargetKind.Numeric || target.NoTruth || !target.Detailed ? null : data.Confusion[cell]))];
    }

    /// <summary>A proportion with its Wilson interval; below the minimum count only the interval and the counts.
    /// Clustered rows count as <paramref name="effective"/> independent ones.</summary>
    public static Estimate Rate(string metric, long numerator, long denominator, AuditOptions options,
        string? @class = null,
        double? effective = null)
    {
        if (denominator == 0)
            return new(metric, null, null, null, 0, Reason: NoRows, Class: @class);
        var n = effective ?? denominator;
        var interval = Interval.Wilson(Math.Min(n, n * numerator / denominator), n, Interval.Z(options.Confidence));
        var small = denominator < options.MinimumCount;
        var fewer = Math.Min(numerator, denominator - numerator) * (n / denominator);
        return new(metric, small ? null : (double)numerator / denominator, interval.Low, interval.High, denominator,
            numerator, "wilson", small ? TooSmall(denominator, options.MinimumCount) : null, @class,
            EffectiveN: effective,
            Rough: fewer < FewOutcomes ? true : null);
    }

    /// <summary>With fewer rows above or below a rate the coverage of its interval jumps: benchmarks/auditing has the
    /// table.</summary>
    private const int FewOutcomes = 5;

    /// <summary>A mean with its bootstrap interval; the interval of very few values would be too narrow and is left
    /// out. The values come in ascending order, so that the order of rows does not matter to the last bit.</summary>
    public static Estimate Mean(string metric, ReadOnlySpan<double> sorted, AuditOptions options)
    {
        if (Refuse(metric, sorted.Length, options) is { } refusal)
            return refusal;
        var interval = Bootstrap.Mean(sorted, metric, options);
        return new(metric, Moments.Of(sorted).Mean, interval.Low, interval.High, sorted.Length, null,
            sorted.Length >= Bootstrap.ExpandFrom ? "bootstrap expansion" : "bootstrap");
    }

    /// <summary>The estimate of a metric that has too few rows, or null where there are enough.</summary>
    public static Estimate? Refuse(string metric, int rows, AuditOptions options, int minimum = 0,
        string? @class = null)
    {
        minimum = Math.Max(Math.Max(minimum, options.MinimumCount), 2);
        return rows >= minimum ? null
            : new(metric, null, null, null, rows, Reason: rows == 0 ? NoRows : TooSmall(rows, minimum), Class: @class);
    }

    private const string NoRows = "not estimable: no rows";

    private static string TooSmall(long n, int minimum) =>
        $"too small: {n} row{(n == 1 ? "" : "s")}, fewer than {minimum}";

    private static IEnumerable<Estimate> LabelRates(GroupedRows data, int cell, AuditOptions options)
    {
        var (target, confusion) = (data.Target, data.Confusion[cell]);
        if (!target.NoTruth)
            yield return data.Rate(Metrics.Accuracy.Key, cell, data.Right[cell], data.Scored[cell], options,
                r => (target.Truth[r] == target.Predicted[r] ? 1 : 0, 1));
        for (var k = 0; k < confusion.Length; k++)
        {
            var (label, counts) = (k, BinaryCounts.Of(confusion, k));
            foreach (var rate in RateMetric.All.Where(r => !target.NoTruth || r.Metric == Metrics.SelectionRate))
            {
                var (numerator, denominator) = rate.Counts(counts);
                yield return data.Rate(rate.Metric.Key, cell, numerator, denominator, options,
                    r => rate.Counts(BinaryCounts.OfRow(target.Truth[r] == label, target.Predicted[r] == label)),
                    target.Classes[k]);
            }
        }
    }
}
