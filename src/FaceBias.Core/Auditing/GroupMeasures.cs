using FaceBias.Core.Data;

namespace FaceBias.Core.Auditing;

/// <summary>The figures of one group.</summary>
internal static class GroupMeasures
{
    /// <param name="target">The target.</param>
    /// <param name="ranks">Per class, the target's ranks among all rows; empty without probabilities.</param>
    /// <param name="rows">The group's rows.</param>
    /// <param name="levels">The group's levels.</param>
    /// <param name="options">The audit's options.</param>
    public static GroupAudit Of(TargetData target, IReadOnlyList<CrossRanks> ranks, int[] rows, IReadOnlyList<string> levels,
        AuditOptions options)
    {
        int[] labelled = [.. rows.Where(target.HasTruth)];
        int[] scored = [.. labelled.Where(target.HasPrediction)];
        var unpredicted = labelled.Length - scored.Length;
        if (target.Kind == TargetKind.Numeric)
            return new(levels, scored.Length, unpredicted, NumericMeasures.Of(target, scored, options), null);
        var confusion = Confusion(target, scored);
        return new(levels, scored.Length, unpredicted,
        [
            .. LabelRates(target, confusion, scored.Length, options),
            .. ProbabilityMetrics.Of(target, scored, options),
            .. Areas(target, ranks, scored, options),
        ], confusion);
    }

    /// <summary>A proportion with its Wilson interval; below the minimum count only the interval and the counts.</summary>
    public static Estimate Rate(string metric, long numerator, long denominator, AuditOptions options, string? @class = null)
    {
        if (denominator == 0)
            return new(metric, null, null, null, 0, Reason: NoRows, Class: @class);
        var interval = Interval.Wilson(numerator, denominator, Interval.Z(options.Confidence));
        var small = denominator < options.MinimumCount;
        return new(metric, small ? null : (double)numerator / denominator, interval.Low, interval.High, denominator,
            numerator, "wilson", small ? TooSmall(denominator, options.MinimumCount) : null, @class);
    }

    /// <summary>A mean with its bootstrap interval; the interval of very few values would be too narrow and is left
    /// out. The values are sorted in place, so that the order of rows does not matter to the last bit.</summary>
    public static Estimate Mean(string metric, double[] values, AuditOptions options)
    {
        if (Refuse(metric, values.Length, options) is { } refusal)
            return refusal;
        Array.Sort(values);
        var interval = Bootstrap.Mean(values, metric, options);
        return new(metric, Moments.Of(values).Mean, interval.Low, interval.High, values.Length, null,
            values.Length >= Bootstrap.ExpandFrom ? "bootstrap expansion" : "bootstrap");
    }

    /// <summary>The estimate of a metric that has too few rows, or null where there are enough.</summary>
    public static Estimate? Refuse(string metric, int rows, AuditOptions options, int minimum = 0, string? @class = null)
    {
        minimum = Math.Max(Math.Max(minimum, options.MinimumCount), 2);
        return rows >= minimum ? null
            : new(metric, null, null, null, rows, Reason: rows == 0 ? NoRows : TooSmall(rows, minimum), Class: @class);
    }

    private const string NoRows = "not estimable: no rows";

    private static string TooSmall(long n, int minimum) => $"too small: {n} row{(n == 1 ? "" : "s")}, fewer than {minimum}";

    private static long[][] Confusion(TargetData target, int[] rows)
    {
        var confusion = new long[target.Classes.Length][];
        for (var i = 0; i < confusion.Length; i++)
            confusion[i] = new long[confusion.Length];
        foreach (var row in rows)
            confusion[target.Truth[row]][target.Predicted[row]]++;
        return confusion;
    }

    private static IEnumerable<Estimate> LabelRates(TargetData target, long[][] confusion, int n, AuditOptions options)
    {
        yield return Rate(Metrics.Accuracy.Key, confusion.Select((row, i) => row[i]).Sum(), n, options);
        for (var k = 0; k < confusion.Length; k++)
        {
            var counts = BinaryCounts.Of(confusion, k);
            foreach (var rate in RateMetric.All)
            {
                var (numerator, denominator) = rate.Counts(counts);
                yield return Rate(rate.Metric.Key, numerator, denominator, options, target.Classes[k]);
            }
        }
    }

    private static IEnumerable<Estimate> Areas(TargetData target, IReadOnlyList<CrossRanks> ranks, int[] rows, AuditOptions options)
    {
        var z = Interval.Z(options.Confidence);
        for (var k = 0; k < ranks.Count; k++)
        {
            var scores = target.Probabilities![k];
            int[] scored = [.. rows.Where(r => !double.IsNaN(scores[r]))];
            double[] positives = [.. scored.Where(r => target.Truth[r] == k).Select(r => scores[r])];
            double[] negatives = [.. scored.Where(r => target.Truth[r] != k).Select(r => scores[r])];
            var own = double.NaN;
            if (Unfit(Metrics.Auc, positives.Length, negatives.Length) is { } unfit)
            {
                yield return unfit;
                if (positives.Length > 0 && negatives.Length > 0)
                    own = RankMetrics.DeLong(positives, negatives, z).Auc;
            }
            else
            {
                var (auc, interval, method) = RankMetrics.DeLong(positives, negatives, z);
                own = auc;
                yield return new(Metrics.Auc.Key, auc, interval.Low, interval.High, rows.Length, null, method, null, target.Classes[k]);
            }
            foreach (var (metric, groupPositives) in new[] { (Metrics.AucBpsn, false), (Metrics.AucBnsp, true) })
            {
                var (auc, p, n) = ranks[k].Against(scored, own, groupPositives);
                if (Unfit(metric, p, n) is { } missing)
                {
                    yield return missing;
                    continue;
                }
                // Subtracting the group from all rows can leave rounding beyond the bounds.
                auc = Math.Clamp(auc, 0, 1);
                var interval = RankMetrics.HanleyMcNeil(auc, p, n, z);
                yield return new(metric.Key, auc, interval.Low, interval.High, p + n, null, "hanley-mcneil", null, target.Classes[k]);
            }

            Estimate? Unfit(Metric metric, long p, long n) => Math.Min(p, n) >= options.MinimumCount ? null
                : new(metric.Key, null, null, null, p + n, Class: target.Classes[k], Reason: Math.Min(p, n) == 0
                    ? "not estimable: it takes rows of the class and rows of others"
                    : $"too small: {p} rows of the class and {n} of others, fewer than {options.MinimumCount}");
        }
    }
}
