using FaceBias.Core.Auditing;
using FaceBias.Core.Sweeps.Pruners;
using FaceBias.Core.Sweeps.Reporting;
using FaceBias.Core.Sweeps.Samplers;
using FaceBias.Core.Sweeps.Spaces;
using FaceBias.Core.Sweeps.Studies;

namespace FaceBias.Core.Tests.Sweeps;

public class PruningTests
{
    private const int Epochs = 27;

    private static readonly SearchSpace Space = new(
    [
        new NumberParameter("rate", 1e-4, 1, Log: true) { Default = 0.01 },
        new NumberParameter("decay", 1e-5, 0.1, Log: true) { Default = 1e-3 },
        new NumberParameter("idle", 0, 1) { Default = 0.5 },
    ]);

    [Fact]
    public void Halving_reaches_the_best_of_random_search_with_a_third_of_the_epochs_in_the_median_of_30_seeds()
    {
        var shares = Enumerable.Range(0, 30).Select(seed =>
        {
            var (all, _) = Run(new NoPruner(), seed, 60);
            var best = all.Min(t => t.Loss);
            var (trials, _) = Run(new HalvingPruner(minimum: 1, factor: 3), seed, 240);
            var epochs = 0;
            foreach (var t in trials)
            {
                epochs += t.Reports.Count;
                // The same draws come first, so what is reached is at least as good, up to the noise of an epoch.
                if (t.State == TrialState.Complete && t.Loss <= best + 0.005)
                    return epochs / (60.0 * Epochs);
            }
            return double.PositiveInfinity;
        }).Order().ToList();
        Assert.InRange(shares[15], 0, 1.0 / 3);
    }

    [Fact]
    public void Importance_finds_what_matters_and_what_does_not()
    {
        var (trials, _) = Run(new NoPruner(), 1, 60);
        var shares = ParameterImportance.Of(trials, 1);
        Assert.Equal(1, shares.Sum(s => s.Share), 1e-9);
        Assert.Equal("rate", shares[0].Name);
        Assert.InRange(shares.Where(s => s.Name == "idle").Select(s => s.Share).SingleOrDefault(), 0, 0.1);
        Assert.Empty(ParameterImportance.Of(trials.Take(5).ToList(), 1));
    }

    /// <summary>Learning curves that fall by a power of the epoch towards what the configuration is worth, with a little noise: the
    /// shape that trainings of heads have.</summary>
    private static (IReadOnlyList<Trial> Trials, int Epochs) Run(IPruner pruner, int seed, int count)
    {
        var trials = Study.Run(new StudyOptions { Space = Space, Sampler = new RandomSampler(), Pruner = pruner, Trials = count, Seed = (ulong)seed }, t =>
        {
            double rate = Math.Log10(t.Configuration.Number("rate")), decay = Math.Log10(t.Configuration.Number("decay"));
            var final = 0.1 + 0.05 * Math.Pow(rate + 2, 2) + 0.01 * Math.Pow(decay + 3, 2);
            var random = new SeededRandom(seed, SeededRandom.Stream("curve", t.Number));
            var loss = double.PositiveInfinity;
            for (var epoch = 1; epoch <= Epochs; epoch++)
            {
                var now = final + 0.4 * Math.Pow(epoch, -0.7) + 0.003 * random.NextNormal();
                loss = Math.Min(loss, now);
                if (t.Report(epoch, now, epoch == Epochs))
                    break;
            }
            return new TrialResult { Losses = [loss] };
        });
        return (trials, trials.Sum(t => t.Reports.Count));
    }
}
