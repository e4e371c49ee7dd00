namespace FaceBias.Onnx.Import;

/// <summary>Writes TensorFlow's channels-last operators as channels-first ONNX. Pictures stay [N, C, H, W] from the
/// input to the last pooling, weights and axes are turned at import, and a Transpose is written only where an operator
/// mixes channels with places (a Reshape of a map, say). So ONNX Runtime's blocked convolutions apply from end to
/// end.</summary>
internal sealed partial class ChannelsFirstEmitter(GraphBuilder graph)
{
    private string? _picture;

    /// <summary>Which node is being written, for messages: "Node 'conv1' (Conv2D) of 'faceres.json'".</summary>
    public string Where { get; set; } = "";

    /// <summary>The model's only input: the picture <paramref name="pixels"/>, stored in planes, under the name and the
    /// shape that the model declares for it (-1 for what it leaves open, empty for no shape at all).</summary>
    public GraphValue Picture(string path, string pixels, PixelInput input, string name, int[] declared)
    {
        if (_picture is not null && _picture != name)
            throw new FaceBiasException(
                $"'{path}' has the inputs '{_picture}' and '{name}'; a model with a single picture as input is needed.");
        _picture = name;
        int[] shape = [-1, input.Height, input.Width, 3];
        var fits = declared.Length == 0
            || declared.Length == 4 && declared.Zip(shape).Skip(1).All(p => p.First <= 0 || p.First == p.Second);
        return fits ? GraphValue.Of(pixels, shape, true) : throw new FaceBiasException(
            $"The input of '{path}' has the shape [{string.Join(", ", declared)}], not [N, {input.Height}, "
                + $"{input.Width}, 3]; "
            + "correct the input size.");
    }

    /// <summary>The sentence for something that cannot be imported.</summary>
    public FaceBiasException Refuse(string what) => new($"{Where} {what}");

    /// <summary>The ONNX name of a value in TensorFlow's own order of dimensions.</summary>
    public string Natural(GraphValue value)
    {
        if (value.ChannelsFirst)
            return graph.Add("Transpose", [value.Name!], [("perm", new long[] { 0, 2, 3, 1 })]);
        return value.Name ??= graph.Initializer(value.Constant!.ToTensor(""));
    }

    /// <summary>A rank-4 value stored as [N, C, H, W].</summary>
    public GraphValue Planes(GraphValue value)
    {
        if (value.Rank != 4)
            throw Refuse($"takes a picture of 4 dimensions but gets {value}.");
        if (value.ChannelsFirst)
            return value;
        return GraphValue.Of(graph.Add("Transpose", [Natural(value)], [("perm", new long[] { 0, 3, 1, 2 })]),
            value.Shape, true);
    }

    /// <summary>Where dimension <paramref name="axis"/> of the TensorFlow shape is in the ONNX value.</summary>
    private static int StoredAxis(GraphValue value, int axis) =>
        value.ChannelsFirst ? axis switch { 0 => 0, 3 => 1, _ => axis + 1 } : axis;

    /// <summary>An axis counted from the front.</summary>
    private int Axis(GraphValue value, long axis)
    {
        var own = axis < 0 ? axis + value.Rank : axis;
        return own >= 0 && own < value.Rank ? (int)own : throw Refuse($"names the axis {axis} of a value {value}.");
    }

    private GraphValue Result(string name, GraphValue like) => GraphValue.Of(name, like.Shape, like.ChannelsFirst);

    private ConstantTensor NeedConstant(GraphValue value, string role) =>
        value.Constant ?? throw Refuse($"takes its {role} from a computed value; only constants are supported.");

    private static int[] Unbatched(int[] shape) => shape[1..];

    private int Elements(GraphValue value)
    {
        long count = 1;
        foreach (var d in Unbatched(value.Shape))
            count *= d;
        return count is > 0 and < int.MaxValue ? (int)count : throw Refuse($"gets a value of unusable size {value}.");
    }
}
