using FaceBias.Core.Heads.Data;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Mitigate;

/// <summary>How to draw a training set in which a shortcut works, and balanced sets in which it does not.</summary>
public sealed record BiasedSplitOptions
{
    /// <summary>Images, labels, backbone and curation.</summary>
    public required TrainRunOptions Source { get; init; }

    /// <summary>What is predicted.</summary>
    public required LevelSpec Target { get; init; }

    /// <summary>The attribute that becomes the shortcut.</summary>
    public required LevelSpec Bias { get; init; }

    /// <summary>Keeps only rows in one of the levels; null keeps all.</summary>
    public LevelSpec? Where { get; init; }

    /// <summary>Which level goes with each class: female:young, male:old.</summary>
    public required IReadOnlyList<(string Class, string Level)> Aligned { get; init; }

    /// <summary>Training rows.</summary>
    public int Train { get; init; } = 6000;

    /// <summary>Share of training rows that are aligned; 0 draws every group equally often (the oracle).</summary>
    public double Share { get; init; } = 0.95;

    /// <summary>Validation rows per group.</summary>
    public int Validation { get; init; } = 400;

    /// <summary>Test rows per group.</summary>
    public int Test { get; init; } = 607;

    /// <summary>Decides who goes where.</summary>
    public int Seed { get; init; } = 7;
}
