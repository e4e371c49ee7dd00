using FaceBias.Core.Imaging;
using FaceBias.Tests;
using NetVips;

namespace FaceBias.Core.Tests.Imaging;

/// <summary>The managed codec beside libvips: within 2 levels after resizing, and as strict with bad files.</summary>
public class ImageSharpPeerTests
{
    private const int Tolerance = 2;

    private static readonly ImageSpec Spec = new(64, 64);

    private static IPictureCodec Managed
    {
        get
        {
            Assert.SkipWhen(PictureCodecs.Managed is null, "needs SixLabors.ImageSharp on the feed (HasImageSharp)");
            return PictureCodecs.Managed!;
        }
    }

    private static (DecodeResult Vips, DecodeResult Managed, float[] Levels) Both(byte[] bytes, ImageSpec spec)
    {
        float[] expected = new float[spec.Length], actual = new float[spec.Length];
        var vips = new ImageDecoder { FastJpeg = false }.Decode(bytes, spec, expected);
        var managed = new ImageDecoder { FastJpeg = false, Codec = Managed }.Decode(bytes, spec, actual);
        return (vips, managed, [.. expected.Zip(actual, (a, b) => Math.Abs(a - b))]);
    }

    public static TheoryData<string, byte[]> Pictures()
    {
        using var image = TestImages.Image(200, 160);
        using var grey = TestImages.Image(97, 51, 1);
        using var large = TestImages.Image(1777, 1601);
        using var alpha = TestImages.Image(90, 120, 4);
        using var half = alpha.ExtractBand(0, 3).Bandjoin((alpha.ExtractBand(0) * 0 + 128).Cast(Enums.BandFormat.Uchar))
            .Copy(interpretation: Enums.Interpretation.Srgb);
        using var turned = image.Mutate(m => m.Set(GValue.GIntType, "orientation", 6));
        using var deep = (image.Cast(Enums.BandFormat.Ushort) * 257).Cast(Enums.BandFormat.Ushort)
            .Copy(interpretation: Enums.Interpretation.Rgb16);
        using var frames = image.Join(image.Invert(), Enums.Direction.Vertical)
            .Mutate(m => m.Set(GValue.GIntType, "page-height", 160));
        return new()
        {
            { "jpeg", image.JpegsaveBuffer(q: 95, subsampleMode: Enums.ForeignSubsample.Off,
                keep: Enums.ForeignKeep.None) },
            { "jpeg with half the colours",
                image.JpegsaveBuffer(q: 90, subsampleMode: Enums.ForeignSubsample.On, keep: Enums.ForeignKeep.None) },
            { "progressive jpeg", image.JpegsaveBuffer(q: 90, interlace: true, keep: Enums.ForeignKeep.None) },
            { "grey jpeg", grey.JpegsaveBuffer(q: 90, keep: Enums.ForeignKeep.None) },
            { "jpeg decoded smaller", large.JpegsaveBuffer(q: 90, keep: Enums.ForeignKeep.None) },
            { "jpeg turned", turned.JpegsaveBuffer(q: 95) },
            { "png", image.PngsaveBuffer() },
            { "grey png", grey.PngsaveBuffer() },
            { "deep png", deep.PngsaveBuffer() },
            { "palette png", image.PngsaveBuffer(palette: true) },
            { "transparent png", half.PngsaveBuffer() },
            { "gif", image.GifsaveBuffer() },
            { "animated gif", frames.GifsaveBuffer() },
            { "webp", image.WebpsaveBuffer(lossless: true) },
            { "lossy webp", image.WebpsaveBuffer(q: 90) },
            { "tiff", image.TiffsaveBuffer() },
            { "compressed tiff", image.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Lzw) },
        };
    }

    [Theory]
    [MemberData(nameof(Pictures), DisableDiscoveryEnumeration = true)]
    public void Every_format_comes_out_alike(string name, byte[] bytes)
    {
        var (vips, managed, levels) = Both(bytes, Spec);
        // libvips takes frames that repeat parts of others for transparent.
        Assert.Equal(vips with { Traits = name == "animated gif" ? ImageTraits.Animated : vips.Traits }, managed);
        Assert.True(levels.Max() <= Tolerance, $"{name}: {levels.Max()} levels");
        Assert.True(Both(bytes, new(96, 80, ImageFit.Stretch)).Levels.Max() <= Tolerance, name);
    }

    [Theory]
    [MemberData(nameof(Pictures), DisableDiscoveryEnumeration = true)]
    public void A_file_that_is_cut_off_is_refused_and_noise_never_throws(string name, byte[] bytes)
    {
        var decoder = new ImageDecoder { FastJpeg = false, Codec = Managed };
        var pixels = new float[Spec.Length];
        foreach (var share in new[] { 0.1, 0.5, 0.9 })
        {
            var result = decoder.Decode(bytes[..(int)(bytes.Length * share)], Spec, pixels);
            Assert.True(result.Problem is not null, $"{name} cut to {share}");
        }
        var random = new Random(1);
        for (var i = 0; i < 20; i++)
        {
            var noise = bytes.ToArray();
            for (var k = 0; k < 10; k++)
                noise[random.Next(12, noise.Length)] = (byte)random.Next(256);
            decoder.Decode(noise, Spec, pixels);
        }
    }

    [Fact]
    public void What_it_does_not_know_it_names()
    {
        using var image = TestImages.Image(64, 64);
        using var frames =
            image.Join(image.Invert(), Enums.Direction.Vertical).Mutate(m => m.Set(GValue.GIntType, "page-height", 64));
        var decoder = new ImageDecoder { Codec = Managed };
        Assert.Contains("animated WebP", decoder.Decode(frames.WebpsaveBuffer(), Spec, new float[Spec.Length]).Problem,
            StringComparison.Ordinal);
        Assert.Contains("AVIF",
            decoder.Decode(image.HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1), Spec,
                new float[Spec.Length]).Problem, StringComparison.Ordinal);
    }

    /// <summary>Colour that left the range of RGB while it was repeated cannot be taken out again: a few pixels of
    /// saturated edges differ by more.</summary>
    [Theory]
    [InlineData(112)]
    [InlineData(224)]
    public void Real_images_come_out_alike_but_for_a_pixel_in_a_thousand(int size)
    {
        var folder = TestPaths.RealData("utkface/images");
        Assert.NotNull(Managed);
        var spec = new ImageSpec(size, size);
        var differences = new List<float>();
        foreach (var path in Directory.GetFiles(folder).Order(StringComparer.Ordinal).Where((_, i) => i % 250 == 0))
        {
            var (vips, managed, levels) = Both(File.ReadAllBytes(path), spec);
            Assert.Equal(vips, managed);
            differences.AddRange(levels);
        }
        Assert.InRange(differences.Count(d => d > Tolerance) / (double)differences.Count, 0, 0.001);
        Assert.InRange(differences.Average(), 0, 0.3);
    }

    [Fact]
    public void What_it_writes_is_read_back()
    {
        var rgb = TestImages.Rgb(64, 64);
        var planes = new float[Spec.Length];
        Assert.Null(new ImageDecoder().Decode(Managed.Png(rgb, 64, 64), Spec, planes).Problem);
        Assert.Equal(rgb.Select(v => (float)v),
            Enumerable.Range(0, rgb.Length).Select(i => planes[i % 3 * 64 * 64 + i / 3]));
        Assert.Null(new ImageDecoder().Decode(Managed.Jpeg(rgb, 64, 64, 95), Spec, planes).Problem);
        Assert.True(rgb.Select((v, i) => Math.Abs(v - planes[i % 3 * 64 * 64 + i / 3])).Average() < 3);
    }

    [Fact]
    public void Too_many_pixels_are_refused_by_the_header() =>
        Assert.Contains("more than the limit of 100 million",
            new ImageDecoder { Codec = Managed }.Decode(TestImages.BlackPng(30_000, 30_000), Spec,
                new float[Spec.Length]).Problem, StringComparison.Ordinal);

    [Fact]
    public void It_stands_in_where_libvips_does_not_load_and_where_it_is_asked_for()
    {
        Assert.Same(Managed, PictureCodecs.Choose(null, vipsLoads: false));
        Assert.Same(Managed, PictureCodecs.Choose("imagesharp", vipsLoads: true));
        Assert.Equal("libvips", PictureCodecs.Choose("", vipsLoads: true).Name);
    }

    [Fact]
    public void Without_it_one_sentence_says_what_to_do()
    {
        Assert.Contains("libvips or imagesharp",
            Assert.Throws<FaceBiasException>(() => PictureCodecs.Choose("skia", vipsLoads: true)).Message,
            StringComparison.Ordinal);
        Assert.Contains("does not load",
            Assert.Throws<FaceBiasException>(() => PictureCodecs.Choose("libvips", vipsLoads: false)).Message,
            StringComparison.Ordinal);
        if (PictureCodecs.Managed is null)
            Assert.Contains("HasImageSharp",
                Assert.Throws<FaceBiasException>(() => PictureCodecs.Choose(null, vipsLoads: false)).Message,
                StringComparison.Ordinal);
    }
}
