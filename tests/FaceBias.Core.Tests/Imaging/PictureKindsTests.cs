using FaceBias.Core.Curation;
using FaceBias.Core.Imaging;
using NetVips;

namespace FaceBias.Core.Tests.Imaging;

/// <summary>Kinds of pictures that people have and libraries disagree about.</summary>
public class PictureKindsTests
{
    private static readonly ImageSpec Spec = new(24, 20, ImageFit.Stretch);

    private static (DecodeResult Result, float[] Pixels) Decode(byte[] bytes)
    {
        var pixels = new float[Spec.Length];
        return (new ImageDecoder().Decode(bytes, Spec, pixels), pixels);
    }

    private static float[] Expected() => Decode(TestImages.Png(24, 20)).Pixels;

    private static float Largest(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    [Theory]
    [InlineData(24, false, 0)]
    [InlineData(24, true, 0)]
    [InlineData(32, false, 0)]
    [InlineData(16, false, 8)]
    public void Bitmaps_of_colours_are_read_either_way_up(int bits, bool topDown, int tolerance)
    {
        var (result, pixels) = Decode(TestImages.Bmp(24, 20, bits, topDown));
        Assert.Equal(new DecodeResult(null, ImageFormat.Bmp, 24, 20), result);
        Assert.InRange(Largest(Expected(), pixels), 0, tolerance);
    }

    /// <summary>Two rows of four pixels, as people's tools write them.</summary>
    [Theory]
    [InlineData(1, 0, "40 80")]
    [InlineData(4, 0, "01 00 10 00")]
    [InlineData(8, 0, "00 01 00 00 01 00 00 00")]
    [InlineData(8, 1, "01 00 01 01 02 00 00 00 01 01 03 00 00 01")]
    [InlineData(8, 1, "00 04 00 01 00 00 00 00 01 01 00 02 03 00 00 01")]
    [InlineData(4, 2, "04 01 00 00 04 10 00 01")]
    public void Bitmaps_with_palettes_and_run_lengths_are_read(int bits, int compression, string data)
    {
        // Row 0 of the file is the lowest: black, white, black, black; above it white, black, black, black.
        var bytes = data.Split(' ').Select(b => Convert.ToByte(b, 16)).ToArray();
        if (bits == 1)
            bytes = [bytes[0], 0, 0, 0, bytes[1], 0, 0, 0];
        else if (bits == 4 && compression == 0)
            bytes = [0x01, 0x00, 0, 0, 0x10, 0x00, 0, 0];
        else if (bits == 4)
            bytes = [0, 4, 0x01, 0x00, 0, 0, 0, 4, 0x10, 0x00, 0, 1];
        var (result, pixels) = DecodeAs(TestImages.PaletteBmp(4, 2, bits, compression, bytes), new ImageSpec(4, 2));
        Assert.Null(result.Problem);
        Assert.Equal([255, 0, 0, 0, 0, 255, 0, 0], pixels[..8]);
    }

    private static (DecodeResult Result, float[] Pixels) DecodeAs(byte[] bytes, ImageSpec spec)
    {
        var pixels = new float[spec.Length];
        return (new ImageDecoder().Decode(bytes, spec, pixels), pixels);
    }

    [Fact]
    public void Alpha_of_a_bitmap_lies_on_white_unless_all_of_it_is_zero()
    {
        var (result, pixels) = Decode(TestImages.Bmp(24, 20, 32, alpha: _ => 0));
        Assert.Equal(ImageTraits.None, result.Traits);
        Assert.Equal(Expected(), pixels);
        (result, pixels) = Decode(TestImages.Bmp(24, 20, 32, alpha: i => (byte)(i == 0 ? 255 : 0)));
        Assert.Equal(ImageTraits.Transparent, result.Traits);
        Assert.Equal(Expected()[0], pixels[0]);
        Assert.Equal(255, pixels[1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Netpbm_is_read_as_text_and_as_bytes(int kind)
    {
        var (result, pixels) = Decode(TestImages.Netpbm(kind, 24, 20));
        Assert.Null(result.Problem);
        Assert.Equal(ImageFormat.Pnm, result.Format);
        var expected = Expected();
        if (kind is 3 or 6)
            Assert.Equal(expected, pixels);
        else
            Assert.Equal(expected[..480].Select(v => kind is 1 or 4 ? v >= 100 ? 255f : 0f : v), pixels[..480]);
    }

    [Fact]
    public void Sixteen_bits_of_netpbm_become_eight()
    {
        var (result, pixels) = DecodeAs([.. "P5\n# by a camera\n2 1\n65535\n"u8, 0x80, 0x80, 0xFF, 0xFF],
            new ImageSpec(2, 1));
        Assert.True(result.Traits.HasFlag(ImageTraits.Deep));
        Assert.Equal([128, 255], pixels[..2]);
    }

    [Theory]
    [InlineData(1 / 255.0)]
    [InlineData(1)]
    [InlineData(257)]
    public void Floating_point_tiffs_are_scaled_by_their_largest_value(double unit)
    {
        using var image = TestImages.Image(24, 20).Linear([unit], [0.0]).Cast(Enums.BandFormat.Float);
        var (result, pixels) = Decode(image.TiffsaveBuffer());
        Assert.Null(result.Problem);
        Assert.True(result.Traits.HasFlag(ImageTraits.Scaled));
        Assert.InRange(Largest(Expected(), pixels), 0, 1);
    }

    [Fact]
    public void Floating_point_without_a_range_is_refused_with_the_range()
    {
        using var image = TestImages.Image(24, 20).Linear([1.0], [-100.0]).Cast(Enums.BandFormat.Float);
        Assert.Contains("its samples run from -100 to 150", Decode(image.TiffsaveBuffer()).Result.Problem,
            StringComparison.Ordinal);
    }

    /// <summary>A palette with transparency, grey with alpha, interlaced and 16-bit PNGs, a grey GIF: all give the
    /// pixels of the plain picture, on white where they are transparent.</summary>
    [Fact]
    public void Kinds_of_png_agree()
    {
        using var image = TestImages.Image(24, 20);
        using var grey = TestImages.Image(24, 20, 1);
        using var alpha = grey.Bandjoin((grey * 0).Cast(Enums.BandFormat.Uchar))
            .Copy(interpretation: Enums.Interpretation.Bw);
        Assert.All(Decode(alpha.PngsaveBuffer()).Pixels, v => Assert.Equal(255, v));
        Assert.Equal(Expected(), Decode(image.PngsaveBuffer(interlace: true)).Pixels);
        using var clear = image.Bandjoin((grey * 0).Cast(Enums.BandFormat.Uchar))
            .Copy(interpretation: Enums.Interpretation.Srgb);
        Assert.All(Decode(clear.PngsaveBuffer(palette: true)).Pixels, v => Assert.Equal(255, v));
        using var lab = image.Colourspace(Enums.Interpretation.Lab);
        Assert.InRange(Largest(Expected(), Decode(lab.TiffsaveBuffer()).Pixels), 0, 8);
    }

    /// <summary>One picture for the model, the hashes and the scores: turned by EXIF, laid on white.</summary>
    [Fact]
    public void Hashes_see_what_the_model_sees()
    {
        using var image = TestImages.Image(120, 80);
        using var turned = image.Rot270().Mutate(m => m.Set(GValue.GIntType, "orientation", 6));
        using var mask = (image.ExtractBand(0) * 0 + 255).Cast(Enums.BandFormat.Uchar);
        using var left =
            mask.ExtractArea(0, 0, 60, 80).Join((mask * 0).Cast(Enums.BandFormat.Uchar).ExtractArea(60, 0, 60, 80),
                Enums.Direction.Horizontal);
        using var clear = image.Bandjoin(left).Copy(interpretation: Enums.Interpretation.Srgb);
        using var flat = clear.Flatten(background: [255, 255, 255]);
        var upright = Look(image.PngsaveBuffer());
        Assert.Equal(upright.PHash, Look(turned.TiffsaveBuffer()).PHash);
        Assert.Equal(Look(flat.PngsaveBuffer()), Look(clear.PngsaveBuffer()));
        Assert.NotEqual(upright.PHash, Look(clear.PngsaveBuffer()).PHash);

        static (ulong PHash, ulong DHash, FaceBias.Core.Curation.Quality.PictureQuality Quality) Look(byte[] bytes)
        {
            var path = Path.Combine(FaceBias.Tests.TestPaths.NewFolder(), "a.png");
            File.WriteAllBytes(path, bytes);
            var result = new ImageProbe().Look(path);
            Assert.Null(result.Problem);
            return (result.PHash, result.DHash, result.Quality);
        }
    }

    [Theory]
    [InlineData("ftypheic", "HEIC")]
    [InlineData("ftypqt  ", "video")]
    [InlineData("ftypisom", "video")]
    public void What_cannot_be_decoded_is_named(string brand, string name)
    {
        byte[] bytes = [0, 0, 0, 16, .. System.Text.Encoding.ASCII.GetBytes(brand), 0, 0, 0, 0];
        Assert.Contains(name, Decode(bytes).Result.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bitmap_of_more_pixels_than_memory_is_refused_by_its_header()
    {
        var bmp = TestImages.Bmp(24, 20);
        bmp.AsSpan(18, 4).Fill(0x70);
        Assert.Contains("more than the limit", Decode(bmp).Result.Problem, StringComparison.Ordinal);
        Assert.Contains("more than the limit", Decode([.. "P6 900000000 2 255\n"u8]).Result.Problem,
            StringComparison.Ordinal);
    }
}
