using FaceBias.Onnx.Gradients;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Training;

/// <summary>The numbers that a training step computes with.</summary>
public enum TrainingPrecision
{
    /// <summary>32 bits everywhere.</summary>
    Float32,

    /// <summary>Products and convolutions in 16 bits, all else and the parameters in 32, the loss scaled so that small
    /// gradients do not vanish (Micikevicius et al. 2018). Fast on a GPU, pointless on a processor.</summary>
    Mixed,
}

/// <summary>Makes the products of a training graph take and give float16. What lies between them, batch norms, losses
/// and sums, the parameters and their update, stays in float32.</summary>
internal static class MixedPrecision
{
    /// <summary>The scalar by which the loss, and with it every gradient, is multiplied.</summary>
    public const string Scale = "loss/scale";

    /// <summary>The output that is 1 where all gradients are finite, else 0: then parameters and state stay as they
    /// are.</summary>
    public const string Finite = "loss/finite";

    private static readonly HashSet<string> s_products = ["Conv", "ConvTranspose", "MatMul", "Gemm"];

    /// <summary>The loss times <see cref="Scale"/>.</summary>
    public static string ScaledLoss(GraphBuilder g, ValueFacts facts, string loss)
    {
        var scaled = g.Add("Mul", loss, g.Input(Scale, DataType.Float));
        facts.Set(Scale, DataType.Float, []);
        facts.Set(scaled, DataType.Float, facts.Shape(loss));
        return scaled;
    }

    /// <summary>Gradients without the scale, and whether all of them are finite, which becomes an output.</summary>
    public static (Expression[] Gradients, string Condition) Unscale(Backward b, IReadOnlyList<Expression> gradients)
    {
        var g = b.Builder;
        var scale = new Expression(b, Scale, DataType.Float, []);
        Expression[] plain = [.. gradients.Select(x => x / scale)];
        // Zero times infinity or what is no number is no number, and a sum passes that on; the runtime's maximum may
        // not.
        var zeros = plain.Select(x => g.Add("ReduceSum", [(x * 0).Name], [("keepdims", 0L)])).ToArray();
        var condition = g.Add("Equal", g.Add("Sum", zeros), g.Constant([0f]));
        condition = g.Add("Reshape", condition, g.Initializer(Tensors.Int64("", [], 0)));
        g.Add("Cast", [condition], [("to", (long)DataType.Float)], Finite);
        g.Output(Finite, DataType.Float);
        return (plain, condition);
    }

    /// <summary>Casts around every product.</summary>
    public static void Apply(GraphBuilder g, ValueFacts facts)
    {
        var nodes = g.Graph.Node.ToArray();
        g.Graph.Node.Clear();
        var halves = new Dictionary<string, string>();
        foreach (var node in nodes)
        {
            if (!s_products.Contains(node.OpType) || node.Domain.Length > 0
                || facts.TryType(node.Input[0]) is not (null or DataType.Float))
            {
                g.Graph.Node.Add(node);
                continue;
            }
            for (var i = 0; i < node.Input.Count; i++)
            {
                var input = node.Input[i];
                if (input.Length == 0)
                    continue;
                if (!halves.TryGetValue(input, out var half))
                    halves[input] = half = g.Add("Cast", [input], [("to", (long)DataType.Float16)]);
                node.Input[i] = half;
            }
            var result = node.Output[0];
            node.Output[0] = g.Unique(result + "/half");
            g.Graph.Node.Add(node);
            g.Add("Cast", [node.Output[0]], [("to", (long)DataType.Float)]);
            g.Graph.Node[^1].Output[0] = result;
        }
    }
}
