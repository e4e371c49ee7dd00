using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;

namespace FaceBias.Auditing;

/// <summary>One target's rows, dealt out to the cells of one grouping.</summary>
internal sealed class GroupedRows
{
    public GroupedRows(TargetRanks ranks, Grouping grouping)
    {
        (Ranks, Grouping, Target) = (ranks, grouping, ranks.Target);
        var cells = grouping.CellCount;
        (Scored, Unpredicted) = (new int[cells], new int[cells]);
        var classes = Target.Classes.Length;
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
            if (Target.Kind == TargetKind.Categorical)
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

    /// <summary>Counts [cell][truth][prediction] of a label; empty for a number.</summary>
    public long[][][] Confusion { get; }

    /// <summary>The cells' clusters; null where every row stands for itself.</summary>
    public ClusteredRows? Clusters { get; }

    /// <summary>The sizes of a number's errors.</summary>
    public CellValues? AbsoluteError { get; }

    /// <summary>A number's errors.</summary>
    public CellValues? SignedError { get; }

    /// <summary>A cell's values as independent ones: themselves, or one for each cluster.</summary>
    public ReadOnlySpan<double> Independent(CellValues values, int cell) =>
        Clusters is null ? values[cell] : Clusters.PseudoValues(cell, values.Rows(cell), values[cell]);

    /// <summary>A proportion of a cell's rows with its interval.</summary>
    public Estimate Rate(string metric, int cell, long numerator, long denominator, AuditOptions options,
        Func<int, (long Numerator, long Denominator)> counts, string? @class = null) => GroupMeasures.Rate(
            metric, numerator, denominator, options, @class, denominator == 0 ? null : Clusters?.Effective(cell, counts));

    /// <summary>A mean over a cell's rows with its interval.</summary>
    public Estimate Mean(string metric, CellValues values, int cell, AuditOptions options)
    {
        var rows = values[cell];
        if (Clusters is null || GroupMeasures.Refuse(metric, rows.Length, options) is not null)
            return GroupMeasures.Mean(metric, rows, options);
        var independent = Independent(values, cell);
        return independent.Length < 2
            ? new(metric, Moments.Of(rows).Mean, null, null, rows.Length, Reason: "no interval: all rows are of one cluster", EffectiveN: 1)
            : GroupMeasures.Mean(metric, independent, options with { MinimumCount = 2 }) with
            {
                Value = Moments.Of(rows).Mean, Denominator = rows.Length, EffectiveN = independent.Length,
                Method = "cluster bootstrap",
            };
    }
}
