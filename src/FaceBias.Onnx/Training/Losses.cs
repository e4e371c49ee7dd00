namespace FaceBias.Onnx.Training;

/// <summary>Losses as nodes of a graph. Each returns the name of a scalar: the mean over the samples of the batch, or,
/// with <c>sampleWeights</c> (float, one per sample), the weighted sum divided by the sum of weights. A sample whose
/// label is missing gets weight 0 and any valid label; a batch of weight 0 has loss 0.</summary>
internal static partial class Losses
{
    /// <summary>Softmax cross-entropy with class indices, as torch.nn.functional.cross_entropy.</summary>
    /// <param name="logits">float [N, classes], before the softmax.</param>
    /// <param name="labels">int64 [N], 0 to classes - 1.</param>
    /// <param name="classWeights">One weight per class; the mean is then weighted by the labels' weights.</param>
    /// <param name="labelSmoothing">The share of the target that is spread evenly over all classes, 0 to 1.</param>
    /// <param name="sampleWeights">float [N], or null for all 1.</param>
    /// <param name="focal">Exponent γ of the focal loss: each sample's loss times (1 - p)^γ of its label's probability
    /// p (Lin et al. 2017). Class weights stay in the mean's denominator as they are.</param>
    public static string SoftmaxCrossEntropy(
        GraphBuilder g, string logits, string labels, int classes, float[]? classWeights = null,
        double labelSmoothing = 0, string? sampleWeights = null, double focal = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(labelSmoothing, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(labelSmoothing, 1);
        if (classWeights is not null && classWeights.Length != classes)
            throw new ArgumentException($"{classWeights.Length} class weights for {classes} classes.",
                nameof(classWeights));
        var smooth = labelSmoothing / classes;
        var target = g.Add(
            "OneHot", labels, g.Constant((long)classes),
            g.Constant([(float)smooth, (float)(1 - labelSmoothing + smooth)], 2));
        if (classWeights is null)
            return WeightedMean(g, Focal(NegativeLogLikelihood(g, logits, target)), sampleWeights, null);
        var weights = g.Constant(classWeights, classes);
        var labelWeights = g.Add("Gather", weights, labels);
        return WeightedMean(g, Focal(NegativeLogLikelihood(g, logits, g.Add("Mul", target, weights))), sampleWeights,
            labelWeights);

        string Focal(string each)
        {
            if (focal == 0)
                return each;
            var hard = g.Add("OneHot", labels, g.Constant((long)classes), g.Constant([0f, 1f], 2));
            var p = g.Add("ReduceSum",
                [g.Add("Mul", g.Add("Softmax", [logits], [("axis", -1L)]), hard), g.Constant(1L)], [("keepdims", 0L)]);
            // x^γ = e^(γ ln x); a probability that rounds to 1 leaves a trace.
            var rest = g.Add("Max", g.Add("Sub", g.Constant(1f), p), g.Constant(1e-6f));
            return g.Add("Mul", g.Add("Exp", g.Add("Mul", g.Add("Log", rest), g.Constant((float)focal))), each);
        }
    }

    /// <summary>Softmax cross-entropy of each sample, float [N]: the parts of <see cref="SoftmaxCrossEntropy"/> before
    /// their mean.</summary>
    /// <param name="logits">float [N, classes], before the softmax.</param>
    /// <param name="labels">int64 [N], 0 to classes - 1.</param>
    public static string SoftmaxCrossEntropyEach(GraphBuilder g, string logits, string labels, int classes) =>
        NegativeLogLikelihood(g, logits,
            g.Add("OneHot", labels, g.Constant((long)classes), g.Constant([0f, 1f], 2)));

    /// <summary>The weighted mean of losses [N]: their weighted sum divided by the sum of weights.</summary>
    public static string Mean(GraphBuilder g, string each, string? sampleWeights = null) =>
        WeightedMean(g, each, sampleWeights, null);

    /// <summary>Softmax cross-entropy with a distribution over the classes for each sample.</summary>
    /// <param name="logits">float [N, classes], before the softmax.</param>
    /// <param name="targets">float [N, classes], each row summing to 1.</param>
    /// <param name="sampleWeights">float [N], or null for all 1.</param>
    public static string SoftCrossEntropy(GraphBuilder g, string logits, string targets,
        string? sampleWeights = null) =>
        WeightedMean(g, NegativeLogLikelihood(g, logits, targets), sampleWeights, null);

    /// <summary>Binary cross-entropy of logits and targets of the same shape [N] or [N, outputs], targets 0 to 1;
    /// several outputs of a sample are averaged.</summary>
    /// <param name="logits">float, before the sigmoid.</param>
    /// <param name="targets">float, 0 to 1.</param>
    /// <param name="sampleWeights">float [N], or null for all 1.</param>
    /// <param name="positiveWeights">Weight p of the targets' share of each output, as <c>pos_weight</c> of
    /// torch.nn.BCEWithLogitsLoss: -p t log s(x) - (1 - t) log(1 - s(x)); null for all 1.</param>
    public static string BinaryCrossEntropy(
        GraphBuilder g, string logits, string targets, string? sampleWeights = null, float[]? positiveWeights = null)
    {
        // -t log s(x) - (1 - t) log(1 - s(x)) = softplus(x) - t x, which overflows nowhere; with weights
        // (1 + (p - 1) t) softplus(x) - p t x.
        var (soft, weighted) = (g.Add("Softplus", logits), targets);
        if (positiveWeights is not null)
        {
            var more = g.Add("Mul", targets,
                g.Constant([.. positiveWeights.Select(p => p - 1)], 1, positiveWeights.Length));
            soft = g.Add("Mul", soft, g.Add("Add", more, g.Constant(1f)));
            weighted = g.Add("Add", targets, more);
        }
        var each = g.Add("Sub", soft, g.Add("Mul", weighted, logits));
        return WeightedMean(g, PerSample(g, each), sampleWeights, null);
    }

    /// <summary>Mean absolute error of values of the same shape [N] or [N, outputs].</summary>
    public static string L1(GraphBuilder g, string predictions, string targets, string? sampleWeights = null) =>
        WeightedMean(g, PerSample(g, g.Add("Abs", g.Add("Sub", predictions, targets))), sampleWeights, null);

    /// <summary>Mean squared error of values of the same shape [N] or [N, outputs].</summary>
    public static string MeanSquared(GraphBuilder g, string predictions, string targets, string? sampleWeights = null)
    {
        var error = g.Add("Sub", predictions, targets);
        return WeightedMean(g, PerSample(g, g.Add("Mul", error, error)), sampleWeights, null);
    }

    /// <summary>Huber's loss: e²/2 up to |e| = delta, delta (|e| - delta/2) beyond (Huber 1964). Values of the same
    /// shape [N] or [N, outputs].</summary>
    public static string Huber(
        GraphBuilder g, string predictions, string targets, double delta = 1, string? sampleWeights = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delta, 0);
        // With c = e cut to ±delta the two cases are one: c (e - c/2).
        var error = g.Add("Sub", predictions, targets);
        var cut = g.Add("Clip", error, g.Constant((float)-delta), g.Constant((float)delta));
        var each = g.Add("Mul", cut, g.Add("Sub", error, g.Add("Mul", cut, g.Constant(0.5f))));
        return WeightedMean(g, PerSample(g, each), sampleWeights, null);
    }

    /// <summary>The sum of losses times their weights, for models with several targets.</summary>
    public static string Combine(GraphBuilder g, params ReadOnlySpan<(string Loss, double Weight)> losses)
    {
        var parts = new List<string>();
        foreach (var (loss, weight) in losses)
            parts.Add(weight == 1 ? loss : g.Add("Mul", loss, g.Constant((float)weight)));
        return parts.Count == 1 ? parts[0] : g.Add("Sum", [.. parts]);
    }

    private static string NegativeLogLikelihood(GraphBuilder g, string logits, string targets)
    {
        var log = g.Add("LogSoftmax", [logits], [("axis", -1L)]);
        var sum = g.Add("ReduceSum", [g.Add("Mul", targets, log), g.Constant(1L)], [("keepdims", 0L)]);
        return g.Add("Neg", sum);
    }

    /// <summary>The mean over everything but the first axis.</summary>
    private static string PerSample(GraphBuilder g, string each)
    {
        var flat = g.Add("Flatten", [each], [("axis", 1L)]);
        // The axes of a mean were an attribute before operator set 18, which a model being continued may have.
        return g.Model.OpsetImport.First(o => o.Domain.Length == 0).Version < 18
            ? g.Add("ReduceMean", [flat], [("axes", new[] { 1L }), ("keepdims", 0L)])
            : g.Add("ReduceMean", [flat, g.Constant(1L)], [("keepdims", 0L)]);
    }

    /// <summary>The mean of [N] losses with weights s that some samples get and weights w that belong to the mean
    /// only in the denominator, because the losses hold them already: sum(s l) / sum(s w).</summary>
    private static string WeightedMean(GraphBuilder g, string losses, string? sampleWeights, string? labelWeights)
    {
        if (sampleWeights is null && labelWeights is null)
            return g.Add("ReduceMean", [losses], [("keepdims", 0L)]);
        var weighted = sampleWeights is null ? losses : g.Add("Mul", losses, sampleWeights);
        var weight = sampleWeights is null ? labelWeights!
            : labelWeights is null ? sampleWeights : g.Add("Mul", sampleWeights, labelWeights);
        var total = g.Add("Max", g.Add("ReduceSum", [weight], [("keepdims", 0L)]), g.Constant(1e-12f));
        return g.Add("Div", g.Add("ReduceSum", [weighted], [("keepdims", 0L)]), total);
    }
}
