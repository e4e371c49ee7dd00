using FaceBias.Auditing;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Auditing;

public class AuditorTests
{
    private static readonly AuditOptions Quick = new() { BootstrapReplicates = 200, Permutations = 200 };

    private static string Json(AuditResult result)
    {
        var path = Path.Combine(TestPaths.NewFolder(), "audit.json");
        AuditFile.Write(path, result);
        return File.ReadAllText(path);
    }

    private static GroupAudit Group(TargetAudit target, string attribute, string level) => target.Groupings
        .Single(g => g.Attributes.Count == 1 && g.Attributes[0] == attribute).Groups.Single(g => g.Levels[0] == level);

    /// <summary>Ten rows that a reader can count.</summary>
    private static Table Tiny() => new([
        new TextColumn("id", ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]),
        new TextColumn("gender", ["m", "m", "f", "f", "m", "f", "f", "m", "m", null]),
        new TextColumn("gender_true", ["m", "m", "m", "f", "f", "f", "f", "m", null, "m"]),
        new NumberColumn("age", [10, 22, 31, 40, 50, 61, 70, 80, 90, 5]),
        new NumberColumn("age_true", [12, 20, 30, 40, 58, 60, 70, 80, double.NaN, 4]),
        new TextColumn("site", ["x", "x", "x", "x", "x", "y", "y", "y", "y", null])]);

    [Fact]
    public void Counts_a_tiny_table_as_a_reader_would()
    {
        var result = Auditor.Run(Tiny(), Quick with { MinimumCount = 1 });
        var gender = result.Targets[0];
        Assert.Equal(9, gender.Labelled);
        Assert.Equal((8, 1), (gender.Overall.N, gender.Overall.Unpredicted));
        Assert.Equal(6 / 8.0, gender.Overall.Find("accuracy")!.Value);
        Assert.Equal(["f", "m"], gender.Classes);
        Assert.Equal([3L, 1L], gender.Overall.Confusion![0]); // truth f: d, f, g right, e taken for m
        Assert.Equal([1L, 3L], gender.Overall.Confusion[1]); // truth m: c taken for f
        Assert.Equal(3 / 5.0, Group(gender, "site", "x").Find("accuracy")!.Value);
        Assert.Equal(3 / 3.0, Group(gender, "site", "y").Find("accuracy")!.Value);
        var missing = Group(gender, "site", "(missing)");
        Assert.Equal((0, 1), (missing.N, missing.Unpredicted));
        Assert.Null(missing.Find("accuracy")!.Value);
        Assert.Contains("not estimable", missing.Find("accuracy")!.Reason, StringComparison.Ordinal);

        var age = result.Targets[1];
        // |errors| -2 2 1 0 -8 1 0 0 1
        Assert.Equal(15 / 9.0, age.Overall.Find("mae")!.Value!.Value, 12);
        Assert.Equal(-5 / 9.0, age.Overall.Find("signed_error")!.Value!.Value, 12);
        Assert.Equal(8 / 9.0, age.Overall.Find("within_5")!.Value!.Value, 12);
        Assert.Equal(9 / 9.0, age.Overall.Find("within_8")!.Value!.Value, 12);
        Assert.Equal(("e", "58", "50", -8.0),
            (age.Worst[0].Id, age.Worst[0].Truth, age.Worst[0].Predicted, age.Worst[0].Error));
        Assert.Equal(["c", "e"], gender.Worst.Select(w => w.Id));
        Assert.Equal(9, age.Errors!.Histogram.Sum(b => b.Count));

        var gap = gender.Groupings.Single(g => g.Attributes is ["site"]).Gaps[0];
        Assert.Equal(0.4, gap.Value!.Value, 12);
        Assert.Equal(("x", "y", 2), (gap.Worst, gap.Best, gap.Compared));
    }

    [Fact]
    public void An_attribute_of_one_group_is_said_to_have_nothing_to_compare()
    {
        var table = PredictionFixture.With(PredictionFixture.Faces(60),
            new TextColumn("site", [.. Enumerable.Repeat("Bonn", 60)]));
        var result = Auditor.Run(table, Quick with { Groups = ["site"] });
        Assert.Equal(["gender by site: not estimable: there is one group only, Bonn, and nothing to compare it with.",
            "age by site: not estimable: there is one group only, Bonn, and nothing to compare it with."],
            result.Findings.Select(f => f.Sentence).OrderByDescending(s => s, StringComparer.Ordinal));
        Assert.All(result.Findings, f => Assert.Null(f.Verdict));
    }

    [Fact]
    public void Age_bands_show_children()
    {
        var result = Auditor.Run(PredictionFixture.Faces(500), Quick);
        Assert.Equal(["0-9", "10-17", "18-30", "31-45", "46-60", "61+"],
            result.Attributes.Single(a => a.Name == "age").Levels.Select(l => l.Name));
        Assert.Equal(500, result.Attributes.Single(a => a.Name == "age").Levels.Sum(l => l.Rows));
        var own = Auditor.Run(PredictionFixture.Faces(500), Quick with
        {
            Groups = ["age"], Bands = new Dictionary<string, IReadOnlyList<double>> { ["age"] = [10, 50] },
        });
        Assert.Equal(["10-49", "50+", "below 10"], own.Attributes.Single().Levels.Select(l => l.Name));
    }

    [Fact]
    public void A_planted_gap_is_shown_and_absent_ones_are_not()
    {
        var result = Auditor.Run(PredictionFixture.Faces(4000),
            new() { Permutations = 1000, BootstrapReplicates = 200 });
        var race = result.Findings.Single(f => f is { Target: "gender", Attribute: "race" });
        Assert.Equal(Verdict.GapShown, race.Verdict);
        Assert.Contains("lowest for Black", race.Sentence, StringComparison.Ordinal);
        Assert.Equal(Verdict.GapShown, result.Findings.Single(f => f is { Target: "age", Attribute: "age" }).Verdict);
        Assert.Equal(Verdict.WithinMargin,
            result.Findings.Single(f => f is { Target: "gender", Attribute: "gender" }).Verdict);
        Assert.Equal(Verdict.WithinMargin,
            result.Findings.Single(f => f is { Target: "age", Attribute: "gender" }).Verdict);
    }

    [Fact]
    public void Few_rows_are_not_enough_data_and_say_how_many_would_be()
    {
        var result = Auditor.Run(PredictionFixture.Faces(60, weakRate: 0.95), Quick with { Groups = ["gender"] });
        var finding = result.Findings.Single(f => f.Target == "gender");
        Assert.Equal(Verdict.NotEnoughData, finding.Verdict);
        Assert.Contains("rows in each group", finding.Sentence, StringComparison.Ordinal);
        // A 5-point difference at 0.9 needs 16 * 0.9 * 0.1 / 0.05^2 = 576 rows.
        var gender = Auditor.Run(PredictionFixture.Faces(60, weakRate: 0.95),
            Quick with { Groups = ["gender"] }).Targets[0];
        var p = gender.Overall.Find("accuracy")!.Value!.Value;
        Assert.Equal((long)Math.Ceiling(16 * p * (1 - p) / 0.0025), gender.Groupings[0].Gaps[0].NeededPerGroup);
    }

    [Fact]
    public void The_order_of_rows_does_not_matter()
    {
        var table = PredictionFixture.Faces(600);
        int[] shuffled = [.. Enumerable.Range(0, 600)];
        new Random(4).Shuffle(shuffled);
        Assert.Equal(Json(Auditor.Run(table, Quick)),
            Json(Auditor.Run(PredictionFixture.Rows(table, shuffled), Quick)));
    }

    [Fact]
    public void The_number_of_threads_does_not_matter_and_the_seed_does()
    {
        var table = PredictionFixture.Faces(600);
        var one = Json(Auditor.Run(table, Quick with { Threads = 1 }));
        Assert.Equal(one, Json(Auditor.Run(table, Quick with { Threads = 5 })));
        Assert.NotEqual(one, Json(Auditor.Run(table, Quick with { Seed = 2 })));
    }

    [Fact]
    public void The_names_of_groups_do_not_matter()
    {
        var table = PredictionFixture.Faces(600);
        var race = table.Text("race_true");
        var renamed = PredictionFixture.With(table,
            new TextColumn("race_true", race.Codes, [.. race.Levels.Select(l => "z" + l)]));
        var before = Auditor.Run(table, Quick).Targets.SelectMany(t => t.Groupings).SelectMany(g => g.Gaps);
        var after = Auditor.Run(renamed, Quick).Targets.SelectMany(t => t.Groupings).SelectMany(g => g.Gaps);
        Assert.Equal(before.Select(g => (g.Value, g.P, g.Low, g.High)),
            after.Select(g => (g.Value, g.P, g.Low, g.High)));
    }

    [Fact]
    public void Doubling_the_data_leaves_the_figures_and_narrows_the_intervals()
    {
        var table = PredictionFixture.Faces(400);
        var twice = PredictionFixture.Rows(table, [.. Enumerable.Range(0, 800).Select(i => i / 2)], freshIds: true);
        var options = Quick with { MinimumCount = 1, IntersectionDepth = 1 };
        var a = Auditor.Run(table, options).Targets.SelectMany(t => t.Groupings).SelectMany(g => g.Groups)
            .SelectMany(g => g.Estimates);
        var b = Auditor.Run(twice, options).Targets.SelectMany(t => t.Groupings).SelectMany(g => g.Groups)
            .SelectMany(g => g.Estimates);
        foreach (var (x, y) in a.Zip(b))
        {
            Assert.Equal(x with { Low = null, High = null, Value = null, Denominator = 0, Numerator = null,
                Reason = null, Method = null, Shrunken = null, Rough = null },
                y with { Low = null, High = null, Value = null, Denominator = 0, Numerator = null, Reason = null,
                    Method = null, Shrunken = null, Rough = null });
            // Ten bins of equal mass fall elsewhere when n is not a multiple of ten.
            if (x.Value is not { } value || x.Metric == "calibration_error")
                continue;
            Assert.Equal(value, y.Value!.Value, 10);
            if (x.Low is null)
                continue;
            Assert.True(y.High - y.Low < x.High - x.Low || x.High == x.Low, $"{x} {y}");
            Assert.InRange(value, x.Low.Value, x.High!.Value);
        }
    }

    [Fact]
    public void Small_and_empty_groups_are_listed_with_the_reason()
    {
        var table = PredictionFixture.Faces(300);
        var place = PredictionFixture.With(table,
            new TextColumn("place", [.. Enumerable.Range(0, 300).Select(i => i < 4 ? "rare" : "common")]));
        var result = Auditor.Run(place, Quick);
        var rare = Group(result.Targets[0], "place", "rare").Find("accuracy")!;
        Assert.Null(rare.Value);
        Assert.Equal(4, rare.Denominator);
        Assert.NotNull(rare.Low);
        Assert.Contains("4 rows, fewer than 10", rare.Reason, StringComparison.Ordinal);
        var gap = result.Targets[0].Groupings.Single(g => g.Attributes is ["place"]).Gaps[0];
        Assert.Null(gap.Value);
        Assert.Contains("takes two", gap.Reason, StringComparison.Ordinal);
        var crossed = result.Targets[0].Groupings.Single(g => g.Attributes is ["race", "place"]);
        Assert.Equal(10, crossed.Groups.Count);
        Assert.Contains(crossed.Groups, g => g.N == 0 && g.Find("accuracy")!.Reason == "not estimable: no rows");
    }

    [Fact]
    public void Only_the_test_split_is_audited()
    {
        var table = PredictionFixture.Faces(300);
        var split = PredictionFixture.With(table,
            new TextColumn("split", [.. Enumerable.Range(0, 300).Select(i => i % 3 == 0 ? "test" : "train")]));
        var result = Auditor.Run(split, Quick);
        Assert.Equal((100, 200), (result.Rows, result.OtherRows));
        Assert.Equal(300, Auditor.Run(split, Quick with { Split = null }).Rows);
        var wrong = Assert.Throws<FaceBiasException>(() => Auditor.Run(split, Quick with { Split = "held-out" }));
        Assert.Contains("'test', 'train'", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_permutation_test_holds_its_level_where_there_is_no_gap()
    {
        var rejected = 0;
        const int Repeats = 300;
        for (var i = 0; i < Repeats; i++)
        {
            var gap = Auditor.Run(PredictionFixture.Faces(250, seed: 1000 + i, weakRate: 0.95), new()
            {
                Targets = ["gender"], Groups = ["race"], Permutations = 199, BootstrapReplicates = 100,
                MinimumCount = 2,
            }).Targets[0].Groupings[0].Gaps[0];
            rejected += gap.P <= 0.05 ? 1 : 0;
        }
        // 15 expected; the test is conservative because counts tie, and more than 27 has a chance below 0.2%.
        Assert.InRange(rejected, 2, 27);
    }

    [Fact]
    public void Without_resampling_the_figures_are_the_same_and_nothing_claims_a_test()
    {
        var table = PredictionFixture.Faces(800);
        AuditResult with = Auditor.Run(table, Quick), without = Auditor.Run(table, Quick with { Resample = false });
        IEnumerable<(string, string?, double?)> Values(AuditResult r) =>
            r.Targets.SelectMany(t => t.Groupings).SelectMany(g => g.Groups)
            .SelectMany(g => g.Estimates).Select(e => (e.Metric, e.Class, e.Value));
        Assert.Equal(Values(with), Values(without));
        var gaps = without.Targets.SelectMany(t => t.Groupings).SelectMany(g => g.Gaps).ToArray();
        Assert.All(gaps,
            g => Assert.True(g.P is null && g.AdjustedP is null && g.Verdict is null or Verdict.WithinMargin));
        Assert.All(without.Findings, f => Assert.EndsWith(".", f.Sentence, StringComparison.Ordinal));
    }

    [Fact]
    public void The_file_reads_back_as_it_was_written()
    {
        var result = Auditor.Run(PredictionFixture.Faces(300), Quick);
        var path = Path.Combine(TestPaths.NewFolder(), "audit.json");
        AuditFile.Write(path, result);
        var again = AuditFile.Read(path);
        Assert.Equal(Json(result), Json(again));
        File.WriteAllText(path,
            File.ReadAllText(path).Replace("\"version\": 1", "\"version\": 99", StringComparison.Ordinal));
        Assert.Contains("version 99", Assert.Throws<FaceBiasException>(() => AuditFile.Read(path)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(path, "{");
        Assert.Throws<FaceBiasException>(() => AuditFile.Read(path));
    }

    [Fact]
    public void Cancelling_stops() => Assert.ThrowsAny<OperationCanceledException>(
        () => Auditor.Run(PredictionFixture.Faces(50), Quick, cancellationToken: new(canceled: true)));
}
