namespace FaceBias.Onnx.Training;

/// <summary>
/// Builds convolutional networks layer by layer, to be trained from scratch. Values are known by their names; every
/// call adds a layer with its initial weights and returns the name of its result. Images are [N, channels, height,
/// width].
/// </summary>
/// <param name="spread">Biases and norms start at 0 and 1; give more than 0 to draw them from this far around, as tests
/// of gradients need it.</param>
internal sealed class NetworkBuilder(string name, ulong seed, double spread = 0)
{
    private readonly List<string> _parameters = [];
    private int _count;

    /// <summary>The graph so far, for whatever has no method here: inputs, losses, other operators.</summary>
    public GraphBuilder Graph { get; } = new(name);

    /// <summary>Names of weights, biases, scales and shifts: what is trained.</summary>
    public IReadOnlyList<string> Parameters => _parameters;

    /// <summary>A convolution that pads by half of its kernel, He initialisation.</summary>
    /// <param name="x">[N, from, H, W].</param>
    /// <param name="kernel">Height and width of the kernel.</param>
    /// <param name="groups">Groups of channels that do not mix.</param>
    /// <param name="bias">Whether each output channel has a bias; useless before a batch norm.</param>
    /// <returns>[N, to, H / stride, W / stride].</returns>
    public string Conv(string x, int from, int to, int kernel, int stride = 1, int groups = 1, bool bias = false)
    {
        var w = Weight(Initialisation.He(NewName("conv"), seed, (long)from / groups * kernel * kernel, to,
            from / groups, kernel, kernel));
        string[] inputs = bias ? [x, w, Weight(Around("bias", 0, to))] : [x, w];
        long pad = kernel / 2;
        return Graph.Add("Conv", inputs,
            [("strides", new long[] { stride, stride }), ("pads", new[] { pad, pad, pad, pad }),
                ("group", (long)groups)]);
    }

    /// <summary>A transposed convolution with bias that makes images exactly <paramref name="stride"/> times as large,
    /// He initialisation.</summary>
    public string ConvTranspose(string x, int from, int to, int kernel, int stride)
    {
        // Each output sums kernel / stride of the taps along either axis.
        var w = Weight(Initialisation.He(NewName("conv"), seed,
            Math.Max(1, (long)from * kernel * kernel / stride / stride), from, to, kernel, kernel));
        long pad = kernel / 2, extra = stride - kernel % 2;
        return Graph.Add("ConvTranspose", [x, w, Weight(Around("bias", 0, to))],
            [("strides", new long[] { stride, stride }), ("pads", new[] { pad, pad, pad, pad }),
                ("output_padding", new[] { extra, extra })]);
    }

    /// <summary>Batch norm; train it with <see cref="BatchNormMode.Training"/>.</summary>
    public string BatchNorm(string x, int channels)
    {
        var (scale, shift) = (Weight(Around("scale", 1, channels)), Weight(Around("shift", 0, channels)));
        var (mean, variance) = (Graph.Initializer(Around("mean", 0, channels)),
            Graph.Initializer(Around("variance", 1, channels)));
        return Graph.Add("BatchNormalization", x, scale, shift, mean, variance);
    }

    /// <summary>A dense layer, Glorot initialisation: [N, from] to [N, to].</summary>
    public string Dense(string x, int from, int to) => Graph.Add("Gemm", [x,
        Weight(Initialisation.Xavier(NewName("dense"), seed, from, to, from, to)), Weight(Around("bias", 0, to))], []);

    /// <summary>The larger of each value and 0.</summary>
    public string Relu(string x) => Graph.Add("Relu", x);

    /// <summary>The sum of two values.</summary>
    public string Add(string a, string b) => Graph.Add("Add", a, b);

    private string NewName(string kind) => $"{kind}{++_count}";

    private string Weight(TensorProto tensor)
    {
        _parameters.Add(tensor.Name);
        return Graph.Initializer(tensor);
    }

    private TensorProto Around(string kind, float centre, int channels)
    {
        var t = Initialisation.Uniform(NewName(kind), seed, spread, channels);
        return Tensors.Float(t.Name, [.. t.ToFloats().Select(v => v + centre)], channels);
    }
}
