using FaceBias.Core.Imaging;
using FaceBias.Tests;
using NetVips;

namespace FaceBias.Core.Tests.Imaging;

public class TurboJpegTests
{
    private static readonly ImageDecoder Fast = new(), Plain = new() { FastJpeg = false };

    private static int Difference(byte[] jpeg)
    {
        using PixelBuffer a = new(), b = new();
        var results = (Fast.DecodePixels(jpeg, a, null), Plain.DecodePixels(jpeg, b, null));
        Assert.Equal(results.Item2, results.Item1);
        Assert.Equal((b.Width, b.Height), (a.Width, a.Height));
        var worst = 0;
        for (var i = 0; i < a.Span.Length; i++)
            worst = Math.Max(worst, Math.Abs(a.Span[i] - b.Span[i]));
        return worst;
    }

    [Theory]
    [InlineData(64, 64, 95, false, Enums.ForeignSubsample.On, 3)]
    [InlineData(97, 51, 40, false, Enums.ForeignSubsample.On, 3)]
    [InlineData(97, 51, 90, true, Enums.ForeignSubsample.On, 3)]
    [InlineData(33, 65, 90, false, Enums.ForeignSubsample.Off, 3)]
    [InlineData(33, 65, 90, true, Enums.ForeignSubsample.Off, 1)]
    [InlineData(1, 1, 90, false, Enums.ForeignSubsample.On, 3)]
    public void Both_decoders_give_the_same_pixels(int width, int height, int quality, bool progressive,
        Enums.ForeignSubsample subsample, int bands)
    {
        Assert.SkipUnless(TurboJpeg.IsAvailable, "needs libturbojpeg");
        using var image = TestImages.Image(width, height, bands);
        Assert.Equal(0, Difference(
            image.JpegsaveBuffer(q: quality, interlace: progressive, subsampleMode: subsample,
                keep: Enums.ForeignKeep.None)));
    }

    [Fact]
    public void Damage_is_judged_by_one_decoder()
    {
        var jpeg = TestImages.Jpeg(120, 120);
        foreach (var cut in new[] { 100, 700, jpeg.Length / 2, jpeg.Length - 40 })
        {
            using var buffer = new PixelBuffer();
            Assert.Equal(Plain.DecodePixels(jpeg[..cut], buffer, null), Fast.DecodePixels(jpeg[..cut], buffer, null));
        }
    }

    [Fact]
    public void Too_many_pixels_are_refused_by_the_header()
    {
        using var buffer = new PixelBuffer();
        var result = new ImageDecoder { MaxPixels = 1000 }.DecodePixels(TestImages.Jpeg(100, 100), buffer, null);
        Assert.Equal((100, 100), (result.Width, result.Height));
        Assert.Contains("100 x 100 pixels", result.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Real_images_give_the_same_pixels()
    {
        var folder = TestPaths.RealData("utkface/images");
        Assert.SkipUnless(TurboJpeg.IsAvailable, "needs libturbojpeg");
        foreach (var path in Directory.GetFiles(folder).Order(StringComparer.Ordinal).Where((_, i) => i % 100 == 0)
            .Concat(Directory.GetFiles(Path.Combine(folder, "..", "..", "nonfaces")).Order(StringComparer.Ordinal)
                .Take(100)))
            Assert.Equal((0, path), (Difference(File.ReadAllBytes(path)), path));
    }
}
