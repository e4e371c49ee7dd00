using System.Text.Json.Serialization;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Core.Search.Results;

/// <summary>A metric with its interval.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
internal sealed record SweepEstimate(double Value, double Low, double High);

/// <summary>One group on the test split.</summary>
/// <param name="Group">Its name.</param>
/// <param name="N">Its rows.</param>
/// <param name="Winner">The winner's metric; null below the smallest number of rows.</param>
/// <param name="Baseline">The run's own.</param>
internal sealed record SweepGroup(string Group, int N, SweepEstimate? Winner, SweepEstimate? Baseline);

/// <summary>How much better the winner looks on validation than it is, as it is the best of many there.</summary>
/// <param name="Trials">Trials that could have won.</param>
/// <param name="Optimism">By how much, in the unit of the objective.</param>
/// <param name="Validation">The objective's metric on validation.</param>
/// <param name="Corrected">The same without the optimism.</param>
internal sealed record SweepOptimism(int Trials, double Optimism, double Validation, double Corrected);

/// <summary>The winner against the default options on other splits of training and validation images.</summary>
/// <param name="Repeats">Splits, or folds.</param>
/// <param name="Worst">Mean of the winner's worst group; the interval is of the mean.</param>
/// <param name="BaselineWorst">That of the defaults.</param>
/// <param name="WorstDifference">Winner less defaults, by the corrected resampled t test (Nadeau and Bengio
/// 2003).</param>
/// <param name="Average">Mean of the winner's metric over all rows.</param>
/// <param name="BaselineAverage">That of the defaults.</param>
/// <param name="AverageDifference">Winner less defaults.</param>
internal sealed record SweepRepeats(
    int Repeats, SweepEstimate Worst, SweepEstimate BaselineWorst, SweepEstimate WorstDifference,
    SweepEstimate Average, SweepEstimate BaselineAverage, SweepEstimate AverageDifference);

/// <summary>The search itself, done again without each fold and measured on it, against the default options.</summary>
/// <param name="Folds">Metrics over the folds; each has a winner of its own.</param>
/// <param name="Optimism">By how much the winners' worst groups look better on the images that chose them than on the
/// fold.</param>
internal sealed record SweepNested(SweepRepeats Folds, double Optimism);

/// <summary>The winner against what has to be beaten, on images that neither chose nor was chosen by.</summary>
/// <param name="Against">What has to be beaten: the run that the sweep began with, or the default options.</param>
/// <param name="Worst">Worst group of the winner.</param>
/// <param name="BaselineWorst">Worst group of the run.</param>
/// <param name="WorstDifference">Winner less run, by a paired bootstrap within groups.</param>
/// <param name="Average">Over all test rows.</param>
/// <param name="BaselineAverage">The run's.</param>
/// <param name="AverageDifference">Winner less run.</param>
/// <param name="Gap">Best less worst group.</param>
/// <param name="BaselineGap">The run's.</param>
/// <param name="GapDifference">Winner less run.</param>
/// <param name="Groups">Every group.</param>
/// <param name="Verdict">What may be said of the objective, in a sentence.</param>
internal sealed record SweepTest(
    string Against, SweepEstimate Worst, SweepEstimate BaselineWorst, SweepEstimate WorstDifference,
    SweepEstimate Average, SweepEstimate BaselineAverage, SweepEstimate AverageDifference,
    SweepEstimate Gap, SweepEstimate BaselineGap, SweepEstimate GapDifference, IReadOnlyList<SweepGroup> Groups,
    string Verdict);

/// <summary>What a sweep found; <c>sweep.json</c>.</summary>
public sealed record SweepReport
{
    /// <summary>Version of this format.</summary>
    public int Version { get; init; } = 1;

    /// <summary>What the sweep was after.</summary>
    public required string Objective { get; init; }

    /// <summary>The judged target.</summary>
    public required string Target { get; init; }

    /// <summary>Whether metrics are errors, which are good when small.</summary>
    public required bool IsError { get; init; }

    /// <summary>The attributes whose crossings are the groups.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>Trials that were measured to the end, ended early, failed.</summary>
    public required int Complete { get; init; }

    /// <summary>Trials that were ended early.</summary>
    public required int Pruned { get; init; }

    /// <summary>Trials that failed.</summary>
    public required int Failed { get; init; }

    /// <summary>Number of the winner.</summary>
    public required int Winner { get; init; }

    /// <summary>Its values, by name.</summary>
    public required IReadOnlyDictionary<string, string> Values { get; init; }

    /// <summary>Its metrics on validation, which chose it.</summary>
    public required TrialMetrics Validation { get; init; }

    /// <summary>How much better it looks there than it is; null where fewer than two trials could have won.</summary>
    [JsonInclude]
    internal SweepOptimism? Optimism { get; init; }

    /// <summary>Winner and defaults on other splits; null unless asked for.</summary>
    [JsonInclude]
    internal SweepRepeats? Repeats { get; init; }

    /// <summary>Nested cross-validation of the search; null unless asked for.</summary>
    [JsonInclude]
    internal SweepNested? Nested { get; init; }

    /// <summary>Its metrics on test.</summary>
    [JsonInclude]
    internal SweepTest Test { get; init; } = null!;

    /// <summary>Trials that no other betters in average and gap.</summary>
    public required IReadOnlyList<int> Frontier { get; init; }

    /// <summary>What else has to be known, one sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
