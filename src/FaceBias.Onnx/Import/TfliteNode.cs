namespace FaceBias.Onnx.Import;

/// <summary>Inputs and options of one operator of a TensorFlow Lite model. Options go by the number of their
/// field.</summary>
internal sealed class TfliteNode(ChannelsFirstEmitter emit, IReadOnlyList<GraphValue?> inputs, FlatTable? options)
    : OperatorInputs(emit, inputs)
{
    private readonly int _count = inputs.Count;

    public int Int32(int field) => options?.Int32(field) ?? 0;

    public float Single(int field) => options?.Single(field) ?? 0;

    public long[] Integers(int field) => [.. (options?.Integers(field) ?? []).Select(i => (long)i)];

    public GraphValue[] All() => [.. Enumerable.Range(0, _count).Select(i => this[i])];

    /// <summary>Strides and padding, which convolutions and pooling have in the same fields; the two dilations are in
    /// the field given and the next, width first.</summary>
    public Window Window(int? dilations = null) => new(
        [Int32(2), Int32(1)],
        (options?.Byte(0) ?? 0) switch
        {
            0 => WindowPadding.Same,
            1 => WindowPadding.Valid,
            var other => throw Emit.Refuse($"has the padding {other}, which is not known."),
        },
        dilations is { } at && options is not null ? [options.Int32(at + 1, 1), options.Int32(at, 1)] : [1, 1],
        [0, 0, 0, 0]);

    public int[] PoolSize() => [Int32(4), Int32(3)];

    /// <summary>Weights [out, kh, kw, in] as TensorFlow has them, [kh, kw, in, out].</summary>
    public GraphValue Filters()
    {
        var w = Weights();
        return GraphValue.Of(
            new ConstantTensor([w.Shape[1], w.Shape[2], w.Shape[3], w.Shape[0]], w.Transposed(1, 2, 3, 0)));
    }

    /// <summary>Weights [1, kh, kw, in * multiplier] as TensorFlow has them, [kh, kw, in, multiplier].</summary>
    public GraphValue DepthwiseFilters()
    {
        var w = Weights();
        var channels = this[0].Channels;
        return w.Shape[0] == 1 && w.Shape[3] % channels == 0
            ? GraphValue.Of(new ConstantTensor([w.Shape[1], w.Shape[2], channels, w.Shape[3] / channels], w.ToFloats()))
            : throw Emit.Refuse($"has weights {this[1]} that do not fit its input {this[0]}.");
    }

    /// <summary>The input of a dense layer: rows, unless the layer keeps the other dimensions.</summary>
    public GraphValue Rows()
    {
        if (options is not null && options.Byte(1) != 0)
            throw Emit.Refuse("has shuffled weights, which are quantised; take the float model.");
        return this[0].Rank == 2 || options?.Flag(2) == true ? this[0] : Emit.Reshape(this[0], [-1]);
    }

    public GraphValue Biased(GraphValue value) => Optional(2) is { } bias ? Emit.Binary("Add", value, bias) : value;

    public GraphValue Scaled(float factor) =>
        factor == 1 ? this[0] : Emit.Binary("Mul", this[0], GraphValue.Of(new ConstantTensor([], [factor])));

    public GraphValue Reduced(string op) => Emit.Reduce(op, this[0], Constant(1), options?.Flag(0) == true);

    /// <summary>The activation that the converter merged into the operator.</summary>
    public GraphValue Activated(GraphValue value, int field) => (options?.Byte(field) ?? 0) switch
    {
        0 => value,
        1 => Emit.Unary("Relu", value),
        2 => Emit.Clip(value, -1, 1),
        3 => Emit.Clip(value, 0, 6),
        4 => Emit.Unary("Tanh", value),
        var other => throw Emit.Refuse($"is fused with the activation {other}, which is not known."),
    };

    private ConstantTensor Weights() => this[1].Constant is { Rank: 4 } weights ? weights
        : throw Emit.Refuse($"has weights {this[1]}; a constant of 4 dimensions is needed.");
}
