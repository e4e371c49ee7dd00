using FaceBias.Core.Uncertainty.Representation;
using FaceBias.Core.Uncertainty.Resampling;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Tests.Uncertainty;

public class ResamplingTests
{
    private const int Rows = 1000;

    private static float[] Gaussian(int latents)
    {
        var random = new RandomSource(1).Stream("gaussian", latents);
        var values = new float[Rows * latents];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)random.NextNormal();
        return values;
    }

    /// <summary>A finding about the published method: the product of many probabilities is below the constant that is
    /// added to it.</summary>
    [Theory]
    [InlineData(32)]
    [InlineData(100)]
    public void Weights_of_the_lab_are_all_the_same_from_32_latents_on(int latents)
    {
        var weights = SampleWeights.LabProduct(Gaussian(latents), latents, 5);
        Assert.InRange(weights.Max() / weights.Min(), 1, 1.0001);
        Assert.InRange(SampleWeights.EffectiveShare(weights), 0.9999, 1.0001);
    }

    [Fact]
    public void Weights_of_the_lab_with_8_latents_rest_on_a_few_rows()
    {
        var weights = SampleWeights.LabProduct(Gaussian(8), 8, 5);
        Assert.True(weights.Max() / weights.Min() > 1000);
        Assert.InRange(SampleWeights.EffectiveShare(weights), 0.005, 0.15);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.01)]
    [InlineData(0.001)]
    public void Product_of_the_paper_at_100_latents_draws_a_handful_of_rows(double alpha) =>
        Assert.InRange(SampleWeights.EffectiveShare(SampleWeights.PaperProduct(Gaussian(100), 100, 10, alpha)), 0.0009,
            0.02);

    [Theory]
    [InlineData(32, 0.4, 0.85)]
    [InlineData(100, 0.5, 0.9)]
    public void Largest_of_the_lab_is_mild(int latents, double low, double high) =>
        Assert.InRange(SampleWeights.EffectiveShare(SampleWeights.LabMax(Gaussian(latents), latents, 10)), low, high);

    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    [InlineData(100)]
    [InlineData(200)]
    public void Exponent_keeps_the_effective_sample_at_its_share(int latents)
    {
        var values = Gaussian(latents);
        var density = LatentHistograms.Fit(values, latents, 10, 0.01).LogDensity(values);
        var (weights, exponent) = SampleWeights.Adaptive(density, 0.3);
        Assert.InRange(exponent, 0.01, 1);
        Assert.InRange(SampleWeights.EffectiveShare(weights), 0.3, exponent == 1 ? 1 : 0.301);
        Assert.Equal(1, weights.Sum(), 1e-9);
        // Rarer is heavier.
        var (rarest, commonest) = (Array.IndexOf(density, density.Min()), Array.IndexOf(density, density.Max()));
        Assert.Equal((weights.Max(), weights.Min()), (weights[rarest], weights[commonest]));
        // All alike: nothing to resample.
        Assert.Equal(1, SampleWeights.Adaptive(new double[10], 0.3).Exponent);
    }

    [Theory]
    [InlineData(ResampleRule.Vae)]
    [InlineData(ResampleRule.LabProduct)]
    [InlineData(ResampleRule.LabMax)]
    [InlineData(ResampleRule.PaperProduct)]
    [InlineData(ResampleRule.Uniform)]
    [InlineData(ResampleRule.Shuffled)]
    [InlineData(ResampleRule.InverseFrequency)]
    public void Every_rule_draws_as_many_rows_as_there_are_and_the_same_twice(ResampleRule rule)
    {
        var rows = WrappedRows.Two.Rows;
        var options = new ResampleOptions { Rule = rule, WarmUp = 2, Group = "site",
            Vae = new VaeOptions { Latents = 4, Hidden = 16 } };
        int[] Draw(out double share)
        {
            using var resampling = new AdaptiveResampling(rows, options);
            resampling.Order(1);
            var order = resampling.Order(2);
            share = resampling.History.Last(p => p.Series == "resampling/effective share").Value;
            Assert.Contains("effective sample", resampling.Note, StringComparison.Ordinal);
            return order;
        }

        var first = Draw(out var share);
        Assert.Equal(rows.Train.Count, first.Length);
        Assert.Equal(first, Draw(out _));
        Assert.Empty(first.Except(rows.Train));
        if (rule is ResampleRule.Vae or ResampleRule.Shuffled)
            Assert.InRange(share, 0.3, 1);
    }

    [Fact]
    public void Shuffled_weights_are_the_same_weights()
    {
        var rows = WrappedRows.Two.Rows;
        double[] Weights(ResampleRule rule)
        {
            using var resampling =
                new AdaptiveResampling(rows,
                    new ResampleOptions { Rule = rule, WarmUp = 2, Vae = new VaeOptions { Latents = 4, Hidden = 16 } });
            resampling.Order(1);
            return resampling.Weights;
        }

        var (vae, shuffled) = (Weights(ResampleRule.Vae), Weights(ResampleRule.Shuffled));
        Assert.NotEqual(vae, shuffled);
        Assert.Equal(vae.Order(), shuffled.Order());
    }

    [Fact]
    public void Only_the_class_that_is_named_is_resampled()
    {
        var rows = WrappedRows.Two.Rows;
        using var resampling =
            new AdaptiveResampling(rows,
                new ResampleOptions { Class = "kind=k1", WarmUp = 2, Reconstruction = true,
                    Vae = new VaeOptions { Latents = 4, Hidden = 16 } });
        resampling.Order(1);
        var kinds = rows.Targets[0].Codes;
        var others = resampling.Weights.Where((_, i) => kinds[rows.Train[i]] == 0).ToArray();
        Assert.All(others, w => Assert.Equal(1.0 / rows.Train.Count, w, 1e-12));
        Assert.True(resampling.Weights.Where((_, i) => kinds[rows.Train[i]] == 1).Distinct().Count() > 10);
        Assert.Equal(1, resampling.Weights.Sum(), 1e-9);
        Assert.Contains("no class",
            Assert.Throws<FaceBiasException>(
                () => new AdaptiveResampling(rows, new ResampleOptions { Class = "kind=k9" })).Message,
                StringComparison.Ordinal);
        Assert.Contains("TARGET=CLASS",
            Assert.Throws<FaceBiasException>(() => new ResampleOptions { Class = "kind" }.Check()).Message,
            StringComparison.Ordinal);
        Assert.Contains("column of groups",
            Assert.Throws<FaceBiasException>(
                () => new ResampleOptions { Rule = ResampleRule.InverseFrequency }.Check()).Message,
                StringComparison.Ordinal);
    }
}
