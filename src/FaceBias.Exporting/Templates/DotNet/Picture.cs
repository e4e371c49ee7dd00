// Written by facebias {{version}}; yours to change.
using System;
using System.IO;
using NetVips;

namespace {{name}};

/// <summary>
/// Pictures as the model takes them, prepared as 'facebias predict' does: upright, 8-bit sRGB, on white, cut to the input's
/// proportions around the centre, resized with an antialiasing triangle filter that rounds to 8 bit after each direction.
/// </summary>
public static class Picture
{
    private const int Bands = 3, FractionBits = 22;

    /// <summary>Pictures with more pixels are refused.</summary>
    public const long MaxPixels = 100_000_000;

    /// <summary>Reads a file into planes of red, green and blue, [3, height, width], values 0 to 255.</summary>
    /// <exception cref="InvalidDataException">The file is no picture that can be read.</exception>
    public static float[] Read(string file, int width, int height, bool cover = true) => Read(File.ReadAllBytes(file), width, height, cover, $"'{file}'");

    /// <summary>The same for a file in memory.</summary>
    /// <exception cref="InvalidDataException">The bytes are no picture that can be read.</exception>
    public static float[] Read(byte[] bytes, int width, int height, bool cover = true, string name = "It")
    {
        // Decoders fill up what is missing, and a model answers that as confidently as a face.
        if (PictureEnd.IsMissing(bytes, Format(bytes)))
            throw new InvalidDataException($"{name} ends before its picture does; give the whole file.");
        try
        {
            return Prepare(bytes, width, height, cover);
        }
        catch (VipsException e)
        {
            throw new InvalidDataException($"{name} cannot be read as a picture; give a JPEG, PNG, GIF, WebP, TIFF or AVIF file.", e);
        }
    }

    private static float[] Prepare(byte[] bytes, int width, int height, bool cover)
    {
        using var header = Image.NewFromBuffer(bytes, failOn: Enums.FailOn.Truncated);
        if ((long)header.Width * header.Height > MaxPixels)
            throw new InvalidDataException($"The picture has {header.Width} x {header.Height} pixels, more than {MaxPixels / 1_000_000} million.");
        var shrink = Shrink(header, width, height);
        using var stored = shrink == 1 ? header.Copy() : Image.JpegloadBuffer(bytes, shrink: shrink, failOn: Enums.FailOn.Truncated);
        using var upright = stored.Autorot();
        using var coloured = ToSrgb(upright);
        using var opaque = coloured.HasAlpha() ? coloured.Flatten(background: [255, 255, 255]) : coloured.Copy();
        using var levels = opaque.Cast(Enums.BandFormat.Uchar);
        using var rgb = levels.Bands < Bands ? levels.Bandjoin(levels, levels) : levels.ExtractBand(0, Bands);
        var pixels = rgb.WriteToMemory<byte>();
        int w = rgb.Width, h = rgb.Height;
        double boxWidth = cover ? Math.Min(w, (double)h * width / height) : w, boxHeight = cover ? Math.Min(h, (double)w * height / width) : h;
        var rows = Resize(pixels, h, w, Bands, (w - boxWidth) / 2, boxWidth, width);
        // The same along the columns: a row of the picture is one element.
        var small = Resize(rows, 1, h, width * Bands, (h - boxHeight) / 2, boxHeight, height);
        var planes = new float[Bands * width * height];
        for (var i = 0; i < width * height; i++)
            for (var c = 0; c < Bands; c++)
                planes[c * width * height + i] = small[i * Bands + c];
        return planes;
    }

    private static ImageFormat Format(ReadOnlySpan<byte> bytes) => bytes.Length < 16 ? ImageFormat.Unknown
        : bytes[0] == 0xFF && bytes[1] == 0xD8 ? ImageFormat.Jpeg
        : bytes[1..].StartsWith("PNG"u8) ? ImageFormat.Png
        : bytes.StartsWith("GIF8"u8) ? ImageFormat.Gif
        : bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8) || bytes.StartsWith("II+\0"u8) || bytes.StartsWith("MM\0+"u8) ? ImageFormat.Tiff
        : bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8) ? ImageFormat.WebP
        : bytes[4..].StartsWith("ftyp"u8) ? ImageFormat.Heif : ImageFormat.Unknown;

    /// <summary>A large JPEG is decoded smaller, as long as it stays twice as large as needed.</summary>
    private static int Shrink(Image header, int width, int height)
    {
        if (!header.Contains("vips-loader") || header.Get("vips-loader") is not string loader || !loader.StartsWith("jpegload", StringComparison.Ordinal))
            return 1;
        var factor = Math.Min(header.Width / (2 * width), header.Height / (2 * height));
        if (header.Contains("orientation") && header.Get("orientation") is int and > 1)
            factor = Math.Min(factor, Math.Min(header.Width / (2 * height), header.Height / (2 * width)));
        return factor >= 8 ? 8 : factor >= 4 ? 4 : factor >= 2 ? 2 : 1;
    }

    private static Image ToSrgb(Image image)
    {
        var cmyk = image.Interpretation == Enums.Interpretation.Cmyk;
        var foreign = image.Contains("icc-profile-data") && image.Get("icc-profile-data") is byte[] profile
            && profile.AsSpan().IndexOf("sRGB"u8) < 0 && profile.AsSpan().IndexOf("s\0R\0G\0B"u8) < 0;
        if (cmyk || foreign)
        {
            try
            {
                return image.IccTransform("srgb", embedded: true, inputProfile: cmyk ? "cmyk" : null, intent: Enums.Intent.Relative, depth: 8);
            }
            catch (VipsException) when (!cmyk)
            {
                // A broken profile says nothing about the pixels.
            }
        }
        return image.Colourspace(Enums.Interpretation.Srgb);
    }

    /// <summary>Resizes the middle one of the dimensions [outer, count, inner] to <paramref name="target"/> elements.</summary>
    private static byte[] Resize(byte[] source, int outer, int count, int inner, double from, double length, int target)
    {
        // Single precision, as Pillow has it.
        float left = (float)from, right = (float)(from + length);
        double scale = (double)(right - left) / target, widening = Math.Max(scale, 1);
        var result = new byte[outer * target * inner];
        var sums = new int[inner];
        for (var i = 0; i < target; i++)
        {
            var centre = left + (i + 0.5) * scale;
            var start = Math.Max((int)(centre - widening + 0.5), 0);
            var taps = new double[Math.Min((int)(centre + widening + 0.5), count) - start];
            for (var t = 0; t < taps.Length; t++)
                taps[t] = Math.Max(1 - Math.Abs((t + start - centre + 0.5) * (1 / widening)), 0);
            var sum = 0.0;
            foreach (var tap in taps)
                sum += tap;
            for (var o = 0; o < outer; o++)
            {
                Array.Fill(sums, 1 << (FractionBits - 1));
                for (var t = 0; t < taps.Length; t++)
                {
                    var weight = (int)(taps[t] / sum * (1 << FractionBits) + 0.5);
                    var at = (o * count + start + t) * inner;
                    for (var k = 0; k < inner; k++)
                        sums[k] += weight * source[at + k];
                }
                for (var k = 0; k < inner; k++)
                    result[(o * target + i) * inner + k] = (byte)Math.Clamp(sums[k] >> FractionBits, 0, 255);
            }
        }
        return result;
    }
}

/// <summary>What a file is by its first bytes.</summary>
internal enum ImageFormat
{
    Unknown, Jpeg, Png, Gif, Tiff, WebP, Heif,
}
