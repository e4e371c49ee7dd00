using FaceBias.Core.Search.Trials;

namespace FaceBias.Core.Search.Pruners;

/// <summary>Ends a trial whose best metric so far is worse than the median of what the others had at the same step
/// (Golovin et al. 2017).</summary>
/// <param name="startup">Trials that must be finished first.</param>
/// <param name="warmup">Steps that every trial gets.</param>
internal sealed class MedianPruner(int startup = 5, int warmup = 2) : IPruner
{
    public bool ShouldPrune(IReadOnlyList<StepReport> reports, IReadOnlyList<Trial> seen)
    {
        var step = reports[^1].Step;
        if (step <= warmup)
            return false;
        var others = seen.SelectMany(t => t.Reports.Where(r => r.Step == step).Select(r => r.Loss)).Order().ToList();
        if (others.Count < startup)
            return false;
        var median = (others[(others.Count - 1) / 2] + others[others.Count / 2]) / 2;
        return HalvingPruner.Best(reports, step) > median;
    }
}
