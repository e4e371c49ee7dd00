namespace FaceBias.Onnx.Training;

internal static partial class Losses
{
    /// <summary>Negative log-likelihood of a normal distribution with predicted mean and log variance, without its
    /// constant: (s + (t - m)² e^-s) / 2 with s = log variance (Nix and Weigend 1994). All [N] or [N,
    /// outputs].</summary>
    public static string GaussianNegativeLogLikelihood(
        GraphBuilder g, string means, string logVariances, string targets, string? sampleWeights = null)
    {
        var error = g.Add("Sub", targets, means);
        var scaled = g.Add("Mul", g.Add("Mul", error, error), g.Add("Exp", g.Add("Neg", logVariances)));
        var each = g.Add("Mul", g.Add("Add", logVariances, scaled), g.Constant(0.5f));
        return WeightedMean(g, PerSample(g, each), sampleWeights, null);
    }

    /// <summary>Kullback-Leibler divergence from a diagonal normal distribution [N, dimensions] to the standard one,
    /// summed over dimensions and averaged over samples: -(1 + s - m² - e^s) / 2 (Kingma and Welling 2014).</summary>
    public static string GaussianDivergence(GraphBuilder g, string means, string logVariances,
        string? sampleWeights = null)
    {
        var outward = g.Add("Add", g.Add("Mul", means, means), g.Add("Exp", logVariances));
        var each = g.Add("Sub", g.Add("Sub", outward, logVariances), g.Constant(1f));
        var sums = g.Add("ReduceSum", [each, g.Constant(1L)], [("keepdims", 0L)]);
        return WeightedMean(g, g.Add("Mul", sums, g.Constant(0.5f)), sampleWeights, null);
    }

    /// <summary>Generalized cross-entropy (1 - p^q) / q of the label's probability p, which forgives wrong labels: near
    /// cross-entropy for q towards 0 and mean absolute error for q = 1 (Zhang and Sabuncu 2018).</summary>
    /// <param name="logits">float [N, classes].</param>
    /// <param name="labels">int64 [N].</param>
    /// <param name="q">Above 0, at most 1.</param>
    /// <param name="sampleWeights">float [N], or null for all 1.</param>
    public static string GeneralizedCrossEntropy(
        GraphBuilder g, string logits, string labels, int classes, double q = 0.7, string? sampleWeights = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(q, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(q, 1);
        var target = g.Add("OneHot", labels, g.Constant((long)classes), g.Constant([0f, 1f], 2));
        // p^q = e^(q log p), because a probability of 0 has no logarithm.
        var power = g.Add("Exp", g.Add("Mul", NegativeLogLikelihood(g, logits, target), g.Constant((float)-q)));
        var each = g.Add("Mul", g.Add("Sub", g.Constant(1f), power), g.Constant((float)(1 / q)));
        return WeightedMean(g, each, sampleWeights, null);
    }
}
