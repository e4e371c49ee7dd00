using FaceBias.Primitives.Tables;
using FaceBias.Workflows.Train;

namespace FaceBias.Core.Tests.Runs;

public class UselessModelTests
{
    private static string? Said(int rows, Func<int, string> truth, Func<int, string> predicted) =>
        UselessModel.Of(new Table([new TextColumn("t", [.. Enumerable.Range(0, rows).Select(predicted)]),
            new TextColumn("t_true", [.. Enumerable.Range(0, rows).Select(truth)])]), ["t"]).SingleOrDefault();

    [Fact]
    public void A_model_worse_than_chance_or_no_better_is_named_and_a_good_one_is_not()
    {
        Assert.Contains("worse than chance (balanced accuracy 0.20 of 100 test images, 0.50 by chance)",
            Said(100, i => i % 2 == 0 ? "a" : "b", i => (i % 2 == 0) ^ (i % 10 < 8) ? "a" : "b"), StringComparison.Ordinal);
        // Always the frequent class: 90 per cent right.
        Assert.Contains("does not predict 't' (balanced accuracy 0.50", Said(100, i => i % 10 == 0 ? "a" : "b", _ => "b"), StringComparison.Ordinal);
        Assert.Null(Said(100, i => i % 2 == 0 ? "a" : "b", i => (i % 2 == 0) ^ (i % 10 < 2) ? "a" : "b"));
        // Too few to tell.
        Assert.Null(Said(20, i => i % 2 == 0 ? "a" : "b", i => i % 2 == 0 ? "b" : "a"));
    }

    [Fact]
    public void Of_numbers_the_mean_is_what_a_model_must_beat_on_the_test_alone()
    {
        var truth = Enumerable.Range(0, 80).Select(i => (double)(i % 40)).ToArray();
        Table Of(Func<int, double> predicted) => new([new NumberColumn("t", [.. Enumerable.Range(0, 80).Select(predicted)]),
            new NumberColumn("t_true", truth), new TextColumn("split", [.. Enumerable.Range(0, 80).Select(i => i < 40 ? "train" : "test")])]);
        Assert.Contains("(R² -3.00 of 40 test images", Assert.Single(
            UselessModel.Of(Of(i => i < 40 ? truth[i] : 39 - truth[i]), ["t"])), StringComparison.Ordinal);
        Assert.Empty(UselessModel.Of(Of(i => i < 40 ? 100 : truth[i] + 3), ["t", "absent"]));
    }
}
