namespace FaceBias.Core.Imaging;

/// <summary>A library that decodes and encodes pictures. Safe to use from many threads.</summary>
internal interface IPictureCodec
{
    /// <summary>Its name, as <see cref="PictureCodecs.Variable"/> takes it.</summary>
    string Name { get; }

    string Version { get; }

    /// <summary>Decodes to interleaved 8-bit RGB: the first frame, upright, in sRGB, on white.</summary>
    /// <param name="format">What it is by content: one that needs a library.</param>
    /// <param name="pixels">Where the pixels go.</param>
    /// <param name="maxPixels">Pictures with more are refused by their header.</param>
    /// <param name="target">A large JPEG may be decoded smaller, by <see cref="DecodeResult.Shrink"/>; null for its
    /// size.</param>
    /// <returns>Bad pictures never throw.</returns>
    DecodeResult Decode(byte[] bytes, ImageFormat format, PixelBuffer pixels, long maxPixels, ImageSpec? target);

    /// <summary>Encodes interleaved RGB.</summary>
    byte[] Jpeg(byte[] rgb, int width, int height, int quality);

    /// <summary>Encodes interleaved RGB.</summary>
    byte[] Png(byte[] rgb, int width, int height);
}
