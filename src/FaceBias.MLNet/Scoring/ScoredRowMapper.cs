namespace FaceBias.MLNet.Scoring;

/// <summary>One row at a time, for a <c>PredictionEngine</c>.</summary>
internal sealed class ScoredRowMapper(DataViewSchema input, ModelTransformer transformer) : IRowToRowMapper
{
    public DataViewSchema InputSchema => input;

    public DataViewSchema OutputSchema { get; } = ScoredRow.Schema(input, transformer.Spec);

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var needed = dependingColumns.Select(c => c.Index).ToHashSet();
        var scored = needed.Any(i => i >= input.Count);
        var read = transformer.Spec.InputColumns.Select(c => input[c].Index).ToHashSet();
        return input.Where(c => needed.Contains(c.Index) || scored && read.Contains(c.Index));
    }

    public DataViewRow GetRow(DataViewRow row, IEnumerable<DataViewSchema.Column> activeColumns) =>
        new Row(OutputSchema, row, transformer, [.. activeColumns.Select(c => c.Index)]);

    private sealed class Row(DataViewSchema schema, DataViewRow source, ModelTransformer transformer,
        HashSet<int> active) : DataViewRow
    {
        private readonly int _inputs = source.Schema.Count;
        private Func<RowInput>? _read;
        private RowScores? _scores;
        private long _position = -1;

        public override DataViewSchema Schema => schema;

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (column.Index < _inputs)
                return source.GetGetter<TValue>(source.Schema[column.Index]);
            _read ??= RowInput.Reader(transformer.Spec, source, source.Schema[transformer.Spec.InputColumn]);
            return ScoredRow.Getter<TValue>(transformer.Spec.Columns[column.Index - _inputs], Scores);
        }

        private RowScores Scores()
        {
            if (_scores is null || _position != source.Position)
                (_scores, _position) = (transformer.Scorer.Score(_read!()), source.Position);
            return _scores;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                source.Dispose();
            base.Dispose(disposing);
        }
    }
}
