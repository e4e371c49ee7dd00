using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Uncertainty.LastLayers;

/// <summary>Where the networks of an ensemble disagree (Lakshminarayanan, Pritzel, Blundell 2017). The heads are an
/// ensemble already (<c>--members</c>): each member has a hidden layer of its own, and the members are told apart in
/// the same pass.</summary>
/// <remarks>Classes: the entropy of the mean distribution is the mean entropy (aleatoric) and the mutual information
/// H(mean p) - mean H(p) (epistemic; Depeweg et al. 2018). Numbers: the variance of the mixture is the mean variance
/// (aleatoric) and the variance of the means (epistemic); both are given as standard deviations.</remarks>
internal sealed record Ensemble : IUncertaintyWrapper
{
    public string Name => "ensemble";

    public void AddTo(UncertainModel model)
    {
        var layers = HeadLayers.Of(model.Heads, Name);
        if (layers.Members < 2)
            throw new FaceBiasException(
                "The model has a single network, and 'ensemble' compares several; train it with "
                    + "‹TrainOptions.Members› 3 or more, or use 'last-layer-ensemble'.");
        foreach (var target in model.Targets)
            Disagreement.AddTo(model, target,
                [.. Enumerable.Range(0, layers.Members).Select(m => layers.Last(target.Name, m).Logits)], Name, 1,
                $"{layers.Members} networks");
    }
}

/// <summary>What several distributions of a target agree and disagree on.</summary>
internal static class Disagreement
{
    /// <summary>Adds the epistemic and the aleatoric part, from the logits [N, K] of each.</summary>
    /// <inheritdoc cref="Of"/>
    public static string AddTo(UncertainModel model, OutputSpec target, IReadOnlyList<string> logits, string wrapper,
        int passes, string what)
    {
        var g = new GraphBuilder(model.Heads);
        return Of(model, target, [.. logits.Select(l => HeadLayers.Softmax(g, l))], wrapper, passes, what);
    }

    /// <summary>Adds both parts, from distributions.</summary>
    /// <param name="each">The distribution [N, K] of each.</param>
    /// <param name="what">What disagrees, such as "3 networks".</param>
    /// <returns>The mean distribution.</returns>
    public static string Of(UncertainModel model, OutputSpec target, string[] each, string wrapper, int passes,
        string what)
    {
        var g = new GraphBuilder(model.Heads);
        var mean = HeadLayers.Mean(g, each);
        var (epistemic, aleatoric) =
            (UncertaintyOutput.NameOf(target.Name, wrapper),
                UncertaintyOutput.NameOf(target.Name, wrapper + "_aleatoric"));
        if (target is CategoricalOutput c)
        {
            var k = c.Classes.Count;
            var inner = HeadLayers.Mean(g, [.. each.Select(p => RowMath.Entropy(g, p, k))]);
            var information = g.Add("Relu", g.Add("Sub", RowMath.Entropy(g, mean, k), inner));
            model.AddOutput(
                new(epistemic, target.Name, 1, wrapper, UncertaintyKind.Epistemic,
                    $"Mutual information, in nats, of class and network over {what}.", passes), information);
            model.AddOutput(
                new(aleatoric, target.Name, 1, wrapper, UncertaintyKind.Aleatoric,
                    $"Mean entropy, in nats, of the distributions of {what}.", passes), inner);
        }
        else if (target is NumericOutput n)
        {
            var values = HeadLayers.Values(n);
            var unit = n.Unit is null ? "" : $" in {n.Unit}";
            var inner = HeadLayers.Mean(g, [.. each.Select(p => RowMath.Variance(g, p, values))]);
            model.AddOutput(
                new(epistemic, target.Name, 1, wrapper, UncertaintyKind.Epistemic,
                    $"Standard deviation{unit} of the expectations of {what}.", passes),
                RowMath.Root(g, Between(g, each, values)));
            model.AddOutput(
                new(aleatoric, target.Name, 1, wrapper, UncertaintyKind.Aleatoric,
                    $"Root mean variance{unit} of the distributions of {what}.", passes), RowMath.Root(g, inner));
        }
        return mean;
    }

    /// <summary>The variance between the expectations, from their differences to the first, of which little is lost to
    /// rounding.</summary>
    private static string Between(GraphBuilder g, string[] each, float[] values)
    {
        string[] expectations = [.. each.Select(p => RowMath.Sum(g, p, values))];
        string[] differences = [.. expectations.Select(e => g.Add("Sub", e, expectations[0]))];
        return g.Add("Relu",
            g.Add("Sub", HeadLayers.Mean(g, [.. differences.Select(d => RowMath.Square(g, d))]),
                RowMath.Square(g, HeadLayers.Mean(g, differences))));
    }
}
