using System.Numerics.Tensors;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Primitives.Clustering;

/// <summary>The leading principal components of rows, by power iteration with deflation.</summary>
internal static class PrincipalComponents
{
    private const int Rounds = 60;

    /// <param name="rows">Row-major [n, width].</param>
    /// <param name="width">Values per row.</param>
    /// <param name="seed">Decides the first directions.</param>
    /// <returns>Row-major [n, components].</returns>
    public static float[] Project(float[] rows, int width, int components, ulong seed)
    {
        var n = rows.Length / width;
        var mean = new float[width];
        for (var i = 0; i < n; i++)
            TensorPrimitives.Add(mean, rows.AsSpan(i * width, width), mean);
        TensorPrimitives.Divide(mean, n, mean);
        var rest = new float[rows.Length];
        for (var i = 0; i < n; i++)
            TensorPrimitives.Subtract(rows.AsSpan(i * width, width), mean, rest.AsSpan(i * width, width));
        var result = new float[n * components];
        for (var c = 0; c < components; c++)
        {
            var random = new RandomSource(seed).Stream("component", c);
            var direction = new float[width];
            for (var d = 0; d < width; d++)
                direction[d] = (float)random.NextNormal();
            Normalise(direction);
            for (var round = 0; round < Rounds; round++)
            {
                var next = new float[width];
                for (var i = 0; i < n; i++)
                    TensorPrimitives.MultiplyAdd(rest.AsSpan(i * width, width),
                        TensorPrimitives.Dot(rest.AsSpan(i * width, width), direction), next, next);
                if (TensorPrimitives.Norm<float>(next) == 0)
                    break;
                direction = next;
                Normalise(direction);
            }
            for (var i = 0; i < n; i++)
            {
                var row = rest.AsSpan(i * width, width);
                var along = TensorPrimitives.Dot(row, direction);
                result[i * components + c] = along;
                TensorPrimitives.MultiplyAdd(direction, -along, row, row);
            }
        }
        return result;
    }

    private static void Normalise(float[] v) => TensorPrimitives.Divide(v, TensorPrimitives.Norm<float>(v), v);
}
