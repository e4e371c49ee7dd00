using FaceBias.Core.Search.Trials;

namespace FaceBias.Core.Search.Pruners;

/// <summary>Ends trials that are behind. Like a sampler it has no memory of its own.</summary>
internal interface IPruner
{
    /// <summary>Whether to end a trial after its newest report.</summary>
    /// <param name="reports">The trial's reports so far, by step; not empty.</param>
    /// <param name="seen">Trials that were finished when this one began.</param>
    bool ShouldPrune(IReadOnlyList<StepReport> reports, IReadOnlyList<Trial> seen);
}

/// <summary>Ends none.</summary>
internal sealed class NoPruner : IPruner
{
    public bool ShouldPrune(IReadOnlyList<StepReport> reports, IReadOnlyList<Trial> seen) => false;
}
