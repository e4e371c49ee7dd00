using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Curation;
using FaceBias.Core.Imaging;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Curation;

public class PerceptualHashTests
{
    /// <summary>A rough colour picture that any language computes alike.</summary>
    private static byte[] Pattern(int width, int height, int k)
    {
        var rgb = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var at = 3 * (y * width + x);
                rgb[at] = (byte)((x * x * 3 + y * 7 + x * y * k) / (1 + k));
                rgb[at + 1] = (byte)((x * 11 + y * y * 2) / 3);
                rgb[at + 2] = (byte)((x * y + k * 31 + y) / 2);
            }
        }
        return rgb;
    }

    private static byte[] Grey(byte[] rgb) =>
        [.. Enumerable.Range(0, rgb.Length / 3).Select(i => GreyPixels.Of(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]))];

    /// <summary>Numbers computed with Pillow 9.4, numpy and scipy by ImageHash's definition; the last two columns are
    /// CRC-32s of Pillow's 24x20 resize (bilinear in a box half a pixel and a quarter inside; Lanczos).</summary>
    [Theory]
    [InlineData(200, 200, 1, 0x81fc29fc01fc03fc, 0x519d17bd, 0x6be68fc7)]
    [InlineData(37, 53, 2, 0x800b0f3b267d5bd5, 0x50e45256, 0x634ea313)]
    [InlineData(32, 32, 3, 0x801f2c5cd39c2b7e, 0xce60de25, 0xcb4c03f7)]
    [InlineData(640, 17, 4, 0xc0002a5d6f75657f, 0x8b4f3df7, 0x136f1adc)]
    [InlineData(5, 3, 5, 0xad71d18e02da3d65, 0x78280890, 0x9be7c734)]
    [InlineData(1000, 800, 6, 0xd41bc7e3835a50ab, 0xb798da19, 0xfe076b13)]
    public void Hash_and_resize_equal_pillow(int width, int height, int k, ulong hash, uint bilinear, uint lanczos)
    {
        var rgb = Pattern(width, height, k);
        Assert.Equal(hash, PerceptualHash.Of(Grey(rgb), width, height));
        var (dx, dy) = width > 5 ? (0.5, 0.25) : (0, 0);
        var small = new byte[24 * 20 * 3];
        Resampler.Resize(rgb, width, 3, new(width, dx, width - dx, 24, ResampleFilter.Triangle),
            new(height, dy, height - dy, 20, ResampleFilter.Triangle), small);
        Assert.Equal(bilinear, Imaging.TestImages.Crc(small));
        Resampler.Resize(rgb, width, 3, new(width, 0, width, 24, ResampleFilter.Lanczos3),
            new(height, 0, height, 20, ResampleFilter.Lanczos3), small);
        Assert.Equal(lanczos, Imaging.TestImages.Crc(small));
    }

    [Fact]
    public void Grey_of_many_pixels_is_that_of_each()
    {
        var random = new Random(4);
        foreach (var pixels in new[] { 1, 15, 16, 17, 18, 31, 33, 34, 1000 })
        {
            var rgb = new byte[3 * pixels];
            random.NextBytes(rgb);
            rgb.AsSpan(0, 3).Fill(255);
            var grey = new byte[pixels];
            GreyPixels.From(rgb, grey);
            Assert.Equal(Grey(rgb), grey);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(128)]
    [InlineData(255)]
    public void Flat_pictures_have_only_their_mean(byte level)
    {
        var flat = new byte[50 * 40];
        Array.Fill(flat, level);
        Assert.Equal(level == 0 ? 0 : 1UL << 63, PerceptualHash.Of(flat, 50, 40));
    }

    [Fact]
    public void Half_of_the_bits_are_set_and_a_small_change_moves_few()
    {
        var grey = Grey(Pattern(120, 90, 3));
        var hash = PerceptualHash.Of(grey, 120, 90);
        Assert.Equal(32, System.Numerics.BitOperations.PopCount(hash));
        var brighter = Array.ConvertAll(grey, g => (byte)(g / 2 + 40));
        Assert.InRange(PerceptualHash.Distance(hash, PerceptualHash.Of(brighter, 120, 90)), 0, 6);
    }

    /// <summary>Real images against Pillow, numpy and scipy, where Python has them.</summary>
    [Fact]
    public void Real_images_hash_as_in_python()
    {
        var folder = TestPaths.RealData("utkface/images");
        var paths = Directory.GetFiles(folder).Order(StringComparer.Ordinal).Where((_, i) => i % 200 == 0)
            .Concat(Directory.GetFiles(Path.Combine(folder, "..", "..", "nonfaces")).Order(StringComparer.Ordinal)
                .Take(50))
            .Concat(Directory.GetFiles(Path.Combine(folder, "..", "..", "mit_faces"), "*.png",
                SearchOption.AllDirectories)).ToArray();
        var list = Path.Combine(TestPaths.NewFolder(), "list.txt");
        File.WriteAllLines(list, paths);
        const string Script = """
            import sys, numpy, scipy.fftpack
            from PIL import Image, ImageOps
            for path in open(sys.argv[1]).read().splitlines():
                image = ImageOps.exif_transpose(Image.open(path))
                if image.info.get('icc_profile'):
                    print('-'); print('-')
                    continue
                if image.mode == 'RGBA':
                    image = Image.alpha_composite(Image.new('RGBA', image.size, 'white'), image).convert('RGB')
                p = numpy.asarray(image.convert('L').resize((32, 32), Image.LANCZOS))
                d = scipy.fftpack.dct(scipy.fftpack.dct(p, axis=0), axis=1)[:8, :8]
                q = numpy.asarray(image.convert('L').resize((9, 8), Image.LANCZOS))
                for bits in d > numpy.median(d), q[:, 1:] > q[:, :-1]:
                    print('%016x' % int(''.join('1' if b else '0' for b in bits.flatten()), 2))
            """;
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", Script, list])
            { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] lines;
        try
        {
            using var python = Process.Start(start)!;
            lines = python.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            python.WaitForExit();
            Assert.SkipUnless(python.ExitCode == 0, "needs a Python with Pillow, numpy and scipy");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("needs Python");
            return;
        }
        var probe = new ImageProbe();
        var own = paths.Select(p => probe.Look(p)).SelectMany(p => new[] { p.PHash, p.DHash });
        // Colour profiles are applied here and not by Pillow.
        var pairs = lines.Zip(own).Where(p => p.First != "-").ToList();
        Assert.InRange(pairs.Count, lines.Length * 3 / 4, lines.Length);
        Assert.Equal(pairs.Select(p => ulong.Parse(p.First, NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
            pairs.Select(p => p.Second));
    }
}
