using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Runtime;

/// <summary>Copies float tensors between the memory of the host and that of a device: a graph that does nothing, run
/// with one side bound to its input and the other to its output. The runtime's API has no copy that knows every
/// provider.</summary>
internal sealed class DeviceTransfer : IDisposable
{
    private readonly InferenceSession _session;
    private readonly OrtMemoryInfo _memory;
    private readonly OrtAllocator _allocator;
    private readonly RunOptions _run = new();

    /// <summary>Prepares copies to and from a memory.</summary>
    /// <param name="options">Options with the device's provider.</param>
    /// <param name="memory">Its memory; disposed with this.</param>
    public DeviceTransfer(SessionOptions options, OrtMemoryInfo memory)
    {
        var model = new GraphBuilder("copy");
        // Without a shape, any rank will do.
        foreach (var (list, name) in new[] { (model.Graph.Input, "from"), (model.Graph.Output, "to") })
            list.Add(new ValueInfoProto
            {
                Name = name,
                Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float } },
            });
        model.Add("Identity", ["from"], [], output: "to");
        _session = OrtEnvironment.Create(OnnxFile.ToBytes(model.Model), options, "a copy to the device");
        _memory = memory;
        _allocator = new OrtAllocator(_session, memory);
    }

    public static OrtMemoryInfo CudaMemory() => new("Cuda", OrtAllocatorType.DeviceAllocator, 0, OrtMemType.Default);

    /// <summary>A float tensor in the memory of the device; its contents are not defined.</summary>
    public TensorBuffer Allocate(string name, long[] shape) => new(name, DataType.Float, shape, _allocator);

    /// <summary>Copies a tensor into another of the same shape.</summary>
    public void Copy(OrtValue from, OrtValue to)
    {
        using var binding = _session.CreateIoBinding();
        binding.BindInput("from", from);
        binding.BindOutput("to", to);
        binding.SynchronizeBoundInputs();
        _session.RunWithBinding(_run, binding);
        binding.SynchronizeBoundOutputs();
    }

    public void Dispose()
    {
        _allocator.Dispose();
        _memory.Dispose();
        _session.Dispose();
        _run.Dispose();
    }
}
