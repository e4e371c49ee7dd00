using System.Text.Json;

namespace FaceBias.Onnx.Import;

/// <summary>Imports Keras models as TensorFlow.js saves them: functional and Sequential ones, and models within them
/// (<see cref="KerasLayers"/>). A layer class that is not in the table is named and the import stops. Layers that only
/// matter in training pass their input on.</summary>
internal sealed class TfjsLayersModel
{
    private readonly TfjsFile _file;
    private readonly ChannelsFirstEmitter _emit;
    private readonly PixelInput _input;
    private readonly KerasLayers _layers;
    private readonly Dictionary<LayerCall, GraphValue> _values = [];

    private TfjsLayersModel(TfjsFile file, ChannelsFirstEmitter emit, PixelInput input) =>
        (_file, _emit, _input, _layers) = (file, emit, input, KerasLayers.Of(file));

    /// <summary>Writes the layers that lead from the picture <paramref name="pixels"/> (as the model takes it, but
    /// stored in planes) to the layers named <paramref name="outputs"/>, and returns their values.</summary>
    public static GraphValue[] Emit(TfjsFile file, ChannelsFirstEmitter emit, string pixels, PixelInput input,
        IReadOnlyList<string> outputs)
    {
        var model = new TfjsLayersModel(file, emit, input);
        var wanted = outputs.Select(o => model._layers.Find(o) ?? throw new FaceBiasException(
            $"'{file.Path}' has no layer '{o}'; its outputs are "
                + $"{string.Join(", ", Outputs(file).Select(name => $"'{name}'"))}.")).ToArray();
        return [.. wanted.Select(w => GraphWalk.Make(w, model._values,
            call => model._layers.Step(call).Sources,
            call => model.Value(call, pixels),
            call => new($"Layer '{call.Name}' of '{file.Path}' depends on itself; the file is damaged.")))];
    }

    /// <summary>The layers whose values the model gives.</summary>
    public static IReadOnlyList<string> Outputs(TfjsFile file) => KerasLayers.OutputsOf(file);

    /// <summary>Name and declared shape of the picture; empty where no layer declares it.</summary>
    public static (string Name, int[] Shape) PictureOf(TfjsFile file)
    {
        var inputs = KerasLayers.Of(file).Inputs.ToList();
        return inputs is [var only] ? (only.Call.Name, DeclaredShape(only.Layer))
            : throw new FaceBiasException(
                $"'{file.Path}' takes {inputs.Count} inputs{(inputs.Count == 0 ? "" : ": ")}"
                    + string.Join(", ", inputs.Take(5).Select(i => $"'{i.Call.Name}'"))
                    + "; a model with a single picture as input is needed.");
    }

    /// <summary>The layer before all others that scales the picture, or null.</summary>
    public static string? NormalisationOf(TfjsFile file)
    {
        var layers = KerasLayers.Of(file);
        var first = layers.Inputs.Where(i => i.Layer.Text("class_name") == "InputLayer")
            .SelectMany(i => layers.UsersOf(i.Call)).Concat(layers.Inputs).FirstOrDefault();
        return first?.Layer.Text("class_name") is "Rescaling" or "Normalization" ? first.Call.Name : null;
    }

    /// <summary>The features that lead to an output, or null.</summary>
    public static FoundFeatures? FindFeatures(TfjsFile file, string output)
    {
        var layers = KerasLayers.Of(file);
        return layers.Find(output) is not { } start ? null
            : FeatureSearch.From(start, Maker, c => c.Name, layers.Count);

        SearchedLayer<LayerCall>? Maker(LayerCall call)
        {
            var (layer, sources) = (layers.Step(call).Layer, layers.Step(call).Sources);
            var decides = layer.Get("config").Text("activation") is "softmax" or "sigmoid";
            return layer.Text("class_name") switch
            {
                "Dense" => new(LayerRole.Dense, sources,
                    layer.Get("config").Get("units").TryNumber(out var units) ? (long)units : 0, decides),
                "GlobalAveragePooling2D" or "GlobalMaxPooling2D" or "AveragePooling2D" or "MaxPooling2D" =>
                    new(LayerRole.Pooling, sources),
                "Softmax" => new(LayerRole.Decision, sources),
                _ => new(decides ? LayerRole.Decision : LayerRole.Other, sources),
            };
        }
    }

    private GraphValue Value(LayerCall call, string pixels)
    {
        var (layer, sources) = (_layers.Step(call).Layer, _layers.Step(call).Sources);
        _emit.Where = $"Layer '{call.Name}' ({layer.Text("class_name")}) of '{_file.Name}'";
        return Convert(new LayerReader(layer, _file, _emit, [.. sources.Select(s => _values[s])]), layer, pixels);
    }

    private GraphValue Convert(LayerReader l, JsonElement layer, string pixels)
    {
        if (l.Class != "InputLayer" && l.Inputs.Count == 0)
        {
            // The first layer of a Sequential model takes the picture itself.
            var picture = Picture(layer, l.Name, pixels);
            l = new LayerReader(layer, _file, _emit, [picture]);
        }
        return l.Class switch
        {
            "InputLayer" => Picture(layer, l.Name, pixels),
            "Conv2D" or "Convolution2D" =>
                Activated(l, Biased(l, _emit.Conv2D(ChannelsLast(l), l.Weight("kernel"), l.Window()))),
            "DepthwiseConv2D" =>
                Activated(l, Biased(l,
                    _emit.DepthwiseConv2D(ChannelsLast(l), l.Weight("depthwise_kernel"), l.Window()))),
            "SeparableConv2D" => Activated(l, Biased(l, _emit.Conv2D(
                _emit.DepthwiseConv2D(ChannelsLast(l), l.Weight("depthwise_kernel"), l.Window()),
                l.Weight("pointwise_kernel"),
                new Window([1, 1], WindowPadding.Valid)))),
            "Dense" =>
                Activated(l, _emit.MatMul(l.Input, l.Weight("kernel"),
                    l.Flag("use_bias", true) ? l.Weight("bias") : null)),
            "BatchNormalization" or "BatchNormalizationV1" => Normalised(l),
            "Activation" => Activated(l, l.Input),
            "ReLU" => Rectified(l),
            "LeakyReLU" =>
                _emit.Unary("LeakyRelu", l.Input, ("alpha", l.Number("alpha") ?? l.Number("negative_slope", 0.3))),
            "PReLU" => _emit.Prelu(l.Input, l.Weight("alpha")),
            "ELU" => _emit.Unary("Elu", l.Input, ("alpha", l.Number("alpha", 1))),
            "Normalization" => _emit.Binary("Div", _emit.Binary("Sub", l.Input, l.Weight("mean")),
                Deviation(l.Weight("variance").Constant!)),
            "Softmax" => _emit.Softmax(l.Input, l.Longs("axis") is [var axis] ? axis : -1),
            "Rescaling" =>
                _emit.Binary("Add", _emit.Binary("Mul", l.Input, Scalar(l.Number("scale", 1))),
                    Scalar(l.Number("offset", 0))),
            "ZeroPadding2D" => l.Padding() is [var rows, var columns]
                ? _emit.Pad(ChannelsLast(l), [(0, 0), rows, columns, (0, 0)]) : l.Input,
            "MaxPooling2D" or "MaxPool2D" => Pooled(l, "MaxPool"),
            "AveragePooling2D" or "AvgPool2D" => Pooled(l, "AveragePool"),
            "GlobalAveragePooling2D" => _emit.Reduce("Mean", ChannelsLast(l), [1, 2], l.Flag("keepdims", false)),
            "GlobalMaxPooling2D" => _emit.Reduce("Max", ChannelsLast(l), [1, 2], l.Flag("keepdims", false)),
            "Add" => Joined(l, "Add"),
            "Subtract" => Joined(l, "Sub"),
            "Multiply" => Joined(l, "Mul"),
            "Maximum" => Joined(l, "Max"),
            "Minimum" => Joined(l, "Min"),
            "Average" => _emit.Binary("Mul", Joined(l, "Add"), Scalar(1.0 / l.Inputs.Count)),
            "Concatenate" => _emit.Concat(l.Inputs, l.Longs("axis") is [var axis] ? axis : -1),
            "Flatten" => _emit.Reshape(ChannelsLast(l), [-1]),
            "Reshape" => _emit.Reshape(l.Input, l.Longs("target_shape")),
            "Dropout" or "SpatialDropout2D" or "AlphaDropout" or "GaussianDropout" or "GaussianNoise"
                or "ActivityRegularization" => l.Input,
            _ => throw new FaceBiasException(
                $"'{_file.Name}' uses the layer class '{l.Class}' (layer '{l.Name}'), which this importer does not know; "
                + "convert the model to ONNX and import that."),
        };
    }

    private GraphValue Picture(JsonElement layer, string name, string pixels) =>
        _emit.Picture(_file.Path, pixels, _input, name, DeclaredShape(layer));

    /// <summary>The shape of the input that a layer declares, -1 for what is open; empty where it declares
    /// none.</summary>
    private static int[] DeclaredShape(JsonElement layer)
    {
        var config = layer.Get("config");
        var shape = config.Get("batch_input_shape") is { ValueKind: JsonValueKind.Array } old ? old
            : config.Get("batch_shape");
        return [.. shape.Items().Select(
            d => d.ValueKind == JsonValueKind.Number && d.TryGetInt32(out var size) ? size : -1)];
    }

    private static GraphValue ChannelsLast(LayerReader l)
    {
        l.NeedChannelsLast();
        return l.Input;
    }

    /// <summary>Windows move by their own size where no strides are given.</summary>
    private GraphValue Pooled(LayerReader l, string op)
    {
        var size = l.Pair("pool_size", [2, 2]);
        return _emit.Pool(op, ChannelsLast(l), size, l.Window(size));
    }

    private GraphValue Biased(LayerReader l, GraphValue value) =>
        l.Flag("use_bias", true) ? _emit.Binary("Add", value, l.Weight("bias")) : value;

    private GraphValue Joined(LayerReader l, string op) =>
        l.Inputs.Skip(1).Aggregate(l.Inputs[0], (a, b) => _emit.Binary(op, a, b));

    /// <summary>Keras divides by no less than its epsilon.</summary>
    private static GraphValue Deviation(ConstantTensor variance) => GraphValue.Of(new ConstantTensor(variance.Shape,
        [.. variance.ToFloats().Select(v => MathF.Max(MathF.Sqrt(v), 1e-7f))]));

    private static GraphValue Scalar(double value) => GraphValue.Of(new ConstantTensor([], [(float)value]));

    private GraphValue Normalised(LayerReader l)
    {
        var axis = l.Longs("axis") is [var only] ? only : -1;
        if (axis != -1 && axis != l.Input.Rank - 1)
            throw _emit.Refuse($"normalises over dimension {axis} of {l.Input}; only the last one is supported.");
        return _emit.BatchNormalization(
            l.Input, l.Flag("scale", true) ? l.Weight("gamma") : null, l.Flag("center", true) ? l.Weight("beta") : null,
            l.Weight("moving_mean"), l.Weight("moving_variance"), l.Number("epsilon", 0.001));
    }

    private GraphValue Rectified(LayerReader l)
    {
        if (l.Number("threshold", 0) != 0 || l.Number("negative_slope", 0) != 0)
            throw _emit.Refuse("has a threshold or a negative slope, which is not supported.");
        return l.Number("max_value") is { } high ? _emit.Clip(l.Input, 0, (float)high) : _emit.Unary("Relu", l.Input);
    }

    private GraphValue Activated(LayerReader l, GraphValue value) => l.Text("activation", "linear") switch
    {
        "linear" => value,
        "relu" => _emit.Unary("Relu", value),
        "relu6" => _emit.Clip(value, 0, 6),
        "sigmoid" => _emit.Unary("Sigmoid", value),
        "tanh" => _emit.Unary("Tanh", value),
        "softmax" => _emit.Softmax(value),
        "elu" => _emit.Unary("Elu", value),
        "selu" => _emit.Unary("Selu", value),
        "softplus" => _emit.Unary("Softplus", value),
        "softsign" => _emit.Unary("Softsign", value),
        "hard_sigmoid" or "hardSigmoid" => _emit.Unary("HardSigmoid", value, ("alpha", 0.2f), ("beta", 0.5f)),
        "swish" or "silu" => _emit.Binary("Mul", value, _emit.Unary("Sigmoid", value)),
        var other => throw _emit.Refuse($"has the activation '{other}', which this importer does not know."),
    };
}
