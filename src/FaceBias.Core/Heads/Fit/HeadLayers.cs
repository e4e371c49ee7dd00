using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Heads.Fit;

/// <summary>The layers of heads that <see cref="HeadGraph"/> builds: what they are called, and where they are in a
/// graph.</summary>
internal sealed class HeadLayers
{
    /// <summary>The parameters that scale features.</summary>
    public const string MeanName = "features.mean", ScaleName = "features.scale";

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
        while (_dense.ContainsKey(HiddenName(Members) + ".weight"))
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
        return layers.Members > 0 && layers._tensors.ContainsKey(MeanName) ? layers
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

    public Linear Last(string target, int member) => Dense(LastName(target, member));

    /// <summary>The hidden layer of a member, before its ReLU.</summary>
    public Linear Hidden(int member) => Dense(HiddenName(member));

    /// <summary>Features that are centred and scaled [N, D].</summary>
    public string Scaled => _dense[HiddenName(0) + ".weight"].Input[0];

    /// <summary>Mean of each feature over the training rows, and the factor that scales it.</summary>
    public (float[] Mean, float[] Scale) Scaling =>
        (_tensors[MeanName].ToFloats(), _tensors[ScaleName].ToFloats());

    private Linear Dense(string name) => _dense.TryGetValue($"{name}.weight", out var node)
        ? new(node.Input[0], _tensors[node.Input[1]].ToFloats(), _tensors[node.Input[2]].ToFloats(), node.Output[0])
        : throw new FaceBiasException(
            $"The heads of '{_heads.Graph.Name}' have no layer '{name}'; train them with 'facebias train'.");

    /// <summary>The hidden layer of a member.</summary>
    public static string HiddenName(int member) => $"hidden.{member}";

    /// <summary>The last layer of a target in a member.</summary>
    public static string LastName(string target, int member) => $"{target}.{member}";

    /// <summary>Adds (x - mean) scale of features [N, D].</summary>
    public static string AddScaling(GraphBuilder g, string features, float[] mean, float[] scale) => g.Add("Mul",
        g.Add("Sub", features, g.Initializer(Tensors.Float(MeanName, mean, 1, mean.Length))),
        g.Initializer(Tensors.Float(ScaleName, scale, 1, scale.Length)));

    /// <summary>Adds the softmax of logits [N, K].</summary>
    public static string Softmax(GraphBuilder g, string logits) => g.Add("Softmax", [logits], [("axis", 1L)]);

    /// <summary>Adds the mean of values of one shape.</summary>
    public static string Mean(GraphBuilder g, IReadOnlyList<string> values) => values.Count == 1 ? values[0]
        : g.Add("Mul", values.Aggregate((a, b) => g.Add("Add", a, b)), g.Constant(1f / values.Count));

    /// <summary>The values of a numeric target's distribution as a column [bins, 1].</summary>
    public static float[] Values(NumericOutput n) => [.. Enumerable.Range(0, n.Bins).Select(b => (float)n.Value(b))];
}
