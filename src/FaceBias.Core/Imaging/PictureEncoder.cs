namespace FaceBias.Core.Imaging;

/// <summary>Pictures that a model takes, as files.</summary>
public static class PictureEncoder
{
    /// <summary>A PNG of what <see cref="ImageDecoder.Decode(byte[], ImageSpec, Span{float})"/> wrote.</summary>
    /// <param name="planes">Planes R, G, B of whole levels 0 to 255.</param>
    /// <param name="spec">Their size.</param>
    public static byte[] Png(ReadOnlySpan<float> planes, ImageSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return PictureCodecs.Default.Png(Interleaved(planes, spec), spec.Width, spec.Height);
    }

    /// <summary>The same as a JPEG, a tenth as large, for pages.</summary>
    internal static byte[] Jpeg(ReadOnlySpan<float> planes, ImageSpec spec) =>
        PictureCodecs.Default.Jpeg(Interleaved(planes, spec), spec.Width, spec.Height, quality: 85);

    /// <summary>Red, green and blue of each pixel in turn.</summary>
    internal static byte[] Interleaved(ReadOnlySpan<float> planes, ImageSpec spec)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(planes.Length, spec.Length);
        var size = spec.Width * spec.Height;
        var rgb = new byte[planes.Length];
        for (var i = 0; i < size; i++)
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) =
                ((byte)planes[i], (byte)planes[size + i], (byte)planes[2 * size + i]);
        return rgb;
    }
}
