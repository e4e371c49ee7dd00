namespace FaceBias.Workflows.Steps;

/// <summary>The results of some items: a row each, with its number, and why it has none where that is so.</summary>
/// <param name="Table">The columns <see cref="Row"/>, <see cref="Id"/>, <see cref="Problem"/> and those of the
/// step.</param>
/// <param name="Vectors">A vector per row, laid end to end, NaN where there is none; null for none at all.</param>
internal sealed record StepPart(Table Table, float[]? Vectors = null)
{
    /// <summary>Columns of every part.</summary>
    public const string Row = "row", Id = "id", Problem = "problem";

    private readonly TextColumn _problems = Table.Text(Problem), _ids = Table.Text(Id);
    private readonly double[] _rows = Table.Number(Row).Values;

    /// <summary>Number of rows.</summary>
    public int Count => Table.RowCount;

    public int Item(int row) => (int)_rows[row];

    /// <summary>Its name: the id of a picture.</summary>
    public string Name(int row) => _ids[row] ?? "";

    /// <summary>Why a row has no result, or null.</summary>
    public string? ProblemOf(int row) => _problems[row];

    /// <summary>One row of it, of an item.</summary>
    public StepPart Only(int item) => Enumerable.Range(0, Count).First(r => Item(r) == item) is var row
        ? new(new Table(Table.Columns.Select(c => c.Take([row])))) : this;

    /// <summary>The part of pictures.</summary>
    public static StepPart Of(StepItems items, IReadOnlyList<string?> problems, IEnumerable<Column> columns,
        float[]? vectors = null) => Of(items, [.. items.Files.Select(f => f.Id)], problems, columns, vectors);

    /// <summary>The part of items with names of their own.</summary>
    public static StepPart Of(StepItems items, string[] names, IReadOnlyList<string?> problems,
        IEnumerable<Column> columns, float[]? vectors = null) => new(new Table(
    [
        new NumberColumn(Row, [.. items.Rows.Select(i => (double)i)]),
        new TextColumn(Id, [.. Enumerable.Range(0, items.Count)], names),
        new TextColumn(Problem, problems),
        .. columns,
    ]), vectors);

    /// <summary>Writes it as Parquet.</summary>
    public void Write(string path) => TableFile.WriteShard(path, Table, Row, Vectors);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="FaceBiasException">It is no such file.</exception>
    public static StepPart Read(string path)
    {
        var (table, vectors) = TableFile.ReadShard(path);
        return new(table, vectors);
    }

    /// <summary>The same with rows that were computed again.</summary>
    public StepPart With(StepPart again)
    {
        var at = Enumerable.Range(0, again.Count).ToDictionary(again.Item);
        int[] other = [.. Enumerable.Range(0, Count).Select(r => at.GetValueOrDefault(Item(r), -1))];
        var vectors = Vectors;
        if (Vectors is not null && again.Vectors is { Length: > 0 } values)
        {
            var width = values.Length / again.Count;
            // A part of which every row failed has no width yet.
            vectors = Vectors.Length > 0 ? [.. Vectors] : [.. Enumerable.Repeat(float.NaN, Count * width)];
            for (var row = 0; row < Count; row++)
                if (other[row] >= 0)
                    values.AsSpan(other[row] * width, width).CopyTo(vectors.AsSpan(row * width));
        }
        Column Joined(Column column) => column is TextColumn
            ? Text(column.Name, Table.Text(column.Name), again.Table.Text(column.Name))
            : Number(column.Name, Table.Number(column.Name), again.Table.Number(column.Name));
        TextColumn Text(string name, TextColumn a, TextColumn b) =>
            new(name, [.. other.Select((o, row) => o < 0 ? a[row] : b[o])]);
        NumberColumn Number(string name, NumberColumn a, NumberColumn b) =>
            new(name, [.. other.Select((o, row) => o < 0 ? a[row] : b[o])]);
        return new(new Table(Table.Columns.Select(Joined)), vectors);
    }
}
