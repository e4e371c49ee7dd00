using FaceBias.Auditing;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>Audits of prediction sets, intervals and abstention, of tables whose answers are known.</summary>
public class UncertaintyAuditTests
{
    private static readonly AuditOptions Options =
        new() { FindSlices = false, Seed = 3, BootstrapReplicates = 500, Permutations = 200, Split = null };

    [Fact]
    public void Exact_intervals_are_those_of_the_tables()
    {
        // Clopper and Pearson 1934; R's binom.test(8, 10) and (0, 20).
        var eight = Interval.ClopperPearson(8, 10, 0.95);
        Assert.Equal((0.4439, 0.9748), (Math.Round(eight.Low, 4), Math.Round(eight.High, 4)));
        var none = Interval.ClopperPearson(0, 20, 0.95);
        Assert.Equal((0, 0.1684), (none.Low, Math.Round(none.High, 4)));
        Assert.Equal(0.1094, CoverageMeasures.BinomialTest(8, 10, 0.5), 4);
        // The test and the interval say the same.
        Assert.True(CoverageMeasures.BinomialTest(80, 100, 0.8 + 0.1) < 0.05
            && Interval.ClopperPearson(80, 100, 0.95).High < 0.9);
    }

    /// <summary>The example of MAPIE: at a level of .75 both rows of one group are covered and one of two of the
    /// other.</summary>
    [Fact]
    public void Coverage_gap_is_that_of_the_published_example()
    {
        var table = new Table(
        [
            new NumberColumn("y_true", [0, 1, 2, 3]), new NumberColumn("y", [0.5, 1, 1.5, 4.5]),
            new NumberColumn("y_low", [0, 0, 1, 4]), new NumberColumn("y_high", [1, 2, 2, 5]),
            new TextColumn("group", ["a", "a", "b", "b"]),
        ]);
        var audit = Auditor.Run(table,
            Options with { Groups = ["group"], Coverage = 0.75, MinimumCount = 1,
                Kinds = new() { Numeric = ["y", "y_true"] } });
        var coverage = audit.Targets[0].Coverage!;
        Assert.Equal("interval", coverage.Kind);
        Assert.Equal(3, coverage.Overall.Coverage.Numerator);
        Assert.Equal(0.25, coverage.Gaps[0].Mean!.Value, 12);
        Assert.Equal(0.25, coverage.Gaps[0].Weighted!.Value, 12);
    }

    [Fact]
    public void Sets_are_read_by_themselves_and_the_group_that_they_fail_is_named()
    {
        var table = Sets(out var covered);
        var audit = Auditor.Run(table, Options);
        var target = audit.Targets.Single(t => t.Name == "kind");
        Assert.Equal(0.9, target.Coverage!.Level);
        Assert.Equal(covered.Sum(), target.Coverage.Overall.Coverage.Numerator);
        Assert.Equal(["group"], audit.Attributes.Select(a => a.Name).Where(a => a != "kind"));
        var groups = target.Groupings.Single(g => g.Attributes is ["group"]);
        Assert.Equal(CoverageVerdict.Below, groups.Coverage[1].Verdict);
        Assert.Equal(CoverageVerdict.Nominal, groups.Coverage[0].Verdict);
        Assert.Contains("hard (group)", target.Coverage.Sentence);
        Assert.Equal(400, groups.Coverage[0].Calibration);
        Assert.Equal(ConformalQuantile.Fluctuation(400, 0.9, 0.95), groups.Coverage[0].Expected);
        Assert.InRange(groups.Coverage[0].Size.Value!.Value, 1, 2);
        Assert.Equal("clopper-pearson", groups.Coverage[0].Coverage.Method);
    }

    [Theory]
    [InlineData("['a', 'b']", "[]", "['b']")]
    [InlineData("{a, b}", "{}", "{b}")]
    [InlineData("a;b", "", "b")]
    [InlineData("a b", "{}", "b")]
    public void Sets_are_read_however_others_write_them(string both, string none, string one)
    {
        var table = new Table([new TextColumn("t_true", ["a", "a", "b"]), new TextColumn("t", ["a", "b", "b"]),
            new TextColumn("t_set", [both, none, one])]);
        var coverage = Auditor.Run(table,
            Options with { Coverage = 0.9, Groups = [], MinimumCount = 1 }).Targets[0].Coverage!;
        Assert.Equal((2, 3), (coverage.Overall.Coverage.Numerator, (int)coverage.Overall.Coverage.Denominator));
        Assert.Equal((1, 1), (coverage.Overall.Empty, coverage.Overall.Full));
    }

    [Fact]
    public void What_is_no_set_stays_a_group_and_what_is_not_known_is_said()
    {
        var text = new TextColumn("t_set", [.. Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? "train" : "val")]);
        TextColumn Label(string name) => new(name, [.. Enumerable.Range(0, 40).Select(i => i % 4 < 2 ? "a" : "b")]);
        var audit = Auditor.Run(new([Label("t_true"), Label("t"), text]), Options);
        Assert.Null(audit.Targets[0].Coverage);
        Assert.Contains(audit.Attributes, a => a.Name == "t_set");
        Assert.Contains(audit.Notices, n => n.Contains("not read as prediction sets"));
        audit = Auditor.Run(new([Label("t_true"), Label("t"), Label("t_set")]), Options);
        Assert.Null(audit.Targets[0].Coverage!.Overall.Verdict);
        Assert.Contains(audit.Notices, n => n.Contains("--coverage names it"));
        Assert.Throws<FaceBiasException>(
            () => Auditor.Run(new([Label("t_true"), Label("t")]), Options with { Coverage = 1 }));
        Assert.Throws<FaceBiasException>(
            () => Auditor.Run(new([Label("t_true"), Label("t")]), Options with { Abstain = 0 }));
    }

    [Fact]
    public void Infinite_and_crossed_intervals_are_counted_and_left_out_of_the_mean_width()
    {
        var inf = double.PositiveInfinity;
        var table = new Table(
        [
            new NumberColumn("age_true", [20, 30, 40, 50, 60]), new NumberColumn("age", [21, 31, 41, 51, 61.5]),
            new NumberColumn("age_low", [10, double.NegativeInfinity, 42, double.NaN, 55]),
            new NumberColumn("age_high", [30, inf, 41, double.NaN, double.NaN]),
        ]);
        var coverage = Auditor.Run(table,
            Options with { Coverage = 0.5, Groups = [], MinimumCount = 1,
                Targets = ["age"] }).Targets[0].Coverage!.Overall;
        Assert.Equal((3, 4), (coverage.Coverage.Numerator, (int)coverage.Coverage.Denominator));
        Assert.Equal((1, 2), (coverage.Empty, coverage.Full));
    }

    /// <summary>A group whose wrong answers are the surest: abstaining leaves it behind.</summary>
    [Theory]
    [InlineData(true, "Widens")]
    [InlineData(false, "Narrows")]
    public void Abstaining_that_widens_a_gap_is_shown(bool confidentlyWrong, string expected)
    {
        var effect = Enum.Parse<AbstentionEffect>(expected);
        var random = new RandomSource(8).Stream("abstain");
        const int N = 4000;
        var (truth, said, p, group) = (new string[N], new string[N], new double[N], new string[N]);
        for (var i = 0; i < N; i++)
        {
            group[i] = i % 2 == 0 ? "x" : "y";
            var wrong = random.NextDouble() < (group[i] == "x" ? 0.1 : 0.25);
            (truth[i], said[i]) = wrong ? ("a", "b") : ("b", "b");
            var unsure = group[i] == "x" || !confidentlyWrong ? wrong : !wrong && random.NextDouble() < 0.4;
            p[i] = unsure ? 0.55 + (0.2 * random.NextDouble()) : 0.75 + (0.24 * random.NextDouble());
        }
        var table = new Table([new TextColumn("t_true", truth), new TextColumn("t", said),
            new NumberColumn("t_p_a", [.. p.Select(v => 1 - v)]), new NumberColumn("t_p_b", p),
            new TextColumn("group", group)]);
        var target = Auditor.Run(table, Options with { Groups = ["group"] }).Targets[0];
        var selective = Assert.Single(target.Selective);
        Assert.Equal("probability", selective.Column);
        var verdict = Assert.Single(selective.Verdicts);
        Assert.Equal(effect, verdict.Effect);
        Assert.Equal(("y", "x"), (verdict.Worst, verdict.Best));
        Assert.True(verdict.Low <= verdict.Change && verdict.Change <= verdict.High);
        Assert.Equal(confidentlyWrong ? ["y"] : [], verdict.Worsened);
        Assert.Equal(0.8, verdict.Coverage, 2);
        foreach (var curve in selective.Groups)
        {
            Assert.Equal(1, curve.Points[0].Answered);
            // without abstaining the references are the model
            Assert.Equal(curve.Points[0].Risk!.Value, curve.Points[0].Agnostic!.Value, 9);
            Assert.Equal(curve.Points[0].Risk!.Value, curve.Points[0].RobinHood!.Value, 9);
        }
        double Gap(Func<SelectivePoint, double?> of) =>
            Math.Abs(of(selective.Groups[0].Points[3])!.Value - of(selective.Groups[1].Points[3])!.Value);
        Assert.True(Gap(x => x.RobinHood) <= Gap(x => x.Agnostic) + 1e-9);
    }

    [Fact]
    public void Uncertainty_columns_of_a_number_have_their_own_curves()
    {
        var random = new RandomSource(8).Stream("number");
        const int N = 600;
        var (truth, said, u) = (new double[N], new double[N], new double[N]);
        for (var i = 0; i < N; i++)
        {
            u[i] = 1 + (9 * random.NextDouble());
            truth[i] = Math.Round(20 + (50 * random.NextDouble()));
            said[i] = truth[i] + (u[i] * random.NextNormal());
        }
        var table = new Table(
        [
            new NumberColumn("age_true", truth), new NumberColumn("age", said),
            new NumberColumn("age_uncertainty_mve", u), new NumberColumn("age_uncertainty_none", new double[N]),
            new TextColumn("group", [.. Enumerable.Range(0, N).Select(i => i % 3 == 0 ? "x" : "y")]),
        ]);
        var target = Auditor.Run(table, Options with { Groups = ["group"] }).Targets[0];
        var selective = Assert.Single(target.Selective); // equal certainty orders nothing
        Assert.Equal("age_uncertainty_mve", selective.Column);
        Assert.True(selective.Overall.Points[6].Risk < 0.7 * selective.Overall.Points[0].Risk);
        Assert.Null(selective.Groups[0].Points[0].Agnostic);
        Assert.NotNull(selective.Verdicts[0].Effect);
    }

    [Fact]
    public void Rows_without_an_answer_count_for_the_coverage_of_their_sets()
    {
        var sets = Sets(out var covered);
        var answers = (TextColumn)sets["kind"];
        var table = new Table(
            sets.Columns.Select(
                c => c.Name == "kind"
                    ? new TextColumn("kind",
                        [.. Enumerable.Range(0, c.Count).Select(i => i % 5 == 0 ? null : answers[i])]) : c));
        var target = Auditor.Run(table, Options).Targets[0];
        Assert.Equal(720, target.Overall.N);
        Assert.Equal((covered.Sum(), 900),
            (target.Coverage!.Overall.Coverage.Numerator, (int)target.Coverage.Overall.Coverage.Denominator));
    }

    [Fact]
    public void Columns_of_any_name_are_sets_intervals_and_uncertainties()
    {
        var sets = Sets(out var covered);
        var foreign = new Table(
            sets.Columns.Where(c => c.Name is not ("kind_level" or "kind_calibration")).Select(
                c => c.Name switch { "kind_true" => c.Rename("y"), "kind" => c.Rename("yhat"),
                    "kind_set" => c.Rename("region"), _ => c })
            .Append(new NumberColumn("entropy", [.. Enumerable.Range(0, sets.RowCount).Select(i => (double)(i % 7))])));
        var (table, target) =
            ForeignTable.Rename(foreign,
                new() { Truth = ["y"], Prediction = ["yhat"], PredictionSet = "region",
                    UncertaintyColumns = ["entropy"] });
        var audit = Auditor.Run(table, Options with { Targets = [target], Coverage = 0.9 });
        Assert.Equal(covered.Sum(), audit.Targets[0].Coverage!.Overall.Coverage.Numerator);
        Assert.Equal("yhat_uncertainty_entropy", audit.Targets[0].Selective[0].Column);
        Assert.Contains("two ends",
            Assert.Throws<FaceBiasException>(
                () => ForeignTable.Rename(foreign,
                    new() { Truth = ["y"], Prediction = ["yhat"], LowerBound = "entropy" })).Message);
    }

    [Fact]
    public void Results_survive_their_file()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "uncertainty.json");
        try
        {
            var audit = Auditor.Run(Sets(out _), Options);
            AuditFile.Write(path, audit);
            var read = AuditFile.Read(path);
            Assert.Equal(audit.Targets[0].Coverage!.Sentence, read.Targets[0].Coverage!.Sentence);
            Assert.Equal(audit.Targets[0].Coverage!.Overall.Expected, read.Targets[0].Coverage!.Overall.Expected);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Sets of a nominal 90% that hold the truth of 90% of the easy rows and 75% of the hard ones.</summary>
    private static Table Sets(out int[] covered)
    {
        const int N = 900;
        var random = new RandomSource(2).Stream("sets");
        var inside = new int[N];
        var (truth, said, set, group) = (new string[N], new string[N], new string[N], new string[N]);
        for (var i = 0; i < N; i++)
        {
            group[i] = i % 3 == 0 ? "hard" : "easy";
            truth[i] = random.NextDouble() < 0.5 ? "a" : "b";
            inside[i] = random.NextDouble() < (group[i] == "hard" ? 0.75 : 0.9) ? 1 : 0;
            var other = truth[i] == "a" ? "b" : "a";
            set[i] = inside[i] == 0 ? other : random.NextDouble() < 0.3 ? "a|b" : truth[i];
            said[i] = set[i].Length == 1 ? set[i] : truth[i];
        }
        covered = inside;
        var (level, calibration) = (new double[N], new double[N]);
        Array.Fill(level, 0.9);
        Array.Fill(calibration, 400);
        return new([new TextColumn("kind_true", truth), new TextColumn("kind", said), new TextColumn("kind_set", set),
            new NumberColumn("kind_level", level),
            new NumberColumn("kind_calibration", calibration), new TextColumn("group", group)]);
    }
}
