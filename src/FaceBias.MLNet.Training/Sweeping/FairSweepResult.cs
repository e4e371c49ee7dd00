using System.Diagnostics;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;

namespace FaceBias.MLNet.Sweeping;

/// <summary>What a fair sweep found. The winner was chosen on validation rows; judge it on others.</summary>
/// <param name="Model">The winner, fitted on the training rows.</param>
/// <param name="Best">The winner's trial.</param>
/// <param name="Trials">All trials by number.</param>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record FairSweepResult(ITransformer Model, Trial Best, IReadOnlyList<Trial> Trials)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"best of {Trials.Count}: {Parameters}: worst group {WorstGroup:0.####}, all {Average:0.####}");

    /// <summary>The winner's values.</summary>
    public Configuration Parameters => Best.Configuration;

    /// <summary>Accuracy, or mean absolute error, of the winner's worst group on the validation rows.</summary>
    public double WorstGroup => Best.Metrics.Worst!.Value;

    /// <summary>The same over all validation rows.</summary>
    public double Average => Best.Metrics.Average!.Value;
}
