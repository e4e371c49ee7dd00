using System.Runtime.InteropServices;
using Google.Protobuf;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Graphs;

/// <summary>Tensors of a graph to and from arrays. Data is row-major; a scalar has no dimensions.</summary>
internal static class Tensors
{
    /// <summary>A float32 tensor.</summary>
    public static TensorProto Float(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> dims) =>
        Create(name, DataType.Float, MemoryMarshal.AsBytes(values), values.Length, dims);

    /// <summary>An int64 tensor.</summary>
    public static TensorProto Int64(string name, ReadOnlySpan<long> values, params ReadOnlySpan<long> dims) =>
        Create(name, DataType.Int64, MemoryMarshal.AsBytes(values), values.Length, dims);

    /// <summary>An int32 tensor; without dimensions a scalar.</summary>
    public static TensorProto Int32(string name, ReadOnlySpan<int> values, params ReadOnlySpan<long> dims) =>
        Create(name, DataType.Int32, MemoryMarshal.AsBytes(values), values.Length, dims);

    /// <summary>A boolean tensor.</summary>
    public static TensorProto Bool(string name, ReadOnlySpan<bool> values, params ReadOnlySpan<long> dims) =>
        Create(name, DataType.Bool, MemoryMarshal.AsBytes(values), values.Length, dims);

    private static TensorProto Create(
        string name, DataType type, ReadOnlySpan<byte> bytes, long count, ReadOnlySpan<long> dims)
    {
        long expected = 1;
        foreach (var d in dims)
            expected *= d;
        if (expected != count)
            throw new ArgumentException($"Tensor '{name}' has {count} values but its dimensions ask for {expected}.");
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        foreach (var d in dims)
            tensor.Dims.Add(d);
        return tensor;
    }

    /// <summary>Number of elements of a shape.</summary>
    public static long Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (var d in shape)
            count *= d;
        return count;
    }

    /// <summary>Number of elements that the dimensions ask for.</summary>
    public static long ElementCount(this TensorProto tensor) => tensor.Dims.Aggregate(1L, (a, d) => a * d);

    /// <summary>Why a tensor of a file cannot be what its dimensions say, as the end of a sentence, or null.</summary>
    internal static string? Contradiction(this TensorProto tensor)
    {
        const long Most = 1L << 40;
        var count = 1L;
        foreach (var d in tensor.Dims)
        {
            if (d < 0 || d > 0 && count > Most / d)
                return $"has the impossible dimensions [{string.Join(", ", tensor.Dims)}]";
            count *= d;
        }
        return tensor.HasRawData && tensor.ByteCount() is { } needed && needed != tensor.RawData.Length
            ? $"holds {tensor.RawData.Length:N0} bytes where its dimensions ask for {needed:N0}" : null;
    }

    /// <summary>Bytes that the dimensions ask for; null for element types of no whole bytes.</summary>
    internal static long? ByteCount(this TensorProto tensor) => (DataType)tensor.DataType switch
    {
        DataType.Float or DataType.Int32 or DataType.Uint32 => 4 * tensor.ElementCount(),
        DataType.Double or DataType.Int64 or DataType.Uint64 => 8 * tensor.ElementCount(),
        DataType.Float16 or DataType.Bfloat16 or DataType.Int16 or DataType.Uint16 => 2 * tensor.ElementCount(),
        DataType.Bool or DataType.Int8 or DataType.Uint8 => tensor.ElementCount(),
        _ => null,
    };

    /// <summary>The values of a float32, float16, double or integer tensor as float32.</summary>
    public static float[] ToFloats(this TensorProto tensor)
    {
        var raw = tensor.RawData.Span;
        var isRaw = tensor.HasRawData;
        var values = (DataType)tensor.DataType switch
        {
            DataType.Float when isRaw => MemoryMarshal.Cast<byte, float>(raw).ToArray(),
            DataType.Float => [.. tensor.FloatData],
            DataType.Float16 when isRaw => Convert(MemoryMarshal.Cast<byte, Half>(raw), h => (float)h),
            DataType.Float16 => [.. tensor.Int32Data.Select(i => (float)BitConverter.UInt16BitsToHalf((ushort)i))],
            DataType.Double when isRaw => Convert(MemoryMarshal.Cast<byte, double>(raw), d => (float)d),
            DataType.Double => [.. tensor.DoubleData.Select(d => (float)d)],
            DataType.Int32 or DataType.Int64 => [.. tensor.ToInt64s().Select(i => (float)i)],
            _ => throw NotSupported(tensor),
        };
        return Checked(tensor, values);
    }

    /// <summary>Puts the values of a float tensor into a buffer of as many, without a copy between where it holds
    /// bytes.</summary>
    internal static void CopyTo(this TensorProto tensor, Span<float> target)
    {
        var raw = tensor.RawData.Span;
        if (tensor.HasRawData && (DataType)tensor.DataType == DataType.Float
            && raw.Length == target.Length * sizeof(float))
            MemoryMarshal.Cast<byte, float>(raw).CopyTo(target);
        else
            tensor.ToFloats().CopyTo(target);
    }

    /// <summary>Lets go of the values of initializers that are kept elsewhere; their names, types and dimensions
    /// stay.</summary>
    internal static void Forget(this GraphProto graph, IEnumerable<string> initializers)
    {
        var names = initializers.ToHashSet();
        for (var i = 0; i < graph.Initializer.Count; i++)
            if (graph.Initializer[i] is var t && names.Contains(t.Name))
            {
                var empty = new TensorProto { Name = t.Name, DataType = t.DataType };
                empty.Dims.Add(t.Dims);
                graph.Initializer[i] = empty;
            }
    }

    /// <summary>The values of an int64, int32 or boolean tensor as int64.</summary>
    public static long[] ToInt64s(this TensorProto tensor)
    {
        var raw = tensor.RawData.Span;
        var isRaw = tensor.HasRawData;
        var values = (DataType)tensor.DataType switch
        {
            DataType.Int64 when isRaw => MemoryMarshal.Cast<byte, long>(raw).ToArray(),
            DataType.Int64 => [.. tensor.Int64Data],
            DataType.Int32 when isRaw => Convert(MemoryMarshal.Cast<byte, int>(raw), i => (long)i),
            DataType.Int32 => [.. tensor.Int32Data.Select(i => (long)i)],
            DataType.Bool or DataType.Uint8 when isRaw => Convert(raw, b => (long)b),
            DataType.Bool or DataType.Uint8 => [.. tensor.Int32Data.Select(i => (long)i)],
            _ => throw NotSupported(tensor),
        };
        return Checked(tensor, values);
    }

    private static TOut[] Convert<TIn, TOut>(ReadOnlySpan<TIn> values, Func<TIn, TOut> convert)
    {
        var result = new TOut[values.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = convert(values[i]);
        return result;
    }

    private static T[] Checked<T>(TensorProto tensor, T[] values) => values.LongLength == tensor.ElementCount()
        ? values
        : throw new FaceBiasException(
            $"Tensor '{tensor.Name}' holds {values.LongLength} values but its dimensions ask for "
                + $"{tensor.ElementCount()}; the model is damaged.");

    private static FaceBiasException NotSupported(TensorProto tensor) =>
        new($"Tensor '{tensor.Name}' has element type {(DataType)tensor.DataType}, which is not supported here.");
}
