using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Import;

/// <summary>Makes what a model takes from float32 planes [N, 3, H, W]: grey, channels last, bytes, a single
/// picture.</summary>
internal static class PictureAdapter
{
    /// <summary>ITU-R 601.</summary>
    private static readonly float[] Luma = [0.299f, 0.587f, 0.114f];

    /// <summary>Puts nodes before a model.</summary>
    /// <param name="builder">The graph, whose input is not declared yet.</param>
    /// <param name="value">The value that its nodes take.</param>
    /// <param name="path">The file, for messages.</param>
    /// <returns>The value to give planes to.</returns>
    public static string Attach(GraphBuilder builder, string value, PictureInput input, PixelInput pixels, string path)
    {
        var channels = input.Channels(pixels.Layout) is 1 ? 1
            : input.Channels(pixels.Layout) == 0 && pixels.Channels == ChannelOrder.Grey ? 1 : 3;
        if (channels == 1 != (pixels.Channels == ChannelOrder.Grey))
            throw new FaceBiasException(
                $"'{path}' takes pictures of {channels} channel{(channels == 1 ? "" : "s")}; "
                    + $"{(channels == 1 ? "give ‹Channels› grey" : "give ‹Channels› rgb or bgr")}.");
        var nodes = new List<(string Op, string[] Inputs, (string, object)[] Attributes)>();
        if (channels == 1)
            nodes.Add(("Conv", [builder.Constant(Luma, 1, 3, 1, 1)], []));
        if (pixels.Layout == PixelLayout.Nhwc)
            nodes.Add(("Transpose", [], [("perm", new long[] { 0, 2, 3, 1 })]));
        if (input.Type == DataType.Uint8)
            nodes.AddRange([("Max", [builder.Constant(0f)], []), ("Min", [builder.Constant(255f)], [])]);
        if (input.Type is not (DataType.Float or DataType.Float16))
            nodes.Add(("Cast", [], [("to", (long)input.Type)]));
        if (input.Batch is null)
        {
            var (height, width) = (pixels.Height, pixels.Width);
            long[] shape = pixels.Layout == PixelLayout.Nchw ? [channels, height, width] : [height, width, channels];
            nodes.Add(("Reshape", [builder.Constant(shape)], []));
        }
        if (nodes.Count == 0)
            return value;
        var first = builder.Unique("planes");
        var current = first;
        for (var i = 0; i < nodes.Count; i++)
        {
            var next = i == nodes.Count - 1 ? value : builder.Unique($"{first}_{i}");
            var node = new NodeProto { OpType = nodes[i].Op, Name = $"{first}_{i}_{nodes[i].Op.ToLowerInvariant()}" };
            node.Input.Add([current, .. nodes[i].Inputs]);
            node.Output.Add(next);
            node.Attribute.AddRange(nodes[i].Attributes.Select(a => GraphBuilder.Attribute(a.Item1, a.Item2)));
            builder.Graph.Node.Insert(i, node);
            current = next;
        }
        return first;
    }
}
