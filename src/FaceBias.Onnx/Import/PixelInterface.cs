using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Import;

/// <summary>Puts the common interface before a model: <c>pixels</c> float32 [N, 3, H, W], RGB, 0 to 255. Channel order
/// and scale go into the weights of the first convolution. The mean does so only where that convolution does not pad: a
/// padded border means "zero after normalisation", which no bias can express.</summary>
internal static class PixelInterface
{
    /// <summary>Adds the input and the nodes that make <paramref name="value"/> (a value in planes as the model takes
    /// it, which no node makes yet) from it.</summary>
    public static void Attach(GraphBuilder graph, string value, PixelInput input, long? batch = null)
    {
        object n = batch is { } fixedBatch ? fixedBatch : BackboneMetadata.Batch;
        graph.Input(BackboneMetadata.Pixels, DataType.Float, n, 3, input.Height, input.Width);
        var view = new GraphView(graph.Graph);
        var mean = InRgb(input, input.Mean);
        var scale = InRgb(input, input.Scale);
        var hasMean = Array.Exists(mean, m => m != 0);
        var nodes = graph.Graph.Node;
        var first = nodes.Count;
        var current = BackboneMetadata.Pixels;
        if (view.Users(value).All(u => CanFold(view, u, value)) && !view.IsOutput(value))
        {
            var foldMean = hasMean
                && view.Users(value).All(u => Pads(u) is null or { Length: 0 } || Pads(u)!.All(p => p == 0));
            foreach (var conv in view.Users(value))
                Fold(graph, view, conv, input, foldMean ? mean : [0, 0, 0], scale);
            if (hasMean && !foldMean)
                current = graph.Add("Sub", current, graph.Constant(mean, 1, 3, 1, 1));
        }
        else
        {
            if (hasMean)
                current = graph.Add("Sub", current, graph.Constant(mean, 1, 3, 1, 1));
            if (Array.Exists(scale, s => s != 1))
                current = graph.Add("Mul", current, graph.Constant(scale, 1, 3, 1, 1));
            if (input.Channels == ChannelOrder.Bgr)
                current = graph.Add("Gather", [current, graph.Constant(2L, 1L, 0L)], [("axis", 1)]);
        }
        Rename(graph.Graph, value, current);
        // What was appended must come before its users.
        var added = nodes.Skip(first).ToList();
        for (var i = 0; i < added.Count; i++)
            nodes.RemoveAt(nodes.Count - 1);
        for (var i = 0; i < added.Count; i++)
            nodes.Insert(i, added[i]);
        graph.Graph.RemoveUnused();
    }

    /// <summary>Gives a value another name wherever it stands.</summary>
    public static void Rename(GraphProto graph, string from, string to)
    {
        foreach (var node in graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = node.Input[i] == from ? to : node.Input[i];
            for (var i = 0; i < node.Output.Count; i++)
                node.Output[i] = node.Output[i] == from ? to : node.Output[i];
        }
    }

    private static bool CanFold(GraphView view, NodeProto node, string value) =>
        node.OpType == "Conv" && node.Input[0] == value && view.Constant(node.Input[1]) is { } w && w.Dims.Count == 4
            && w.Dims[1] == 3
        && (TensorProto.Types.DataType)w.DataType == DataType.Float
        && (node.Input.Count < 3 || view.Constant(node.Input[2]) is not null)
        && !node.Attribute.Any(a => a.Name == "auto_pad" && a.S.ToStringUtf8() != "NOTSET");

    private static long[]? Pads(NodeProto conv) => conv.Attribute.FirstOrDefault(a => a.Name == "pads")?.Ints.ToArray();

    private static void Fold(GraphBuilder graph, GraphView view, NodeProto conv, PixelInput input, float[] mean,
        float[] scale)
    {
        var kernel = view.Constant(conv.Input[1])!;
        var old = kernel.ToFloats();
        var weights = new float[old.Length];
        var bias = conv.Input.Count > 2 ? view.Constant(conv.Input[2])!.ToFloats() : new float[kernel.Dims[0]];
        var area = (int)(kernel.Dims[2] * kernel.Dims[3]);
        for (var o = 0; o < bias.Length; o++)
        {
            double shift = 0;
            for (var c = 0; c < 3; c++)
            {
                var from = (o * 3 + (input.Channels == ChannelOrder.Bgr ? 2 - c : c)) * area;
                for (var k = 0; k < area; k++)
                {
                    weights[(o * 3 + c) * area + k] = old[from + k] * scale[c];
                    shift += (double)old[from + k] * scale[c] * mean[c];
                }
            }
            bias[o] = (float)(bias[o] - shift);
        }
        GraphCleanup.SetWeights(graph, conv, weights, kernel.Dims, bias);
    }

    private static float[] InRgb(PixelInput input, IReadOnlyList<float> values) =>
        input.Channels == ChannelOrder.Bgr ? [values[2], values[1], values[0]] : [.. values];
}
