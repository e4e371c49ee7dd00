using System.Collections.Concurrent;
using FaceBias.Core.Backbones;
using FaceBias.MLNet.Evaluation;
using FaceBias.Primitives.Tables;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Vision;

namespace FaceBias.MLNet.Vision;

/// <summary>
/// Trains a classifier by ML.NET's <see cref="ImageClassificationTrainer"/> on TensorFlow, and takes care of what the
/// trainer does not: every fit has its own options, so that no early stopping lives on; validation rows are stratified;
/// a batch is never larger than the training rows; stored bottlenecks are only used for the pictures that they were
/// made of; pictures are prepared as in the rest of FaceBias; and the folder of pretrained networks is one that can be
/// named.
/// <code>
/// var result = new ImageClassificationRun(new() { Epochs = 50, Workspace = "bottlenecks" }).Fit(data, progress);
/// var evaluation = result.Context.MulticlassClassification.EvaluateBySubgroup(result.Score(test), "gender");
/// </code>
/// Labels of people are <em>perceived</em> attributes.
/// </summary>
/// <param name="options">What to train and how.</param>
public sealed class ImageClassificationRun(ImageClassificationOptions options)
{
    // The binding keeps its current graph in static fields.
    private static readonly Lock s_oneAtATime = new();

    private readonly ImageClassificationOptions _options = Checked(options);

    /// <summary>Told every epoch.</summary>
    internal Action<ClassificationEpoch>? EpochCallback { get; init; }

    private int Size => PretrainedNetworks.Size(_options.Architecture);

    /// <summary>Trains; a stratified part of the rows is validated on.</summary>
    /// <param name="data">Paths, labels and groups, by the names in the options.</param>
    /// <param name="progress">Pictures, then epochs with validation metrics.</param>
    /// <param name="cancellationToken">Heeded at every picture and every epoch.</param>
    /// <exception cref="FaceBiasException">TensorFlow's library is missing, a column is, or the rows do not
    /// do.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; bottlenecks that were finished are kept.</exception>
    public ImageClassificationResult Fit(IDataView data, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        TensorFlowLibrary.Require();
        var (rows, leftOut) = Usable(Read(data), progress, cancellationToken);
        var validation = Training.ValidationSplit.Of([.. rows.Select(r => r.Label)], [.. rows.Select(r => r.Group)],
            _options.ValidationShare, _options.Seed);
        return Fit([.. rows.Where((_, i) => !validation[i])], [.. rows.Where((_, i) => validation[i])], leftOut,
            progress, cancellationToken);
    }

    /// <summary>Trains on some rows and validates on others.</summary>
    /// <inheritdoc cref="Fit(IDataView, IProgress{StepProgress}?, CancellationToken)"/>
    public ImageClassificationResult Fit(IDataView train, IDataView validation,
        IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        TensorFlowLibrary.Require();
        var (rows, leftOut) = Usable(Read(train), progress, cancellationToken);
        var (judged, alsoLeftOut) = Usable(Read(validation), progress, cancellationToken);
        if (judged.Select(r => r.Label).Except(rows.Select(r => r.Label)).FirstOrDefault() is { } unknown)
            throw new FaceBiasException($"The validation rows have the class '{unknown}', which no training row has.");
        return Fit(rows, judged, [.. leftOut, .. alsoLeftOut], progress, cancellationToken);
    }

    /// <summary>Reads a model that <see cref="ImageClassificationResult.Save"/> wrote.</summary>
    public static ITransformer Load(MLContext context, string path)
    {
        ArgumentNullException.ThrowIfNull(context);
        TensorFlowLibrary.Require();
        context.ComponentCatalog.RegisterAssembly(typeof(PictureLoading).Assembly);
        context.ComponentCatalog.RegisterAssembly(typeof(ImageClassificationTrainer).Assembly);
        return context.Model.Load(path, out _);
    }

    private ImageClassificationResult Fit(Row[] train, Row[] validation, IReadOnlyList<LeftOutPicture> leftOut,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var batch = ClassificationPlan.BatchSize(_options.BatchSize, train.Length);
        ClassificationPlan.Check(_options.Schedule, train.Length, batch);
        // To the part of ML.NET that downloads networks a relative folder would be another one than to the part that
        // reads them.
        var models = Path.GetFullPath(_options.ModelFolder ?? Path.Combine(FaceBiasHome.Folder, "tensorflow"));
        var temporary = _options.Workspace is null ? Directory.CreateTempSubdirectory("facebias-bottlenecks-") : null;
        var workspace = temporary?.FullName ?? Path.GetFullPath(_options.Workspace!);
        try
        {
            Directory.CreateDirectory(workspace);
            Directory.CreateDirectory(models);
            var context = new MLContext(_options.Seed) { TempFilePath = models };
            var (trainView, validationView) = (View(context, train), View(context, validation));
            var labels = context.Transforms.Conversion.MapValueToKey(_options.LabelColumnName,
                keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(trainView);
            var pictures = PictureLoading.Create(context, trainView, _options.ImageColumnName, Size);
            IDataView Prepare(IDataView view) => pictures.Transform(labels.Transform(view));
            var epochs = new List<ClassificationEpoch>();
            var settings = Settings(workspace, batch, [.. train.Select(r => (r.Path, r.Label))],
                [.. validation.Select(r => (r.Path, r.Label))], Report);
            settings.ValidationSet = Prepare(validationView);
            var prepared = Prepare(trainView);
            lock (s_oneAtATime)
            {
                var trained = context.MulticlassClassification.Trainers.ImageClassification(settings).Fit(prepared);
                if (epochs.FindIndex(e => !float.IsFinite(e.Loss)) is >= 0 and var bad)
                    throw new FaceBiasException(
                        $"The loss is not finite from epoch {epochs[bad].Epoch} on; give a smaller learning rate.");
                var classes = context.Transforms.Conversion.MapKeyToValue("PredictedClass", "PredictedLabel")
                    .Fit(trained.Transform(prepared));
                return new(context, new TransformerChain<ITransformer>(pictures, trained, classes), labels,
                    trainView.Schema)
                {
                    Classes = Scoring.ClassNames.Of(prepared.Schema[_options.LabelColumnName]).Texts,
                    Epochs = epochs,
                    TrainRows = train.Length,
                    ValidationRows = validation.Length,
                    LeftOut = leftOut,
                };
            }

            void Report(ImageClassificationTrainer.ImageClassificationMetrics metrics)
            {
                // The one way to stop the trainer that is public.
                cancel.ThrowIfCancellationRequested();
                if (metrics.Bottleneck is { } pass)
                    progress?.Report(
                        new($"features ({_options.Architecture})", pass.Index,
                            pass.DatasetUsed == ImageClassificationTrainer.ImageClassificationMetrics.Dataset.Train
                                ? train.Length : validation.Length, "images"));
                if (metrics.Train is not { } estimates)
                    return;
                var judged = estimates.DatasetUsed
                    == ImageClassificationTrainer.ImageClassificationMetrics.Dataset.Validation;
                epochs.Add(new(estimates.Epoch + 1, judged, estimates.Accuracy, estimates.CrossEntropy,
                    estimates.LearningRate));
                EpochCallback?.Invoke(epochs[^1]);
                if (judged)
                    progress?.Report(
                        new("training", estimates.Epoch + 1, _options.Epochs, "epochs",
                            Note: FormattableString.Invariant($"validation loss {estimates.CrossEntropy:0.0000}")));
            }
        }
        catch (Exception e) when (TensorFlowLibrary.IsCause(e))
        {
            throw new FaceBiasException(TensorFlowLibrary.Missing, e);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot keep networks in '{models}' and bottlenecks in '{workspace}'", e);
        }
        catch (InvalidOperationException e)
            when (!File.Exists(PretrainedNetworks.FileOf(models, _options.Architecture)))
        {
            throw new FaceBiasException(
                $"The pretrained network could not be downloaded; put it into '{PretrainedNetworks.FileOf(models, _options.Architecture)}' (from {PretrainedNetworks.Url(_options.Architecture)}).", e);
        }
        finally
        {
            temporary?.Delete(recursive: true);
        }
    }

    /// <summary>Settings for one fit.</summary>
    internal ImageClassificationTrainer.Options Settings(
        string workspace, int batch, (string Path, string Label)[] train, (string Path, string Label)[] validation,
        Action<ImageClassificationTrainer.ImageClassificationMetrics> report)
    {
        var (trainName, validationName) = (Name("train", train), Name("validation", validation));
        return new()
        {
            FeatureColumnName = PictureLoading.Picture,
            LabelColumnName = _options.LabelColumnName,
            Arch = _options.Architecture,
            Epoch = _options.Epochs,
            BatchSize = batch,
            LearningRate = _options.LearningRate,
            LearningRateScheduler = _options.Schedule,
            // It counts from where it was when a fit ended: one for each fit.
            EarlyStoppingCriteria = _options.Patience is { } patience
                ? new(_options.MinimumGain, patience, _options.StopOn) : null,
            MetricsCallback = report,
            WorkspacePath = workspace,
            TrainSetBottleneckCachedValuesFileName = trainName,
            ValidationSetBottleneckCachedValuesFileName = validationName,
            ReuseTrainSetBottleneckCachedValues = BottleneckFiles.Complete(workspace, trainName, train.Length),
            ReuseValidationSetBottleneckCachedValues =
                BottleneckFiles.Complete(workspace, validationName, validation.Length),
            ValidationSetFraction = null,
        };

        string Name(string part, (string Path, string Label)[] rows) =>
            BottleneckFiles.Name(part, _options.Architecture.ToString(), rows);
    }

    private IDataView View(MLContext context, Row[] rows)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Path)].ColumnName = _options.ImageColumnName;
        schema[nameof(Row.Label)].ColumnName = _options.LabelColumnName;
        schema.Remove(schema[nameof(Row.Group)]);
        return context.Data.LoadFromEnumerable(rows, schema);
    }

    private Row[] Read(IDataView data)
    {
        var view = MemoryView.Read(data,
            [_options.ImageColumnName, _options.LabelColumnName, .. _options.GroupColumns]);
        if (view.Schema[_options.ImageColumnName].Type is not TextDataViewType)
            throw new FaceBiasException($"Column '{_options.ImageColumnName}' must be text, the paths of pictures.");
        if (SubgroupColumns.Group(view, _options.LabelColumnName) is not TextColumn label)
            throw new FaceBiasException(
                $"Column '{_options.LabelColumnName}' is a number; a classifier needs text, a key or a boolean.");
        var groups = _options.GroupColumns.Select(c => SubgroupColumns.Labels(view, c)).ToArray();
        return [.. view.Values<ReadOnlyMemory<char>>(_options.ImageColumnName).Select((path, i) => new Row
        {
            Path = path.ToString(), Label = label[i] ?? "", Group = string.Join('\n', groups.Select(g => g[i])),
        })];
    }

    /// <summary>The rows that have a label and a picture: the trainer would pass over the others in silence.</summary>
    private (Row[] Rows, LeftOutPicture[] LeftOut) Usable(Row[] rows, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        var reasons = new string?[rows.Length];
        var done = 0;
        Parallel.For(0, rows.Length,
            new() { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            reasons[i] = rows[i].Label.Length == 0 ? "it has no label" : PictureLoading.Problem(rows[i].Path, Size);
            var now = Interlocked.Increment(ref done);
            if (now % 64 == 0 || now == rows.Length)
                progress?.Report(new("looking at images", now, rows.Length, "images"));
        });
        return ([.. rows.Where((_, i) => reasons[i] is null)],
            [.. rows.Zip(reasons).Where(r => r.Second is not null).Select(
                r => new LeftOutPicture(r.First.Path, r.Second!))]);
    }

    private static ImageClassificationOptions Checked(ImageClassificationOptions options)
    {
        if (options.Epochs < 1 || options.BatchSize < 1 || options.Patience < 1)
            throw new FaceBiasException("Epochs, batch size and patience must be at least 1.");
        if (options.LearningRate is not (> 0 and < float.PositiveInfinity))
            throw new FaceBiasException(
                FormattableString.Invariant($"The learning rate must be above 0, not {options.LearningRate}."));
        return options;
    }

    private sealed class Row
    {
        public string Path { get; set; } = "";
        public string Label { get; set; } = "";
        public string Group { get; set; } = "";
    }
}
