using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Search.Samplers;

/// <summary>
/// NSGA-II (Deb et al. 2002) for several objectives: parents are drawn by tournament from the best so far, by
/// nondomination and crowding, feasible ones first; a child takes each parameter from one of two parents and a few are
/// changed. Selection is over all that is known instead of one generation, so that nobody waits for one to be full.
/// </summary>
/// <param name="population">Parents to choose from, and random trials before the first child.</param>
internal sealed class GeneticSampler(int population = 20) : ISampler
{
    private const double CrossoverShare = 0.9;
    private readonly RandomSampler _random = new();

    public Configuration? Next(SamplerContext context)
    {
        var parents = TrialOrder.Sort(context.Seen.Where(t => t.State != TrialState.Failed)).Take(population).ToList();
        if (context.Number < population || parents.Count < 2)
            return _random.Next(context);
        var random = context.Random("genetic");
        var mother = Tournament(parents, ref random).Positions();
        var father = Tournament(parents, ref random).Positions();
        var cross = random.NextDouble() < CrossoverShare;
        var child = new double[mother.Length];
        for (var i = 0; i < child.Length; i++)
        {
            double fresh = random.NextDouble(), normal = random.NextNormal();
            child[i] = cross && random.NextDouble() < 0.5 ? father[i] : mother[i];
            var mutate = random.NextDouble() < 1.0 / child.Length;
            if (double.IsNaN(child[i]) || (mutate && (normal > 0 || context.Space.Parameters[i] is ChoiceParameter)))
                child[i] = fresh;
            else if (mutate)
                child[i] = Math.Clamp(child[i] + 0.1 * random.NextNormal(), 0, 1);
        }
        return context.Space.FromPositions(child);
    }

    private static Configuration Tournament(List<Trial> parents, ref SeededRandom random) =>
        parents[Math.Min(random.NextInt(parents.Count), random.NextInt(parents.Count))].Configuration;
}
