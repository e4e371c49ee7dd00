using FaceBias.Primitives.Statistics;
using FsCheck;
using FsCheck.Fluent;
using Interval = FaceBias.Primitives.Statistics.Interval;

namespace FaceBias.Core.Tests.Auditing;

public class IntervalTests
{
    private const double Z95 = 1.959963984540054;

    [Fact]
    public void Z_is_the_normal_quantile() => Assert.Equal(Z95, Interval.Z(0.95), 12);

    // Newcombe 1998 (Statistics in Medicine 17, 857-872), table I: 81/263, 15/148, 0/20, 1/29.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Wilson_equals_the_published_examples(int successes, int n, double low, double high)
    {
        var interval = Interval.Wilson(successes, n, Z95);
        Assert.Equal(low, interval.Low, 4);
        Assert.Equal(high, interval.High, 4);
    }

    // Newcombe 1998 (Statistics in Medicine 17, 873-890), table II, method 10: 56/70-48/80, 9/10-3/10, 10/10-0/20.
    [Theory]
    [InlineData(56, 70, 48, 80, 0.0524, 0.3339)]
    [InlineData(9, 10, 3, 10, 0.1705, 0.8090)]
    [InlineData(10, 10, 0, 20, 0.6791, 1.0000)]
    [InlineData(5, 56, 0, 29, -0.0381, 0.1926)]
    public void Newcombe_equals_the_published_examples(int a, int m, int b, int n, double low, double high)
    {
        var interval = Interval.Newcombe(a, m, b, n, Z95);
        Assert.Equal(low, interval.Low, 4);
        Assert.Equal(high, interval.High, 4);
    }

    [Fact]
    public void Intervals_hold_their_points_and_stay_in_bounds() => Prop.ForAll(
        Gen.Choose(1, 3000).SelectMany(n => Gen.Choose(0, n).Select(k => (K: k, N: n))).Two().ToArbitrary(), pair =>
        {
            var ((a, m), (b, n)) = pair;
            var wilson = Interval.Wilson(a, m, Z95);
            Assert.InRange((double)a / m, wilson.Low, wilson.High);
            Assert.True(wilson.Low >= 0 && wilson.High <= 1 && wilson.High > wilson.Low);
            var d = Interval.Newcombe(a, m, b, n, Z95);
            Assert.InRange(((double)a / m) - ((double)b / n), d.Low, d.High);
            var swapped = Interval.Newcombe(b, n, a, m, Z95);
            Assert.Equal(-d.Low, swapped.High, 12);
            Assert.True(d.Low >= -1 - 1e-12 && d.High <= 1 + 1e-12);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Welch_equals_a_hand_computed_example()
    {
        // R: t.test(c(1,2,3,4), c(2,4,6,8,10))$conf.int
        var interval = Interval.Welch(Moments.Of([1, 2, 3, 4]), Moments.Of([2, 4, 6, 8, 10]), 0.95);
        // mean difference -3.5, variances 5/3 and 10, degrees of freedom 5.5207, t = 2.499331
        Assert.Equal(-3.5, (interval.Low + interval.High) / 2, 12);
        var se = Math.Sqrt((5.0 / 3 / 4) + (10.0 / 5));
        Assert.Equal(2.499331, (interval.High - interval.Low) / 2 / se, 6);
    }

    [Fact]
    public void Wilson_refuses_an_empty_denominator() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.Wilson(0, 0, Z95));
}
