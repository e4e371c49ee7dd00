using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Uncertainty.Choosing;
using FaceBias.Core.Uncertainty.Conformal;

namespace FaceBias.Workflows.Uncertainty;

/// <summary>What a user asks of <see cref="UncertaintyRun"/>.</summary>
public sealed record UncertaintyRunOptions
{
    /// <summary>The folder of a finished <c>facebias train</c>.</summary>
    [Option("Folder of a finished 'facebias train'.", ValueName = "RUN", Group = OptionGroup.Model, Common = true)]
    public required string Run { get; init; }

    /// <summary>What the model is to say about what it does not know: names of
    /// <see cref="UncertaintyWrappers"/>.</summary>
    [Option("How the model is to state its uncertainty: ensemble, laplace, mc-dropout, mve, histogram-vae, "
        + "temperature, conformal and others.", ValueName = "NAME", Group = OptionGroup.Training, Common = true)]
    public required IReadOnlyList<string> Uncertainty { get; init; }

    /// <summary>Folders of further runs of the same targets, fine-tuned ones too: the model averages them with
    /// <see cref="Run"/>, and "ensemble" says where they disagree. Empty compares the networks of the run
    /// itself.</summary>
    [Option("With ‹Uncertainty› ensemble: folders of further runs of the same targets, to average their models with "
        + "that of ‹Run› in one file.", ValueName = "RUN,RUN", Group = OptionGroup.Model, Common = true)]
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>How sets and intervals are calibrated.</summary>
    [Options(When = "With ‹Uncertainty› conformal: ")]
    public ConformalOptions Conformal { get; init; } = new();

    /// <summary>The share of the run's validation images that sets and intervals are calibrated on; the others fit what
    /// else is fitted on validation images, such as temperatures.</summary>
    [Option("Share of the run's validation images that sets and intervals are calibrated on; the others fit "
        + "temperatures.", ValueName = "SHARE", Group = OptionGroup.Training)]
    [Range(0.0, 1, MinimumIsExclusive = true)]
    public double CalibrationShare { get; init; } = 0.5;

    /// <summary>The model to write: an ONNX file.</summary>
    [Option("Model to write: .onnx. In the run's folder, 'predict' knows which images it was trained on.",
        ValueName = "FILE.onnx", Group = OptionGroup.Output, Common = true)]
    public required string Out { get; init; }

    /// <summary>Whether a file that is there may be replaced.</summary>
    [Option("Replace ‹Out› if it exists.", Group = OptionGroup.Output)]
    public bool Force { get; init; }

    /// <summary>Seed of random draws.</summary>
    [Option("Seed of random draws.", Group = OptionGroup.Resources)]
    public ulong Seed { get; init; } = 7;

    /// <summary>Threads; 0 for one per core.</summary>
    [Option(OptionLimits.ThreadsHelp, Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }
}
