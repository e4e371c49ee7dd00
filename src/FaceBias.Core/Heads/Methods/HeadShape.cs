using FaceBias.Core.Heads.Fit;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Heads.Methods;

/// <summary>The layers of a head.</summary>
/// <param name="Hidden">Units of its hidden layer; 0 for a linear head.</param>
/// <param name="Outputs">Classes, or 1 for a number.</param>
internal sealed record HeadShape(int Features, int Hidden, int Outputs)
{
    /// <summary>Whether hidden units are tanh instead of ReLU.</summary>
    public bool Tanh { get; init; }

    /// <summary>Whether outputs are cosines between the hidden vector and each class's weights, without a
    /// bias.</summary>
    public bool Cosine { get; init; }

    /// <summary>What the outputs are multiplied by before the softmax.</summary>
    public double LogitScale { get; init; } = 1;

    private IEnumerable<DenseLayer> HiddenLayer(string prefix) =>
        Hidden > 0 ? [new(prefix + "hidden", Features, Hidden)] : [];

    private DenseLayer Last(string prefix) => new(prefix + "out", Hidden > 0 ? Hidden : Features, Outputs);

    public IEnumerable<(string Name, long[] Dims)> Parameters(string prefix = "") =>
    [
        .. HiddenLayer(prefix).SelectMany(l => l.Parameters),
        .. Last(prefix).Parameters.Take(Cosine ? 1 : 2),
    ];

    /// <summary>First values; the weights of a cosine head are Glorot's.</summary>
    public IEnumerable<TensorProto> Initial(ulong seed, string prefix = "") =>
    [
        .. HiddenLayer(prefix).SelectMany(l => l.Uniform(seed)),
        .. Cosine ? Last(prefix).Normal(seed, beforeRelu: false).Take(1) : Last(prefix).Uniform(seed),
    ];

    /// <summary>Adds the layers.</summary>
    /// <returns>The hidden vectors (the input itself for a linear head) and the outputs, before
    /// <see cref="LogitScale"/>; for two classes what is added to both of a row is free, as the softmax is the
    /// same.</returns>
    public (string Hidden, string Logits) AddTo(GraphBuilder g, string input, string prefix = "")
    {
        var hidden = Hidden == 0 ? input
            : g.Add(Tanh ? "Tanh" : "Relu", DenseLayer.Add(g, input, prefix + "hidden"));
        if (!Cosine && Hidden == 0 && Outputs == 2)
        {
            // Only the difference of two classes counts, and the runtime multiplies by one column in a quarter of the
            // time of two, forwards and backwards.
            var difference =
                g.Add("MatMul", hidden, g.Add("MatMul", $"{prefix}out.weight", g.Constant([-1f, 1f], 2, 1)));
            return (hidden, g.Add("Gemm", difference, g.Constant([-0.5f, 0.5f], 1, 2), $"{prefix}out.bias"));
        }
        if (!Cosine)
            return (hidden, DenseLayer.Add(g, hidden, prefix + "out"));
        var width = Hidden > 0 ? Hidden : Features;
        var weight = $"{prefix}out.weight";
        // Sums of squares as products with ones mean the same in every operator set, unlike reductions with axes.
        var columns = g.Add("MatMul", Ones(g, 1, width), g.Add("Mul", weight, weight));
        var rows = g.Add("MatMul", g.Add("Mul", hidden, hidden), Ones(g, width, 1));
        var dots = g.Add("MatMul", hidden, weight);
        return (hidden, g.Add("Div", g.Add("Div", dots, Norm(g, rows)), Norm(g, columns)));
    }

    private static string Norm(GraphBuilder g, string squares) =>
        g.Add("Sqrt", g.Add("Add", squares, g.Constant(1e-12f)));

    private static string Ones(GraphBuilder g, long rows, long columns)
    {
        var ones = new float[rows * columns];
        Array.Fill(ones, 1);
        return g.Constant(ones, rows, columns);
    }
}
