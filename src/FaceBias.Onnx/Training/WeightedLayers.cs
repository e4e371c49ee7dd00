using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Training;

/// <summary>A layer with weights: one product or convolution, and the biases and norms that follow it.</summary>
/// <param name="Name">Name of the value that the product or convolution makes.</param>
/// <param name="Parameters">Its float initializers: weights, bias, scale and shift of norms behind it, and what is
/// added or joined to its result, such as positions and class tokens.</param>
internal sealed record WeightedLayer(string Name, IReadOnlyList<string> Parameters);

/// <summary>Finds what can be trained in a model that says nothing about it: an ONNX file has only
/// initializers.</summary>
internal static class WeightedLayers
{
    /// <summary>The layers that a value depends on, in the order in which they run.</summary>
    public static IReadOnlyList<WeightedLayer> Of(ModelProto model, string output)
    {
        var graph = model.KeepOutputs(output).Graph;
        var weights = graph.Initializer.Where(IsWeight).Select(t => t.Name).ToHashSet();
        // A weight may come through nodes that only bring it into another shape.
        var sources = weights.ToDictionary(name => name);
        var layers = new List<(string Name, List<string> Parameters)>();
        var taken = new HashSet<string>();
        foreach (var node in graph.Node)
        {
            if (Carriers.Contains(node.OpType) && node.Input.Count > 0
                && sources.TryGetValue(node.Input[0], out var source))
            {
                sources[node.Output[0]] = source;
                continue;
            }
            var slots = node.OpType == "Concat" ? [.. Enumerable.Range(0, node.Input.Count)] : Slots(node.OpType);
            var own = slots.Where(i => i < node.Input.Count && sources.ContainsKey(node.Input[i]))
                .Select(i => sources[node.Input[i]])
                .Where(taken.Add).ToArray();
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

    /// <summary>Operators that give what they are given in another shape or order, or parts of it.</summary>
    private static readonly HashSet<string> Carriers =
        ["Identity", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand", "Tile", "Gather", "Slice"];

    /// <summary>A single number is a setting (a limit, an exponent) and no weight; nor is a mask, which has two values:
    /// none and one so low that nothing is left behind a softmax.</summary>
    private static bool IsWeight(TensorProto tensor)
    {
        if (tensor.DataType != (int)DataType.Float || tensor.ElementCount() <= 1)
            return false;
        var values = tensor.HasRawData ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span) : tensor.ToFloats();
        var (low, high) = (TensorPrimitives.Min(values), TensorPrimitives.Max(values));
        if (high != 0 || low > -50)
            return true;
        foreach (var value in values)
            if (value != low && value != high)
                return true;
        return false;
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
