namespace FaceBias.Auditing;

/// <summary>Rows in ascending order of a value. A target is sorted once; every grouping then deals the rows out to its
/// cells in that order, so that no cell is sorted again and sums do not depend on the order of the table's rows. Only
/// the order is kept: of ten million rows the values of every ranking would not fit beside each other, and are computed
/// anew.</summary>
internal sealed class RankedRows
{
    private readonly Func<int, double> _value;

    private RankedRows(int[] rows, Func<int, double> value) => (Rows, _value) = (rows, value);

    public int[] Rows { get; }

    /// <summary>The values of all rows, ascending.</summary>
    public double[] Values() => Array.ConvertAll(Rows, r => _value(r));

    /// <summary>The value of a row of the table.</summary>
    public double Value(int row) => _value(row);

    /// <param name="then">Orders rows of equal value; null where their order makes no difference.</param>
    public static RankedRows Of(ReadOnlySpan<int> rows, Func<int, double> value, Func<int, double>? then = null)
    {
        int[] sorted = [.. rows];
        var values = new double[sorted.Length];
        for (var i = 0; i < sorted.Length; i++)
            values[i] = value(sorted[i]);
        Array.Sort(values, sorted);
        for (int start = 0, end; then is not null && start < sorted.Length; start = end)
        {
            for (end = start + 1; end < sorted.Length && values[end] == values[start];)
                end++;
            var tied = sorted.AsSpan(start, end - start);
            if (tied.Length == 1)
                continue;
            var keys = new double[tied.Length];
            for (var i = 0; i < keys.Length; i++)
                keys[i] = then(tied[i]);
            keys.AsSpan().Sort(tied);
        }
        return new(sorted, value);
    }

    /// <summary>Deals the rows out to the cells of a grouping, each in ascending order.</summary>
    public CellValues Deal(Grouping grouping)
    {
        var start = new int[grouping.CellCount + 1];
        foreach (var row in Rows)
            start[grouping.Cells[row] + 1]++;
        for (var cell = 0; cell < grouping.CellCount; cell++)
            start[cell + 1] += start[cell];
        int[] next = [.. start[..^1]];
        int[] rows = new int[Rows.Length];
        var values = new double[Rows.Length];
        for (var i = 0; i < Rows.Length; i++)
        {
            var at = next[grouping.Cells[Rows[i]]]++;
            (rows[at], values[at]) = (Rows[i], _value(Rows[i]));
        }
        return new(start, rows, values);
    }
}

/// <summary>The values of each cell of a grouping, ascending, and the rows that they belong to.</summary>
internal sealed class CellValues(int[] start, int[] rows, double[] values)
{
    public ReadOnlySpan<double> this[int cell] => values.AsSpan(start[cell]..start[cell + 1]);

    public ReadOnlyMemory<double> Memory(int cell) => values.AsMemory(start[cell]..start[cell + 1]);

    public ReadOnlySpan<int> Rows(int cell) => rows.AsSpan(start[cell]..start[cell + 1]);
}
