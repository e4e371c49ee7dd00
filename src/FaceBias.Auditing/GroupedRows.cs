namespace FaceBias.Auditing;

/// <summary>One target's rows, dealt out to the cells of one grouping.</summary>
internal sealed class GroupedRows
{
    public GroupedRows(TargetRanks ranks, Grouping grouping)
    {
        (Ranks, Grouping, Target) = (ranks, grouping, ranks.Target);
        var cells = grouping.CellCount;
        (Scored, Unpredicted) = (new int[cells], new int[cells]);
        var classes = Target.Detailed ? Target.Classes.Length : 0;
        Right = new long[cells];
        Confusion = Target.Kind == TargetKind.Numeric ? [] : [.. Enumerable.Range(0, cells)
            .Select(_ => Enumerable.Range(0, classes).Select(_ => new long[classes]).ToArray())];
        for (var row = 0; row < grouping.Cells.Length; row++)
        {
            if (!Target.HasTruth(row))
                continue;
            var cell = grouping.Cells[row];
            if (!Target.HasPrediction(row))
            {
                Unpredicted[cell]++;
                continue;
            }
            Scored[cell]++;
            if (Target.Kind != TargetKind.Categorical)
                continue;
            Right[cell] += Target.Truth[row] == Target.Predicted[row] ? 1 : 0;
            if (Target.Detailed)
                Confusion[cell][Target.Truth[row]][Target.Predicted[row]]++;
        }
        Clusters = ranks.Clusters is { } clusters ? new(clusters, ranks.Scored, grouping) : null;
        AbsoluteError = ranks.AbsoluteError?.Deal(grouping);
        SignedError = ranks.SignedError?.Deal(grouping);
    }

    public TargetData Target { get; }

    public TargetRanks Ranks { get; }

    public Grouping Grouping { get; }

    /// <summary>Rows of each cell with a truth and a prediction.</summary>
    public int[] Scored { get; }

    /// <summary>Rows of each cell with a truth but no prediction.</summary>
    public int[] Unpredicted { get; }

    /// <summary>Right labels of each cell.</summary>
    public long[] Right { get; }

    /// <summary>Counts [cell][truth][prediction] of a label; empty for a number, and where there are too many
    /// classes.</summary>
    public long[][][] Confusion { get; }

    /// <summary>The cells' clusters; null where every row stands for itself.</summary>
    public ClusteredRows? Clusters { get; }

    /// <summary>The sizes of a number's errors.</summary>
    public CellValues? AbsoluteError { get; }

    /// <summary>A number's errors.</summary>
    public CellValues? SignedError { get; }

    /// <summary>A cell's values as independent ones: themselves, or one for each cluster.</summary>
    public ReadOnlySpan<double> Independent(CellValues values, int cell) =>
        Ranks.Weights is { } weights ? Weighted(values, cell, weights)
            : Clusters is null ? values[cell] : Clusters.PseudoValues(cell, values.Rows(cell), values[cell]);

    /// <summary>Whether rows count as other than one independent row each.</summary>
    public bool IsPlain => Clusters is null && Ranks.Weights is null;

    /// <summary>One value per row, ascending, whose mean is the weighted one and whose spread is that of a weighted
    /// mean, linearised: mean + (value - mean) * weight / mean weight.</summary>
    private static double[] Weighted(CellValues values, int cell, double[] weights)
    {
        var own = values[cell];
        var rows = values.Rows(cell);
        double sum = 0, total = 0;
        for (var i = 0; i < rows.Length; i++)
            (sum, total) = (sum + (weights[rows[i]] * own[i]), total + weights[rows[i]]);
        var pseudo = new double[rows.Length];
        for (var i = 0; i < rows.Length && total > 0; i++)
            pseudo[i] = (sum / total) + ((own[i] - (sum / total)) * weights[rows[i]] * rows.Length / total);
        Array.Sort(pseudo);
        return pseudo;
    }

    /// <summary>A weighted proportion, with the interval of as many rows as the weights are worth: (Σ w)² / Σ w² (Kish
    /// 1965).</summary>
    private Estimate WeightedRate(string metric, int cell, long numerator, long denominator, AuditOptions options,
        Func<int, (long Numerator, long Denominator)> counts, string? @class, double[] weights)
    {
        double above = 0, all = 0, squares = 0;
        foreach (var row in Ranks.Scored)
        {
            if (Grouping.Cells[row] != cell || counts(row) is not { Denominator: > 0 } c)
                continue;
            above += weights[row] * c.Numerator;
            all += weights[row];
            squares += weights[row] * weights[row];
        }
        if (all == 0)
            return GroupMeasures.Rate(metric, 0, 0, options, @class);
        var effective = all * all / squares;
        var plain = GroupMeasures.Rate(metric, numerator, denominator, options, @class, effective);
        var interval = Interval.Wilson(Math.Clamp(effective * above / all, 0, effective), effective,
            Interval.Z(options.Confidence));
        var weighted = plain with { Value = plain.Value is null ? null : above / all, Low = interval.Low,
            High = interval.High, Method = "wilson, weighted" };
        return Worth(weighted, effective, options);
    }

    /// <summary>An estimate, or the reason why there is none: of rows that a few weights outweigh nothing can be
    /// said.</summary>
    private static Estimate Worth(Estimate estimate, double effective, AuditOptions options) =>
        estimate.Value is null || effective >= options.MinimumCount ? estimate : estimate with
        {
            Value = null,
            Reason = FormattableString.Invariant(
                $"not estimable: its weights make {estimate.Denominator:N0} rows worth {effective:0.#}, fewer than {options.MinimumCount}"),
        };

    /// <summary>A proportion of a cell's rows with its interval.</summary>
    public Estimate Rate(string metric, int cell, long numerator, long denominator, AuditOptions options,
        Func<int, (long Numerator, long Denominator)> counts, string? @class = null)
    {
        if (Ranks.Weights is { } weights && denominator > 0)
            return WeightedRate(metric, cell, numerator, denominator, options, counts, @class, weights);
        var rate = GroupMeasures.Rate(metric, numerator, denominator, options, @class,
            denominator == 0 ? null : Clusters?.Effective(cell, counts));
        return denominator > 0 && Clusters?.Count(cell) < FewClusters ? rate with { Rough = true } : rate;
    }

    /// <summary>Of fewer clusters the spread is known too badly for an interval to hold its confidence:
    /// benchmarks/auditing has the table.</summary>
    private const int FewClusters = 30;

    /// <summary>A mean over a cell's rows with its interval.</summary>
    public Estimate Mean(string metric, CellValues values, int cell, AuditOptions options)
    {
        var rows = values[cell];
        if (IsPlain || GroupMeasures.Refuse(metric, rows.Length, options) is not null)
            return GroupMeasures.Mean(metric, rows, options);
        if (Ranks.Weights is { } weights)
        {
            var own = values.Rows(cell);
            double all = 0, squares = 0;
            foreach (var row in own)
                (all, squares) = (all + weights[row], squares + (weights[row] * weights[row]));
            return all == 0 ? new(metric, null, null, null, own.Length, Reason: "not estimable: all weights are 0")
                : Worth(GroupMeasures.Mean(metric, Weighted(values, cell, weights), options) with
                    { EffectiveN = all * all / squares, Method = "bootstrap, weighted" }, all * all / squares, options);
        }
        var independent = Independent(values, cell);
        return independent.Length < 2
            ? new(metric, Moments.Of(rows).Mean, null, null, rows.Length,
                Reason: "no interval: all rows are of one cluster", EffectiveN: 1)
            : GroupMeasures.Mean(metric, independent, options with { MinimumCount = 2 }) with
            {
                Value = Moments.Of(rows).Mean, Denominator = rows.Length, EffectiveN = independent.Length,
                Method = "cluster bootstrap",
            };
    }
}
