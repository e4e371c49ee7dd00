using System.Security.Cryptography;
using System.Text;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Hashing;
using FaceBias.Tests;
using NetVips;

namespace FaceBias.Core.Tests.Imaging;

public class ImageDecoderTests
{
    private static readonly ImageSpec Spec = new(64, 64);

    private static (DecodeResult Result, float[] Pixels) Decode(byte[] bytes, ImageSpec? spec = null)
    {
        spec ??= Spec;
        var pixels = new float[spec.Length];
        return (new ImageDecoder().Decode(bytes, spec, pixels), pixels);
    }

    private static float[] Ok(byte[] bytes, ImageSpec? spec = null)
    {
        var (result, pixels) = Decode(bytes, spec);
        Assert.Null(result.Problem);
        return pixels;
    }

    private static double MeanDifference(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Average();

    [Fact]
    public void A_file_that_is_no_longer_what_it_was_is_not_read()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "face.png");
        File.WriteAllText(path, "one");
        var digest = new Digest(SHA256.HashData("one"u8));
        Assert.True(ImageDecoder.TryReadUnchanged(path, digest, out var bytes, out _));
        Assert.Equal("one"u8.ToArray(), bytes);
        File.WriteAllText(path, "two");
        Assert.False(ImageDecoder.TryReadUnchanged(path, digest, out _, out var problem));
        Assert.Contains("changed", problem, StringComparison.Ordinal);
        File.Delete(path);
        Assert.False(ImageDecoder.TryReadUnchanged(path, digest, out _, out problem));
        Assert.Equal("the file does not exist", problem);
    }

    [Fact]
    public void A_picture_of_the_right_size_is_copied_into_planes()
    {
        var rgb = TestImages.Rgb(64, 64);
        var planes = Ok(TestImages.Png(64, 64));
        for (var i = 0; i < 64 * 64; i++)
        {
            for (var c = 0; c < 3; c++)
                Assert.Equal(rgb[3 * i + c], planes[c * 64 * 64 + i]);
        }
    }

    [Fact]
    public void Cover_cuts_both_ends_of_the_longer_side()
    {
        using var image = TestImages.Image(100, 64);
        using var middle = image.Crop(18, 0, 64, 64);
        Assert.Equal(Ok(middle.PngsaveBuffer()), Ok(image.PngsaveBuffer()));
        Assert.NotEqual(Ok(image.PngsaveBuffer()), Ok(image.PngsaveBuffer(), Spec with { Fit = ImageFit.Stretch }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Every_exif_orientation_ends_upright(int orientation)
    {
        using var upright = TestImages.Image(64, 64);
        // What a camera held this way stores: the inverse of what a viewer must do.
        using var stored = orientation switch
        {
            1 => upright.Copy(),
            2 => upright.Flip(Enums.Direction.Horizontal),
            3 => upright.Rot180(),
            4 => upright.Flip(Enums.Direction.Vertical),
            5 => upright.Rot90().Flip(Enums.Direction.Horizontal),
            6 => upright.Rot270(),
            7 => upright.Rot270().Flip(Enums.Direction.Horizontal),
            _ => upright.Rot90(),
        };
        using var tagged = stored.Mutate(m => m.Set(GValue.GIntType, "orientation", orientation));
        var (result, pixels) = Decode(tagged.JpegsaveBuffer(q: 100, subsampleMode: Enums.ForeignSubsample.Off));
        Assert.Null(result.Problem);
        Assert.Equal(orientation > 1, result.Traits.HasFlag(ImageTraits.Oriented));
        Assert.True(MeanDifference(Ok(TestImages.Png(64, 64)), pixels) < 1.5);
    }

    [Fact]
    public void Grey_deep_palette_alpha_and_cmyk_come_out_alike()
    {
        using var image = TestImages.Image(64, 64);
        var expected = Ok(TestImages.Png(64, 64));

        using var grey = TestImages.Image(64, 64, 1);
        var (result, pixels) = Decode(grey.PngsaveBuffer());
        Assert.True(result.Traits.HasFlag(ImageTraits.Grey));
        Assert.Equal(expected[..(64 * 64)], pixels[..(64 * 64)]);
        Assert.Equal(pixels[..(64 * 64)], pixels[(2 * 64 * 64)..]);

        using var deep = (image.Cast(Enums.BandFormat.Ushort) * 257).Cast(Enums.BandFormat.Ushort)
            .Copy(interpretation: Enums.Interpretation.Rgb16);
        (result, pixels) = Decode(deep.PngsaveBuffer());
        Assert.True(result.Traits.HasFlag(ImageTraits.Deep));
        Assert.Equal(expected, pixels);

        Assert.True(MeanDifference(expected, Ok(image.PngsaveBuffer(palette: true))) < 8);

        using var alpha = image.Bandjoin(image.ExtractBand(0) * 0 + 255).Cast(Enums.BandFormat.Uchar)
            .Copy(interpretation: Enums.Interpretation.Srgb);
        (result, pixels) = Decode(alpha.PngsaveBuffer());
        Assert.True(result.Traits.HasFlag(ImageTraits.Transparent));
        Assert.Equal(expected, pixels);
        using var clear = image.Bandjoin(image.ExtractBand(0) * 0).Cast(Enums.BandFormat.Uchar)
            .Copy(interpretation: Enums.Interpretation.Srgb);
        Assert.All(Ok(clear.PngsaveBuffer()), v => Assert.Equal(255, v));

        using var print = image.IccTransform("cmyk", embedded: false, inputProfile: "srgb");
        (result, pixels) = Decode(print.JpegsaveBuffer(q: 100));
        Assert.Null(result.Problem);
        Assert.True(result.Traits.HasFlag(ImageTraits.Cmyk));
        Assert.True(MeanDifference(expected, pixels) < 12);
    }

    [Fact]
    public void An_animation_gives_its_first_frame_and_says_so()
    {
        using var first = TestImages.Image(64, 64);
        using var second = first.Invert();
        using var both = first.Join(second, Enums.Direction.Vertical)
            .Mutate(m => m.Set(GValue.GIntType, "page-height", 64));
        var (result, pixels) = Decode(both.WebpsaveBuffer(lossless: true));
        Assert.Null(result.Problem);
        Assert.True(result.Traits.HasFlag(ImageTraits.Animated));
        Assert.Equal(Ok(TestImages.Png(64, 64)), pixels);
    }

    public static TheoryData<string, byte[], string> BadFiles() => new()
    {
        { "empty", [], "empty (0 bytes)" },
        { "text", Encoding.UTF8.GetBytes("hello"), "text" },
        { "html", Encoding.UTF8.GetBytes("<!doctype html><p>404"), "HTML" },
        { "svg", Encoding.UTF8.GetBytes("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"), "SVG" },
        { "pdf", Encoding.UTF8.GetBytes("%PDF-1.7 ..."), "PDF" },
        { "zip", [0x50, 0x4B, 3, 4, 0, 0], "ZIP" },
        { "noise", [1, 2, 3, 4, 200, 201, 0, 0], "no image format" },
        { "bmp", Encoding.ASCII.GetBytes("BM..............."), "damaged or cut off" },
        { "cut jpeg", TestImages.Jpeg(100, 100)[..^300], "cut off" },
        { "jpeg head", TestImages.Jpeg(100, 100)[..20], "cut off" },
        { "cut png", TestImages.Png(100, 100)[..^200], "cut off" },
        { "huge", TestImages.BlackPng(30_000, 30_000), "more than the limit of 100 million" },
    };

    [Theory]
    [MemberData(nameof(BadFiles), DisableDiscoveryEnumeration = true)]
    public void Bad_files_give_a_reason_and_leave_the_destination_alone(string name, byte[] bytes, string reason)
    {
        var (result, pixels) = Decode(bytes);
        Assert.NotNull(result.Problem);
        Assert.True(result.Problem.Contains(reason, StringComparison.Ordinal), $"{name}: {result.Problem}");
        Assert.DoesNotContain("\n", result.Problem, StringComparison.Ordinal);
        Assert.All(pixels, v => Assert.Equal(0, v));
    }

    [Fact]
    public void The_content_decides_not_the_extension()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "really a png.jpg");
        File.WriteAllBytes(path, TestImages.Png(64, 64));
        var pixels = new float[Spec.Length];
        var result = new ImageDecoder().Decode(path, Spec, pixels);
        Assert.Equal(ImageFormat.Png, result.Format);
        Assert.Equal(Ok(TestImages.Png(64, 64)), pixels);
    }

    [Fact]
    public void A_large_jpeg_decoded_smaller_is_nearly_the_same()
    {
        var jpeg = TestImages.Jpeg(640, 512);
        using var full = NetVips.Image.NewFromBuffer(jpeg);
        Assert.True(MeanDifference(Ok(full.PngsaveBuffer()), Ok(jpeg)) < 0.5);
    }
}
