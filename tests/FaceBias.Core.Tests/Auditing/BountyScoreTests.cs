using FaceBias.Auditing;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows.Bounty;

namespace FaceBias.Core.Tests.Auditing;

public class BountyScoreTests
{
    [Fact]
    public void The_organisers_baseline_gives_their_score() => Assert.Equal(4.705572543130653, BountyScore.Combine(
        new("skin_tone", 0.25766666666666665, 0.5514223194748359, 3000),
        new("gender", 0.7966666666666666, 0.1493182689960596, 3000),
        new("age", 0.5783333333333334, 0.7802908824936, 3000)), 12);

    private static Table Labels() => new([
        new TextColumn("name", ["a", "b", "c", "d", "e"]),
        new TextColumn("skin_tone", ["monk_1", "monk_1", "monk_2", "monk_2", null]),
        new TextColumn("gender", ["male", "female", "male", "female", null]),
        new TextColumn("age", ["0_17", "0_17", "18_30", "18_30", null]),
        new NumberColumn("real_face", [1, 1, 1, 0, 1])]);

    private static Table Predictions(params string[] names) => new([
        new TextColumn("name", names), new TextColumn("skin_tone", ["monk_2", "monk_1", "monk_1", "monk_2"]),
        new TextColumn("gender", ["female", "female", "female", "male"]),
        new TextColumn("age", ["18_30", "18_30", "0_17", "18_30"])]);

    [Fact]
    public void A_hand_made_pair_gives_the_hand_computed_score()
    {
        var score = BountyScore.Of(Labels(), Predictions("d", "c", "b", "a"));
        // a: skin monk_2 wrong, gender male right, age 18_30 wrong; b: monk_1 right, female right, 0_17 right;
        // c: monk_1 wrong, female wrong, 18_30 right; d: monk_2 right, female right, 18_30 right.
        Assert.Equal((0.5, 0.0), (score.Tasks[0].Accuracy, score.Tasks[0].Disparity));
        Assert.Equal((0.75, 0.5), (score.Tasks[1].Accuracy, score.Tasks[1].Disparity));
        Assert.Equal((0.75, 0.5), (score.Tasks[2].Accuracy, score.Tasks[2].Disparity));
        Assert.Equal((2 * 0.75 * 0.5) + (4 * 0.75 * 0.75) + (10 * 0.5), score.Score, 12);
        // Without d: skin 1/3 with recalls 1/2 and 0, gender 2/3 with 1/2 and 1, age 2/3 with 1/2 and 1.
        Assert.Equal((2 * (2 / 3.0) * 0.5) + (4 * (2 / 3.0) * 0.75) + (10 / 3.0 * (1 - Math.Pow(0.5, 5))),
            score.RealFaces!.Value, 12);
    }

    [Fact]
    public void Perfect_predictions_score_16_and_name_the_worst_groups()
    {
        var n = 400;
        string?[] Column(string[] values, int step) =>
            [.. Enumerable.Range(0, n).Select(i => values[i / step % values.Length])];
        TextColumn name = new("name", [.. Enumerable.Range(0, n).Select(i => (string?)$"{i}.png")]),
            skin = new("skin_tone", Column(["monk_1", "monk_5", "monk_10"], 1)),
            gender = new("gender", Column(["female", "male"], 3)),
            age = new("age", Column(["0_17", "18_30"], 6));
        var table = new Table([name, skin, gender, age]);
        var score = BountyScore.Of(table, table);
        Assert.Equal(16, score.Score, 12);
        Assert.Null(score.RealFaces);
        Assert.Equal(21, score.WorstGroups.Count); // three tasks, seven combinations of three attributes
        Assert.All(score.WorstGroups, g => Assert.Equal(1, g.Accuracy.Value));
    }

    [Fact]
    public void Answers_that_are_spelled_otherwise_are_not_wrong_and_others_words_are_refused()
    {
        Table Spelled(Func<string, string> skin) => PredictionFixture.With(Predictions("d", "c", "b", "a"),
            new TextColumn("skin_tone", [.. new[] { "monk_2", "monk_1", "monk_1", "monk_2" }.Select(skin)]));
        var score = BountyScore.Of(Labels(), Spelled(s => s.ToUpperInvariant() + " "));
        Assert.Equal(BountyScore.Of(Labels(), Spelled(s => s)).Score, score.Score, 12);
        Assert.Contains("skin_tone: 'MONK_1 ', 'MONK_2 '", Assert.Single(score.Notices), StringComparison.Ordinal);
        Assert.Contains("none is shared", Assert.Throws<FaceBiasException>(
            () => BountyScore.Of(Labels(), Spelled(s => s[5..]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_that_do_not_match_are_named()
    {
        string Message(Table labels, Table predictions) =>
            Assert.Throws<FaceBiasException>(() => BountyScore.Of(labels, predictions)).Message;
        Assert.Contains("1 labelled images have no prediction, 'd'", Message(Labels(), Predictions("x", "c", "b", "a")),
            StringComparison.Ordinal);
        Assert.Contains("Two rows of the predictions are named 'a'", Message(Labels(), Predictions("a", "c", "b", "a")),
            StringComparison.Ordinal);
        Assert.Contains("no column 'age'",
            Message(Labels(), PredictionFixture.Without(Predictions("d", "c", "b", "a"), "age")),
            StringComparison.Ordinal);
        Assert.Contains("neither a column 'name' nor 'id'",
            Message(Labels(), PredictionFixture.Without(Predictions("d", "c", "b", "a"), "name")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_long_form_has_every_figure()
    {
        var result = Auditor.Run(PredictionFixture.Faces(200), new() { BootstrapReplicates = 100, Permutations = 100 });
        var table = AuditTable.Of(result);
        var groups = result.Targets.SelectMany(t => t.Groupings).SelectMany(g => g.Groups)
            .Concat(result.Targets.Select(t => t.Overall));
        var kind = table.Text("kind");
        Assert.Equal(groups.Sum(g => g.Estimates.Count),
            Enumerable.Range(0, table.RowCount).Count(r => kind[r] == "estimate"));
        Assert.Equal(result.Targets.SelectMany(t => t.Groupings).Sum(g => g.Gaps.Count),
            Enumerable.Range(0, table.RowCount).Count(r => kind[r] == "gap"));
        for (var r = 0; r < table.RowCount; r++)
            Assert.True(!table.Number("value").IsMissing(r) || !table.Text("reason").IsMissing(r));
    }
}
