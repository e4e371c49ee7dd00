using FaceBias;
using FaceBias.Core.Backbones;
using FaceBias.Core.Uncertainty;
using FaceBias.MLNet;
using FaceBias.MLNet.Scoring;
using FaceBias.Onnx.Import;

namespace Microsoft.ML;

/// <summary>FaceBias models and backbones as estimators of ML.NET. Pictures are decoded and fitted by FaceBias, turned
/// by their EXIF orientation, so that a pipeline gives what <c>facebias predict</c> gives; rows are scored in batches
/// on all cores; a fitted pipeline is saved and loaded as a model zip with the ONNX graph inside.</summary>
public static class FaceBiasCatalog
{
    /// <summary>Applies a finished FaceBias model.</summary>
    /// <param name="catalog">The transforms of a context.</param>
    /// <param name="modelFile">The <c>model.onnx</c> of a run.</param>
    /// <param name="inputColumnName">The column of pictures: paths (text), whole files (vectors of Byte) or
    /// <see cref="MLImage"/>. ML.NET's LoadImages does not heed EXIF orientation; give paths.</param>
    /// <returns>For a target <c>gender</c> with classes: <c>gender.PredictedLabel</c>, a key with the classes as
    /// values, and <c>gender.Score</c>, probabilities with the classes as slot names; for a number <c>age</c>:
    /// <c>age.Score</c>, a Single; and <c>ImageProblem</c>, why a picture could not be used, else empty.</returns>
    /// <exception cref="FaceBiasException">The file is missing or no FaceBias model.</exception>
    public static IEstimator<ModelTransformer> ApplyFaceBiasModel(
        this TransformsCatalog catalog, string modelFile, string inputColumnName = nameof(FaceImage.Image)) =>
        catalog.ApplyFaceBiasModel(modelFile, new FaceModelOptions { InputColumnName = inputColumnName });

    /// <summary>Applies a finished FaceBias model.</summary>
    /// <inheritdoc cref="ApplyFaceBiasModel(TransformsCatalog, string, string)"/>
    public static IEstimator<ModelTransformer> ApplyFaceBiasModel(this TransformsCatalog catalog, string modelFile,
        FaceModelOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(modelFile);
        return new ModelEstimator(Spec(FaceBiasModelInfo.Read(modelFile), options), modelFile);
    }

    /// <summary>Applies a backbone: pictures to a vector of features, for a trainer of ML.NET to follow.</summary>
    /// <param name="catalog">The transforms of a context.</param>
    /// <param name="outputColumnName">Column of the features.</param>
    /// <param name="inputColumnName">The column of pictures: paths (text), whole files (vectors of Byte) or
    /// <see cref="MLImage"/>.</param>
    /// <param name="backbone">A backbone of the catalogue, one that was imported, or the file of one.</param>
    /// <returns>The features and, in <c>{output}Problem</c>, why a picture could not be used, else empty; its features
    /// are then not numbers, and <c>Data.FilterRowsByMissingValues</c> takes such rows out.</returns>
    /// <exception cref="FaceBiasException">There is no such backbone, or it cannot be downloaded.</exception>
    public static IEstimator<ModelTransformer> ApplyBackbone(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string backbone = "faceres") =>
        catalog.ApplyBackbone(
            new BackboneOptions { OutputColumnName = outputColumnName, InputColumnName = inputColumnName,
                Backbone = backbone });

    /// <summary>Applies a backbone: pictures to a vector of features, for a trainer of ML.NET to follow.</summary>
    /// <inheritdoc cref="ApplyBackbone(TransformsCatalog, string, string, string)"/>
    public static IEstimator<ModelTransformer> ApplyBackbone(this TransformsCatalog catalog, BackboneOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var found = new ModelStore(options.Home ?? FaceBiasHome.Folder).Get(options.Backbone);
        if (found.FeatureCount == 0)
            throw new ArgumentException($"'{options.Backbone}' gives no features; choose a backbone.", nameof(options));
        return new ModelEstimator(new ScoringSpec
        {
            InputColumn = options.InputColumnName,
            Image = found.Input,
            InputLength = found.Input.Length,
            ImageFolder = options.ImageFolder,
            Unreadable = options.Unreadable,
            ProblemColumn = options.OutputColumnName + "Problem",
            Outputs = [new(BackboneMetadata.Features, found.FeatureCount, OutputShape.Vector,
                options.OutputColumnName)],
            GpuDeviceId = options.GpuDeviceId,
            FallbackToCpu = options.FallbackToCpu,
            Threads = options.Threads,
        }, found.OnnxPath);
    }

    /// <summary>What a model's columns are.</summary>
    internal static ScoringSpec Spec(FaceBiasModelInfo model, FaceModelOptions options)
    {
        options.Check();
        var prefix = options.OutputColumnPrefix;
        if (options.Target is { } only && model.Targets.All(t => t.Name != only))
            throw new ArgumentException(
                $"The model does not predict '{only}'; it predicts "
                    + $"{model.Targets.Select(t => t.Name).Quoted()}.", nameof(options));
        return new ScoringSpec
        {
            InputColumn = options.InputColumnName,
            Image = model.Input,
            InputLength = model.Input.Length,
            ImageFolder = options.ImageFolder,
            Unreadable = options.Unreadable,
            ProblemColumn = prefix + "ImageProblem",
            Outputs =
            [
                .. model.Targets.Where(t => options.Target is null || t.Name == options.Target)
                    .Select(t => Output(t, options.Target is null ? $"{prefix}{t.Name}." : prefix)),
                .. model.Uncertainty.Where(
                    o => options.Target is null || o.Target is null || o.Target == options.Target)
                    .Select(o => Further(o, model, prefix)),
            ],
            GpuDeviceId = options.GpuDeviceId,
            FallbackToCpu = options.FallbackToCpu,
            Threads = options.Threads,
        };
    }

    /// <summary>An uncertainty, a set or an end of an interval, under the name of the graph's output; a number per
    /// class has the classes as slot names.</summary>
    private static ScoredOutput Further(UncertaintyOutput output, FaceBiasModelInfo model, string prefix)
    {
        var classes = model.Targets.FirstOrDefault(t => t.Name == output.Target)?.Classes ?? [];
        return new(output.Name, output.Width, output.Width == 1 ? OutputShape.Value : OutputShape.Vector,
            prefix + output.Name,
            Classes: output.Width > 1 && classes.Count == output.Width ? new(classes) : null);
    }

    private static ScoredOutput Output(FaceBiasTarget target, string prefix) => target.IsNumeric
        ? new(target.Name, 1, OutputShape.Number, prefix + "Score")
        : new(target.Name, target.Width, OutputShape.Classes, prefix + "Score", prefix + "PredictedLabel",
            Classes: new(target.Classes));
}
