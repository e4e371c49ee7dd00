using FaceBias.Core.Imaging;

namespace FaceBias.Core.Backbones;

/// <summary>
/// A model ready to run: an ONNX file with the input <c>pixels</c> (float32 [N, 3, H, W], RGB, 0 to 255) and the output
/// <c>features</c> (float32 [N, D]).
/// </summary>
/// <param name="Name">The name in the catalogue.</param>
/// <param name="OnnxPath">The file.</param>
/// <param name="Input">How pictures are fitted before they go in.</param>
/// <param name="FeatureCount">D, or 0 for a model without features (a detector).</param>
/// <param name="Key">16 hex digits that change whenever the file or the fitting of pictures does; features computed
/// under one key are not those of another.</param>
/// <param name="FixedBatch">The only batch size that the graph takes, or null where any will do.</param>
/// <param name="Outputs">Further outputs.</param>
/// <param name="Licence">The licence of the package.</param>
/// <param name="WeightsLicence">What is known about the licence of the weights.</param>
internal sealed record Backbone(
    string Name, string OnnxPath, ImageSpec Input, int FeatureCount, string Key, int? FixedBatch,
    IReadOnlyList<ModelOutput> Outputs, string Licence, string WeightsLicence)
{
    /// <summary>How many of the features, from the first on, are of the last layer: those that say what a picture
    /// shows. Means of earlier layers, which say how it is made, follow; two pictures are compared without
    /// them.</summary>
    public int LastLayerCount { get; init; } = FeatureCount;
}
