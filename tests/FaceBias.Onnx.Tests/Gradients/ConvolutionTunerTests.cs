using FaceBias.Onnx.Gradients;
using FaceBias.Tests;

namespace FaceBias.Onnx.Tests.Gradients;

public class ConvolutionTunerTests
{
    private static readonly ConvolutionShape Shape = new(1, 2, 3, 1, (6, 6), (6, 6), (3, 3), (1, 1), (1, 1), (1, 1));

    [Fact]
    public void Choices_are_measured_once_and_fit_the_shape()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "tuning.json");
        var tuner = new ConvolutionTuner(path, 1);
        var (input, weights) = (tuner.ForInput(Shape), tuner.ForWeights(Shape));
        Assert.True(ConvolutionGradients.ForInput[input].Fits(Shape));
        Assert.True(ConvolutionGradients.ForWeights[weights].Fits(Shape));
        var written = File.ReadAllText(path);
        var again = new ConvolutionTuner(path, 1);
        Assert.Equal((input, weights), (again.ForInput(Shape), again.ForWeights(Shape)));
        Assert.Equal(written, File.ReadAllText(path));
    }

    [Fact]
    public void A_damaged_cache_is_measured_anew()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "tuning.json");
        File.WriteAllText(path, "{ not json");
        new ConvolutionTuner(path, 1).ForInput(Shape);
        Assert.StartsWith("{", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Contains("flipped", File.ReadAllText(path), StringComparison.Ordinal);
    }
}
