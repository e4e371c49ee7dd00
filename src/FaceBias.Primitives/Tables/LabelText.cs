namespace FaceBias.Primitives.Tables;

/// <summary>Labels of an image as people read them.</summary>
internal static class LabelText
{
    /// <summary>One value, or null where it is missing.</summary>
    public static string? Of(Column column, int row) => column.IsMissing(row) ? null
        : column is TextColumn text ? text[row] : ((NumberColumn)column)[row].ToString(CultureInfo.InvariantCulture);

    /// <summary>All values as <c>gender=male; age=30</c>, or null where there are none.</summary>
    public static string? Of(IReadOnlyList<Column> labels, int row)
    {
        var parts = labels.Where(l => !l.IsMissing(row)).Select(l => $"{l.Name}={Of(l, row)}").ToArray();
        return parts.Length == 0 ? null : string.Join("; ", parts);
    }
}
