namespace FaceBias.Onnx.Import;

/// <summary>Matrix products, reductions and changes of shape.</summary>
internal sealed partial class ChannelsFirstEmitter
{
    /// <summary>Rows [N, K] times constant weights [K, M], plus a bias [M].</summary>
    public GraphValue MatMul(GraphValue input, GraphValue weights, GraphValue? bias, bool transposeA = false,
        bool transposeB = false)
    {
        var matrix = NeedConstant(weights, "weights");
        if (transposeA || input.Rank < 2 || matrix.Rank != 2 || input.Channels != matrix.Shape[transposeB ? 1 : 0])
            throw Refuse($"multiplies {input} by {weights}{(transposeA ? " with the first transposed" : "")}, which "
                + "is not supported.");
        var columns = matrix.Shape[transposeB ? 0 : 1];
        if (bias is not null && NeedConstant(bias, "bias").Length != columns)
            throw Refuse($"has a bias {bias} for {columns} columns.");
        int[] shape = [.. input.Shape[..^1], columns];
        var w = graph.Constant(transposeB ? matrix.Transposed(1, 0) : matrix.ToFloats(), input.Channels, columns);
        if (input.Rank == 2)
        {
            string[] inputs = bias is null ? [Natural(input), w]
                : [Natural(input), w, graph.Constant(bias.Constant!.ToFloats(), columns)];
            return GraphValue.Of(graph.Add("Gemm", inputs), shape, false);
        }
        var product = GraphValue.Of(graph.Add("MatMul", Natural(input), w), shape, false);
        return bias is null ? product : Binary("Add", product, bias);
    }

    /// <summary>"Mean", "Max", "Min" or "Sum" over dimensions. The mean or maximum of a picture is a global
    /// pooling.</summary>
    public GraphValue Reduce(string op, GraphValue input, IReadOnlyList<long> axes, bool keepDims)
    {
        var own = axes.Select(a => Axis(input, a)).Distinct().Order().ToArray();
        if (own.Length == 0 || own.Contains(0))
            throw Refuse("reduces over the batch, which is not supported.");
        var pooled = input.Rank == 4 && own is [1, 2];
        if (input.ChannelsFirst && !keepDims && !pooled && !own.Contains(3))
            input = GraphValue.Of(Natural(input), input.Shape, false);
        int[] shape = keepDims
            ? [.. input.Shape.Select((d, i) => own.Contains(i) ? 1 : d)]
            : [.. input.Shape.Where((_, i) => !own.Contains(i))];
        string name;
        if (pooled && op is "Mean" or "Max")
        {
            input = Planes(input);
            name = graph.Add(op == "Mean" ? "GlobalAveragePool" : "GlobalMaxPool", input.Name!);
            if (!keepDims)
                name = graph.Add("Flatten", [name], [("axis", 1)]);
        }
        else
        {
            var stored = graph.Constant([.. own.Select(a => (long)StoredAxis(input, a))]);
            name = graph.Add($"Reduce{op}", [Stored(input), stored], [("keepdims", keepDims)]);
        }
        var result = GraphValue.Of(name, shape, keepDims && input.ChannelsFirst);
        return input.NonNegative ? result.AsNonNegative() : result;
    }

    /// <summary>A new shape without the batch dimension, -1 for what remains.</summary>
    public GraphValue Reshape(GraphValue input, IReadOnlyList<long> sample)
    {
        var elements = Elements(input);
        var known = sample.Where(d => d != -1).Aggregate(1L,
            (a, d) => d is > 0 and < int.MaxValue && a < int.MaxValue ? a * d : 0);
        var open = sample.Count(d => d == -1);
        if (known == 0 || open > 1 || elements % known != 0 || open == 0 && known != elements)
            throw Refuse($"gives {input} the shape [N, {string.Join(", ", sample)}], which does not fit.");
        int[] shape = [input.Shape[0], .. sample.Select(d => d == -1 ? (int)(elements / known) : (int)d)];
        if (shape.SequenceEqual(input.Shape))
            return input;
        // A map of one place is stored alike in both orders.
        var stored = input.ChannelsFirst && input.Shape is [_, 1, 1, _] ? input.Name! : Natural(input);
        long[] target = shape is [_, 1, 1, _] ? [-1, shape[3], 1, 1] : [-1, .. shape[1..].Select(d => (long)d)];
        var result = GraphValue.Of(graph.Add("Reshape", stored, graph.Constant(target)), shape, shape is [_, 1, 1, _]);
        return input.NonNegative ? result.AsNonNegative() : result;
    }

    /// <summary>TensorFlow's Reshape with the batch dimension in the target: -1, the size the model was traced with
    /// (1), or given by the others. The batch must stay a dimension of its own.</summary>
    public GraphValue ReshapeWithBatch(GraphValue input, IReadOnlyList<long> target)
    {
        var rest = target.Skip(1).ToArray();
        if (target.Count == 0 || target[0] is not (-1 or 1) || target[0] == -1 && rest.Contains(-1))
            throw Refuse($"reshapes {input} to [{string.Join(", ", target)}], which mixes the batch with other "
                + "dimensions.");
        return Reshape(input, rest);
    }

    /// <summary>Removes dimensions of size 1; all of them but the batch where none are named.</summary>
    public GraphValue Squeeze(GraphValue input, IReadOnlyList<long> axes)
    {
        var own = axes.Count > 0
            ? axes.Select(a => Axis(input, a)).ToArray()
            : [.. Enumerable.Range(1, input.Rank - 1).Where(i => input.Shape[i] == 1)];
        if (own.Any(a => a == 0 || input.Shape[a] != 1))
            throw Refuse($"squeezes dimensions of {input} that are not 1.");
        return Reshape(input, [.. input.Shape.Where((_, i) => i > 0 && !own.Contains(i)).Select(d => (long)d)]);
    }

    /// <summary>Inserts a dimension of size 1.</summary>
    public GraphValue ExpandDims(GraphValue input, long axis)
    {
        var own = axis < 0 ? axis + input.Rank + 1 : axis;
        if (own < 1 || own > input.Rank)
            throw Refuse($"inserts a dimension at {axis} of {input}, which is not supported.");
        var shape = input.Shape.Select(d => (long)d).ToList();
        shape.Insert((int)own, 1);
        return Reshape(input, shape[1..]);
    }

    /// <summary>Values side by side along a dimension.</summary>
    public GraphValue Concat(IReadOnlyList<GraphValue> values, long axis)
    {
        if (values.Count == 0)
            throw Refuse("joins nothing.");
        var own = Axis(values[0], axis);
        if (own == 0 || values.Any(
            v => v.Rank != values[0].Rank || v.Shape.Where((d, i) => i != own && d != values[0].Shape[i]).Any()))
            throw Refuse($"joins values of shapes {string.Join(", ", values)} along dimension {axis}, which do not fit.");
        var shape = (int[])values[0].Shape.Clone();
        shape[own] = values.Sum(v => v.Shape[own]);
        var planes = values.Any(v => v.ChannelsFirst);
        string[] names = [.. values.Select(v => planes ? Planes(v).Name! : Natural(v))];
        var stored = planes ? StoredAxis(Planes(values.First(v => v.ChannelsFirst)), own) : own;
        return GraphValue.Of(graph.Add("Concat", names, [("axis", stored)]), shape, planes);
    }

    /// <summary>Picks out the dimensions in another order.</summary>
    public GraphValue Transpose(GraphValue input, IReadOnlyList<long> order)
    {
        if (!order.Order().SequenceEqual(Enumerable.Range(0, input.Rank).Select(i => (long)i)) || order[0] != 0)
            throw Refuse($"orders the dimensions of {input} as [{string.Join(", ", order)}], which is not supported.");
        int[] shape = [.. order.Select(a => input.Shape[a])];
        return GraphValue.Of(graph.Add("Transpose", [Natural(input)], [("perm", order.ToArray())]), shape, false);
    }
}
