using FaceBias.Core.Data;

namespace FaceBias.Core.Auditing;

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

    /// <summary>The sizes of a number's errors.</summary>
    public CellValues? AbsoluteError { get; }

    /// <summary>A number's errors.</summary>
    public CellValues? SignedError { get; }
}
