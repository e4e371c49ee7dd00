using Microsoft.ML.Data;
using NetVips;

namespace FaceBias.MLNet.Tests;

internal sealed class PathRow
{
    public string Path { get; set; } = "";
    public string Truth { get; set; } = "";
}

internal sealed class FileRow
{
    public byte[] File { get; set; } = [];
    public string Truth { get; set; } = "";
    public float Number { get; set; }
}

/// <summary>Pictures of every kind that decoders treat differently, made by libvips; left and right, top and bottom
/// differ.</summary>
internal static class TestPictures
{
    public static readonly string[] Kinds =
    [
        "jpg", "jpg grey", "jpg cmyk", "jpg large", .. Enumerable.Range(2, 7).Select(o => $"jpg orientation {o}"),
        "png", "png alpha", "png 16 bit", "png grey", "png small", "tif", "tif orientation 6", "webp", "gif",
    ];

    public static byte[] Make(string kind, int width = 37)
    {
        var words = kind.Split(' ');
        var height = 29;
        if (words[^1] is "large")
            (width, height) = (1000, 700);
        if (words[^1] is "small")
            (width, height) = (8, 6);
        using var x = Image.Xyz(width, height).ExtractBand(0);
        using var y = Image.Xyz(width, height).ExtractBand(1);
        // Three bands that run in three directions.
        using var red = x * (255.0 / width);
        using var green = 255 - y * (255.0 / height);
        using var blue = (x + y) * (255.0 / (width + height));
        using var rgb = red.Bandjoin(green, blue).Cast(Enums.BandFormat.Uchar)
            .Copy(interpretation: Enums.Interpretation.Srgb);
        var image = words.Length < 2 ? rgb : words[1] switch
        {
            "grey" => rgb.Colourspace(Enums.Interpretation.Bw),
            "cmyk" => rgb.Colourspace(Enums.Interpretation.Cmyk),
            "alpha" => rgb.Bandjoin((x * (200.0 / width)).Cast(Enums.BandFormat.Uchar)),
            "16" => (rgb.Cast(Enums.BandFormat.Ushort) * 257).Cast(Enums.BandFormat.Ushort)
                .Copy(interpretation: Enums.Interpretation.Rgb16),
            "orientation" =>
                rgb.Mutate(m => m.Set(GValue.GIntType, "orientation",
                    int.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture))),
            _ => rgb,
        };
        return words[0] switch
        {
            "jpg" => image.JpegsaveBuffer(q: 90),
            "tif" => image.TiffsaveBuffer(),
            "webp" => image.WebpsaveBuffer(lossless: true),
            "gif" => image.GifsaveBuffer(),
            _ => image.PngsaveBuffer(),
        };
    }

    /// <summary>A picture of one grey.</summary>
    public static byte[] Solid(byte level, int width)
    {
        using var black = Image.Black(width, 24, 3);
        using var grey = (black + level).Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
        return grey.PngsaveBuffer();
    }

    /// <summary>An image of ML.NET: its left half has this opacity.</summary>
    public static MLImage Pixels(int width, int height, byte alpha)
    {
        var bgra = new byte[4 * width * height];
        for (var i = 0; i < width * height; i++)
        {
            var a = i % width < width / 2 ? alpha : byte.MaxValue;
            for (var c = 0; c < 3; c++)
                bgra[4 * i + c] = (byte)((i * (3 + c) % 256) * a / 255);
            bgra[4 * i + 3] = a;
        }
        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, bgra);
    }
}
