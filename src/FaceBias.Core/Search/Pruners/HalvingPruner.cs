using FaceBias.Core.Search.Trials;

namespace FaceBias.Core.Search.Pruners;

/// <summary>
/// Asynchronous successive halving (Li et al. 2020): at steps <c>minimum · factor^k</c> a trial continues only if its
/// best value so far is among the best 1/factor of all that came so far.
/// </summary>
/// <param name="minimum">The first step at which a trial can end.</param>
/// <param name="factor">One in so many continues; the next look is after so many times the steps.</param>
internal sealed class HalvingPruner(int minimum = 1, int factor = 3) : IPruner
{
    public bool ShouldPrune(IReadOnlyList<StepReport> reports, IReadOnlyList<Trial> seen)
    {
        var step = reports[^1].Step;
        var rung = minimum;
        while (rung < step)
            rung *= factor;
        if (rung != step)
            return false;
        var own = Best(reports, step);
        var others = seen.Where(t => t.Reports.Count > 0 && t.Reports[^1].Step >= step)
            .Select(t => Best(t.Reports, step)).ToList();
        // The first few have nobody to lose against but the best of them.
        var places = Math.Max(1, (others.Count + 1) / factor);
        return others.Count(o => o < own) >= places;
    }

    internal static double Best(IReadOnlyList<StepReport> reports, int step) =>
        reports.Where(r => r.Step <= step).Select(r => r.Loss).DefaultIfEmpty(double.PositiveInfinity).Min();
}
