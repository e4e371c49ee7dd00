using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Core.Search.Samplers;

/// <summary>
/// Tree-structured Parzen estimators (Bergstra et al. 2011): trials are parted into the best and the rest, each part
/// gets a density, and of some draws from the density of the best the one is tried where the best are densest relative
/// to the rest. The part, the weights and the number of draws are those that Optuna has as defaults (Akiba et al.
/// 2019).
/// </summary>
/// <param name="startup">Random trials before the densities say anything.</param>
internal sealed class TpeSampler(int startup = 10, int candidates = 24) : ISampler
{
    private const int LargestBest = 25;
    private const int FullWeights = 25;
    private readonly RandomSampler _random = new();

    public Configuration? Next(SamplerContext context)
    {
        var seen = context.Seen.Where(t => t.State != TrialState.Failed).ToList();
        if (context.Number < startup || seen.Count < 2)
            return _random.Next(context);
        var sorted = TrialOrder.Sort(seen);
        var best = Math.Min((int)Math.Ceiling(0.1 * sorted.Count), LargestBest);
        var good = Estimate(context, sorted.Take(best).OrderBy(t => t.Number).Select(t => t.Configuration));
        // What is being tried counts as bad, so that parallel trials spread out.
        var bad = Estimate(context,
            sorted.Skip(best).OrderBy(t => t.Number).Select(t => t.Configuration).Concat(context.Pending));
        var random = context.Random("tpe");
        Configuration? chosen = null;
        var highest = double.NegativeInfinity;
        for (var i = 0; i < candidates; i++)
        {
            var candidate = good.Sample(ref random);
            var score = good.LogDensity(candidate) - bad.LogDensity(candidate);
            if (score > highest)
                (chosen, highest) = (candidate, score);
        }
        return chosen;
    }

    private static ParzenEstimator Estimate(SamplerContext context, IEnumerable<Configuration> configurations)
    {
        var positions = configurations.Select(c => c.Positions()).ToList();
        return new(context.Space, positions, Weights(positions.Count));
    }

    /// <summary>The newest count fully, older ones less and less.</summary>
    internal static double[] Weights(int count)
    {
        var ramp = Math.Max(0, count - FullWeights);
        return [.. Enumerable.Range(0, count).Select(i =>
            i >= ramp || ramp == 1 ? 1 : (1.0 / count) + (1 - 1.0 / count) * i / (ramp - 1))];
    }
}
