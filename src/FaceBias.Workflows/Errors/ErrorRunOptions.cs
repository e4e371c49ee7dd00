using FaceBias.Core.Backbones;

namespace FaceBias.Workflows.Errors;

/// <summary>What a user asks of ErrorRun.</summary>
public sealed record ErrorRunOptions
{
    /// <summary>The folder of a finished training run.</summary>
    public required string Run { get; init; }

    /// <summary>The folder to write.</summary>
    public required string Out { get; init; }

    /// <summary>Pictures of each kind of error.</summary>
    public int Pictures { get; init; } = 12;

    /// <summary>Whether pictures get a heat map.</summary>
    public bool Explain { get; init; } = true;

    /// <summary>Whether labels of training and validation images are checked, for which their features are needed.</summary>
    public bool CheckLabels { get; init; } = true;

    /// <summary>Whether the model is trained again without the images whose labels are in doubt, and compared on the same test images.</summary>
    public bool Retrain { get; init; }

    /// <summary>Folder of downloaded models and cached features.</summary>
    public string Home { get; init; } = FaceBiasHome.Folder;

    /// <summary>Threads; 0 for one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Seed of the clusters and of what is drawn.</summary>
    public int Seed { get; init; }
}
