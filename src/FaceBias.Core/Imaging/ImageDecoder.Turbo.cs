namespace FaceBias.Core.Imaging;

public sealed partial class ImageDecoder
{
    /// <summary>Decodes a JPEG that has no orientation, profile or unusual colours by libturbojpeg. False leaves it,
    /// and every judgement on damaged files, to libvips.</summary>
    private bool TryDecodePlainJpeg(byte[] bytes, PixelBuffer pixels, ImageSpec? target, out DecodeResult result)
    {
        result = default;
        if (TurboJpeg.Rent() is not { } turbo)
            return false;
        try
        {
            if (!ImageHeader.TryReadJpeg(bytes, out var header)
                || header is not { Common: true, Plain: true, Components: 1 or 3, Width: > 0, Height: > 0 })
                return false;
            result = new(null, ImageFormat.Jpeg, header.Width, header.Height,
                header.Components == 1 ? ImageTraits.Grey : ImageTraits.None);
            if ((long)header.Width * header.Height > MaxPixels)
            {
                result = result.TooLarge(MaxPixels);
                return true;
            }
            // Large pictures gain nothing here, and libvips drops a part of a pixel at the edge that this would keep.
            if (result.Shrink(target) > 1)
                return false;
            pixels.Allocate(header.Width, header.Height, RgbBands);
            return turbo.TryDecode(bytes, pixels);
        }
        finally
        {
            TurboJpeg.Return(turbo);
        }
    }
}
