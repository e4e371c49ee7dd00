using FaceBias.Core.Data;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Curation.Quality;

/// <summary>From which score on a picture is flagged. The defaults are calibrated on UTKFace and ImageNet photographs;
/// see <c>docs/explanation/curation.md</c>.</summary>
public sealed record QualityLimits
{
    /// <summary>Dark: the 95th percentile of the greys is below this. It is the light parts that count (eyes, teeth,
    /// backdrop, reflections), so that a dark skin alone does not make a picture dark.</summary>
    public double Dark { get; init; } = 0.35;

    /// <summary>Bright: the 5th percentile of the greys is above this.</summary>
    public double Bright { get; init; } = 0.55;

    /// <summary>Blurred: the blur is above this.</summary>
    public double Blurred { get; init; } = 0.70;

    /// <summary>Low information: fewer bits than this.</summary>
    public double LowInformation { get; init; } = 5.5;

    /// <summary>Grey: a smaller mean difference between the colours.</summary>
    public double Grey { get; init; } = 0.012;

    /// <summary>Odd aspect: the longer side is more than this many times the shorter.</summary>
    public double OddAspect { get; init; } = 2;

    /// <summary>Padded: bars take up more than this share.</summary>
    public double Padded { get; init; } = 0.15;

    internal ManifestFlags Flags(in PictureQuality quality, int width, int height)
    {
        ManifestFlags If(bool holds, ManifestFlags flag) => holds ? flag : 0;
        return If(quality.Lights < Dark, ManifestFlags.Dark) | If(quality.Shadows > Bright, ManifestFlags.Bright)
            | If(quality.Blur > Blurred, ManifestFlags.Blurred) | If(quality.Information < LowInformation,
                ManifestFlags.LowInformation)
            | If(quality.Colour < Grey, ManifestFlags.Grey) | If(Aspect(width, height) > OddAspect,
                ManifestFlags.OddAspect)
            | If(quality.Padding > Padded, ManifestFlags.Padded);
    }

    /// <summary>Longer side over shorter side.</summary>
    internal static double Aspect(int width, int height) => (double)Math.Max(width, height) / Math.Min(width, height);

    /// <summary>Whether a file's name ends in the extension of another format than its content; an unknown content says
    /// nothing.</summary>
    internal static bool HasWrongExtension(string path, ImageFormat format) => format != ImageFormat.Unknown
        && Path.GetExtension(path).ToLowerInvariant() is var extension
        && format != extension switch
        {
            ".jpg" or ".jpeg" or ".jpe" or ".jfif" => ImageFormat.Jpeg,
            ".png" => ImageFormat.Png,
            ".webp" => ImageFormat.WebP,
            ".gif" => ImageFormat.Gif,
            ".tif" or ".tiff" => ImageFormat.Tiff,
            ".bmp" or ".dib" => ImageFormat.Bmp,
            ".pbm" or ".pgm" or ".ppm" or ".pnm" => ImageFormat.Pnm,
            _ => ImageFormat.Heif,
        };
}
