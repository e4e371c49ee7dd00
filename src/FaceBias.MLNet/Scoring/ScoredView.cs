using Microsoft.ML.Transforms.Image;

namespace FaceBias.MLNet.Scoring;

/// <summary>Data with a model's columns. A cursor reads some rows ahead and scores them on all cores, in batches, while
/// the rows before are consumed. The data are read once: they may give their rows in another order the next
/// time.</summary>
internal sealed class ScoredView(IDataView source, ModelTransformer transformer) : IDataView
{
    private const int FirstChunk = 16, LargestChunk = 256, LargestImageChunk = 64;

    public DataViewSchema Schema { get; } = ScoredRow.Schema(source.Schema, transformer.Spec);

    /// <summary>Trainers shuffle scored rows themselves.</summary>
    public bool CanShuffle => false;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var needed = columnsNeeded.Select(c => c.Index).ToHashSet();
        bool[] active = [.. Enumerable.Range(0, Schema.Count).Select(needed.Contains)];
        var scored = needed.Any(i => i >= source.Schema.Count);
        HashSet<int> read = scored ? [.. transformer.Spec.InputColumns.Select(c => source.Schema[c].Index)] : [];
        var rows = source.GetRowCursor(source.Schema.Where(c => needed.Contains(c.Index) || read.Contains(c.Index)));
        return new Cursor(Schema, rows, active, scored, transformer);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n,
        Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    /// <summary>Rows that were read and scored.</summary>
    /// <param name="Columns">The columns of the data that are asked for, by index.</param>
    /// <param name="Ids">The rows' ids.</param>
    /// <param name="Scores">What the graph gave.</param>
    private sealed record Chunk(Dictionary<int, ColumnStore> Columns, List<DataViewRowId> Ids, RowScores[] Scores);

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly DataViewRowCursor _rows;
        private readonly bool[] _active;
        private readonly ModelTransformer _transformer;
        private readonly int[] _kept;
        private readonly int _inputs, _largest;
        private readonly Func<RowInput>? _read;
        private readonly ValueGetter<DataViewRowId> _id;
        private int _size = FirstChunk;
        private Chunk _now = new([], [], []);
        private Task<Chunk>? _next;
        private int _at = -1;
        private long _position = -1;

        public Cursor(DataViewSchema schema, DataViewRowCursor rows, bool[] active, bool scored,
            ModelTransformer transformer)
        {
            (Schema, _rows, _active, _transformer, _inputs) = (schema, rows, active, transformer, rows.Schema.Count);
            _id = rows.GetIdGetter();
            _kept = [.. Enumerable.Range(0, _inputs).Where(i => active[i])];
            var column = rows.Schema[transformer.Spec.InputColumn];
            _read = scored ? RowInput.Reader(transformer.Spec, rows, column) : null;
            _largest = column.Type is ImageDataViewType || _kept.Any(i => rows.Schema[i].Type is ImageDataViewType)
                ? LargestImageChunk : LargestChunk;
        }

        public override DataViewSchema Schema { get; }

        public override long Position => _position;

        public override long Batch => _read is null ? _rows.Batch : 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            _read is null ? _rows.GetIdGetter() : (ref DataViewRowId id) => id = _now.Ids[_at];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var index = column.Index;
            if (!_active[index])
                throw new ArgumentException($"Column '{column.Name}' was not asked for when the cursor was made.",
                    nameof(column));
            if (index >= _inputs)
                return ScoredRow.Getter<TValue>(_transformer.Spec.Columns[index - _inputs], () => _now.Scores[_at]);
            if (_read is null)
                return _rows.GetGetter<TValue>(_rows.Schema[index]);
            if (typeof(TValue) != _rows.Schema[index].Type.RawType)
                throw new InvalidOperationException(
                    $"Column '{column.Name}' holds values of {column.Type}, not of {typeof(TValue)}.");
            return (ref TValue value) => ((ColumnStore<TValue>)_now.Columns[index]).Get(_at, ref value);
        }

        public override bool MoveNext()
        {
            if (_read is not null && ++_at >= _now.Scores.Length)
            {
                _now = (_next ?? Task.Run(Score)).GetAwaiter().GetResult();
                _at = 0;
                _next = _now.Scores.Length > 0 ? Task.Run(Score) : Task.FromResult(_now);
            }
            var there = _read is null ? _rows.MoveNext() : _at < _now.Scores.Length;
            _position = there ? _position + 1 : -1;
            return there;
        }

        /// <summary>Reads the next rows and scores them.</summary>
        private Chunk Score()
        {
            var stores = _kept.ToDictionary(i => i, i => ColumnStore.For(_rows.Schema[i]));
            foreach (var (index, store) in stores)
                store.Open(_rows, _rows.Schema[index]);
            var (inputs, ids) = (new List<RowInput>(_size), new List<DataViewRowId>(_size));
            while (inputs.Count < _size && _rows.MoveNext())
            {
                DataViewRowId id = default;
                _id(ref id);
                ids.Add(id);
                inputs.Add(_read!());
                foreach (var store in stores.Values)
                    store.Add();
            }
            // A few rows for a look at the data, many for all of them.
            _size = Math.Min(2 * _size, _largest);
            return new(stores, ids, _transformer.Scorer.Score(inputs));
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                // Whatever it found, nobody asks for it any more.
                _next?.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
                _rows.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
