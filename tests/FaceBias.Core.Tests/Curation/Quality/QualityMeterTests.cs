using FaceBias.Core.Curation.Quality;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Tests.Curation.Quality;

public class QualityMeterTests
{
    private static PictureQuality Of(int width, int height, Func<int, int, (int R, int G, int B)> pixel)
    {
        var rgb = new byte[3 * width * height];
        var grey = new byte[width * height];
        for (var i = 0; i < grey.Length; i++)
        {
            var (r, g, b) = pixel(i % width, i / width);
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = ((byte)r, (byte)g, (byte)b);
            grey[i] = FaceBias.Core.Imaging.GreyPixels.Of((byte)r, (byte)g, (byte)b);
        }
        return QualityMeter.Measure(rgb, grey, width, height);
    }

    private static (int, int, int) Grey(int level) => (level, level, level);

    // scikit-image 0.19.3: measure.blur_effect(picture.astype(numpy.uint8), h_size=11)
    [Theory]
    [InlineData("quadratic", 0.12587358673676072)]
    [InlineData("blocks", 0.18181818181818193)]
    [InlineData("slope", 0.9759999999999968)]
    public void Blur_equals_scikit_image(string name, double expected) =>
        Assert.Equal(expected, Of(128, 128, (x, y) => Grey(name switch
        {
            "quadratic" => (x * x * 3 + y * y * 7 + x * y) % 256,
            "blocks" => (x / 8 * 37 + y / 16 * 91) % 256,
            _ => x + y,
        })).Blur, 1e-5);

    [Fact]
    public void Blur_does_not_hang_on_the_size_and_grows_with_blurring()
    {
        // The same picture drawn at three sizes; a broad and a narrow wave for a blurred and a sharp one.
        static double At(int size, double waves) => Of(size, size, (x, y) =>
            Grey((int)(128 + 60 * Math.Sin(waves * x / size) + 60 * Math.Cos(waves * y / size)))).Blur;
        Assert.Equal(At(256, 60), At(512, 60), 0.03);
        Assert.Equal(At(256, 60), At(1024, 60), 0.03);
        Assert.True(At(300, 10) > At(300, 30) + 0.05);
        Assert.True(At(300, 30) > At(300, 90) + 0.05);
        Assert.True(float.IsNaN(Of(50, 60, (_, _) => Grey(7)).Blur));
    }

    [Fact]
    public void Every_score_is_what_its_definition_says()
    {
        // Half the rows 0, half 255: one bit.
        var halves = Of(64, 64, (_, y) => Grey(y % 2 * 255));
        Assert.Equal((0f, 1f, 1f, 0f), (halves.Shadows, halves.Lights, halves.Information, halves.Colour));
        Assert.Equal(0.2f, Of(40, 40, (_, _) => (51, 0, 51)).Colour);
        // 10 of 40 rows and 5 of 20 columns on the left: 1 - 30 x 15 / 800.
        var padded = Of(20, 40, (x, y) => y < 10 || x < 5 ? (3, 3, 3) : Grey((x * 37 + y * 91) % 256));
        Assert.Equal(1 - 30 * 15 / 800f, padded.Padding);
        Assert.Equal(1f, Of(30, 30, (_, _) => Grey(90)).Padding);
    }

    [Fact]
    public void Flags_follow_the_thresholds_and_what_cannot_be_told_is_not_flagged()
    {
        var limits = new QualityLimits();
        var good = new PictureQuality(0.1f, 0.8f, 7, 0.5f, 0.2f, 0);
        Assert.Equal(ManifestFlags.None, limits.Flags(good, 200, 200));
        Assert.Equal(ManifestFlags.Dark, limits.Flags(good with { Lights = 0.2f }, 200, 200));
        Assert.Equal(ManifestFlags.Bright, limits.Flags(good with { Shadows = 0.8f }, 200, 200));
        Assert.Equal(ManifestFlags.Blurred | ManifestFlags.Grey,
            limits.Flags(good with { Blur = 0.9f, Colour = 0 }, 200, 200));
        Assert.Equal(ManifestFlags.OddAspect | ManifestFlags.Padded,
            limits.Flags(good with { Padding = 0.4f }, 200, 401));
        Assert.Equal(ManifestFlags.LowInformation,
            limits.Flags(good with { Information = 2, Blur = float.NaN }, 200, 200));
        Assert.Equal(ManifestFlags.None, limits.Flags(PictureQuality.None, 10, 10));
    }

    [Fact]
    public void The_extension_is_compared_with_the_content()
    {
        Assert.True(QualityLimits.HasWrongExtension("a.jpg", ImageFormat.Png));
        Assert.False(QualityLimits.HasWrongExtension("a.JPEG", ImageFormat.Jpeg));
        Assert.False(QualityLimits.HasWrongExtension("a.heic", ImageFormat.Heif));
        Assert.False(QualityLimits.HasWrongExtension("a.png", ImageFormat.Unknown));
    }
}
