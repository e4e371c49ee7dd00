using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Onnx.Tests.Training;

public class CounterRandomTests
{
    [Fact]
    public void Numbers_have_the_right_distribution()
    {
        var random = new CounterRandom(1, "test");
        var normal = Enumerable.Range(0, 20_000).Select(i => random.Normal((ulong)i)).ToArray();
        var mean = normal.Average();
        Assert.Equal(0, mean, 0.03);
        Assert.Equal(1, normal.Average(v => (v - mean) * (v - mean)), 0.05);
        Assert.Equal(0.683, normal.Count(v => Math.Abs(v) < 1) / 20_000.0, 0.02);
        Assert.Equal(0.5, Enumerable.Range(0, 20_000).Average(i => random.Uniform((ulong)i)), 0.01);
    }

    [Fact]
    public void Streams_differ_by_seed_and_name_and_repeat()
    {
        Assert.Equal(new CounterRandom(1, "a")[5], new CounterRandom(1, "a")[5]);
        Assert.NotEqual(new CounterRandom(1, "a")[5], new CounterRandom(2, "a")[5]);
        Assert.NotEqual(new CounterRandom(1, "a")[5], new CounterRandom(1, "b")[5]);
    }

    [Theory, InlineData(0.1), InlineData(0.5), InlineData(0.93)]
    public void A_mask_drops_its_share_and_keeps_the_mean(double rate)
    {
        var mask = new float[50_001];
        DropoutMasks.Fill(mask, rate, 3, 0, 7);
        Assert.Equal(rate, mask.Count(m => m == 0) / (double)mask.Length, 0.01);
        Assert.Equal(1, mask.Average(), 0.06);
        Assert.Equal(2, mask.Distinct().Count());
        var other = new float[50_001];
        DropoutMasks.Fill(other, rate, 3, 0, 8);
        Assert.NotEqual(mask, other);
    }
}
