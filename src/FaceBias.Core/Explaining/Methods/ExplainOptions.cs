using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Explaining.Superpixels;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>How a picture is explained.</summary>
public sealed record ExplainOptions
{
    /// <summary>The method.</summary>
    public ExplanationMethod Method { get; init; } = ExplanationMethod.Lime;

    /// <summary>Changed pictures that LIME and Kernel SHAP ask for (default 1,000), or masks of RISE (default 2,000).</summary>
    public int? Samples { get; init; }

    /// <summary>How the picture is cut into superpixels.</summary>
    public SuperpixelMethod Superpixels { get; init; } = SuperpixelMethod.Quickshift;

    /// <summary>About how many superpixels SLIC or the grid cuts.</summary>
    public int Segments { get; init; } = 100;

    /// <summary>What takes the place of what is hidden; null for the method's own: the superpixel's mean for LIME, the picture's mean for
    /// the others.</summary>
    public HiddenFill? Fill { get; init; }

    /// <summary>LIME: the largest share of superpixels that a sample hides, 0.5 as published. Less stays nearer to the picture.</summary>
    public double OffShare { get; init; } = 0.5;

    /// <summary>LIME: width of its kernel on the cosine distance.</summary>
    public double KernelWidth { get; init; } = 0.25;

    /// <summary>RISE: cells along a side of its masks.</summary>
    public int Cells { get; init; } = 8;

    /// <summary>RISE: probability of a cell to be shown.</summary>
    public double Shown { get; init; } = 0.5;

    /// <summary>Occlusion: side of the window as a share of the picture's.</summary>
    public double Window { get; init; } = 0.125;

    /// <summary>Integrated gradients: steps of the way; up to 16 times as many are taken where the map does not add up to 1%.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Grad-CAM: the layer's value in the graph; null for the last with places.</summary>
    public string? Layer { get; init; }

    /// <summary>Seed of everything that is drawn.</summary>
    public int Seed { get; init; }

    internal void Check()
    {
        OptionRule.Require(Samples is null or >= 10, "--samples must be at least 10", Samples ?? 0);
        OptionRule.Require(Segments is >= 2 and <= 2000, "--segments must be from 2 to 2000", Segments);
        OptionRule.Require(OffShare is > 0 and <= 0.5, "--off-share must be above 0 and at most 0.5", OffShare);
        OptionRule.Require(KernelWidth > 0, "--kernel-width must be above 0", KernelWidth);
        OptionRule.Require(Cells is >= 2 and <= 64, "--cells must be from 2 to 64", Cells);
        OptionRule.Require(Shown is > 0 and < 1, "--shown must be between 0 and 1", Shown);
        OptionRule.Require(Window is > 0 and <= 0.5, "--window must be above 0 and at most 0.5", Window);
        OptionRule.Require(Steps is >= 5 and <= 1000, "--steps must be from 5 to 1000", Steps);
    }
}

/// <summary>How a picture is cut into superpixels.</summary>
public enum SuperpixelMethod
{
    /// <summary>Quick shift with lime's settings.</summary>
    Quickshift,

    /// <summary>SLIC with scikit-image's defaults.</summary>
    Slic,

    /// <summary>Squares.</summary>
    Grid,
}
