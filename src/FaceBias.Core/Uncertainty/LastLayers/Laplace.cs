using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Uncertainty.LastLayers;

/// <summary>Laplace's approximation of the last layer (Kristiadi, Hein, Hennig 2020; Daxberger et al. 2021, "Laplace
/// Redux"): a Gaussian around the trained weights, from Kronecker factors of the curvature, its prior by marginal
/// likelihood. Closed form: nothing is sampled, and predictions cost one product of matrices more.</summary>
/// <remarks>Classes get probabilities that the uncertainty of the logits f has softened, <c>p_k = 1 / Σ_j exp(-(f_k -
/// f_j) / sqrt(1 + π/8 Var(f_k - f_j)))</c>, normalised (Lu, Ie, Sha 2020): for two classes the probit approximation of
/// MacKay 1992, and unlike <c>softmax(f / sqrt(1 + π/8 Var f))</c> the same for logits that differ by one number.
/// Numbers get the standard deviation of their expectation, sqrt(gᵀ S g) with g its gradient by the logits.</remarks>
public sealed record Laplace : IUncertaintyWrapper
{
    private Laplace()
    {
    }

    /// <summary>The last layer of every member.</summary>
    public static Laplace LastLayer() => new();

    /// <inheritdoc/>
    public string Name => "laplace";

    /// <summary>Whether the target's own probabilities become the softened ones, for wrappers after it and for
    /// predictions; else they are an output of their own.</summary>
    public bool ReplaceProbabilities { get; init; }

    /// <inheritdoc/>
    public void AddTo(UncertainModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var layers = HeadLayers.Of(model.Heads, Name);
        foreach (var target in model.Targets)
        {
            var members = Enumerable.Range(0, layers.Members).Select(m => layers.Last(target.Name, m)).ToArray();
            var posteriors = members.Select(m => Fit(model, target, m)).ToArray();
            var g = new GraphBuilder(model.Heads);
            var variances = members.Zip(posteriors, (m, p) => LogitVariance(g, m.Input, p)).ToArray();
            if (target is CategoricalOutput c)
                AddClasses(model, g, c, [.. members.Select(m => m.Logits)], variances, posteriors);
            else if (target is NumericOutput n)
                AddNumber(model, g, n, [.. members.Select(m => m.Logits)], variances, posteriors);
            model.Notices.Add(FormattableString.Invariant(
                $"laplace: prior precision of '{target.Name}' {string.Join(", ", posteriors.Select(p => p.PriorPrecision.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture)))}, by marginal likelihood."));
        }
    }

    private static LastLayerPosterior Fit(UncertainModel model, OutputSpec target, HeadLayers.Linear layer)
    {
        var labels = model.Rows.Labels(target.Name);
        int[] rows = [.. model.Rows.Train.Where(r => !labels.IsMissing(r))];
        if (rows.Length == 0)
            throw new FaceBiasException(
                $"No training row has a label of '{target.Name}', so 'laplace' has nothing to learn from; leave it out.");
        var values = model.Run(rows, layer.Input, layer.Logits);
        return LastLayerPosterior.Fit(values[0], values[1], layer.Weight, layer.Bias, model.Rows.Cancel);
    }

    /// <summary>The variances s [N, R] of the logits along the eigenvectors.</summary>
    private static string LogitVariance(GraphBuilder g, string input, LastLayerPosterior posterior)
    {
        var size = posterior.EigenvaluesA.Length;
        // (φ, 1) U = φ U[..H] + U[H].
        var along = g.Add("Gemm", input, g.Constant(posterior.DirectionsA.AsSpan(0, size * (size - 1)), size - 1, size),
            g.Constant(posterior.DirectionsA.AsSpan(size * (size - 1)), size));
        return g.Add("MatMul", RowMath.Square(g, along),
            g.Constant(posterior.Variances(), size, posterior.EigenvaluesB.Length));
    }

    private void AddClasses(
        UncertainModel model, GraphBuilder g, CategoricalOutput target, string[] logits, string[] variances,
        LastLayerPosterior[] posteriors)
    {
        var k = target.Classes.Count;
        var probabilities =
            logits.Select((l, m) => SoftenedSoftmax.Add(g, l, variances[m], posteriors[m].DirectionsB, k)).ToArray();
        var information =
            HeadLayers.Mean(g,
                [.. logits.Select(
                    (l, m) => Information(g, HeadLayers.Softmax(g, l), variances[m], posteriors[m].DirectionsB, k))]);
        var mean = HeadLayers.Mean(g, probabilities);
        model.AddOutput(
            new(UncertaintyOutput.NameOf(target.Name, "laplace"), target.Name, 1, Name, UncertaintyKind.Epistemic,
            "Mutual information, in nats, of class and weights of the last layer."), information);
        if (ReplaceProbabilities)
            model.ReplaceOutput(target.Name, (_, _) => mean);
        else
            model.AddOutput(new(target.Name + "_laplace", target.Name, k, Name, UncertaintyKind.Probability,
                "Probabilities that the uncertainty of the last layer has softened."), mean);
    }

    /// <summary>The mutual information of class and weights to second order, ½ tr(S (diag(p) - ppᵀ)), S = V diag(s) Vᵀ
    /// the covariance of the logits: the variance of logits alone is largest where the model is sure, because there its
    /// inputs are large.</summary>
    private static string Information(GraphBuilder g, string p, string variances, float[] directions, int k)
    {
        var r = directions.Length / k;
        var second = g.Add("MatMul", p, g.Constant(Array.ConvertAll(directions, v => v * v), k, r));
        var first = g.Add("MatMul", p, g.Constant(directions, k, r));
        var along = g.Add("Relu", g.Add("Sub", second, RowMath.Square(g, first)));
        return RowMath.Sum(g, g.Add("Mul", along, variances), r, 0.5);
    }

    private void AddNumber(
        UncertainModel model, GraphBuilder g, NumericOutput target, string[] logits, string[] variances,
        LastLayerPosterior[] posteriors)
    {
        var values = HeadLayers.Values(target);
        var each = logits.Select((l, m) =>
        {
            var p = HeadLayers.Softmax(g, l);
            // The gradient of E = Σ p_b v_b by a logit: p_b (v_b - E).
            var gradient = g.Add("Mul", p,
                g.Add("Sub", g.Constant(values, 1, values.Length), RowMath.Sum(g, p, values)));
            var r = posteriors[m].EigenvaluesB.Length;
            var along = g.Add("MatMul", gradient, g.Constant(posteriors[m].DirectionsB, values.Length, r));
            return RowMath.Sum(g, g.Add("Mul", RowMath.Square(g, along), variances[m]), r);
        }).ToArray();
        model.AddOutput(
            new(UncertaintyOutput.NameOf(target.Name, "laplace"), target.Name, 1, Name, UncertaintyKind.Epistemic,
            $"Standard deviation{(target.Unit is { } unit ? $" in {unit}" : "")} of the expectation under the posterior of the last layer."),
            RowMath.Root(g, HeadLayers.Mean(g, each)));
    }
}
