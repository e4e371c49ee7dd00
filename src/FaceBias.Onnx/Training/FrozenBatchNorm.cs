using FaceBias.Onnx.Gradients;

namespace FaceBias.Onnx.Training;

/// <summary>Batch norm with fixed statistics behind a convolution is a convolution with other weights: w' = w f and b'
/// = (b - mean) f + shift, with f = scale / sqrt(variance + epsilon) per output channel. Computing w' in every step
/// costs nothing beside the two passes over the images that it saves, and gradients flow through it to whatever of w,
/// b, scale, and shift is trained.</summary>
internal static class FrozenBatchNorm
{
    /// <summary>Folds every BatchNormalization that follows a Conv of its own and does not use batch
    /// statistics.</summary>
    public static void Fold(GraphBuilder g, ValueFacts facts)
    {
        var b = new Backward(g, facts);
        var nodes = g.Graph.Node.ToArray();
        var uses = nodes.SelectMany(n => n.Input).Concat(g.Graph.Output.Select(o => o.Name)).CountBy(name => name)
            .ToDictionary();
        var given = g.Graph.Initializer.Select(t => t.Name).Concat(g.Graph.Input.Select(i => i.Name)).ToHashSet();
        var convolutions = nodes.Where(n => n.OpType == "Conv" && given.Contains(n.Input[1]))
            .ToDictionary(n => n.Output[0]);
        g.Graph.Node.Clear();
        var folded = new HashSet<NodeProto>();
        foreach (var norm in nodes)
            if (norm.OpType == "BatchNormalization" && convolutions.TryGetValue(norm.Input[0], out var conv)
                && uses[conv.Output[0]] == 1 && norm.Input.Skip(1).All(given.Contains)
                && !facts.HasBatchStatistics(norm.Output[0]))
            {
                Fold(b, conv, norm);
                folded.Add(norm);
            }
        // What computes the weights goes first; it depends on parameters alone.
        g.Graph.Node.Add(nodes.Where(n => !folded.Contains(n)));
    }

    private static void Fold(Backward b, NodeProto conv, NodeProto norm)
    {
        var w = b.Value(conv.Input[1]);
        var channels = w.Shape[0];
        var epsilon = norm.Attribute.FirstOrDefault(a => a.Name == "epsilon")?.F ?? 1e-5f;
        var first = b.Builder.Graph.Node.Count;
        var deviation = (b.Value(norm.Input[4]) + epsilon).Map("Sqrt");
        var factor = b.Value(norm.Input[1]) / deviation;
        // One row per output channel: broadcasting over the trailing ones of a 1x1 kernel is slow.
        long[] rows = [channels, Tensors.Count(w.Shape) / channels];
        var kernels = w.Reshape(rows);
        var column = factor.Reshape(channels, 1);
        var scaled = kernels * column;
        var weights = scaled.Reshape(w.Shape);
        var centre = b.Value(norm.Input[3]);
        centre = conv.Input.Count > 2 && conv.Input[2].Length > 0 ? b.Value(conv.Input[2]) - centre : -centre;
        var bias = centre * factor + b.Value(norm.Input[2]);
        foreach (var node in b.Builder.Graph.Node.Skip(first))
            b.Facts.Set(node.Output[0], w.Type, [channels]);
        foreach (var value in new[] { kernels, column, scaled, weights })
            b.Facts.Set(value.Name, w.Type, value.Shape);

        while (conv.Input.Count < 3)
            conv.Input.Add("");
        (conv.Input[1], conv.Input[2]) = (weights.Name, bias.Name);
        conv.Output[0] = norm.Output[0];
    }
}
