using FaceBias.Core.Search.Pruners;
using FaceBias.Core.Search.Samplers;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Studies;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Tests.Sweeps;

/// <summary>Trials whose curves fall by a power of the epoch towards what the configuration is worth, with a little
/// noise: the shape that trainings of heads have.</summary>
internal static class LearningCurves
{
    private const int Epochs = 27, Trials = 60;

    private static readonly SearchSpace Space = new(
    [
        new NumberParameter("rate", 1e-4, 1, Log: true) { Default = 0.01 },
        new NumberParameter("decay", 1e-5, 0.1, Log: true) { Default = 1e-3 },
        new NumberParameter("idle", 0, 1) { Default = 0.5 },
    ]);

    /// <summary>The epochs that a pruner needs to reach the best of 60 whole trials of random search, as a share of
    /// theirs; infinite if it does not get there with four times the trials.</summary>
    public static double ShareOfEpochs(IPruner pruner, int seed)
    {
        var best = Run(new NoPruner(), seed, Trials).Min(t => t.Loss);
        var epochs = 0;
        foreach (var t in Run(pruner, seed, 4 * Trials))
        {
            epochs += t.Reports.Count;
            // The same draws come first, with the same noise.
            if (t.State == TrialState.Complete && t.Loss <= best)
                return epochs / (double)(Trials * Epochs);
        }
        return double.PositiveInfinity;
    }

    /// <summary>Random search with a pruner.</summary>
    public static IReadOnlyList<Trial> Run(IPruner pruner, int seed, int count) =>
        Study.Run(new StudyOptions { Space = Space, Sampler = new RandomSampler(), Pruner = pruner, Trials = count,
            Seed = (ulong)seed }, t =>
        {
            double rate = Math.Log10(t.Configuration.Number("rate")),
                decay = Math.Log10(t.Configuration.Number("decay"));
            var final = 0.1 + 0.05 * Math.Pow(rate + 2, 2) + 0.01 * Math.Pow(decay + 3, 2);
            var random = new RandomSource(seed).Stream("curve", t.Number);
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
}
