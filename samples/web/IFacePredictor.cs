using FaceBias.MLNet;

namespace FaceBias.Samples.Web;

/// <summary>Predictions for many requests at once; an engine alone is for one thread at a time.</summary>
public interface IFacePredictor
{
    /// <summary>What the model predicts.</summary>
    FaceBiasModelInfo Model { get; }

    /// <summary>Predicts for the bytes of a picture file.</summary>
    /// <exception cref="FaceBiasException">It is no picture, or too large.</exception>
    IReadOnlyDictionary<string, TargetPrediction> Predict(byte[] picture, long maxPixels);
}
