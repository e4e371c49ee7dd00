using FaceBias.Core.Search.Pruners;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Core.Tests.Sweeps;

public class TrialOrderTests
{
    private static readonly SearchSpace Space = new([new NumberParameter("x", 0, 1) { Default = 0 }]);

    [Fact]
    public void Feasible_before_broken_before_pruned_before_failed()
    {
        Trial[] trials =
        [
            Of(0, TrialState.Failed), Of(1, TrialState.Pruned, [0.1], reports: 2),
            Of(2, TrialState.Pruned, [0.9], reports: 5),
            Of(3, TrialState.Complete, [0.1], violation: 0.2), Of(4, TrialState.Complete, [0.1], violation: 0.1),
            Of(5, TrialState.Complete, [0.7]), Of(6, TrialState.Complete, [0.6], tie: 2),
            Of(7, TrialState.Complete, [0.6], tie: 1),
        ];
        Assert.Equal([7, 6, 5, 4, 3, 2, 1, 0], TrialOrder.Sort(trials).Select(t => t.Number));
        Assert.Equal(7, TrialOrder.Best(trials)!.Number);
        Assert.Null(TrialOrder.Best(trials[..5]));
    }

    [Fact]
    public void Two_losses_go_by_fronts_and_the_ends_of_a_front_first()
    {
        Trial[] trials =
        [
            Of(0, TrialState.Complete, [1, 5]), Of(1, TrialState.Complete, [2, 3]),
            Of(2, TrialState.Complete, [2.1, 2.9]),
            Of(3, TrialState.Complete, [5, 1]), Of(4, TrialState.Complete, [5, 5]),
            Of(5, TrialState.Complete, [2.1, 3]),
        ];
        Assert.Equal([0, 1, 2, 3], TrialOrder.Frontier(trials).Select(t => t.Number));
        var sorted = TrialOrder.Sort(trials).Select(t => t.Number).ToList();
        Assert.Equal([0, 3], sorted[..2].Order());
        Assert.Equal([5, 4], sorted[4..]);
    }

    [Fact]
    public void Halving_lets_one_in_three_pass_a_rung_and_looks_at_rungs_only()
    {
        var pruner = new HalvingPruner(minimum: 2, factor: 3);
        StepReport[] At(int step, double loss) => [.. Enumerable.Range(1, step).Select(s => new StepReport(s, loss))];
        Trial[] seen = [
            .. Enumerable.Range(0, 5).Select(i => Of(i, TrialState.Complete, [i], reports: 2, reported: i))];
        // Of six, two pass.
        Assert.False(pruner.ShouldPrune(At(2, 0.5), seen));
        Assert.True(pruner.ShouldPrune(At(2, 1.5), seen));
        Assert.False(pruner.ShouldPrune(At(3, 9), seen));
        Assert.False(pruner.ShouldPrune(At(6, 9), seen));
        Assert.False(pruner.ShouldPrune(At(2, 9), []));
    }

    [Fact]
    public void The_median_ends_what_is_worse_than_half_at_the_same_step()
    {
        var pruner = new MedianPruner(startup: 3, warmup: 1);
        Trial[] seen = [
            .. Enumerable.Range(0, 4).Select(i => Of(i, TrialState.Complete, [i], reports: 3, reported: i))];
        StepReport[] reports = [new(1, 9), new(2, 1.6)];
        Assert.True(pruner.ShouldPrune(reports, seen));
        Assert.False(pruner.ShouldPrune([new(1, 9), new(2, 1.5)], seen));
        Assert.False(pruner.ShouldPrune([new(1, 9)], seen));
        Assert.False(pruner.ShouldPrune(reports, seen[..2]));
    }

    internal static Trial Of(int number, TrialState state, double[]? losses = null, double violation = 0,
        double tie = 0, int reports = 0, double reported = 1) =>
        new(number, Space.FromPositions([0.5]), state,
            [.. Enumerable.Range(1, reports).Select(s => new StepReport(s, reported))],
            losses is null ? null : new TrialResult { Losses = losses, Violation = violation, TieBreak = tie }, null,
            0);
}
