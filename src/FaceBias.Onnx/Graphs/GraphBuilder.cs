using Google.Protobuf;
using static FaceBias.Onnx.Graphs.AttributeProto.Types;

namespace FaceBias.Onnx.Graphs;

/// <summary>Builds an ONNX graph node by node. Values are known by their names; every call that makes one returns its
/// name. Names that are not given are made up from the operator and stay unique within the graph.</summary>
internal sealed class GraphBuilder
{
    /// <summary>The operator set that graphs are built for (ONNX 1.13; every runtime since 2023 runs it).</summary>
    public const int Opset = 18;

    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, int> _counters = [];

    /// <summary>Starts an empty graph.</summary>
    public GraphBuilder(string name)
    {
        Model = new ModelProto
        {
            IrVersion = 8,
            ProducerName = "FaceBias",
            Graph = new GraphProto { Name = name },
        };
        Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
    }

    /// <summary>Continues an existing model; the model itself is changed.</summary>
    public GraphBuilder(ModelProto model)
    {
        Model = model;
        foreach (var v in model.Graph.Input)
            _names.Add(v.Name);
        foreach (var t in model.Graph.Initializer)
            _names.Add(t.Name);
        foreach (var n in model.Graph.Node)
        {
            _names.UnionWith(n.Output);
            // New nodes are named after their outputs, and node names must be unique as well.
            _names.Add(n.Name);
        }
    }

    /// <summary>The model being built.</summary>
    public ModelProto Model { get; }

    public GraphProto Graph => Model.Graph;

    /// <summary>Declares a graph input. A dimension is a number, or a name for one that may vary: "N".</summary>
    public string Input(string name, TensorProto.Types.DataType type, params ReadOnlySpan<object> dims)
    {
        Graph.Input.Add(ValueInfo(name, type, dims));
        return Reserve(name);
    }

    /// <summary>Declares an existing value to be a graph output.</summary>
    public void Output(string name, TensorProto.Types.DataType type, params ReadOnlySpan<object> dims) =>
        Graph.Output.Add(ValueInfo(name, type, dims));

    /// <summary>Adds a constant or parameter.</summary>
    public string Initializer(TensorProto tensor)
    {
        if (!tensor.HasName || tensor.Name.Length == 0)
            tensor.Name = Unique("const");
        else
            Reserve(tensor.Name);
        Graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Adds a float constant; without dimensions a scalar.</summary>
    public string Constant(ReadOnlySpan<float> values, params ReadOnlySpan<long> dims) =>
        Initializer(Tensors.Float("", values, dims));

    /// <summary>Adds a scalar float constant.</summary>
    public string Constant(float value) => Initializer(Tensors.Float("", [value]));

    /// <summary>Adds a one-dimensional int64 constant: a shape, axes, or indices.</summary>
    public string Constant(params ReadOnlySpan<long> values) => Initializer(Tensors.Int64("", values, values.Length));

    /// <summary>Adds a node with one output and returns the output's name. An empty input name leaves an optional
    /// input out.</summary>
    public string Add(string op, params ReadOnlySpan<string> inputs) => Add(op, inputs, []);

    /// <summary>Adds a node with one output and attributes: long, long[], float, float[], string or
    /// TensorProto.</summary>
    public string Add(string op, ReadOnlySpan<string> inputs, ReadOnlySpan<(string Name, object Value)> attributes,
        string? output = null) =>
        AddMany(op, inputs, 1, attributes, output is null ? null : [output])[0];

    /// <summary>Adds a node with several outputs.</summary>
    public string[] AddMany(
        string op, ReadOnlySpan<string> inputs, int outputs, ReadOnlySpan<(string Name, object Value)> attributes,
        string[]? names = null)
    {
        names ??= [.. Enumerable.Range(0, outputs).Select(_ => Unique(op))];
        var node = new NodeProto { OpType = op, Name = names[0] };
        foreach (var input in inputs)
            node.Input.Add(input);
        foreach (var name in names)
        {
            Reserve(name);
            node.Output.Add(name);
        }
        foreach (var (name, value) in attributes)
            node.Attribute.Add(Attribute(name, value));
        Graph.Node.Add(node);
        return names;
    }

    /// <summary>The same value, through which no gradient passes: a weight that is computed from the losses it weighs
    /// is a constant to the derivative.</summary>
    public string StopGradient(string value)
    {
        var same = Add("Identity", value);
        Graph.Node[^1].DocString = StopsGradient;
        return same;
    }

    /// <summary>What marks a node that ends the way of gradients.</summary>
    internal const string StopsGradient = "stop gradient";

    /// <summary>A name that no value of the graph has yet.</summary>
    public string Unique(string stem)
    {
        while (true)
        {
            var next = _counters.GetValueOrDefault(stem) + 1;
            _counters[stem] = next;
            var name = $"{stem}_{next}";
            if (!_names.Contains(name))
                return name;
        }
    }

    private string Reserve(string name)
    {
        // An empty name leaves an optional output out.
        if (name.Length > 0 && !_names.Add(name))
            throw new ArgumentException($"The graph already has a value named '{name}'.");
        return name;
    }

    /// <summary>An attribute from a C# value: long, int, bool, long[], float, double, float[], string or
    /// TensorProto.</summary>
    public static AttributeProto Attribute(string name, object value)
    {
        var a = new AttributeProto { Name = name };
        switch (value)
        {
            case bool b: a.I = b ? 1 : 0; a.Type = AttributeType.Int; break;
            case int i: a.I = i; a.Type = AttributeType.Int; break;
            case long l: a.I = l; a.Type = AttributeType.Int; break;
            case float f: a.F = f; a.Type = AttributeType.Float; break;
            case double d: a.F = (float)d; a.Type = AttributeType.Float; break;
            case string s: a.S = ByteString.CopyFromUtf8(s); a.Type = AttributeType.String; break;
            case long[] ls: a.Ints.AddRange(ls); a.Type = AttributeType.Ints; break;
            case float[] fs: a.Floats.AddRange(fs); a.Type = AttributeType.Floats; break;
            case TensorProto t: a.T = t; a.Type = AttributeType.Tensor; break;
            default: throw new ArgumentException($"Attribute '{name}' of type {value.GetType()} is not supported.");
        }
        return a;
    }

    /// <summary>The description of a tensor value. A dimension is a number, or a name for one that may vary.</summary>
    public static ValueInfoProto ValueInfo(string name, TensorProto.Types.DataType type,
        params ReadOnlySpan<object> dims)
    {
        var shape = new TensorShapeProto();
        foreach (var d in dims)
            shape.Dim.Add(d is string s
                ? new TensorShapeProto.Types.Dimension { DimParam = s }
                : new TensorShapeProto.Types.Dimension { DimValue = Convert.ToInt64(d, null) });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }
}
