using System.Runtime.InteropServices;

namespace FaceBias.Onnx.Import;

/// <summary>How a TensorFlow Lite tensor is stored; numbers of its schema.</summary>
internal enum TfliteType : byte
{
    Float32 = 0, Float16 = 1, Int32 = 2, UInt8 = 3, Int64 = 4, String = 5, Bool = 6, Int16 = 7, Complex64 = 8, Int8 = 9,
        Float64 = 10,
    Complex128 = 11, UInt64 = 12, Resource = 13, Variant = 14, UInt32 = 15, UInt16 = 16, Int4 = 17,
}

/// <summary>A tensor: a constant where its buffer has bytes, else what an operator makes or the model takes.</summary>
internal sealed record TfliteTensor(string Name, int[] Shape, TfliteType Type, int Buffer, bool Sparse);

/// <summary>An operator under its name in the schema, the tensors it takes (-1 where one is left out) and makes, and
/// its options.</summary>
internal sealed record TfliteOperation(string Name, int[] Inputs, int[] Outputs, FlatTable? Options);

/// <summary>A TensorFlow Lite model as saved: a FlatBuffers file of tensorflow/lite/schema/schema.fbs, version 3, whose
/// first subgraph is the model.</summary>
internal sealed class TfliteFile
{
    private readonly FlatTable[] _buffers;

    /// <summary>The file identifier of the format, behind the first four bytes.</summary>
    private static ReadOnlySpan<byte> Mark => "TFL3"u8;

    private TfliteFile(string path, FlatTable root)
    {
        Path = path;
        if (root.Int32(0) is not 3 and var version)
            throw new FaceBiasException(
                $"'{path}' has version {version} of the TensorFlow Lite format; only version 3 is known.",
                ErrorKind.Unsupported);
        if (root.Tables(2) is not [var graph, ..])
            throw new FaceBiasException($"'{path}' has no graph; the file is damaged.");
        string[] names = [.. root.Tables(1).Select(OperatorName)];
        _buffers = root.Tables(4);
        Tensors = [.. graph.Tables(0).Select(
            t => new TfliteTensor(t.Text(3), t.Integers(0), (TfliteType)t.Byte(1), t.Int32(2), t.Has(6)))];
        Inputs = Existing(graph.Integers(1));
        Outputs = Existing(graph.Integers(2));
        Operations = [.. graph.Tables(3).Select(o =>
        {
            var code = o.Int32(0);
            return code >= 0 && code < names.Length
                ? new TfliteOperation(names[code], Existing(o.Integers(1), optional: true), Existing(o.Integers(2)),
                    o.Inner(4))
                : throw Damaged($"an operator has the code {code} of {names.Length}");
        })];
    }

    public string Path { get; }

    public string Name => System.IO.Path.GetFileName(Path);

    public IReadOnlyList<TfliteTensor> Tensors { get; }

    public IReadOnlyList<TfliteOperation> Operations { get; }

    /// <summary>The tensors that the model takes.</summary>
    public int[] Inputs { get; }

    /// <summary>The tensors that the model gives.</summary>
    public int[] Outputs { get; }

    /// <summary>Whether a file is such a model by its name or by its mark.</summary>
    public static bool IsOne(string path)
    {
        if (path.EndsWith(".tflite", StringComparison.OrdinalIgnoreCase))
            return true;
        try
        {
            using var stream = File.OpenRead(path);
            Span<byte> start = stackalloc byte[8];
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
                && start[4..].SequenceEqual(Mark);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            return false;
        }
    }

    /// <exception cref="FaceBiasException">The file cannot be read, is no TensorFlow Lite model or is
    /// damaged.</exception>
    public static TfliteFile Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read the model file '{path}'", e);
        }
        if (bytes.Length < 8 || !bytes.AsSpan(4, 4).SequenceEqual(Mark))
            throw new FaceBiasException(
                $"'{path}' is not a TensorFlow Lite model: it lacks the mark TFL3; give a .tflite file.");
        return new TfliteFile(path, FlatTable.Root(path, bytes));
    }

    /// <summary>The values of a tensor that has some in the file, float16 as float32; null for one that is
    /// computed.</summary>
    /// <exception cref="FaceBiasException">Its bytes do not fit its shape, or are of a type that is not
    /// supported.</exception>
    public ConstantTensor? Constant(TfliteTensor tensor)
    {
        if (tensor.Buffer < 0 || tensor.Buffer >= _buffers.Length)
            throw Damaged($"tensor '{tensor.Name}' has the buffer {tensor.Buffer} of {_buffers.Length}");
        var buffer = _buffers[tensor.Buffer];
        if (buffer.Has(1))
            throw new FaceBiasException(
                $"'{Path}' keeps the values of '{tensor.Name}' after its tables, as models above 2 GB do; they are "
                    + "not supported.", ErrorKind.Unsupported);
        ReadOnlySpan<byte> bytes = buffer.Bytes(0);
        if (bytes.IsEmpty)
            return null;
        var size = Supported(tensor) switch { TfliteType.Float16 => 2, TfliteType.Int64 => 8, _ => 4 };
        long count = 1;
        foreach (var d in tensor.Shape)
            count = d > 0 && count <= bytes.Length ? count * d : long.MaxValue;
        if (tensor.Sparse)
            throw new FaceBiasException(
                $"Tensor '{tensor.Name}' of '{Path}' is stored sparsely, which is not supported; take the dense model.",
                ErrorKind.Unsupported);
        if (count > bytes.Length || count * size != bytes.Length)
            throw Damaged($"tensor '{tensor.Name}' of shape [{string.Join(", ", tensor.Shape)}] has {bytes.Length} bytes");
        return tensor.Type switch
        {
            TfliteType.Float32 => new ConstantTensor(tensor.Shape, MemoryMarshal.Cast<byte, float>(bytes).ToArray()),
            TfliteType.Float16 =>
                new ConstantTensor(tensor.Shape,
                    [.. MemoryMarshal.Cast<byte, Half>(bytes).ToArray().Select(h => (float)h)]),
            TfliteType.Int32 =>
                new ConstantTensor(tensor.Shape,
                    [.. MemoryMarshal.Cast<byte, int>(bytes).ToArray().Select(i => (long)i)]),
            _ => new ConstantTensor(tensor.Shape, MemoryMarshal.Cast<byte, long>(bytes).ToArray()),
        };
    }

    /// <summary>The type of a tensor that can be imported.</summary>
    /// <exception cref="FaceBiasException">The tensor is quantised, or of another type.</exception>
    public TfliteType Supported(TfliteTensor tensor) => tensor.Type switch
    {
        TfliteType.Float32 or TfliteType.Float16 or TfliteType.Int32 or TfliteType.Int64 => tensor.Type,
        TfliteType.Int4 or TfliteType.Int8 or TfliteType.UInt8 or TfliteType.Int16 or TfliteType.UInt16 =>
            throw new FaceBiasException(
            $"'{Path}' is quantised: its tensor '{tensor.Name}' holds {tensor.Type.ToString().ToLowerInvariant()}; "
                + "only float32 and float16 weights are supported, so take the float model."),
        _ => throw new FaceBiasException(
            $"Tensor '{tensor.Name}' of '{Path}' has the type {tensor.Type.ToString().ToLowerInvariant()}, which is "
                + "not supported.", ErrorKind.Unsupported),
    };

    private FaceBiasException Damaged(string what) => new($"'{Path}' is damaged: {what}; download it again.");

    private int[] Existing(int[] tensors, bool optional = false) =>
        Array.TrueForAll(tensors, t => t < Tensors.Count && t >= (optional ? -1 : 0))
        ? tensors
        : throw Damaged($"it names the tensors {string.Join(", ", tensors.Take(8))} of {Tensors.Count}");

    /// <summary>Old files have the operator in a byte, of which newer ones set both.</summary>
    private static string OperatorName(FlatTable code)
    {
        var number = Math.Max(code.Byte(0), code.Int32(3));
        var name = ((TfliteOperator)number).ToString();
        return number == (int)TfliteOperator.CUSTOM ? $"{name} {code.Text(1)}" : name;
    }
}
