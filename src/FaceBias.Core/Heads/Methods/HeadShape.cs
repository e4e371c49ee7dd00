using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;

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

    public IEnumerable<(string Name, long[] Dims)> Parameters(string prefix = "")
    {
        if (Hidden > 0)
        {
            yield return ($"{prefix}hidden.weight", [Features, Hidden]);
            yield return ($"{prefix}hidden.bias", [Hidden]);
        }
        yield return ($"{prefix}out.weight", [Hidden > 0 ? Hidden : Features, Outputs]);
        if (!Cosine)
            yield return ($"{prefix}out.bias", [Outputs]);
    }

    /// <summary>First values, uniform as PyTorch's dense layers have them; the weights of a cosine head as
    /// Glorot's.</summary>
    public IEnumerable<TensorProto> Initial(ulong seed, string prefix = "") => Parameters(prefix).Select(p =>
    {
        var fanIn = p.Name.StartsWith(prefix + "hidden", StringComparison.Ordinal) || Hidden == 0 ? Features : Hidden;
        return Cosine && p.Name == $"{prefix}out.weight"
            ? Initialisation.Xavier(p.Name, seed, fanIn, Outputs, p.Dims)
            : Initialisation.Uniform(p.Name, seed, 1 / Math.Sqrt(fanIn), p.Dims);
    });

    /// <summary>Adds the layers.</summary>
    /// <returns>The hidden vectors (the input itself for a linear head) and the outputs, before
    /// <see cref="LogitScale"/>; for two classes what is added to both of a row is free, as the softmax is the
    /// same.</returns>
    public (string Hidden, string Logits) AddTo(GraphBuilder g, string input, string prefix = "")
    {
        var hidden = Hidden == 0 ? input
            : g.Add(Tanh ? "Tanh" : "Relu", g.Add("Gemm", input, $"{prefix}hidden.weight", $"{prefix}hidden.bias"));
        if (!Cosine && Hidden == 0 && Outputs == 2)
        {
            // Only the difference of two classes counts, and the runtime multiplies by one column in a quarter of the
            // time of two, forwards and backwards.
            var difference =
                g.Add("MatMul", hidden, g.Add("MatMul", $"{prefix}out.weight", g.Constant([-1f, 1f], 2, 1)));
            return (hidden, g.Add("Gemm", difference, g.Constant([-0.5f, 0.5f], 1, 2), $"{prefix}out.bias"));
        }
        if (!Cosine)
            return (hidden, g.Add("Gemm", hidden, $"{prefix}out.weight", $"{prefix}out.bias"));
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
