using FaceBias.Auditing;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Auditing;

public class ComparisonTests
{
    private static readonly AuditOptions Quick = new() { BootstrapReplicates = 300, Permutations = 100 };

    [Fact]
    public void Cochran_Armitage_equals_a_hand_computed_example()
    {
        // Hits 1, 3, 6 of 10, 10, 10 with scores 0, 1, 2: pooled 1/3, t = 0 (1 - 10/3) + (3 - 10/3) + 2 (6 - 10/3) = 5,
        // v = 2/9 (50 - 30^2/30) = 40/9, z = 5 / sqrt(40/9) = 2.3717.
        var trend = TrendTest.OfRates("accuracy", [1, 3, 6], [10, 10, 10])!;
        Assert.Equal(5 / Math.Sqrt(40 / 9.0), trend.Z, 12);
        Assert.Equal(0.017706, trend.P, 5);
        Assert.Equal(-trend.Z, TrendTest.OfRates("accuracy", [6, 3, 1], [10, 10, 10])!.Z, 12);
        Assert.Null(TrendTest.OfRates("accuracy", [10, 10, 10], [10, 10, 10]));
    }

    [Fact]
    public void Trends_are_given_for_bands_and_for_attributes_named_ordinal()
    {
        var table = PredictionFixture.Faces(3000);
        var tone = new TextColumn("tone", [.. Enumerable.Range(0, 3000).Select(i => (string?)$"monk {1 + (i % 10)}")]);
        var result = Auditor.Run(PredictionFixture.With(table, tone),
            Quick with { Ordinal = ["tone"], IntersectionDepth = 1 });
        var age = result.Targets.Single(t => t.Name == "age");
        IReadOnlyList<Trend> Of(string attribute) => age.Groupings.Single(g => g.Attributes[0] == attribute).Trends;
        // children are planted as taken for older
        Assert.True(Of("age").Single(t => t.Metric == "signed_error").P < 0.01);
        Assert.True(Of("age").Single(t => t.Metric == "signed_error").Z < 0);
        Assert.Equal(10, Of("tone")[0].Groups);
        Assert.Empty(Of("race"));
    }

    [Theory]
    [InlineData(0, 5, 0.0625)]
    [InlineData(10, 2, 0.03857421875)]
    [InlineData(3, 3, 1)]
    [InlineData(0, 0, 1)]
    public void McNemar_is_the_exact_binomial_test(int a, int b, double p) =>
        Assert.Equal(p, PairedTest.McNemar(a, b), 12);

    [Fact]
    public void Rows_are_matched_by_a_column_of_pictures_where_there_is_no_id()
    {
        var table = PredictionFixture.Faces(300);
        Table As(string name, params int[] rows) => new([.. PredictionFixture.Rows(table, rows).Columns.Select(
            c => c.Name == "id" ? c.Rename(name) : c)]);
        int[] all = [.. Enumerable.Range(0, 300)], some = [.. all.Where(i => i % 3 > 0).Reverse()];
        var expected = ModelComparison.Of(As("id", all), As("id", some), Quick);
        Assert.Equal(expected, ModelComparison.Of(As("image", all), As("image", some), Quick));
        Assert.Equal(200, expected[0].N);
        Assert.Contains("no other of both names each row once", Assert.Throws<FaceBiasException>(
            () => ModelComparison.Of(As("image", all), As("face", some), Quick)).Message, StringComparison.Ordinal);
        Assert.Throws<FaceBiasException>(() => ModelComparison.Of(As("image", all), As("image", [0, 0, 1]), Quick));
    }

    [Fact]
    public void A_better_model_is_found_and_itself_is_not()
    {
        var table = PredictionFixture.Faces(800);
        var same = ModelComparison.Of(table, table, Quick);
        Assert.All(same.Where(r => r.Reason is null), r => Assert.Equal((0, 1), (r.Difference, r.P)));
        // 800 rows without a disagreement do not prove that there is none: z² / (n + z²).
        Assert.Equal(3.841459 / 803.841459, same.Single(r => r is { Target: "gender", Group: "all" }).High!.Value, 6);
        // The second model is right where the first is wrong for Black faces, and its rows come in reverse.
        var race = table.Text("race_true");
        var truth = table.Text("gender_true");
        var better = PredictionFixture.With(PredictionFixture.Without(table, "gender_p_male", "gender_p_female"),
            new TextColumn("gender",
                [.. Enumerable.Range(0, 800).Select(r => race[r] == "Black" ? truth[r] : table.Text("gender")[r])]));
        var result = ModelComparison.Of(table, PredictionFixture.Rows(better, [.. Enumerable.Range(0, 800).Reverse()]),
            Quick);
        var black = result.Single(r => r is { Target: "gender", Group: "Black" });
        Assert.Equal(1, black.Second);
        Assert.Equal(black.Second!.Value - black.First!.Value, black.Difference!.Value, 12);
        Assert.True(black.AdjustedP < 0.001 && black.Low > 0);
        Assert.Equal(1, result.Single(r => r is { Target: "gender", Group: "White" }).P);
        Assert.Equal(0, result.Single(r => r is { Target: "age", Group: "all" }).Difference);
    }

    [Fact]
    public void Rows_of_a_cluster_are_compared_as_one()
    {
        // Right only in the second table +1, only in the first -1; persons of 2, 3, 1 and 4 rows with the sums 1, 0, 1,
        // 2.
        int[] differences = [1, 0, 1, -1, 0, 1, 1, 1, 1, -1];
        string[] persons = ["a", "a", "b", "b", "b", "c", "d", "d", "d", "d"];
        Table Of(Func<int, bool> right, params string[] clusters) => new([
            new TextColumn("id", [.. Enumerable.Range(0, 10).Select(i => (string?)$"{i}")]),
            new TextColumn("person", clusters),
            new TextColumn("y", [.. differences.Select(d => right(d) ? "yes" : "no")]),
            new TextColumn("y_true", [.. differences.Select(_ => "yes")])]);
        var options = Quick with { Groups = [], Targets = ["y"], Cluster = "person" };
        var result = ModelComparison.Of(Of(d => d < 0, persons), Of(d => d > 0, persons), options).Single();
        // D = 4 / 10; variance = 4 / 3 Σ (d - D n)² / 10² = 4 / 3 (0.04 + 1.44 + 0.36 + 0.16) / 100; t = √6 with 3
        // degrees of freedom.
        Assert.Equal(0.4, result.Difference!.Value, 12);
        Assert.Equal(0.09172111331157187, result.P!.Value, 9);
        Assert.True(result.Low < 0 && result.High > 0.4);
        // A cluster of its own for every row is no cluster: the t test of the rows.
        string[] own = [.. Enumerable.Range(0, 10).Select(i => $"{i}")];
        var alone = ModelComparison.Of(Of(d => d < 0, own), Of(d => d > 0, own), options).Single();
        Assert.True(alone.P > PairedTest.McNemar(2, 6) / 2 && alone.P < result.P * 2);
        var agreeing = ModelComparison.Of(Of(d => d < 0, persons), Of(d => d < 0, persons), options).Single();
        Assert.Equal((1, 0), (agreeing.P, agreeing.Difference));
        Assert.Equal(3.841459 / 7.841459, agreeing.High!.Value, 6); // Wilson's bound for four persons
        var one = ModelComparison.Of(Of(d => d < 0, [.. persons.Select(_ => "a")]), Of(d => d > 0, persons), options)
            .Single();
        Assert.Contains("one cluster", one.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_that_do_not_match_are_named()
    {
        var table = PredictionFixture.Faces(50);
        string Message(Table other) =>
            Assert.Throws<FaceBiasException>(() => ModelComparison.Of(table, other, Quick)).Message;
        Assert.Contains("no id in common",
            Message(PredictionFixture.Rows(table, [.. Enumerable.Range(0, 50)], freshIds: true)),
            StringComparison.Ordinal);
        Assert.Contains("no column 'id'", Message(PredictionFixture.Without(table, "id")), StringComparison.Ordinal);
        Assert.Contains("different true values of 'age'", Message(PredictionFixture.With(table,
            new NumberColumn("age_true", [.. table.Number("age_true").Values.Select(v => v + 1)]))),
            StringComparison.Ordinal);
    }
}
