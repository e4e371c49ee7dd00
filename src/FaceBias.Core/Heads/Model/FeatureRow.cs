namespace FaceBias.Core.Heads.Model;

/// <summary>The features of an image, valid until the next call.</summary>
internal delegate ReadOnlySpan<float> FeatureRow(int image);
