using FaceBias.Core.Imaging;
using FaceBias.Tests;
using NetVips;

namespace FaceBias.Core.Tests.Imaging;

/// <summary>Runs every line of docs/reference/reads.md about pictures.</summary>
public class ReadsPicturesTests
{
    private static readonly ImageSpec Spec = new(48, 40);

    internal static IEnumerable<string[]> Lines(string section)
    {
        var inSection = false;
        foreach (var line in File.ReadLines(Path.Combine(TestPaths.Repository, "docs", "reference", "reads.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                inSection = line == $"## {section}";
            string[] cells = [.. line.Trim().Trim('|').Split('|').Select(c => c.Trim())];
            if (inSection && line.StartsWith("| `", StringComparison.Ordinal))
                yield return [cells[0].Trim('`'), .. cells[1..]];
        }
    }

    [Fact]
    public void Every_line_about_pictures_holds()
    {
        var lines = Lines("Pictures").ToList();
        Assert.InRange(lines.Count, 30, 200);
        foreach (var line in lines)
        {
            var path = Path.Combine(TestPaths.NewFolder(), line[0]);
            File.WriteAllBytes(path, Make(line[0]));
            var result = new ImageDecoder().Decode(path, Spec, new float[Spec.Length]);
            if (line.Length == 2)
                Assert.True(result.Problem?.Contains(line[1], StringComparison.Ordinal),
                    $"{line[0]}: {result.Problem ?? "was read"}");
            else
            {
                Assert.True(result.Ok, $"{line[0]}: {result.Problem}");
                Assert.True(line[2].Length == 0 || result.Traits.HasFlag(Enum.Parse<ImageTraits>(line[2].Trim('`'))),
                    $"{line[0]}: {result.Traits}");
            }
        }
    }

    private static byte[] Make(string name)
    {
        using var image = TestImages.Image(96, 80);
        using var grey = TestImages.Image(96, 80, 1);
        using var frames =
            image.Join(image.Invert(), Enums.Direction.Vertical).Mutate(m => m.Set(GValue.GIntType, "page-height", 80));
        byte[] Cut(byte[] bytes) => bytes[..^20];
        return name switch
        {
            "photo.jpg" => image.JpegsaveBuffer(),
            "progressive.jpg" => image.JpegsaveBuffer(interlace: true),
            "grey.jpg" => grey.JpegsaveBuffer(),
            "print.jpg" => image.IccTransform("cmyk", embedded: false, inputProfile: "srgb").JpegsaveBuffer(),
            "turned.jpg" => image.Mutate(m => m.Set(GValue.GIntType, "orientation", 6)).JpegsaveBuffer(),
            "photo.png" or "png-inside.jpg" => image.PngsaveBuffer(),
            "interlaced.png" => image.PngsaveBuffer(interlace: true),
            "palette.png" => image.PngsaveBuffer(palette: true),
            "deep.png" =>
                (image.Cast(Enums.BandFormat.Ushort) * 257).Cast(Enums.BandFormat.Ushort)
                    .Copy(interpretation: Enums.Interpretation.Rgb16).PngsaveBuffer(),
            "clear.png" =>
                image.Bandjoin((grey * 0).Cast(Enums.BandFormat.Uchar)).Copy(interpretation: Enums.Interpretation.Srgb)
                    .PngsaveBuffer(),
            "photo.gif" => image.GifsaveBuffer(),
            "frames.gif" => frames.GifsaveBuffer(),
            "photo.webp" => image.WebpsaveBuffer(),
            "frames.webp" => frames.WebpsaveBuffer(),
            "photo.tif" => image.TiffsaveBuffer(),
            "float.tif" => image.Linear([1 / 255.0], [0.0]).Cast(Enums.BandFormat.Float).TiffsaveBuffer(),
            "negative.tif" => image.Linear([1.0], [-90.0]).Cast(Enums.BandFormat.Float).TiffsaveBuffer(),
            "photo.avif" => image.HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1),
            "photo.bmp" => TestImages.Bmp(24, 20),
            "photo.ppm" => TestImages.Netpbm(6, 24, 20),
            "photo.heic" => [0, 0, 0, 16, .. "ftypheic"u8, 0, 0, 0, 0],
            "clip.mov" => [0, 0, 0, 16, .. "ftypqt  "u8, 0, 0, 0, 0],
            "layers.psd" => [.. "8BPS"u8, 0, 1, 0, 0],
            "photo.jxl" => [0xFF, 0x0A, 1, 2, 3],
            "site.ico" => [0, 0, 1, 0, 1, 0, 16, 16],
            "page.pdf" => [.. "%PDF-1.7"u8],
            "page.html" => [.. "<html></html>"u8],
            "archive.zip" => [0x50, 0x4B, 3, 4, 0, 0],
            "notes.txt" => [.. "hello"u8],
            "empty.jpg" => [],
            "bomb.png" => TestImages.BlackPng(30_000, 30_000),
            _ when name.StartsWith("cut.", StringComparison.Ordinal) => Cut(Make("photo" + Path.GetExtension(name))),
            _ => throw new InvalidOperationException($"Nothing makes '{name}'; add it here."),
        };
    }
}
