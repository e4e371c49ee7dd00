using FaceBias.Onnx.Graphs;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Training;

/// <summary>
/// The graph of the heads: features, standardised by the training images' mean and deviation, one hidden layer that all
/// targets share, and one linear layer per target. A categorical target ends in a softmax; a numeric one in a softmax
/// over its values and their expectation.
/// </summary>
/// <remarks>Only operators that mean the same from operator set 7 on are used, so the heads can follow a backbone of any
/// age.</remarks>
internal static class HeadGraph
{
    /// <summary>The trainable parameters with their shapes [in, out] or [out].</summary>
    public static IEnumerable<(string Name, int[] Shape)> Parameters(int features, int hidden, IReadOnlyList<OutputSpec> outputs)
    {
        yield return ("hidden.weight", [features, hidden]);
        yield return ("hidden.bias", [hidden]);
        foreach (var output in outputs)
        {
            yield return (output.Name + ".weight", [hidden, Logits(output)]);
            yield return (output.Name + ".bias", [Logits(output)]);
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
    /// <param name="scale">One over the standard deviation of each, or 0 for a feature that never varies.</param>
    /// <param name="outputs">The targets.</param>
    /// <param name="regularise">Applied to the standardised features ("input") and the hidden layer ("hidden").</param>
    /// <returns>The logits per target.</returns>
    public static Dictionary<string, string> AddLogits(
        GraphBuilder g, string features, float[] mean, float[] scale, IReadOnlyList<OutputSpec> outputs,
        Func<string, string, string>? regularise = null)
    {
        regularise ??= (value, _) => value;
        var centred = g.Add("Sub", features, g.Initializer(Tensors.Float("features.mean", mean, 1, mean.Length)));
        var standard = g.Add("Mul", centred, g.Initializer(Tensors.Float("features.scale", scale, 1, scale.Length)));
        var hidden = g.Add("Relu", g.Add("Gemm", regularise(standard, "input"), "hidden.weight", "hidden.bias"));
        var shared = regularise(hidden, "hidden");
        return outputs.ToDictionary(o => o.Name, o => g.Add("Gemm", shared, $"{o.Name}.weight", $"{o.Name}.bias"));
    }

    /// <summary>Adds what turns logits into the named output.</summary>
    public static void AddOutput(GraphBuilder g, OutputSpec output, string logits)
    {
        if (output is NumericOutput n)
        {
            var probabilities = g.Add("Softmax", [logits], [("axis", 1)]);
            g.Output(g.Add("MatMul", [probabilities, Values(g, n)], [], output.Name), DataType.Float, "N", 1);
        }
        else
        {
            g.Output(g.Add("Softmax", [logits], [("axis", 1)], output.Name), DataType.Float, "N", Logits(output));
        }
    }

    /// <summary>The values of a numeric target as a column [bins, 1].</summary>
    public static string Values(GraphBuilder g, NumericOutput n) =>
        g.Constant([.. Enumerable.Range(0, n.Bins).Select(i => (float)n.Value(i))], n.Bins, 1);

    /// <summary>The heads with trained parameters, for inference: <c>features</c> [N, D] to one output per target.</summary>
    public static ModelProto ForInference(
        float[] mean, float[] scale, IReadOnlyList<OutputSpec> outputs, IReadOnlyDictionary<string, float[]> parameters, int hidden)
    {
        var g = new GraphBuilder("heads");
        g.Input(ModelExport.Features, DataType.Float, "N", mean.Length);
        foreach (var (name, shape) in Parameters(mean.Length, hidden, outputs))
            g.Initializer(Tensors.Float(name, parameters[name], [.. shape.Select(d => (long)d)]));
        foreach (var (name, logits) in AddLogits(g, ModelExport.Features, mean, scale, outputs))
            AddOutput(g, outputs.Single(o => o.Name == name), logits);
        return g.Model;
    }
}
