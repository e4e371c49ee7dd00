namespace FaceBias.Core.Data;

/// <summary>A table in memory: columns of equal length. Read and written as CSV or Parquet by <c>TableFile</c>.</summary>
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

    /// <summary>Whether there is a column of this name.</summary>
    public bool Has(string name) => _byName.ContainsKey(name);

    /// <summary>The column of this name, or null.</summary>
    public Column? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The column of this name.</summary>
    /// <exception cref="FaceBiasException">There is none; the message lists those there are.</exception>
    public Column this[string name] => Find(name) ?? throw new FaceBiasException(
        $"The table has no column '{name}'; it has {string.Join(", ", Columns.Take(40).Select(c => $"'{c.Name}'"))}.");

    /// <summary>A text column by name; numbers are turned into their shortest invariant text.</summary>
    public TextColumn Text(string name) => this[name] switch
    {
        TextColumn t => t,
        NumberColumn n => new TextColumn(n.Name, [.. n.Values.Select(
            v => double.IsNaN(v) ? null : v.ToString(System.Globalization.CultureInfo.InvariantCulture))]),
        var c => throw new InvalidOperationException(c.GetType().Name),
    };

    /// <summary>A numeric column by name.</summary>
    /// <exception cref="FaceBiasException">The column is missing or holds text.</exception>
    public NumberColumn Number(string name) => this[name] as NumberColumn ?? throw new FaceBiasException(
        $"Column '{name}' must hold numbers but holds text such as '{((TextColumn)this[name]).Levels.FirstOrDefault()}'.");
}
