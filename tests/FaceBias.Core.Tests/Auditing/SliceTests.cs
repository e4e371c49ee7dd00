using FaceBias.Auditing;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Auditing;

public class SliceTests
{
    private static readonly AuditOptions Quick =
        new() { BootstrapReplicates = 100, Permutations = 100, IntersectionDepth = 1 };

    /// <summary>Labels that are right for 95 of 100, but for half of the rows with a hat at night.</summary>
    private static Table Hats(int rows, double nightHats, int seed = 1)
    {
        var random = new Random(seed);
        string[] hat = new string[rows], light = new string[rows], answer = new string[rows], id = new string[rows];
        var noise = new double[rows];
        for (var i = 0; i < rows; i++)
        {
            id[i] = $"picture {i}";
            hat[i] = random.NextDouble() < 0.3 ? "hat" : "bare";
            light[i] = random.Next(2) == 0 ? "night" : "day";
            noise[i] = random.NextDouble();
            answer[i] = random.NextDouble() < (hat[i] == "hat" && light[i] == "night" ? nightHats : 0.95) ? "yes"
                : "no";
        }
        return new([new TextColumn("id", id), new TextColumn("y", answer),
            new TextColumn("y_true", [.. Enumerable.Repeat("yes", rows - 1), "no"]),
            new TextColumn("wear", hat), new TextColumn("light", light), new NumberColumn("noise", noise)]);
    }

    [Fact]
    public void A_planted_crossed_slice_is_found_and_confirmed_by_its_own_name()
    {
        var slices = Auditor.Run(Hats(3000, 0.5), Quick).Slices;
        var worst = slices[0];
        Assert.True(worst.Confirmed);
        Assert.Equal("wear hat, light night", worst.Description);
        Assert.InRange(worst.Difference, worst.Low, worst.High);
        // Planted: 95 against 50 of 100. The confirming half gives it without the luck of the search, up to chance.
        Assert.InRange(Enumerable.Range(1, 5).Average(
            seed => Auditor.Run(Hats(3000, 0.5, seed), Quick).Slices[0].Difference), 0.41, 0.49);
        // Hats and nights, which overlap with it, are not told again, and noise is not told at all.
        Assert.DoesNotContain(slices, s => s.Confirmed && s.Description != worst.Description);
    }

    [Fact]
    public void Where_nothing_is_planted_slices_are_confirmed_no_more_often_than_alpha()
    {
        var audits = Enumerable.Range(0, 60).Count(
            i => Auditor.Run(Hats(400, 0.95, seed: 100 + i), Quick).Slices.Any(s => s.Confirmed));
        Assert.InRange(audits, 0, 8); // 3 expected at most; more than 8 has a chance below 0.5%
    }

    [Fact]
    public void A_number_nobody_asked_for_is_searched_too()
    {
        var table = Hats(2000, 0.95);
        var noise = table.Number("noise").Values;
        var broken = PredictionFixture.With(table,
            new TextColumn("y", [.. noise.Select((v, i) => v > 0.8 && i % 2 == 0 ? "no" : table.Text("y")[i])]));
        var result = Auditor.Run(broken, Quick);
        Assert.Contains(result.Ignored, i => i.Column == "noise");
        var found = result.Slices.First();
        Assert.True(found.Confirmed);
        Assert.StartsWith("noise ", found.Description, StringComparison.Ordinal);
        Assert.EndsWith("+", found.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Look_alikes_are_found_by_their_features_and_described()
    {
        var table = Hats(2400, 0.95);
        var random = new Random(5);
        // Two hidden styles in the features; one of them, mostly seen by day, is misread.
        bool[] odd = [.. Enumerable.Range(0, 2400).Select(
            i => table.Text("light")[i] == "day" && random.NextDouble() < 0.4)];
        var broken = PredictionFixture.With(table,
            new TextColumn("y", [.. odd.Select((o, i) => o && i % 2 == 0 ? "no" : table.Text("y")[i])]));
        var values = new float[2400 * 8];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)((random.NextDouble() - 0.5) * 0.5)
                + (i % 8 == (odd[i / 8] ? 0 : 1 + (i / 8 % 7)) ? 1.5f : 0);
        var features = new AuditFeatures("toy", 8, Enumerable.Range(0, 2400).ToDictionary(i => $"picture {i}", i => i),
            values);
        // The attribute that is known is taken away, so that the features alone can tell.
        var slice = Auditor.Run(broken, Quick with { Groups = ["wear"] }, null, default, features).Slices[0];
        Assert.True(slice.Confirmed);
        Assert.StartsWith("look-alikes ", slice.Description, StringComparison.Ordinal);
        Assert.Contains("by toy", slice.Description, StringComparison.Ordinal);
        Assert.Equal(6, slice.Examples!.Count);
        Assert.All(slice.Examples,
            e => Assert.True(odd[int.Parse(e["picture ".Length..], System.Globalization.CultureInfo.InvariantCulture)],
                e));
    }

    [Fact]
    public void Examples_of_a_slice_within_a_cluster_are_of_the_slice()
    {
        var table = Hats(2400, 0.95);
        var random = new Random(5);
        // Of the pictures of one hidden style only those of one kind of wear are misread.
        bool[] odd = [.. Enumerable.Range(0, 2400).Select(_ => random.NextDouble() < 0.4)];
        var level = table.Text("wear")[0];
        bool[] failing = [.. odd.Select((o, i) => o && table.Text("wear")[i] == level)];
        var broken = PredictionFixture.With(table,
            new TextColumn("y", [.. failing.Select((f, i) => f && i % 4 != 0 ? "no" : table.Text("y_true")[i])]));
        var values = new float[2400 * 8];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)((random.NextDouble() - 0.5) * 0.5)
                + (i % 8 == (odd[i / 8] ? 0 : 1 + (i / 8 % 7)) ? 1.5f : 0);
        var features = new AuditFeatures("toy", 8, Enumerable.Range(0, 2400).ToDictionary(i => $"picture {i}", i => i),
            values);
        var slice = Auditor.Run(broken, Quick with { Groups = ["wear"] }, null, default, features).Slices[0];
        Assert.True(slice.Confirmed);
        Assert.Contains("look-alikes ", slice.Description, StringComparison.Ordinal);
        Assert.Contains($"wear {level}", slice.Description, StringComparison.Ordinal);
        Assert.All(slice.Examples!,
            e => Assert.Equal(level,
                table.Text("wear")[int.Parse(e["picture ".Length..],
                    System.Globalization.CultureInfo.InvariantCulture)]));
    }

    [Fact]
    public void The_order_of_rows_does_not_matter_and_clusters_stay_whole()
    {
        var table = PredictionFixture.With(Hats(1200, 0.5),
            new TextColumn("who", [.. Enumerable.Range(0, 1200).Select(i => (string?)$"p{i / 3}")]));
        int[] shuffled = [.. Enumerable.Range(0, 1200)];
        new Random(4).Shuffle(shuffled);
        var options = Quick with { Cluster = "who" };
        var slices = Auditor.Run(table, options).Slices;
        Assert.Equal(slices, Auditor.Run(PredictionFixture.Rows(table, shuffled), options).Slices);
        Assert.True(slices[0].Confirmed);
    }

    [Theory]
    [InlineData(3, 4, 1, 4, 0.2428571429)] // R: fisher.test(matrix(c(3, 1, 1, 3), 2), alternative = "greater")
    [InlineData(400, 500, 100, 500, 0)]
    [InlineData(100, 500, 400, 500, 1)]
    public void One_sided_Fisher_equals_R(long hits1, long n1, long hits2, long n2, double p) =>
        Assert.Equal(p, Homogeneity.FisherAbove(hits1, n1, hits2, n2), 9);
}
