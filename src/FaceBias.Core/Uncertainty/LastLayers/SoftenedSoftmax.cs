using FaceBias.Core.Heads.Fit;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Uncertainty.LastLayers;

/// <summary>The expectation of a softmax of normal logits, in closed form (Lu, Ie, Sha 2020, "Mean-field approximation
/// to the Gaussian-softmax integral"; MacKay 1992 for two classes).</summary>
internal static class SoftenedSoftmax
{
    // So many classes give as many pairs as a graph should hold.
    private const int MostPaired = 64;

    /// <summary>Adds it, [N, K].</summary>
    /// <param name="logits">Means of the logits [N, K].</param>
    /// <param name="variances">Variances s [N, R] along directions.</param>
    /// <param name="directions">The directions as columns, row-major [K, R]: the covariance is V diag(s) Vᵀ.</param>
    public static string Add(GraphBuilder g, string logits, string variances, float[] directions, int k) =>
        k <= MostPaired ? Paired(g, logits, variances, directions, k) : Single(g, logits, variances, directions, k);

    /// <summary>Over all pairs of classes: differences of logits and their variances by products with constant matrices
    /// [.., K²].</summary>
    private static string Paired(GraphBuilder g, string logits, string variances, float[] directions, int k)
    {
        var r = directions.Length / k;
        var (difference, spread, sum) = (new float[k * k * k], new float[r * k * k], new float[k * k * k]);
        for (var i = 0; i < k; i++)
            for (var j = 0; j < k; j++)
            {
                var pair = i * k + j;
                difference[j * k * k + pair] += 1;
                difference[i * k * k + pair] -= 1;
                sum[pair * k + i] = 1;
                for (var d = 0; d < r; d++)
                    spread[d * k * k + pair] = (directions[i * r + d] - directions[j * r + d])
                        * (directions[i * r + d] - directions[j * r + d]);
            }
        var scale = Softening(g, g.Add("MatMul", variances, g.Constant(spread, r, k * k)));
        // exp stays finite: beyond 80 a pair decides that the probability is 0 to single precision.
        var odds = g.Add("Div", g.Add("MatMul", logits, g.Constant(difference, k, k * k)), scale);
        var most = g.Constant([80f], 1, 1);
        var bounded = g.Add("Sub", most, g.Add("Relu", g.Add("Sub", most, odds)));
        var p = g.Add("Reciprocal", g.Add("MatMul", g.Add("Exp", bounded), g.Constant(sum, k * k, k)));
        return g.Add("Div", p, RowMath.Sum(g, p, k));
    }

    /// <summary>Class by class, on logits with mean 0.</summary>
    private static string Single(GraphBuilder g, string logits, string variances, float[] directions, int k)
    {
        var r = directions.Length / k;
        var squares = new float[r * k];
        for (var i = 0; i < k; i++)
            for (var d = 0; d < r; d++)
                squares[d * k + i] = directions[i * r + d] * directions[i * r + d];
        var scale = Softening(g, g.Add("MatMul", variances, g.Constant(squares, r, k)));
        var centred = g.Add("Sub", logits, RowMath.Sum(g, logits, k, 1.0 / k));
        return HeadLayers.Softmax(g, g.Add("Div", centred, scale));
    }

    /// <summary>sqrt(1 + π/8 variance).</summary>
    private static string Softening(GraphBuilder g, string variance) => g.Add("Sqrt", g.Add(
        "Add", g.Add("Mul", variance, g.Constant([(float)(Math.PI / 8)], 1, 1)), g.Constant([1f], 1, 1)));
}
