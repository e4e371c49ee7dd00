namespace FaceBias.MLNet.Evaluation;

/// <summary>Some columns of a view, read once, and views on chosen rows of them. An evaluator reads its data several
/// times, and a view may stand for the whole of a pipeline down to the pictures.</summary>
internal sealed class MemoryView : IDataView
{
    private readonly Store[] _columns;
    private readonly int[] _rows;

    private readonly CancellationToken _cancel;

    private MemoryView(DataViewSchema schema, Store[] columns, int[] rows, CancellationToken cancel = default) =>
        (Schema, _columns, _rows, _cancel) = (schema, columns, rows, cancel);

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    /// <summary>Reads columns of a view.</summary>
    /// <exception cref="ArgumentException">A column is missing or of a type that no evaluator takes.</exception>
    public static MemoryView Read(IDataView data, IEnumerable<string> names)
    {
        var wanted = names.Distinct().Select(name => data.Schema.GetColumnOrNull(name)
            ?? throw new ArgumentException(
                $"The data have no column '{name}'; they have "
                    + $"{string.Join(", ", data.Schema.Select(c => $"'{c.Name}'").Distinct())}.", nameof(names)))
                    .ToArray();
        var schema = new DataViewSchema.Builder();
        foreach (var column in wanted)
            schema.AddColumn(column.Name, column.Type, column.Annotations);
        Store[] stores = [.. wanted.Select(Store.For)];
        var count = 0;
        using (var cursor = data.GetRowCursor(wanted))
        {
            for (var i = 0; i < stores.Length; i++)
                stores[i].Open(cursor, wanted[i]);
            for (; cursor.MoveNext(); count++)
                foreach (var store in stores)
                    store.Add();
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
        var store = new Store<T>();
        store.List.AddRange(values);
        return new(schema.ToSchema(), [.. _columns, store], _rows, cancel);
    }

    /// <summary>Reads columns of data in memory, or of any view.</summary>
    public static MemoryView Of(IDataView data, IEnumerable<string> names) =>
        data is MemoryView memory ? memory : Read(data, names);

    /// <summary>The values of a column.</summary>
    public IReadOnlyList<T> Values<T>(string name) => ((Store<T>)_columns[Schema[name].Index]).List;

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
            var values = ((Store<TValue>)view._columns[column.Index]).List;
            // A vector is handed out as a copy: the reader may write into it.
            return typeof(TValue) == typeof(VBuffer<float>)
                ? (ValueGetter<TValue>)(Delegate)(ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
                    ((IReadOnlyList<VBuffer<float>>)values)[view._rows[_position]].CopyTo(ref value))
                : (ref TValue value) => value = values[view._rows[_position]];
        }
    }

    private abstract class Store
    {
        public abstract void Open(DataViewRowCursor cursor, DataViewSchema.Column column);

        public abstract void Add();

        public static Store For(DataViewSchema.Column column) => column.Type.RawType switch
        {
            var t when t == typeof(float) => new Store<float>(),
            var t when t == typeof(double) => new Store<double>(),
            var t when t == typeof(bool) => new Store<bool>(),
            var t when t == typeof(sbyte) => new Store<sbyte>(),
            var t when t == typeof(byte) => new Store<byte>(),
            var t when t == typeof(short) => new Store<short>(),
            var t when t == typeof(ushort) => new Store<ushort>(),
            var t when t == typeof(int) => new Store<int>(),
            var t when t == typeof(uint) => new Store<uint>(),
            var t when t == typeof(long) => new Store<long>(),
            var t when t == typeof(ulong) => new Store<ulong>(),
            var t when t == typeof(ReadOnlyMemory<char>) => new Store<ReadOnlyMemory<char>>(),
            var t when t == typeof(VBuffer<float>) => new Store<VBuffer<float>>(),
            _ => throw new ArgumentException(
                $"Column '{column.Name}' is of type {column.Type}; an evaluation takes text, keys, numbers, booleans "
                    + "and vectors of scores.", nameof(column)),
        };
    }

    private sealed class Store<T> : Store
    {
        private ValueGetter<T> _get = null!;

        public List<T> List { get; } = [];

        public override void Open(DataViewRowCursor cursor, DataViewSchema.Column column) =>
            _get = cursor.GetGetter<T>(column);

        public override void Add()
        {
            T value = default!;
            _get(ref value);
            // Text lies in a buffer of the reader's.
            List.Add(value is ReadOnlyMemory<char> text ? (T)(object)text.ToString().AsMemory() : value);
        }
    }
}
