using FaceBias.Core.Search.Pruners;
using FaceBias.Core.Search.Results;

namespace FaceBias.Core.Tests.Sweeps;

public class PruningTests
{
    [Fact]
    public void Halving_reaches_the_best_of_random_search_with_a_third_of_the_epochs_in_the_median_of_30_seeds()
    {
        var shares = Enumerable.Range(0, 30).Select(
            seed => LearningCurves.ShareOfEpochs(new HalvingPruner(minimum: 1, factor: 3), seed)).Order().ToList();
        Assert.InRange(shares[15], 0, 1.0 / 3);
    }

    [Fact]
    public void Importance_finds_what_matters_and_what_does_not()
    {
        var trials = LearningCurves.Run(new NoPruner(), 1, 60);
        var shares = ParameterImportance.Of(trials, 1);
        Assert.Equal(1, shares.Sum(s => s.Share), 1e-9);
        Assert.Equal("rate", shares[0].Name);
        Assert.InRange(shares.Where(s => s.Name == "idle").Select(s => s.Share).SingleOrDefault(), 0, 0.1);
        Assert.Empty(ParameterImportance.Of(trials.Take(5).ToList(), 1));
    }
}
