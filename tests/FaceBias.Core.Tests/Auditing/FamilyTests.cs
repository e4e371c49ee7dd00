using FaceBias.Auditing;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>What is said about many gaps at once, and the tests that stand beside them.</summary>
public class FamilyTests
{
    private static readonly AuditOptions Quick = new() { BootstrapReplicates = 100, Permutations = 400 };

    [Fact]
    public void Max_t_of_one_gap_is_its_own_p_and_of_copies_costs_nothing()
    {
        var random = new Random(1);
        double[] draws = [.. Enumerable.Range(0, 999).Select(_ => random.NextDouble())];
        var alone = MaxT.StepDown([0.97], [draws]);
        Assert.Equal((1.0 + draws.Count(d => d >= 0.97)) / 1000, alone[0], 12);
        // Five copies of a gap are one gap; Holm would multiply its p by five.
        Assert.All(MaxT.StepDown([0.97, 0.97, 0.97, 0.97, 0.97], [draws, draws, draws, draws, draws]),
            p => Assert.Equal(alone[0], p, 12));
    }

    [Fact]
    public void Max_t_of_independent_gaps_corrects_like_Sidak_and_keeps_the_order()
    {
        var random = new Random(2);
        double[][] draws =
            [.. Enumerable.Range(0, 10).Select(
                _ => Enumerable.Range(0, 20_000).Select(_ => random.NextDouble()).ToArray())];
        double[] observed = [0.98, .. Enumerable.Repeat(0.5, 9)];
        var adjusted = MaxT.StepDown(observed, draws);
        Assert.InRange(adjusted[0], 0.15, 0.22); // 1 - 0.98^10 = 0.183
        Assert.All(adjusted[1..], p => Assert.True(p > 0.5));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(25_000)]
    public void Joint_shuffles_keep_totals_and_have_the_spread_of_shuffled_rows(int rows)
    {
        var table = PredictionFixture.Faces(rows);
        var data = new PredictionTable(table, Quick);
        TargetRanks[] ranks = [.. data.Targets.Select(t => new TargetRanks(t, rows))];
        var singles = Grouping.All(data.Attributes, 1, rows);
        var joint = new JointNull(ranks, singles, rows);
        var sums = joint.Shuffles(new(3, "test"), 0, 300).ToArray();
        for (var t = 0; t < ranks.Length; t++)
        {
            var total = ranks[t].Target.Kind == TargetKind.Numeric ? ranks[t].AbsoluteError!.Values().Sum()
                : ranks[t].Scored.Count(r => ranks[t].Target.Truth[r] == ranks[t].Target.Predicted[r]);
            foreach (var s in sums)
                Assert.All(s[t], attribute => Assert.Equal(1, attribute.Sum() / total, rows > 20_000 ? 0.2 : 1e-9));
            // The variance of a group's sum under shuffling is n (N - n) / (N - 1) times that of a row.
            var all = Moments.Of(ranks[t].Target.Kind == TargetKind.Numeric ? ranks[t].AbsoluteError!.Values()
                : [.. ranks[t].Scored.Select(
                    r => ranks[t].Target.Truth[r] == ranks[t].Target.Predicted[r] ? 1.0 : 0.0)]);
            var n = ranks[t].Scored.Count(r => singles[0].Cells[r] == 0);
            var spread = Moments.Of([.. sums.Select(s => s[t][0][0])]);
            Assert.InRange(spread.Mean, (n * all.Mean) - (5 * Math.Sqrt(n * all.Variance / 300)),
                (n * all.Mean) + (5 * Math.Sqrt(n * all.Variance / 300)));
            if (rows < 20_000)
                Assert.InRange(spread.Variance / (all.Variance * n * (all.Count - n) / all.Count), 0.7, 1.4);
        }
    }

    [Theory]
    [InlineData(0.47, 0.27, Verdict.GapShown)]
    [InlineData(0.37, 0.37, Verdict.NotEnoughData)]
    public void A_tiny_group_hides_no_difference_of_large_ones(double first, double second, Verdict expected)
    {
        string[] groups = [.. Enumerable.Repeat("first", 1800), .. Enumerable.Repeat("second", 1500),
            .. Enumerable.Repeat("tiny", 10)];
        int right = 0, left = 0;
        bool Right(int i) => groups[i] == "tiny" ? i % 10 != 0
            : groups[i] == "first" ? right++ < 1800 * (1 - first) : left++ < 1500 * (1 - second);
        var rows = Enumerable.Range(0, groups.Length).ToArray();
        var result = Auditor.Run(new Table(
        [
            new TextColumn("t_true", [.. rows.Select(_ => "yes")]),
            new TextColumn("t", [.. rows.Select(i => Right(i) ? "yes" : "no")]),
            new TextColumn("group", groups),
        ]), Quick);
        var gap = result.Targets[0].Groupings.Single(g => g.Attributes is ["group"]).Gaps[0];
        Assert.Equal(expected, gap.Verdict);
        Assert.Equal(expected == Verdict.GapShown, gap.Low > 0);
    }

    [Fact]
    public void Findings_carry_both_corrections_and_max_t_is_not_the_stricter_one()
    {
        var result = Auditor.Run(PredictionFixture.Faces(1500), Quick);
        Gap[] printed = [.. result.Targets.SelectMany(t => t.Groupings.Where(g => g.Attributes.Count == 1)
            .Select(g => g.Gaps.Single(x => x.Class is null && x.Metric == Metrics.Primary(t.Kind).Key)))];
        Assert.All(printed, g => Assert.NotNull(g.HolmP));
        // Both are random; max-T may exceed Holm by its own simulation error only.
        Assert.All(printed, g => Assert.True(g.AdjustedP <= g.HolmP + 0.1, $"{g.AdjustedP} {g.HolmP}"));
        Assert.All(result.Targets.SelectMany(t => t.Groupings.Where(g => g.Attributes.Count > 1))
            .SelectMany(g => g.Gaps), g => Assert.Null(g.HolmP));
    }

    [Fact]
    public void Benjamini_Yekutieli_equals_R()
    {
        // R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "BY"): 5 (1 + 1/2 + 1/3 + 1/4 + 1/5) 0.01 = 0.1141667 for all.
        Assert.All(Verdicts.BenjaminiYekutieli([0.01, 0.02, 0.03, 0.04, 0.05]), p => Assert.Equal(0.1141667, p, 7));
        var by = Auditor.Run(PredictionFixture.Faces(400),
            Quick with { Screening = FalseDiscovery.BenjaminiYekutieli });
        var bh = Auditor.Run(PredictionFixture.Faces(400), Quick);
        Gap[] Screened(AuditResult r) =>
            [.. r.Targets.SelectMany(t => t.Groupings).Where(g => g.Attributes.Count > 1).SelectMany(g => g.Gaps)
                .Where(g => g.P is not null)];
        Assert.All(Screened(by).Zip(Screened(bh)), x => Assert.True(x.First.AdjustedP >= x.Second.AdjustedP));
    }

    // R: fisher.test(matrix(c(3, 1, 1, 3), 2))$p.value (Fisher's tea), c(1, 9, 11, 3) and c(10, 2, 3, 15).
    [Theory]
    [InlineData(3, 4, 1, 4, 0.4857142857)]
    [InlineData(1, 12, 9, 12, 0.002759456)]
    [InlineData(10, 13, 2, 17, 0.0005367241)]
    [InlineData(0, 5, 0, 7, 1.0)]
    public void Fisher_equals_R(long hits1, long n1, long hits2, long n2, double p) =>
        Assert.Equal(p, Homogeneity.Fisher(hits1, n1, hits2, n2), 9);

    [Fact]
    public void Groups_are_tested_by_the_test_that_their_counts_allow()
    {
        HomogeneityTest Test(long[] hits, long[] n) =>
            Homogeneity.OfRates(hits, n, Quick with { Permutations = 20_000 })!;
        Assert.Equal("fisher", Test([3, 1], [4, 4]).Name);
        var large = Test([50, 60, 80], [100, 100, 100]);
        Assert.Equal("chi_square", large.Name);
        // Expected 63.33 and 36.67: chi-square = 466.67/63.33 + 466.67/36.67 = 20.0957, 2 degrees of freedom.
        Assert.Equal(20.0957, large.Statistic!.Value, 4);
        Assert.Equal(Math.Exp(-20.0957 / 2), large.P, 7);
        var small = Test([0, 1, 4], [5, 5, 5]);
        Assert.Equal("exact_chi_square", small.Name);
        // All ways to deal 5 hits to three groups of 5, by their hypergeometric weights: R's chisq.test with simulated
        // p gives 0.0699.
        double total = 0, rare = 0;
        double C(int n, int k) => MathNet.Numerics.SpecialFunctions.Binomial(n, k);
        for (var a = 0; a <= 5; a++)
        {
            for (var b = 0; a + b <= 5; b++)
            {
                var (c, w) = (5 - a - b, C(5, a) * C(5, b) * C(5, 5 - a - b));
                total += w;
                rare += (a * a) + (b * b) + (c * c) >= 17 ? w : 0;
            }
        }
        Assert.Equal(rare / total, small.P, 0.01);
        // Two groups: Welch's F is the square of Welch's t.
        var anova = Homogeneity.OfMeans([Moments.Of([1, 2, 3, 4]), Moments.Of([2, 4, 6, 8, 10])])!;
        Assert.Equal(3.5 * 3.5 / ((5.0 / 3 / 4) + (10.0 / 5)), anova.Statistic!.Value, 9);
    }

    [Fact]
    public void Shrinkage_pulls_small_groups_most_and_pools_equal_ones()
    {
        var shrunken = Shrinkage.Rates([9, 700, 400], [10, 1000, 1000]);
        var m = 1109 / 2010.0;
        Assert.InRange(shrunken[0]!.Value, m, 0.9);
        Assert.True(Math.Abs(shrunken[0]!.Value - 0.9) > Math.Abs(shrunken[1]!.Value - 0.7));
        Assert.Equal(0.7, shrunken[1]!.Value, 2);
        Assert.All(Shrinkage.Rates([50, 51, 49], [100, 100, 100]), s => Assert.Equal(0.5, s!.Value, 12));
        Assert.Null(Shrinkage.Rates([5, 6, 7, 0], [10, 10, 10, 0])[3]);
        Assert.All(Shrinkage.Rates([5, 6], [10, 10]), Assert.Null);
    }

    [Fact]
    public void Overall_can_be_the_reference()
    {
        var table = new Table([
            new TextColumn("y", [.. Enumerable.Range(0, 60).Select(i => i % 3 == 0 || i < 20 ? "yes" : "no")]),
            new TextColumn("y_true", [.. Enumerable.Range(0, 60).Select(i => i % 2 == 0 ? "yes" : "no")]),
            new TextColumn("g", [.. Enumerable.Range(0, 60).Select(i => i < 40 ? "a" : "b")])]);
        double Impact(string? reference) =>
            Auditor.Run(table, Quick with { Groups = ["g"], Reference = reference }).Targets[0].Groupings[0]
            .Disparities.Single(d => d is { Name: "disparate_impact", Class: "yes" }).Value!.Value;
        var a = Enumerable.Range(0, 40).Count(i => i % 3 == 0 || i < 20) / 40.0;
        var b = Enumerable.Range(40, 20).Count(i => i % 3 == 0) / 20.0;
        var all = ((40 * a) + (20 * b)) / 60;
        Assert.Equal(b / a, Impact(null), 12);
        Assert.Equal(b / all, Impact("overall"), 12);
        Assert.Equal(a / b, Impact("b"), 12);
    }
}
