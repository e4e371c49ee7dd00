namespace FaceBias.Auditing;

/// <summary>The areas under the ROC curve of the groups: within a group, and against the background.</summary>
internal static class AreaMeasures
{
    public static void Add(GroupedRows data, List<Estimate>[] estimates, AuditOptions options)
    {
        for (var k = 0; k < data.Ranks.Classes.Count; k++)
        {
            var ranks = data.Ranks.Classes[k];
            var dealt = ranks.Scores.Deal(data.Grouping);
            for (var cell = 0; cell < estimates.Length; cell++)
                estimates[cell].AddRange(Of(data, ranks, dealt, cell, data.Target.Classes[k], options));
        }
    }

    private static List<Estimate> Of(GroupedRows data, CrossRanks ranks, CellValues dealt, int cell, string name,
        AuditOptions options)
    {
        var rows = dealt.Rows(cell);
        var z = Interval.Z(options.Confidence);
        var (positives, negatives) = ranks.Part(rows, dealt[cell]);
        var (own, interval, method) = positives.Length > 0 && negatives.Length > 0
            ? RankMetrics.DeLong(positives, negatives, z) : (double.NaN, default, "");
        if (data.Clusters is { } clusters && method == "delong")
            (interval, method) =
                (RankMetrics.Obuchowski(own, Influence(ranks, rows, positives, negatives, own), rows, clusters, cell,
                    z), "obuchowski");
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
            if (data.Clusters is not null)
            {
                found.Add(new(metric.Key, auc, null, null, p + n,
                    Reason: "no interval: there is none for clustered rows", Class: name));
                continue;
            }
            var around = RankMetrics.HanleyMcNeil(auc, p, n, z);
            found.Add(new(metric.Key, auc, around.Low, around.High, p + n, null, "hanley-mcneil", null, name));
        }
        return found;

        Estimate? Unfit(Metric metric, long p, long n) => Math.Min(p, n) >= options.MinimumCount ? null
            : new(metric.Key, null, null, null, p + n, Class: name, Reason: Math.Min(p, n) == 0
                ? "not estimable: it takes rows of the class and rows of others"
                : $"too small: {p} rows of the class and {n} of others, fewer than {options.MinimumCount}");
    }

    /// <summary>What each row adds to an AUC beyond its share: (placement - AUC) / size of its class.</summary>
    private static double[] Influence(CrossRanks ranks, ReadOnlySpan<int> rows, double[] positives, double[] negatives,
        double auc)
    {
        var below = RankMetrics.Placements(positives, negatives);
        var above = RankMetrics.Placements(negatives, positives);
        var influence = new double[rows.Length];
        for (int i = 0, p = 0, n = 0; i < rows.Length; i++)
            influence[i] = ranks.IsPositive(rows[i]) ? (below[p++] - auc) / positives.Length
                : (1 - above[n++] - auc) / negatives.Length;
        return influence;
    }
}
