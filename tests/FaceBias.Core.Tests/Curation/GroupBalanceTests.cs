using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Curation;

public class GroupBalanceTests
{
    private static readonly int[] s_rows = [.. Enumerable.Range(0, 1200)];

    [Fact]
    public void A_value_that_stands_out_of_its_neighbours_is_named()
    {
        // 20 images of every age from 10 to 59, and 200 more of 26.
        var ages = Target.From(new NumberColumn("age", [.. s_rows.Select(i => i < 1000 ? 10 + i % 50 : 26.0)]), null);
        Assert.Equal([new ValueSpike("age", 26, 220, 20)], GroupBalance.Spikes(ages, s_rows));
        Assert.Empty(GroupBalance.Spikes(ages, s_rows[..1000]));
    }

    [Fact]
    public void A_combination_that_is_missing_is_named_with_what_would_be_expected()
    {
        // A quarter of the images is of group b, a third below 20; none of b is.
        var race = Target.From(new TextColumn("race", [.. s_rows.Select(i => i < 300 ? "b" : "a")]), null);
        var age = Target.From(new NumberColumn("age", [.. s_rows.Select(i => i >= 800 ? 10.0 : 50)]), null);
        var cell = Assert.Single(GroupBalance.Sparse([race, age], s_rows));
        Assert.Equal(("race b, age 10 to below 15", 0, 100), (cell.Cell, cell.Count, cell.Expected));
    }

    [Fact]
    public void Copies_on_two_sides_of_a_split_are_leaks_whether_kept_or_not()
    {
        var manifest = new Manifest([.. "abcde".Select(c => new ImageFile($"{c}.jpg", "")).ToArray()]);
        manifest.Cluster[2] = manifest.Cluster[1] = 0;
        manifest.Cluster[4] = 3;
        new[] { Split.Train, Split.None, Split.Test, Split.Train, Split.Train }.CopyTo(manifest.Splits, 0);
        Leakage.Flag(manifest);
        Assert.Equal([true, false, true, false, false], manifest.Flags.Select(f => f.HasFlag(ManifestFlags.Leak)));
    }
}
