namespace FaceBias.Auditing;

/// <summary>Which rows of a table an audit is of: those of one split, of one model, of the values that were
/// named.</summary>
internal sealed class AuditedRows
{
    private const int MostSplits = 12, MostModels = 100, FewRows = 20;

    private readonly Table _table;
    private readonly AuditOptions _options;
    private readonly List<string> _notices;
    private readonly HashSet<string> _columns = new(StringComparer.Ordinal);

    private AuditedRows(Table table, AuditOptions options, List<string> notices) =>
        (_table, _options, _notices) = (table, options, notices);

    /// <summary>Chooses the rows.</summary>
    /// <returns>The rows, null for all; and the columns that they were chosen by, which are no groups.</returns>
    /// <exception cref="FaceBiasException">No row is left, or the rows are those of several models.</exception>
    public static (int[]? Rows, IReadOnlySet<string> Columns) Choose(Table table, AuditOptions options,
        List<string> notices)
    {
        var chosen = new AuditedRows(table, options, notices);
        var keep = new bool[table.RowCount];
        Array.Fill(keep, true);
        chosen.Where(keep);
        chosen.OfSplit(keep);
        int[]? rows = Array.TrueForAll(keep, k => k) ? null : [.. Enumerable.Range(0, keep.Length).Where(r => keep[r])];
        chosen.RefuseModels(rows);
        return (rows, chosen._columns);
    }

    /// <summary>Keeps the rows whose columns hold the values that were named; several values of one column are
    /// alternatives.</summary>
    private void Where(bool[] keep)
    {
        foreach (var group in _options.Where.Select(Parts).GroupBy(p => p.Column))
        {
            var column = Text(_table.Find(group.Key) ?? _table.Columns.FirstOrDefault(c => c.Header == group.Key)
                ?? _table[group.Key]);
            _columns.Add(column.Name);
            var wanted = group.Select(g => g.Value).ToArray();
            bool[] kept = [.. column.Levels.Select(l => wanted.Contains(l, StringComparer.Ordinal))];
            if (wanted.FirstOrDefault(w => !column.Levels.Contains(w, StringComparer.Ordinal)) is { } none)
                throw new FaceBiasException($"‹Where› {group.Key}={none}: column '{column.Header}' never holds "
                    + $"'{none}'; it holds {Quoted(LabelAlignment.Used(column))}.");
            Keep(keep, row => column.Codes[row] >= 0 && kept[column.Codes[row]]);
            if (!Array.Exists(keep, k => k))
                throw new FaceBiasException($"No row is left by ‹Where› {string.Join(", ", _options.Where)}; "
                    + "leave a part of it out.");
        }
    }

    private static (string Column, string Value) Parts(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1
            ? (text[..at], text[(at + 1)..])
            : throw new FaceBiasException($"‹Where› '{text}' names no value; write COLUMN=VALUE, such as model=a.");

    /// <summary>Keeps the rows of the split that is asked for. Without a column 'split' one is used that plainly is
    /// one: all of its values are names of splits, training among them.</summary>
    private void OfSplit(bool[] keep)
    {
        if (_options.Split is not { } split)
            return;
        if (_table.Find("split") is { } named)
        {
            var column = Text(named);
            _columns.Add(named.Name);
            if (!column.Levels.Contains(split) && Splits(column, isNamed: true) is { } parts
                && SplitNames.Parse(split) is { } other)
                KeepSplit(keep, column, parts, other, split);
            else
                Keep(keep, row => column[row] == split);
            if (!Array.Exists(keep, k => k))
                throw NoRow(split, column);
            return;
        }
        if (SplitNames.Parse(split) is { } asked)
        {
            (TextColumn Column, Split?[] Parts)[] found = [.. from c in _table.Columns
                where !Named(c) && !c.Name.EndsWith("_true", StringComparison.Ordinal) && !_columns.Contains(c.Name)
                let text = Short(c)
                where text is not null
                let parts = Splits(text, SplitNames.IsColumn(c.Header))
                where parts is not null && parts.Contains(Split.Train) && parts.Distinct().Count() > 1
                select (text, parts)];
            foreach (var (column, _) in found)
                _columns.Add(column.Name);
            if (found.Skip(1).FirstOrDefault(f => Enumerable.Range(0, _table.RowCount)
                .Any(r => Of(f, r) != Of(found[0], r))) is { Column: { } second })
                throw new FaceBiasException($"The columns '{found[0].Column.Header}' and '{second.Header}' hold splits "
                    + $"that differ; say ‹Split› all with ‹Where› {found[0].Column.Header}=VALUE.");
            if (found.Length > 0)
            {
                KeepSplit(keep, found[0].Column, found[0].Parts, asked, split);
                return;
            }
        }
        if (split != new AuditOptions().Split)
            throw new FaceBiasException($"Split '{split}' was asked for, but the predictions table has no column "
                + "'split'; add one or leave the split out.", ErrorKind.Missing);
    }

    private void KeepSplit(bool[] keep, TextColumn column, Split?[] parts, Split asked, string split)
    {
        Keep(keep, row => column.Codes[row] >= 0 && parts[column.Codes[row]] == asked);
        var kept = keep.Count(k => k);
        if (kept == 0)
            throw NoRow(split, column);
        var values = string.Join(", ", column.Levels.Where((_, l) => parts[l] == asked).Select(l => $"'{l}'"));
        _notices.Add(FormattableString.Invariant(
            $"'{column.Header}' is taken as the splits: only its {kept:N0} rows of {values} are audited, of {_table.RowCount:N0}; ‹Split› all audits all, also those that the model was trained on."));
    }

    private static FaceBiasException NoRow(string split, TextColumn column) => new(
        $"No row of the predictions table is of split '{split}'; column '{column.Header}' holds "
            + $"{Quoted(LabelAlignment.Used(column))}: name one of them by ‹Split›, or all for all rows.");

    private static Split? Of((TextColumn Column, Split?[] Parts) found, int row) =>
        found.Column.Codes[row] < 0 ? null : found.Parts[found.Column.Codes[row]];

    /// <summary>The split of each level; null where a level is none.</summary>
    private static Split?[]? Splits(TextColumn column, bool isNamed)
    {
        var levels = column.Levels;
        if (UnitNames.SplitOf(column.Header) is { } one && levels.Length == 2
            && Array.ConvertAll(levels, Truth) is var said && Array.TrueForAll(said, s => s is not null))
            return [.. said.Select(s => (Split?)(s!.Value ? one : one == Split.Train ? Split.Test : Split.Train))];
        var (parts, coded) = SplitNames.Parse(levels, new Dictionary<string, Split>());
        return Array.Exists(parts, p => p is null) || (coded && !isNamed) ? null : parts;
    }

    private static bool? Truth(string text) => text.ToLowerInvariant() switch
    {
        "true" or "1" or "yes" or "y" or "t" => true,
        "false" or "0" or "no" or "n" or "f" => false,
        _ => null,
    };

    /// <summary>Ends where the rows are the answers of several models to the same questions: a mixture of a good and a
    /// bad one shows neither's gaps.</summary>
    private void RefuseModels(int[]? rows)
    {
        foreach (var column in _table.Columns.Where(c => UnitNames.IsModel(c.Header) && !Named(c)
            && !_columns.Contains(c.Name)))
        {
            var text = Text(column);
            text = rows is null ? text : text.Take(rows);
            string[] models = LabelAlignment.Used(text);
            if (models.Length is < 2 or > MostModels || !Answer(text, rows))
                continue;
            throw new FaceBiasException($"Column '{column.Header}' has {models.Length} values ({Quoted(models.Take(6))}"
                + $"{(models.Length > 6 ? ", ..." : "")}) with the same rows each, such as answers of several models, "
                + "and an audit is of the answers of one: say "
                + $"‹Where› \"{column.Header}={models[0]}\", or name it among ‹Groups› to compare them.");
        }
    }

    /// <summary>Whether the rows of each value of a column are the same ones: by what names a row, else by the truth in
    /// the order of the table.</summary>
    private bool Answer(TextColumn models, int[]? rows)
    {
        foreach (var item in _table.Columns.Where(c => c.Name != models.Name && UnitNames.IsItem(c.Header)))
        {
            var text = Text(item);
            text = rows is null ? text : text.Take(rows);
            var pairs = new HashSet<(int, int)>();
            int known = 0, distinct = text.Codes.Where(c => c >= 0).Distinct().Count();
            for (var row = 0; row < text.Count; row++)
            {
                if (text.Codes[row] >= 0 && models.Codes[row] >= 0)
                    (known, _) = (known + 1, pairs.Add((text.Codes[row], models.Codes[row])));
            }
            if (known > 0 && pairs.Count == known && distinct <= 0.6 * known)
                return true;
        }
        var truths = _table.Columns.FirstOrDefault(c => c.Name.EndsWith("_true", StringComparison.Ordinal));
        if (truths is null)
            return false;
        var truth = Text(truths);
        var each = Enumerable.Range(0, models.Count).Where(r => models.Codes[r] >= 0).GroupBy(r => models.Codes[r],
            r => truth.Codes[rows is null ? r : rows[r]]).Select(g => g.ToArray()).ToArray();
        return each[0].Length >= FewRows && each[0].Distinct().Count() > 1
            && Array.TrueForAll(each, e => e.SequenceEqual(each[0]));
    }

    /// <summary>Whether the user said that a column holds groups.</summary>
    private bool Named(Column column) => (_options.Groups ?? []).Concat(_options.Control)
        .Any(n => n == column.Name || n == column.Header);

    private TextColumn? Short(Column column) => column switch
    {
        TextColumn text => text.Levels.Length <= MostSplits ? text : null,
        NumberColumn numbers when SplitNames.IsColumn(column.Header) || UnitNames.SplitOf(column.Header) is not null =>
            numbers.Values.Distinct().Take(MostSplits + 1).Count() <= MostSplits ? Text(numbers) : null,
        _ => null,
    };

    private TextColumn Text(Column column) => _table.Text(column.Name);

    private static void Keep(bool[] keep, Predicate<int> holds)
    {
        for (var row = 0; row < keep.Length; row++)
            keep[row] &= holds(row);
    }

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Take(20).Select(n => $"'{n}'"));
}
