using System.Text.Json;

namespace FaceBias.Onnx.Import;

/// <summary>Imports Keras models as TensorFlow.js saves them: functional and Sequential ones. A layer class that is not
/// in the table is named and the import stops. Layers that only matter in training pass their input on.</summary>
internal sealed class TfjsLayersModel
{
    private readonly TfjsFile _file;
    private readonly ChannelsFirstEmitter _emit;
    private readonly PixelInput _input;
    private readonly List<JsonElement> _layers;
    private readonly bool _sequential;
    private readonly Dictionary<(string Layer, int Call), GraphValue> _values = [];

    private TfjsLayersModel(TfjsFile file, ChannelsFirstEmitter emit, PixelInput input)
    {
        (_file, _emit, _input) = (file, emit, input);
        (_layers, _sequential) = Layers(file);
    }

    /// <summary>Writes the layers that lead from the picture <paramref name="pixels"/> (as the model takes it, but
    /// stored in planes) to the layers named <paramref name="outputs"/>, and returns their values.</summary>
    public static GraphValue[] Emit(TfjsFile file, ChannelsFirstEmitter emit, string pixels, PixelInput input,
        IReadOnlyList<string> outputs)
    {
        var model = new TfjsLayersModel(file, emit, input);
        var wanted = model.Ancestors(outputs);
        model.Run(wanted, pixels);
        return [.. outputs.Select(
            o => model._values.TryGetValue((o, 0), out var value) ? value : throw new FaceBiasException(
            $"Layer '{o}' of '{file.Path}' cannot be reached from the input; the file is damaged."))];
    }

    /// <summary>The layers whose values the model gives.</summary>
    public static IReadOnlyList<string> Outputs(TfjsFile file)
    {
        var (layers, sequential) = Layers(file);
        if (sequential)
            return [LayerReader.NameOf(layers[^1])];
        var declared = Config(file).Get("output_layers");
        var lists = declared.Items().FirstOrDefault().ValueKind == JsonValueKind.String ? [declared] : declared.Items();
        return [.. lists.Select(o => o.Items().FirstOrDefault()).Where(n => n.ValueKind == JsonValueKind.String)
            .Select(n => n.GetString()!)];
    }

    private static JsonElement Model(TfjsFile file) =>
        file.Topology.Get("model_config") is { ValueKind: JsonValueKind.Object } model ? model : file.Topology;

    private static JsonElement Config(TfjsFile file) => Model(file).Get("config");

    private static (List<JsonElement> Layers, bool Sequential) Layers(TfjsFile file)
    {
        var type = Model(file).Text("class_name");
        if (type is not ("Model" or "Functional" or "Sequential"))
            throw new FaceBiasException(
                $"'{file.Path}' holds a model of class '{type}'; functional and Sequential models are supported.");
        var config = Config(file);
        // Old Keras wrote a Sequential model's configuration as the bare list of its layers.
        List<JsonElement> layers =
            [.. (config.ValueKind == JsonValueKind.Array ? config : config.Get("layers")).Items()];
        if (layers.Count == 0)
            throw new FaceBiasException($"'{file.Path}' has no layers; the file is damaged.");
        return (layers, type == "Sequential");
    }

    /// <summary>Per call of a layer, the calls whose values it takes. Keras 2 writes [["conv1", 0, 0, {}], ...] per
    /// call, Keras 3 tensors with a "keras_history" of the same meaning.</summary>
    private List<List<(string Layer, int Call)>> Calls(int index)
    {
        if (_sequential)
        {
            return index == 0 ? [[]] : [[(LayerReader.NameOf(_layers[index - 1]), 0)]];
        }
        var calls = _layers[index].Get("inbound_nodes").Items().Select(call => Sources(call).ToList()).ToList();
        return calls.Count > 0 ? calls : [[]];
    }

    private IEnumerable<(string, int)> Sources(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            var history = element.Get("keras_history");
            return history.ValueKind == JsonValueKind.Array
                ? Sources(history)
                : element.EnumerateObject().Where(p => p.Name is "args" or "config").SelectMany(p => Sources(p.Value));
        }
        JsonElement[] items = [.. element.Items()];
        if (items is [{ ValueKind: JsonValueKind.String } name, { ValueKind: JsonValueKind.Number } call,
            { ValueKind: JsonValueKind.Number } tensor, ..])
        {
            return tensor.TryGetInt32(out var t) && t == 0 && call.TryGetInt32(out var c)
                ? [(name.GetString()!, c)]
                : throw new FaceBiasException(
                    $"'{_file.Path}' uses a second output of layer '{name.GetString()}', which is not supported.",
                    ErrorKind.Unsupported);
        }
        return items.SelectMany(Sources);
    }

    private HashSet<string> Ancestors(IReadOnlyList<string> outputs)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < _layers.Count; i++)
        {
            if (!index.TryAdd(LayerReader.NameOf(_layers[i]), i))
                throw new FaceBiasException(
                    $"'{_file.Path}' has two layers named '{LayerReader.NameOf(_layers[i])}'; the file is damaged.");
        }
        foreach (var output in outputs.Where(o => !index.ContainsKey(o)))
            throw new FaceBiasException(
                $"'{_file.Path}' has no layer '{output}'; its outputs are "
                    + $"{string.Join(", ", Outputs(_file).Select(o => $"'{o}'"))}.");
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        var stack = new Stack<string>(outputs);
        while (stack.TryPop(out var name))
        {
            if (!index.TryGetValue(name, out var at))
                throw new FaceBiasException(
                    $"'{_file.Path}' uses a layer '{name}' that it does not have; the file is damaged.");
            if (wanted.Add(name))
            {
                foreach (var (source, _) in Calls(at).SelectMany(c => c))
                    stack.Push(source);
            }
        }
        return wanted;
    }

    /// <summary>Calls every wanted layer as soon as its inputs are there; layers may stand in any order.</summary>
    private void Run(HashSet<string> wanted, string pixels)
    {
        var open = Enumerable.Range(0, _layers.Count).Where(i => wanted.Contains(LayerReader.NameOf(_layers[i])))
            .SelectMany(i => Calls(i).Select((sources, call) => (Layer: i, Call: call, Sources: sources))).ToList();
        while (open.Count > 0)
        {
            var before = open.Count;
            open.RemoveAll(step =>
            {
                if (!step.Sources.TrueForAll(_values.ContainsKey))
                    return false;
                var layer = _layers[step.Layer];
                var name = LayerReader.NameOf(layer);
                _emit.Where = $"Layer '{name}' ({layer.Text("class_name")}) of '{_file.Name}'";
                _values[(name, step.Call)] =
                    Convert(new LayerReader(layer, _file, _emit, [.. step.Sources.Select(s => _values[s])]), layer,
                        pixels);
                return true;
            });
            if (open.Count == before)
                throw new FaceBiasException(
                    $"Layer '{LayerReader.NameOf(_layers[open[0].Layer])}' of '{_file.Path}' depends on itself; the "
                        + "file is damaged.");
        }
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
