using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Uncertainty.Representation;

namespace FaceBias.Core.Uncertainty.Resampling;

/// <summary>By what training rows are drawn.</summary>
public enum ResampleRule
{
    /// <summary>exp(-t Σ ln(Q_i + α)), t found so that enough rows remain in use.</summary>
    Vae,

    /// <summary>1 / (Π p_i + 1e-7) in single precision, as the MIT lab of 2023.</summary>
    LabProduct,

    /// <summary>The largest 1 / density over latents, as the MIT lab's DB-VAE.</summary>
    LabMax,

    /// <summary>Π 1 / (Q_i + α), as Amini et al. 2019 write it: t = 1.</summary>
    PaperProduct,

    /// <summary>All rows alike, drawn with replacement: a control.</summary>
    Uniform,

    /// <summary>The weights of <see cref="Vae"/>, dealt out to other rows at random: a control.</summary>
    Shuffled,

    /// <summary>The inverse frequency of the row's group: an oracle, which knows the groups.</summary>
    InverseFrequency,
}

/// <summary>Adaptive resampling: training rows that are rare are drawn more often, by weights that are computed anew
/// before every epoch.</summary>
public sealed record ResampleOptions
{
    /// <summary>By what rows are drawn.</summary>
    [Option("Resample the training images before every epoch, rare ones more often; the rules other than vae are "
        + "published ones and controls.", Name = "resample", Key = true, Group = OptionGroup.Training)]
    public ResampleRule Rule { get; init; }

    /// <summary>The share of the rows that the effective sample size must reach: (Σw)² / Σw² over their
    /// number.</summary>
    [Option("Share of the images that the effective sample size of ‹Rule› must reach.", ValueName = "SHARE",
        Group = OptionGroup.Training)]
    [Range(0.0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double EffectiveShare { get; init; } = 0.3;

    /// <summary>Whether the probability is the mean of that of rarity and that of the reconstruction's error, as in the
    /// lab.</summary>
    [Option("Draw by the mean of the probability by rarity and that by reconstruction error.",
        Name = "resample-reconstruction", Group = OptionGroup.Training)]
    public bool Reconstruction { get; init; }

    /// <summary>Added to every row's error before it becomes a probability.</summary>
    public double ReconstructionBeta { get; init; } = 1e-7;

    /// <summary>Only rows of this class are resampled, those of others drawn evenly, as often as before:
    /// <c>TARGET=CLASS</c>; null for all rows.</summary>
    [Option("Resample the images of one class only.", Name = "resample-class", ValueName = "TARGET=CLASS",
        Group = OptionGroup.Training)]
    public string? Class { get; init; }

    /// <summary>The column of groups of <see cref="ResampleRule.InverseFrequency"/>.</summary>
    [Option("Column of groups for ‹Rule› inverse-frequency.", Name = "resample-group", ValueName = "COLUMN",
        Group = OptionGroup.Training)]
    public string? Group { get; init; }

    /// <summary>Epochs of the autoencoder before the first epoch of the heads; it trains one more before each of the
    /// others.</summary>
    public int WarmUp { get; init; } = 10;

    /// <summary>The autoencoder.</summary>
    public VaeOptions Vae { get; init; } = new();

    /// <summary>Refuses what cannot be done.</summary>
    /// <exception cref="FaceBiasException">A value is out of its range.</exception>
    internal void Check()
    {
        OptionRule.Require(EffectiveShare is > 0 and < 1, "the effective share must be above 0 and below 1",
            EffectiveShare);
        OptionRule.Require(ReconstructionBeta >= 0, "beta of the reconstruction must be at least 0",
            ReconstructionBeta);
        OptionRule.Require(WarmUp is >= 1 and <= 10_000, "the epochs of warm-up must be from 1 to 10000", WarmUp);
        if (Rule == ResampleRule.InverseFrequency && Group is null)
            throw new FaceBiasException(
                "‹Rule› inverse-frequency needs ‹Group›: a column of groups, or a target with classes.");
        if (Class is not null && !Class.Contains('=', StringComparison.Ordinal))
            throw new FaceBiasException($"‹Class› is '{Class}', which names no class; write TARGET=CLASS.");
        Vae.Check();
    }
}
