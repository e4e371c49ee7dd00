using System.Numerics.Tensors;
using FaceBias.Core.Linear;
using MathNet.Numerics.LinearAlgebra;

namespace FaceBias.Core.Uncertainty.LastLayers;

/// <summary>The Gaussian around the weights of a softmax layer, its precision the Kronecker product of two factors plus
/// that of the prior (Ritter, Botev, Barber 2018; Daxberger et al. 2021): with φ the layer's input and a 1 for the
/// bias, <c>H = (1/N Σ φφᵀ) ⊗ (Σ diag(p) - ppᵀ) + δI</c>. With the factors' eigenvectors U, V and eigenvalues a, b the
/// covariance of the logits of a row is <c>V diag(s) Vᵀ, s_j = Σ_i (Uᵀφ)_i² / (a_i b_j + δ)</c>: the Jacobian φ ⊗ I,
/// which is gigabytes, is never made.</summary>
/// <remarks>To add one number to all logits changes no probability, so that direction, in which the data say nothing
/// and the prior everything, is left out.</remarks>
internal sealed class LastLayerPosterior
{
    private const double Nothing = 1e-9;

    private LastLayerPosterior(double[] a, float[] u, double[] b, float[] v, double prior) =>
        (EigenvaluesA, DirectionsA, EigenvaluesB, DirectionsB, PriorPrecision) = (a, u, b, v, prior);

    /// <summary>Eigenvalues of the factor of the inputs, [H + 1], the bias last.</summary>
    public double[] EigenvaluesA { get; }

    /// <summary>Its eigenvectors as columns, row-major [H + 1, H + 1].</summary>
    public float[] DirectionsA { get; }

    /// <summary>Eigenvalues of the factor of the logits above 0, [R].</summary>
    public double[] EigenvaluesB { get; }

    /// <summary>Their eigenvectors as columns, row-major [K, R].</summary>
    public float[] DirectionsB { get; }

    /// <summary>The precision δ of the prior, which makes the evidence largest.</summary>
    public double PriorPrecision { get; }

    /// <param name="inputs">The layer's inputs, row-major [rows, H].</param>
    /// <param name="logits">Its outputs, row-major [rows, K].</param>
    /// <param name="weight">Its weights [H, K].</param>
    /// <param name="bias">Its biases [K].</param>
    public static LastLayerPosterior Fit(float[] inputs, float[] logits, float[] weight, float[] bias,
        CancellationToken cancel)
    {
        var (classes, hidden) = (bias.Length, weight.Length / bias.Length);
        var rows = logits.Length / classes;
        var (a, u) = Eigen(InputFactor(inputs, hidden, rows, cancel), hidden + 1);
        var (b, v) = Eigen(LogitFactor(logits, classes, rows), classes);
        var kept = Enumerable.Range(0, classes).Where(j => b[j] > Nothing * b.Max()).ToArray();
        double[] spectrum = [.. kept.Select(j => b[j])];
        var directions = new float[classes * kept.Length];
        for (var k = 0; k < classes; k++)
            for (var j = 0; j < kept.Length; j++)
                directions[k * kept.Length + j] = (float)v[k, kept[j]];
        var flat = new float[(hidden + 1) * (hidden + 1)];
        for (var i = 0; i <= hidden; i++)
            for (var j = 0; j <= hidden; j++)
                flat[i * (hidden + 1) + j] = (float)u[i, j];
        return new(a, flat, spectrum, directions, Prior(a, spectrum, SquaredNorm(weight, bias)));
    }

    /// <summary>The factors 1 / (a_i b_j + δ) as float32 [H + 1, R].</summary>
    public float[] Variances()
    {
        var variances = new float[EigenvaluesA.Length * EigenvaluesB.Length];
        for (var i = 0; i < EigenvaluesA.Length; i++)
            for (var j = 0; j < EigenvaluesB.Length; j++)
                variances[i * EigenvaluesB.Length + j] =
                    (float)(1 / (EigenvaluesA[i] * EigenvaluesB[j] + PriorPrecision));
        return variances;
    }

    /// <summary>The prior precision at which the evidence, log p(D|δ) = const - δ/2 ‖θ‖² + P/2 ln δ - 1/2 Σ ln(λ + δ),
    /// is stationary: δ = γ / ‖θ‖² with γ = Σ λ / (λ + δ), the number of parameters that the data determine (MacKay
    /// 1992).</summary>
    internal static double Prior(double[] a, double[] b, double squaredNorm)
    {
        var prior = 1.0;
        if (!(squaredNorm > 0))
            return prior;
        for (var round = 0; round < 200; round++)
        {
            var determined = 0.0;
            foreach (var first in a)
                foreach (var second in b)
                    determined += first * second / (first * second + prior);
            var next = Math.Clamp(determined / squaredNorm, 1e-6, 1e8);
            if (Math.Abs(next - prior) <= 1e-9 * prior)
                return next;
            prior = next;
        }
        return prior;
    }

    /// <summary>‖θ‖² without the direction that changes no probability.</summary>
    private static double SquaredNorm(float[] weight, float[] bias)
    {
        var (classes, sum) = (bias.Length, 0.0);
        void Add(ReadOnlySpan<float> row)
        {
            var mean = TensorPrimitives.Sum(row) / classes;
            foreach (var w in row)
                sum += (w - mean) * (double)(w - mean);
        }

        for (var i = 0; i < weight.Length; i += classes)
            Add(weight.AsSpan(i, classes));
        Add(bias);
        return sum;
    }

    /// <summary>1/N Σ φφᵀ, the bias's 1 last.</summary>
    private static double[] InputFactor(float[] inputs, int hidden, int rows, CancellationToken cancel)
    {
        var scatter = Scatter.Of(hidden, 0, [.. Enumerable.Range(0, rows)],
            (row, vector, _) => inputs.AsSpan(row * hidden, hidden).CopyTo(vector), cancel);
        var size = hidden + 1;
        var factor = new double[size * size];
        for (var i = 0; i < hidden; i++)
        {
            for (var j = 0; j <= i; j++)
                factor[i * size + j] = factor[j * size + i] = scatter.Products[i * hidden + j] / rows;
            factor[i * size + hidden] = factor[hidden * size + i] = scatter.Sum[i] / rows;
        }
        factor[^1] = 1;
        return factor;
    }

    /// <summary>Σ diag(p) - ppᵀ.</summary>
    private static double[] LogitFactor(float[] logits, int classes, int rows)
    {
        var factor = new double[classes * classes];
        var (p, scaled) = (new double[classes], new double[classes]);
        for (var r = 0; r < rows; r++)
        {
            var row = logits.AsSpan(r * classes, classes);
            var (top, sum) = (TensorPrimitives.Max<float>(row), 0.0);
            for (var k = 0; k < classes; k++)
                sum += p[k] = Math.Exp(row[k] - top);
            TensorPrimitives.Divide(p, sum, p);
            for (var k = 0; k < classes; k++)
            {
                TensorPrimitives.MultiplyAdd(p, -p[k], factor.AsSpan(k * classes, classes),
                    factor.AsSpan(k * classes, classes));
                factor[k * classes + k] += p[k];
            }
        }
        return factor;
    }

    private static (double[] Values, Matrix<double> Vectors) Eigen(double[] symmetric, int size)
    {
        var evd = Matrix<double>.Build.Dense(size, size, symmetric).Evd(Symmetricity.Symmetric);
        return ([.. evd.EigenValues.Select(e => Math.Max(0, e.Real))], evd.EigenVectors);
    }
}
