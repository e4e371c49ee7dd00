using FaceBias.Auditing.Selective;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>Risk over coverage against published values, and what must hold of it.</summary>
public class RiskCoverageTests
{
    /// <summary>The example of torch-uncertainty: probabilities .7, .6, .8, of which the second is wrong.</summary>
    [Fact]
    public void Area_is_that_of_the_published_example()
    {
        var curve = new RiskCoverage([0.3, 0.4, 0.2], [0, 1, 0]);
        Assert.Equal(1.0 / 12, curve.Area(), 12); // .0833
        Assert.Equal(1.0 / 12, curve.OracleArea(), 12);
        Assert.Equal(0, curve.ExcessArea(), 12);
        Assert.Equal(1.0 / 12, curve.GeneralizedArea(), 12);
    }

    /// <summary>Four rows, of which the surest and the least sure are wrong, from no coverage and no risk on.</summary>
    [Fact]
    public void Areas_from_the_origin_are_those_of_the_published_example()
    {
        var curve = new RiskCoverage([0.1, 0.2, 0.3, 0.4], [1, 0, 0, 1]);
        Assert.Equal(0.5208, curve.Area(CurveStart.Origin), 4);
        Assert.Equal(0.1458, curve.OracleArea(CurveStart.Origin), 4);
        Assert.Equal(0.375, curve.ExcessArea(CurveStart.Origin), 4);
    }

    [Fact]
    public void Equal_rows_are_answered_together_so_that_their_order_does_not_matter()
    {
        double[] uncertainty = [0.1, 0.5, 0.5, 0.5, 0.9];
        var first = new RiskCoverage(uncertainty, [0, 1, 0, 0, 1]);
        var second = new RiskCoverage(uncertainty, [0, 0, 0, 1, 1]);
        Assert.Equal(3, first.Points);
        Assert.Equal(first.Area(), second.Area());
        Assert.Equal(0.8, first.Coverage(1));
        Assert.Equal(0.25, first.Risk(1));
        Assert.Equal(0, first.At(0.5)); // three rows of one certainty are more than that allows
        Assert.Equal(-1, first.At(0.1));
        Assert.Equal(0.4, new RiskCoverage([1, 1, 1, 1, 1], [0, 1, 0, 0, 1]).Area());
    }

    [Fact]
    public void No_order_beats_the_oracle_and_shuffled_rows_have_the_same_curve()
    {
        var random = new RandomSource(4).Stream("curve");
        var (u, loss) = (new double[200], new double[200]);
        for (var i = 0; i < u.Length; i++)
            (u[i], loss[i]) = (Math.Round(random.NextDouble(), 1), random.NextDouble());
        var curve = new RiskCoverage(u, loss);
        int[] order = [.. Enumerable.Range(0, 200)];
        random.Shuffle(order.AsSpan());
        var shuffled = new RiskCoverage([.. order.Select(i => u[i])], [.. order.Select(i => loss[i])]);
        Assert.Equal(curve.Area(), shuffled.Area(), 12);
        Assert.True(curve.ExcessArea() >= 0);
        Assert.Equal(0, new RiskCoverage(loss, loss).ExcessArea(), 12);
        Assert.Equal(loss.Average(), curve.Risk(curve.Points - 1), 12);
        Assert.Throws<ArgumentException>(() => new RiskCoverage([double.NaN], [0]));
        Assert.Throws<ArgumentException>(() => new RiskCoverage([], []));
    }

    [Fact]
    public void References_keep_the_totals_and_stand_on_either_side()
    {
        long[] right = [90, 60], wrong = [10, 40];
        // Of 200 rows 160 are answered: 130 right, 30 wrong.
        var agnostic = AbstentionReferences.GroupAgnostic(right, wrong, 130, 30);
        Assert.Equal(78 / (78 + 6.0), agnostic[0], 12); // 90 of the 150 right ones, 10 of the 50 wrong ones
        Assert.Equal(52 / (52 + 24.0), agnostic[1], 12);
        // Robin Hood: 20 wrong ones from the second group (60 : 20), 20 right ones from the first (70 : 10).
        var robin = AbstentionReferences.RobinHood(right, wrong, 130, 30);
        Assert.Equal(70 / 80.0, robin[0], 6);
        Assert.Equal(60 / 80.0, robin[1], 6);
        Assert.Equal([0.9, 0.6], AbstentionReferences.RobinHood(right, wrong, 150, 50));
        Assert.Equal([0.9, 0.6],
            AbstentionReferences.GroupAgnostic(right, wrong, 150, 50).Select(a => Math.Round(a, 12)));
        // Enough to take makes the groups equal.
        robin = AbstentionReferences.RobinHood(right, wrong, 100, 20);
        Assert.Equal(robin[0], robin[1], 3);
    }
}
