using FaceBias.Core.Explaining.Superpixels;
using FaceBias.Core.Imaging;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Tests.Explaining;

/// <summary>Superpixels are scikit-image's.</summary>
public class SuperpixelTests
{
    private const int Width = 72, Height = 60;

    /// <summary>Coloured patches with soft edges and noise: no two pixels alike, so that no tie is broken by
    /// chance.</summary>
    internal static float[] Picture(int width = Width, int height = Height, int seed = 3)
    {
        var random = new RandomSource(seed).Stream("picture");
        var size = width * height;
        var picture = new float[3 * size];
        (double X, double Y, double R, double G, double B)[] spots = [.. Enumerable.Range(0, 14).Select(_ =>
            (random.NextDouble() * width, random.NextDouble() * height, 255 * random.NextDouble(),
                255 * random.NextDouble(), 255 * random.NextDouble()))];
        for (var i = 0; i < size; i++)
        {
            var nearest = spots.MinBy(
                s => (s.X - i % width) * (s.X - i % width) + (s.Y - i / width) * (s.Y - i / width));
            (picture[i], picture[size + i], picture[2 * size + i]) =
                ((float)nearest.R, (float)nearest.G, (float)nearest.B);
        }
        var soft = PictureFill.Blur(picture, new(width, height), 1.5);
        return [.. soft.Select(v => (float)Math.Round(Math.Clamp(v + 6 * random.NextNormal(), 0, 255)))];
    }

    [Fact]
    public void Slic_is_scikit_images()
    {
        var picture = Picture();
        (int Segments, double Compactness)[] all = [(100, 10), (30, 10), (60, 1)];
        var theirs = PythonPeer.Run("skimage.segmentation, numpy", $"""
            image = numpy.fromfile('picture', dtype=numpy.float32).reshape(3, {Height}, {Width}).transpose(1, 2, 0).astype(numpy.uint8)
            for n, c in [(100, 10), (30, 10), (60, 1)]:
                print(*skimage.segmentation.slic(image, n_segments=n, compactness=c, start_label=1).ravel(), sep='\n')
            """, ("picture", picture)).Chunk(Width * Height);
        Assert.All(all.Zip(theirs), p =>
            Assert.InRange(RandIndex(Slic.Cut(picture, Width, Height, p.First.Segments, p.First.Compactness).Labels,
                p.Second), 0.99, 1));
    }

    [Fact]
    public void Quickshift_is_scikit_images()
    {
        var picture = Picture();
        (double Kernel, double Farthest, double Ratio)[] all = [(4, 200, 0.2), (3, 6, 1)];
        var theirs = PythonPeer.Run("skimage.segmentation, numpy", $"""
            image = numpy.fromfile('picture', dtype=numpy.float32).reshape(3, {Height}, {Width}).transpose(1, 2, 0).astype(numpy.uint8)
            for k, d, r in [(4, 200, .2), (3, 6, 1)]:
                print(*skimage.segmentation.quickshift(image, kernel_size=k, max_dist=d, ratio=r).ravel(), sep='\n')
            """, ("picture", picture)).Chunk(Width * Height);
        Assert.All(all.Zip(theirs), p =>
        {
            var ours = Quickshift.Cut(picture, Width, Height, p.First.Kernel, p.First.Farthest, p.First.Ratio);
            Assert.Equal(p.Second.Distinct().Count(), ours.Count);
            Assert.InRange(RandIndex(ours.Labels, p.Second), 0.99, 1);
        });
    }

    [Fact]
    public void Superpixels_do_not_depend_on_threads_and_slic_gives_whole_pieces()
    {
        var picture = Picture();
        Assert.Equal(Quickshift.Cut(picture, Width, Height, threads: 1).Labels,
            Quickshift.Cut(picture, Width, Height, threads: 4).Labels);
        var cut = Slic.Cut(picture, Width, Height);
        Assert.Equal(Enumerable.Range(0, cut.Count), cut.Labels.Distinct().Order());
        Assert.InRange(cut.Count, 30, 200);
    }

    [Fact]
    public void One_colour_is_one_quickshift_superpixel_or_few_and_slic_runs() =>
        Assert.All(new[] { Slic.Cut(new float[3 * 20 * 20], 20, 20).Count,
            Quickshift.Cut(new float[3 * 20 * 20], 20, 20).Count }, n => Assert.InRange(n, 1, 400));

    /// <summary>The adjusted Rand index of two partitions.</summary>
    private static double RandIndex(int[] a, double[] b)
    {
        Assert.Equal(a.Length, b.Length);
        static double Pairs(double n) => n * (n - 1) / 2;
        var both = a.Zip(b).GroupBy(p => p).Sum(g => Pairs(g.Count()));
        double first = a.GroupBy(v => v).Sum(g => Pairs(g.Count())),
            second = b.GroupBy(v => v).Sum(g => Pairs(g.Count()));
        var expected = first * second / Pairs(a.Length);
        return (both - expected) / ((first + second) / 2 - expected);
    }
}
