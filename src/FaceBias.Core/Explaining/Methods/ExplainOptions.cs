using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Primitives.Options;
using FaceBias.Core.Explaining.Superpixels;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>How a picture is explained.</summary>
public sealed record ExplainOptions
{
    /// <summary>The method.</summary>
    public ExplanationMethod Method { get; init; } = ExplanationMethod.Lime;

    /// <summary>Changed pictures that LIME and Kernel SHAP ask for (default 1,000), or masks of RISE (default
    /// 2,000).</summary>
    [Option("lime, kernelshap, rise: perturbed pictures per explanation; by default 1,000, for rise 2,000.",
        ValueName = "N", Group = OptionGroup.Method)]
    [Range(10, 1_000_000)]
    public int? Samples { get; init; }

    /// <summary>How the picture is cut into superpixels.</summary>
    [Option("How pictures are cut into superpixels.", Group = OptionGroup.Method)]
    public SuperpixelMethod Superpixels { get; init; } = SuperpixelMethod.Quickshift;

    /// <summary>About how many superpixels SLIC or the grid cuts.</summary>
    [Option("About how many superpixels slic and grid cut.", Group = OptionGroup.Method)]
    [Range(2, 2000)]
    public int Segments { get; init; } = 100;

    /// <summary>What takes the place of what is hidden; null for the method's own: the superpixel's mean for LIME, the
    /// picture's mean for the others.</summary>
    [Option("What takes the place of hidden parts; by default the superpixel's mean for lime, the picture's mean for "
        + "others.", Group = OptionGroup.Method)]
    public HiddenFill? Fill { get; init; }

    /// <summary>LIME: the largest share of superpixels that a sample hides, 0.5 as published. Less stays nearer to the
    /// picture.</summary>
    [Option("lime: largest share of superpixels that a sample hides, 0.5 as published; less stays nearer to the "
        + "picture.", Group = OptionGroup.Method)]
    [Range(0.01, 0.5)]
    public double OffShare { get; init; } = 0.5;

    /// <summary>LIME: width of its kernel on the cosine distance.</summary>
    [Option("lime: width of the kernel on the cosine distance.", Group = OptionGroup.Method)]
    [Range(0.001, 1000.0)]
    public double KernelWidth { get; init; } = 0.25;

    /// <summary>RISE: cells along a side of its masks.</summary>
    [Option("rise: cells along a side of its masks.", Group = OptionGroup.Method)]
    [Range(2, 64)]
    public int Cells { get; init; } = 8;

    /// <summary>RISE: probability of a cell to be shown.</summary>
    [Option("rise: probability of a cell to be shown.", Group = OptionGroup.Method)]
    [Range(0.01, 0.99)]
    public double Shown { get; init; } = 0.5;

    /// <summary>Occlusion: side of the window as a share of the picture's.</summary>
    [Option("occlusion: side of the window as a share of the picture's.", Group = OptionGroup.Method)]
    [Range(0.01, 0.5)]
    public double Window { get; init; } = 0.125;

    /// <summary>Integrated gradients: steps of the way; up to 16 times as many are taken where the map does not add up
    /// to 1%.</summary>
    [Option("integrated-gradients: steps; up to 16 times as many where the map does not yet add up to the difference "
        + "of the scores within 1%.",
        Group = OptionGroup.Method)]
    [Range(5, 1000)]
    public int Steps { get; init; } = 50;

    /// <summary>Grad-CAM: the layer's value in the graph; null for the last with places.</summary>
    [Option("gradcam and ‹ExplainRunOptions.EmitOnnx›: the layer's value in the graph; the last with places if not "
        + "given.", ValueName = "VALUE", Group = OptionGroup.Method)]
    public string? Layer { get; init; }

    /// <summary>Seed of all random draws.</summary>
    [Option("Seed of all random draws.", Group = OptionGroup.Resources)]
    public int Seed { get; init; }

    internal void Check() => OptionSchema.Check(this);
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
