using FaceBias.Core.Imaging;
using FsCheck;
using FsCheck.Fluent;

namespace FaceBias.Core.Tests.Imaging;

public class ResamplerTests
{
    [Fact]
    public void Vectors_give_what_the_plain_loop_gives() => Prop.ForAll(
        Gen.Choose(1, 90).Four().ToArbitrary(), Gen.Elements(1, 3).ToArbitrary(),
        Gen.Elements(ResampleFilter.Triangle, ResampleFilter.Lanczos3).ToArbitrary(), (sizes, channels, filter) =>
        {
            var (width, height, columns, rows) = sizes;
            var source = new byte[width * height * channels];
            new Random(width * height).NextBytes(source);
            var horizontal = new ResampleKernel(width, width * 0.03, width * 0.98, columns, filter);
            var vertical = new ResampleKernel(height, 0, height, rows, filter);
            var (found, expected) = (new byte[columns * rows * channels], new byte[columns * rows * channels]);
            Resampler.Resize(source, width, channels, horizontal, vertical, found);

            // Columns as rows of a transposed picture, so that both passes run through the plain loop.
            var along = new byte[height * columns * channels];
            for (var y = 0; y < height; y++)
                Resampler.Along(source.AsSpan(y * width * channels, width * channels), channels, horizontal, 0,
                    along.AsSpan(y * columns * channels, columns * channels));
            var (line, result) = (new byte[height], new byte[rows]);
            for (var x = 0; x < columns * channels; x++)
            {
                for (var y = 0; y < height; y++)
                    line[y] = along[y * columns * channels + x];
                Resampler.Along(line, 1, vertical, 0, result);
                for (var y = 0; y < rows; y++)
                    expected[y * columns * channels + x] = result[y];
            }
            Assert.Equal(expected, found);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_flat_picture_stays_flat_and_the_same_size_stays_the_same()
    {
        var flat = new byte[31 * 17 * 3];
        Array.Fill(flat, (byte)201);
        var large = new byte[50 * 40 * 3];
        Resampler.Resize(flat, 31, 3, new(31, 0, 31, 50, ResampleFilter.Lanczos3),
            new(17, 0, 17, 40, ResampleFilter.Lanczos3), large);
        Assert.All(large, v => Assert.Equal(201, v));
        var picture = TestImages.Rgb(20, 30);
        var same = new byte[picture.Length];
        Resampler.Resize(picture, 20, 3, new(20, 0, 20, 20, ResampleFilter.Lanczos3),
            new(30, 0, 30, 30, ResampleFilter.Lanczos3), same);
        Assert.Equal(picture, same);
    }
}
