namespace FaceBias.MLNet.Scoring;

/// <summary>Data with a model's columns. A cursor reads the input column some rows ahead and scores them on all cores,
/// in batches, while the rows before are consumed.</summary>
internal sealed class ScoredView(IDataView source, ModelTransformer transformer) : IDataView
{
    private const int FirstChunk = 16, LargestChunk = 256, LargestImageChunk = 64;

    public DataViewSchema Schema { get; } = ScoredRow.Schema(source.Schema, transformer.Spec);

    /// <summary>Two cursors go side by side, which they would not in an order drawn at random.</summary>
    public bool CanShuffle => false;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var needed = columnsNeeded.Select(c => c.Index).ToHashSet();
        var main = source.GetRowCursor(source.Schema.Where(c => needed.Contains(c.Index)));
        return new Cursor(this, main, [.. Enumerable.Range(0, Schema.Count).Select(needed.Contains)], source,
            transformer);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n,
        Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly ScoredView _view;
        private readonly DataViewRowCursor _main;
        private readonly bool[] _active;
        private readonly ModelTransformer _transformer;
        private readonly int _inputs;
        private readonly DataViewRowCursor? _ahead;
        private readonly Func<RowInput>? _read;
        private readonly ValueGetter<DataViewRowId>? _mainId, _aheadId;
        private readonly int _largest;
        private int _chunk = FirstChunk;
        private (RowScores[] Scores, DataViewRowId[] Ids) _now = ([], []);
        private Task<(RowScores[], DataViewRowId[])>? _next;
        private int _at = -1;

        public Cursor(ScoredView view, DataViewRowCursor main, bool[] active, IDataView source,
            ModelTransformer transformer)
        {
            (_view, _main, _active, _transformer, _inputs) = (view, main, active, transformer, source.Schema.Count);
            if (!active.Skip(_inputs).Any(a => a))
                return;
            var column = source.Schema[transformer.Spec.InputColumn];
            _ahead = source.GetRowCursor(
                [column, .. transformer.Spec.Groups.Select(g => source.Schema[g.Name])]);
            _read = RowInput.Reader(transformer.Spec, _ahead, column);
            _largest = transformer.Spec.Image is not null && column.Type is not (TextDataViewType or VectorDataViewType)
                ? LargestImageChunk : LargestChunk;
            (_mainId, _aheadId) = (_main.GetIdGetter(), _ahead.GetIdGetter());
        }

        public override DataViewSchema Schema => _view.Schema;

        public override long Position => _main.Position;

        public override long Batch => _main.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => _main.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!_active[column.Index])
                throw new ArgumentException($"Column '{column.Name}' was not asked for when the cursor was made.",
                    nameof(column));
            return column.Index < _inputs
                ? _main.GetGetter<TValue>(_main.Schema[column.Index])
                : ScoredRow.Getter<TValue>(_transformer.Spec.Columns[column.Index - _inputs], () => _now.Scores[_at]);
        }

        public override bool MoveNext()
        {
            if (!_main.MoveNext())
                return false;
            if (_ahead is null)
                return true;
            if (++_at >= _now.Scores.Length)
            {
                _now = (_next ?? Task.Run(Score)).GetAwaiter().GetResult();
                _at = 0;
                _next = Task.Run(Score);
            }
            DataViewRowId id = default;
            _mainId!(ref id);
            if (_at >= _now.Ids.Length || !_now.Ids[_at].Equals(id))
                throw new InvalidOperationException(
                    "The data give their rows in another order, or other rows, each time that they are read; cache "
                        + "them (Data.Cache) before a model is applied.");
            return true;
        }

        /// <summary>Reads the next rows and scores them.</summary>
        private (RowScores[], DataViewRowId[]) Score()
        {
            var (inputs, ids) = (new List<RowInput>(_chunk), new List<DataViewRowId>(_chunk));
            while (inputs.Count < _chunk && _ahead!.MoveNext())
            {
                inputs.Add(_read!());
                DataViewRowId id = default;
                _aheadId!(ref id);
                ids.Add(id);
            }
            // A few rows for a look at the data, many for all of them.
            _chunk = Math.Min(2 * _chunk, _largest);
            return (_transformer.Scorer.Score(inputs), [.. ids]);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                // Whatever it found, nobody asks for it any more.
                _next?.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
                _ahead?.Dispose();
                _main.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
