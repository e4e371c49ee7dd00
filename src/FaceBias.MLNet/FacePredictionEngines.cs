using FaceBias;
using FaceBias.MLNet;

namespace Microsoft.ML;

/// <summary>Makes engines.</summary>
public static class FacePredictionEngines
{
    /// <summary>An engine for a finished FaceBias model.</summary>
    /// <param name="catalog">The model operations of a context.</param>
    /// <param name="modelFile">The <c>model.onnx</c> of a run.</param>
    /// <exception cref="FaceBiasException">The file is missing or no FaceBias model.</exception>
    public static FacePredictionEngine CreateFacePredictionEngine(this ModelOperationsCatalog catalog, string modelFile)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(modelFile);
        return new FacePredictionEngine(modelFile);
    }
}
