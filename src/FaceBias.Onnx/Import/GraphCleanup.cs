namespace FaceBias.Onnx.Import;

/// <summary>Removes what converters leave behind, without changing what the graph computes beyond float rounding: a
/// multiplication or addition per channel after a convolution goes into its weights and bias, and chains of Relu, Min,
/// Max and Clip become one.</summary>
internal static class GraphCleanup
{
    public static void Run(GraphBuilder graph)
    {
        graph.Graph.RemoveUnused();
        while (FoldIntoConvolution(graph) || MergeBounds(graph))
        {
        }
        while (MergeScaleAndShift(graph) || NameOutput(graph.Graph))
        {
        }
        graph.Graph.RemoveUnused();
    }

    /// <summary>A multiplication and an addition per channel that no convolution could take (one after an activation,
    /// say) become a batch normalisation, which ONNX Runtime runs in its blocked layout; Mul and Add would leave it.
    /// </summary>
    private static bool MergeScaleAndShift(GraphBuilder graph)
    {
        var view = new GraphView(graph.Graph);
        foreach (var add in graph.Graph.Node.Where(n => n.OpType == "Add"))
        {
            var at = view.Constant(add.Input[1]) is not null ? 1 : 0;
            if (view.Constant(add.Input[at]) is not { Dims: [var channels, 1, 1] } offset
                || view.OnlyFor(add.Input[1 - at]) is not { OpType: "Mul" } mul)
                continue;
            var from = view.Constant(mul.Input[1]) is not null ? 1 : 0;
            if (view.Constant(mul.Input[from]) is not { Dims: [var same, 1, 1] } scale || same != channels)
                continue;
            var zeros = new float[channels];
            var ones = zeros.Select(_ => 1f).ToArray();
            string[] inputs =
            [
                mul.Input[1 - from], graph.Constant(scale.ToFloats(), channels),
                graph.Constant(offset.ToFloats(), channels),
                graph.Constant(zeros, channels), graph.Constant(ones, channels),
            ];
            add.Input.Clear();
            add.Input.AddRange(inputs);
            add.OpType = "BatchNormalization";
            add.Attribute.Add(GraphBuilder.Attribute("epsilon", 0f));
            graph.Graph.Node.Remove(mul);
            return true;
        }
        return false;
    }

    /// <summary>An Identity that only names an output goes; the node before it takes the name.</summary>
    private static bool NameOutput(GraphProto graph)
    {
        var view = new GraphView(graph);
        var identity = graph.Node.FirstOrDefault(n =>
            n.OpType == "Identity" && view.IsOutput(n.Output[0]) && !view.IsOutput(n.Input[0])
                && view.Producer(n.Input[0]) is not null);
        if (identity is null)
            return false;
        graph.Node.Remove(identity);
        PixelInterface.Rename(graph, identity.Input[0], identity.Output[0]);
        return true;
    }

    /// <summary>Conv -> Mul or Add with a constant per channel: one step at a time, until none is left.</summary>
    private static bool FoldIntoConvolution(GraphBuilder graph)
    {
        var changed = false;
        var view = new GraphView(graph.Graph);
        foreach (var node in graph.Graph.Node.ToList())
        {
            if (node.OpType is not ("Mul" or "Add" or "Sub") || node.Input.Count != 2)
                continue;
            var at = view.Constant(node.Input[1]) is not null ? 1 : 0;
            if (at == 0 && node.OpType == "Sub" || view.Constant(node.Input[at]) is not { } constant
                || view.OnlyFor(node.Input[1 - at]) is not { OpType: "Conv" } conv
                || view.Constant(conv.Input[1]) is not { } kernel
                || PerChannel(constant, (int)kernel.Dims[0]) is not { } values)
                continue;
            var weights = kernel.ToFloats();
            var bias = conv.Input.Count > 2 ? view.Constant(conv.Input[2])?.ToFloats() : new float[values.Length];
            if (bias is null)
                continue;
            for (var c = 0; c < values.Length; c++)
            {
                if (node.OpType == "Mul")
                {
                    var span = weights.AsSpan(c * (weights.Length / values.Length), weights.Length / values.Length);
                    foreach (ref var w in span)
                        w *= values[c];
                    bias[c] *= values[c];
                }
                else
                    bias[c] += node.OpType == "Sub" ? -values[c] : values[c];
            }
            SetWeights(graph, conv, weights, kernel.Dims, bias);
            conv.Output[0] = node.Output[0];
            graph.Graph.Node.Remove(node);
            view = new GraphView(graph.Graph);
            changed = true;
        }
        return changed;
    }

    internal static void SetWeights(GraphBuilder graph, NodeProto conv, float[] weights, IEnumerable<long> dims,
        float[] bias)
    {
        conv.Input[1] = graph.Constant(weights, [.. dims]);
        var b = graph.Constant(bias, bias.Length);
        if (conv.Input.Count > 2)
            conv.Input[2] = b;
        else
            conv.Input.Add(b);
    }

    /// <summary>The values of a constant [C, 1, 1], [1, C, 1, 1] or a scalar for <paramref name="channels"/>
    /// channels.</summary>
    private static float[]? PerChannel(TensorProto constant, int channels)
    {
        if ((TensorProto.Types.DataType)constant.DataType != TensorProto.Types.DataType.Float)
            return null;
        if (constant.ElementCount() == 1)
            return [.. Enumerable.Repeat(constant.ToFloats()[0], channels)];
        return constant.ElementCount() == channels && constant.Dims.Count is 3 or 4 && constant.Dims[^3] == channels
            ? constant.ToFloats() : null;
    }

    /// <summary>f after g where both cut to an interval is one cut: each bound of g is moved into f's
    /// interval.</summary>
    private static bool MergeBounds(GraphBuilder graph)
    {
        var view = new GraphView(graph.Graph);
        foreach (var node in graph.Graph.Node)
        {
            if (Bounds(view, node) is not { } outer || view.OnlyFor(outer.Input) is not { } before
                || Bounds(view, before) is not { } inner)
                continue;
            var low = Math.Clamp(inner.Low, outer.Low, outer.High);
            var high = Math.Clamp(inner.High, outer.Low, outer.High);
            node.Input.Clear();
            node.Input.Add(inner.Input);
            node.OpType = low == 0 && float.IsPositiveInfinity(high) ? "Relu" : "Clip";
            if (node.OpType == "Clip")
            {
                node.Input.Add(float.IsNegativeInfinity(low) ? "" : graph.Constant(low));
                if (!float.IsPositiveInfinity(high))
                    node.Input.Add(graph.Constant(high));
            }
            graph.Graph.Node.Remove(before);
            return true;
        }
        return false;
    }

    private static (string Input, float Low, float High)? Bounds(GraphView view, NodeProto node)
    {
        const float Infinite = float.PositiveInfinity;
        switch (node.OpType)
        {
            case "Relu":
                return (node.Input[0], 0, Infinite);
            case "Clip":
                return Bound(view, node, 1, -Infinite) is { } low && Bound(view, node, 2, Infinite) is { } high
                    && low <= high
                    ? (node.Input[0], low, high) : null;
            case "Min" or "Max" when node.Input.Count == 2:
                var at = view.Constant(node.Input[1]) is not null ? 1 : 0;
                if (view.Constant(node.Input[at]) is not { } constant || constant.ElementCount() != 1)
                    return null;
                var value = constant.ToFloats()[0];
                return node.OpType == "Min" ? (node.Input[1 - at], -Infinite, value)
                    : (node.Input[1 - at], value, Infinite);
            default:
                return null;
        }
    }

    private static float? Bound(GraphView view, NodeProto node, int input, float standard)
    {
        if (node.Input.Count <= input || node.Input[input].Length == 0)
            return standard;
        return view.Constant(node.Input[input]) is { } constant && constant.ElementCount() == 1 ? constant.ToFloats()[0]
            : null;
    }
}
