using FaceBias.Auditing;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.MLNet.Scoring;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Tables;
using Microsoft.ML.Runtime;

namespace FaceBias.MLNet.Training;

/// <summary>Trains a classifier or a regression of pictures as <c>facebias train --finetune</c> does, on FaceBias's own
/// engine over ONNX Runtime: a head on the features of a pretrained backbone, then the backbone's last layers, or all,
/// with it. What comes out is a transformer, which a model zip holds, and one ONNX model from pixels to predictions
/// (<see cref="ModelTransformer.SaveOnnx"/>). The same rows, options and seed give the same model. Labels of people are
/// <em>perceived</em> attributes.</summary>
public sealed class ImageFineTuningTrainer : IEstimator<ModelTransformer>
{
    private readonly ImageFineTuningOptions _options;
    private readonly bool _isNumber;
    private readonly IHostEnvironment? _environment;

    /// <param name="environment">What cancels a fit too; null for nothing else.</param>
    internal ImageFineTuningTrainer(ImageFineTuningOptions options, bool isNumber,
        IHostEnvironment? environment = null)
    {
        options.Checked();
        (_options, _isNumber, _environment) = (options, isNumber, environment);
    }

    /// <summary>Trains.</summary>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="FaceBiasException">The rows do not do: one class, no picture that can be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ModelTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var layers = _options.Checked();
        var temporary = _options.WorkspacePath is null ? Directory.CreateTempSubdirectory("facebias-finetune-") : null;
        try
        {
            using var cancellation = new ContextCancellation(_environment, _options.CancellationToken);
            return Fit(input, layers, temporary?.FullName ?? Path.GetFullPath(_options.WorkspacePath!),
                cancellation.Token);
        }
        finally
        {
            temporary?.Delete(recursive: true);
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (inputSchema.All(c => c.Name != _options.LabelColumnName))
            throw new ArgumentException($"The data have no column '{_options.LabelColumnName}' of labels.",
                nameof(inputSchema));
        // How many classes there are is known after the fit.
        return ModelEstimator.Shape(Spec(new(2, 2), new(["0", "1"])), inputSchema);
    }

    private ModelTransformer Fit(IDataView input, FinetuneOptions? layers, string workspace, CancellationToken cancel)
    {
        var (home, progress) = (_options.Home ?? FaceBiasHome.Folder, _options.Progress);
        var backbone = new ModelStore(home).Get(_options.Backbone, progress, cancel);
        if (backbone.FeatureCount == 0)
            throw new ArgumentException($"'{_options.Backbone}' gives no features; choose a backbone.", nameof(input));
        var copies = Path.Combine(workspace, "pictures");
        string[] beside = [_options.LabelColumnName, .. _options.GroupColumnNames];
        var (pictures, columns) = TrainingPictures.Read(input, beside, _options.FeatureColumnName,
            _options.ImageFolder, Path.Combine(copies, "train"), cancel);
        var labels = TrainerColumns.Read(columns, _options.LabelColumnName, _options.GroupColumnNames, _isNumber);
        ModelTransformer.Check(Spec(backbone.Input, labels.Classes), input.Schema);
        var trained = labels.Rows;
        if (_options.ValidationSet is { } given)
        {
            var (more, held) = TrainingPictures.Read(given, beside, _options.FeatureColumnName, _options.ImageFolder,
                Path.Combine(copies, "validation"), cancel);
            pictures = pictures.Then(more);
            labels = labels.Then(
                TrainerColumns.Read(held, _options.LabelColumnName, _options.GroupColumnNames, _isNumber,
                    labels.Classes));
        }
        var store = FeatureStore.Open(
            _options.ReuseTrainSetBottleneckCachedValues ? FeatureExtractor.StoreRoot(home)
                : Path.Combine(workspace, "features"), backbone.Key, backbone.FeatureCount);
        int[] readable =
            [.. Enumerable.Range(0, labels.Rows).Where(i => pictures.Problems[i] is null && !labels.IsMissing(i))];
        FeatureExtractor.Fill(store, backbone, [.. readable.Select(i => pictures.Paths[i])],
            [.. readable.Select(i => pictures.Sha256[i])],
            (i, reason) => pictures.Problems[readable[i]] = reason, _options.Threads, progress, cancel);
        int[] usable = [.. readable.Where(i => pictures.Problems[i] is null)];
        for (var i = 0; i < labels.Rows; i++)
            if (pictures.Problems[i] is { } problem)
                _options.LeftOutCallback?.Invoke($"'{pictures.Paths[i]}' was left out: {problem}.");
            else if (labels.IsMissing(i))
                _options.LeftOutCallback?.Invoke($"'{pictures.Paths[i]}' was left out: it has no label.");
        var (train, validation) = Split(labels, usable, trained);
        if (train.Length == 0)
            throw new FaceBiasException(
                $"None of the {trained:N0} rows can be trained on; the first: "
                    + $"{pictures.Problems.FirstOrDefault(p => p is not null) ?? "it has no label"}.");

        using var features = store.OpenRows();
        var heads = _options.HeadOptions(layers is null);
        var target = TrainingTarget.Create(labels.Target(_options.LabelColumnName), train, heads);
        var head = HeadTrainer.Train(image => features[pictures.Sha256[image]], backbone.FeatureCount, train,
            validation, [target], heads, _options.Threads, progress, cancel,
            Watch(ImageFineTuningStage.Head, labels, validation, layers is null));
        var metadata = new ModelMetadata(
            1, ModelInput.From(backbone.Input), [target.Output], backbone.Name, backbone.WeightsLicence,
            "Outputs are perceived attributes as annotators labelled them.");
        if (layers is null)
            return Transformer(backbone, labels,
                ModelExport.Join(OnnxFile.Read(backbone.OnnxPath), head.Graph, metadata));
        var key = Sha256.OfJson(
        [
            backbone.Key, heads, layers, labels.Classes?.Texts, _options.EarlyStoppingCriteria?.MinDelta ?? 0,
            train.Select(i => $"{pictures.Sha256[i]} {Label(labels, i)}"),
            validation.Select(i => $"{pictures.Sha256[i]} {Label(labels, i)}"),
        ]);
        var whole = FinetuneTrainer.Train(
            new FinetuneJob
            {
                Backbone = backbone,
                Heads = head.Graph,
                Targets = [target],
                HeadOptions = heads,
                Options = layers,
                Paths = pictures.Paths,
                Sha256 = pictures.Sha256,
                Train = train,
                Validation = validation,
                Folder = Path.Combine(workspace, "finetune"),
                Home = _options.ReuseTrainSetBottleneckCachedValues ? home : workspace,
                Key = key,
                Threads = _options.Threads,
                Device = _options.GpuDeviceId is null ? ExecutionDevice.Cpu : ExecutionDevice.Cuda,
            },
            metadata, progress, cancel, Watch(ImageFineTuningStage.Backbone, labels, validation, last: true));
        return Transformer(backbone, labels, whole.Graph);
    }

    private (int[] Train, int[] Validation) Split(TrainerColumns labels, int[] usable, int trained)
    {
        if (_options.ValidationSet is not null)
            return ([.. usable.Where(i => i < trained)], [.. usable.Where(i => i >= trained)]);
        if (_options.TestOnTrainSet || usable.Length == 0)
            return (usable, usable);
        var part = labels with
        {
            Codes = [.. usable.Where(_ => labels.Classes is not null).Select(i => labels.Codes[i])],
            Values = [.. usable.Where(_ => labels.Classes is null).Select(i => labels.Values[i])],
            Groups = [.. usable.Select(i => labels.Groups[i])],
        };
        var validation = part.Validation(_options.ValidationSetFraction, _options.Seed);
        return ([.. usable.Where((_, i) => !validation[i])], [.. usable.Where((_, i) => validation[i])]);
    }

    /// <summary>Reports epochs, and scores one that gains too little as one that gains nothing.</summary>
    private EpochWatch Watch(ImageFineTuningStage stage, TrainerColumns labels, int[] validation, bool last)
    {
        var best = double.PositiveInfinity;
        var least = last ? _options.EarlyStoppingCriteria?.MinDelta ?? 0 : 0;
        return report =>
        {
            _options.MetricsCallback?.Invoke(Metrics(stage, report, labels, validation));
            // A score that only just falls is reported as the best one so far, so that it is no gain.
            var score = report.Loss > best - least && report.Loss < best ? best : report.Loss;
            best = Math.Min(best, score);
            return new(false, score);
        };
    }

    private static ImageFineTuningMetrics Metrics(ImageFineTuningStage stage, EpochReport report, TrainerColumns labels,
        int[] validation)
    {
        var rows = Math.Min(validation.Length, report.Validation.RowCount);
        var (sum, width) = (0.0, labels.Classes?.Count ?? 1);
        if (rows > 0)
        {
            var values = report.Validation.Values(0);
            for (var i = 0; i < rows; i++)
                sum += labels.Classes is null ? Math.Abs(values[i] - labels.Values[validation[i]])
                    : System.Numerics.Tensors.TensorPrimitives.IndexOfMax(
                        values.Slice(i * width, width)) == labels.Codes[validation[i]] ? 1 : 0;
        }
        var mean = rows == 0 ? double.NaN : sum / rows;
        return new(stage, report.Epoch, report.Loss, labels.Classes is null ? double.NaN : mean,
            labels.Classes is null ? mean : double.NaN);
    }

    private ModelTransformer Transformer(Backbone backbone, TrainerColumns labels, ModelProto model) =>
        ModelTransformer.Of(Spec(backbone.Input, labels.Classes), OnnxFile.ToBytes(model));

    private ScoringSpec Spec(Core.Imaging.ImageSpec input, ClassNames? classes) => new()
    {
        InputColumn = _options.FeatureColumnName,
        Image = input,
        InputLength = input.Length,
        ImageFolder = _options.ImageFolder,
        ProblemColumn = _options.FeatureColumnName + "Problem",
        ScoresAgain = true,
        Outputs = [classes is null
            ? new(_options.LabelColumnName, 1, OutputShape.Number, _options.ScoreColumnName)
            : new(_options.LabelColumnName, classes.Count, OutputShape.Classes, _options.ScoreColumnName,
                _options.PredictedLabelColumnName, Classes: classes)],
        GpuDeviceId = _options.GpuDeviceId,
        Threads = _options.Threads,
    };

    private static string Label(TrainerColumns labels, int row) =>
        labels.Classes is null ? $"{BitConverter.DoubleToInt64Bits(labels.Values[row])}" : $"{labels.Codes[row]}";
}
