using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;

namespace FaceBias.Core.Uncertainty;

/// <summary>Sums, entropies and distances of rows [N, K] as nodes of a graph, by operators that mean the same from
/// operator set 7 on, so that they can follow a backbone of any age: axes of reductions moved from an attribute to an
/// input in between.</summary>
internal static class RowMath
{
    /// <summary>The weighted sum of each row, [N, 1].</summary>
    public static string Sum(GraphBuilder g, string rows, ReadOnlySpan<float> weights) =>
        g.Add("MatMul", rows, g.Constant(weights, weights.Length, 1));

    /// <summary>The sum of each row of <paramref name="width"/> values, [N, 1].</summary>
    public static string Sum(GraphBuilder g, string rows, int width, double factor = 1)
    {
        var ones = new float[width];
        Array.Fill(ones, (float)factor);
        return Sum(g, rows, ones);
    }

    /// <summary>(x - mean) scale of features [N, D].</summary>
    public static string Scaled(GraphBuilder g, string features, (float[] Mean, float[] Scale) scaling) => g.Add("Mul",
        g.Add("Sub", features, g.Constant(scaling.Mean, 1, scaling.Mean.Length)),
        g.Constant(scaling.Scale, 1, scaling.Scale.Length));

    /// <summary>The square of each value.</summary>
    public static string Square(GraphBuilder g, string x) => g.Add("Mul", x, x);

    /// <summary>Shannon's entropy of distributions [N, K] in nats, [N, 1]; a probability of 0 counts 0.</summary>
    public static string Entropy(GraphBuilder g, string probabilities, int width) => Sum(
        g, g.Add("Mul", probabilities, g.Add("Log", g.Add("Add", probabilities, g.Constant([1e-12f], 1, 1)))), width,
        -1);

    /// <summary>The square root of values that rounding may have made slightly negative.</summary>
    public static string Root(GraphBuilder g, string x) => g.Add("Sqrt", g.Add("Relu", x));

    /// <summary>The variance of distributions [N, bins] over values, [N, 1]: E v² - (E v)², around the middle of the
    /// values so that little is lost to rounding.</summary>
    public static string Variance(GraphBuilder g, string probabilities, float[] values)
    {
        var middle = (values[0] + values[^1]) / 2;
        var centred = Array.ConvertAll(values, v => v - middle);
        var mean = Sum(g, probabilities, centred);
        return g.Add("Relu",
            g.Add("Sub", Sum(g, probabilities, Array.ConvertAll(centred, v => v * v)), Square(g, mean)));
    }

    /// <summary>What <see cref="FittingRows.ReadUnit"/> writes, from the features of a graph.</summary>
    public static string Unit(GraphBuilder g, FittingRows rows)
    {
        var width = rows.UnitWidth;
        var last = width == rows.Width ? BackboneMetadata.Features
            : g.Add("Gather",
                [BackboneMetadata.Features, g.Constant([.. Enumerable.Range(0, width).Select(i => (long)i)])],
                [("axis", 1L)]);
        return Normalised(g, last, width);
    }

    /// <summary>Rows scaled to length 1; a row of zeros stays.</summary>
    public static string Normalised(GraphBuilder g, string rows, int width)
    {
        var length = g.Add("Sqrt", Sum(g, Square(g, rows), width));
        return g.Add("Div", rows, g.Add("Add", length, g.Constant([1e-12f], 1, 1)));
    }
}
