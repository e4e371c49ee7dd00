using FaceBias.Core.Imaging;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet;

/// <summary>
/// A <see cref="PredictionEngine{TSrc, TDst}"/> with the model's description:
/// <code>
/// var context = new MLContext();
/// using var engine = context.CreateFacePredictionEngine("model.onnx");
/// Console.WriteLine(engine.Predict("face.jpg")["gender"].Label);
/// </code>
/// Not safe for several threads at once, like the engine inside.
/// </summary>
public sealed class FacePredictionEngine : IDisposable
{
    private readonly ITransformer _transformer;
    private readonly PredictionEngine<FaceImage, FacePrediction> _engine;

    internal FacePredictionEngine(MLContext context, string modelFile)
    {
        Model = FaceBiasModelInfo.Read(modelFile);
        // The estimators learn nothing: an empty table gives them their columns.
        _transformer = context.Transforms.ApplyFaceBiasModel(modelFile)
            .Fit(context.Data.LoadFromEnumerable(Array.Empty<FaceImage>()));
        _engine = context.Model.CreatePredictionEngine<FaceImage, FacePrediction>(_transformer);
    }

    /// <summary>What the model predicts.</summary>
    public FaceBiasModelInfo Model { get; }

    /// <summary>Predicts for a picture file; the numbers are those of <c>facebias predict</c>.</summary>
    /// <exception cref="FaceBiasException">The file is missing or no picture.</exception>
    public IReadOnlyDictionary<string, TargetPrediction> Predict(string imageFile)
    {
        if (!File.Exists(imageFile))
            throw new FaceBiasException($"There is no file '{imageFile}'; check the path.");
        try
        {
            return Predict(File.ReadAllBytes(imageFile));
        }
        catch (Exception e) when (e is FaceBiasException or IOException or UnauthorizedAccessException)
        {
            throw new FaceBiasException($"'{imageFile}' cannot be read as a picture: {e.Message}", e);
        }
    }

    /// <summary>Predicts for the bytes of a picture file.</summary>
    /// <param name="imageBytes">The whole file.</param>
    /// <param name="maxPixels">Pictures with more pixels are refused before anything is allocated for them.</param>
    /// <exception cref="FaceBiasException">It is no picture, or too large.</exception>
    public IReadOnlyDictionary<string, TargetPrediction> Predict(byte[] imageBytes, long maxPixels = ImageDecoder.DefaultMaxPixels)
    {
        using var image = FaceImageFile.Read(imageBytes, Model.Input, maxPixels);
        return Run(image);
    }

    /// <summary>Predicts for a picture in memory, which stays the caller's.</summary>
    public IReadOnlyDictionary<string, TargetPrediction> Predict(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        // ML.NET disposes a picture when it is given the next one.
        return Run(MLImage.CreateFromPixels(image.Width, image.Height, image.PixelFormat, image.Pixels));
    }

    private IReadOnlyDictionary<string, TargetPrediction> Run(MLImage own) => _engine.Predict(new FaceImage { Image = own }).Read(Model);

    /// <summary>Frees the engine and the ONNX session.</summary>
    public void Dispose()
    {
        _engine.Dispose();
        (_transformer as IDisposable)?.Dispose();
    }
}

/// <summary>Makes engines.</summary>
public static class FacePredictionEngines
{
    /// <summary>An engine for a finished FaceBias model.</summary>
    /// <exception cref="FaceBiasException">The file is missing or no FaceBias model.</exception>
    public static FacePredictionEngine CreateFacePredictionEngine(this MLContext context, string modelFile)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new FacePredictionEngine(context, modelFile);
    }
}
