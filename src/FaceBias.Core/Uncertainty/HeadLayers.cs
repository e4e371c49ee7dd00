using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Uncertainty;

/// <summary>Where the layers of heads that <see cref="HeadGraph"/> built are in their graph.</summary>
internal sealed class HeadLayers
{
    private readonly ModelProto _heads;
    private readonly Dictionary<string, NodeProto> _dense;
    private readonly Dictionary<string, TensorProto> _tensors;

    private HeadLayers(ModelProto heads)
    {
        _heads = heads;
        _dense = heads.Graph.Node.Where(n => n.OpType == "Gemm" && n.Input.Count > 1).GroupBy(n => n.Input[1])
            .ToDictionary(g => g.Key, g => g.First());
        _tensors = heads.Graph.Initializer.ToDictionary(t => t.Name);
        Members = 0;
        while (_dense.ContainsKey($"hidden.{Members}.weight"))
            Members++;
    }

    /// <summary>Networks that the heads average.</summary>
    public int Members { get; }

    /// <summary>Finds the layers.</summary>
    /// <param name="wrapper">Who asks, for the sentence.</param>
    /// <exception cref="FaceBiasException">The heads are of another kind.</exception>
    public static HeadLayers Of(ModelProto heads, string wrapper)
    {
        var layers = new HeadLayers(heads);
        return layers.Members > 0 && layers._tensors.ContainsKey("features.mean") ? layers
            : throw new FaceBiasException(
            $"'{wrapper}' needs heads as 'facebias train' makes them (a hidden layer and one linear layer per "
                + "target); this model has others.");
    }

    /// <summary>A linear layer of a target.</summary>
    /// <param name="Input">Its input [N, H].</param>
    /// <param name="Weight">Its weights [H, K], row-major.</param>
    /// <param name="Bias">Its biases [K].</param>
    /// <param name="Logits">Its output [N, K].</param>
    public readonly record struct Linear(string Input, float[] Weight, float[] Bias, string Logits);

    public Linear Last(string target, int member) => Dense($"{target}.{member}");

    /// <summary>The hidden layer of a member, before its rectifier.</summary>
    public Linear Hidden(int member) => Dense($"hidden.{member}");

    /// <summary>Features that are centred and scaled [N, D].</summary>
    public string Scaled => _dense["hidden.0.weight"].Input[0];

    /// <summary>Mean of each feature over the training rows, and the factor that scales it.</summary>
    public (float[] Mean, float[] Scale) Scaling =>
        (_tensors["features.mean"].ToFloats(), _tensors["features.scale"].ToFloats());

    private Linear Dense(string name) => _dense.TryGetValue($"{name}.weight", out var node)
        ? new(node.Input[0], _tensors[node.Input[1]].ToFloats(), _tensors[node.Input[2]].ToFloats(), node.Output[0])
        : throw new FaceBiasException(
            $"The heads of '{_heads.Graph.Name}' have no layer '{name}'; train them with 'facebias train'.");

    /// <summary>Adds the softmax of logits [N, K].</summary>
    public static string Softmax(GraphBuilder g, string logits) => g.Add("Softmax", [logits], [("axis", 1L)]);

    /// <summary>Adds the mean of values of one shape.</summary>
    public static string Mean(GraphBuilder g, IReadOnlyList<string> values) => values.Count == 1 ? values[0]
        : g.Add("Mul", values.Aggregate((a, b) => g.Add("Add", a, b)), g.Constant(1f / values.Count));

    /// <summary>The values of a numeric target's distribution as a column [bins, 1].</summary>
    public static float[] Values(NumericOutput n) => [.. Enumerable.Range(0, n.Bins).Select(b => (float)n.Value(b))];
}
