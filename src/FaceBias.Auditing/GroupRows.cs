namespace FaceBias.Auditing;

/// <summary>Which rows an audit's groups consist of, for who computes metrics of his own on them.</summary>
internal static class GroupRows
{
    /// <summary>The rows [cell][] of each grouping of an audit, in the order of <see cref="TargetAudit.Groupings"/> and
    /// their groups.</summary>
    public static IReadOnlyList<int[][]> Of(Table table, AuditOptions options)
    {
        var data = new PredictionTable(table, options);
        return [.. Grouping.All(data.Attributes, options.Depth(data.Attributes.Count), data.RowCount).Select(g =>
        {
            var cells = Enumerable.Range(0, data.RowCount).ToLookup(row => (int)g.Cells[row]);
            return Enumerable.Range(0, g.CellCount).Select(cell => cells[cell].ToArray()).ToArray();
        })];
    }
}
