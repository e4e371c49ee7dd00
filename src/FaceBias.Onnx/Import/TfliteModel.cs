namespace FaceBias.Onnx.Import;

/// <summary>Imports TensorFlow Lite models with float32 or float16 weights. Only the operators that the asked-for
/// tensors need are looked at; one that is not in the table is named and the import stops.</summary>
internal sealed class TfliteModel
{
    private readonly TfliteFile _file;
    private readonly ChannelsFirstEmitter _emit;
    private readonly PixelInput _input;
    private readonly string _pixels;
    private readonly Dictionary<int, TfliteOperation> _makers = [];
    private readonly Dictionary<int, GraphValue> _values = [];

    private TfliteModel(TfliteFile file, ChannelsFirstEmitter emit, string pixels, PixelInput input)
    {
        (_file, _emit, _pixels, _input) = (file, emit, pixels, input);
        foreach (var operation in file.Operations)
        {
            foreach (var tensor in operation.Outputs)
            {
                if (!_makers.TryAdd(tensor, operation))
                    throw new FaceBiasException(
                        $"Two operators of '{file.Path}' make the tensor '{file.Tensors[tensor].Name}'; the file is damaged.");
            }
        }
    }

    /// <summary>Writes the operators that lead from the picture <paramref name="pixels"/> (as the model takes it, but
    /// stored in planes) to the tensors named <paramref name="outputs"/>, and returns their values.</summary>
    public static GraphValue[] Emit(TfliteFile file, ChannelsFirstEmitter emit, string pixels, PixelInput input,
        IReadOnlyList<string> outputs)
    {
        var model = new TfliteModel(file, emit, pixels, input);
        return [.. outputs.Select(model.Find).Select(t => GraphWalk.Make(t, model._values, model.Needs, model.Value,
            tensor =>
                new($"Tensor '{file.Tensors[tensor].Name}' of '{file.Path}' depends on itself; the file is damaged.")))];
    }

    private int Find(string name)
    {
        int[] found = [.. Enumerable.Range(0, _file.Tensors.Count).Where(t => _file.Tensors[t].Name == name)];
        return found.Length == 1 ? found[0] : throw new FaceBiasException(
            $"'{_file.Path}' has {(found.Length == 0 ? "no tensor" : "several tensors")} '{name}'; its outputs are "
                + $"{string.Join(", ", _file.Outputs.Select(o => $"'{_file.Tensors[o].Name}'"))}.");
    }

    private int[] Needs(int tensor) => _makers.TryGetValue(tensor, out var maker) ? [.. maker.Inputs.Where(i => i >= 0)]
        : [];

    private GraphValue Value(int index)
    {
        var tensor = _file.Tensors[index];
        _file.Supported(tensor);
        if (!_makers.TryGetValue(index, out var maker))
        {
            _emit.Where = $"Tensor '{tensor.Name}' of '{_file.Name}'";
            return _file.Inputs.Contains(index) ? _emit.Picture(_file.Path, _pixels, _input, tensor.Name, tensor.Shape)
                : _file.Constant(tensor) is { } constant ? GraphValue.Of(constant)
                : throw _emit.Refuse("is neither computed nor a constant; the file is damaged.");
        }
        _emit.Where = $"Tensor '{tensor.Name}' ({maker.Name}) of '{_file.Name}'";
        if (maker.Outputs[0] != index)
            throw _emit.Refuse("is a further output of its operator, which is not supported.");
        var n = new TfliteNode(_emit, [.. maker.Inputs.Select(i => i >= 0 ? _values[i] : null)], maker.Options);
        return Convert(maker.Name, n, tensor.Name);
    }

    private GraphValue Convert(string op, TfliteNode n, string tensor) => op switch
    {
        "CONV_2D" => n.Activated(n.Biased(_emit.Conv2D(n[0], n.Filters(), n.Window(dilations: 4))), 3),
        "DEPTHWISE_CONV_2D" =>
            n.Activated(n.Biased(_emit.DepthwiseConv2D(n[0], n.DepthwiseFilters(), n.Window(dilations: 5))), 4),
        "FULLY_CONNECTED" => n.Activated(_emit.MatMul(n.Rows(), n[1], n.Optional(2), transposeB: true), 0),
        "AVERAGE_POOL_2D" => n.Activated(_emit.Pool("AveragePool", n[0], n.PoolSize(), n.Window()), 5),
        "MAX_POOL_2D" => n.Activated(_emit.Pool("MaxPool", n[0], n.PoolSize(), n.Window()), 5),

        "ADD" => n.Activated(_emit.Binary("Add", n[0], n[1]), 0),
        "SUB" => n.Activated(_emit.Binary("Sub", n[0], n[1]), 0),
        "MUL" => n.Activated(_emit.Binary("Mul", n[0], n[1]), 0),
        "DIV" => n.Activated(_emit.Binary("Div", n[0], n[1]), 0),
        "MAXIMUM" => _emit.Binary("Max", n[0], n[1]),
        "MINIMUM" => _emit.Binary("Min", n[0], n[1]),
        "SQUARE" => _emit.Binary("Mul", n[0], n[0]),
        "RELU" => _emit.Unary("Relu", n[0]),
        "RELU6" => _emit.Clip(n[0], 0, 6),
        "RELU_N1_TO_1" => _emit.Clip(n[0], -1, 1),
        "LEAKY_RELU" => _emit.Unary("LeakyRelu", n[0], ("alpha", n.Single(0))),
        "PRELU" => _emit.Prelu(n[0], n[1]),
        "HARD_SWISH" => _emit.Binary("Mul", n[0], _emit.Unary("HardSigmoid", n[0], ("alpha", 1 / 6f), ("beta", 0.5f))),
        "LOGISTIC" => _emit.Unary("Sigmoid", n[0]),
        "TANH" => _emit.Unary("Tanh", n[0]),
        "ELU" => _emit.Unary("Elu", n[0]),
        "ABS" => _emit.Unary("Abs", n[0]),
        "EXP" => _emit.Unary("Exp", n[0]),
        "LOG" => _emit.Unary("Log", n[0]),
        "NEG" => _emit.Unary("Neg", n[0]),
        "SQRT" => _emit.Unary("Sqrt", n[0]),
        "RSQRT" => _emit.Unary("Reciprocal", _emit.Unary("Sqrt", n[0])),
        "SOFTMAX" => _emit.Softmax(n.Scaled(n.Single(0))),
        // Only float16 gets here, which its constants have been widened from.
        "DEQUANTIZE" => n[0],

        "MEAN" => n.Reduced("Mean"),
        "SUM" => n.Reduced("Sum"),
        "REDUCE_MAX" => n.Reduced("Max"),
        "REDUCE_MIN" => n.Reduced("Min"),
        "RESHAPE" => _emit.ReshapeWithBatch(n[0], n.Optional(1) is null ? n.Integers(0) : n.Constant(1)),
        "SQUEEZE" => _emit.Squeeze(n[0], n.Integers(0)),
        "EXPAND_DIMS" => _emit.ExpandDims(n[0], n.Constant(1)[0]),
        "CONCATENATION" => n.Activated(_emit.Concat(n.All(), n.Int32(0)), 1),
        "TRANSPOSE" => _emit.Transpose(n[0], n.Constant(1)),
        "PAD" => _emit.Pad(n[0], n.Pairs(1)),
        "PADV2" => _emit.Pad(n[0], n.Pairs(1), n.Scalar(2)),
        _ => throw new FaceBiasException(
            $"'{_file.Name}' uses the operator '{op}' (tensor '{tensor}'), which this importer does not know; "
            + "convert the model to ONNX and import that.", ErrorKind.Unsupported),
    };
}
