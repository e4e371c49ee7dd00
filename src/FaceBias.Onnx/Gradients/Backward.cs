using System.Runtime.InteropServices;
using Google.Protobuf;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Gradients;

/// <summary>What the rules share while the backward half of a graph is built: the builder, the facts of the forward
/// half, and constants, each made once.</summary>
internal sealed class Backward(GraphBuilder builder, ValueFacts facts, ConvolutionChoices? choices = null)
{
    private readonly Dictionary<string, string> _constants = [];
    private readonly Dictionary<string, (Expression Part, int Axis, long Before)> _padded = [];

    public GraphBuilder Builder { get; } = builder;

    public ValueFacts Facts { get; } = facts;

    public ConvolutionChoices Choices { get; } = choices ?? new ConvolutionChoices();

    /// <summary>The nodes of the forward graph that take a value.</summary>
    public ILookup<string, NodeProto> Users { get; init; } = Enumerable.Empty<NodeProto>().ToLookup(_ => "");

    /// <summary>The gradient of a value whose users were all differentiated; null where there is none.</summary>
    public Func<string, Expression?> Known { get; set; } = _ => null;

    /// <summary>A value of the forward graph.</summary>
    public Expression Value(string name) => new(this, name, Facts.Type(name), Facts.Shape(name));

    /// <summary>A one-dimensional int64 constant.</summary>
    public string Integers(params long[] values) =>
        Once("i" + string.Join(',', values), () => Builder.Constant(values.AsSpan()));

    /// <summary>A scalar constant of a real type.</summary>
    public Expression Scalar(double value, DataType type) => new(
        this, Once(type + value.ToString("R", CultureInfo.InvariantCulture),
            () => Builder.Initializer(Tensor([value], type))),
        type, []);

    /// <summary>A tensor filled with one value.</summary>
    public Expression Filled(double value, DataType type, long[] shape) => Scalar(value, type).Expand(shape);

    /// <summary>A constant tensor of a real type.</summary>
    public Expression Constant(double[] values, DataType type, long[] shape) =>
        new(this, Builder.Initializer(Tensor(values, type, shape)), type, shape);

    /// <summary>Remembers that a value is another one with zeros before and after it along an axis.</summary>
    public Expression Padded(Expression whole, Expression part, int axis, long before)
    {
        _padded[whole.Name] = (part, axis, before);
        return whole;
    }

    /// <summary>The sum of values that are zero where the others are not, as one that joins what was padded; null if
    /// they are not of that kind. Parts that were cut from one value, such as queries, keys and values of an attention,
    /// give it.</summary>
    public Expression? Joined(IReadOnlyList<Expression> parts)
    {
        var placed = new List<(Expression Part, int Axis, long Before)>();
        foreach (var part in parts)
            if (_padded.TryGetValue(part.Name, out var place))
                placed.Add(place);
            else
                return null;
        var axis = placed[0].Axis;
        placed.Sort((a, b) => a.Before.CompareTo(b.Before));
        var end = 0L;
        foreach (var (part, along, before) in placed)
        {
            if (along != axis || before != end)
                return null;
            end += part.Shape[axis];
        }
        return end == parts[0].Shape[axis] ? Expression.Concat(axis, [.. placed.Select(p => p.Part)]) : null;
    }

    private string Once(string key, Func<string> create)
    {
        if (!_constants.TryGetValue(key, out var name))
            _constants[key] = name = create();
        return name;
    }

    private static TensorProto Tensor(double[] values, DataType type, params long[] shape)
    {
        var tensor = new TensorProto
        {
            DataType = (int)type,
            RawData = ByteString.CopyFrom(type switch
            {
                DataType.Double => MemoryMarshal.AsBytes<double>(values),
                DataType.Float => MemoryMarshal.AsBytes<float>(Array.ConvertAll(values, v => (float)v)),
                DataType.Float16 => MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, v => (Half)v)),
                _ => throw new ArgumentException($"A gradient of type {type} does not exist."),
            }),
        };
        tensor.Dims.Add(shape);
        return tensor;
    }
}
