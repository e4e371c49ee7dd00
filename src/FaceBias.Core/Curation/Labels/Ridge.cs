using System.Numerics.Tensors;
using FaceBias.Core.Linear;

namespace FaceBias.Core.Curation.Labels;

/// <summary>Ridge regression of several outputs, fitted from sums.</summary>
internal sealed class Ridge
{
    private readonly float[] _weights;
    private readonly float[] _constants;

    private Ridge(int size, float[] weights, float[] constants) =>
        (Size, _weights, _constants) = (size, weights, constants);

    /// <summary>Number of inputs.</summary>
    public int Size { get; }

    /// <param name="shrinkage">How far the covariance is drawn towards a multiple of the unit matrix, 0 to 1.</param>
    public static Ridge Fit(Scatter rows, int size, int outputs, double shrinkage)
    {
        var matrix = new Cholesky<float>(rows.Covariance(shrinkage), size);
        var mean = Array.ConvertAll(rows.Sum, s => (float)(s / rows.Count));
        var weights = new float[outputs * size];
        var constants = new float[outputs];
        for (var o = 0; o < outputs; o++)
        {
            var weight = weights.AsSpan(o * size, size);
            for (var i = 0; i < size; i++)
                weight[i] = (float)((rows.Cross[o * size + i] - rows.Sum[i] * rows.OutputSum[o] / rows.Count)
                    / rows.Count);
            matrix.Solve(weight);
            constants[o] = (float)(rows.OutputSum[o] / rows.Count) - TensorPrimitives.Dot<float>(mean, weight);
        }
        return new(size, weights, constants);
    }

    /// <summary>Predicts outputs from a given one on.</summary>
    public void Predict(ReadOnlySpan<float> vector, int first, Span<float> values)
    {
        for (var o = 0; o < values.Length; o++)
            values[o] = TensorPrimitives.Dot(vector, _weights.AsSpan((first + o) * Size, Size)) + _constants[first + o];
    }
}
