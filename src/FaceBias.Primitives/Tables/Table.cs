namespace FaceBias.Primitives.Tables;

/// <summary>A table in memory: columns of equal length. Read and written as CSV or Parquet by
/// <c>TableFile</c>.</summary>
public sealed class Table
{
    private readonly Dictionary<string, Column> _byName;

    /// <summary>A table from columns of equal length and distinct names.</summary>
    public Table(IEnumerable<Column> columns)
    {
        Columns = [.. columns];
        RowCount = Columns.Count == 0 ? 0 : Columns[0].Count;
        _byName = new(StringComparer.Ordinal);
        foreach (var c in Columns)
        {
            if (c.Count != RowCount)
                throw new ArgumentException($"Column '{c.Name}' has {c.Count} rows, the first column {RowCount}.");
            if (!_byName.TryAdd(c.Name, c))
                throw new FaceBiasException($"The table has two columns named '{c.Name}'; rename one.");
        }
    }

    /// <summary>The columns in order.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>Number of rows.</summary>
    public int RowCount { get; }

    /// <summary>What was assumed when the table was read from a file, such as which words stand for missing
    /// values.</summary>
    internal IReadOnlyList<TableNotice> Notices { get; init; } = [];

    /// <summary>What the table was read from, for messages: "'x.csv' (separated by ';')".</summary>
    public string Origin { get; init; } = "The table";

    /// <summary>Whether there is a column of this name.</summary>
    public bool Has(string name) => _byName.ContainsKey(name);

    /// <summary>The column of this name, or null.</summary>
    public Column? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The column of this name.</summary>
    /// <exception cref="FaceBiasException">There is none; the message lists those there are.</exception>
    public Column this[string name] => Find(name) ?? throw new FaceBiasException(
        $"{Origin} has no column '{name}'; it has {Columns.Take(40).Select(c => c.Header).Quoted()}.",
        ErrorKind.Missing);

    /// <summary>A text column by name; numbers are turned into their shortest invariant text.</summary>
    public TextColumn Text(string name) => this[name] switch
    {
        TextColumn t => t,
        NumberColumn n => new TextColumn(n.Name, [.. n.Values.Select(
            v => double.IsNaN(v) ? null : v.ToString(System.Globalization.CultureInfo.InvariantCulture))])
                { Header = n.Header },
        var c => throw new InvalidOperationException(c.GetType().Name),
    };

    /// <summary>A numeric column by name; text of which every value is a number, such as 007, becomes
    /// numbers.</summary>
    /// <exception cref="FaceBiasException">The column is missing or holds text.</exception>
    public NumberColumn Number(string name)
    {
        if (this[name] is NumberColumn numbers)
            return numbers;
        var text = (TextColumn)this[name];
        double[] values = [.. text.Levels.Select(l => CellText.Number(l) ?? double.NaN)];
        if (Array.FindIndex(values, double.IsNaN) is >= 0 and var i)
        {
            throw new FaceBiasException(
                $"Column '{text.Header}' must hold numbers but holds text such as "
                    + $"'{text.Stray?.Example ?? text.Levels[i]}'"
                + $"{(text.Stray is { } stray ? $" in row {stray.Row}{(stray.Reason is { } reason ? $" ({reason})" : "")}" : "")}.");
        }
        return new(text.Name, [.. text.Codes.Select(c => c < 0 ? double.NaN : values[c])]) { Header = text.Header };
    }

    /// <summary>The table with some columns, and what is known about it kept.</summary>
    internal Table With(IEnumerable<Column> columns) => new(columns) { Notices = Notices, Origin = Origin };
}

/// <summary>Something that was assumed about a table when it was read.</summary>
/// <param name="Kind">A short key: separator, encoding, missing, percent, decimal, number-as-text, preamble, duplicate,
/// sheet.</param>
/// <param name="Column">The column concerned, or null.</param>
/// <param name="Sentence">What was assumed, and the option that says otherwise.</param>
internal sealed record TableNotice(string Kind, string? Column, string Sentence)
{
    /// <summary>What was assumed, and the option that says otherwise.</summary>
    public string Sentence { get; init; } = Sentence.Named();
}
