using System.ComponentModel.DataAnnotations;
using FaceBias.Reporting;

namespace FaceBias.Workflows.Errors;

/// <summary>What a user asks of ErrorRun.</summary>
public sealed record ErrorRunOptions
{
    /// <summary>The folder of a finished training run.</summary>
    [Option("Folder of a finished facebias train.", ValueName = "DIR", Common = true)]
    public required string Run { get; init; }

    /// <summary>The folder to write.</summary>
    [Option("Folder for errors.html, errors.json and review.csv.", ValueName = "DIR", Group = OptionGroup.Output,
        Common = true)]
    public required string Out { get; init; }

    /// <summary>Pictures of each kind of error.</summary>
    [Option("Pictures of each kind of error.")]
    [Range(0, 200)]
    public int Pictures { get; init; } = 12;

    /// <summary>Whether pictures get a heat map.</summary>
    [Option("Show pictures without heat maps.", Name = "no-maps")]
    public bool Explain { get; init; } = true;

    /// <summary>Whether labels of training and validation images are checked, for which their features are
    /// needed.</summary>
    [Option("Do not search for doubtful labels.", Name = "no-labels-check")]
    public bool CheckLabels { get; init; } = true;

    /// <summary>Whether the model is trained again without the images whose labels are in doubt, and compared on the
    /// same test images.</summary>
    [Option("Retrain without the images whose labels are doubtful, and compare on the same test images.")]
    public bool Retrain { get; init; }

    /// <summary>How the page is written.</summary>
    [Options]
    public PageOptions Pages { get; init; } = new();

    /// <summary>Folder of downloaded models and cached features.</summary>
    public string Home { get; init; } = FaceBiasHome.Folder;

    /// <summary>Threads; 0 for one per core.</summary>
    [Option(OptionLimits.ThreadsHelp, Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }

    /// <summary>Seed of the clusters and of what is drawn.</summary>
    [Option("Seed of the clustering of errors.", Group = OptionGroup.Resources)]
    public int Seed { get; init; }
}
