using FaceBias.Core.Imaging;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Tests.Imaging;

public class AugmentationTests
{
    private static readonly ImageSpec Spec = new(24, 16);
    private static readonly byte[] Picture = TestImages.Png(60, 40);

    private static float[] Decode(Augmentation augmentation, string stream)
    {
        var pixels = new float[Spec.Length];
        Assert.Null(augmentation.Decode(new ImageDecoder(), Picture, Spec, new CounterRandom(7, stream), pixels));
        return pixels;
    }

    [Fact]
    public void None_is_what_the_decoder_gives()
    {
        var plain = new float[Spec.Length];
        new ImageDecoder().Decode(Picture, Spec, plain);
        Assert.Equal(plain, Decode(Augmentation.None, "a"));
    }

    [Fact]
    public void A_mirrored_picture_has_its_columns_turned_around()
    {
        var (plain, mirrored) = (Decode(Augmentation.None, "a"), Decode(new Augmentation { Flip = 1 }, "a"));
        for (var i = 0; i < plain.Length; i++)
            Assert.Equal(plain[i], mirrored[i / 24 * 24 + 23 - i % 24]);
        Augmentation.MirrorRows(mirrored, 24);
        Assert.Equal(plain, mirrored);
    }

    [Fact]
    public void Half_of_the_pictures_are_mirrored()
    {
        var plain = Decode(Augmentation.None, "");
        var same = Enumerable.Range(0, 200).Count(
            i => Decode(Augmentation.Mirror, $"{i}").AsSpan().SequenceEqual(plain));
        Assert.InRange(same, 75, 125);
    }

    [Fact]
    public void The_stream_alone_decides_and_values_stay_in_range()
    {
        Assert.Equal(Decode(Augmentation.Strong, "x"), Decode(Augmentation.Strong, "x"));
        Assert.NotEqual(Decode(Augmentation.Strong, "x"), Decode(Augmentation.Strong, "y"));
        for (var i = 0; i < 50; i++)
            Assert.All(Decode(Augmentation.Strong, $"{i}"), v => Assert.InRange(v, 0f, 255f));
    }

    [Fact]
    public void Jitter_keeps_the_order_of_grey_levels_and_the_mean_roughly()
    {
        var plain = Decode(Augmentation.None, "");
        for (var i = 0; i < 20; i++)
        {
            var changed = Decode(new Augmentation { Jitter = 0.2 }, $"{i}");
            Assert.InRange(changed.Average() / plain.Average(), 0.7, 1.3);
        }
    }

    [Fact]
    public void Erasing_fills_one_rectangle_with_the_mean_colour()
    {
        var plain = Decode(Augmentation.None, "");
        var erased = Decode(new Augmentation { Erase = 1 }, "e");
        var size = Spec.Width * Spec.Height;
        var changed = Enumerable.Range(0, size).Where(i => plain[i] != erased[i]).ToArray();
        Assert.InRange(changed.Length / (double)size, 0.01, 0.25);
        Assert.All(changed, i => Assert.Equal(plain[..size].Average(), erased[i], 0.01f));
    }

    [Fact]
    public void A_file_that_is_no_picture_is_a_reason() =>
        Assert.NotNull(Augmentation.Strong.Decode(new ImageDecoder(), [1, 2, 3], Spec, new CounterRandom(1, "a"),
            new float[Spec.Length]));
}
