namespace FaceBias.Primitives.Statistics;

/// <summary>Probabilities of classes.</summary>
internal static class Distributions
{
    /// <summary>exp(steepness x) over its sum; the largest score is taken off first, so that nothing
    /// overflows.</summary>
    /// <param name="scores">Scores, such as logits.</param>
    /// <param name="probabilities">Takes them; may be the scores themselves.</param>
    public static void Softmax(ReadOnlySpan<float> scores, Span<float> probabilities, double steepness = 1)
    {
        Span<double> p = scores.Length <= 256 ? stackalloc double[scores.Length] : new double[scores.Length];
        for (var i = 0; i < p.Length; i++)
            p[i] = scores[i];
        Softmax(p, p, steepness);
        for (var i = 0; i < p.Length; i++)
            probabilities[i] = (float)p[i];
    }

    public static void Softmax(ReadOnlySpan<double> scores, Span<double> probabilities, double steepness = 1)
    {
        var top = double.NegativeInfinity;
        foreach (var s in scores)
            top = Math.Max(top, s);
        double sum = 0;
        for (var i = 0; i < scores.Length; i++)
            sum += probabilities[i] = Math.Exp(steepness * (scores[i] - top));
        for (var i = 0; i < scores.Length; i++)
            probabilities[i] /= sum;
    }

    /// <summary>Shannon's entropy over that of equal probabilities: 0 is certain, 1 knows nothing.</summary>
    public static double Uncertainty(ReadOnlySpan<float> probabilities)
    {
        if (probabilities.Length < 2)
            return 0;
        double sum = 0;
        foreach (var p in probabilities)
            sum -= p > 0 ? p * Math.Log(p) : 0;
        return sum / Math.Log(probabilities.Length);
    }
}
