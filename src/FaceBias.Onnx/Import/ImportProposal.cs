using FaceBias.Onnx.Graphs;

namespace FaceBias.Onnx.Import;

/// <summary>What a user says about a model; null leaves it to the proposal.</summary>
public sealed record ImportWishes
{
    /// <summary>The order of the input's dimensions.</summary>
    public PixelLayout? Layout { get; init; }

    /// <summary>Width and height of the input in pixels.</summary>
    public (int Width, int Height)? Size { get; init; }

    /// <summary>The order of the colour channels.</summary>
    public ChannelOrder? Channels { get; init; }

    /// <summary>What to subtract from pixels of 0 to 255: three numbers in the model's channel order, or one for all.</summary>
    public IReadOnlyList<float>? Mean { get; init; }

    /// <summary>What to multiply with afterwards: three numbers, or one for all.</summary>
    public IReadOnlyList<float>? Scale { get; init; }

    /// <summary>The value that holds the features: an output or an inner value.</summary>
    public string? Features { get; init; }
}

/// <summary>How a model file could be imported, and why.</summary>
/// <param name="Spec">Input and feature output; what the user said goes before what the graph suggests.</param>
/// <param name="Reasons">One short line for each thing that was found or assumed.</param>
public sealed record ImportProposal(ImportSpec Spec, IReadOnlyList<string> Reasons)
{
    // The normalisation of torchvision's models: ((x / 255) - mean) / deviation.
    private static readonly float[] ImageNetMean = [123.675f, 116.28f, 103.53f];
    private static readonly float[] ImageNetScale = [1 / 58.395f, 1 / 57.12f, 1 / 57.375f];

    private static readonly string[] Passing = ["Identity", "Dropout", "Cast", "Flatten", "Reshape", "Squeeze"];

    /// <summary>Looks at the graph of a file. Nothing is run.</summary>
    /// <param name="path">An ONNX or a TensorFlow Lite file.</param>
    /// <param name="wishes">What the user says about it.</param>
    /// <exception cref="FaceBiasException">The file is no model with a single picture as input, its input size is open and not
    /// given, or no feature output can be found.</exception>
    public static ImportProposal For(string path, ImportWishes wishes)
    {
        ArgumentNullException.ThrowIfNull(wishes);
        if (TfliteFile.IsOne(path))
            return TfliteProposal.For(path, wishes);
        var model = RaisedFile.Read(path).Model;
        var input = NativeOnnx.PictureInput(model, path);
        var view = new GraphView(model.Graph);
        var reasons = new List<string>();

        var dims = input.Type.TensorType.Shape.Dim.Select(d => d.HasDimValue && d.DimValue is > 0 and <= int.MaxValue ? (int)d.DimValue : 0).ToArray();
        var layout = wishes.Layout ?? (dims[1] == 3 ? PixelLayout.Nchw : dims[3] == 3 ? PixelLayout.Nhwc : throw new FaceBiasException(
            $"The input of '{path}' is {ModelSummary.Of(model).Inputs[0]}, which does not tell its layout; give --layout nchw or nhwc."));
        if (wishes.Layout is null)
            reasons.Add($"layout {layout.ToString().ToLowerInvariant()}: the dimension of size 3");
        // A file that an import wrote may have its normalisation folded into its weights, where nothing shows it.
        var own = model.Metadata(BackboneMetadata.Input) is not null ? "in its weights" : OwnNormalisation(view, input.Name);
        return Of(path, wishes, layout, layout == PixelLayout.Nchw ? (dims[3], dims[2]) : (dims[2], dims[1]), own,
            () => view.IsOutput(BackboneMetadata.Features) ? (BackboneMetadata.Features, "the output of that name") : FindFeatures(view, path), reasons);
    }

    /// <summary>Puts together what a file declares and what the user says.</summary>
    /// <param name="path">The file.</param>
    /// <param name="wishes">What the user says.</param>
    /// <param name="layout">The order of the input's dimensions.</param>
    /// <param name="declared">Width and height of the input, less than 1 where they are open.</param>
    /// <param name="own">What normalises the picture in the model itself, or null.</param>
    /// <param name="find">Finds the features, and says why these.</param>
    /// <param name="reasons">What was found so far.</param>
    internal static ImportProposal Of(
        string path, ImportWishes wishes, PixelLayout layout, (int Width, int Height) declared, string? own,
        Func<(string Value, string Why)> find, List<string> reasons)
    {
        var (width, height) = wishes.Size ?? declared;
        if (width < 1 || height < 1)
            throw new FaceBiasException($"'{path}' takes pictures of any size; give the size to use with --size.");
        if (wishes.Size is null)
            reasons.Add($"size {width} x {height}: declared by the input");

        var (mean, scale) = own is not null ? (new float[3], [1, 1, 1])
            : layout == PixelLayout.Nchw ? (ImageNetMean, ImageNetScale)
            : (new[] { 127.5f, 127.5f, 127.5f }, new[] { 1 / 127.5f, 1 / 127.5f, 1 / 127.5f });
        if (wishes.Mean is null && wishes.Scale is null)
        {
            reasons.Add(own is not null ? $"pixels 0-255: the graph normalises by itself ({own})"
                : layout == PixelLayout.Nchw ? "normalisation: assumed as in torchvision; overrule with --mean and --scale"
                : "normalisation: assumed x / 127.5 - 1; overrule with --mean and --scale");
        }
        else
            (mean, scale) = (Three(wishes.Mean, 0, "mean"), Three(wishes.Scale, 1, "scale"));
        if (wishes.Channels is null)
            reasons.Add("channels rgb: assumed; overrule with --channels bgr");

        var features = wishes.Features;
        if (features is null)
        {
            (features, var why) = find();
            reasons.Add($"features {features}: {why}");
        }
        var pixels = new PixelInput(width, height, wishes.Channels ?? ChannelOrder.Rgb, layout, mean, scale);
        return new ImportProposal(new ImportSpec(pixels.Checked(path), features, []), reasons);
    }

    /// <summary>The name of a node that shifts, scales or normalises the picture before anything else, or null.</summary>
    private static string? OwnNormalisation(GraphView view, string value)
    {
        while (view.Users(value) is [var node])
        {
            var others = node.Input.Where(i => i != value).All(i => view.Constant(i) is not null || view.Producer(i)?.OpType == "Constant");
            if (node.OpType is "Sub" or "Mul" or "Div" or "Add" or "BatchNormalization" && others)
                return $"{node.Output[0]} ({node.OpType})";
            if (node.OpType is not ("Transpose" or "Identity" or "Cast" or "Gather"))
                return null;
            value = node.Output[0];
        }
        return null;
    }

    /// <summary>The input of the last fully connected layer where that is a classifier; the output where it is an
    /// embedding; else what the last global pooling gives.</summary>
    private static (string Value, string Why) FindFeatures(GraphView view, string path)
    {
        var output = view.Graph.Output[0].Name;
        var value = output;
        var decides = false;
        // Back from the output to the last matrix product, over what may follow one.
        while (view.Producer(value) is { } node)
        {
            if (node.OpType is "Gemm" or "MatMul" && node.Input.Skip(1).Any(i => view.Constant(i) is not null))
            {
                if (!decides && IsEmbeddingSize(Columns(view, node)))
                    return (output, "the output, an embedding by its size");
                var from = node.Input[0];
                while (view.Producer(from) is { OpType: "Identity" or "Dropout" } passing)
                    from = passing.Input[0];
                return (from, $"what the last layer {node.Output[0]} ({node.OpType}) takes");
            }
            if (node.OpType is "BatchNormalization" or "LpNormalization" && !decides)
                return (output, "the output, an embedding since it is normalised");
            if (node.OpType is "GlobalAveragePool" or "GlobalMaxPool" or "ReduceMean" or "ReduceMax")
                return (node.Output[0], "the last pooling");
            decides |= node.OpType is "Softmax" or "LogSoftmax" or "Sigmoid";
            if (node.OpType is not ("Softmax" or "LogSoftmax" or "Sigmoid" or "Add" or "Conv" or "Relu" or "Clip") && !Passing.Contains(node.OpType))
                break;
            value = node.Input.FirstOrDefault(i => view.Producer(i) is not null) ?? "";
        }
        return view.Graph.Node.LastOrDefault(n => n.OpType is "GlobalAveragePool" or "GlobalMaxPool") is { } pooled
            ? (pooled.Output[0], "the last pooling")
            : throw new FaceBiasException(
                $"No feature output was found in '{path}'; choose a value with --features, for example {string.Join(", ", view.Graph.Output.Take(5).Select(o => $"'{o.Name}'"))}.");
    }

    private static long Columns(GraphView view, NodeProto node)
    {
        var weights = view.Constant(node.Input[1]) ?? view.Constant(node.Input[0])!;
        var turned = node.Attribute.FirstOrDefault(a => a.Name == "transB")?.I == 1;
        return weights.Dims.Count == 2 ? weights.Dims[turned ? 0 : 1] : 0;
    }

    internal static bool IsEmbeddingSize(long columns) => columns is 64 or 128 or 256 or 512 or 1024 or 2048;

    private static float[] Three(IReadOnlyList<float>? values, float standard, string option) => values switch
    {
        null => [standard, standard, standard],
        [var one] => [one, one, one],
        [_, _, _] => [.. values],
        _ => throw new FaceBiasException($"--{option} takes one number or three, not {values.Count}."),
    };
}
