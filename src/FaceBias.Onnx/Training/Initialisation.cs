using FaceBias.Primitives.Randomness;

namespace FaceBias.Onnx.Training;

/// <summary>First values of parameters. They depend on the seed and the parameter's name alone: another layer more or
/// less changes no other layer's values.</summary>
internal static class Initialisation
{
    /// <summary>Normal with variance 2 / fan-in, for layers before a ReLU (He et al. 2015).</summary>
    public static TensorProto He(string name, ulong seed, long fanIn, params ReadOnlySpan<long> dims) =>
        Normal(name, seed, Math.Sqrt(2.0 / fanIn), dims);

    /// <summary>Uniform in ±sqrt(6 / (fan-in + fan-out)) (Glorot and Bengio 2010).</summary>
    public static TensorProto Xavier(string name, ulong seed, long fanIn, long fanOut,
        params ReadOnlySpan<long> dims) =>
        Uniform(name, seed, Math.Sqrt(6.0 / (fanIn + fanOut)), dims);

    /// <summary>Normal with mean 0.</summary>
    public static TensorProto Normal(string name, ulong seed, double deviation, params ReadOnlySpan<long> dims)
    {
        var random = new RandomSource(seed).Counter(name);
        var values = new float[Count(dims)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(deviation * random.Normal((ulong)i));
        return Tensors.Float(name, values, dims);
    }

    /// <summary>Uniform between -limit and limit; PyTorch's default for dense and convolution layers and their biases
    /// is limit = 1 / sqrt(fan-in).</summary>
    public static TensorProto Uniform(string name, ulong seed, double limit, params ReadOnlySpan<long> dims)
    {
        var random = new RandomSource(seed).Counter(name);
        var values = new float[Count(dims)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(limit * (2 * random.Uniform((ulong)i) - 1));
        return Tensors.Float(name, values, dims);
    }

    public static TensorProto Constant(string name, float value, params ReadOnlySpan<long> dims)
    {
        var values = new float[Count(dims)];
        Array.Fill(values, value);
        return Tensors.Float(name, values, dims);
    }

    private static long Count(ReadOnlySpan<long> dims)
    {
        long count = 1;
        foreach (var d in dims)
            count *= d;
        return count;
    }
}
