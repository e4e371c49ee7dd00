using System.Text.Json;

namespace FaceBias.Onnx.Import;

/// <summary>Imports TensorFlow.js graph models (a TensorFlow graph as JSON). Only the nodes that the asked-for outputs
/// need are looked at; an operator that is not in the table is named and the import stops.</summary>
internal sealed class TfjsGraphModel
{
    private readonly TfjsFile _file;
    private readonly ChannelsFirstEmitter _emit;
    private readonly PixelInput _input;
    private readonly Dictionary<string, JsonElement> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GraphValue> _values = new(StringComparer.Ordinal);

    private TfjsGraphModel(TfjsFile file, ChannelsFirstEmitter emit, PixelInput input) =>
        (_file, _emit, _input) = (file, emit, input);

    /// <summary>Writes the nodes that lead from the picture <paramref name="pixels"/> (as the model takes it, but
    /// stored in planes) to <paramref name="outputs"/>, and returns their values.</summary>
    public static GraphValue[] Emit(TfjsFile file, ChannelsFirstEmitter emit, string pixels, PixelInput input,
        IReadOnlyList<string> outputs)
    {
        var model = new TfjsGraphModel(file, emit, input);
        foreach (var node in file.Topology.Get("node").Items())
        {
            if (!model._nodes.TryAdd(node.Text("name"), node))
                throw new FaceBiasException(
                    $"'{file.Path}' has two nodes named '{node.Text("name")}'; the file is damaged.");
        }
        return [.. outputs.Select(o => model.Value(model.SourceOf(o), pixels))];
    }

    /// <summary>The node of an output: a name in the signature, a node, or a tensor "node:0".</summary>
    private string SourceOf(string output)
    {
        var signature = _file.Root.Get("signature").Get("outputs").Get(output).Text("name");
        var name = NodeName(signature.Length > 0 ? signature : output);
        return _nodes.ContainsKey(name) ? name : throw new FaceBiasException(
            $"'{_file.Path}' has no output or node '{output}'; its outputs are "
                + $"{Outputs(_file).Quoted()}.");
    }

    /// <summary>The outputs that the file declares, or else the nodes that no other node uses.</summary>
    public static IReadOnlyList<string> Outputs(TfjsFile file)
    {
        if (file.Root.Get("signature").Get("outputs") is { ValueKind: JsonValueKind.Object } declared
            && declared.EnumerateObject().Any())
            return [.. declared.EnumerateObject().Select(p => p.Name)];
        var nodes = file.Topology.Get("node").Items().ToList();
        var used = nodes.SelectMany(Inputs).ToHashSet(StringComparer.Ordinal);
        return [.. nodes.Select(n => n.Text("name")).Where(n => !used.Contains(n))];
    }

    /// <summary>Name and declared shape of the only placeholder.</summary>
    public static (string Name, int[] Shape) PictureOf(TfjsFile file)
    {
        var inputs = file.Topology.Get("node").Items().Where(n => n.Text("op") == "Placeholder").ToList();
        return inputs is [var only] ? (only.Text("name"), new NodeReader(only, null!, []).Shape())
            : throw new FaceBiasException(
                $"'{file.Path}' takes {inputs.Count} inputs{(inputs.Count == 0 ? "" : ": ")}"
                    + string.Join(", ", inputs.Take(5).Select(i => $"'{i.Text("name")}'"))
                    + "; a model with a single picture as input is needed.");
    }

    /// <summary>The features that lead to an output, or null.</summary>
    public static FoundFeatures? FindFeatures(TfjsFile file, string output)
    {
        var nodes = file.Topology.Get("node").Items().GroupBy(n => n.Text("name"), StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        var signature = file.Root.Get("signature").Get("outputs").Get(output).Text("name");
        var start = NodeName(signature.Length > 0 ? signature : output);
        return FeatureSearch.From(start, Maker, n => n, nodes.Count);

        SearchedLayer<string>? Maker(string name)
        {
            if (!nodes.TryGetValue(name, out var node))
                return null;
            string[] all = [.. Inputs(node)];
            string[] inputs = [.. all.Where(i => !file.Weights.ContainsKey(i))];
            return node.Text("op") switch
            {
                "MatMul" or "_FusedMatMul" when all.Length > 1 && file.Weights.TryGetValue(all[1], out var weights)
                    && weights.Rank == 2 => new(LayerRole.Dense, inputs, weights.Shape[1]),
                "Mean" or "Max" or "AvgPool" or "MaxPool" => new(LayerRole.Pooling, inputs),
                "Softmax" or "Sigmoid" => new(LayerRole.Decision, inputs),
                _ => new(LayerRole.Other, inputs),
            };
        }
    }

    private static IEnumerable<string> Inputs(JsonElement node) => node.Get("input").Items()
        .Select(i => i.ValueKind == JsonValueKind.String ? i.GetString()! : "")
        .Where(i => !i.StartsWith('^')).Select(NodeName);

    private static string NodeName(string tensor) =>
        tensor.EndsWith(":0", StringComparison.Ordinal) ? tensor[..^2] : tensor;

    private GraphValue Value(string wanted, string pixels) => GraphWalk.Make(
        wanted, _values,
        name => [.. Inputs(Node(name))],
        name =>
        {
            var node = Node(name);
            _emit.Where = $"Node '{name}' ({node.Text("op")}) of '{_file.Name}'";
            return Convert(new NodeReader(node, _emit, [.. Inputs(node).Select(i => _values[i])]), name, pixels);
        },
        name => new($"Node '{name}' of '{_file.Path}' depends on itself; the file is damaged."));

    private JsonElement Node(string name) => _nodes.TryGetValue(name, out var node)
        ? node
        : throw new FaceBiasException(
            $"'{_file.Path}' uses a node '{name}' that it does not have; the file is damaged.");

    private GraphValue Convert(NodeReader n, string name, string pixels) => n.Op switch
    {
        "Placeholder" => _emit.Picture(_file.Path, pixels, _input, name, n.Shape()),
        "Const" => _file.Weights.TryGetValue(name, out var constant)
            ? GraphValue.Of(constant)
            : throw _emit.Refuse("has no weight in the manifest; the file is damaged."),
        "Identity" or "StopGradient" or "Snapshot" or "PreventGradient" => n[0],

        "Conv2D" => _emit.Conv2D(n[0], n[1], n.Window()),
        "DepthwiseConv2dNative" or "DepthwiseConv2d" => _emit.DepthwiseConv2D(n[0], n[1], n.Window()),
        "_FusedConv2D" => Fused(n, _emit.Conv2D(n[0], n[1], n.Window())),
        "_FusedDepthwiseConv2dNative" or "FusedDepthwiseConv2dNative" =>
            Fused(n, _emit.DepthwiseConv2D(n[0], n[1], n.Window())),
        "MatMul" => _emit.MatMul(n[0], n[1], null, n.Flag("transpose_a"), n.Flag("transpose_b")),
        "_FusedMatMul" => Fused(n, null),
        "MaxPool" => _emit.Pool("MaxPool", n[0], n.Pair("ksize"), n.Window()),
        "AvgPool" => _emit.Pool("AveragePool", n[0], n.Pair("ksize"), n.Window()),

        "Add" or "AddV2" or "BiasAdd" => _emit.Binary("Add", n[0], n[1]),
        "Sub" => _emit.Binary("Sub", n[0], n[1]),
        "Mul" => _emit.Binary("Mul", n[0], n[1]),
        "Div" or "RealDiv" => _emit.Binary("Div", n[0], n[1]),
        "Maximum" => _emit.Binary("Max", n[0], n[1]),
        "Minimum" => _emit.Binary("Min", n[0], n[1]),
        "Pow" => _emit.Binary("Pow", n[0], n[1]),
        "AddN" => n.Inputs.Skip(1).Aggregate(n[0], (a, b) => _emit.Binary("Add", a, b)),
        "Square" => _emit.Binary("Mul", n[0], n[0]),
        "Rsqrt" => _emit.Unary("Reciprocal", _emit.Unary("Sqrt", n[0])),
        "Sqrt" or "Exp" or "Log" or "Abs" or "Neg" or "Relu" or "Sigmoid" or "Tanh" or "Elu" or "Selu" or "Softplus"
            or "Softsign" or "Reciprocal"
            => _emit.Unary(n.Op, n[0]),
        "Relu6" => _emit.Clip(n[0], 0, 6),
        "LeakyRelu" => _emit.Unary("LeakyRelu", n[0], ("alpha", n.Number("alpha", 0.2f))),
        "Prelu" => _emit.Prelu(n[0], n[1]),
        "Softmax" => _emit.Softmax(n[0]),
        "FusedBatchNorm" or "FusedBatchNormV2" or "FusedBatchNormV3"
            => _emit.BatchNormalization(n[0], n[1], n[2], n[3], n[4], n.Number("epsilon", 0.0001f)),

        "Mean" or "Max" or "Min" or "Sum" => _emit.Reduce(n.Op, n[0], n.Constant(1), n.Flag("keep_dims")),
        "Reshape" => _emit.ReshapeWithBatch(n[0], n.Constant(1)),
        "Squeeze" => _emit.Squeeze(n[0], n.Longs("squeeze_dims") is { Length: > 0 } d ? d : n.Longs("axis")),
        "ExpandDims" => _emit.ExpandDims(n[0], n.Constant(1)[0]),
        "ConcatV2" => _emit.Concat([.. n.Inputs.SkipLast(1)], n.Constant(n.Inputs.Count - 1)[0]),
        "Transpose" => _emit.Transpose(n[0], n.Constant(1)),
        "Pad" or "PadV2" => _emit.Pad(n[0], n.Pairs(1), n.Inputs.Count > 2 ? n.Scalar(2) : 0),
        _ => throw new FaceBiasException(
            $"'{_file.Name}' uses the operator '{n.Op}' (node '{name}'), which this importer does not know; "
            + "convert the model to ONNX and import that.", ErrorKind.Unsupported),
    };

    /// <summary>The bias and the activation that converters merge into a convolution or matrix product; null stands for
    /// the product itself, whose bias is then part of it.</summary>
    private GraphValue Fused(NodeReader n, GraphValue? value)
    {
        var operators = n.Strings("fused_ops");
        var next = 2;
        if (operators.Length > 0 && operators[0] == "BiasAdd")
        {
            value = value is null
                ? _emit.MatMul(n[0], n[1], n[next++], n.Flag("transpose_a"), n.Flag("transpose_b"))
                : _emit.Binary("Add", value, n[next++]);
        }
        value ??= _emit.MatMul(n[0], n[1], null, n.Flag("transpose_a"), n.Flag("transpose_b"));
        foreach (var op in operators.Where(o => o != "BiasAdd"))
        {
            value = op switch
            {
                "Relu" or "Elu" or "Sigmoid" or "Tanh" => _emit.Unary(op, value),
                "Relu6" => _emit.Clip(value, 0, 6),
                "LeakyRelu" => _emit.Unary("LeakyRelu", value, ("alpha", n.Number("leakyrelu_alpha", 0.2f))),
                "Prelu" => _emit.Prelu(value, n[next++]),
                _ => throw _emit.Refuse($"is fused with the operator '{op}', which this importer does not know."),
            };
        }
        return value;
    }
}
