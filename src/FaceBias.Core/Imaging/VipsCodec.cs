using System.Globalization;
using NetVips;

namespace FaceBias.Core.Imaging;

/// <summary>libvips: every format, colour profiles, JPEGs decoded smaller.</summary>
internal sealed class VipsCodec : IPictureCodec
{
    private const int RgbBands = 3;

    public VipsCodec() => Vips.Use();

    public string Name => "libvips";

    public string Version => string.Create(CultureInfo.InvariantCulture, $"{NetVips.NetVips.Version(0)}.{NetVips.NetVips.Version(1)}.{NetVips.NetVips.Version(2)}");

    public DecodeResult Decode(byte[] bytes, ImageFormat format, PixelBuffer pixels, long maxPixels, ImageSpec? target, bool asStored)
    {
        try
        {
            using var image = Load(bytes, format, 1);
            var result = new DecodeResult(null, format, image.Width, image.PageHeight, Traits(image));
            if ((long)result.Width * result.Height > maxPixels)
                return result.TooLarge(maxPixels);
            var shrink = result.Shrink(target);
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

    public byte[] Jpeg(byte[] rgb, int width, int height, int quality) =>
        Encode(rgb, width, height, image => image.JpegsaveBuffer(q: quality, optimizeCoding: true, keep: Enums.ForeignKeep.None));

    public byte[] Png(byte[] rgb, int width, int height) =>
        Encode(rgb, width, height, image => image.PngsaveBuffer(compression: 1, keep: Enums.ForeignKeep.None));

    private static byte[] Encode(byte[] rgb, int width, int height, Func<Image, byte[]> save)
    {
        using var raw = Image.NewFromMemory(rgb, width, height, RgbBands, Enums.BandFormat.Uchar);
        using var image = raw.Copy(interpretation: Enums.Interpretation.Srgb);
        return save(image);
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
