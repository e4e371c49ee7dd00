namespace FaceBias.Auditing;

/// <summary>Which cell of a combination of attributes each row falls into. Cells without rows exist too.</summary>
internal sealed class Grouping
{
    /// <summary>More cells than this could not be read by anybody.</summary>
    public const int MaximumCells = 10_000;

    private readonly AttributeData[] _attributes;

    private Grouping(AttributeData[] attributes, int rowCount)
    {
        _attributes = attributes;
        var cells = 1L;
        foreach (var a in attributes)
            cells *= a.Levels.Length;
        if (cells > MaximumCells)
            throw new FaceBiasException(
                $"The groups {string.Join(" x ", attributes.Select(a => a.Name))} make {cells:N0} intersections, more than "
                + $"the {MaximumCells:N0} that can be listed; name fewer groups or a smaller ‹IntersectionDepth›.");
        CellCount = (int)cells;
        Cells = new ushort[rowCount];
        foreach (var a in attributes)
        {
            for (var row = 0; row < rowCount; row++)
                Cells[row] = (ushort)((Cells[row] * a.Levels.Length) + a.Codes[row]);
        }
    }

    public string[] Attributes => [.. _attributes.Select(a => a.Name)];

    /// <summary>Whether this is one attribute whose levels have an order.</summary>
    public bool IsOrdered => _attributes is [{ Ordered: true }];

    public int CellCount { get; }

    /// <summary>The cell of each row.</summary>
    public ushort[] Cells { get; }

    public static Grouping Everything(int rowCount) => new([], rowCount);

    /// <summary>All combinations of 1 to <paramref name="depth"/> attributes, the fewer attributes the
    /// earlier.</summary>
    public static List<Grouping> All(IReadOnlyList<AttributeData> attributes, int depth, int rowCount) => [..
        Enumerable.Range(1, Math.Min(depth, attributes.Count))
            .SelectMany(size => Choose(attributes, size, 0)).Select(c => new Grouping([.. c], rowCount))];

    /// <summary>The levels of a cell, one per attribute.</summary>
    public string[] Levels(int cell)
    {
        var levels = new string[_attributes.Length];
        for (var i = levels.Length - 1; i >= 0; i--)
        {
            var size = _attributes[i].Levels.Length;
            levels[i] = _attributes[i].Levels[cell % size];
            cell /= size;
        }
        return levels;
    }

    private static IEnumerable<IEnumerable<AttributeData>> Choose(IReadOnlyList<AttributeData> from, int size,
        int start) =>
        size == 0 ? [[]] : Enumerable.Range(start, from.Count - start)
            .SelectMany(i => Choose(from, size - 1, i + 1).Select(rest => rest.Prepend(from[i])));
}
