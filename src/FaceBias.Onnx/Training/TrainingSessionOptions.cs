using FaceBias.Onnx.Runtime;

namespace FaceBias.Onnx.Training;

/// <summary>What BatchNormalization nodes normalise by while training.</summary>
public enum BatchNormMode
{
    /// <summary>The running statistics that they were loaded with; scale and bias may still be trained.</summary>
    Frozen,

    /// <summary>The statistics of the batch, for every node whose scale is trained. Running statistics follow by the
    /// node's momentum, with the unbiased variance as in PyTorch.</summary>
    Training,
}

/// <summary>How a <see cref="TrainingSession"/> runs.</summary>
internal sealed record TrainingSessionOptions
{
    /// <summary>Threads that work on one operator; 0 for as many as the processor has cores. A network of a few small
    /// dense layers is done with its step before a second one has woken up, and has one.</summary>
    public int Threads { get; init; }

    /// <summary>Decides the dropout masks.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Rows per batch, for models whose first input dimension may vary; 0 if all are fixed.</summary>
    public int BatchSize { get; init; }

    /// <summary>Steps whose gradients are averaged before the parameters move, for batches larger than memory. Batch
    /// statistics remain those of each step.</summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>Where the steps run. On a GPU parameters and optimizer state stay in its memory; only the batch goes
    /// there, and only the loss and what is fetched come back.</summary>
    public ExecutionDevice Device { get; init; } = ExecutionDevice.Cpu;

    /// <summary>The numbers that a step computes with. Mixed precision does not go with
    /// <see cref="AccumulationSteps"/>.</summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>Whether threads that wait for the next operator spin instead of sleeping: faster on a machine that has
    /// nothing else to do, much slower on one that has.</summary>
    public bool Spin { get; init; }

    /// <summary>Lets the graph update the parameters on the processor too, as it does on a device.</summary>
    internal bool UpdateInGraph { get; init; }

    /// <summary>How BatchNormalization nodes train.</summary>
    public BatchNormMode BatchNorm { get; init; } = BatchNormMode.Frozen;

    /// <summary>Whether convolutions run in the runtime's blocked layout where they can, on the processor: faster, and
    /// the same up to rounding.</summary>
    public bool Blocked { get; init; } = true;

    /// <summary>If given, the gradients of each convolution are written in the way that is measured to be fastest on
    /// this machine, which takes some seconds; the choices are kept in this file for later sessions. Without it, rules
    /// of thumb decide. Different ways round differently: the same weights bit for bit need the same file.</summary>
    public string? TuningCache { get; init; }

    /// <summary>If given, the runtime writes how long each operator took to a file whose name starts so (JSON, as
    /// chrome://tracing and Perfetto read it). Slows down.</summary>
    public string? Profile { get; init; }

    /// <summary>Further values of the forward graph to read after each step: a part of the loss, or the
    /// logits.</summary>
    public IReadOnlyCollection<string> Fetch { get; init; } = [];
}
