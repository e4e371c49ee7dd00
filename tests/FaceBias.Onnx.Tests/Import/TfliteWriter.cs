using System.Runtime.InteropServices;
using FaceBias.Onnx.Import;
using FaceBias.Tests;
using Google.FlatBuffers;

namespace FaceBias.Onnx.Tests.Import;

/// <summary>Writes small TensorFlow Lite models as a converter would. Options of operators are pairs of a field's
/// number and its value.</summary>
internal sealed class TfliteWriter
{
    private readonly List<(string Name, int[] Shape, TfliteType Type, byte[] Bytes)> _tensors = [];
    private readonly List<(string Op, string[] Inputs, int Output, (int Field, object Value)[] Options)> _nodes = [];

    public TfliteWriter(int height, int width) => _tensors.Add(("x", [1, height, width, 3], TfliteType.Float32, []));

    /// <summary>The version of the schema that the file claims.</summary>
    public int Version { get; init; } = 3;

    /// <summary>Stores a constant as float32 or float16, and returns what it becomes.</summary>
    public Weights Constant(string name, Weights weights, TfliteType type = TfliteType.Float32)
    {
        var halves = weights.Values.Select(v => (Half)v).ToArray();
        _tensors.Add((name, weights.Shape, type, type == TfliteType.Float16
            ? MemoryMarshal.AsBytes<Half>(halves).ToArray() : MemoryMarshal.AsBytes<float>(weights.Values).ToArray()));
        return type == TfliteType.Float16 ? weights with { Values = [.. halves.Select(h => (float)h)] } : weights;
    }

    public void Integers(string name, int[] shape, params int[] values) =>
        _tensors.Add((name, shape, TfliteType.Int32, MemoryMarshal.AsBytes<int>(values).ToArray()));

    /// <summary>A tensor with these bytes, whatever they mean.</summary>
    public void Raw(string name, TfliteType type, int[] shape, byte[] bytes) =>
        _tensors.Add((name, shape, type, bytes));

    /// <summary>An operator by its name, or "CUSTOM name"; an input "" is left out.</summary>
    public void Node(string op, string output, string[] inputs, params (int Field, object Value)[] options)
    {
        _tensors.Add((output, [], TfliteType.Float32, []));
        _nodes.Add((op, inputs, _tensors.Count - 1, options));
    }

    /// <summary>The file; its last tensor is the output.</summary>
    public string Write(string? folder = null)
    {
        var path = Path.Combine(folder ?? TestPaths.NewFolder(), "small.tflite");
        File.WriteAllBytes(path, Bytes());
        return path;
    }

    private byte[] Bytes()
    {
        var b = new FlatBufferBuilder(1024);
        string[] operators = [.. _nodes.Select(n => n.Op).Distinct()];
        var codes = Tables(b, operators, op =>
        {
            var custom = op.StartsWith("CUSTOM ", StringComparison.Ordinal);
            var number = (int)Enum.Parse<TfliteOperator>(custom ? "CUSTOM" : op);
            return [(0, (byte)Math.Min(number, 127)), (3, number), .. custom ? [(1, op[7..])] : ((int, object)[])[]];
        });
        var buffers = Tables(b, _tensors, t => t.Bytes.Length > 0 ? [(0, t.Bytes)] : []);
        var tensors = Tables(b, _tensors.Select((t, i) => (t, i)),
            t => [(0, t.t.Shape), (1, (byte)t.t.Type), (2, t.i), (3, t.t.Name)]);
        var nodes = Tables(b, _nodes, n =>
        [
            (0, Array.IndexOf(operators, n.Op)),
            (1, (int[])[.. n.Inputs.Select(i => _tensors.FindIndex(t => t.Name == i))]), (2, new[] { n.Output }),
            .. n.Options.Length > 0 ? [(4, Table(b, n.Options))] : ((int, object)[])[],
        ]);
        var graph = Table(b, [(0, tensors), (1, new[] { 0 }), (2, new[] { _tensors.Count - 1 }), (3, nodes)]);
        var graphs = Vector(b, [graph]);
        b.Finish(Table(b, [(0, Version), (1, codes), (2, graphs), (4, buffers)]).Value, "TFL3");
        return b.SizedByteArray();
    }

    private static VectorOffset Tables<T>(FlatBufferBuilder b, IEnumerable<T> items, Func<T, (int, object)[]> fields) =>
        Vector(b, [.. items.Select(i => Table(b, fields(i)))]);

    private static VectorOffset Vector(FlatBufferBuilder b, Offset<Table>[] tables) => b.CreateVectorOfTables(tables);

    private static Offset<Table> Table(FlatBufferBuilder b, (int Field, object Value)[] fields)
    {
        // What a table points to is written before it.
        (int Field, object Value)[] placed = [.. fields.Select(f => (f.Field, f.Value switch
        {
            string text => b.CreateString(text),
            int[] numbers => Numbers(b, numbers),
            byte[] bytes => Bytes(b, bytes),
            var other => other,
        }))];
        b.StartTable(placed.Length == 0 ? 0 : placed.Max(f => f.Field) + 1);
        b.ForceDefaults = true;
        foreach (var (field, value) in placed)
        {
            switch (value)
            {
                case byte v: b.AddByte(field, v, 0); break;
                case bool v: b.AddBool(field, v, false); break;
                case int v: b.AddInt(field, v, 0); break;
                case float v: b.AddFloat(field, v, 0); break;
                case StringOffset v: b.AddOffset(field, v.Value, 0); break;
                case VectorOffset v: b.AddOffset(field, v.Value, 0); break;
                case Offset<Table> v: b.AddOffset(field, v.Value, 0); break;
                default: throw new ArgumentException($"No field can hold {value}.", nameof(fields));
            }
        }
        return new Offset<Table>(b.EndTable());
    }

    private static VectorOffset Numbers(FlatBufferBuilder b, int[] numbers)
    {
        b.StartVector(4, numbers.Length, 4);
        for (var i = numbers.Length - 1; i >= 0; i--)
            b.AddInt(numbers[i]);
        return b.EndVector();
    }

    private static VectorOffset Bytes(FlatBufferBuilder b, byte[] bytes)
    {
        b.StartVector(1, bytes.Length, 16);
        for (var i = bytes.Length - 1; i >= 0; i--)
            b.AddByte(bytes[i]);
        return b.EndVector();
    }
}
