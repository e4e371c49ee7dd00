using NetVips;

namespace FaceBias.Core.Imaging;

public sealed partial class ImageDecoder
{
    /// <summary>Decodes to interleaved RGB. <paramref name="target"/> allows a large JPEG to be decoded smaller;
    /// <paramref name="asStored"/> leaves orientation, colour profile and transparency alone, as Pillow does.</summary>
    internal DecodeResult DecodePixels(byte[] bytes, PixelBuffer pixels, ImageSpec? target, bool asStored)
    {
        var format = ImageHeader.Format(bytes);
        if (format == ImageFormat.Unknown)
            return new(ImageHeader.Describe(bytes));
        if (format == ImageFormat.Bmp)
            return new("Windows bitmaps are not supported; convert it to PNG", format);
        if (format == ImageFormat.Jpeg && FastJpeg && TryDecodePlainJpeg(bytes, pixels, target, out var fast))
            return fast;
        try
        {
            using var image = Load(bytes, format, 1);
            var result = new DecodeResult(null, format, image.Width, image.PageHeight, Traits(image));
            if ((long)result.Width * result.Height > MaxPixels)
                return TooLarge(result);
            var shrink = format == ImageFormat.Jpeg && target is not null ? Shrink(result, target) : 1;
            if (shrink == 1)
                Convert(image, result.Traits, pixels, asStored);
            else
            {
                using var smaller = Load(bytes, format, shrink);
                Convert(smaller, result.Traits, pixels, asStored);
            }
            return result;
        }
        catch (VipsException e)
        {
            return new($"the {format} data is damaged or cut off ({Vips.Reason(e)})", format);
        }
    }

    private DecodeResult TooLarge(DecodeResult header) => header with
    {
        Problem = $"it has {header.Width:N0} x {header.Height:N0} pixels, more than the limit of {MaxPixels / 1e6:0.#} million",
    };

    /// <summary>How much smaller a JPEG can be decoded (1, 2, 4, 8) and still be at least twice as large as needed.</summary>
    private static int Shrink(DecodeResult header, ImageSpec target)
    {
        // A quarter turn swaps the sides; the smaller requirement of both ways is met by either.
        var upright = Math.Min(header.Width / (2 * target.Width), header.Height / (2 * target.Height));
        var turned = Math.Min(header.Width / (2 * target.Height), header.Height / (2 * target.Width));
        var factor = header.Traits.HasFlag(ImageTraits.Oriented) ? Math.Min(upright, turned) : upright;
        return factor >= 8 ? 8 : factor >= 4 ? 4 : factor >= 2 ? 2 : 1;
    }

    private static Image Load(byte[] bytes, ImageFormat format, int shrink) => format switch
    {
        ImageFormat.Jpeg => Image.JpegloadBuffer(bytes, shrink: shrink, failOn: Enums.FailOn.Truncated),
        ImageFormat.Png => Image.PngloadBuffer(bytes, failOn: Enums.FailOn.Truncated),
        ImageFormat.Gif => Image.GifloadBuffer(bytes, failOn: Enums.FailOn.Truncated),
        ImageFormat.WebP => Image.WebploadBuffer(bytes, failOn: Enums.FailOn.Truncated),
        ImageFormat.Tiff => Image.TiffloadBuffer(bytes, failOn: Enums.FailOn.Truncated),
        _ => Image.HeifloadBuffer(bytes, failOn: Enums.FailOn.Truncated),
    };

    private static ImageTraits Traits(Image image)
    {
        var traits = ImageTraits.None;
        if (image.Contains("n-pages") && image.Get("n-pages") is int and > 1)
            traits |= ImageTraits.Animated;
        if (image.Contains("orientation") && image.Get("orientation") is int and > 1)
            traits |= ImageTraits.Oriented;
        if (image.HasAlpha())
            traits |= ImageTraits.Transparent;
        if (image.Interpretation == Enums.Interpretation.Cmyk)
            traits |= ImageTraits.Cmyk;
        if (image.Bands < RgbBands)
            traits |= ImageTraits.Grey;
        if (image.Format != Enums.BandFormat.Uchar)
            traits |= ImageTraits.Deep;
        return traits;
    }

    private static void Convert(Image image, ImageTraits traits, PixelBuffer pixels, bool asStored)
    {
        // Each step makes a new libvips object, released with the list.
        var made = new List<Image>();
        Image Then(Image next)
        {
            made.Add(next);
            return next;
        }
        try
        {
            var now = image;
            if (!asStored && traits.HasFlag(ImageTraits.Oriented))
                now = Then(now.Autorot());
            now = Then(ToSrgb(now, asStored));
            if (now.HasAlpha())
                now = Then(asStored ? now.ExtractBand(0, now.Bands - 1) : now.Flatten(background: [255, 255, 255]));
            if (now.Format != Enums.BandFormat.Uchar)
                now = Then(now.Cast(Enums.BandFormat.Uchar));
            if (now.Bands != RgbBands)
                now = Then(now.Bands < RgbBands ? now.Bandjoin(now, now) : now.ExtractBand(0, RgbBands));
            Copy(now, pixels);
        }
        finally
        {
            made.ForEach(m => m.Dispose());
        }
    }

    private static unsafe void Copy(Image image, PixelBuffer pixels)
    {
        var memory = image.WriteToMemory(out var size);
        try
        {
            pixels.Allocate(image.Width, image.Height, RgbBands);
            new ReadOnlySpan<byte>((void*)memory, checked((int)size)).CopyTo(pixels.Span);
        }
        finally
        {
            NetVips.NetVips.Free(memory);
        }
    }

    private static Image ToSrgb(Image image, bool asStored)
    {
        var cmyk = image.Interpretation == Enums.Interpretation.Cmyk;
        if (cmyk || (!asStored && HasForeignProfile(image)))
        {
            try
            {
                // Without an embedded profile libvips takes its own generic one for print.
                var converted = image.IccTransform("srgb", embedded: true, inputProfile: cmyk ? "cmyk" : null, intent: Enums.Intent.Relative, depth: 8);
                return converted;
            }
            catch (VipsException) when (!cmyk)
            {
                // A broken profile says nothing about the pixels: take them as sRGB, as viewers do.
            }
        }
        return image.Colourspace(Enums.Interpretation.Srgb);
    }

    private static bool HasForeignProfile(Image image) =>
        image.Contains("icc-profile-data") && image.Get("icc-profile-data") is byte[] profile
        && profile.AsSpan().IndexOf("sRGB"u8) < 0 && profile.AsSpan().IndexOf("s\0R\0G\0B"u8) < 0;
}
