using FaceBias.Core.Heads.Fit;

namespace FaceBias.Workflows.Quickstart;

/// <summary>What a user asks of <see cref="QuickstartRun"/>.</summary>
public sealed record QuickstartOptions
{
    /// <summary>Number of drawn images.</summary>
    [Option("Number of drawn images.")]
    public int Count { get; init; } = 1500;

    /// <summary>Seed of drawings, splits and weights.</summary>
    [Option("Seed of drawings, splits and weights.", Group = OptionGroup.Resources)]
    public ulong Seed { get; init; } = new TrainOptions().Seed;

    /// <summary>Folder for the drawn faces, the run and its repair.</summary>
    [Option("Folder for the drawn faces, the run and its repair.", ValueName = "DIR", Group = OptionGroup.Output)]
    public string Out { get; init; } = "quickstart";
}
