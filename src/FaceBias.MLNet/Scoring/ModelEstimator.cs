using FaceBias.Onnx.Graphs;

namespace FaceBias.MLNet.Scoring;

/// <summary>A finished graph as an estimator: there is nothing to fit.</summary>
internal sealed class ModelEstimator(ScoringSpec spec, Func<byte[]> model) : IEstimator<ModelTransformer>
{
    public ModelEstimator(ScoringSpec spec, string file) : this(spec, () => OnnxFile.ToBytes(OnnxFile.Read(file))) { }

    public ModelTransformer Fit(IDataView input)
    {
        ModelTransformer.Check(spec, input.Schema);
        return ModelTransformer.Of(spec, model());
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Shape(spec, inputSchema);

    /// <summary>The shape of data with a model's columns.</summary>
    /// <exception cref="ArgumentException">The data lack the input, or have a column that would be
    /// replaced.</exception>
    public static SchemaShape Shape(ScoringSpec spec, SchemaShape input)
    {
        if (!input.TryFindColumn(spec.InputColumn, out _))
            throw new ArgumentException(
                $"The data have no column '{spec.InputColumn}'; they have "
                    + $"{input.Select(c => c.Name).Quoted()}.", nameof(input));
        var added = spec.Columns;
        if (added.FirstOrDefault(
            c => input.TryFindColumn(c.Name, out var there)
                && !(spec.ScoresAgain && ModelTransformer.IsScore(c, there.Annotations.Select(a => a.Name)))) is
                    { } taken)
            throw new ArgumentException(
                $"The data have a column '{taken.Name}' already, which would be replaced; give the output another "
                    + "name or a prefix.", nameof(input));
        return new([.. input.Where(c => added.All(a => a.Name != c.Name)),
            .. SchemaShape.Create(ScoredRow.Schema(new DataViewSchema.Builder().ToSchema(), spec))]);
    }
}
