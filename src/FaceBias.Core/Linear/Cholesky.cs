using System.Numerics;
using System.Numerics.Tensors;

namespace FaceBias.Core.Linear;

/// <summary>A symmetric positive definite matrix as L times its transpose, decomposed in double precision, and what can
/// be solved with it in the precision of <typeparamref name="T"/>.</summary>
/// <remarks>MathNet.Numerics, whose managed code has no vector instructions, takes four times as long for the 512
/// columns of usual features, and has no whitening of a row in single precision.</remarks>
internal sealed class Cholesky<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _lower;
    private readonly int _size;

    /// <summary>Decomposes a matrix [size, size], whose lower triangle is read.</summary>
    /// <exception cref="ArgumentException">It is not positive definite.</exception>
    public Cholesky(double[] matrix, int size)
    {
        _size = size;
        var lower = new double[size * size];
        for (var i = 0; i < size; i++)
        {
            var row = lower.AsSpan(i * size, size);
            for (var j = 0; j <= i; j++)
            {
                var rest = matrix[i * size + j] - TensorPrimitives.Dot<double>(row[..j], lower.AsSpan(j * size, j));
                if (j < i)
                    row[j] = rest / lower[j * size + j];
                else
                    row[i] = rest > 0 ? Math.Sqrt(rest)
                        : throw new ArgumentException("The matrix is not positive definite.", nameof(matrix));
            }
        }
        _lower = Array.ConvertAll(lower, T.CreateTruncating);
    }

    /// <summary>Solves L y = x, which makes the matrix the unit matrix; y may be x.</summary>
    public void Whiten(ReadOnlySpan<T> x, Span<T> y)
    {
        for (var i = 0; i < _size; i++)
        {
            var row = _lower.AsSpan(i * _size, i + 1);
            y[i] = (x[i] - TensorPrimitives.Dot<T>(row[..i], y[..i])) / row[i];
        }
    }

    /// <summary>Solves the whole system for x in place.</summary>
    public void Solve(Span<T> x)
    {
        Whiten(x, x);
        for (var i = _size - 1; i >= 0; i--)
        {
            var row = _lower.AsSpan(i * _size, i + 1);
            x[i] /= row[i];
            // x[..i] -= x[i] * row[..i]: the transpose by columns.
            TensorPrimitives.MultiplyAdd(row[..i], -x[i], x[..i], x[..i]);
        }
    }
}
