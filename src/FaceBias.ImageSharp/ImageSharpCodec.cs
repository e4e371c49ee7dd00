using FaceBias.Core.Imaging;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace FaceBias.ImageSharp;

/// <summary>ImageSharp 2: managed code, for platforms that libvips does not reach. It knows neither AVIF nor animated
/// WebP and applies no colour profile; a large JPEG is decoded whole and averaged down. On 8-bit sRGB pictures it
/// agrees with libvips to 2 levels after resizing, but for a few pixels at saturated edges. Flaws of ImageSharp 2 with
/// crafted pictures are known: not for pictures from unknown sources.</summary>
internal sealed class ImageSharpCodec : IPictureCodec
{
    private readonly Configuration _configuration =
        new(new JpegConfigurationModule(), new PngConfigurationModule(), new GifConfigurationModule(),
            new WebpConfigurationModule(), new TiffConfigurationModule())
    {
        MaxDegreeOfParallelism = 1,
    };

    public ImageSharpCodec()
    {
        _configuration.ImageFormatsManager.SetDecoder(GifFormat.Instance,
            new GifDecoder { DecodingMode = FrameDecodingMode.First });
        _configuration.ImageFormatsManager.SetDecoder(TiffFormat.Instance,
            new TiffDecoder { DecodingMode = FrameDecodingMode.First });
    }

    public string Name => "imagesharp";

    public string Version => typeof(Image).Assembly.GetName().Version!.ToString(3);

    public DecodeResult Decode(byte[] bytes, ImageFormat format, PixelBuffer pixels, long maxPixels, ImageSpec? target)
    {
        if (format == ImageFormat.Heif)
            return new("AVIF is not supported by ImageSharp; convert it to PNG", format);
        if (format == ImageFormat.WebP && IsAnimated(bytes, format))
            return new("animated WebP is not supported by ImageSharp; convert it to PNG", format);
        if (format == ImageFormat.Tiff && !TiffStructure.HasOrdinarySamples(bytes))
            return new("TIFFs of signed, 32-bit or floating-point samples are not supported by ImageSharp; convert it to PNG", format);
        try
        {
            if (Image.Identify(_configuration, bytes, out _) is not { } info)
                return new($"the {format} data is damaged or cut off (no header)", format);
            var result = new DecodeResult(null, format, info.Width, info.Height,
                Traits(info.Metadata, info.PixelType, format, bytes));
            if ((long)result.Width * result.Height > maxPixels)
                return result.TooLarge(maxPixels);
            using var image = Image.Load<Rgba32>(_configuration, bytes);
            var shrink = result.Shrink(target);
            var colour = format == ImageFormat.Jpeg ? info.Metadata.GetJpegMetadata().ColorType : null;
            // Means of squares leave nothing to smooth.
            if (shrink == 1 && colour is (JpegColorType.YCbCrRatio420 or JpegColorType.YCbCrRatio422))
                ChromaSmoothing.Apply(image, halfHeight: colour == JpegColorType.YCbCrRatio420);
            image.Mutate(i => i.AutoOrient());
            Write(image, shrink, pixels);
            return result;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Damaged data come up as exceptions of many kinds.
            return new($"the {format} data is damaged or cut off ({e.Message.Split('\n')[0].TrimEnd('.', '\r')})",
                format);
        }
    }

    public byte[] Jpeg(byte[] rgb, int width, int height, int quality) =>
        Encode(rgb, width, height, new JpegEncoder { Quality = quality });

    public byte[] Png(byte[] rgb, int width, int height) =>
        Encode(rgb, width, height, new PngEncoder { CompressionLevel = PngCompressionLevel.BestSpeed });

    private byte[] Encode(byte[] rgb, int width, int height, IImageEncoder encoder)
    {
        using var image = Image.LoadPixelData<Rgb24>(_configuration, rgb, width, height);
        using var stream = new MemoryStream();
        image.Save(stream, encoder);
        return stream.ToArray();
    }

    /// <summary>Means of squares of <paramref name="shrink"/> pixels, on white; a part of a square at the edge is
    /// dropped.</summary>
    private static void Write(Image<Rgba32> image, int shrink, PixelBuffer pixels)
    {
        pixels.Allocate(image.Width / shrink, image.Height / shrink, 3);
        image.ProcessPixelRows(rows =>
        {
            var sums = new int[pixels.Width * 3];
            for (var y = 0; y < pixels.Height; y++)
            {
                Array.Clear(sums);
                for (var dy = 0; dy < shrink; dy++)
                {
                    var row = rows.GetRowSpan(y * shrink + dy);
                    for (var x = 0; x < pixels.Width * shrink; x++)
                    {
                        var (p, at) = (row[x], x / shrink * 3);
                        int alpha = p.A, white = 255 - alpha;
                        sums[at] += (p.R * alpha + 255 * white) / 255;
                        sums[at + 1] += (p.G * alpha + 255 * white) / 255;
                        sums[at + 2] += (p.B * alpha + 255 * white) / 255;
                    }
                }
                var line = pixels.Span.Slice(y * sums.Length, sums.Length);
                var count = shrink * shrink;
                for (var i = 0; i < sums.Length; i++)
                    line[i] = (byte)((sums[i] + count / 2) / count);
            }
        });
    }

    private static ImageTraits Traits(ImageMetadata metadata, PixelTypeInfo pixel, ImageFormat format, byte[] bytes)
    {
        var traits = IsAnimated(bytes, format) ? ImageTraits.Animated : ImageTraits.None;
        if (metadata.ExifProfile?.GetValue(ExifTag.Orientation)?.Value is > 1)
            traits |= ImageTraits.Oriented;
        return traits | format switch
        {
            ImageFormat.Jpeg => metadata.GetJpegMetadata().ColorType switch
            {
                JpegColorType.Cmyk => ImageTraits.Cmyk,
                JpegColorType.Luminance => ImageTraits.Grey,
                _ => ImageTraits.None,
            },
            ImageFormat.Png => Traits(metadata.GetPngMetadata()),
            ImageFormat.WebP => IsTransparentWebP(bytes) ? ImageTraits.Transparent : ImageTraits.None,
            ImageFormat.Gif => ImageTraits.None,
            _ => pixel.BitsPerPixel is 32 or 64 ? ImageTraits.Transparent : ImageTraits.None,
        };
    }

    private static ImageTraits Traits(PngMetadata png) =>
        (png.BitDepth == PngBitDepth.Bit16 ? ImageTraits.Deep : ImageTraits.None)
        | (png.ColorType is PngColorType.Grayscale or PngColorType.GrayscaleWithAlpha ? ImageTraits.Grey
            : ImageTraits.None)
        | (png.HasTransparency || png.ColorType is PngColorType.RgbWithAlpha or PngColorType.GrayscaleWithAlpha
            ? ImageTraits.Transparent : ImageTraits.None);

    /// <summary>Whether there is more than one frame.</summary>
    private static bool IsAnimated(ReadOnlySpan<byte> bytes, ImageFormat format) => format switch
    {
        ImageFormat.Gif => GifFrames.Count(bytes).Frames > 1,
        // The extended header's flag.
        ImageFormat.WebP => bytes.Length > 20 && bytes[12..16].SequenceEqual("VP8X"u8) && (bytes[20] & 2) != 0,
        _ => false,
    };

    /// <summary>Whether a WebP has an alpha channel: a flag of the extended header, or of the lossless
    /// stream.</summary>
    private static bool IsTransparentWebP(ReadOnlySpan<byte> bytes) => bytes.Length > 24
        && (bytes[12..16].SequenceEqual("VP8X"u8) ? (bytes[20] & 0x10) != 0
            : bytes[12..16].SequenceEqual("VP8L"u8) && (bytes[24] & 0x10) != 0);
}
