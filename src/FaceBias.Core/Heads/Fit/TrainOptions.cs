using System.ComponentModel.DataAnnotations;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Options;

namespace FaceBias.Core.Heads.Fit;

/// <summary>How the heads follow their gradients.</summary>
public enum HeadOptimizer
{
    /// <summary>Adam with decoupled weight decay.</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with Nesterov's momentum.</summary>
    Sgd,
}

/// <summary>How the learning rate changes over the steps.</summary>
public enum HeadSchedule
{
    /// <summary>It falls to zero along a half cosine.</summary>
    Cosine,

    /// <summary>It rises and falls again (Smith 2018).</summary>
    OneCycle,

    /// <summary>It stays.</summary>
    Constant,
}

/// <summary>How the heads are trained on frozen features. The defaults are measured on UTKFace; see
/// <c>docs/explanation/training.md</c>.</summary>
public sealed record TrainOptions
{
    /// <summary>Networks that are trained side by side from different weights and averaged.</summary>
    [Option("Networks to train side by side and average.", Group = OptionGroup.Training)]
    [Range(1, 32)]
    public int Members { get; init; } = 3;

    /// <summary>Width of the hidden layer that all targets of a member share.</summary>
    [Option("Width of the shared layer.", Group = OptionGroup.Training)]
    [Range(1, 65536)]
    public int Hidden { get; init; } = 256;

    /// <summary>Share of hidden units left out at random in each step.</summary>
    [Range(0.0, 1, MaximumIsExclusive = true)]
    public double Dropout { get; init; } = 0.5;

    /// <summary>Share of features left out at random in each step.</summary>
    [Range(0.0, 1, MaximumIsExclusive = true)]
    public double InputDropout { get; init; } = 0.4;

    /// <summary>Maximum number of passes over the training images.</summary>
    [Option("Maximum number of epochs.", Group = OptionGroup.Training)]
    [Range(1, OptionLimits.Epochs)]
    public int Epochs { get; init; } = 18;

    /// <summary>Epochs without a better validation loss before training stops.</summary>
    public int Patience { get; init; } = 5;

    /// <summary>Images per step; fewer if there are fewer training images.</summary>
    [Range(1, int.MaxValue)]
    public int BatchSize { get; init; } = 128;

    /// <summary>How the heads follow their gradients.</summary>
    public HeadOptimizer Optimizer { get; init; }

    /// <summary>Momentum of stochastic gradient descent.</summary>
    [Range(0.0, 1, MaximumIsExclusive = true)]
    public double Momentum { get; init; } = 0.9;

    /// <summary>How the learning rate changes over the steps.</summary>
    public HeadSchedule Schedule { get; init; }

    /// <summary>Highest learning rate.</summary>
    [Option("Highest learning rate.", Group = OptionGroup.Training)]
    [Range(0.0, 10, MinimumIsExclusive = true)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decoupled weight decay of the weight matrices.</summary>
    public double WeightDecay { get; init; } = 1e-2;

    /// <summary>Whether classes weigh inversely to their frequency.</summary>
    [Option("Weight classes inversely to their frequency.", Group = OptionGroup.Training)]
    public bool ClassWeights { get; init; }

    /// <summary>Exponent γ of the focal loss of classes, (1 - p)^γ times the cross-entropy (Lin et al. 2017), which
    /// turns from images that are easy; 0 for the cross-entropy itself.</summary>
    [Option("Exponent (gamma) of the focal loss of classes, which gives easy images less weight; 0 for cross-entropy.",
        Group = OptionGroup.Training)]
    [Range(0.0, 10)]
    public double Focal { get; init; }

    /// <summary>Name of a target whose classes, or ten bands of whose range, are drawn more evenly: each image as often
    /// as one over the square root of its band's size. Null to visit every image once per epoch.</summary>
    [Option("Target whose classes, or ten bands of whose range, are sampled more evenly, such as age.",
        ValueName = "TARGET", Group = OptionGroup.Training)]
    public string? Balance { get; init; }

    /// <summary>Standard deviation of the smoothed label of a numeric target, in units of its own step.</summary>
    public double LabelSmoothing { get; init; } = 2;

    /// <summary>Weight of the absolute error of a numeric target beside its distribution's cross-entropy.</summary>
    public double ExpectationWeight { get; init; } = 2;

    /// <summary>Seed of initial weights, order of images and dropout.</summary>
    [Option("Seed of splits, weights and intervals.", Group = OptionGroup.Resources)]
    public ulong Seed { get; init; } = 7;

    /// <summary>Refuses what cannot be trained with.</summary>
    /// <exception cref="FaceBiasException">A value is out of its range; the sentence names the option.</exception>
    internal void Check() => OptionSchema.Check(this);
}
