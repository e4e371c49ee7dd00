namespace FaceBias.Core.Training;

/// <summary>How the heads are trained on frozen features. The defaults are measured on UTKFace; see
/// <c>docs/training.md</c>.</summary>
public sealed record TrainOptions
{
    /// <summary>Networks that are trained side by side from different weights and averaged.</summary>
    public int Members { get; init; } = 3;

    /// <summary>Width of the hidden layer that all targets of a member share.</summary>
    public int Hidden { get; init; } = 256;

    /// <summary>Share of hidden units left out at random in each step.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>Share of features left out at random in each step.</summary>
    public double InputDropout { get; init; } = 0.2;

    /// <summary>Most passes over the training images.</summary>
    public int Epochs { get; init; } = 25;

    /// <summary>Epochs without a better validation loss before training stops.</summary>
    public int Patience { get; init; } = 8;

    /// <summary>Images per step; fewer if there are fewer training images.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Highest learning rate of AdamW; it falls to zero along a half cosine.</summary>
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>Decoupled weight decay of the weight matrices.</summary>
    public double WeightDecay { get; init; } = 1e-2;

    /// <summary>Whether classes weigh inversely to their frequency.</summary>
    public bool ClassWeights { get; init; }

    /// <summary>Standard deviation of the smoothed label of a numeric target, in units of its own step.</summary>
    public double LabelSmoothing { get; init; } = 2.5;

    /// <summary>Weight of the absolute error of a numeric target beside its distribution's cross-entropy.</summary>
    public double ExpectationWeight { get; init; } = 1;

    /// <summary>Seed of initial weights, order of images and dropout.</summary>
    public ulong Seed { get; init; } = 7;
}
