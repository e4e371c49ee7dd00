using FaceBias.Core.Data.Labels;

namespace FaceBias.Workflows.Predict;

/// <summary>What a user asks of PredictRun.</summary>
public sealed record PredictRunOptions
{
    /// <summary>A model file that facebias trained.</summary>
    public required string Model { get; init; }

    /// <summary>Folders of images.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Where labels come from, or null.</summary>
    public LabelOptions? Labels { get; init; }

    /// <summary>The table to write, .csv or .parquet.</summary>
    public required string Out { get; init; }

    /// <summary>Threads; 0 for one per core.</summary>
    public int Threads { get; init; }
}
