using NetVips;

namespace FaceBias.Core.Imaging;

/// <summary>libvips: every format, colour profiles, JPEGs decoded smaller.</summary>
internal sealed class VipsCodec : IPictureCodec
{
    private const int RgbBands = 3;

    public VipsCodec() => Vips.Use();

    public string Name => "libvips";

    public string Version =>
        string.Create(CultureInfo.InvariantCulture,
            $"{NetVips.NetVips.Version(0)}.{NetVips.NetVips.Version(1)}.{NetVips.NetVips.Version(2)}");

    public DecodeResult Decode(byte[] bytes, ImageFormat format, PixelBuffer pixels, long maxPixels, ImageSpec? target)
    {
        try
        {
            using var image = Load(bytes, format, 1);
            var result = new DecodeResult(null, format, image.Width, image.PageHeight, Traits(image));
            if ((long)result.Width * result.Height > maxPixels)
                return result.TooLarge(maxPixels);
            var shrink = result.Shrink(target);
            if (shrink == 1)
                Convert(image, result.Traits, pixels);
            else
            {
                using var smaller = Load(bytes, format, shrink);
                Convert(smaller, result.Traits, pixels);
            }
            return result;
        }
        catch (UnknownRangeException e)
        {
            return new($"its samples run from {e.Message}, which is neither 0 to 1 nor 0 to 255 or 65535; convert it to 8 bits", format);
        }
        catch (VipsException e)
        {
            return new($"the {format} data is damaged or cut off ({Vips.Reason(e)})", format);
        }
    }

    public byte[] Jpeg(byte[] rgb, int width, int height, int quality) =>
        Encode(rgb, width, height,
            image => image.JpegsaveBuffer(q: quality, optimizeCoding: true, keep: Enums.ForeignKeep.None));

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
        // Lab has floats of its own, which libvips converts.
        if (image.Format is not (Enums.BandFormat.Uchar or Enums.BandFormat.Ushort)
            && image.Interpretation
                is not (Enums.Interpretation.Lab or Enums.Interpretation.Labs or Enums.Interpretation.Xyz
                    or Enums.Interpretation.Lch))
            traits |= ImageTraits.Scaled;
        return traits;
    }

    private static void Convert(Image image, ImageTraits traits, PixelBuffer pixels)
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
            if (traits.HasFlag(ImageTraits.Oriented))
                now = Then(now.Autorot());
            now = Then(traits.HasFlag(ImageTraits.Scaled) ? Scale(now) : ToSrgb(now));
            if (now.HasAlpha())
                now = Then(now.Flatten(background: [255, 255, 255]));
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

    /// <summary>Samples that nothing says the white of, to 8 bits by their largest value; 1 is white only among
    /// fractions.</summary>
    /// <exception cref="UnknownRangeException">They have no such range.</exception>
    private static Image Scale(Image image)
    {
        var isComplex = image.Format is Enums.BandFormat.Complex or Enums.BandFormat.Dpcomplex;
        double low = isComplex ? -1 : image.Min(), high = isComplex ? -1 : image.Max();
        var isFraction = image.Format is Enums.BandFormat.Float or Enums.BandFormat.Double;
        double white = isFraction && high <= 1 ? 1
            : high <= byte.MaxValue ? byte.MaxValue : high <= ushort.MaxValue ? ushort.MaxValue : uint.MaxValue;
        if (!(low >= 0 && high <= (isFraction ? ushort.MaxValue : uint.MaxValue)))
            throw new UnknownRangeException(low, high);
        using var scaled = image.Linear([byte.MaxValue / white], [0.5], uchar: true);
        return scaled.Copy(interpretation: image.Bands < RgbBands ? Enums.Interpretation.Bw
            : Enums.Interpretation.Srgb);
    }

    private sealed class UnknownRangeException(double low, double high)
        : Exception(string.Create(CultureInfo.InvariantCulture, $"{low:G4} to {high:G4}"));

    private static Image ToSrgb(Image image)
    {
        var cmyk = image.Interpretation == Enums.Interpretation.Cmyk;
        if (cmyk || HasForeignProfile(image))
        {
            try
            {
                // Without an embedded profile libvips takes its own generic one for print.
                var converted = image.IccTransform("srgb", embedded: true, inputProfile: cmyk ? "cmyk" : null,
                    intent: Enums.Intent.Relative, depth: 8);
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
