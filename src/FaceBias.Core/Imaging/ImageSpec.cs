namespace FaceBias.Core.Imaging;

/// <summary>How a picture of any shape becomes the size that a model takes.</summary>
public enum ImageFit
{
    /// <summary>Scale the shorter side to fit and cut the longer one at both ends (the default).</summary>
    Cover,

    /// <summary>Scale both sides on their own; the picture may be distorted.</summary>
    Stretch,
}

/// <summary>
/// What a model takes: a float32 tensor [N, 3, <paramref name="Height"/>, <paramref name="Width"/>], RGB in planes,
/// values 0 to 255. Every backbone of the catalogue is imported with this interface; its own normalisation, channel
/// order and layout are part of its graph.
/// </summary>
public sealed record ImageSpec(int Width, int Height, ImageFit Fit = ImageFit.Cover)
{
    /// <summary>Number of floats of one picture.</summary>
    public int Length => 3 * Width * Height;
}
