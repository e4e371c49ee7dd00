using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Options;

namespace FaceBias.Core.Heads.Finetune;

/// <summary>How a backbone is trained further, together with heads that were trained on its frozen features before. The
/// defaults are those measured on UTKFace; see <c>docs/how-to/finetune.md</c>.</summary>
/// <remarks>Names in JSON stay those that the <c>run.json</c> of earlier runs has, so that these can be
/// resumed.</remarks>
public sealed record FinetuneOptions
{
    /// <summary>Layers with weights that are trained, counted from the end; 0 for all.</summary>
    [Option("What is trained: head (the backbone stays frozen), last:N layers, or all.", Name = "finetune",
        ValueName = "head|last:N|all", Default = "head", Group = OptionGroup.FineTuning, Key = true)]
    public int Layers { get; init; }

    /// <summary>Maximum number of passes over the training images.</summary>
    [Option("Maximum number of epochs of fine-tuning.", Name = "finetune-epochs", Group = OptionGroup.FineTuning)]
    [Range(1, OptionLimits.Epochs)]
    public int Epochs { get; init; } = 6;

    /// <summary>Epochs without a better validation loss before training stops.</summary>
    public int Patience { get; init; } = 3;

    /// <summary>Side of the pictures in the first epoch; it grows evenly, in steps of 32, to that of the backbone, with
    /// which the last third of the epochs train. 0 takes the backbone's throughout.</summary>
    [Option("Side of the pictures in the first epoch of fine-tuning, such as 128; it grows to the backbone's, with "
        + "which the last third of the epochs train. 0 takes the backbone's throughout.", ValueName = "PIXELS",
        Group = OptionGroup.FineTuning)]
    [Range(0, PixelInput.MaxSide)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int StartSize { get; init; }

    /// <summary>Images per step.</summary>
    [Option("Images per step of fine-tuning.", Group = OptionGroup.FineTuning)]
    [Range(1, 4096)]
    public int BatchSize { get; init; } = 32;

    /// <summary>Steps whose gradients are averaged before the parameters are updated.</summary>
    [JsonPropertyName("accumulate")]
    [Option("Batches whose gradients are averaged before the weights are updated.", Group = OptionGroup.FineTuning)]
    [Range(1, 4096)]
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>Highest learning rate of AdamW for the heads; it falls to zero along a half cosine.</summary>
    [Option("Highest learning rate of the heads in fine-tuning.", Name = "finetune-rate",
        Group = OptionGroup.FineTuning)]
    [Range(0.0, 10, MinimumIsExclusive = true)]
    public double LearningRate { get; init; } = 3e-4;

    /// <summary>Learning rate of the backbone's last layer, as a multiple of that of the heads.</summary>
    [JsonPropertyName("backboneShare")]
    [Option("Learning rate of the backbone's last layer, as a multiple of ‹FinetuneOptions.LearningRate›.",
        Name = "backbone-lr-multiplier", Group = OptionGroup.FineTuning)]
    [Range(0.0, 100)]
    public double BackboneLearningRateMultiplier { get; init; } = 0.5;

    /// <summary>Each layer learns with this share of the rate of the layer behind it.</summary>
    [Option("Each layer's learning rate as a share of the next one's.", Group = OptionGroup.FineTuning)]
    [Range(0.0, 1, MinimumIsExclusive = true)]
    public double LayerDecay { get; init; } = 0.9;

    /// <summary>Decoupled weight decay of weight matrices and kernels.</summary>
    public double WeightDecay { get; init; } = 1e-2;

    /// <summary>Decay of the exponential moving average (EMA) of the parameters, which is what is validated and kept; 0
    /// for none.</summary>
    [JsonPropertyName("averageDecay")]
    [Option("Decay of the exponential moving average of the weights, which is what is kept; 0 for none.",
        Group = OptionGroup.FineTuning)]
    [Range(0.0, 1, MaximumIsExclusive = true)]
    public double EmaDecay { get; init; } = 0.995;

    /// <summary>How batch norms of trained layers normalise.</summary>
    public BatchNormMode BatchNorm { get; init; } = BatchNormMode.Frozen;

    /// <summary>Whether they use the statistics of the batch.</summary>
    [JsonIgnore]
    [Option("Let batch norms of trained layers use the statistics of the batch.", Group = OptionGroup.FineTuning)]
    public bool TrainBatchNorm
    {
        get => BatchNorm == BatchNormMode.Training;
        init => BatchNorm = value ? BatchNormMode.Training : BatchNormMode.Frozen;
    }

    /// <summary>The numbers that a step computes with.</summary>
    [Option("Arithmetic of fine-tuning; mixed (matrix products in 16 bits) needs ‹Device› cuda.",
        Group = OptionGroup.FineTuning)]
    public TrainingPrecision Precision { get; init; }

    /// <summary>Name of the augmentation: none, mirror, light or strong.</summary>
    [Option("Augmentation of the training images.", Group = OptionGroup.FineTuning)]
    [AllowedValues("none", "mirror", "light", "strong")]
    public string Augment { get; init; } = "light";

    /// <summary>Versions of each training image whose way through the frozen layers is computed once and kept on disk:
    /// as it is, mirrored, then augmented ones. 0 computes the frozen layers anew in every step.</summary>
    [Option("With last:N: versions of each image whose outputs of the frozen layers are cached on disk (2: original "
        + "and "
        + "mirrored); 0 for none.", Group = OptionGroup.FineTuning)]
    [Range(0, 64)]
    public int Views { get; init; } = 3;

    /// <summary>Reads a scope: <c>all</c>, <c>head</c> or <c>last:N</c>.</summary>
    /// <returns>Options with its layers, or null for heads alone.</returns>
    /// <exception cref="FaceBiasException">It is none of these.</exception>
    internal FinetuneOptions? WithScope(string scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return ParseLayers(scope) is { } layers ? this with { Layers = layers } : null;
    }

    /// <summary>Layers of a scope; null for heads alone.</summary>
    internal static int? ParseLayers(string scope) => scope switch
    {
        "head" => null,
        "all" => 0,
        _ => scope.StartsWith("last:", StringComparison.Ordinal)
            && int.TryParse(scope.AsSpan("last:".Length), NumberStyles.None, CultureInfo.InvariantCulture,
                out var layers) && layers > 0
            ? layers
            : throw new FaceBiasException(
                $"‹FinetuneOptions.Layers› must be all, head or last:N with N from 1, not '{scope}'."),
    };

    /// <summary>Refuses what cannot be trained with.</summary>
    /// <exception cref="FaceBiasException">A value is out of its range; the sentence names the option.</exception>
    internal void Check()
    {
        OptionSchema.Check(this);
        if (Precision == TrainingPrecision.Mixed && AccumulationSteps > 1)
            throw new FaceBiasException(
                "‹Precision› mixed does not go with ‹AccumulationSteps›; give a larger ‹FinetuneOptions.BatchSize›, "
                    + "or ‹Precision› float32.");
    }
}
