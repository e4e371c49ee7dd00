namespace FaceBias.Onnx.Import;

/// <summary>The order in which a model takes the three colour channels.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red, as OpenCV and Caffe read pictures.</summary>
    Bgr,

    /// <summary>One channel: 0.299 red + 0.587 green + 0.114 blue (ITU-R 601), as OpenCV and Pillow make
    /// grey.</summary>
    Grey,
}

/// <summary>The order of a model's input dimensions.</summary>
public enum PixelLayout
{
    /// <summary>[N, 3, H, W]: channel planes.</summary>
    Nchw,

    /// <summary>[N, H, W, 3]: interleaved channels, as TensorFlow has them.</summary>
    Nhwc,
}

/// <summary>
/// What a model takes as it comes: a picture of <paramref name="Width"/> x <paramref name="Height"/> pixels whose value
/// per channel is (pixel - mean) * scale with pixels 0 to 255. <paramref name="Mean"/> and <paramref name="Scale"/>
/// have three values each, in the order of <paramref name="Channels"/>, all equal for grey.
/// </summary>
internal sealed record PixelInput(
    int Width, int Height, ChannelOrder Channels, PixelLayout Layout, IReadOnlyList<float> Mean,
    IReadOnlyList<float> Scale)
{
    /// <summary>The largest side of a picture that an importer accepts, in pixels.</summary>
    public const int MaxSide = 4096;

    /// <summary>Checks the sizes and the numbers.</summary>
    /// <exception cref="FaceBiasException">A side is not in 1 to <see cref="MaxSide"/>, or a number is missing or not
    /// finite, or a scale is zero.</exception>
    public PixelInput Checked(string model)
    {
        if (Width is < 1 or > MaxSide || Height is < 1 or > MaxSide)
            throw new FaceBiasException(
                $"The input size {Width} x {Height} of '{model}' is outside 1 to {MaxSide}; correct the size.");
        if (Mean.Count != 3 || Scale.Count != 3)
            throw new FaceBiasException(
                $"The mean and the scale of '{model}' need 3 numbers each, one per channel, but have {Mean.Count} and "
                    + $"{Scale.Count}.");
        if (!Mean.All(float.IsFinite) || !Scale.All(s => float.IsFinite(s) && s != 0))
            throw new FaceBiasException(
                $"The mean and the scale of '{model}' must be finite numbers, and no scale zero; correct them.");
        if (Channels == ChannelOrder.Grey && (Mean.Any(m => m != Mean[0]) || Scale.Any(s => s != Scale[0])))
            throw new FaceBiasException(
                $"'{model}' takes grey pictures, which have one mean and one scale; give one number each.");
        return this;
    }
}

/// <summary>An output of a source model and the name it gets: <paramref name="Source"/> is the tensor, node or layer
/// in the source model.</summary>
internal sealed record NamedOutput(string Source, string Name);

/// <summary>What an importer needs to know beyond the file: the input, the value that holds the features, and further
/// outputs to keep.</summary>
internal sealed record ImportSpec(PixelInput Input, string Features, IReadOnlyList<NamedOutput> Outputs)
{
    /// <summary>Maps [N, H, W, C] of earlier layers, in the source model's names, whose means over their places [N, C]
    /// are appended to the features. TensorFlow.js and TensorFlow Lite models only.</summary>
    public IReadOnlyList<string> Pooled { get; init; } = [];

    /// <summary>How features of many places become one row; null where they are rows. ONNX files only.</summary>
    public FeaturePooling? Pool { get; init; }

    /// <summary>Values of inputs other than the picture: one number for all elements, or one for each. ONNX files
    /// only.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<float>> Constants
        { get; init; } = new Dictionary<string, IReadOnlyList<float>>();
}
