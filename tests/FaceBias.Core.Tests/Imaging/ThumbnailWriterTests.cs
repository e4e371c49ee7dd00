using FaceBias.Core.Imaging;
using FaceBias.Tests;
using NetVips;

namespace FaceBias.Core.Tests.Imaging;

public class ThumbnailWriterTests
{
    [Theory]
    [InlineData(200, 100, 64, 64, 32)]
    [InlineData(3, 400, 64, 1, 64)]
    [InlineData(40, 30, 64, 40, 30)]
    public void The_longer_side_fits(int width, int height, int side, int expectedWidth, int expectedHeight)
    {
        var path = Path.Combine(TestPaths.NewFolder(), "a.png");
        File.WriteAllBytes(path, TestImages.Png(width, height));
        var (jpeg, problem) = ThumbnailWriter.Write(path, side);
        Assert.Null(problem);
        using var image = Image.NewFromBuffer(jpeg!);
        Assert.Equal((expectedWidth, expectedHeight), (image.Width, image.Height));
        Assert.InRange(jpeg!.Length, 100, 4000);
    }

    [Fact]
    public void What_cannot_be_decoded_gives_the_reason()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "a.png");
        Assert.Equal((null, "the file does not exist"), ThumbnailWriter.Write(path, 64));
        File.WriteAllText(path, "x");
        Assert.Equal((null, "it is text, not an image"), ThumbnailWriter.Write(path, 64));
    }
}
