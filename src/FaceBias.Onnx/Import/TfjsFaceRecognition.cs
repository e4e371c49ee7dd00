namespace FaceBias.Onnx.Import;

/// <summary>Imports the face recognition network of face-api.js, dlib's ResNet of 29 convolutions (King 2017), whose
/// file holds weights alone: what they belong to is written in that library's <c>FaceRecognitionNet.ts</c>, and
/// here.</summary>
internal sealed class TfjsFaceRecognition
{
    /// <summary>The format of a file that is a manifest of weights.</summary>
    public const string Format = "weights";

    /// <summary>The only output: 128 features.</summary>
    private const string Output = "fc";

    // The stages with the blocks that follow the one which halves the map.
    private static readonly (string Name, int Blocks)[] s_stages =
        [("conv64", 3), ("conv128", 2), ("conv256", 2)];

    private readonly TfjsFile _file;
    private readonly ChannelsFirstEmitter _emit;

    private TfjsFaceRecognition(TfjsFile file, ChannelsFirstEmitter emit) => (_file, _emit) = (file, emit);

    /// <summary>Writes the network on the picture <paramref name="pixels"/>.</summary>
    public static GraphValue[] Emit(TfjsFile file, ChannelsFirstEmitter emit, string pixels, PixelInput input,
        IReadOnlyList<string> outputs)
    {
        if (outputs.FirstOrDefault(o => o != Output) is { } unknown)
            throw new FaceBiasException(
                $"'{file.Path}' has no output '{unknown}'; weights without a topology are read as face-api.js's face "
                    + $"recognition network, whose output is '{Output}'.");
        var features = new TfjsFaceRecognition(file, emit).Network(
            emit.Picture(file.Path, pixels, input, "picture", []));
        return [.. outputs.Select(_ => features)];
    }

    private GraphValue Network(GraphValue picture)
    {
        var x = Layer(picture, "conv32_down", 2);
        x = _emit.Pool("MaxPool", x, [3, 3], new([2, 2], WindowPadding.Valid));
        for (var i = 1; i <= 3; i++)
            x = Block(x, $"conv32_{i}", halve: false);
        foreach (var (name, blocks) in s_stages)
        {
            x = Block(x, $"{name}_down", halve: true);
            for (var i = 1; i <= blocks; i++)
                x = Block(x, $"{name}_{i}", halve: false);
        }
        x = Block(x, "conv256_down_out", halve: true);
        return _emit.MatMul(_emit.Reduce("Mean", x, [1, 2], keepDims: false), Weight(Output), null);
    }

    /// <summary>Two convolutions beside the input itself, or, where the map is halved, beside its means, with channels
    /// of zeros for those that the input lacks.</summary>
    private GraphValue Block(GraphValue input, string name, bool halve)
    {
        var x = Layer(input, $"{name}/conv1", halve ? 2 : 1);
        x = Layer(x, $"{name}/conv2", 1, relu: false);
        var beside = input;
        if (halve)
        {
            beside = _emit.Pool("AveragePool", input, [2, 2], new([2, 2], WindowPadding.Valid));
            if (beside.Shape[1] != x.Shape[1])
                x = _emit.Pad(x, [(0, 0), (0, 1), (0, 1), (0, 0)]);
            if (beside.Channels != x.Channels)
                beside = _emit.Concat(
                    [beside, _emit.Binary("Mul", beside, GraphValue.Of(new ConstantTensor([1], [0f])))], 3);
        }
        return _emit.Unary("Relu", _emit.Binary("Add", beside, x));
    }

    private GraphValue Layer(GraphValue input, string name, int stride, bool relu = true)
    {
        _emit.Where = $"Layer '{name}' of '{_file.Name}'";
        var padding = stride == 1 ? WindowPadding.Same : WindowPadding.Valid;
        var x = _emit.Conv2D(input, Weight($"{name}/conv/filters"), new([stride, stride], padding));
        x = _emit.Binary("Add", x, Weight($"{name}/conv/bias"));
        x = _emit.Binary("Add", _emit.Binary("Mul", x, Weight($"{name}/scale/weights")),
            Weight($"{name}/scale/biases"));
        return relu ? _emit.Unary("Relu", x) : x;
    }

    private GraphValue Weight(string name) => GraphValue.Of(_file.Weights.GetValueOrDefault(name)
        ?? throw new FaceBiasException(
            $"'{_file.Path}' lacks the weight '{name}'; weights without a topology are read as face-api.js's face "
                + "recognition network."));
}
