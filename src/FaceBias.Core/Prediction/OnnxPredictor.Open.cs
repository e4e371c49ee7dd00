using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Uncertainty;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Prediction;

public sealed partial class OnnxPredictor
{
    private const string ProbabilityOf = "probability of ";

    /// <summary>What a class is called that a model does not name: "not male", of a model that gives the probability of
    /// male.</summary>
    internal const string Not = "not ";

    /// <summary>Opens a model: a file that FaceBias trained, a name of the catalogue or of an imported model, or an
    /// ONNX or TensorFlow Lite classifier of unknown origin, whose classes the options or the file name.</summary>
    /// <param name="nameOrFile">The model.</param>
    /// <param name="options">How; the defaults suit many rows asked by several threads.</param>
    /// <param name="progress">Downloading and importing.</param>
    /// <param name="cancellationToken">Stops downloading.</param>
    /// <exception cref="FaceBiasException">There is no such model, it answers nothing, or it cannot be run.</exception>
    public static OnnxPredictor Open(string nameOrFile, PredictorOptions? options = null,
        IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Open(nameOrFile, options ?? new(), new ModelStore(), progress, cancellationToken);

    internal static OnnxPredictor Open(string nameOrFile, PredictorOptions options, ModelStore store,
        IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrFile);
        switch (KindOf(nameOrFile, store, options.Classes is not null))
        {
            case PredictorKind.FaceBias:
                RecordedModel.Check(nameOrFile);
                return OfModel(OnnxFile.Read(nameOrFile), nameOrFile, options);
            case PredictorKind.Foreign:
                return Foreign(nameOrFile, options);
            default:
                return options.Classes is null
                    ? OfCatalogue(store.Get(nameOrFile, progress, cancellationToken), options)
                    : throw new FaceBiasException(
                        $"Classes are given for a classifier's file of unknown origin; '{nameOrFile}' names its own.");
        }
    }

    /// <param name="named">Whether the caller names the classes: an imported backbone's file is a classifier
    /// then.</param>
    internal static PredictorKind KindOf(string nameOrFile, ModelStore store, bool named)
    {
        if (!File.Exists(nameOrFile) || store.List().Any(m => m.Name == nameOrFile))
            return PredictorKind.Catalogue;
        var file = ModelImporter.IsOnnx(nameOrFile) ? OnnxFile.Read(nameOrFile) : null;
        return file?.Metadata(ModelMetadata.Key) is not null ? PredictorKind.FaceBias
            : named || file?.Metadata(BackboneMetadata.Input) is null ? PredictorKind.Foreign : PredictorKind.Catalogue;
    }

    /// <summary>Opens a model that FaceBias trained, in memory.</summary>
    /// <param name="model">The model; it is changed where further outputs are wanted.</param>
    /// <param name="name">Its name for messages, usually its file.</param>
    /// <param name="options">How.</param>
    /// <exception cref="FaceBiasException">It is none, or its metadata do not fit its graph.</exception>
    internal static OnnxPredictor OfModel(ModelProto model, string name, PredictorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new();
        var metadata = ModelMetadata.Read(model, name);
        var outputs = metadata.Targets.Select(t => new ModelOutput(PredictorOutput.Of(t), t.Name)).ToList();
        var uncertainty =
            UncertaintyOutput.Read(model).Where(
                o => o.Name == PredictorOutput.Novelty ? options.Novelty : options.Uncertainty).ToArray();
        outputs.AddRange(uncertainty.Select(o => new ModelOutput(new(o.Name, o.Width), o.Name)));
        if (options.Features && model.Graph.Node.Any(n => n.Output.Contains(ModelExport.Features)))
        {
            outputs.Add(new(new(PredictorOutput.Features, 0), ModelExport.Features));
            if (model.Graph.Output.All(o => o.Name != ModelExport.Features))
                model.Graph.Output.Add(new ValueInfoProto { Name = ModelExport.Features });
        }
        return new(name, PredictorKind.FaceBias, Session(model, options), metadata.Input.ToSpec(), outputs,
            options.BatchSize)
        {
            Provenance = [new("model", name)],
            Uncertainty = uncertainty,
            Backbone = metadata.Backbone,
        };
    }

    /// <summary>Opens a graph with one input, float32 [N, ...].</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="name">Its name for messages.</param>
    /// <param name="outputs">What it gives, by the names of its outputs.</param>
    /// <param name="image">How pictures become rows; null where rows are features.</param>
    /// <param name="options">How.</param>
    internal static OnnxPredictor OfGraph(
        ModelProto graph, string name, IReadOnlyList<PredictorOutput> outputs, ImageSpec? image = null,
        PredictorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        options ??= new();
        return OfSession(Session(graph, options), name, outputs, image, options.BatchSize);
    }

    /// <summary>Takes a session over, and frees it.</summary>
    internal static OnnxPredictor OfSession(
        OnnxSession session, string name, IEnumerable<PredictorOutput> outputs, ImageSpec? image = null,
        int batchSize = ParallelInference.BatchSize) =>
        new(name, PredictorKind.Graph, session, image, outputs.Select(o => new ModelOutput(o, o.Name)), batchSize);

    private static OnnxPredictor OfCatalogue(Backbone model, PredictorOptions options)
    {
        if (model.Outputs.Count == 0)
            throw new FaceBiasException(
                $"The model '{model.Name}' gives features but no answers, so there is nothing to ask it; "
                + "train heads on it with 'facebias train', or name a model with outputs such as gear or faceres.");
        var session = new OnnxSession(model.OnnxPath,
            new OnnxSessionOptions { Threads = options.Threads, Device = options.Device });
        var outputs = model.Outputs.Select(o => o switch
        {
            { Classes: { } classes } =>
                new ModelOutput(PredictorOutput.Of(new CategoricalOutput(o.Name, classes)), o.Name),
            _ when Width(session, o.Name) == 1 && o.Meaning.StartsWith(ProbabilityOf, StringComparison.Ordinal) =>
                OneProbability(o.Name, o.Meaning.Split(' ')[^1]),
            _ => new(new(o.Name, Width(session, o.Name)), o.Name),
        });
        if (options.Features && model.FeatureCount > 0)
            outputs = outputs.Append(
                new(new(PredictorOutput.Features, model.FeatureCount), BackboneMetadata.Features));
        return new(model.Name, PredictorKind.Catalogue, session, model.Input, outputs, options.BatchSize)
        {
            Provenance =
            [
                new("model", $"{model.Name} ({model.Key}), asked through its own outputs"),
                new("licence of the model's package", model.Licence),
                new("licence of the model's weights", model.WeightsLicence),
            ],
        };
    }

    /// <summary>The probability of one class; the other class is not named by the model.</summary>
    private static ModelOutput OneProbability(string name, string named) => new(
        PredictorOutput.Of(new CategoricalOutput(name, [named, Not + named])), name,
        (values, _) => [.. values.SelectMany(p => new[] { p, 1 - p })]);

    private static OnnxPredictor Foreign(string path, PredictorOptions options)
    {
        var classifier = ForeignClassifier.Open(path, options.Import, options.Classes);
        var target = new CategoricalOutput(options.Target ?? "label", classifier.Classes);
        var outputs = new List<ModelOutput>
        {
            new(PredictorOutput.Of(target), ForeignClassifier.Scores,
                (scores, _) => classifier.ToProbabilities(scores)),
        };
        if (options.Features && classifier.FeatureCount > 0)
            outputs.Add(new(new(PredictorOutput.Features, classifier.FeatureCount), BackboneMetadata.Features));
        return new(path, PredictorKind.Foreign, Session(classifier.Model, options),
            new(classifier.Input.Width, classifier.Input.Height), outputs, options.BatchSize)
        {
            Notes = classifier.Notes,
            Provenance =
            [
                new("model", path), new("model's SHA-256", Sha256.OfFile(path)),
                .. classifier.Notes.Select(n => new KeyValuePair<string, string>("model's input and scores", n)),
            ],
        };
    }

    private static OnnxSession Session(ModelProto model, PredictorOptions options) =>
        new(model, new OnnxSessionOptions { Threads = options.Threads, Device = options.Device });

    private static int Width(OnnxSession session, string output) =>
        (int)session.Outputs.First(o => o.Name == output).Shape.Skip(1).Aggregate(1L,
            (product, d) => product * Math.Max(d, 0));
}
