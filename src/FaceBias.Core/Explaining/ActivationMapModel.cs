using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Explaining;

/// <summary>A model that gives its heat map beside its answers, for apps without FaceBias: Grad-CAM as part of the
/// graph. Where only averaging and linear layers follow the last maps, Grad-CAM's weights are constant and the maps of
/// all classes are one 1x1 convolution (class activation maps, Zhou et al. 2016); otherwise the gradient's own nodes
/// are written, for one picture at a time.</summary>
internal static class ActivationMapModel
{
    /// <summary>The output: [N, classes, h, w], or [1, 1, h, w] of the answered class where the head is not
    /// linear.</summary>
    public const string HeatMap = "heatmap";

    /// <summary>Metadata: what the heat map is, for people.</summary>
    public const string Metadata = "facebias.heatmap";

    /// <summary>What may lie between the last maps and the scores for them to be linear in the maps.</summary>
    private static readonly HashSet<string> s_linear =
    [
        "GlobalAveragePool", "AveragePool", "ReduceMean", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Gemm",
        "MatMul", "Identity", "Dropout",
        "Add", "Sub", "Mul", "Div", "Conv", "BatchNormalization", "Transpose", "Gather", "Neg", "Concat",
    ];

    /// <summary>Writes the output into a copy of the model.</summary>
    /// <param name="answer">The answer that is explained, and its model, which is not changed.</param>
    /// <param name="layer">The layer; null for the last with places.</param>
    /// <returns>The model, and what its heat map is.</returns>
    public static (ModelProto Model, string What) Extend(GraphAnswer answer, string? layer = null)
    {
        if (answer.Model.Graph.Output.Any(o => o.Name == HeatMap))
            throw new FaceBiasException($"The model has an output '{HeatMap}' already.");
        var one = DifferentiableScore.Of(answer, 0, 1);
        var value = GradCam.Layer(one, layer);
        var (extended, what) = IsLinear(one, value) ? Linear(answer, value) : WithGradient(answer, value);
        extended.SetMetadata(Metadata, what);
        return (extended, what);
    }

    private static bool IsLinear(DifferentiableScore score, string layer)
    {
        var ways = new HashSet<string> { layer };
        foreach (var node in score.Model.Graph.Node)
        {
            var through = node.Input.Count(ways.Contains);
            if (through == 0)
                continue;
            // A product of two values that both come from the maps, or a divisor that does, is no linear map.
            if (!s_linear.Contains(node.OpType) || node.OpType is "Mul" or "MatMul" && through > 1
                || node.OpType is "Div" && ways.Contains(node.Input[1]))
            {
                if (Reaches(score.Model.Graph, node, DifferentiableScore.Score))
                    return false;
                continue;
            }
            ways.UnionWith(node.Output);
        }
        return ways.Contains(DifferentiableScore.Score);
    }

    private static bool Reaches(GraphProto graph, NodeProto from, string value)
    {
        var reached = from.Output.ToHashSet();
        foreach (var node in graph.Node)
            if (node.Input.Any(reached.Contains))
                reached.UnionWith(node.Output);
        return reached.Contains(value);
    }

    private static (ModelProto, string) Linear(GraphAnswer answer, string layer)
    {
        var target = answer.Target;
        var classes = target is CategoricalOutput c ? c.Classes.Count : 1;
        var weights = new List<float>();
        long[] shape = [];
        for (var k = 0; k < classes; k++)
        {
            var score = DifferentiableScore.Of(answer, k, 1);
            shape = score.Facts.Shape(layer);
            var (session, gradients) = score.Open([layer], 1);
            using (session)
            using (var batch = session.CreateBatch(1))
            {
                // The gradient is the same for every picture: one of zeros will do.
                batch.Run();
                var gradient = batch.Output<float>(gradients[layer]);
                var size = (int)(shape[2] * shape[3]);
                for (var channel = 0; channel < shape[1]; channel++)
                {
                    double sum = 0;
                    foreach (var v in gradient.Slice(channel * size, size))
                        sum += v;
                    weights.Add((float)(sum / size));
                }
            }
        }
        var g = new GraphBuilder(answer.Model.Clone());
        var input = g.Graph.Input[0].Type.TensorType.Shape.Dim[0];
        g.Add("Relu", [g.Add("Conv", layer, g.Constant([.. weights], classes, shape[1], 1, 1))], [], HeatMap);
        g.Output(HeatMap, DataType.Float,
            input.HasDimValue ? input.DimValue : input.DimParam is { Length: > 0 } n ? n : "N", classes, shape[2],
            shape[3]);
        return (g.Model, target is CategoricalOutput names
            ? $"class activation maps of '{layer}', one per class: {string.Join(", ", names.Classes)}" : $"activation map of '{layer}' for {answer.Value}");
    }

    private static (ModelProto, string) WithGradient(GraphAnswer answer, string layer)
    {
        var score = DifferentiableScore.Of(answer, answer.Target is CategoricalOutput ? -1 : 0, 1);
        var shape = score.Facts.Shape(layer);
        var gradient = score.Differentiate([layer])[layer];
        var g = new GraphBuilder(score.Model);
        var weights = g.Add("Mul", g.Add("ReduceSum", [gradient, g.Constant(2L, 3L)], [("keepdims", 1L)]),
            g.Constant(1f / (shape[2] * shape[3])));
        var sum = g.Add("ReduceSum", [g.Add("Mul", weights, layer), g.Constant(1L)], [("keepdims", 1L)]);
        g.Add("Relu", [sum], [], HeatMap);
        // The other answers of the model stay what they are.
        var whole = answer.Model.Clone();
        foreach (var other in whole.Graph.Node.Where(
            n => n.Output.Any(o => o.Length > 0 && !g.Graph.Node.Any(m => m.Output.Contains(o)))))
            g.Graph.Node.Add(other.Clone());
        foreach (var tensor in whole.Graph.Initializer.Where(t => g.Graph.Initializer.All(x => x.Name != t.Name)))
            g.Graph.Initializer.Add(tensor.Clone());
        g.Graph.Output.Clear();
        foreach (var described in whole.Graph.Output)
            g.Graph.Output.Add(Fixed(described));
        g.Output(HeatMap, DataType.Float, 1L, 1L, shape[2], shape[3]);
        g.Model.MetadataProps.Clear();
        g.Model.MetadataProps.Add(whole.MetadataProps.Select(p => p.Clone()));
        g.Graph.RemoveUnused();
        return (g.Model,
            $"Grad-CAM of '{layer}' for {score.Explained}, by the gradient in the graph; one picture at a time");
    }

    private static ValueInfoProto Fixed(ValueInfoProto value)
    {
        var copy = value.Clone();
        if (copy.Type?.TensorType?.Shape?.Dim is { Count: > 0 } dims)
            dims[0] = new() { DimValue = 1 };
        return copy;
    }
}
