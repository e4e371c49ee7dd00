using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Runtime;

/// <summary>A tensor in the runtime's own memory, allocated once and filled or read in place.</summary>
internal sealed class TensorBuffer : IDisposable
{
    public TensorBuffer(string name, DataType type, long[] shape)
        : this(name, type, shape, OrtAllocator.DefaultInstance) => Value.GetTensorMutableRawData().Clear();

    /// <summary>A tensor in the memory of a device, where only <see cref="DeviceTransfer"/> reads and writes.</summary>
    public TensorBuffer(string name, DataType type, long[] shape, OrtAllocator allocator)
    {
        (Name, Type, Shape) = (name, type, shape);
        // The element types of ONNX and of the runtime's API have the same numbers.
        Value = OrtValue.CreateAllocatedTensorValue(allocator, (TensorElementType)type, shape);
    }

    public string Name { get; }
    public DataType Type { get; }
    public long[] Shape { get; }
    public OrtValue Value { get; }

    /// <summary>Number of elements.</summary>
    public long Count => Tensors.Count(Shape);

    /// <summary>Where the values are, as long as this is not disposed: the runtime does not move its memory.</summary>
    public unsafe float* Floats => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Span<float>()));

    /// <summary>The values in place, row-major. Asking for another element type than the tensor's is a fault.</summary>
    public Span<T> Span<T>() where T : unmanaged
    {
        if (typeof(T) != ClrType(Type))
            throw new ArgumentException($"'{Name}' holds {Type} values, not {typeof(T).Name}.");
        return MemoryMarshal.Cast<byte, T>(Value.GetTensorMutableRawData());
    }

    public static Type ClrType(DataType type) => type switch
    {
        DataType.Float => typeof(float),
        DataType.Double => typeof(double),
        DataType.Int64 => typeof(long),
        DataType.Int32 => typeof(int),
        DataType.Bool => typeof(bool),
        DataType.Uint8 => typeof(byte),
        DataType.Float16 => typeof(Half),
        _ => throw new FaceBiasException(
            $"Element type {type} is not supported here; use float, int64, int32, uint8 or bool.",
            ErrorKind.Unsupported),
    };

    public void Dispose() => Value.Dispose();
}
