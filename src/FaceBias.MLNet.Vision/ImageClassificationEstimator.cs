using FaceBias.MLNet.Scoring;
using FaceBias.MLNet.Training;
using Microsoft.ML;
using Microsoft.ML.Vision;

namespace FaceBias.MLNet.Vision;

/// <summary><see cref="ImageClassificationRun"/> as an estimator with the options of FaceBias's own engine, so that one
/// line switches between the two. Of the network only a linear layer on top is trained, whatever
/// <see cref="ImageFineTuningOptions.Layers"/> says; the data's column holds paths.</summary>
public sealed class ImageClassificationEstimator : IEstimator<ITransformer>
{
    private readonly ImageFineTuningOptions _options;
    private readonly ImageClassificationRun _run;

    internal ImageClassificationEstimator(ImageFineTuningOptions options,
        ImageClassificationTrainer.Architecture architecture)
    {
        options.Checked();
        if (options.ImageFolder.Length > 0)
            throw new ArgumentException("On TensorFlow the column of pictures holds whole paths; leave ImageFolder empty.",
                nameof(options));
        if (options is not { ScoreColumnName: "Score", PredictedLabelColumnName: "PredictedLabel" })
            throw new ArgumentException("On TensorFlow the columns are Score and PredictedLabel; copy them to others.",
                nameof(options));
        var defaults = new ImageClassificationOptions();
        _options = options;
        _run = new(defaults with
        {
            ImageColumnName = options.FeatureColumnName, LabelColumnName = options.LabelColumnName,
            GroupColumns = options.GroupColumnNames, Architecture = architecture,
            Epochs = options.Epoch ?? defaults.Epochs, BatchSize = options.BatchSize ?? defaults.BatchSize,
            LearningRate = (float)(options.LearningRate ?? defaults.LearningRate),
            Patience = options.EarlyStoppingCriteria?.Patience,
            MinimumGain = (float)(options.EarlyStoppingCriteria?.MinDelta ?? defaults.MinimumGain),
            ValidationShare = options.ValidationSetFraction, Workspace = options.WorkspacePath, Seed = options.Seed,
        })
        {
            EpochCallback = options.MetricsCallback is not { } told ? null : epoch =>
            {
                if (epoch.Validation)
                    told(new(ImageFineTuningStage.Head, epoch.Epoch, epoch.Loss, epoch.Accuracy, double.NaN));
            },
        };
    }

    /// <summary>Trains.</summary>
    /// <returns>From paths to <c>Score</c>, <c>PredictedLabel</c> (a key) and <c>PredictedClass</c> (text).</returns>
    /// <inheritdoc cref="ImageClassificationRun.Fit(IDataView, IProgress{StepProgress}?, CancellationToken)"/>
    public ITransformer Fit(IDataView input)
    {
        var (progress, cancel) = (_options.Progress, _options.CancellationToken);
        var result = _options.ValidationSet is { } held ? _run.Fit(input, held, progress, cancel)
            : _run.Fit(input, progress, cancel);
        foreach (var picture in result.LeftOut)
            _options.LeftOutCallback?.Invoke($"'{picture.Path}' was left out: {picture.Reason}.");
        return result.Model;
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (inputSchema.All(c => c.Name != _options.LabelColumnName))
            throw new ArgumentException($"The data have no column '{_options.LabelColumnName}' of labels.",
                nameof(inputSchema));
        // How many classes there are is known after the fit. PredictedClass is a column of text, as problems are.
        return ModelEstimator.Shape(new()
        {
            InputColumn = _options.FeatureColumnName, InputLength = 1, Image = new(1, 1), ProblemColumn = "PredictedClass",
            Outputs = [new("Score", 2, OutputShape.Classes, "Score", "PredictedLabel", Classes: new(["0", "1"]))],
        }, inputSchema);
    }
}
