namespace FaceBias.Onnx.Runtime;

/// <summary>Where a graph runs.</summary>
public enum ExecutionDevice
{
    /// <summary>The processor's cores.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU, through the CUDA provider of ONNX Runtime.</summary>
    Cuda,
}

/// <summary>How a graph is run.</summary>
internal readonly record struct OnnxSessionOptions()
{
    /// <summary>Threads that work on one operator; 0 for as many as the processor has cores.</summary>
    public int Threads { get; init; }

    public ExecutionDevice Device { get; init; } = ExecutionDevice.Cpu;
}
