using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Fit;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Heads.Finetune;

/// <summary>What is to be fine-tuned, on what.</summary>
internal sealed record FinetuneJob
{
    public required Backbone Backbone { get; init; }

    /// <summary>Heads that were trained on its frozen features: where training starts.</summary>
    public required ModelProto Heads { get; init; }

    /// <summary>The targets in the order of the heads' outputs.</summary>
    public required IReadOnlyList<TrainingTarget> Targets { get; init; }

    /// <summary>How the heads were made.</summary>
    public required TrainOptions HeadOptions { get; init; }

    /// <summary>How to resume from there.</summary>
    public required FinetuneOptions Options { get; init; }

    /// <summary>Files of all images.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>SHA-256 of all images.</summary>
    public required IReadOnlyList<Digest> Sha256 { get; init; }

    /// <summary>The training images.</summary>
    public required IReadOnlyList<int> Train { get; init; }

    /// <summary>The validation images; if empty, the training loss decides.</summary>
    public required IReadOnlyList<int> Validation { get; init; }

    /// <summary>Folder of the checkpoints.</summary>
    public required string Folder { get; init; }

    /// <summary>Folder of downloaded models and caches.</summary>
    public required string Home { get; init; }

    /// <summary>Names the data, the heads and the options; a checkpoint with another key is not continued.</summary>
    public required string Key { get; init; }

    /// <summary>Threads; 0 for one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Where the steps run.</summary>
    public ExecutionDevice Device { get; init; }

    /// <summary>Images per step.</summary>
    public int Batch => Math.Min(Options.BatchSize, Train.Count);
}
