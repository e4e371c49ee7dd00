using FaceBias.MLNet.Scoring;

namespace FaceBias.MLNet.Evaluation;

/// <summary>Some columns of a view, read once, and views on chosen rows of them. An evaluator reads its data several
/// times, and a view may stand for the whole of a pipeline down to the pictures.</summary>
internal sealed class MemoryView : IDataView
{
    private readonly ColumnStore[] _columns;
    private readonly int[] _rows;

    private readonly CancellationToken _cancel;

    private MemoryView(DataViewSchema schema, ColumnStore[] columns, int[] rows, CancellationToken cancel = default) =>
        (Schema, _columns, _rows, _cancel) = (schema, columns, rows, cancel);

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    /// <summary>Reads columns of a view, in one pass: data that were shuffled lazily give their rows in another order
    /// each time.</summary>
    /// <param name="beside">A column that is not kept.</param>
    /// <param name="watch">Makes what is called for each row to read it.</param>
    /// <exception cref="ArgumentException">A column is missing or of a type that no evaluator takes.</exception>
    public static MemoryView Read(IDataView data, IEnumerable<string> names, DataViewSchema.Column? beside = null,
        Func<DataViewRowCursor, Action>? watch = null)
    {
        var wanted = names.Distinct().Select(name => data.Schema.GetColumnOrNull(name)
            ?? throw new ArgumentException(
                $"The data have no column '{name}'; they have "
                    + $"{data.Schema.Select(c => c.Name).Distinct().Quoted()}.")).ToArray();
        var schema = new DataViewSchema.Builder();
        foreach (var column in wanted)
            schema.AddColumn(column.Name, column.Type, column.Annotations);
        ColumnStore[] stores = [.. wanted.Select(Store)];
        var count = 0;
        using (var cursor = data.GetRowCursor(beside is { } further ? wanted.Append(further) : wanted))
        {
            var row = watch?.Invoke(cursor);
            for (var i = 0; i < stores.Length; i++)
                stores[i].Open(cursor, wanted[i]);
            for (; cursor.MoveNext(); count++)
            {
                foreach (var store in stores)
                    store.Add();
                row?.Invoke();
            }
        }
        return new(schema.ToSchema(), stores, [.. Enumerable.Range(0, count)]);
    }

    /// <summary>The same columns of some rows.</summary>
    public MemoryView Take(int[] rows) => new(Schema, _columns, rows);

    /// <summary>All rows with a further column, which hides an earlier one of its name. Reading a row throws once
    /// <paramref name="cancel"/> asks for it: the one way to stop a trainer of ML.NET that is public.</summary>
    public MemoryView With<T>(string name, DataViewType type, IEnumerable<T> values,
        DataViewSchema.Annotations? annotations = null, CancellationToken cancel = default)
    {
        var schema = new DataViewSchema.Builder();
        for (var i = 0; i < Schema.Count; i++)
            schema.AddColumn(Schema[i].Name, Schema[i].Type, Schema[i].Annotations);
        schema.AddColumn(name, type, annotations);
        var store = new ColumnStore<T>();
        store.List.AddRange(values);
        return new(schema.ToSchema(), [.. _columns, store], _rows, cancel);
    }

    /// <summary>Reads columns of data in memory, or of any view.</summary>
    public static MemoryView Of(IDataView data, IEnumerable<string> names) =>
        data is MemoryView memory ? memory : Read(data, names);

    /// <summary>The values of a column.</summary>
    public IReadOnlyList<T> Values<T>(string name) => ((ColumnStore<T>)_columns[Schema[name].Index]).List;

    public long? GetRowCount() => _rows.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n,
        Random? rand = null) => [new Cursor(this)];

    private sealed class Cursor(MemoryView view) : DataViewRowCursor
    {
        private long _position = -1;

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override bool MoveNext()
        {
            view._cancel.ThrowIfCancellationRequested();
            if (_position + 1 >= view._rows.Length)
                return false;
            _position++;
            return true;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId id) => id = new((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var values = (ColumnStore<TValue>)view._columns[column.Index];
            return (ref TValue value) => values.Get(view._rows[_position], ref value);
        }
    }

    private static ColumnStore Store(DataViewSchema.Column column) =>
        column.Type is PrimitiveDataViewType and not (DateTimeDataViewType or DateTimeOffsetDataViewType
            or TimeSpanDataViewType or RowIdDataViewType) || column.Type.RawType == typeof(VBuffer<float>)
        ? ColumnStore.For(column)
        : throw new ArgumentException(
            $"Column '{column.Name}' is of type {column.Type}; an evaluation takes text, keys, numbers, booleans and "
                + "vectors of scores.");
}
