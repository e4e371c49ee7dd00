using System.Diagnostics;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;

namespace FaceBias.MLNet.Sweeping;

/// <summary>What a fair sweep found. The winner was chosen on validation rows; judge it on others.</summary>
/// <param name="Model">The winner, fitted on the training rows.</param>
/// <param name="Best">The winner's trial.</param>
/// <param name="Trials">All trials by number.</param>
[DebuggerDisplay("{Trials.Count} trials, worst group {WorstGroup}")]
public sealed record FairSweepResult(ITransformer Model, Trial Best, IReadOnlyList<Trial> Trials)
{
    /// <summary>The winner's values.</summary>
    public Configuration Parameters => Best.Configuration;

    /// <summary>Accuracy, or mean absolute error, of the winner's worst group on the validation rows.</summary>
    public double WorstGroup => Best.Metrics.Worst!.Value;

    /// <summary>The same over all validation rows.</summary>
    public double Average => Best.Metrics.Average!.Value;
}
