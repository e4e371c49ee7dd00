using Microsoft.ML.Trainers;
using Microsoft.ML.Vision;

namespace FaceBias.MLNet.Vision;

/// <summary>How <see cref="ImageClassificationRun"/> trains.</summary>
public sealed record ImageClassificationOptions
{
    /// <summary>Column of the pictures' paths.</summary>
    public string ImageColumnName { get; init; } = "ImagePath";

    /// <summary>Column of the label: text, a key or a boolean.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>Columns by which the validation rows are stratified beside the label.</summary>
    public IReadOnlyList<string> GroupColumns { get; init; } = [];

    /// <summary>The pretrained network. Its layers stay as they are; a linear layer over them is trained.</summary>
    public ImageClassificationTrainer.Architecture Architecture
        { get; init; } = ImageClassificationTrainer.Architecture.ResnetV250;

    /// <summary>Maximum number of passes over the training rows.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>Rows of a step; fewer where there are fewer training rows.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Learning rate where there is no <see cref="Schedule"/>, which has its own.</summary>
    public float LearningRate { get; init; } = 0.01f;

    /// <summary>ML.NET's <see cref="ExponentialLRDecay"/>, <see cref="PolynomialLRDecay"/> or <see cref="LsrDecay"/>;
    /// null for a constant rate.</summary>
    public LearningRateScheduler? Schedule { get; init; }

    /// <summary>Epochs without gain on the validation rows after which training ends; null for never.</summary>
    public int? Patience { get; init; } = 10;

    /// <summary>What must gain.</summary>
    public ImageClassificationTrainer.EarlyStoppingMetric StopOn
        { get; init; } = ImageClassificationTrainer.EarlyStoppingMetric.Loss;

    /// <summary>Less than this is no gain.</summary>
    public float MinimumGain { get; init; } = 0.001f;

    /// <summary>Share of the rows that are validated on, where <c>Fit</c> is given no rows for it.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Folder of what the frozen network gave for each picture (its bottleneck), used again as long as
    /// pictures, labels and architecture are the same; null for a temporary one.</summary>
    public string? Workspace { get; init; }

    /// <summary>Folder with the pretrained networks in <c>MLNET</c> (<c>MLNET/resnet_v2_50_299.meta</c>), whither
    /// ML.NET downloads them where they are missing; null for <c>tensorflow</c> in FaceBias's home folder.</summary>
    public string? ModelFolder { get; init; }

    /// <summary>Seed of the split and of the order of rows. TensorFlow's own draws are not seeded by ML.NET, so that
    /// two fits differ slightly all the same.</summary>
    public int Seed { get; init; } = 7;
}
