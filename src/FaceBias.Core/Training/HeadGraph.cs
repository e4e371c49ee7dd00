using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Training;

/// <summary>
/// The graph of the heads: features, centred and brought to unit scale; then, for each member of an ensemble, one hidden
/// layer that all targets share and one linear layer per target. A categorical target ends in a softmax; a numeric one in
/// a softmax over its values and their expectation. The members' outputs are averaged (deep ensembles, Lakshminarayanan
/// et al. 2017).
/// </summary>
/// <remarks>Only operators that mean the same from operator set 7 on are used, so the heads can follow a backbone of any
/// age.</remarks>
internal static class HeadGraph
{
    /// <summary>The trainable parameters with their shapes [in, out] or [out].</summary>
    public static IEnumerable<(string Name, int[] Shape)> Parameters(int features, TrainOptions options, IReadOnlyList<OutputSpec> outputs)
    {
        for (var m = 0; m < options.Members; m++)
        {
            yield return ($"hidden.{m}.weight", [features, options.Hidden]);
            yield return ($"hidden.{m}.bias", [options.Hidden]);
            foreach (var output in outputs)
            {
                yield return ($"{output.Name}.{m}.weight", [options.Hidden, Logits(output)]);
                yield return ($"{output.Name}.{m}.bias", [Logits(output)]);
            }
        }
    }

    /// <summary>Number of logits of an output.</summary>
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
    /// <param name="members">Members of the ensemble.</param>
    /// <param name="outputs">The targets.</param>
    /// <param name="regularise">Applied to the scaled features ("input") and the hidden layer ("hidden").</param>
    /// <returns>The logits per target, one per member.</returns>
    public static Dictionary<string, string[]> AddLogits(
        GraphBuilder g, string features, float[] mean, float[] scale, int members, IReadOnlyList<OutputSpec> outputs,
        Func<string, string, string>? regularise = null)
    {
        regularise ??= (value, _) => value;
        var centred = g.Add("Sub", features, g.Initializer(Tensors.Float("features.mean", mean, 1, mean.Length)));
        var scaled = g.Add("Mul", centred, g.Initializer(Tensors.Float("features.scale", scale, 1, scale.Length)));
        var shared = Enumerable.Range(0, members).Select(m => regularise(
            g.Add("Relu", g.Add("Gemm", regularise(scaled, "input"), $"hidden.{m}.weight", $"hidden.{m}.bias")), "hidden")).ToArray();
        return outputs.ToDictionary(
            o => o.Name, o => shared.Select((s, m) => g.Add("Gemm", s, $"{o.Name}.{m}.weight", $"{o.Name}.{m}.bias")).ToArray());
    }

    /// <summary>Adds what turns the members' logits into the named output.</summary>
    /// <returns>The output of each member.</returns>
    public static string[] AddOutput(GraphBuilder g, OutputSpec output, IReadOnlyList<string> logits)
    {
        var values = output is NumericOutput n ? Values(g, n) : null;
        var each = logits.Select(l => g.Add("Softmax", [l], [("axis", 1)]))
            .Select(p => values is null ? p : g.Add("MatMul", p, values)).ToArray();
        var sum = each.Aggregate((a, b) => g.Add("Add", a, b));
        g.Output(g.Add("Mul", [sum, g.Constant(1f / each.Length)], [], output.Name), DataType.Float, "N", PredictionColumns.Width(output));
        return each;
    }

    /// <summary>The values of a numeric target as a column [bins, 1].</summary>
    public static string Values(GraphBuilder g, NumericOutput n) =>
        g.Constant([.. Enumerable.Range(0, n.Bins).Select(i => (float)n.Value(i))], n.Bins, 1);

    /// <summary>The heads with trained parameters, for inference: <c>features</c> [N, D] to one output per target.</summary>
    public static ModelProto ForInference(
        float[] mean, float[] scale, IReadOnlyList<OutputSpec> outputs, IReadOnlyDictionary<string, float[]> parameters, TrainOptions options)
    {
        var g = new GraphBuilder("heads");
        g.Input(BackboneMetadata.Features, DataType.Float, "N", mean.Length);
        foreach (var (name, shape) in Parameters(mean.Length, options, outputs))
            g.Initializer(Tensors.Float(name, parameters[name], [.. shape.Select(d => (long)d)]));
        foreach (var (name, logits) in AddLogits(g, BackboneMetadata.Features, mean, scale, options.Members, outputs))
            AddOutput(g, outputs.Single(o => o.Name == name), logits);
        return g.Model;
    }
}
