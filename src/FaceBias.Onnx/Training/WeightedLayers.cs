using FaceBias.Onnx.Graphs;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Training;

/// <summary>A layer with weights: one product or convolution, and the biases and norms that follow it.</summary>
/// <param name="Name">Name of the value that the product or convolution makes.</param>
/// <param name="Parameters">Its float initializers: weights, bias, scale and shift of norms behind it.</param>
public sealed record WeightedLayer(string Name, IReadOnlyList<string> Parameters);

/// <summary>Finds what can be trained in a model that says nothing about it: an ONNX file has only initializers.</summary>
public static class WeightedLayers
{
    /// <summary>The layers that a value depends on, in the order in which they run.</summary>
    /// <param name="model">The model.</param>
    /// <param name="output">One of its values.</param>
    public static IReadOnlyList<WeightedLayer> Of(ModelProto model, string output)
    {
        ArgumentNullException.ThrowIfNull(model);
        var graph = model.KeepOutputs(output).Graph;
        // A single number is a setting (a limit, an exponent) and no weight.
        var weights = graph.Initializer.Where(t => t.DataType == (int)DataType.Float && t.ElementCount() > 1).Select(t => t.Name).ToHashSet();
        var layers = new List<(string Name, List<string> Parameters)>();
        var taken = new HashSet<string>();
        foreach (var node in graph.Node)
        {
            var own = Slots(node.OpType).Where(i => i < node.Input.Count).Select(i => node.Input[i])
                .Where(name => weights.Contains(name) && taken.Add(name)).ToArray();
            if (node.OpType is "Conv" or "ConvTranspose" or "Gemm" or "MatMul")
            {
                if (own.Length > 0)
                    layers.Add((node.Output[0], [.. own]));
            }
            else if (layers.Count > 0)
            {
                // Before the first layer there is only the preparation of the input.
                layers[^1].Parameters.AddRange(own);
            }
        }
        return [.. layers.Select(l => new WeightedLayer(l.Name, l.Parameters))];
    }

    /// <summary>The inputs of an operator that may hold weights. Running statistics are none.</summary>
    private static int[] Slots(string op) => op switch
    {
        "Conv" or "ConvTranspose" or "Gemm" or "BatchNormalization" or "LayerNormalization" or "GroupNormalization"
            or "InstanceNormalization" => [1, 2],
        "MatMul" or "Add" or "Mul" => [0, 1],
        "PRelu" => [1],
        _ => [],
    };
}
