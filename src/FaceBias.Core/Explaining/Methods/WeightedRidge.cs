using FaceBias.Core.Linear;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>Ridge regression with weights and a free intercept, as scikit-learn's Ridge(alpha, fit_intercept) solves
/// it: the weighted means are taken off, then (X'WX + alpha I) b = X'Wy.</summary>
internal static class WeightedRidge
{
    /// <summary>Solves A x = b.</summary>
    /// <param name="matrix">A, row by row, of which the lower triangle is read.</param>
    /// <exception cref="FaceBiasException">A is not positive definite.</exception>
    internal static double[] Solve(double[] matrix, double[] right)
    {
        var x = (double[])right.Clone();
        try
        {
            new Cholesky<double>(matrix, x.Length).Solve(x);
            return x;
        }
        catch (ArgumentException e)
        {
            throw new FaceBiasException("The samples do not tell the superpixels apart; draw more samples than there "
                + "are superpixels, or cut fewer superpixels.", e);
        }
    }

    /// <param name="rows">One row per sample.</param>
    /// <param name="weights">The weight of each, 0 or more.</param>
    /// <param name="alpha">The penalty, above 0 unless the rows have full rank.</param>
    /// <returns>The coefficients, the intercept, and the weighted R²; null where the targets do not vary.</returns>
    public static (double[] Coefficients, double Intercept, double? R2) Fit(double[][] rows, double[] targets,
        double[] weights, double alpha)
    {
        var d = rows[0].Length;
        double total = weights.Sum(), meanY = 0;
        var mean = new double[d];
        for (var i = 0; i < rows.Length; i++)
        {
            meanY += weights[i] * targets[i] / total;
            for (var j = 0; j < d; j++)
                mean[j] += weights[i] * rows[i][j] / total;
        }
        var gram = new double[d * d];
        var right = new double[d];
        var centred = new double[d];
        for (var i = 0; i < rows.Length; i++)
        {
            for (var j = 0; j < d; j++)
                centred[j] = rows[i][j] - mean[j];
            for (var j = 0; j < d; j++)
            {
                var scaled = weights[i] * centred[j];
                right[j] += scaled * (targets[i] - meanY);
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(centred.AsSpan(0, j + 1), scaled,
                    gram.AsSpan(j * d, j + 1), gram.AsSpan(j * d, j + 1));
            }
        }
        for (var j = 0; j < d; j++)
            gram[j * d + j] += alpha;
        var b = Solve(gram, right);
        var intercept = meanY - b.Zip(mean, (x, m) => x * m).Sum();
        double residual = 0, variance = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var predicted = intercept + System.Numerics.Tensors.TensorPrimitives.Dot<double>(rows[i], b);
            residual += weights[i] * (targets[i] - predicted) * (targets[i] - predicted);
            variance += weights[i] * (targets[i] - meanY) * (targets[i] - meanY);
        }
        return (b, intercept, variance > 0 ? 1 - residual / variance : null);
    }
}
