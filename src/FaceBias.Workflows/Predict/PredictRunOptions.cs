namespace FaceBias.Workflows.Predict;

/// <summary>What a user asks of PredictRun.</summary>
public sealed record PredictRunOptions
{
    /// <summary>A model file that facebias trained.</summary>
    public required string Model { get; init; }

    /// <summary>Folders of images.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary><c>utkface</c>, a table of labels, or null.</summary>
    public string? Labels { get; init; }

    /// <summary>The labels' column that names the image; found by its name if null.</summary>
    public string? ImageColumn { get; init; }

    /// <summary>The table to write, .csv or .parquet.</summary>
    public required string Out { get; init; }

    /// <summary>Threads; 0 for one per core.</summary>
    public int Threads { get; init; }
}
