using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;

namespace FaceBias.Onnx.Tests.Training;

/// <summary>Builds networks layer by layer, the shape of images at each point known.</summary>
internal sealed class NetworkBuilder(string name, ulong seed)
{
    private readonly List<string> _parameters = [];
    private int _count;

    public GraphBuilder Graph { get; } = new(name);

    /// <summary>Names of weights, biases, and scales.</summary>
    public IReadOnlyList<string> Parameters => _parameters;

    public string Conv(string x, int from, int to, int kernel, int stride = 1, int groups = 1, bool bias = false)
    {
        var w = Weight(Initialisation.He(NewName("conv"), seed, (long)from / groups * kernel * kernel, to, from / groups, kernel, kernel));
        string[] inputs = bias ? [x, w, Weight(Initialisation.Uniform(NewName("bias"), seed, 0.1, to))] : [x, w];
        long pad = kernel / 2;
        return Graph.Add("Conv", inputs,
            [("strides", new long[] { stride, stride }), ("pads", new[] { pad, pad, pad, pad }), ("group", (long)groups)]);
    }

    public string BatchNorm(string x, int channels)
    {
        var scale = Weight(Shifted(Initialisation.Uniform(NewName("scale"), seed, 0.3, channels), 1));
        var bias = Weight(Initialisation.Uniform(NewName("shift"), seed, 0.3, channels));
        var mean = Graph.Initializer(Initialisation.Uniform(NewName("mean"), seed, 0.2, channels));
        var variance = Graph.Initializer(Shifted(Initialisation.Uniform(NewName("variance"), seed, 0.3, channels), 1));
        return Graph.Add("BatchNormalization", x, scale, bias, mean, variance);
    }

    public string Dense(string x, int from, int to) => Graph.Add("Gemm", [x,
        Weight(Initialisation.Xavier(NewName("dense"), seed, from, to, from, to)),
        Weight(Initialisation.Uniform(NewName("bias"), seed, 0.1, to))], []);

    public string Relu(string x) => Graph.Add("Relu", x);

    public string Add(string a, string b) => Graph.Add("Add", a, b);

    private string NewName(string kind) => $"{kind}{++_count}";

    private string Weight(TensorProto tensor)
    {
        _parameters.Add(tensor.Name);
        return Graph.Initializer(tensor);
    }

    private static TensorProto Shifted(TensorProto t, float by) =>
        Tensors.Float(t.Name, [.. t.ToFloats().Select(v => v + by)], [.. t.Dims]);
}
