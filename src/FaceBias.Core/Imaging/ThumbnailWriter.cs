namespace FaceBias.Core.Imaging;

/// <summary>Small JPEGs for reports.</summary>
internal static class ThumbnailWriter
{
    /// <summary>A JPEG of a picture, upright, in sRGB, no side longer than <paramref name="maxSide"/>; never
    /// enlarged.</summary>
    /// <param name="maxSide">Pixels, at least 1.</param>
    /// <param name="quality">JPEG quality, 1 to 100.</param>
    /// <returns>The bytes of a JPEG, or null and the reason why the picture cannot be decoded.</returns>
    public static (byte[]? Jpeg, string? Problem) Write(string path, int maxSide, int quality = 80)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSide, 1);
        if (!ImageDecoder.TryReadFile(path, out var bytes, out var problem))
            return (null, problem);
        using var pixels = new PixelBuffer();
        var decoded = new ImageDecoder().DecodePixels(bytes, pixels, new ImageSpec(maxSide, maxSide));
        if (!decoded.Ok)
            return (null, decoded.Problem);
        var scale = Math.Min(1.0, (double)maxSide / Math.Max(pixels.Width, pixels.Height));
        var (width, height) = (Math.Max(1, (int)Math.Round(pixels.Width * scale)),
            Math.Max(1, (int)Math.Round(pixels.Height * scale)));
        var small = new byte[width * height * 3];
        Resampler.Resize(pixels.Span, pixels.Width, 3,
            new(pixels.Width, 0, pixels.Width, width, ResampleFilter.Triangle),
            new(pixels.Height, 0, pixels.Height, height, ResampleFilter.Triangle), small);
        return (PictureCodecs.Default.Jpeg(small, width, height, quality), null);
    }
}
