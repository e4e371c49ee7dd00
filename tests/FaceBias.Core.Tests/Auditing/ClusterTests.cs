using FaceBias.Auditing;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>Rows that belong together.</summary>
public class ClusterTests
{
    private static readonly AuditOptions Quick =
        new() { BootstrapReplicates = 300, Permutations = 200, IntersectionDepth = 1 };

    /// <summary>Every face five times, as frames of a film would be.</summary>
    private static Table Films(int faces)
    {
        var table = PredictionFixture.Faces(faces);
        var films = PredictionFixture.Rows(table, [.. Enumerable.Range(0, 5 * faces).Select(i => i / 5)],
            freshIds: true);
        return PredictionFixture.With(films,
            new TextColumn("film", [.. Enumerable.Range(0, 5 * faces).Select(i => (string?)$"film {i / 5}")]));
    }

    private static IEnumerable<Estimate> Estimates(AuditResult result) => result.Targets.SelectMany(t => t.Groupings)
        .SelectMany(g => g.Groups).SelectMany(g => g.Estimates);

    [Fact]
    public void Five_copies_of_a_table_are_worth_one_and_no_more()
    {
        var once = Estimates(Auditor.Run(PredictionFixture.Faces(400), Quick with { Groups = ["race", "gender"] }))
            .ToArray();
        var five = Estimates(Auditor.Run(Films(400), Quick with { Groups = ["race", "gender"], Cluster = "film" }))
            .ToArray();
        foreach (var (a, b) in once.Zip(five))
        {
            if (a.Value is null || a.Denominator < 50 || b.Low is null
                || b.Metric.StartsWith("auc_", StringComparison.Ordinal))
                continue;
            Assert.Equal(a.Denominator * 5, b.Denominator);
            Assert.Equal(a.Value.Value, b.Value!.Value, 7);
            var width = (b.High - b.Low) / (a.High - a.Low);
            Assert.True(a.High == a.Low || width is > 0.75 and < 1.35, $"{a} {b}");
        }
    }

    [Fact]
    public void A_gap_that_clusters_pretend_is_not_shown()
    {
        // Two of eight people are always wrong, both in one group: 100 rows each, but two against none of four.
        var table = new Table([
            new TextColumn("y", [.. Enumerable.Range(0, 800).Select(i => i < 200 ? "no" : "yes")]),
            new TextColumn("y_true", [.. Enumerable.Repeat("yes", 799), "no"]),
            new TextColumn("g", [.. Enumerable.Range(0, 800).Select(i => i < 400 ? "a" : "b")]),
            new TextColumn("person", [.. Enumerable.Range(0, 800).Select(i => (string?)$"p{i / 100}")])]);
        Gap GapOf(string? cluster) =>
            Auditor.Run(table, Quick with { Groups = ["g"], Cluster = cluster }).Targets[0].Groupings[0].Gaps[0];
        Assert.Equal(Verdict.GapShown, GapOf(null).Verdict);
        Assert.Equal(Verdict.NotEnoughData, GapOf("person").Verdict);
        Assert.Equal(GapOf(null).Value, GapOf("person").Value);
    }

    [Fact]
    public void Rows_without_a_cluster_stand_for_themselves_and_order_does_not_matter()
    {
        var table = PredictionFixture.Faces(300);
        var none = PredictionFixture.With(table, new TextColumn("who", new string?[300]));
        var alone = PredictionFixture.With(table,
            new TextColumn("who", [.. Enumerable.Range(0, 300).Select(i => (string?)$"{i}")]));
        var options = Quick with { Cluster = "who", Groups = ["race"] };
        var a = Estimates(Auditor.Run(none, options)).ToArray();
        Assert.Equal(a.Select(e => (e.Metric, e.Value)),
            Estimates(Auditor.Run(alone, options)).Select(e => (e.Metric, e.Value)));
        int[] shuffled = [.. Enumerable.Range(0, 300)];
        new Random(4).Shuffle(shuffled);
        Assert.Equal(Estimates(Auditor.Run(alone, options)),
            Estimates(Auditor.Run(PredictionFixture.Rows(alone, shuffled), options)));
        Assert.Contains("no column 'whom'", Assert.Throws<FaceBiasException>(
            () => Auditor.Run(table, Quick with { Cluster = "whom" })).Message, StringComparison.Ordinal);
    }
}
