using FaceBias.Auditing;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Statistics;
using MathNet.Numerics;

namespace FaceBias.Core.Tests.Auditing;

public class SamplingTests
{
    [Theory]
    [InlineData(10, 4, 3)]
    [InlineData(50, 49, 20)]
    [InlineData(20, 1, 19)]
    [InlineData(200, 100, 150)]
    [InlineData(1000, 400, 500)]
    [InlineData(5000, 4600, 3000)]
    [InlineData(400_000, 300, 200_000)]
    public void Hypergeometric_draws_have_the_exact_distribution(int total, int marked, int draws)
    {
        var random = new SeededRandom(5, 1);
        const int Repeats = 200_000;
        var counts = new int[draws + 1];
        for (var i = 0; i < Repeats; i++)
            counts[CountSampling.Hypergeometric(ref random, total, marked, draws)]++;
        double chi = 0;
        var cells = 0;
        double Exact(int k) => k > marked || draws - k > total - marked ? 0
            : Math.Exp(SpecialFunctions.BinomialLn(marked, k)
            + SpecialFunctions.BinomialLn(total - marked, draws - k) - SpecialFunctions.BinomialLn(total, draws));
        for (var k = 0; k <= draws; k++)
        {
            var expected = Repeats * Exact(k);
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
        var a = new RandomSource(1).Stream("x", 1);
        var b = new RandomSource(1).Stream("x", 1);
        var c = new RandomSource(1).Stream("x", 2);
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
    public void The_expansion_of_the_bootstrap_equals_its_replicates()
    {
        var random = new Random(6);
        double[] skewed =
            [.. Enumerable.Range(0, 1500).Select(
                _ => Math.Exp(1.2 * (random.NextDouble() + random.NextDouble() + random.NextDouble())))];
        Array.Sort(skewed);
        var moments = Moments.Of(skewed);
        var drawn = Bootstrap.Mean(skewed, "mae", new() { BootstrapReplicates = 20_000 });
        var expanded = Bootstrap.Expand(skewed, moments, FaceBias.Primitives.Statistics.Interval.Z(0.95));
        // A quantile of 20,000 replicates has a standard error of 0.019 standard errors of the mean.
        var error = Math.Sqrt(moments.Variance / 1500);
        Assert.InRange((drawn.Low - expanded.Low) / error, -0.09, 0.09);
        Assert.InRange((drawn.High - expanded.High) / error, -0.09, 0.09);
        Assert.True(expanded.High - moments.Mean > moments.Mean - expanded.Low);
    }

    [Fact]
    public void The_interval_of_a_few_skewed_errors_knows_of_the_tail_it_has_not_seen()
    {
        // Percentiles of resampled means hold the mean of ten exponential errors in 85 of 100 samples.
        var covered = Enumerable.Range(0, 400).Count(seed =>
        {
            var random = new Random(seed);
            double[] errors = [.. Enumerable.Range(0, 10).Select(_ => -Math.Log(1 - random.NextDouble())).Order()];
            var i = Bootstrap.Mean(errors, "mae", new() { Seed = seed, BootstrapReplicates = 500 });
            Assert.True(i.Low >= 0 && i.Low <= errors.Average() && errors.Average() <= i.High);
            return i.Low <= 1 && 1 <= i.High;
        });
        Assert.InRange(covered, 364, 396);
    }

    [Theory]
    [InlineData(new[] { 3.0, 3, 3, 3 }, 3, 3)]
    [InlineData(new[] { 0.0, 0, 0, 0, 0, 0, 0, 0, 0, 4 }, 0, 4)]
    public void Values_that_hardly_differ_give_no_false_precision(double[] values, double low, double high)
    {
        var i = Bootstrap.Mean(values, "mae", new() { BootstrapReplicates = 500 });
        Assert.Equal((low, high), (i.Low, i.High));
    }

    [Fact]
    public void The_limit_of_shuffled_means_agrees_with_shuffling()
    {
        // The same skewed errors in four groups, once just below and once just above the size that is shuffled row by
        // row.
        Gap Of(int rows)
        {
            var random = new Random(9);
            double[] errors = [.. Enumerable.Range(0, rows).Select(_ => -4 * Math.Log(1 - random.NextDouble()))];
            string[] group =
                [.. Enumerable.Range(0, rows).Select(
                    i => (i % 40) switch { 0 => "tiny", < 5 => "small", < 15 => "middle", _ => "large" })];
            var table = new FaceBias.Primitives.Tables.Table([new FaceBias.Primitives.Tables.NumberColumn("x", errors),
                new FaceBias.Primitives.Tables.NumberColumn("x_true", new double[rows]),
                new FaceBias.Primitives.Tables.TextColumn("g", group)]);
            return Auditor.Run(table,
                new() { Groups = ["g"], BootstrapReplicates = 100,
                    Permutations = 3000 }).Targets[0].Groupings[0].Gaps[0];
        }
        var shuffled = Of(GapMeasures.LimitFrom - 40);
        var limit = Of(GapMeasures.LimitFrom);
        Assert.InRange(limit.ExpectedUnderEquality!.Value / shuffled.ExpectedUnderEquality!.Value, 0.95, 1.05);
    }

    [Fact]
    public void Quantiles_equal_R_type_7()
    {
        Assert.Equal(1.75, Quantiles.Linear([1, 2, 3, 4], 0.25), 12);
        Assert.Equal(4, Quantiles.Linear([1, 2, 3, 4], 1), 12);
    }
}
