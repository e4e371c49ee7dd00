using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;
using FsCheck;
using FsCheck.Fluent;

namespace FaceBias.Core.Tests.Data;

public class SplitterTests
{
    private sealed record Case(string[] Ids, bool[] Included, int[] Clusters, Target[] Strata);

    private static Case Make(int count, int groups, int clusterChance, int seed)
    {
        var random = new Random(seed);
        var ids = Enumerable.Range(0, count).Select(i => $"{random.Next(10_000)}-{i}.jpg").ToArray();
        var clusters = Enumerable.Range(0, count).ToArray();
        for (var i = 1; i < count; i++)
        {
            if (random.Next(100) < clusterChance)
                clusters[i] = clusters[random.Next(i)];
        }
        var group = clusters.Select(c => c % groups).ToArray();
        return new(ids, [.. ids.Select(_ => random.Next(20) > 0)], clusters,
        [
            Target.From(new TextColumn("group", group, [.. Enumerable.Range(0, groups).Select(g => $"g{g}")]), null),
            Target.From(new NumberColumn("age", [.. clusters.Select(c => c % 7 == 0 ? double.NaN : c * 37 % 80)]),
                null),
        ]);
    }

    private static readonly Arbitrary<Case> Cases = (from count in Gen.Choose(0, 600)
                                                     from groups in Gen.Choose(1, 12)
                                                     from chance in Gen.Choose(0, 40)
                                                     from seed in Gen.Choose(0, int.MaxValue - 1)
                                                     select Make(count, groups, chance, seed)).ToArbitrary();

    private static Split[] Assign(Case c, int seed = 7) =>
        Splitter.Assign(c.Ids, c.Included, c.Clusters, c.Strata, new() { Seed = seed });

    [Fact]
    public void Duplicates_are_never_separated_and_only_what_is_left_out_has_no_part() => Prop.ForAll(Cases, c =>
    {
        var splits = Assign(c);
        Assert.Equal(c.Included, splits.Select(s => s != Split.None));
        Assert.All(Enumerable.Range(0, splits.Length).Where(i => c.Included[i]).GroupBy(i => c.Clusters[i]),
            g => Assert.Single(g.Select(i => splits[i]).Distinct()));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Order_of_rows_changes_nothing_and_the_seed_does() => Prop.ForAll(Cases, c =>
    {
        var order = Enumerable.Range(0, c.Ids.Length).ToArray();
        new Random(c.Ids.Length).Shuffle(order);
        var shuffled = new Case([.. order.Select(i => c.Ids[i])], [.. order.Select(i => c.Included[i])],
            [.. order.Select(i => c.Clusters[i])],
        [
            Target.From(new TextColumn("group", [.. order.Select(i => c.Strata[0].Codes[i])], [.. c.Strata[0].Classes]),
                null),
            Target.From(new NumberColumn("age", [.. order.Select(i => c.Strata[1].Values[i])]), null),
        ]);
        var splits = Assign(c);
        Assert.Equal(order.Select(i => splits[i]), Assign(shuffled));
        Assert.True(c.Clusters.Where((_, i) => c.Included[i]).Distinct().Count() < 50
            || !splits.SequenceEqual(Assign(c, seed: 8)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Without_duplicates_the_overall_shares_hold_to_the_row_and_each_stratum_nearly() =>
        Prop.ForAll(Cases, c =>
    {
        var alone = c with { Clusters = [.. Enumerable.Range(0, c.Ids.Length)] };
        var splits = Assign(alone);
        var n = alone.Included.Count(i => i);
        (Split Part, double Share)[] shares = [(Split.Train, .7), (Split.Validation, .15), (Split.Test, .15)];
        foreach (var (part, share) in shares)
            Assert.InRange(splits.Count(s => s == part), n * share - 1, n * share + 1);
        foreach (var group in Enumerable.Range(0, n == 0 ? 0 : alone.Ids.Length).Where(i => alone.Included[i])
            .GroupBy(i => alone.Strata[0].Codes[i]))
        {
            // Each of up to six joint strata of a group may round by two.
            foreach (var (part, share) in shares)
                Assert.InRange(group.Count(i => splits[i] == part) - group.Count() * share, -13, 13);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Tiny_strata_do_not_all_go_to_training()
    {
        // 100 strata of a single image: each alone would round to training.
        var quotas = Splitter.Quotas([.. Enumerable.Repeat(1, 100)], [.7, .15, .15], new ulong[100]);
        Assert.Equal([70, 15, 15], Enumerable.Range(0, 3).Select(p => quotas.Sum(q => q[p])));
        Assert.All(quotas, q => Assert.Equal(1, q.Sum()));
    }

    [Fact]
    public void Quotas_of_twenty_are_exact() =>
        Assert.Equal([[14, 3, 3], [28, 6, 6]], Splitter.Quotas([20, 40], [.7, .15, .15], [0, 0]));

    [Fact]
    public void Which_tiny_strata_are_trained_on_hangs_on_the_seed_and_not_on_their_names()
    {
        const int Count = 200;
        string[] ids = [.. Enumerable.Range(0, Count).Select(i => $"{i}")];
        var group = Target.From(new TextColumn("group", [.. Enumerable.Range(0, Count)], [.. ids.Select(i => $"g{i}")]),
            null);
        Split[] Of(int seed) =>
            Splitter.Assign(ids, [.. ids.Select(_ => true)], [.. Enumerable.Range(0, Count)], [group],
                new() { Seed = seed });
        var splits = Of(7);
        Assert.Equal((140, 30, 30),
            (splits.Count(s => s == Split.Train), splits.Count(s => s == Split.Validation),
                splits.Count(s => s == Split.Test)));
        Assert.NotEqual(splits, Of(8));
        // By chance alone the last 60 hold 42 in training, with a deviation of 3.
        Assert.InRange(splits.Skip(140).Count(s => s == Split.Train), 28, 56);
    }

    [Fact]
    public void Given_edges_make_the_bands_and_impossible_shares_are_refused()
    {
        string[] ids = [.. Enumerable.Range(0, 40).Select(i => $"{i}")];
        var age = Target.From(new NumberColumn("age", [.. ids.Select((_, i) => i < 20 ? 5.0 : 50)]), null);
        bool[] all = [.. ids.Select(_ => true)];
        int[] alone = [.. Enumerable.Range(0, 40)];
        var splits = Splitter.Assign(ids, all, alone, [age],
            new() { Edges = new Dictionary<string, double[]> { ["age"] = [18] } });
        Assert.Equal((14, 14),
            (splits.Take(20).Count(s => s == Split.Train), splits.Skip(20).Count(s => s == Split.Train)));
        Assert.Throws<FaceBiasException>(
            () => Splitter.Assign(ids, all, alone, [], new() { Train = .9, Validation = .2 }));
    }
}
