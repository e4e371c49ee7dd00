using System.Diagnostics;
using System.Text.Json;
using FaceBias.MLNet;
using FaceBias.MLNet.Scoring;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(ModelTransformer), null, typeof(SignatureLoadModel), "FaceBias model",
    ModelTransformer.Signature)]

namespace FaceBias.MLNet;

/// <summary>An ONNX graph of FaceBias as a transformer of ML.NET: pictures or features in, its outputs as columns out.
/// A model zip holds the graph and how it is used.</summary>
[DebuggerDisplay("{DebuggerDisplay,nq}")]
public class ModelTransformer : ITransformer, ISingleFeaturePredictionTransformer<object>, IDisposable
{
    /// <summary>Its name in model zips.</summary>
    internal const string Signature = "FaceBiasModel";

    private const string SpecEntry = "Spec.json", GraphEntry = "Model.onnx";

    private readonly byte[] _model;

    private protected ModelTransformer(ScoringSpec spec, byte[] model)
    {
        (Spec, _model) = (spec, model);
        Scorer = new(spec, model, typeof(ModelTransformer));
    }

    /// <summary>A graph that is used as described.</summary>
    internal static ModelTransformer Of(ScoringSpec spec, byte[] model) =>
        spec.PredictsFromFeatures ? new FeaturePredictor(spec, model) : new ModelTransformer(spec, model);

    /// <summary>What goes in and comes out.</summary>
    internal ScoringSpec Spec { get; }

    /// <summary>What runs the graph.</summary>
    internal ModelScorer Scorer { get; }

    /// <summary>The graph's bytes: an ONNX file.</summary>
    public ReadOnlyMemory<byte> Graph => _model;

    /// <summary>Writes the graph as an ONNX file, for any program that runs ONNX.</summary>
    /// <exception cref="FaceBiasException">The file cannot be written.</exception>
    public void SaveOnnx(string path) => AtomicFile.WriteBytes(path, _model);

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    object IPredictionTransformer<object>.Model => this;

    /// <inheritdoc/>
    public string FeatureColumnName => Spec.InputColumn;

    /// <inheritdoc/>
    public DataViewType FeatureColumnType =>
        Spec.Image is null ? new VectorDataViewType(NumberDataViewType.Single, Spec.InputLength)
            : TextDataViewType.Instance;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Check(Spec, inputSchema);
        return ScoredRow.Schema(inputSchema, Spec);
    }

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Check(Spec, input.Schema);
        return new ScoredView(input, this);
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Check(Spec, inputSchema);
        return new ScoredRowMapper(inputSchema, this);
    }

    /// <inheritdoc/>
    public void Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        ctx.SaveTextStream(SpecEntry,
            writer => writer.Write(JsonSerializer.Serialize(Spec, JsonSerializerOptions.Default)));
        ctx.SaveBinaryStream(GraphEntry, writer => writer.Write(_model));
    }

    /// <summary>ML.NET calls this when it reads a model zip.</summary>
    internal static ModelTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        ScoringSpec? spec = null;
        byte[]? model = null;
        ctx.TryLoadTextStream(SpecEntry,
            reader =>
                spec = JsonSerializer.Deserialize<ScoringSpec>(reader.ReadToEnd(), JsonSerializerOptions.Default));
        ctx.TryLoadBinaryStream(GraphEntry, reader =>
        {
            using var bytes = new MemoryStream();
            reader.BaseStream.CopyTo(bytes);
            model = bytes.ToArray();
        });
        return spec is not null && model is not null ? Of(spec, model)
            : throw new FaceBiasException("The model zip lacks a part of a FaceBias model; save it again.");
    }

    /// <inheritdoc/>
    public void Dispose() => Scorer.Dispose();

    /// <summary>Refuses data that lack the input, or have a column of a name that would be replaced.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    internal static void Check(ScoringSpec spec, DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(spec.InputColumn) is not { } column)
            throw new ArgumentException(
                $"The data have no column '{spec.InputColumn}'; they have "
                    + $"{schema.Select(c => c.Name).Distinct().Quoted()}.");
        RowInput.Check(spec, column);
        foreach (var further in spec.Further)
            if (schema.GetColumnOrNull(further)?.Type.RawType != typeof(float))
                throw new ArgumentException(
                    $"The data need a column '{further}' of type Single beside '{spec.InputColumn}'.");
        if (spec.Groups.FirstOrDefault(g => schema.GetColumnOrNull(g.Name) is null) is { } lacking)
            throw new ArgumentException(
                $"The data have no column '{lacking.Name}', by whose groups the model is calibrated.");
        if (spec.Columns.FirstOrDefault(
            c => schema.GetColumnOrNull(c.Name) is not null
                // A predicted key may lie hidden behind its value (MapKeyToValue).
                && !(spec.ScoresAgain && schema.Any(there => there.Name == c.Name
                    && IsScore(c, there.Annotations.Schema.Select(a => a.Name))))) is { } taken)
            throw new ArgumentException(
                $"The data have a column '{taken.Name}' already, which would be replaced; give the output another "
                    + "name or a prefix.");
    }

    private string DebuggerDisplay => $"{Spec.InputColumn} to {string.Join(", ", Spec.Columns.Select(c => c.Name))}";

    /// <summary>Whether a column is what scoring writes.</summary>
    internal static bool IsScore(ScoredColumn column, IEnumerable<string> annotations) =>
        column.Value == ScoredValue.Problem || annotations.Contains(AnnotationUtils.Kinds.ScoreColumnKind);

    private static VersionInfo Version => new(
        "FACEBIAS", 0x00010001, 0x00010001, 0x00010001, loaderSignature: Signature,
        loaderAssemblyName: typeof(ModelTransformer).Assembly.FullName, loaderSignatureAlt: null);
}
