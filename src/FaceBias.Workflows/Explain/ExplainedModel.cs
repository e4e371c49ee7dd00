using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Explaining;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Prediction;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Workflows.Explain;

/// <summary>A model that is asked, and its graph where gradients are wanted.</summary>
internal sealed class ExplainedModel : IDisposable
{
    private readonly Func<string, GraphAnswer> _graph;

    private ExplainedModel(OnnxPredictor predictor, Func<string, GraphAnswer> graph) =>
        (Predictor, _graph) = (predictor, graph);

    public OnnxPredictor Predictor { get; }

    /// <summary>Where it comes from.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Provenance { get; private init; } = [];

    /// <summary>What was assumed about it.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    public GraphAnswer Answer(string target) => _graph(target);

    public static ExplainedModel Open(ExplainRunOptions options, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        options = options.ModelOutput is null ? options
            : options with { Import = options.Import with { Features = options.ModelOutput } };
        var (name, store) = (options.Model, options.Home is null ? new ModelStore() : new ModelStore(options.Home));
        if (options.Number is { } number)
            return Regressor(options, number);
        var (target, classes) = Named(options);
        var open = new PredictorOptions { Novelty = false, Target = target, Classes = classes,
            Import = options.Import };
        var predictor = OnnxPredictor.Open(name, open, store, progress, cancel);
        OutputSpec? Spec(string output) => predictor.Outputs.First(o => o.Name == output).Target;
        return new(predictor, predictor.Kind switch
        {
            PredictorKind.Foreign =>
                output => new(ForeignClassifier.Open(name, options.Import, classes).Model, ForeignClassifier.Scores,
                    Spec(output)),
            PredictorKind.Catalogue =>
                output => new(OnnxFile.Read(store.Get(name, progress, cancel).OnnxPath), output, Spec(output),
                    SingleClass: 0),
            _ => output => new(OnnxFile.Read(name), output, Spec(output)),
        })
        {
            Provenance = predictor.Provenance,
            Notes = predictor.Notes,
        };
    }

    private static (string? Target, string[]? Classes) Named(ExplainRunOptions options)
    {
        if (options.Classes is not { } given)
            return (options.Target, null);
        var parts = given.Split('=', 2);
        var target = parts.Length == 2 ? parts[0].Trim() : options.Target;
        return (target, File.Exists(parts[^1])
            ? [.. File.ReadAllLines(parts[^1]).Select(l => l.Trim()).Where(l => l.Length > 0)]
            : [.. parts[^1].Split(',').Select(c => c.Trim())]);
    }

    /// <summary>Anybody's model that gives one number per picture.</summary>
    private static ExplainedModel Regressor(ExplainRunOptions options, string number)
    {
        var path = options.Model;
        if (!File.Exists(path))
            throw new FaceBiasException(
                $"The model file '{path}' does not exist; a number is named for a file of somebody else's regressor only.",
                ErrorKind.Missing);
        using var columns = OneColumn(path);
        var basis = ImportProposal.For(columns.Path, options.Import with { Features = "" });
        var value = options.Import.Features
            ?? UsableValues.Choose(UsableValues.Find(columns.Path, basis.Spec, fewestColumns: 1), columns.Path, 1)?.Name
            ?? throw new FaceBiasException(
                $"'{path}' has no value of one number per picture; name the value, or give its classes if it is a "
                    + "classifier.");
        var spec = basis.Spec with { Features = "", Outputs = [new(value, number)] };
        var model = ModelImporter.ImportFile(columns.Path, spec);
        var predictor = OnnxPredictor.OfGraph(model.Clone(), path, [new(number, 1)],
            new(spec.Input.Width, spec.Input.Height));
        return new(predictor, _ => new(model, number, null))
        {
            Provenance = [new("model", path), new("model's SHA-256", Sha256.OfFile(path)),
                new("explained value", $"'{value}', a number called {number}")],
            Notes = basis.Reasons,
        };
    }

    /// <summary>A file whose output of numbers [N], as regressors often have after a squeeze, is [N, 1]: the given one,
    /// or a copy for the time of the import.</summary>
    private static ColumnFile OneColumn(string path)
    {
        if (!ModelImporter.IsOnnx(path)
            || OnnxFile.Read(path) is not { Graph.Output: [{ Type.TensorType.Shape.Dim.Count: 1 } output] } model)
            return new(path, null);
        var g = new GraphBuilder(model);
        var column = g.Add("Reshape", output.Name,
            g.Initializer(Tensors.Int64(output.Name + "/column", [-1L, 1L], 2)));
        model.Graph.Output.Clear();
        g.Output(column, TensorProto.Types.DataType.Float, "N", 1);
        var folder = Directory.CreateTempSubdirectory("facebias-").FullName;
        OnnxFile.Write(model, Path.Combine(folder, Path.GetFileName(path)));
        return new(Path.Combine(folder, Path.GetFileName(path)), folder);
    }

    private sealed record ColumnFile(string Path, string? Folder) : IDisposable
    {
        public void Dispose()
        {
            if (Folder is not null)
                Directory.Delete(Folder, recursive: true);
        }
    }

    public void Dispose() => Predictor.Dispose();
}
