using System.Globalization;
using System.Text.Json.Serialization;
using FaceBias.Onnx.Training;
using static FaceBias.OptionRule;

namespace FaceBias.Core.Heads.Finetune;

/// <summary>How a backbone is trained further, together with heads that were trained on its frozen features before. The
/// defaults are those measured on UTKFace; see <c>docs/how-to/finetune.md</c>.</summary>
/// <remarks>Names in JSON stay those that the <c>run.json</c> of earlier runs has, so that these can be resumed.</remarks>
public sealed record FinetuneOptions
{
    /// <summary>Layers with weights that are trained, counted from the end; 0 for all.</summary>
    public int Layers { get; init; }

    /// <summary>Maximum number of passes over the training images.</summary>
    public int Epochs { get; init; } = 6;

    /// <summary>Epochs without a better validation loss before training stops.</summary>
    public int Patience { get; init; } = 3;

    /// <summary>Images per step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Steps whose gradients are averaged before the parameters are updated.</summary>
    [JsonPropertyName("accumulate")]
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>Highest learning rate of AdamW for the heads; it falls to zero along a half cosine.</summary>
    public double LearningRate { get; init; } = 3e-4;

    /// <summary>Learning rate of the backbone's last layer, as a multiple of that of the heads.</summary>
    [JsonPropertyName("backboneShare")]
    public double BackboneLearningRateMultiplier { get; init; } = 0.5;

    /// <summary>Each layer learns with this share of the rate of the layer behind it.</summary>
    public double LayerDecay { get; init; } = 0.9;

    /// <summary>Decoupled weight decay of weight matrices and kernels.</summary>
    public double WeightDecay { get; init; } = 1e-2;

    /// <summary>Decay of the exponential moving average (EMA) of the parameters, which is what is validated and kept; 0 for none.</summary>
    [JsonPropertyName("averageDecay")]
    public double EmaDecay { get; init; } = 0.995;

    /// <summary>How batch norms of trained layers normalise.</summary>
    public BatchNormMode BatchNorm { get; init; } = BatchNormMode.Frozen;

    /// <summary>The numbers that a step computes with.</summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>Name of the augmentation: none, mirror, light or strong.</summary>
    public string Augment { get; init; } = "light";

    /// <summary>Versions of each training image whose way through the frozen layers is computed once and kept on disk: as it
    /// is, mirrored, then augmented ones. 0 computes the frozen layers anew in every step.</summary>
    public int Views { get; init; } = 3;

    /// <summary>Reads a scope: <c>all</c>, <c>head</c> or <c>last:N</c>.</summary>
    /// <returns>Options with its layers, or null for heads alone.</returns>
    /// <exception cref="FaceBiasException">It is none of these.</exception>
    public FinetuneOptions? WithScope(string scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        if (scope == "head")
            return null;
        if (scope == "all")
            return this with { Layers = 0 };
        return scope.StartsWith("last:", StringComparison.Ordinal)
            && int.TryParse(scope.AsSpan("last:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var layers) && layers > 0
            ? this with { Layers = layers }
            : throw new FaceBiasException($"--finetune must be all, head or last:N with N from 1, not '{scope}'.");
    }

    /// <summary>Refuses what cannot be trained with.</summary>
    /// <exception cref="FaceBiasException">A value is out of its range; the sentence names the option.</exception>
    public void Check()
    {
        Require(Epochs is >= 1 and <= 100_000, "--finetune-epochs must be from 1 to 100000", Epochs);
        Require(BatchSize is >= 1 and <= 4096, "--batch-size must be from 1 to 4096", BatchSize);
        Require(AccumulationSteps is >= 1 and <= 4096, "--accumulation-steps must be from 1 to 4096", AccumulationSteps);
        Require(LearningRate is > 0 and <= 10, "--finetune-rate must be above 0 and at most 10", LearningRate);
        Require(BackboneLearningRateMultiplier is >= 0 and <= 100, "--backbone-lr-multiplier must be from 0 to 100", BackboneLearningRateMultiplier);
        Require(LayerDecay is > 0 and <= 1, "--layer-decay must be above 0 and at most 1", LayerDecay);
        Require(EmaDecay is >= 0 and < 1, "--ema-decay must be at least 0 and below 1", EmaDecay);
        Require(Views is >= 0 and <= 64, "--views must be from 0 to 64", Views);
        Imaging.Augmentation.Parse(Augment);
        if (Precision == TrainingPrecision.Mixed && AccumulationSteps > 1)
            throw new FaceBiasException("--precision mixed does not go with --accumulation-steps; give a larger --batch-size, or --precision float32.");
    }
}
