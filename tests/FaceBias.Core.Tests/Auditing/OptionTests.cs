using System.Globalization;
using System.Text;
using FaceBias.Auditing;
using FaceBias.Primitives.Tables;
using static FaceBias.Core.Tests.Auditing.PeoplesTables;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>What an audit may be asked for: weights, control attributes, a metric, more classes than can be shown; and
/// that sentences agree with their intervals.</summary>
public class OptionTests
{
    private static readonly AuditOptions Quick =
        new() { BootstrapReplicates = 200, Permutations = 400, FindSlices = false, IntersectionDepth = 1 };

    private static Table Labels(int rows, Func<int, (bool Right, string Group, string Site, double Weight)> row)
    {
        var all = Enumerable.Range(0, rows).Select(row).ToArray();
        return new([new TextColumn("y", [.. all.Select((r, i) => r.Right == (i % 2 == 0) ? "yes" : "no")]),
            new TextColumn("y_true", [.. all.Select((_, i) => i % 2 == 0 ? "yes" : "no")]),
            new TextColumn("g", [.. all.Select(r => r.Group)]), new TextColumn("site", [.. all.Select(r => r.Site)]),
            new NumberColumn("w", [.. all.Select(r => r.Weight)])]);
    }

    [Fact]
    public void Weights_of_one_change_nothing_and_others_weigh_rates_and_means()
    {
        var random = new Random(4);
        var table = Labels(600, i => (random.NextDouble() < 0.8, i % 3 == 0 ? "a" : "b", "x", 1));
        GroupAudit Of(Table t, string? weights) =>
            Auditor.Run(t, Quick with { Weights = weights, Groups = ["g"] }).Targets[0].Groupings[0].Groups[0];
        Estimate plain = Of(table, null).Find("accuracy")!, ones = Of(table, "w").Find("accuracy")!;
        Assert.Equal((plain.Value!.Value, plain.Low!.Value, plain.High!.Value),
            (ones.Value!.Value, ones.Low!.Value, ones.High!.Value));
        // Rows that are right weigh three times as much: 3 r / (3 r + wrong), worth (Σ w)² / Σ w² rows.
        var right = Enumerable.Range(0, 600).Select(i => table.Text("y")[i] == table.Text("y_true")[i]).ToArray();
        var weighted = Of(PredictionFixture.With(table, new NumberColumn("w", [.. right.Select(r => r ? 3.0 : 1.0)])),
            "w").Find("accuracy")!;
        double r = Enumerable.Range(0, 600).Count(i => i % 3 == 0 && right[i]), wrong = 200 - r;
        Assert.Equal(3 * r / ((3 * r) + wrong), weighted.Value!.Value, 12);
        Assert.Equal(Math.Pow((3 * r) + wrong, 2) / ((9 * r) + wrong), weighted.EffectiveN!.Value, 9);
        // The scale of weights does not matter.
        var scaled = Of(PredictionFixture.With(table, new NumberColumn("w", [.. right.Select(x => x ? 0.75 : 0.25)])),
            "w").Find("accuracy")!;
        Assert.Equal((weighted.Value.Value, weighted.Low!.Value), (scaled.Value!.Value, scaled.Low!.Value));
        Assert.Contains("has the weight -1",
            Assert.Throws<FaceBiasException>(
                () => Of(PredictionFixture.With(table, new NumberColumn("w", [.. Enumerable.Repeat(-1.0, 600)])),
                    "w")).Message, StringComparison.Ordinal);
        // A mean error.
        Table numbers = new(
            [new NumberColumn("age", [.. Enumerable.Range(0, 40).Select(i => i + (i % 2 == 0 ? 1.5 : 3.5))]),
                new NumberColumn("age_true", [.. Enumerable.Range(0, 40).Select(i => (double)i)]),
            new TextColumn("g", [.. Enumerable.Repeat("a", 40)]),
            new NumberColumn("w", [.. Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? 3.0 : 1.0)])]);
        Assert.Equal(2.0, Of(numbers, "w").Find("mae")!.Value!.Value, 12);
    }

    [Fact]
    public void Weighted_tests_hold_their_level()
    {
        var alarms = 0;
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var table = Labels(300,
                i => (random.NextDouble() < 0.8, i % 2 == 0 ? "a" : "b", "x", 0.5 + (2 * random.NextDouble())));
            alarms += Auditor.Run(table,
                Quick with { Weights = "w", Groups = ["g"], Permutations = 199, BootstrapReplicates = 100,
                    Threads = 1 }).Targets[0].Groupings[0].Gaps.Single(g => g.Metric == "accuracy").P <= 0.05 ? 1 : 0;
        }
        Assert.InRange(alarms, 2, 22); // 5% of 200 is 10, within about four deviations
    }

    [Fact]
    public void Within_a_control_attribute_a_difference_that_is_due_to_it_is_gone()
    {
        var random = new Random(6);
        // Sites differ, and group b is mostly at the bad one; within a site groups are alike.
        var table = Labels(2000, i =>
        {
            var site = random.NextDouble() < (i % 2 == 0 ? 0.9 : 0.1) ? "north" : "south";
            return (random.NextDouble() < (site == "north" ? 0.95 : 0.6), i % 2 == 0 ? "a" : "b", site, 1);
        });
        var result = Auditor.Run(table, Quick with { Groups = ["g"], Control = ["site"] });
        Assert.Equal(Verdict.GapShown,
            result.Targets[0].Groupings.Single(g => g.Attributes is ["g"]).Gaps.Single(
                x => x.Metric == "accuracy").Verdict);
        ConditionalGap[] within = [.. result.Conditional.Where(c => c.Attribute == "g")];
        Assert.Equal(["north", "south"], within.Select(c => c.Level));
        Assert.All(within, c => Assert.NotEqual(Verdict.GapShown, c.Gap.Verdict));
        Assert.Contains(result.Findings,
            f => f.Sentence.StartsWith("y by g, where site is north: the accuracy is lowest for",
                StringComparison.Ordinal));
        // One family: Holm's p of a conditional gap is at least twice its own.
        Assert.All(within, c => Assert.True(c.Gap.HolmP >= c.Gap.P));
        Assert.Contains("no attribute 'place'",
            Assert.Throws<FaceBiasException>(
                () => Auditor.Run(table, Quick with { Groups = ["g"], Control = ["place"] })).Message.Replace(
                    "no column", "no attribute", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fnr", "fnr")]
    [InlineData("equalized-odds", "recall,fpr")]
    [InlineData("demographic_parity", "selection_rate")]
    [InlineData("ppv", "precision")]
    public void Findings_are_about_the_metric_that_is_asked_for(string asked, string metrics)
    {
        var random = new Random(8);
        // Positives of group b are missed; accuracy hides it, for there are few of them.
        Table table = new([.. Enumerable.Range(0, 1).SelectMany(_ =>
        {
            var rows = Enumerable.Range(0, 3000).Select(
                i => (Truth: i % 10 == 0, Group: random.Next(2) == 0 ? "a" : "b")).ToArray();
            return new Column[] { new TextColumn("y_true", [.. rows.Select(r => r.Truth ? "yes" : "no")]),
                new TextColumn("y",
                    [.. rows.Select(r => r.Truth && random.NextDouble() < (r.Group == "b" ? 0.5 : 0.9) ? "yes"
                        : "no")]), new TextColumn("g", [.. rows.Select(r => r.Group)]) };
        })]);
        var result = Auditor.Run(table, Quick with { Metric = asked, Groups = ["g"] });
        Assert.Equal(metrics.Split(','), result.Targets[0].FindingMetrics.Select(f => f.Metric));
        Assert.All(result.Targets[0].FindingMetrics, f => Assert.Equal("yes", f.Class));
        Assert.Equal(result.Targets[0].FindingMetrics.Count, result.Findings.Count);
        if (asked == "fnr")
            Assert.Equal(Verdict.GapShown, result.Findings[0].Verdict);
        Assert.Contains("cannot be about 'luck'",
            Assert.Throws<FaceBiasException>(() => Auditor.Run(table, Quick with { Metric = "luck" })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Two_hundred_classes_are_audited_and_rare_groups_are_joined()
    {
        var random = new Random(3);
        var text = new StringBuilder("species_true,species,country\n");
        for (var i = 0; i < 3000; i++)
        {
            var (truth, bad) = (random.Next(200), random.Next(90));
            text.Append(CultureInfo.InvariantCulture,
                $"bird{truth},bird{(random.NextDouble() < (bad == 0 ? 0.1 : 0.8) ? truth : random.Next(200))},country{(random.Next(4) == 0 ? 0 : bad)}\n");
        }
        var outcome = Audit(text.ToString());
        Assert.Equal(200, outcome.Target.Classes.Count);
        Assert.Null(outcome.Target.Overall.Confusion);
        Assert.Contains("accuracy is audited, metrics of each class are not", outcome.Text, StringComparison.Ordinal);
        var country = outcome.Result!.Attributes.Single(a => a.Name == "country");
        Assert.Equal((50, "(other 41)"), (country.Levels.Count, country.Levels[^1].Name));
        Assert.Equal(3000, country.Levels.Sum(l => l.Rows));
    }

    [Fact]
    public void A_sentence_never_contradicts_its_interval()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var (gap, rows) = (random.Next(4) * 0.05, 100 << random.Next(5));
            var table = Labels(rows,
                i => (random.NextDouble() < 0.9 - (i % 2 == 0 ? gap : 0), i % 2 == 0 ? "a" : "b", $"s{random.Next(3)}",
                    1));
            var result = Auditor.Run(table,
                Quick with { Groups = ["g", "site"], Permutations = 199, BootstrapReplicates = 100 });
            foreach (var found in result.Targets[0].Groupings.Where(g => g.Attributes.Count == 1)
                .Select(g => g.Gaps.Single(x => x.Metric == "accuracy")))
            {
                Assert.InRange(found.Value!.Value, found.Low!.Value, found.High!.Value);
                if (found.Verdict == Verdict.WithinMargin)
                    Assert.True(found.High < found.Margin);
                if (found.Verdict == Verdict.NotEnoughData)
                    Assert.Equal(0, found.Low);
                Assert.True(found.AdjustedP >= found.P);
            }
        }
    }

    [Theory]
    [InlineData(1e70)]
    [InlineData(1e-70)]
    [InlineData(1)]
    public void Welchs_interval_does_not_depend_on_the_scale(double scale)
    {
        FaceBias.Primitives.Statistics.Moments a = new(12, 3 * scale, 4 * scale * scale),
            b = new(30, 1 * scale, 9 * scale * scale);
        var interval = FaceBias.Primitives.Statistics.Interval.Welch(a, b, 0.95);
        // v = 4/12 + 9/30, 30.38 degrees of freedom, t = 2.0413: 2 ± 1.6244.
        Assert.Equal(0.3756, interval.Low / scale, 4);
        Assert.Equal(3.6244, interval.High / scale, 4);
    }

    [Fact]
    public void All_mistakes_are_said_at_once()
    {
        var text = Csv("label,pred,group", "{T},{P},{G}");
        var outcome = Audit(text, Columns("labels", "predicted"), o => o with { Groups = ["groups"], Weights = "w" });
        Assert.StartsWith("4 mistakes:", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("--groups: '", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("(separated by ',') has no column 'labels'", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("did you mean 'group'",
            Audit(text, Columns("label", "pred"), o => o with { Groups = ["Group"] }).Text, StringComparison.Ordinal);
    }
}
