using FaceBias.Core.Explaining.Superpixels;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>What parts of a picture speak for an answer, and what against it.</summary>
/// <param name="Map">[height x width]: above zero what raises the score, below zero what lowers it.</param>
/// <param name="Score">The explained number for the picture as it is.</param>
/// <param name="Explained">What the number is: "probability of female", "age in years".</param>
internal sealed record Explanation(ExplanationMethod Method, float[] Map, double Score, string Explained)
{
    /// <summary>The superpixels that were switched on and off; null for methods without.</summary>
    public Segmentation? Segments { get; init; }

    /// <summary>The surrogate model over superpixels; null for methods without.</summary>
    public Surrogate? Surrogate { get; init; }

    /// <summary>Of Grad-CAM: the map at the layer's own resolution, before it was scaled up.</summary>
    public LayerMap? Layer { get; init; }

    /// <summary>Of integrated gradients: by how much the sum of the map misses the difference of the scores, as a share
    /// of it.</summary>
    public double? CompletenessError { get; init; }

    /// <summary>What a reader must know about this explanation.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A linear model that imitates the model around a picture.</summary>
/// <param name="Weights">One per superpixel.</param>
/// <param name="Intercept">The score with every superpixel off.</param>
/// <param name="R2">The weighted share of the scores' variance that it explains; null where the scores do not
/// vary.</param>
/// <param name="Samples">Changed pictures that it was fitted to.</param>
internal sealed record Surrogate(double[] Weights, double Intercept, double? R2, int Samples);

/// <summary>A map at the resolution of a layer.</summary>
/// <param name="Values">[height x width].</param>
internal sealed record LayerMap(string Name, int Width, int Height, float[] Values);

/// <summary>The methods.</summary>
public enum ExplanationMethod
{
    /// <summary>A ridge regression on superpixels that are switched off at random (Ribeiro et al. 2016).</summary>
    Lime,

    /// <summary>Shapley values of superpixels by weighted regression (Lundberg and Lee 2017).</summary>
    [OptionValue("kernelshap")]
    KernelShap,

    /// <summary>A window is slid over the picture and hides it (Zeiler and Fergus 2014).</summary>
    Occlusion,

    /// <summary>The mean of random soft masks, weighted by the score (Petsiuk et al. 2018).</summary>
    Rise,

    /// <summary>Gradients along the way from a blank picture (Sundararajan et al. 2017).</summary>
    IntegratedGradients,

    /// <summary>The last feature maps, weighted by their mean gradient (Selvaraju et al. 2017).</summary>
    [OptionValue("gradcam")]
    GradCam,
}

/// <summary>The methods as words.</summary>
internal static class ExplanationMethods
{
    /// <summary>The word for a method: "integrated-gradients".</summary>
    public static string Word(this ExplanationMethod method) => method switch
    {
        ExplanationMethod.IntegratedGradients => "integrated-gradients",
        _ => method.ToString().ToLowerInvariant(),
    };
}
