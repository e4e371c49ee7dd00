namespace FaceBias.Auditing;

/// <summary>What the probabilities of a label are worth: losses and calibration.</summary>
internal static class ProbabilityMetrics
{
    public static void Add(GroupedRows data, List<Estimate>[] estimates, AuditOptions options)
    {
        var (target, ranks) = (data.Target, data.Ranks);
        var p = target.Probabilities!;
        Each(ranks.Loss!, (cell, loss) =>
        {
            var rows = loss.Rows(cell);
            var mean = data.Mean(Metrics.LogLoss.Key, loss, cell, options);
            estimates[cell].Add(mean);
            estimates[cell].Add(Reduction(target, rows, mean));
        });
        Each(ranks.Squares!,
            (cell, squares) => estimates[cell].Add(data.Mean(Metrics.Brier.Key, squares, cell, options)));
        Each(ranks.Confidence!, (cell, confidence) =>
        {
            var rows = confidence.Rows(cell);
            for (var k = 2; k <= 3 && k < p.Length; k++)
            {
                var (among, limit) = (0, k);
                foreach (var row in rows)
                    among += Rank(p, target.Truth[row], row) < k ? 1 : 0;
                estimates[cell].Add(data.Rate(Metrics.TopK(k).Key, cell, among, rows.Length, options,
                    r => double.IsNaN(p[0][r]) ? (0, 0) : (Rank(p, target.Truth[r], r) < limit ? 1 : 0, 1)));
            }
            if (data.Ranks.Weights is not null)
                return;
            var sure = new Calibration(target, rows, confidence.Memory(cell));
            estimates[cell].Add(Unclustered(data, sure.Error(options)));
            estimates[cell].Add(Unclustered(data, sure.Slope(options)));
        });
        Each(ranks.Overconfidence!,
            (cell, over) => estimates[cell].Add(data.Mean(Metrics.CalibrationOffset.Key, over, cell, options)));

        // One ranking is dealt out at a time, which is what bounds the memory of millions of rows.
        void Each(RankedRows ranking, Action<int, CellValues> measure)
        {
            var dealt = ranking.Deal(data.Grouping);
            for (var cell = 0; cell < estimates.Length; cell++)
                measure(cell, dealt);
        }
    }

    /// <summary>The intervals of calibration take rows as independent; where they are not, none is given.</summary>
    private static Estimate Unclustered(GroupedRows data, Estimate estimate) =>
        data.Clusters is null || estimate.Value is null
        ? estimate : estimate with { Low = null, High = null, Method = null,
            Reason = "no interval: there is none for clustered rows" };

    private static int Rank(double[][] p, int truth, int row)
    {
        var rank = 0;
        for (var k = 0; k < p.Length; k++)
            rank += p[k][row] > p[truth][row] || (p[k][row] == p[truth][row] && k < truth) ? 1 : 0;
        return rank;
    }

    /// <summary>The loss is divided by the entropy of the group's own labels, which is taken as known.</summary>
    private static Estimate Reduction(TargetData target, ReadOnlySpan<int> rows, Estimate loss)
    {
        var counts = new int[target.Classes.Length];
        foreach (var row in rows)
            counts[target.Truth[row]]++;
        var total = (double)rows.Length;
        var entropy = counts.Where(c => c > 0).Sum(c => -c / total * Math.Log(c / total));
        return loss with
        {
            Metric = Metrics.LogLossReduction.Key,
            Value = entropy > 0 ? 1 - (loss.Value / entropy) : null,
            Low = entropy > 0 ? 1 - (loss.High / entropy) : null,
            High = entropy > 0 ? 1 - (loss.Low / entropy) : null,
            Reason = loss.Reason ?? (entropy > 0 ? null : "not estimable: all rows have one label"),
        };
    }
}
