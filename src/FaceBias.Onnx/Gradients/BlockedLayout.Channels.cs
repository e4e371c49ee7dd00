using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Gradients;

/// <summary>What joins, takes apart or scales channels: dense networks consist of it.</summary>
internal sealed partial class BlockedLayout
{
    /// <summary>Values with whole blocks of channels lie one after the other in the layout, too.</summary>
    private string? Joined(NodeProto node)
    {
        if (!node.Input.Any(IsBlocked) || !IsChannelAxis(node)
            || !node.Input.All(
                i => _facts.TryShape(i) is [_, var c, _, _] && c % _block == 0 && _facts.Type(i) == DataType.Float))
            return null;
        return Copy(node, [.. node.Input.Select(Blocked)]);
    }

    /// <summary>Whole blocks of channels are one piece per image.</summary>
    private string? Taken(NodeProto node)
    {
        if (!IsBlocked(node.Input[0]) || node.Input.Count < 4 || Shape(node.Input[0]) is not [_, var channels, _, _]
            || _facts.TryShape(node.Output[0]) is null
            || Integers(node.Input[3]) is not [1 or -3] || Integers(node.Input[1]) is not [>= 0 and var start]
            || Integers(node.Input[2]) is not [> 0 and var end]
            || (node.Input.Count > 4 && Integers(node.Input[4]) is not [1]))
            return null;
        end = Math.Min(end, channels);
        return start % _block == 0 && end % _block == 0 ? Copy(node, [Blocked(node.Input[0]), .. node.Input.Skip(1)])
            : null;
    }

    /// <summary>A factor per channel, and a number that is added, is a convolution of each channel with a kernel of one
    /// element.</summary>
    private string? Scaled(NodeProto node)
    {
        foreach (var (x, factor) in new[] { (node.Input[0], node.Input[1]), (node.Input[1], node.Input[0]) })
            if (IsBlocked(x) && Shape(x) is [_, var c, _, _] && _facts.TryShape(factor) is { Length: 3 or 4 } f
                && f[^3] == c && f[^2] == 1 && f[^1] == 1
                && (f.Length == 3 || f[0] == 1) && c % _block == 0)
                return PerChannel(x, Plain(factor), null, c);
        return null;
    }

    private string? Normalised(NodeProto node)
    {
        if (!IsBlocked(node.Input[0]) || Shape(node.Input[0]) is not [_, var c, _, _] || c % _block != 0
            || node.Output.Skip(1).Any(o => o.Length > 0))
            return null;
        string[] inputs = [.. node.Input.Skip(1).Select(Plain)];
        var epsilon = node.Attribute.FirstOrDefault(a => a.Name == "epsilon")?.F ?? 1e-5f;
        var factor = _g.Add("Div", inputs[0], _g.Add("Sqrt", _g.Add("Add", inputs[3], _g.Constant(epsilon))));
        return PerChannel(node.Input[0], factor, _g.Add("Sub", inputs[1], _g.Add("Mul", inputs[2], factor)), c);
    }

    private string PerChannel(string x, string factor, string? shift, long channels)
    {
        var kernel = _convolutions.Reshape(factor, channels, 1, 1, 1);
        _facts.Set(kernel, DataType.Float, [channels, 1, 1, 1]);
        var conv = new NodeProto { OpType = "Conv" };
        conv.Input.Add(shift is null ? [x, kernel] : [x, kernel, shift]);
        conv.Attribute.Add(GraphBuilder.Attribute("group", channels));
        return _convolutions.Convolve(conv, Blocked(x), null);
    }

    private string Copy(NodeProto node, string[] inputs)
    {
        var copy = node.Clone();
        copy.Input.Clear();
        copy.Input.Add(inputs);
        copy.Output[0] = copy.Name = _g.Unique(node.OpType + "_blocked");
        _g.Graph.Node.Add(copy);
        return copy.Output[0];
    }

    private bool IsBlocked(string value) => _blocked.ContainsKey(value);

    private static bool IsChannelAxis(NodeProto node) => node.Attribute.Any(a => a.Name == "axis" && a.I is 1 or -3);
}
