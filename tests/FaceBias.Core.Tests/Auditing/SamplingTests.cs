using FaceBias.Core.Auditing;

namespace FaceBias.Core.Tests.Auditing;

public class SamplingTests
{
    [Theory]
    [InlineData(10, 4, 3)]
    [InlineData(50, 49, 20)]
    [InlineData(20, 1, 19)]
    [InlineData(200, 100, 150)]
    public void Hypergeometric_draws_have_the_exact_distribution(int total, int marked, int draws)
    {
        var random = new SeededRandom(5, 1);
        const int Repeats = 200_000;
        var counts = new int[draws + 1];
        for (var i = 0; i < Repeats; i++)
            counts[CountSampling.Hypergeometric(ref random, total, marked, draws)]++;
        double chi = 0;
        var cells = 0;
        var exact = new MathNet.Numerics.Distributions.Hypergeometric(total, marked, draws);
        for (var k = 0; k <= draws; k++)
        {
            var expected = Repeats * exact.Probability(k);
            if (expected < 5)
                continue;
            chi += (counts[k] - expected) * (counts[k] - expected) / expected;
            cells++;
        }
        // The 99.99% quantile of chi-square lies below cells + 5.5 sqrt(2 cells) + 8 here.
        Assert.InRange(chi, 0, cells + (5.5 * Math.Sqrt(2 * cells)) + 8);
    }

    [Fact]
    public void Hypergeometric_draws_of_millions_stay_in_their_support()
    {
        var random = new SeededRandom(5, 2);
        double sum = 0;
        for (var i = 0; i < 500; i++)
        {
            var k = CountSampling.Hypergeometric(ref random, 10_000_000, 9_000_000, 1_000_000);
            Assert.InRange(k, 0, 1_000_000);
            sum += k;
        }
        // Standard deviation of one draw 284, of the mean 12.7.
        Assert.InRange(sum / 500, 900_000 - 64, 900_000 + 64);
    }

    [Fact]
    public void Streams_differ_and_repeat()
    {
        var a = new SeededRandom(1, SeededRandom.Stream("x", 1));
        var b = new SeededRandom(1, SeededRandom.Stream("x", 1));
        var c = new SeededRandom(1, SeededRandom.Stream("x", 2));
        var (x, y, z) = (a.NextUInt64(), b.NextUInt64(), c.NextUInt64());
        Assert.Equal(x, y);
        Assert.NotEqual(x, z);
        var values = Enumerable.Range(0, 10_000).Select(_ => a.NextInt(7)).ToArray();
        Assert.All(values, v => Assert.InRange(v, 0, 6));
        Assert.All(Enumerable.Range(0, 7), k => Assert.InRange(values.Count(v => v == k), 1250, 1610));
    }

    [Fact]
    public void Holm_and_Benjamini_Hochberg_equal_R()
    {
        // R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") and "BH"; p.adjust(c(0.04, 0.001, 0.3), "holm").
        double[] p = [0.01, 0.02, 0.03, 0.04, 0.05];
        Assert.Equal([0.05, 0.08, 0.09, 0.09, 0.09], Verdicts.Holm(p).Select(x => Math.Round(x, 10)));
        Assert.Equal([0.05, 0.05, 0.05, 0.05, 0.05], Verdicts.BenjaminiHochberg(p).Select(x => Math.Round(x, 10)));
        Assert.Equal([0.08, 0.003, 0.3], Verdicts.Holm([0.04, 0.001, 0.3]).Select(x => Math.Round(x, 10)));
    }

    [Fact]
    public void Quantiles_equal_R_type_7()
    {
        Assert.Equal(1.75, Bootstrap.Quantile([1, 2, 3, 4], 0.25), 12);
        Assert.Equal(4, Bootstrap.Quantile([1, 2, 3, 4], 1), 12);
    }
}
