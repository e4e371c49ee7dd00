using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Fit;

/// <summary>A linear layer of heads and of the networks beside them: weights <c>NAME.weight</c> [inputs, outputs] and
/// biases <c>NAME.bias</c> [outputs].</summary>
internal readonly record struct DenseLayer(string Name, int Inputs, int Outputs)
{
    public string Weight => Name + ".weight";

    /// <summary>The trainable parameters with their dimensions.</summary>
    public IEnumerable<(string Name, long[] Dims)> Parameters =>
        [(Weight, [Inputs, Outputs]), (Name + ".bias", [Outputs])];

    /// <summary>First values uniform in ±1/sqrt(inputs), as PyTorch begins. He's weights are 2.4 times as wide, and in
    /// a layer on more features than a short training can learn to use, what it begins with stays as noise.</summary>
    public IEnumerable<TensorProto> Uniform(ulong seed)
    {
        var limit = 1 / Math.Sqrt(Inputs);
        return Parameters.Select(p => Initialisation.Uniform(p.Name, seed, limit, p.Dims));
    }

    /// <summary>First values of He before a ReLU, else of Glorot; biases begin at 0.</summary>
    public IEnumerable<TensorProto> Normal(ulong seed, bool beforeRelu) =>
    [
        beforeRelu ? Initialisation.He(Weight, seed, Inputs, Inputs, Outputs)
            : Initialisation.Xavier(Weight, seed, Inputs, Outputs, Inputs, Outputs),
        Initialisation.Constant(Name + ".bias", 0, Outputs),
    ];

    /// <summary>Trained values by their names.</summary>
    public IEnumerable<TensorProto> Trained(IReadOnlyDictionary<string, float[]> values) =>
        Parameters.Select(p => Tensors.Float(p.Name, values[p.Name], p.Dims));

    /// <summary>Adds the layer of a name to a graph that has its parameters.</summary>
    public static string Add(GraphBuilder g, string input, string name) =>
        g.Add("Gemm", input, $"{name}.weight", $"{name}.bias");
}
