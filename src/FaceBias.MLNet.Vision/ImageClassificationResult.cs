using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet.Vision;

/// <summary>Metrics of one epoch, means over its batches.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Validation">Whether they are of the validation rows.</param>
/// <param name="Accuracy">Share of right labels.</param>
/// <param name="Loss">Cross-entropy.</param>
/// <param name="LearningRate">Of the epoch's last step.</param>
public readonly record struct ClassificationEpoch(int Epoch, bool Validation, float Accuracy, float Loss,
    float LearningRate);

/// <summary>A picture that was not trained on.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Reason">Why, as the end of a sentence.</param>
public sealed record LeftOutPicture(string Path, string Reason);

/// <summary>What a fit gave.</summary>
public sealed class ImageClassificationResult
{
    private readonly ITransformer _labels;
    private readonly DataViewSchema _input;

    internal ImageClassificationResult(MLContext context, ITransformer model, ITransformer labels,
        DataViewSchema input) =>
        (Context, Model, _labels, _input) = (context, model, labels, input);

    /// <summary>The context that it was made in.</summary>
    public MLContext Context { get; }

    /// <summary>From paths to <c>Score</c>, <c>PredictedLabel</c> (a key) and <c>PredictedClass</c> (text).</summary>
    public ITransformer Model { get; }

    /// <summary>The classes in the order of the scores.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Metrics as they came.</summary>
    public required IReadOnlyList<ClassificationEpoch> Epochs { get; init; }

    /// <summary>Rows trained on.</summary>
    public required int TrainRows { get; init; }

    /// <summary>Rows validated on.</summary>
    public required int ValidationRows { get; init; }

    /// <summary>Pictures that were not used, with reasons.</summary>
    public required IReadOnlyList<LeftOutPicture> LeftOut { get; init; }

    /// <summary>Predictions beside labels as keys of the model's classes, for
    /// <see cref="Evaluation.SubgroupEvaluators.EvaluateBySubgroup(MulticlassClassificationCatalog, IDataView, string[])"/>.</summary>
    public IDataView Score(IDataView labelled) => Model.Transform(_labels.Transform(labelled));

    /// <summary>Writes the model as a zip; <see cref="ImageClassificationRun.Load"/> reads it.</summary>
    public void Save(string path) => Context.Model.Save(Model, _input, path);
}
