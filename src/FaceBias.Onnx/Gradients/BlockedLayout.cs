using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Gradients;

/// <summary>Rewrites a training graph so that its convolutions, those of the gradients too, run in the runtime's
/// blocked layout (<see cref="BlockedConvolutions"/>), together with whatever lies between them and works element by
/// element. A value is reordered only where something else takes it. The results are the same up to rounding.</summary>
internal sealed partial class BlockedLayout
{
    private static readonly HashSet<string> Elementwise =
        ["Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Neg", "Abs", "Sign", "Identity",
            "Add", "Sub", "Mul", "Sum"];

    private readonly GraphBuilder _g;
    private readonly ValueFacts _facts;
    private readonly int _block;
    private readonly BlockedConvolutions _convolutions;
    private readonly Dictionary<string, string> _blocked = [];
    private readonly Dictionary<string, string> _kernels = [];
    private readonly HashSet<string> _plain;
    private readonly Dictionary<string, TensorProto> _constants;
    private readonly Dictionary<string, int> _uses;

    private BlockedLayout(GraphBuilder g, ValueFacts facts, int block)
    {
        (_g, _facts, _block) = (g, facts, block);
        _convolutions = new BlockedConvolutions(g, facts, block);
        _plain = [.. g.Graph.Input.Select(i => i.Name), .. g.Graph.Initializer.Select(t => t.Name)];
        _constants = g.Graph.Initializer.ToDictionary(t => t.Name);
        _uses = g.Graph.Node.SelectMany(GraphEditing.Inputs).Concat(g.Graph.Output.Select(o => o.Name))
            .CountBy(name => name).ToDictionary();
    }

    /// <summary>Rewrites the graph.</summary>
    /// <param name="g">The graph; its nodes are in an order in which they can run.</param>
    /// <param name="facts">The shapes of its values, as far as they are known.</param>
    /// <param name="block">Channels per block; 0 leaves everything as it is.</param>
    public static void Apply(GraphBuilder g, ValueFacts facts, int block)
    {
        if (block <= 1)
            return;
        var nodes = g.Graph.Node.ToArray();
        var layout = new BlockedLayout(g, facts, block);
        g.Graph.Node.Clear();
        foreach (var node in nodes)
            layout.Rewrite(node);
        foreach (var output in g.Graph.Output)
            layout.Plain(output.Name);
        if (layout._blocked.Count == 0)
            return;
        g.Graph.RemoveUnusedNodes();
        if (g.Model.OpsetImport.All(o => o.Domain != BlockedConvolutions.Domain))
            g.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = BlockedConvolutions.Domain, Version = 1 });
    }

    private void Rewrite(NodeProto node)
    {
        if (node.Domain.Length == 0 && InBlocks(node) is { } blocked)
        {
            _blocked[node.Output[0]] = blocked;
            return;
        }
        if (node.Domain.Length == 0 && FromBlocks(node))
        {
            _plain.Add(node.Output[0]);
            return;
        }
        foreach (var input in GraphEditing.Inputs(node))
            Plain(input);
        _g.Graph.Node.Add(node);
        _plain.UnionWith(node.Output);
    }

    /// <summary>The result of a node in the layout, or null if it is better computed as it is.</summary>
    private string? InBlocks(NodeProto node)
    {
        switch (node.OpType)
        {
            case "Conv" when Known(node) && Shape(node.Input[1]) is var w
                && _convolutions.Fits(Shape(node.Input[0]), w, BlockedConvolutions.Groups(node)):
                var plain = _convolutions.TakesPlain(Shape(node.Input[0]), BlockedConvolutions.Groups(node));
                if (node.Input.Count > 2)
                    Plain(node.Input[2]);
                var kernel = _kernels.GetValueOrDefault(node.Input[1]);
                if (kernel is null)
                    Plain(_facts.Turned(node.Input[1]) ?? node.Input[1]);
                return _convolutions.Convolve(node, plain ? Plain(node.Input[0]) : Blocked(node.Input[0]), kernel);
            case "ConvTranspose" when Known(node)
                && _convolutions.FitsTransposed(node, Shape(node.Input[0]), Shape(node.Input[1]),
                    Shape(node.Output[0])):
                Plain(node.Input[1]);
                return _convolutions.ConvolveTransposed(node, Blocked(node.Input[0]));
            case "MaxPool" when node.Output.Count(o => o.Length > 0) == 1
                && _blocked.TryGetValue(node.Input[0], out var x) && _facts.TryShape(node.Output[0]) is not null:
                var pooled = _convolutions.Add("MaxPool", [x]);
                _g.Graph.Node[^1].Attribute.Add(node.Attribute);
                return pooled;
            case "AveragePool" when IsBlocked(node.Input[0]) && _facts.TryShape(node.Output[0]) is not null:
                var averaged = _convolutions.Add("AveragePool", [_blocked[node.Input[0]]]);
                _g.Graph.Node[^1].Attribute.Add(node.Attribute);
                return averaged;
            case "Concat" when Joined(node) is { } joined:
                return joined;
            case "Slice" when Taken(node) is { } taken:
                return taken;
            case "BatchNormalization" when Normalised(node) is { } normalised:
                return normalised;
            case "Mul" when Scaled(node) is { } scaled:
                return scaled;
            case "Relu" or "Clip" when Fused(node) is { } fused:
                return fused;
            case "Add" when Summed(node) is { } sum:
                return sum;
            case var op when Elementwise.Contains(op):
                return ElementByElement(node);
            case "Reshape" when _blocked.TryGetValue(node.Input[0], out var x)
                && Integers(node.Input[1]) is [var n, var c, var h, var width]
                && Shape(node.Input[0]) is var from && from[2] == h && from[3] == width && n * c == from[0] * from[1]:
                // Images times channels as channels, or as depthwise kernels, are the same blocks.
                if (n == 1)
                    return _convolutions.Reshape(x, n, c, h, width);
                if (c == 1)
                    _kernels[node.Output[0]] = _convolutions.Reshape(x, n, c, h, width);
                return null;
            case "Expand" when _blocked.Count > 0 && Integers(node.Input[1]) is [var n, var c, var h, var width]
                && c % _block == 0
                && _facts.TryShape(node.Input[0]) is [var n2, var c2, 1, 1] && n == n2 && c == c2
                && !_constants.ContainsKey(node.Input[0]):
                return _convolutions.Reshape(
                    _g.Add("Expand", _convolutions.Reshape(Plain(node.Input[0]), n, c / _block, 1, _block),
                        _g.Constant(n, c / _block, h * width, _block)),
                    n, c, h, width);
            default:
                return null;
        }
    }

    /// <summary>Adds what takes a value in the layout and gives one that has none.</summary>
    private bool FromBlocks(NodeProto node)
    {
        if (!_blocked.TryGetValue(node.Input.FirstOrDefault() ?? "", out var x) || _plain.Contains(node.Input[0]))
            return false;
        var shape = Shape(node.Input[0]);
        switch (node.OpType)
        {
            case "ReduceSum" when node.Input.Count > 1 && Integers(node.Input[1]) is [0, 2, 3]
                && node.Attribute.Any(a => a.Name == "keepdims" && a.I == 0):
                // The runtime is several times as fast at one axis between two others than at two axes apart.
                var perImage = Products(x) ?? _g.Add(
                    "ReduceSum", [_convolutions.Reshape(x, shape[0] * shape[1] / _block, shape[2] * shape[3], _block),
                        _g.Constant(1L)], [("keepdims", 0L)]);
                Emit("ReduceSum", [_convolutions.Reshape(perImage, shape[0], shape[1]), _g.Constant(0L)],
                    node.Output[0]).Attribute.Add(GraphBuilder.Attribute("keepdims", 0L));
                return true;

                // A sum of products is a depthwise convolution with a kernel as large as the image.
                string? Products(string value) =>
                    _uses[node.Input[0]] == 1 && _g.Graph.Node.LastOrDefault(n => n.Output[0] == value) is
                        { OpType: "Mul", Domain: "" } mul && !mul.Input.Any(IsNumber)
                    ? _convolutions.Add("Conv",
                        [_convolutions.Reshape(mul.Input[0], 1, shape[0] * shape[1], shape[2], shape[3]),
                            _convolutions.Reshape(mul.Input[1], shape[0] * shape[1], 1, shape[2], shape[3])],
                        ("group", shape[0] * shape[1]))
                    : null;
            case "GlobalAveragePool":
                Emit("GlobalAveragePool", [x], node.Output[0]).Domain = BlockedConvolutions.Domain;
                return true;
            case "Transpose" when node.Attribute.Any(a => a.Name == "perm" && a.Ints.SequenceEqual([0L, 2, 3, 1])):
                var last = Emit("ReorderOutput", [x], node.Output[0]);
                last.Domain = BlockedConvolutions.Domain;
                last.Attribute.Add([GraphBuilder.Attribute("channels", shape[1]),
                    GraphBuilder.Attribute("channels_last", 1L)]);
                return true;
            default:
                return false;
        }
    }

    /// <summary>A ReLU behind a convolution that nobody else uses becomes part of it.</summary>
    private string? Fused(NodeProto node)
    {
        if (Unfinished(node.Input[0]) is not { } conv)
            return null;
        if (node.OpType == "Clip")
        {
            float? Limit(int i, float otherwise) => i >= node.Input.Count || node.Input[i].Length == 0
                ? otherwise : _constants.GetValueOrDefault(node.Input[i])?.ToFloats()[0];
            if (Limit(1, float.MinValue) is not { } low || Limit(2, float.MaxValue) is not { } high)
                return null;
            conv.Attribute.Add(GraphBuilder.Attribute("activation_params", new[] { low, high }));
        }
        conv.Attribute.Add(GraphBuilder.Attribute("activation", node.OpType));
        return conv.Output[0];
    }

    /// <summary>So does the sum of its result and another value.</summary>
    private string? Summed(NodeProto node)
    {
        foreach (var (value, other) in new[] { (node.Input[0], node.Input[1]), (node.Input[1], node.Input[0]) })
        {
            if (Unfinished(value) is not { Input.Count: < 4 } conv || _facts.TryShape(other) is not { } shape
                || !shape.AsSpan().SequenceEqual(Shape(value)))
                continue;
            while (conv.Input.Count < 3)
                conv.Input.Add("");
            conv.Input.Add(Blocked(other));
            // Behind whatever computes the other one.
            var nodes = _g.Graph.Node;
            for (var i = nodes.Count - 1; i >= 0; i--)
                if (ReferenceEquals(nodes[i], conv))
                {
                    nodes.RemoveAt(i);
                    break;
                }
            nodes.Add(conv);
            _facts.Set(node.Output[0], DataType.Float, shape);
            return conv.Output[0];
        }
        return null;
    }

    /// <summary>The convolution in the layout that makes a value, if only one node takes it and nothing is fused to it
    /// that has to come last.</summary>
    private NodeProto? Unfinished(string value) =>
        _blocked.TryGetValue(value, out var x) && !_plain.Contains(value) && _uses[value] == 1
        && _g.Graph.Node.LastOrDefault(n => n.Output[0] == x) is
            { OpType: "Conv", Domain: BlockedConvolutions.Domain } conv
        && conv.Attribute.All(a => a.Name != "activation") ? conv : null;

    private string? ElementByElement(NodeProto node)
    {
        var first = node.Input.FirstOrDefault(_blocked.ContainsKey);
        if (first is null)
            return null;
        var shape = Shape(first);
        if (!node.Input.All(
            i => i.Length == 0 || IsNumber(i) || _facts.TryShape(i) is { } s && s.AsSpan().SequenceEqual(shape)))
            return null;
        var copy = node.Clone();
        for (var i = 0; i < copy.Input.Count; i++)
            if (copy.Input[i].Length > 0 && !IsNumber(copy.Input[i]))
                copy.Input[i] = Blocked(copy.Input[i]);
        copy.Output[0] = copy.Name = _g.Unique(node.OpType + "_blocked");
        _g.Graph.Node.Add(copy);
        _facts.Set(node.Output[0], DataType.Float, shape);
        return copy.Output[0];
    }

    private bool IsNumber(string value) => _constants.TryGetValue(value, out var t) && t.ElementCount() == 1;

    private bool Known(NodeProto node) =>
        node.Input.Take(2).Append(node.Output[0]).All(v => _facts.TryShape(v) is not null)
        && _facts.Type(node.Input[0]) == DataType.Float;

    private long[] Shape(string value) => _facts.Shape(value);

    /// <summary>What a constant of integers holds; those of the gradients came after the facts were learnt.</summary>
    private long[]? Integers(string value) => _facts.Integers(value)
        ?? (_constants.TryGetValue(value, out var t) && t.DataType == (int)DataType.Int64 ? t.ToInt64s() : null);

    private NodeProto Emit(string op, ReadOnlySpan<string> inputs, string output)
    {
        var node = new NodeProto { OpType = op, Name = _g.Unique(op) };
        node.Input.Add(inputs.ToArray());
        node.Output.Add(output);
        _g.Graph.Node.Add(node);
        return node;
    }

    /// <summary>A value in the layout, brought there if it is not.</summary>
    private string Blocked(string value)
    {
        if (!_blocked.TryGetValue(value, out var blocked))
            _blocked[value] = blocked = _convolutions.ToBlocked(value);
        return blocked;
    }

    /// <summary>A value as the rest of the graph knows it.</summary>
    private string Plain(string value)
    {
        if (!_plain.Contains(value) && _blocked.TryGetValue(value, out var blocked))
        {
            var node = Emit("ReorderOutput", [blocked], value);
            node.Domain = BlockedConvolutions.Domain;
            node.Attribute.Add(GraphBuilder.Attribute("channels", Shape(value)[1]));
            _plain.Add(value);
        }
        return value;
    }
}
