namespace FaceBias.Core.Auditing;

/// <summary>The areas under the ROC curve of the groups: within a group, and against the background.</summary>
internal static class AreaMeasures
{
    public static void Add(GroupedRows data, List<Estimate>[] figures, AuditOptions options)
    {
        for (var k = 0; k < data.Ranks.Classes.Count; k++)
        {
            var ranks = data.Ranks.Classes[k];
            var dealt = ranks.Scores.Deal(data.Grouping);
            for (var cell = 0; cell < figures.Length; cell++)
                figures[cell].AddRange(Of(ranks, dealt.Rows(cell), dealt[cell], data.Target.Classes[k], options));
        }
    }

    private static List<Estimate> Of(CrossRanks ranks, ReadOnlySpan<int> rows, ReadOnlySpan<double> scores, string name, AuditOptions options)
    {
        var z = Interval.Z(options.Confidence);
        var (positives, negatives) = ranks.Part(rows, scores);
        var (own, interval, method) = positives.Length > 0 && negatives.Length > 0
            ? RankMetrics.DeLong(positives, negatives, z) : (double.NaN, default, "");
        List<Estimate> found =
        [
            Unfit(Metrics.Auc, positives.Length, negatives.Length)
                ?? new(Metrics.Auc.Key, own, interval.Low, interval.High, rows.Length, null, method, null, name),
        ];
        foreach (var (metric, groupPositives) in new[] { (Metrics.AucBpsn, false), (Metrics.AucBnsp, true) })
        {
            var (auc, p, n) = ranks.Against(rows, own, groupPositives);
            if (Unfit(metric, p, n) is { } missing)
            {
                found.Add(missing);
                continue;
            }
            // Subtracting the group from all rows can leave rounding beyond the bounds.
            auc = Math.Clamp(auc, 0, 1);
            var around = RankMetrics.HanleyMcNeil(auc, p, n, z);
            found.Add(new(metric.Key, auc, around.Low, around.High, p + n, null, "hanley-mcneil", null, name));
        }
        return found;

        Estimate? Unfit(Metric metric, long p, long n) => Math.Min(p, n) >= options.MinimumCount ? null
            : new(metric.Key, null, null, null, p + n, Class: name, Reason: Math.Min(p, n) == 0
                ? "not estimable: it takes rows of the class and rows of others"
                : $"too small: {p} rows of the class and {n} of others, fewer than {options.MinimumCount}");
    }
}
