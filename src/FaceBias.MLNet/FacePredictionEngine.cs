using System.Diagnostics;
using FaceBias.Core.Imaging;
using FaceBias.MLNet.Scoring;
using FaceBias.Onnx.Graphs;

namespace FaceBias.MLNet;

/// <summary>
/// Predictions of one model for one picture at a time; the numbers are those of <c>facebias predict</c>:
/// <code>
/// using var engine = context.Model.CreateFacePredictionEngine("model.onnx");
/// Console.WriteLine(engine.Predict("face.jpg")["gender"].Label);
/// </code>
/// Safe for several threads. For many requests at once a <see cref="FacePredictionEnginePool"/> keeps them from
/// crowding the cores.
/// </summary>
[DebuggerDisplay("{DebuggerDisplay,nq}")]
public sealed class FacePredictionEngine : IDisposable
{
    private readonly ScoringSpec _spec;
    private readonly ModelScorer _scorer;

    internal FacePredictionEngine(string modelFile, bool oneThreadPerRow = false)
    {
        Model = FaceBiasModelInfo.Read(modelFile);
        _spec = FaceBiasCatalog.Spec(Model, new FaceModelOptions { Unreadable = UnreadableImages.KeepRow });
        _scorer = new(_spec, OnnxFile.ToBytes(OnnxFile.Read(modelFile)), typeof(FacePredictionEngine), oneThreadPerRow);
    }

    /// <summary>What the model predicts.</summary>
    public FaceBiasModelInfo Model { get; }

    /// <summary>Predicts for a picture file.</summary>
    /// <exception cref="FaceBiasException">The file is missing or no picture.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public IReadOnlyDictionary<string, TargetPrediction> Predict(string imageFile)
    {
        ArgumentNullException.ThrowIfNull(imageFile);
        return ImageDecoder.TryReadFile(imageFile, out var bytes, out var problem)
            ? Run(new() { Bytes = bytes }, $"'{imageFile}'", null)
            : throw new FaceBiasException($"'{imageFile}' cannot be used: {problem}.");
    }

    /// <summary>Predicts for the bytes of a picture file.</summary>
    /// <param name="imageBytes">The whole file.</param>
    /// <param name="maxPixels">Pictures with more pixels are refused before anything is allocated for them.</param>
    /// <exception cref="FaceBiasException">It is no picture, or too large.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public IReadOnlyDictionary<string, TargetPrediction> Predict(byte[] imageBytes,
        long maxPixels = ImageDecoder.DefaultMaxPixels)
    {
        ArgumentNullException.ThrowIfNull(imageBytes);
        return Run(new() { Bytes = imageBytes }, "The picture",
            maxPixels == ImageDecoder.DefaultMaxPixels ? null : new ImageDecoder { MaxPixels = maxPixels });
    }

    /// <summary>Predicts for a picture in memory, which stays the caller's.</summary>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public IReadOnlyDictionary<string, TargetPrediction> Predict(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Run(RowInput.Of(image, Model.Input), "The picture", null);
    }

    /// <summary>Frees the ONNX session.</summary>
    public void Dispose() => _scorer.Dispose();

    private Dictionary<string, TargetPrediction> Run(in RowInput input, string name, ImageDecoder? decoder)
    {
        var scores = _scorer.Score(input, decoder);
        return scores.Problem is { } problem ? throw new FaceBiasException($"{name} cannot be used: {problem}.")
            : Model.Targets.Select((t, i) => new TargetPrediction(t, scores.Outputs[i]))
                .ToDictionary(p => p.Target.Name, StringComparer.Ordinal);
    }

    private string DebuggerDisplay => $"predicts {string.Join(", ", Model.Targets.Select(t => t.Name))}";
}
