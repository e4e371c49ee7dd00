using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>A column that is not used, and why.</summary>
internal sealed record LeftOutColumn(string Name, string Reason);

/// <summary>Decides what the columns of labels hold, and which cannot be kept in a manifest.</summary>
internal static class LabelColumns
{
    /// <summary>Columns of the kinds that they have for every command: numbers that are codes of classes become
    /// text.</summary>
    /// <param name="used">Columns that somebody asked for; null for all, of which none may then stop anything.</param>
    public static LabelSet Decide(LabelSet labels, ColumnKinds kinds, IReadOnlyCollection<string>? used)
    {
        var notices = labels.Notices.ToList();
        var leftOut = new List<LeftOutColumn>();
        var columns = new List<Column>();
        var names = new HashSet<string>(Manifest.Reserved, StringComparer.OrdinalIgnoreCase);
        // Those that are used have the first say about a name.
        foreach (var column in labels.Table.Columns.OrderBy(c => used?.Contains(c.Name) == false))
        {
            var wanted = used?.Contains(column.Name) == true;
            if (!wanted && !names.Add(column.Name))
            {
                leftOut.Add(new(column.Name, Manifest.Reserved.Contains(column.Name, StringComparer.OrdinalIgnoreCase)
                    ? "the manifest has a column of that name" : "another column has the same name but for case"));
                continue;
            }
            names.Add(column.Name);
            columns.Add(wanted ? Of(column, kinds, notices) : column);
        }
        var order = labels.Table.Columns.Select((c, i) => (c.Name, i)).ToDictionary(c => c.Name, c => c.i,
            StringComparer.Ordinal);
        return labels with { Table = labels.Table.With(columns.OrderBy(c => order[c.Name])), Notices = notices,
            LeftOut = [.. labels.LeftOut, .. leftOut], Kinds = kinds };
    }

    private static Column Of(Column column, ColumnKinds kinds, List<LabelNotice> notices)
    {
        var decision = KindRule.Of([column], kinds);
        // What has to be asked is asked with everything else that is wrong.
        if (decision.Kind is not { } kind)
            return column;
        if (decision.Sentence is { } assumed)
            notices.Add(new("assumed", 1, assumed));
        var table = new Table([column]);
        return kind == TargetKind.Numeric ? table.Number(column.Name)
            : column is NumberColumn n && Array.TrueForAll(n.Values, v => double.IsNaN(v) || v == Math.Floor(v))
                ? Codes(n) : column;
    }

    private static TextColumn Codes(NumberColumn numbers)
    {
        double[] distinct = [.. numbers.Values.Where(v => !double.IsNaN(v)).Distinct().Order()];
        return new(numbers.Name,
            [.. numbers.Values.Select(v => double.IsNaN(v) ? -1 : Array.BinarySearch(distinct, v))],
            [.. distinct.Select(v => v.ToString(CultureInfo.InvariantCulture))])
        { Header = numbers.Header };
    }
}
