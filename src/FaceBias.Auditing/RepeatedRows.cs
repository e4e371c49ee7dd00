namespace FaceBias.Auditing;

/// <summary>Rows that are probably not independent: several of one person, or of one picture.</summary>
internal static class RepeatedRows
{
    /// <summary>So many rows of one value on average make intervals noticeably too narrow.</summary>
    private const double Repeated = 1.05;
    private const int FewestUnits = 5;

    /// <summary>Says which column names persons or pictures that have several rows, where nobody said that rows belong
    /// together.</summary>
    /// <param name="rows">The audited rows; null for all.</param>
    /// <param name="used">Columns that have another use.</param>
    public static void Say(Table table, int[]? rows, AuditOptions options, IReadOnlySet<string> used,
        List<string> notices)
    {
        if (options.Cluster is not null || options.Weights is not null)
            return;
        var asked = (options.Groups ?? []).Concat(options.Control).ToHashSet(StringComparer.Ordinal);
        var units = from column in table.Columns
                    where !used.Contains(column.Name) && !asked.Contains(column.Name) && !asked.Contains(column.Header)
                        && (UnitNames.IsPerson(column.Header) || UnitNames.IsItem(column.Header))
                    let counts = Count(table.Text(column.Name), rows)
                    where counts.Units >= FewestUnits && counts.Rows >= Repeated * counts.Units
                    orderby UnitNames.IsPerson(column.Header) descending, counts.Units
                    select (column.Header, counts);
        if (units.FirstOrDefault() is { Header: { } header, counts: var (values, known) })
            notices.Add(FormattableString.Invariant(
                $"{known:N0} rows hold only {values:N0} values of '{header}'. If rows of one value are of one person or picture they are alike, and intervals and verdicts that count each row are too sure: say ‹Cluster› {header}."));
    }

    private static (int Units, int Rows) Count(TextColumn column, int[]? rows)
    {
        var seen = new bool[column.Levels.Length];
        int units = 0, known = 0;
        for (var i = 0; i < (rows?.Length ?? column.Count); i++)
        {
            if (column.Codes[rows is null ? i : rows[i]] is not (>= 0 and var code))
                continue;
            known++;
            units += seen[code] ? 0 : 1;
            seen[code] = true;
        }
        return (units, known);
    }
}
