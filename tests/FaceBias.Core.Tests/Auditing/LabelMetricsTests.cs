using FaceBias.Auditing;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Auditing;

public class LabelMetricsTests
{
    private static readonly AuditOptions Quick =
        new() { BootstrapReplicates = 200, Permutations = 100, MinimumCount = 1 };

    /// <summary>Two groups of counts that a reader can check: a: TP 6 FP 2 FN 2 TN 10, b: TP 3 FP 1 FN 3 TN
    /// 3.</summary>
    private static Table Counts()
    {
        var rows = new List<(string Group, string Truth, string Predicted)>();
        void Add(string g, string t, string p, int n) => rows.AddRange(Enumerable.Repeat((g, t, p), n));
        Add("a", "yes", "yes", 6);
        Add("a", "no", "yes", 2);
        Add("a", "yes", "no", 2);
        Add("a", "no", "no", 10);
        Add("b", "yes", "yes", 3);
        Add("b", "no", "yes", 1);
        Add("b", "yes", "no", 3);
        Add("b", "no", "no", 3);
        return new([new TextColumn("y", [.. rows.Select(r => r.Predicted)]),
            new TextColumn("y_true", [.. rows.Select(r => r.Truth)]),
            new TextColumn("g", [.. rows.Select(r => r.Group)])]);
    }

    private static TargetAudit Target(Table table, AuditOptions? options = null) =>
        Auditor.Run(table, options ?? (Quick with { Groups = ["g"] })).Targets[0];

    private static double Across(TargetAudit target, string name, string? label = "yes") =>
        target.Groupings[0].Disparities.Single(d => d.Name == name && d.Class == label).Value!.Value;

    [Fact]
    public void Differential_fairness_is_not_estimable_where_a_group_never_gets_a_label()
    {
        // 'maybe' 4 of 8 against 0 of 8 is infinitely far; of 'yes' alone it would be ln 2.
        var table = new Table(
            [new TextColumn("y", ["yes", "yes", "no", "no", "maybe", "maybe", "maybe", "maybe", "yes", "yes", "yes",
                "yes", "no", "no", "no", "no"]),
            new TextColumn("y_true", [.. Enumerable.Repeat("no", 16)]),
            new TextColumn("g", [.. Enumerable.Range(0, 16).Select(i => i < 8 ? "a" : "b")])]);
        var fairness = Target(table).Groupings[0].Disparities.Single(d => d.Name == "differential_fairness");
        Assert.Null(fairness.Value);
        Assert.Contains("a ratio to zero", fairness.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_equal_the_counts()
    {
        var a = Target(Counts()).Groupings[0].Groups[0];
        (string Metric, double Value)[] expected = [("selection_rate", 8 / 20.0), ("recall", 6 / 8.0), ("fnr", 2 / 8.0),
            ("fpr", 2 / 12.0),
            ("tnr", 10 / 12.0), ("precision", 6 / 8.0), ("npv", 10 / 12.0), ("f1", 12 / 16.0)];
        foreach (var (metric, value) in expected)
            Assert.Equal(value, a.Find(metric, "yes")!.Value!.Value, 12);
        Assert.Equal(((6 / 8.0) + (10 / 12.0)) / 2, a.Find("balanced_accuracy")!.Value!.Value, 12);
        Assert.Equal(((12 / 16.0) + (20 / 24.0)) / 2, a.Find("macro_f1")!.Value!.Value, 12);
        Assert.Equal(8, a.Find("recall", "yes")!.Denominator);
    }

    [Fact]
    public void Fairness_metrics_equal_the_counts()
    {
        var t = Target(Counts());
        double tprA = 6 / 8.0, tprB = 3 / 6.0, fprA = 2 / 12.0, fprB = 1 / 4.0, srA = 8 / 20.0, srB = 4 / 10.0;
        Assert.Equal(Math.Abs(srA - srB), Across(t, "demographic_parity_difference"), 12);
        Assert.Equal(1, Across(t, "demographic_parity_ratio"), 12);
        Assert.Equal(tprA - tprB, Across(t, "equal_opportunity_difference"), 12);
        Assert.Equal(Math.Max(tprA - tprB, fprB - fprA), Across(t, "equalized_odds_difference"), 12);
        Assert.Equal(Math.Min(tprB / tprA, fprA / fprB), Across(t, "equalized_odds_ratio"), 12);
        Assert.Equal((tprA - tprB + fprB - fprA) / 2, Across(t, "equalized_odds_mean_difference"), 12);
        Assert.Equal(((tprB / tprA) + (fprA / fprB)) / 2, Across(t, "equalized_odds_mean_ratio"), 12);
        Assert.Equal(0, Across(t, "differential_fairness", null), 12); // both groups get 'yes' in 4 of 10
        Assert.Equal((10 / 12.0) - (6 / 8.0), t.Groupings[0].Groups[0].Find("class_recall_difference")!.Value!.Value,
            12);
        Assert.Equal(0.5 * (fprB - fprA + tprB - tprA), Across(t, "average_odds_difference"), 12);
        Assert.Equal(srB / srA, Across(t, "disparate_impact"), 12);
        Assert.Equal(0, Across(t, "predictive_parity_difference"), 12);
        Assert.Equal((16 / 20.0) - (6 / 10.0), Across(t, "accuracy_difference", null), 12);
        Assert.Equal(0.6, Across(t, "worst_group_accuracy", null), 12);
        Assert.Equal(0.7, Across(t, "adjusted_accuracy", null), 12);
        Assert.Equal(0.5, Across(t, "worst_group_class_accuracy", null), 12);
        Assert.Equal(9 / 14.0 - 0.5, Across(t, "equal_opportunity_difference_to_overall"), 12);
        Assert.Equal(0.5 / (9 / 14.0), Across(t, "equal_opportunity_ratio_to_overall"), 12);
    }

    [Fact]
    public void Entropy_indices_equal_their_definition_row_by_row()
    {
        // Benefits b = prediction - truth + 1: 3 false positives give 2, 5 false negatives 0, 22 right ones 1.
        double[] b = [.. Enumerable.Repeat(2.0, 3), .. Enumerable.Repeat(0.0, 5), .. Enumerable.Repeat(1.0, 22)];
        var mean = b.Average();
        var t = Target(Counts());
        Assert.Equal(b.Average(x => Math.Pow(x / mean, 2) - 1) / 2, Across(t, "generalized_entropy"), 12);
        Assert.Equal(b.Average(x => x == 0 ? 0 : x / mean * Math.Log(x / mean)), Across(t, "theil_index"), 12);
        Assert.Equal(Math.Sqrt(b.Average(x => (x - mean) * (x - mean))) / mean, Across(t, "coefficient_of_variation"),
            12);
        double ga = 20 / 20.0, gb = 8 / 10.0; // mean benefit of each group
        Assert.Equal(((20 * (ga / mean) * Math.Log(ga / mean)) + (10 * (gb / mean) * Math.Log(gb / mean))) / 30,
            Across(t, "between_group_theil_index"), 12);
        Assert.Equal(((20 * Math.Pow(ga / mean, 2)) + (10 * Math.Pow(gb / mean, 2)) - 30) / 60,
            Across(t, "between_group_generalized_entropy"), 12);
    }

    [Fact]
    public void Equal_groups_have_no_disparity()
    {
        var table = Counts();
        int[] a = [.. Enumerable.Range(0, 20)];
        var alike = PredictionFixture.With(PredictionFixture.Rows(table, [.. a, .. a]),
            new TextColumn("g", [.. Enumerable.Range(0, 40).Select(i => i < 20 ? "x" : "z")]));
        foreach (var d in Target(alike).Groupings[0].Disparities)
        {
            if (d.Name.Contains("difference", StringComparison.Ordinal)
                || d.Name.StartsWith("between", StringComparison.Ordinal))
                Assert.Equal(0, d.Value!.Value, 12);
            else if (d.Name.Contains("ratio", StringComparison.Ordinal) || d.Name == "disparate_impact")
                Assert.Equal(1, d.Value!.Value, 12);
        }
    }

    [Fact]
    public void Every_interval_holds_its_point_and_every_rate_its_bounds()
    {
        var result = Auditor.Run(PredictionFixture.Faces(700), Quick with { IntersectionDepth = 1 });
        var groups = result.Targets.SelectMany(t => t.Groupings).ToArray();
        foreach (var e in groups.SelectMany(g => g.Groups).SelectMany(g => g.Estimates).Where(e => e.Low is not null))
        {
            Assert.True(e.Low <= e.High, e.ToString());
            if (e.Value is { } value)
                Assert.InRange(value, e.Low!.Value, e.High!.Value);
            if (Metrics.Find(e.Metric).IsRate || e.Metric.StartsWith("auc", StringComparison.Ordinal))
                Assert.True(e.Low >= 0 && e.High <= 1, e.ToString());
        }
        foreach (var d in groups.SelectMany(g => g.Disparities).Where(d => d.Low is not null))
            Assert.InRange(d.Value!.Value, d.Low!.Value, d.High!.Value);
        Assert.All(groups.SelectMany(g => g.Groups).SelectMany(g => g.Estimates).Where(e => e.Value is null),
            e => Assert.NotNull(e.Reason));
    }

    [Fact]
    public void Areas_equal_a_count_of_pairs()
    {
        var table = PredictionFixture.Faces(300, seed: 8);
        var target = Auditor.Run(table, Quick with { Groups = ["race"] }).Targets[0];
        var p = table.Number("gender_p_male").Values;
        var truth = table.Text("gender_true");
        var race = table.Text("race_true");
        double Pairs(Func<int, bool> positive, Func<int, bool> negative)
        {
            double wins = 0, n = 0;
            for (var i = 0; i < 300; i++)
            {
                for (var j = 0; j < 300; j++)
                {
                    if (truth[i] != "male" || truth[j] == "male" || !positive(i) || !negative(j))
                        continue;
                    n++;
                    wins += p[i] > p[j] ? 1 : p[i] == p[j] ? 0.5 : 0;
                }
            }
            return wins / n;
        }
        foreach (var group in target.Groupings[0].Groups)
        {
            bool Own(int r) => race[r] == group.Levels[0];
            Assert.Equal(Pairs(Own, Own), group.Find("auc", "male")!.Value!.Value, 10);
            Assert.Equal(Pairs(r => !Own(r), Own), group.Find("auc_bpsn", "male")!.Value!.Value, 10);
            Assert.Equal(Pairs(Own, r => !Own(r)), group.Find("auc_bnsp", "male")!.Value!.Value, 10);
        }
    }

    [Fact]
    public void DeLong_equals_a_hand_computed_example()
    {
        // Positives 3 5 7, negatives 1 3 4: wins of the positives 1.5, 3, 3 of 3; of the negatives 3, 2.5, 2 of 3.
        var (auc, interval, method) = RankMetrics.DeLong([3, 5, 7], [1, 3, 4], 1.959963984540054);
        Assert.Equal(7.5 / 9, auc, 12);
        Assert.Equal("delong", method);
        var variance = (Moments.Of([0.5, 1, 1]).Variance / 3) + (Moments.Of([1, 2.5 / 3, 2 / 3.0]).Variance / 3);
        var half = 1.959963984540054 * Math.Sqrt(variance) / (auc * (1 - auc));
        Assert.Equal(1 / (1 + Math.Exp(half - Math.Log(auc / (1 - auc)))), interval.Low, 12);
    }

    [Fact]
    public void Losses_equal_their_definitions()
    {
        var table = new Table([
            new TextColumn("y", ["a", "b", "c", "a"]), new TextColumn("y_true", ["a", "b", "a", "b"]),
            new NumberColumn("y_p_a", [0.7, 0.2, 0.1, 0.5]), new NumberColumn("y_p_b", [0.2, 0.5, 0.3, 0.4]),
            new NumberColumn("y_p_c", [0.1, 0.3, 0.6, 0.1])]);
        var overall = Auditor.Run(table, Quick).Targets[0].Overall;
        var loss = -(Math.Log(0.7) + Math.Log(0.5) + Math.Log(0.1) + Math.Log(0.4)) / 4;
        Assert.Equal(loss, overall.Find("log_loss")!.Value!.Value, 12);
        Assert.Equal((Math.Log(2) - loss) / Math.Log(2), overall.Find("log_loss_reduction")!.Value!.Value, 12);
        Assert.Equal(3 / 4.0, overall.Find("top_2")!.Value!.Value, 12);
        var brier = (0.09 + 0.04 + 0.01 + 0.04 + 0.25 + 0.09 + 0.81 + 0.09 + 0.36 + 0.25 + 0.36 + 0.01) / 4;
        Assert.Equal(brier, overall.Find("brier")!.Value!.Value, 12);
        Assert.Equal(((0.7 + 0.5 + 0.6 + 0.5) / 4) - 0.5, overall.Find("calibration_offset")!.Value!.Value, 12);
        Assert.Contains("fewer than", overall.Find("calibration_error")!.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    public void Calibration_is_recovered_from_data_with_a_known_slope(double slope)
    {
        var random = new Random(3);
        const int N = 20_000;
        string[] truth = new string[N], predicted = new string[N];
        double[] yes = new double[N], no = new double[N];
        for (var i = 0; i < N; i++)
        {
            var logit = 3 * random.NextDouble();
            var p = 1 / (1 + Math.Exp(-logit));
            var label = random.Next(2) == 0;
            var right = random.NextDouble() < 1 / (1 + Math.Exp(-slope * logit));
            (yes[i], no[i]) = label ? (p, 1 - p) : (1 - p, p);
            predicted[i] = label ? "yes" : "no";
            truth[i] = label == right ? "yes" : "no";
        }
        var overall = Auditor.Run(new Table([new TextColumn("y", predicted), new TextColumn("y_true", truth),
            new NumberColumn("y_p_yes", yes), new NumberColumn("y_p_no", no)]),
            Quick with { Confidence = 0.999 }).Targets[0].Overall;
        var estimate = overall.Find("calibration_slope")!;
        Assert.InRange(slope, estimate.Low!.Value, estimate.High!.Value);
        Assert.True(estimate.High - estimate.Low < 0.25);
        Assert.Equal(slope == 1, overall.Find("calibration_error")!.Value < 0.02);
    }

    [Fact]
    public void R_squared_equals_its_definition()
    {
        var overall = Auditor.Run(
            new Table([new NumberColumn("x", [1, 2, 4, 4]), new NumberColumn("x_true", [1, 2, 3, 5])]),
            Quick with { Kinds = new() { Numeric = ["x"] } }).Targets[0].Overall;
        Assert.Equal(1 - (2 / 8.75), overall.Find("r2")!.Value!.Value, 12);
    }

    [Theory]
    [InlineData(40, 0.3)]
    [InlineData(7, 0.95)]
    [InlineData(100_000, 0.5)]
    public void Binomial_draws_have_the_right_mean_and_variance(int n, double p)
    {
        var random = new SeededRandom(11, 3);
        var draws = Moments.Of(
            [.. Enumerable.Range(0, 20_000).Select(_ => (double)CountSampling.Binomial(ref random, n, p))]);
        var sd = Math.Sqrt(n * p * (1 - p));
        Assert.InRange(draws.Mean, (n * p) - (sd * 5 / Math.Sqrt(20_000)), (n * p) + (sd * 5 / Math.Sqrt(20_000)));
        Assert.InRange(draws.Variance / (sd * sd), 0.94, 1.06);
    }
}
