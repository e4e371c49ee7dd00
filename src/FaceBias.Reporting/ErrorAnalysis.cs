using System.Text.Json.Serialization;
using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

/// <summary>Where a model fails on one target; an entry of <c>errors.json</c>.</summary>
internal sealed record ErrorAnalysis
{
    public required string Target { get; init; }

    /// <summary>Label or number.</summary>
    public required TargetKind Kind { get; init; }

    public string? Unit { get; init; }

    /// <summary>Test rows with a truth and a prediction.</summary>
    public required int Rows { get; init; }

    /// <summary>Of a number: the largest predictions above the truth. Of a label: the most confident wrong
    /// ones.</summary>
    public required IReadOnlyList<ErrorPicture> Worst { get; init; }

    /// <summary>Of a number: the largest predictions below the truth.</summary>
    public IReadOnlyList<ErrorPicture> Under { get; init; } = [];

    /// <summary>Of a number: truth, prediction and group of a sample of rows, by attribute.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<ErrorPoint>> Points
        { get; init; } = new Dictionary<string, IReadOnlyList<ErrorPoint>>();

    /// <summary>Of a number: rows by tens of the truth and tens of the prediction.</summary>
    public IReadOnlyList<DecadeCell> Decades { get; init; } = [];

    /// <summary>Errors per crossing of two attributes, the worst first.</summary>
    public required IReadOnlyList<CrossedErrors> Crossed { get; init; }

    /// <summary>Errors that look alike, and what they share.</summary>
    public required IReadOnlyList<ErrorCluster> Clusters { get; init; }

    /// <summary>Why there are no clusters; null where there are some.</summary>
    public string? NoClusters { get; init; }
}

/// <summary>A row that the model gets wrong.</summary>
/// <param name="Error">Prediction less truth of a number, or the probability of a wrong label; null where neither is
/// known.</param>
/// <param name="Groups">Its level of each attribute.</param>
/// <param name="ExplainedBy">The method of its heat map; null without one.</param>
internal sealed record ErrorPicture(string Id, string Truth, string Predicted, double? Error,
    IReadOnlyDictionary<string, string> Groups, string? ExplainedBy = null)
{
    /// <summary>A small JPEG of the picture; null where it cannot be decoded.</summary>
    [JsonIgnore]
    public byte[]? Picture { get; init; }

    /// <summary>A PNG of its heat map.</summary>
    [JsonIgnore]
    public byte[]? Map { get; init; }
}

/// <summary>A row of a scatter plot.</summary>
internal readonly record struct ErrorPoint(double Truth, double Predicted, string Group);

/// <summary>Rows whose truth is in one ten and whose prediction is in another.</summary>
internal sealed record DecadeCell(int Truth, int Predicted, int Count);

/// <summary>The error of a crossing of two attributes.</summary>
/// <param name="Metric">mae, or error_rate.</param>
/// <param name="Value">The mean absolute error, or the share that is wrong.</param>
/// <param name="Low">Lower end of its interval; null where the audit gives none.</param>
/// <param name="High">Upper end.</param>
internal sealed record CrossedErrors(string Attributes, string Group, int N, string Metric, double Value, double? Low,
    double? High);

/// <summary>Errors that look alike to the model's features.</summary>
/// <param name="Shared">What they have more of than all test rows do.</param>
/// <param name="Examples">Those nearest to its centre.</param>
/// <param name="MeanError">Mean signed error of a number; null for a label.</param>
internal sealed record ErrorCluster(int Errors, IReadOnlyList<SharedLevel> Shared, IReadOnlyList<ErrorPicture> Examples,
    double? MeanError);

/// <summary>A level of an attribute that errors have in common.</summary>
/// <param name="Share">Share among the errors.</param>
/// <param name="Overall">Share among all test rows.</param>
/// <param name="P">One-sided exact p of as many by chance, times the number of levels that were looked at.</param>
internal sealed record SharedLevel(string Attribute, string Level, double Share, double Overall, double P);
