using Google.Protobuf;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Opsets;

/// <summary>What a rule sees and may change: one node, its attributes and inputs, and nodes before and behind
/// it.</summary>
internal sealed class OpsetNode(OpsetContext context, NodeProto node)
{
    private readonly List<NodeProto> _before = [];
    private readonly List<NodeProto> _after = [];

    /// <summary>The node with what was put around it, in order.</summary>
    public IEnumerable<NodeProto> Result => [.. _before, node, .. _after];

    public string Operator
    {
        get => node.OpType;
        set => node.OpType = value;
    }

    public int Outputs => node.Output.Count;

    public string Input(int i) => i < node.Input.Count ? node.Input[i] : "";

    /// <summary>Sets an input; "" leaves an optional one out.</summary>
    public void SetInput(int i, string value)
    {
        while (node.Input.Count <= i)
            node.Input.Add("");
        node.Input[i] = value;
        while (node.Input.Count > 0 && node.Input[^1].Length == 0)
            node.Input.RemoveAt(node.Input.Count - 1);
    }

    /// <summary>Dimensions of a value, or null if its number of dimensions is not known; -1 for one that may
    /// vary.</summary>
    public long[]? Shape(string value) => context.Shape(value);

    public DataType Type(string value) => context.Type(value) ?? DataType.Float;

    public TensorProto? Constant(string value) => context.Constant(value);

    public bool IsUsed(int output) => output < node.Output.Count && context.IsUsed(node.Output[output]);

    public void DropOutputs(int kept)
    {
        while (node.Output.Count > kept)
            node.Output.RemoveAt(node.Output.Count - 1);
    }

    public long? TakeInt(string name) => Take(name)?.I;

    public float? TakeFloat(string name) => Take(name)?.F;

    public long[]? TakeInts(string name) => Take(name)?.Ints.ToArray();

    public float[]? TakeFloats(string name) => Take(name)?.Floats.ToArray();

    public string? TakeText(string name) => Take(name)?.S.ToStringUtf8();

    public AttributeProto? TakeAny(string name) => Take(name);

    public void Set(string name, object value)
    {
        Take(name);
        node.Attribute.Add(GraphBuilder.Attribute(name, value));
    }

    public string Integers(params ReadOnlySpan<long> values) => context.Builder.Constant(values);

    /// <summary>A number of the element type of a value.</summary>
    public string Number(float number, DataType type) => context.Builder.Initializer(type switch
    {
        DataType.Double => Scalar(type, BitConverter.GetBytes((double)number)),
        DataType.Float16 => Scalar(type, BitConverter.GetBytes((Half)number)),
        _ => Tensors.Float("", [number]),
    });

    public string Floats(float[] values, params long[] dims) => context.Builder.Constant(values, dims);

    /// <summary>An integer attribute becomes an input.</summary>
    public void IntsToInput(string attribute, int input)
    {
        if (TakeInts(attribute) is { } values)
            SetInput(input, Integers(values));
    }

    /// <summary>An input of constant integers becomes an attribute.</summary>
    public void InputToInts(int input, string attribute)
    {
        if (Input(input).Length == 0)
            return;
        Set(attribute, Integers(Input(input), attribute));
        SetInput(input, "");
    }

    /// <summary>The integers of an input that must be constant.</summary>
    public long[] Integers(string value, string what) =>
        Constant(value)?.ToInt64s() ?? throw Refuse($"computes its {what}");

    /// <summary>Adds a node before this one and returns its output.</summary>
    public string Before(string op, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string, object)> attributes) =>
        Add(_before, op, inputs, context.Builder.Unique(op), attributes);

    /// <summary>This node gives an inner value, and a node behind it makes the output from it.</summary>
    public void Behind(string op, Func<string, string[]> inputs, params ReadOnlySpan<(string, object)> attributes)
    {
        var (output, inner) = (node.Output[0], context.Builder.Unique(node.OpType));
        node.Output[0] = inner;
        Add(_after, op, inputs(inner), output, attributes);
    }

    /// <summary>This node becomes another one with the same output.</summary>
    public void Become(string op, params ReadOnlySpan<string> inputs)
    {
        node.OpType = op;
        node.Input.Clear();
        node.Input.Add(inputs.ToArray());
        node.Attribute.Clear();
        DropOutputs(1);
    }

    public OpsetException Refuse(string why) =>
        new($"{node.OpType}{(node.Name.Length > 0 ? $" ('{node.Name}')" : "")} {why}");

    private AttributeProto? Take(string name)
    {
        var attribute = node.Attribute.FirstOrDefault(a => a.Name == name);
        if (attribute is not null)
            node.Attribute.Remove(attribute);
        return attribute;
    }

    private string Add(List<NodeProto> nodes, string op, ReadOnlySpan<string> inputs, string output,
        ReadOnlySpan<(string, object)> attributes)
    {
        var added = new NodeProto { OpType = op, Name = context.Builder.Unique(op) };
        added.Input.Add(inputs.ToArray());
        added.Output.Add(output);
        foreach (var (name, value) in attributes)
            added.Attribute.Add(GraphBuilder.Attribute(name, value));
        nodes.Add(added);
        return output;
    }

    private static TensorProto Scalar(DataType type, byte[] bytes) =>
        new() { DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
}
