using FaceBias.Onnx.Gradients;
using FaceBias.Primitives.Randomness;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Training;

/// <summary>Dropout in training graphs. Each Dropout node becomes a product with a mask that is fed in: the runtime's
/// own random numbers can neither be resumed nor placed. The mask of a step depends on the seed, the node and the step
/// alone.</summary>
internal static class DropoutMasks
{
    /// <summary>One mask: its graph input and the share of values that it sets to zero.</summary>
    public sealed record Mask(string Input, double Rate);

    /// <summary>Replaces every Dropout node of the graph.</summary>
    public static List<Mask> Lower(GraphBuilder g, ValueFacts facts)
    {
        var masks = new List<Mask>();
        for (var i = 0; i < g.Graph.Node.Count; i++)
        {
            var node = g.Graph.Node[i];
            if (node.OpType != "Dropout")
                continue;
            var (x, y) = (node.Input[0], node.Output[0]);
            var rate = Rate(g, node);
            var lowered = new NodeProto { Name = node.Name };
            lowered.Output.Add(y);
            lowered.Input.Add(x);
            if (rate > 0)
            {
                var mask = g.Input(g.Unique("dropout_mask"), facts.Type(x), [.. facts.Shape(x).Cast<object>()]);
                facts.Set(mask, facts.Type(x), facts.Shape(x));
                masks.Add(new Mask(mask, rate));
                lowered.Input.Add(mask);
            }
            lowered.OpType = rate > 0 ? "Mul" : "Identity";
            g.Graph.Node[i] = lowered;
        }
        return masks;
    }

    /// <summary>Fills a mask: 0 with the probability of the rate, otherwise what keeps the mean.</summary>
    public static void Fill(Span<float> mask, double rate, ulong seed, int index, long step)
    {
        var random = new RandomSource(seed).Counter($"dropout {index} {step}");
        // 16 random bits per value; the rate is exact to 1/65536, and the scale to the rate that results.
        var dropped = (uint)Math.Clamp(Math.Round(rate * 65536), 0, 65535);
        var kept = 65536f / (65536 - dropped);
        var position = 0UL;
        for (var i = 0; i < mask.Length; position++)
        {
            var bits = random[position];
            for (var end = Math.Min(i + 4, mask.Length); i < end; i++, bits >>= 16)
                mask[i] = (uint)(bits & 0xFFFF) < dropped ? 0 : kept;
        }
    }

    private static double Rate(GraphBuilder g, NodeProto node)
    {
        if (node.Input.Count < 2 || node.Input[1].Length == 0)
            return 0.5;
        var ratio = g.Graph.Initializer.FirstOrDefault(t => t.Name == node.Input[1])
            ?? throw new FaceBiasException(
                $"The rate of the Dropout '{node.Name}' is not constant; make it an initializer.");
        var rate = ratio.ToFloats()[0];
        return rate is >= 0 and < 1
            ? rate
            : throw new FaceBiasException(
                $"The Dropout '{node.Name}' has rate {rate}; it must be at least 0 and below 1.");
    }
}
