namespace FaceBias.Onnx.Import;

/// <summary>Element-wise operators, activations and normalisation.</summary>
internal sealed partial class ChannelsFirstEmitter
{
    /// <summary>An operator on one value that keeps its shape: "Relu", "Sigmoid", "Tanh", ...</summary>
    public GraphValue Unary(string op, GraphValue input, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var result = Result(graph.Add(op, [Stored(input)], attributes), input);
        return op is "Relu" or "Sigmoid" or "Abs" or "Exp" or "Softplus" ? result.AsNonNegative() : result;
    }

    /// <summary>The value cut to an interval.</summary>
    public GraphValue Clip(GraphValue input, float low, float high)
    {
        var result = Result(graph.Add("Clip", Stored(input), graph.Constant(low), graph.Constant(high)), input);
        return low >= 0 ? result.AsNonNegative() : result;
    }

    /// <summary>x where positive, otherwise slope * x with a slope per element or channel.</summary>
    public GraphValue Prelu(GraphValue input, GraphValue slope)
    {
        NeedConstant(slope, "slope");
        var shape = Broadcast(input, slope);
        return shape.SequenceEqual(input.Shape)
            ? Result(graph.Add("PRelu", Stored(input), Aligned(slope, input)), input)
            : throw Refuse($"has a slope {slope} that does not fit its input {input}.");
    }

    /// <summary>Two values with broadcasting: "Add", "Sub", "Mul", "Div", "Min", "Max", "Pow".</summary>
    public GraphValue Binary(string op, GraphValue a, GraphValue b)
    {
        var shape = Broadcast(a, b);
        var planes = (a.ChannelsFirst || a.Constant is not null) && (b.ChannelsFirst || b.Constant is not null)
            && (a.ChannelsFirst || b.ChannelsFirst) && a.Rank <= 4 && b.Rank <= 4;
        var result = planes
            ? GraphValue.Of(
                graph.Add(op, a.ChannelsFirst ? a.Name! : Aligned(a, b), b.ChannelsFirst ? b.Name! : Aligned(b, a)),
                shape, true)
            : GraphValue.Of(graph.Add(op, Natural(a), Natural(b)), shape, false);
        var positive = op switch
        {
            "Max" => NotNegative(a) || NotNegative(b),
            "Add" or "Mul" or "Min" => NotNegative(a) && NotNegative(b),
            _ => false,
        };
        return positive ? result.AsNonNegative() : result;
    }

    /// <summary>(x - mean) / sqrt(variance + epsilon) * gamma + beta over the last dimension, as one multiplication and
    /// one addition, which fold into a convolution before them. Computed in double precision.</summary>
    public GraphValue BatchNormalization(
        GraphValue input, GraphValue? gamma, GraphValue? beta, GraphValue mean, GraphValue variance, double epsilon)
    {
        var m = NeedConstant(mean, "mean").ToFloats();
        var v = NeedConstant(variance, "variance").ToFloats();
        var g = gamma is null ? null : NeedConstant(gamma, "scale").ToFloats();
        var b = beta is null ? null : NeedConstant(beta, "offset").ToFloats();
        if (new[] { m, v, g, b }.Any(p => p is not null && p.Length != input.Channels))
            throw Refuse($"has parameters that do not fit the {input.Channels} channels of its input {input}.");
        var scale = new float[m.Length];
        var offset = new float[m.Length];
        for (var c = 0; c < scale.Length; c++)
        {
            var s = (g?[c] ?? 1.0) / Math.Sqrt(v[c] + epsilon);
            if (!double.IsFinite(s))
                throw Refuse($"has the impossible variance {v[c]} in channel {c}; the model is damaged.");
            (scale[c], offset[c]) = ((float)s, (float)((b?[c] ?? 0.0) - m[c] * s));
        }
        var scaled = Binary("Mul", input, GraphValue.Of(new ConstantTensor([scale.Length], scale)));
        return Binary("Add", scaled, GraphValue.Of(new ConstantTensor([offset.Length], offset)));
    }

    /// <summary>Softmax over a dimension.</summary>
    public GraphValue Softmax(GraphValue input, long axis = -1) =>
        Result(graph.Add("Softmax", [Stored(input)], [("axis", StoredAxis(input, Axis(input, axis)))]), input)
            .AsNonNegative();

    private string Stored(GraphValue value) => value.ChannelsFirst ? value.Name! : Natural(value);

    private static bool NotNegative(GraphValue value) =>
        value.NonNegative || value.Constant?.ToFloats() is { } values && Array.TrueForAll(values, v => v >= 0);

    /// <summary>A constant in the storage order of its partner: [C] or [1, H, W, C] beside planes becomes [C, 1, 1] or
    /// [1, C, H, W].</summary>
    private string Aligned(GraphValue constant, GraphValue partner)
    {
        var tensor = constant.Constant!;
        if (!partner.ChannelsFirst || tensor.Length == 1 && tensor.Rank == 0)
            return Natural(constant);
        int[] full = [.. Enumerable.Repeat(1, 4 - tensor.Rank), .. tensor.Shape];
        var turned = new ConstantTensor(full, tensor.ToFloats()).Transposed(0, 3, 1, 2);
        if (full[0] == 1)
            return graph.Constant(turned, full[3], full[1], full[2]);
        return graph.Constant(turned, full[0], full[3], full[1], full[2]);
    }

    private int[] Broadcast(GraphValue a, GraphValue b)
    {
        var rank = Math.Max(a.Rank, b.Rank);
        var shape = new int[rank];
        for (var d = 1; d <= rank; d++)
        {
            var x = d <= a.Rank ? a.Shape[^d] : 1;
            var y = d <= b.Rank ? b.Shape[^d] : 1;
            // A batch dimension stays one, also beside a constant that was traced with a batch of 1.
            shape[^d] = x == y || y == 1 ? x
                : x == 1 ? y : throw Refuse($"combines values of shapes {a} and {b}, which do not fit.");
        }
        return shape;
    }
}
