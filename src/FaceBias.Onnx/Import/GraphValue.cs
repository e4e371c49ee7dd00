namespace FaceBias.Onnx.Import;

/// <summary>A value while a TensorFlow model becomes ONNX. <see cref="Shape"/> is TensorFlow's: the batch first (-1),
/// channels last. Where <see cref="ChannelsFirst"/> is set, the ONNX value of that rank-4 shape is stored as [N, C, H,
/// W].</summary>
internal sealed class GraphValue
{
    private GraphValue(string? name, int[] shape, ConstantTensor? constant) =>
        (Name, Shape, Constant) = (name, shape, constant);

    public static GraphValue Of(string name, int[] shape, bool channelsFirst) =>
        new(name, shape, null) { ChannelsFirst = channelsFirst };

    public static GraphValue Of(ConstantTensor constant) => new(null, constant.Shape, constant);

    /// <summary>The ONNX name; null for a constant that no node has used as it is.</summary>
    public string? Name { get; set; }

    public int[] Shape { get; }

    public bool ChannelsFirst { get; private init; }

    /// <summary>Set for constants.</summary>
    public ConstantTensor? Constant { get; }

    /// <summary>No element is below zero, so that padding with zero and with minus infinity pool alike.</summary>
    public bool NonNegative { get; private init; }

    /// <summary>Where this value is another one with zeros around it: that value. A convolution takes over the padding,
    /// and the Pad node that nobody uses then goes away.</summary>
    public GraphValue? Inner { get; private init; }

    /// <summary>The zeros around <see cref="Inner"/>: top, left, bottom, right.</summary>
    public int[] InnerPads { get; private init; } = [0, 0, 0, 0];

    public int Rank => Shape.Length;

    public int Channels => Shape[^1];

    /// <summary>The same value under a new promise about its sign.</summary>
    public GraphValue AsNonNegative() =>
        new(Name, Shape, Constant) { ChannelsFirst = ChannelsFirst, NonNegative = true };

    /// <summary>The same value, known to be <paramref name="inner"/> with zeros around it.</summary>
    public GraphValue Around(GraphValue inner, int[] pads) =>
        new(Name, Shape, Constant) { ChannelsFirst = ChannelsFirst, Inner = inner, InnerPads = pads };

    public override string ToString() => $"[{string.Join(", ", Shape.Select(d => d < 0 ? "N" : $"{d}"))}]";
}
