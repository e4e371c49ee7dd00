using FaceBias.Core.Imaging;
using NetVips;

namespace FaceBias.Core.Tests.Imaging;

/// <summary>A file that lost its end is refused, in every format and by every decoder: what would be filled in is
/// answered by a model as confidently as a face.</summary>
public class PictureEndTests
{
    private static readonly ImageSpec Spec = new(48, 48);

    internal static Dictionary<string, byte[]> Formats()
    {
        using var image = TestImages.Image(96, 80);
        using var grey = TestImages.Image(97, 51, 1);
        using var frames =
            image.Join(image.Invert(), Enums.Direction.Vertical).Mutate(m => m.Set(GValue.GIntType, "page-height", 80));
        byte[] Tiff(Enums.ForeignTiffCompression compression, bool tile = false, bool bigtiff = false,
            Enums.ForeignTiffPredictor? predictor = null) =>
            image.TiffsaveBuffer(compression: compression, tile: tile, tileWidth: 32, tileHeight: 32, bigtiff: bigtiff,
                predictor: predictor);
        return new()
        {
            ["jpeg"] = image.JpegsaveBuffer(q: 90, keep: Enums.ForeignKeep.None),
            ["progressive jpeg"] = image.JpegsaveBuffer(q: 90, interlace: true, keep: Enums.ForeignKeep.None),
            ["grey jpeg"] = grey.JpegsaveBuffer(q: 90),
            ["png"] = image.PngsaveBuffer(),
            ["interlaced png"] = image.PngsaveBuffer(interlace: true),
            ["gif"] = image.GifsaveBuffer(),
            ["animated gif"] = frames.GifsaveBuffer(),
            ["webp"] = image.WebpsaveBuffer(q: 90),
            ["lossless webp"] = image.WebpsaveBuffer(lossless: true),
            ["tiff"] = Tiff(Enums.ForeignTiffCompression.None),
            ["tiff lzw"] = Tiff(Enums.ForeignTiffCompression.Lzw, predictor: Enums.ForeignTiffPredictor.Horizontal),
            ["tiff deflate"] = Tiff(Enums.ForeignTiffCompression.Deflate),
            ["tiff jpeg"] = Tiff(Enums.ForeignTiffCompression.Jpeg),
            ["tiff in tiles"] = Tiff(Enums.ForeignTiffCompression.None, tile: true),
            ["big tiff"] = Tiff(Enums.ForeignTiffCompression.None, bigtiff: true),
            ["tiff, directory first"] = TestImages.Tiff(24, 20),
            ["tiff, directory first, motorola"] = TestImages.Tiff(24, 20, motorola: true),
            ["avif"] = image.HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1),
            ["bmp"] = TestImages.Bmp(24, 20),
            ["ppm"] = TestImages.Netpbm(6, 24, 20),
            ["pgm"] = TestImages.Netpbm(5, 24, 20),
            ["ppm as text"] = TestImages.Netpbm(3, 24, 20),
        };
    }

    internal static IEnumerable<(string Name, ImageDecoder Decoder)> Decoders()
    {
        yield return ("libvips", new() { FastJpeg = false, Codec = PictureCodecs.Choose("libvips", vipsLoads: true) });
        yield return ("libturbojpeg", new() { Codec = PictureCodecs.Choose("libvips", vipsLoads: true) });
        if (PictureCodecs.Managed is { } managed)
            yield return ("ImageSharp", new() { FastJpeg = false, Codec = managed });
    }

    [Fact]
    public void Every_format_is_read_whole_and_refused_wherever_it_is_cut()
    {
        var pixels = new float[Spec.Length];
        foreach (var (format, bytes) in Formats())
        {
            foreach (var (name, decoder) in Decoders())
            {
                var whole = decoder.Decode(bytes, Spec, pixels);
                Assert.True(whole.Ok || name == "ImageSharp" && format is "avif" or "big tiff" or "tiff in tiles",
                    $"{format}, {name}: {whole.Problem}");
                int[] lengths =
                [
                    1, 20, 100, bytes.Length / 4, bytes.Length / 2, bytes.Length * 9 / 10, bytes.Length - 100,
                    bytes.Length - 20, bytes.Length - 1,
                ];
                // The last byte of a text is its line end.
                foreach (var length in lengths.Where(
                    l => l < bytes.Length && !(format == "ppm as text" && l == bytes.Length - 1)))
                    Assert.True(decoder.Decode(bytes[..length], Spec, pixels).Problem is not null,
                        $"{format}, {name}, {length} of {bytes.Length} bytes");
            }
        }
    }

    [Fact]
    public void Bytes_after_the_end_do_no_harm()
    {
        byte[] tail = [0xFF, 0xDA, 0, 0xFF, 0xDA, 9, 9, 9, 9];
        var pixels = new float[Spec.Length];
        foreach (var (format, bytes) in Formats().Where(f => !f.Key.Contains("avif", StringComparison.Ordinal)))
            Assert.True(new ImageDecoder().Decode([.. bytes, .. tail], Spec, pixels).Ok, format);
    }

    /// <summary>Strips that overlap, are empty, or count more than there are: whatever a directory says, it is a result
    /// or a sentence, never a crash.</summary>
    [Fact]
    public void A_directory_of_nonsense_never_throws()
    {
        var random = new Random(1);
        var pixels = new float[Spec.Length];
        foreach (var tiff in new[] { TestImages.Tiff(24, 20), TestImages.Tiff(24, 20, motorola: true),
            Formats()["big tiff"], Formats()["tiff in tiles"] })
        {
            for (var i = 0; i < 500; i++)
            {
                var noise = tiff.ToArray();
                for (var k = 0; k < 4; k++)
                    noise[random.Next(2) == 0 ? random.Next(4, 200) : random.Next(noise.Length - 250, noise.Length)] =
                        (byte)random.Next(256);
                new ImageDecoder().Decode(noise, Spec, pixels);
            }
        }
    }
}
