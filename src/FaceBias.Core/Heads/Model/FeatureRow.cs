namespace FaceBias.Core.Heads.Model;

/// <summary>The features of an image, valid until the next call.</summary>
/// <param name="image">Index of the image.</param>
internal delegate ReadOnlySpan<float> FeatureRow(int image);
