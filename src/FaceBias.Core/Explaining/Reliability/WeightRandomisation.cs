using System.Numerics.Tensors;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Explaining.Reliability;

/// <summary>Sanity checks of explanations by random weights. Where the layers of a model are randomised one after the
/// other from the top, a map that shows what the model goes by must change with them (Adebayo et al. 2018); eMPRT asks
/// by how much the entropy of the map rises when all of them are random, which needs no similarity of two maps
/// (Hedström et al. 2024).</summary>
internal static class WeightRandomisation
{
    private const int Bins = 100;

    /// <summary>Models with one more layer randomised each, from the one nearest to the answers down.</summary>
    /// <param name="model">The model; it is not changed.</param>
    /// <returns>The layer's weights, and the model.</returns>
    public static IEnumerable<(string Weights, ModelProto Model)> Cascade(ModelProto model, int seed)
    {
        var changed = model.Clone();
        var weights = changed.Graph.Initializer.Where(
            t => t.DataType == (int)TensorProto.Types.DataType.Float && t.Dims.Count >= 2 && t.ElementCount() > 1)
            .ToDictionary(t => t.Name);
        var layer = 0;
        foreach (var node in changed.Graph.Node.Reverse().Where(
            n => n.OpType is "Conv" or "ConvTranspose" or "Gemm" or "MatMul").ToList())
        {
            if (node.Input.FirstOrDefault(weights.ContainsKey) is not { } name)
                continue;
            Randomise(weights[name], new RandomSource(seed).Stream("weights", layer++));
            weights.Remove(name);
            yield return (name, changed.Clone());
        }
    }

    /// <summary>The entropy of a map's absolute values over a histogram, in bits.</summary>
    public static double Entropy(ReadOnlySpan<float> map)
    {
        var counts = new int[Bins];
        var largest = TensorPrimitives.MaxMagnitude(map);
        largest = Math.Abs(largest);
        if (largest == 0)
            return 0;
        foreach (var v in map)
            counts[Math.Min(Bins - 1, (int)(Bins * Math.Abs(v) / largest))]++;
        var total = (double)map.Length;
        return -counts.Where(c => c > 0).Sum(c => c / total * Math.Log2(c / total));
    }

    /// <summary>Normal weights of the same mean and spread.</summary>
    private static void Randomise(TensorProto tensor, SeededRandom random)
    {
        var values = tensor.ToFloats();
        var mean = TensorPrimitives.Sum<float>(values) / values.Length;
        var spread = Math.Sqrt(values.Sum(v => (double)(v - mean) * (v - mean)) / values.Length);
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(mean + spread * random.NextNormal());
        tensor.FloatData.Clear();
        tensor.RawData = Tensors.Float(tensor.Name, values, [.. tensor.Dims]).RawData;
    }
}
