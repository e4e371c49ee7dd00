using System.Numerics.Tensors;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>Solves symmetric positive definite systems in double precision.</summary>
internal static class SymmetricSolver
{
    /// <summary>Solves A x = b by Cholesky's decomposition.</summary>
    /// <param name="matrix">A, row by row, of which the lower triangle is read; it is overwritten.</param>
    /// <exception cref="FaceBiasException">A is not positive definite.</exception>
    public static double[] Solve(double[] matrix, double[] right)
    {
        var n = right.Length;
        var x = (double[])right.Clone();
        for (var i = 0; i < n; i++)
        {
            var row = matrix.AsSpan(i * n, n);
            for (var j = 0; j <= i; j++)
            {
                var rest = row[j] - TensorPrimitives.Dot<double>(row[..j], matrix.AsSpan(j * n, j));
                if (j < i)
                    row[j] = rest / matrix[j * n + j];
                else
                    row[i] = rest > 0 ? Math.Sqrt(rest) : throw new FaceBiasException(
                        "The samples do not tell the superpixels apart; draw more samples than there are superpixels, "
                            + "or cut fewer superpixels.");
            }
            x[i] = (x[i] - TensorPrimitives.Dot<double>(row[..i], x.AsSpan(0, i))) / row[i];
        }
        for (var i = n - 1; i >= 0; i--)
        {
            x[i] /= matrix[i * n + i];
            TensorPrimitives.MultiplyAdd<double>(matrix.AsSpan(i * n, i), -x[i], x.AsSpan(0, i), x.AsSpan(0, i));
        }
        return x;
    }
}
