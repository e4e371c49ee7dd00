using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Heads.Fit;

/// <summary>The graph of the heads: features, centred and brought to unit scale; then, for each member of an ensemble,
/// one hidden layer that all targets share and one linear layer per target. A categorical target ends in a softmax; a
/// numeric one in a softmax over its values and the median of that distribution. The members' distributions are
/// averaged (deep ensembles, Lakshminarayanan et al. 2017).</summary>
/// <remarks>Only operators that mean the same from operator set 7 on are used, so the heads can follow a backbone of
/// any age.</remarks>
internal static class HeadGraph
{
    /// <summary>The trainable layers.</summary>
    public static IEnumerable<DenseLayer> Layers(int features, TrainOptions options, IReadOnlyList<OutputSpec> outputs)
    {
        for (var m = 0; m < options.Members; m++)
        {
            yield return new(HeadLayers.HiddenName(m), features, options.Hidden);
            foreach (var output in outputs)
                yield return new(HeadLayers.LastName(output.Name, m), options.Hidden, Logits(output));
        }
    }

    public static int Logits(OutputSpec output) => output switch
    {
        CategoricalOutput c => c.Classes.Count,
        NumericOutput n => n.Bins,
        _ => throw new InvalidOperationException(output.GetType().Name),
    };

    /// <summary>Adds the layers up to the logits.</summary>
    /// <param name="g">The graph; it has the parameters.</param>
    /// <param name="features">The value [N, D].</param>
    /// <param name="mean">Mean of each feature over the training images.</param>
    /// <param name="scale">Factor of each, 0 for a feature that never varies.</param>
    /// <param name="regularise">Applied to the scaled features ("input") and the hidden layer ("hidden").</param>
    /// <returns>The logits per target, one per member.</returns>
    public static Dictionary<string, string[]> AddLogits(
        GraphBuilder g, string features, float[] mean, float[] scale, int members, IReadOnlyList<OutputSpec> outputs,
        Func<string, string, string>? regularise = null)
    {
        regularise ??= (value, _) => value;
        var scaled = HeadLayers.AddScaling(g, features, mean, scale);
        var shared = Enumerable.Range(0, members).Select(m => regularise(
            g.Add("Relu", DenseLayer.Add(g, regularise(scaled, "input"), HeadLayers.HiddenName(m))), "hidden"))
            .ToArray();
        return outputs.ToDictionary(o => o.Name,
            o => shared.Select((s, m) => DenseLayer.Add(g, s, HeadLayers.LastName(o.Name, m))).ToArray());
    }

    /// <summary>Adds what turns the members' logits into the named output.</summary>
    public static void AddOutput(GraphBuilder g, OutputSpec output, IReadOnlyList<string> logits) =>
        AddAnswer(g, output, HeadLayers.Mean(g, [.. logits.Select(l => HeadLayers.Softmax(g, l))]));

    /// <summary>Adds what turns a distribution [N, logits] into the named output.</summary>
    public static void AddAnswer(GraphBuilder g, OutputSpec output, string distribution)
    {
        var value = output is NumericOutput n ? Median(g, n, distribution) : distribution;
        g.Output(g.Add("Identity", [value], [], output.Name), DataType.Float, "N", PredictionColumns.Width(output));
    }

    /// <summary>The expectation [N, 1] of a numeric target from its logits [N, bins].</summary>
    public static string Expectation(GraphBuilder g, NumericOutput n, string logits) =>
        g.Add("MatMul", HeadLayers.Softmax(g, logits), g.Constant(HeadLayers.Values(n), n.Bins, 1));

    /// <summary>The median [N, 1] of distributions [N, bins], each bin a rectangle of one step around its value. It
    /// errs less than the expectation where a distribution has a tail, as ages of children and of the very old
    /// do.</summary>
    /// <remarks>It lies as many steps above the lower end as there are bins below it; bin b counts by min(max((1/2 -
    /// P(below b)) / p_b, 0), 1): whole, in part, or not at all. Where the values are whole numbers that is rounded,
    /// which gives the median of the whole numbers themselves: no label lies between two of them, and on UTKFace a
    /// whole age errs less than a broken one.</remarks>
    private static string Median(GraphBuilder g, NumericOutput n, string probabilities)
    {
        var median = Quantile(g, n, probabilities, 0.5);
        // Floor(x + 1/2), for Round is younger than these operators.
        return n.IsWhole ? g.Add("Floor", g.Add("Add", median, g.Constant([0.5f], 1, 1))) : median;
    }

    /// <summary>Another quantile [N, 1] of the same distributions, not rounded.</summary>
    public static string Quantile(GraphBuilder g, NumericOutput n, string probabilities, double level)
    {
        var below = new float[n.Bins * n.Bins];
        for (var from = 0; from < n.Bins; from++)
            below.AsSpan(from * n.Bins + from + 1, n.Bins - from - 1).Fill(1);
        var missing = g.Add("Sub", g.Constant([(float)level], 1, 1),
            g.Add("MatMul", probabilities, g.Constant(below, n.Bins, n.Bins)));
        var share = g.Add("Relu", g.Add("Div", missing, g.Add("Add", probabilities, g.Constant([1e-12f], 1, 1))));
        // min(x, 1) = 1 - max(1 - x, 0), for Min of more than one shape is younger than these operators.
        var one = g.Constant([1f], 1, 1);
        var counted = g.Add("Sub", one, g.Add("Relu", g.Add("Sub", one, share)));
        var steps = g.Constant([.. Enumerable.Repeat((float)n.Step, n.Bins)], n.Bins, 1);
        return g.Add("Add", g.Add("MatMul", counted, steps), g.Constant([(float)(n.Value(0) - n.Step / 2)], 1, 1));
    }

    /// <summary>The heads with trained parameters, for inference: <c>features</c> [N, D] to one output per
    /// target.</summary>
    public static ModelProto ForInference(
        float[] mean, float[] scale, IReadOnlyList<OutputSpec> outputs, IReadOnlyDictionary<string, float[]> parameters,
        TrainOptions options)
    {
        var g = new GraphBuilder("heads");
        g.Input(BackboneMetadata.Features, DataType.Float, "N", mean.Length);
        foreach (var tensor in Layers(mean.Length, options, outputs).SelectMany(l => l.Trained(parameters)))
            g.Initializer(tensor);
        foreach (var (name, logits) in AddLogits(g, BackboneMetadata.Features, mean, scale, options.Members, outputs))
            AddOutput(g, outputs.Single(o => o.Name == name), logits);
        return g.Model;
    }
}
