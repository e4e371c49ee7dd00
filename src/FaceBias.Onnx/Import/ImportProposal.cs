using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Import;

/// <summary>What a user says about a model; null leaves it to the proposal.</summary>
public sealed record ImportOverrides
{
    /// <summary>The order of the input's dimensions.</summary>
    [Option("Order of the input's dimensions.", Group = OptionGroup.Model)]
    public PixelLayout? Layout { get; init; }

    /// <summary>Width and height of the input in pixels.</summary>
    [Option("Input size in pixels: 224 or 192x256 (width x height).", ValueName = "WxH", Group = OptionGroup.Model)]
    public (int Width, int Height)? Size { get; init; }

    /// <summary>The order of the colour channels.</summary>
    [Option("The colour channels.", Group = OptionGroup.Model)]
    public ChannelOrder? Channels { get; init; }

    /// <summary>What to subtract from pixels of 0 to 255: three numbers in the model's channel order, or one for
    /// all.</summary>
    [Option("Subtracted from pixels of 0-255: one number or three in the model's channel order, a,b,c.",
        ValueName = "A,B,C", Group = OptionGroup.Model)]
    public IReadOnlyList<float>? Mean { get; init; }

    /// <summary>What to multiply with afterwards: three numbers, or one for all.</summary>
    [Option("Multiplied with afterwards: one number or three, a,b,c.", ValueName = "A,B,C", Group = OptionGroup.Model)]
    public IReadOnlyList<float>? Scale { get; init; }

    /// <summary>The value that holds the features: an output or an inner value.</summary>
    [Option("The value that holds the features: an output or an inner value.", ValueName = "VALUE",
        Group = OptionGroup.Model)]
    public string? Features { get; init; }

    /// <summary>How features of many places become one row.</summary>
    [Option("Makes one row of features of many places: mean (of a map or of tokens; what ‹Pool› alone means) or token "
        + "(the first, the class token).", Alone = "mean", Group = OptionGroup.Model)]
    public FeaturePooling? Pool { get; init; }

    /// <summary>Values of inputs other than the picture: one number for all elements, or one for each.</summary>
    [Option("The value of another input than the picture: NAME=NUMBER, or NAME=a,b,c for each of its elements.",
        Name = "constant", ValueName = "NAME=VALUE", Group = OptionGroup.Model)]
    public IReadOnlyDictionary<string, IReadOnlyList<float>> Constants
        { get; init; } = new Dictionary<string, IReadOnlyList<float>>();

    internal static (int Width, int Height)? ParseSize(string text)
    {
        int[] sides = [.. text.Split('x').Select(
            t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var side) ? side : 0)];
        return sides.Length is 1 or 2 && sides.All(s => s is > 0 and <= PixelInput.MaxSide) ? (sides[0], sides[^1])
            : throw new FaceBiasException(
                $"‹Size› '{text}' is no size; give 224 or 192x256 (width x height, up to {PixelInput.MaxSide}).");
    }

    internal static IReadOnlyList<float> ParseMean(IReadOnlyList<string> texts) =>
        Numbers(string.Join(',', texts), "‹Mean›");

    internal static IReadOnlyList<float> ParseScale(IReadOnlyList<string> texts) =>
        Numbers(string.Join(',', texts), "‹Scale›");

    /// <summary>"name=1" and "name=1,2,3" as values of inputs.</summary>
    internal static IReadOnlyDictionary<string, IReadOnlyList<float>> ParseConstants(IReadOnlyList<string> texts)
    {
        var constants = new Dictionary<string, IReadOnlyList<float>>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            // Names may hold '='; numbers do not.
            var at = text.LastIndexOf('=');
            var values = Floats(text[(at + 1)..]);
            if (at < 1 || !values.All(float.IsFinite))
                throw new FaceBiasException(
                    $"‹Constants› '{text}' is no value of an input; write NAME=NUMBER or NAME=a,b,c.");
            constants[text[..at]] = values;
        }
        return constants;
    }

    private static float[] Numbers(string text, string option) =>
        Floats(text) is { Length: 1 or 3 } numbers && numbers.All(float.IsFinite) ? numbers
        : throw new FaceBiasException(
            $"{option} '{text}' is neither one number nor three with commas between, such as 103.9,116.8,123.7.");

    private static float[] Floats(string text) => [.. text.Split(',').Select(
        t => float.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : float.NaN)];
}

/// <summary>How a model file could be imported, and why.</summary>
/// <param name="Spec">Input and feature output; what the user said goes before what the graph suggests.</param>
/// <param name="Reasons">One short line for each thing that was found or assumed.</param>
internal sealed record ImportProposal(ImportSpec Spec, IReadOnlyList<string> Reasons)
{
    // The normalisation of torchvision's models: ((x / 255) - mean) / deviation.
    private static readonly float[] ImageNetMean = [123.675f, 116.28f, 103.53f];
    private static readonly float[] ImageNetScale = [1 / 58.395f, 1 / 57.12f, 1 / 57.375f];

    /// <summary>What may follow the last layer: the choice of a class, its name, and the table of probabilities by name
    /// that Custom Vision and AutoML put beside it.</summary>
    private static readonly string[] Deciding = ["Softmax", "LogSoftmax", "Sigmoid", "ArgMax", "TopK", "ZipMap",
        "ArrayFeatureExtractor", "LabelEncoder"];

    private static readonly string[] Passing = ["Identity", "Dropout", "Cast", "Flatten", "Reshape", "Squeeze",
        "Unsqueeze", "Add", "Conv", "Relu", "Clip", "Tanh"];

    /// <summary>Looks at the graph of a file, which is run only where no features are found, to list what could
    /// serve.</summary>
    /// <param name="path">An ONNX or a TensorFlow Lite file, or the model.json of a TensorFlow.js model.</param>
    /// <param name="overrides">What the user says about it.</param>
    /// <exception cref="FaceBiasException">The file is no model with a single picture as input, its input size is open
    /// and not given, or no feature output can be found.</exception>
    public static ImportProposal For(string path, ImportOverrides overrides)
    {
        if (TfliteFile.IsOne(path))
            return TfliteProposal.For(path, overrides);
        if (TfjsFile.IsOne(path))
            return TfjsProposal.For(path, overrides);
        var model = NativeSource.Read(path, overrides.Constants).Model;
        var input = PictureInput.Of(model, path);
        var view = new GraphView(model.Graph);
        var reasons = new List<string>();

        var layout = overrides.Layout ?? input.Layout ?? throw new FaceBiasException(
            $"The input of '{path}' is {ModelSummary.Value(input.Value)}, which does not tell its layout; give "
                + "‹Layout› nchw or nhwc.");
        var channels = input.Channels(layout);
        if (overrides.Layout is null)
            reasons.Add($"layout {layout.ToString().ToLowerInvariant()}: the dimension of size {channels}");
        reasons.AddRange(overrides.Constants.Select(c => $"input {c.Key}: always {string.Join(", ", c.Value)}"));
        // A file that an import wrote may have its normalisation folded into its weights, where nothing shows it.
        var own = model.Metadata(BackboneMetadata.Input) is not null ? "in its weights"
            : OwnNormalisation(view, input.Name)
                ?? (input.Type is DataType.Uint8 or DataType.Int32 or DataType.Int64
                    ? $"it takes {input.Type.ToString().ToLowerInvariant()}" : null);
        var grey = channels == 1 && overrides.Channels is null;
        if (grey)
            reasons.Add("channels grey: its input has one channel, 0.299 red + 0.587 green + 0.114 blue");
        return Of(path, grey ? overrides with { Channels = ChannelOrder.Grey }
            : overrides, layout, input.Size(layout), own,
            spec => FindFeatures(view, path, spec), reasons);
    }

    /// <summary>Puts together what a file declares and what the user says.</summary>
    /// <param name="layout">The order of the input's dimensions.</param>
    /// <param name="declared">Width and height of the input, less than 1 where they are open.</param>
    /// <param name="own">What normalises the picture in the model itself, or null.</param>
    /// <param name="find">Finds the features, and says why these.</param>
    /// <param name="reasons">What was found so far.</param>
    internal static ImportProposal Of(
        string path, ImportOverrides overrides, PixelLayout layout, (int Width, int Height) declared, string? own,
        Func<ImportSpec, FoundFeatures> find, List<string> reasons)
    {
        var (width, height) = overrides.Size ?? declared;
        if (width < 1 || height < 1)
            throw new FaceBiasException($"'{path}' takes pictures of any size; give the size to use with ‹Size›.");
        if (overrides.Size is null)
            reasons.Add($"size {width} x {height}: declared by the input");

        var (mean, scale) = own is not null ? (new float[3], [1, 1, 1])
            : overrides.Channels == ChannelOrder.Grey ? (new float[3], new[] { 1 / 255f, 1 / 255f, 1 / 255f })
            : layout == PixelLayout.Nchw ? (ImageNetMean, ImageNetScale)
            : (new[] { 127.5f, 127.5f, 127.5f }, new[] { 1 / 127.5f, 1 / 127.5f, 1 / 127.5f });
        if (overrides.Mean is null && overrides.Scale is null)
        {
            reasons.Add(own is not null ? $"pixels 0-255: the graph normalises by itself ({own})"
                : overrides.Channels == ChannelOrder.Grey
                    ? "normalisation: assumed x / 255; overrule with ‹Mean› and ‹Scale›"
                : layout == PixelLayout.Nchw
                    ? "normalisation: assumed as in torchvision; overrule with ‹Mean› and ‹Scale›"
                : "normalisation: assumed x / 127.5 - 1; overrule with ‹Mean› and ‹Scale›");
        }
        else
            (mean, scale) = (Three(overrides.Mean, 0, "mean"), Three(overrides.Scale, 1, "scale"));
        if (overrides.Channels is null)
            reasons.Add("channels rgb: assumed; overrule with ‹Channels› bgr");

        var pixels = new PixelInput(width, height, overrides.Channels ?? ChannelOrder.Rgb, layout, mean, scale);
        var spec = new ImportSpec(pixels.Checked(path), overrides.Features ?? "", [])
            { Pool = overrides.Pool, Constants = overrides.Constants };
        if (overrides.Features is null)
        {
            var found = find(spec);
            spec = spec with { Features = found.Value, Pool = spec.Pool ?? found.Pool };
            reasons.Add($"features {found.Value}: {found.Why}");
        }
        return new ImportProposal(spec, [.. reasons.Select(r => r.Named())]);
    }

    /// <summary>The name of a node that shifts, scales or normalises the picture before anything else, or
    /// null.</summary>
    private static string? OwnNormalisation(GraphView view, string value)
    {
        while (view.Users(value) is [var node])
        {
            var others = node.Input.Where(i => i != value).All(i => view.Constant(i) is not null);
            if (node.OpType is "Sub" or "Mul" or "Div" or "Add" or "BatchNormalization" && others)
                return $"{node.Output[0]} ({node.OpType})";
            if (node.OpType is not ("Transpose" or "Identity" or "Cast" or "Gather"))
                return null;
            value = node.Output[0];
        }
        return null;
    }

    /// <summary>What pooling is asked for; else what the first output that leads to some says (Custom Vision's first is
    /// the name of a class); else what the last global pooling gives.</summary>
    private static FoundFeatures FindFeatures(GraphView view, string path, ImportSpec spec)
    {
        if (view.IsOutput(BackboneMetadata.Features))
            return new FoundFeatures(BackboneMetadata.Features, "the output of that name");
        if (spec.Pool is not null
            && view.Graph.Output.FirstOrDefault(
                o => o.Type?.TensorType is { ElemType: (int)DataType.Float, Shape.Dim.Count: 3 or 4 }) is { } places)
            return new FoundFeatures(places.Name,
                $"the output of many places, of which ‹Pool› {spec.Pool.ToString()!.ToLowerInvariant()} makes one row");
        foreach (var output in view.Graph.Output)
        {
            if (FindFrom(view, output.Name) is { } found)
                return found;
        }
        if (view.Graph.Node.LastOrDefault(n => n.OpType is "GlobalAveragePool" or "GlobalMaxPool") is { } pooled
            && TakesAll(view, pooled))
            return new FoundFeatures(pooled.Output[0], "the last pooling");
        var usable = UsableValues.Find(path, spec);
        throw new FaceBiasException(
            usable.Count == 0
                ? $"No value of '{path}' can serve as features: none is a row of numbers that differs from picture to picture."
            : $"No feature output was found in '{path}'; choose one of its values: "
                + $"{string.Join("; ", usable.Take(5).Select(u => $"‹Features› {u.Name} {u.Shape}{(u.Pool is null ? "" : $" with {u.Pool}")}"))}.");
    }

    /// <summary>Whether all that comes from the map goes through this pooling: one that only weighs the map's channels
    /// (squeeze and excitation) or is one branch of several does not sum up the picture.</summary>
    private static bool TakesAll(GraphView view, NodeProto pooling)
    {
        var open = new Stack<NodeProto>(view.Users(pooling.Input[0]).Where(n => n != pooling));
        var seen = new HashSet<NodeProto>(open, ReferenceEqualityComparer.Instance);
        while (open.TryPop(out var node))
            foreach (var value in node.Output)
            {
                if (view.IsOutput(value))
                    return false;
                foreach (var user in view.Users(value).Where(u => u != pooling && seen.Add(u)))
                    open.Push(user);
            }
        return !view.IsOutput(pooling.Input[0]);
    }

    /// <summary>The input of the last fully connected layer where that is a classifier; the output where it is an
    /// embedding.</summary>
    private static FoundFeatures? FindFrom(GraphView view, string output)
    {
        var value = output;
        var decides = false;
        // Back from the output to the last matrix product, over what may follow one. A damaged graph could lead in a
        // circle.
        for (var steps = 0; view.Producer(value) is { } node && steps <= view.Graph.Node.Count; steps++)
        {
            if (node.OpType is "Gemm" or "MatMul" && node.Input.Skip(1).Any(i => view.Constant(i) is not null))
            {
                if (!decides && IsEmbeddingSize(Columns(view, node)))
                    return new FoundFeatures(output, "the output, an embedding by its size");
                var from = node.Input[0];
                while (view.Producer(from) is { OpType: "Identity" or "Dropout" } passing)
                    from = passing.Input[0];
                return new FoundFeatures(from, $"what the last layer {node.Output[0]} ({node.OpType}) takes");
            }
            if (node.OpType is "BatchNormalization" or "LpNormalization" && !decides)
                return new FoundFeatures(output, "the output, an embedding since it is normalised");
            if (node.OpType is "GlobalAveragePool" or "AveragePool" or "ReduceMean"
                && ClassMap(view, node, decides) is { } map)
                return map;
            if (node.OpType is "GlobalAveragePool" or "GlobalMaxPool" or "AveragePool" or "ReduceMean" or "ReduceMax")
                return new FoundFeatures(node.Output[0], "the last pooling");
            decides |= Deciding.Contains(node.OpType);
            var scales = node.OpType is "Mul" or "Div" or "Sub" && node.Input.Count(i => view.Constant(i) is null) == 1;
            if (!scales && !Deciding.Contains(node.OpType) && !Passing.Contains(node.OpType))
                return null;
            value = node.Input.FirstOrDefault(i => view.Producer(i) is not null) ?? "";
        }
        return null;
    }

    /// <summary>Where a convolution has scored the classes at every place before their mean is taken (SqueezeNet): what
    /// that convolution takes, to be averaged itself. Backbones have channels by the sixteen, classes seldom
    /// are.</summary>
    private static FoundFeatures? ClassMap(GraphView view, NodeProto pooling, bool decides)
    {
        var maker = Behind(view, pooling.Input[0], "Relu", "Dropout", "Identity", "Clip");
        if (maker is not { OpType: "Conv" } || view.Constant(maker.Input[1]) is not { Dims: [var classes, _, 1, 1] }
            || (!decides && classes % 16 == 0))
            return null;
        var from = maker.Input[0];
        while (view.Producer(from) is { OpType: "Dropout" or "Identity" } passing)
            from = passing.Input[0];
        // The only layer of all makes features.
        if (view.Producer(from) is null)
            return null;
        return new FoundFeatures(from,
            $"what the last layer {maker.Output[0]} (Conv) scores {classes} classes from, averaged over its places",
            FeaturePooling.Mean);
    }

    private static NodeProto? Behind(GraphView view, string value, params ReadOnlySpan<string> passing)
    {
        var node = view.Producer(value);
        for (var steps = 0; node is not null && passing.Contains(node.OpType) && steps < view.Graph.Node.Count; steps++)
            node = view.Producer(node.Input[0]);
        return node;
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

/// <summary>A value that can serve as features, why it, and how its places become one row if it has several.</summary>
internal readonly record struct FoundFeatures(string Value, string Why, FeaturePooling? Pool = null);
