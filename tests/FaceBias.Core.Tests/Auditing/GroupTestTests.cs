using FaceBias.Auditing;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>Tests of groups by probabilities, and what is said across groups about metrics that are no
/// counts.</summary>
public class GroupTestTests
{
    private static readonly AuditOptions Quick =
        new() { Groups = ["g"], BootstrapReplicates = 400, Permutations = 100, FindSlices = false };

    /// <summary>120 rows by formula, so that SciPy can make the same ones.</summary>
    private static Table Rows(int digits = 4)
    {
        int[] rows = [.. Enumerable.Range(0, 120)];
        double[] p = [.. rows.Select(i => Math.Round((5 + (i * 37 % 101 * 9.8)) / 1000, 4))];
        bool[] truth = [.. rows.Select(i => ((i * i * 7) + (i * 3)) % 10 < (i % 3 == 2 ? 3 + (4 * p[i]) : 10 * p[i]))];
        int[] t = [.. truth.Select(x => x ? 1 : 0)], y = [.. p.Select(x => x > 0.5 ? 1 : 0)];
        double[] given = [.. p.Select(x => Math.Round(x, digits))];
        return new([new TextColumn("y", y, ["no", "yes"]), new TextColumn("y_true", t, ["no", "yes"]),
            new NumberColumn("y_p_no", [.. given.Select(x => 1 - x)]),
            new NumberColumn("y_p_yes", given), new TextColumn("g", [.. rows.Select(i => i % 3)], ["a", "b", "c"])]);
    }

    private static GroupTest Find(Table table, string name, string? label) =>
        Auditor.Run(table, Quick).Targets[0].Groupings[0].Tests.Single(t => t.Name == name && t.Class == label);

    [Fact]
    public void Rank_tests_and_likelihood_ratio_equal_SciPy()
    {
        // scipy.stats.kruskal on the probabilities of 'yes'; the likelihoods by scipy.optimize.minimize.
        var scores = Find(Rows(), "scores", "yes");
        Assert.Equal(("kruskal_wallis", 2, 3), (scores.Method, scores.Degrees, scores.Groups));
        Assert.Equal(0.4669832894037, scores.Statistic, 9);
        Assert.Equal(0.791764211138658, scores.P, 9);
        Assert.Equal(1.727260267438943, Find(Rows(), "scores_of_class", "yes").Statistic, 9);
        Assert.Equal(1.232854601226997, Find(Rows(1), "scores", "yes").Statistic, 9); // ties
        var calibration = Find(Rows(), "calibration", null);
        Assert.Equal(4, calibration.Degrees);
        Assert.Equal(7.862066540396199, calibration.Statistic, 6);
        Assert.Equal(0.09676356832415405, calibration.P, 7);
    }

    [Theory]
    [InlineData(1, 100, 1.5239706048320995e-23)]
    [InlineData(4, 400, 2.781632018740826e-85)]
    [InlineData(2, 3.2, 0.2018965179946554)]
    public void The_upper_tail_of_chi_square_equals_SciPy(int degrees, double x, double p) =>
        Assert.Equal(1, UpperTail.ChiSquare(degrees, x) / p, 9);

    [Theory]
    [InlineData(3, 200, 60, 1.0443166217874487e-27)]
    [InlineData(4, 33.5, 1.7, 0.17314913352030128)]
    [InlineData(2, 1e5, 500, 8.537109814458988e-217)]
    public void The_upper_tail_of_F_equals_SciPy(double d1, double d2, double x, double p) =>
        Assert.Equal(1, UpperTail.F(d1, d2, x) / p, 9);

    [Fact]
    public void Groups_that_a_test_leaves_out_are_named()
    {
        // Group b is always right, and seven rows of c are a group of their own.
        var rows = Rows();
        var (truth, given, group) = (rows.Text("y_true"), rows.Text("y"), rows.Text("g"));
        var table = PredictionFixture.With(PredictionFixture.With(rows,
            new TextColumn("y_true", [.. Enumerable.Range(0, 120).Select(i => group[i] == "b" ? given[i] : truth[i])])),
            new TextColumn("g", [.. Enumerable.Range(0, 120).Select(i => group[i] == "c" && i < 21 ? "d" : group[i])]));
        var test = Find(table, "calibration", null);
        Assert.Equal(2, test.Groups);
        Assert.Equal(2, test.LeftOut.Count);
        Assert.Contains(test.LeftOut, t => t.StartsWith("b: no line", StringComparison.Ordinal));
        Assert.Contains(test.LeftOut, t => t.StartsWith("d: 7 rows", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_groups_are_compared_by_Mann_and_Whitney()
    {
        var rows = Rows();
        var two = PredictionFixture.Rows(rows, [.. Enumerable.Range(0, 120).Where(i => i % 3 < 2)]);
        var test = Find(two, "scores", "no");
        Assert.Equal("mann_whitney", test.Method);
        Assert.Equal(0.12676817403947344, test.Statistic, 9);
    }

    [Fact]
    public void No_test_is_made_where_rows_are_clustered_or_there_are_no_probabilities()
    {
        var table = PredictionFixture.With(Rows(),
            new TextColumn("person", [.. Enumerable.Range(0, 120).Select(i => (string?)$"p{i / 2}")]));
        Assert.Empty(Auditor.Run(table, Quick with { Cluster = "person" }).Targets[0].Groupings[0].Tests);
        Assert.Empty(Auditor.Run(PredictionFixture.Without(table, "y_p_no", "y_p_yes"),
            Quick).Targets[0].Groupings[0].Tests);
    }

    [Fact]
    public void Figures_are_compared_across_groups_as_they_are_defined()
    {
        var target = Auditor.Run(PredictionFixture.Faces(900), Quick with { Groups = ["race"] }).Targets.Single(
            t => t.Name == "age");
        var grouping = target.Groupings[0];
        double[] mae = [.. grouping.Groups.Select(g => g.Find("mae")!.Value!.Value)];
        var all = target.Overall.Find("mae")!.Value!.Value;
        double Of(string name) => grouping.Disparities.Single(d => d.Name == name).Value!.Value;
        Assert.Equal(mae.Max() - mae.Min(), Of("mae_difference"), 12);
        Assert.Equal(mae.Min() / mae.Max(), Of("mae_ratio"), 12);
        Assert.Equal(mae.Max(m => Math.Abs(m - all)), Of("mae_difference_to_overall"), 12);
        Assert.Equal(mae.Min(m => Math.Min(m / all, all / m)), Of("mae_ratio_to_overall"), 12);
        Assert.Equal((mae.Max(), mae.Average()), (Of("worst_group_mae"), Of("adjusted_mae")));
        Assert.DoesNotContain(grouping.Disparities, d => d.Name == "signed_error_ratio");
        Assert.All(grouping.Disparities.Where(d => d.Value is not null),
            d => Assert.True(d.Low <= d.Value && d.Value <= d.High, d.ToString()));
    }

    [Fact]
    public void The_bias_metric_of_Jigsaw_is_a_quarter_overall_and_three_quarters_power_means()
    {
        var target = Auditor.Run(PredictionFixture.Faces(900), Quick with { Groups = ["race"] }).Targets.Single(
            t => t.Name == "gender");
        double Mean(string metric) =>
            Math.Pow(target.Groupings[0].Groups.Average(g => Math.Pow(g.Find(metric, "male")!.Value!.Value, -5)), -0.2);
        var expected = (0.25 * target.Overall.Find("auc", "male")!.Value!.Value)
            + (0.25 * (Mean("auc") + Mean("auc_bpsn") + Mean("auc_bnsp")));
        Assert.Equal(expected,
            target.Groupings[0].Disparities.Single(d => d is { Name: "bias_auc", Class: "male" }).Value!.Value, 12);
    }

    [Fact]
    public void Draws_below_zero_make_no_interval_that_is_no_number()
    {
        // An AUC of 0.02 whose interval reaches 0: one draw in forty is below it, and has no power mean.
        GroupAudit Group(string name, double auc) =>
            new([name], 100, 0, [.. new[] { "auc", "auc_bpsn", "auc_bnsp" }.Select(m =>
            new Estimate(m, auc, Math.Max(0, auc - 0.1), auc + 0.1, 100, Class: "yes"))], null);
        var found = MetricDisparities.Of([Group("a", 0.02), Group("b", 0.8)], Group("all", 0.5), ["yes"], Quick);
        Assert.Equal(7, found.Count);
        Assert.All(found,
            d => Assert.True(
                d.Value is { } v && double.IsFinite(v) && d.Low is { } low && double.IsFinite(low) && d.High is { } high
                    && double.IsFinite(high), d.ToString()));
    }
}
