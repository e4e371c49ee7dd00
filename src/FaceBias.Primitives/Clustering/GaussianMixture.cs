using MathNet.Numerics.LinearAlgebra;

namespace FaceBias.Primitives.Clustering;

/// <summary>A mixture of normal distributions with full covariances, fitted by expectation maximisation (Dempster,
/// Laird, Rubin 1977) from k-means clusters. For few dimensions: reduce first.</summary>
internal static class GaussianMixture
{
    private const int MostRounds = 100;
    private const double Tolerance = 1e-4;

    /// <summary>Clusters rows by their most likely component.</summary>
    /// <param name="rows">Row-major [n, width].</param>
    /// <param name="components">Components; fewer if there are fewer different rows.</param>
    public static int[] Fit(float[] rows, int width, int components, ulong seed)
    {
        var start = KMeans.Fit(rows, width, components, seed, 3);
        var k = start.Centres.Length / width;
        var n = rows.Length / width;
        var share = new double[n, k];
        for (var i = 0; i < n; i++)
            share[i, start.Assignment[i]] = 1;
        // A floor keeps a component that has shrunk to one point from a likelihood without bound.
        var floor = 1e-6 + 1e-3 * Spread(rows, width);
        var before = double.NegativeInfinity;
        for (var round = 0; round < MostRounds; round++)
        {
            var parts = Enumerable.Range(0, k).Select(c => Component.Fit(rows, width, i => share[i, c], n, floor))
                .ToArray();
            var likelihood = Expect(rows, width, parts, share) / n;
            if (likelihood - before < Tolerance)
                break;
            before = likelihood;
        }
        var assignment = new int[n];
        for (var i = 0; i < n; i++)
            for (var c = 1; c < k; c++)
                if (share[i, c] > share[i, assignment[i]])
                    assignment[i] = c;
        return assignment;
    }

    private static double Expect(float[] rows, int width, Component[] parts, double[,] share)
    {
        var n = rows.Length / width;
        var log = new double[parts.Length];
        var total = 0.0;
        for (var i = 0; i < n; i++)
        {
            for (var c = 0; c < parts.Length; c++)
                log[c] = parts[c].LogDensity(rows.AsSpan(i * width, width));
            var top = log.Max();
            var sum = log.Sum(l => Math.Exp(l - top));
            for (var c = 0; c < parts.Length; c++)
                share[i, c] = Math.Exp(log[c] - top) / sum;
            total += top + Math.Log(sum);
        }
        return total;
    }

    private static double Spread(float[] rows, int width)
    {
        var mean = new double[width];
        for (var i = 0; i < rows.Length; i++)
            mean[i % width] += rows[i] * (double)width / rows.Length;
        var sum = 0.0;
        for (var i = 0; i < rows.Length; i++)
            sum += (rows[i] - mean[i % width]) * (rows[i] - mean[i % width]);
        return sum / rows.Length;
    }

    /// <summary>A component: the logarithm of its weight, its mean and the Cholesky factor of its covariance.</summary>
    private sealed record Component(double LogWeight, double[] Mean, double[,] Factor)
    {
        public static Component Fit(float[] rows, int width, Func<int, double> share, int n, double floor)
        {
            var total = 1e-9;
            var mean = new double[width];
            for (var i = 0; i < n; i++)
            {
                total += share(i);
                for (var d = 0; d < width; d++)
                    mean[d] += share(i) * rows[i * width + d];
            }
            for (var d = 0; d < width; d++)
                mean[d] /= total;
            var covariance = Matrix<double>.Build.Dense(width, width);
            for (var i = 0; i < n; i++)
                for (var a = 0; a < width; a++)
                    for (var b = 0; b <= a; b++)
                        covariance[b, a] =
                            covariance[a, b] += share(i) * (rows[i * width + a] - mean[a])
                                * (rows[i * width + b] - mean[b]) / total;
            for (var d = 0; d < width; d++)
                covariance[d, d] += floor;
            return new(Math.Log(total / n), mean, covariance.Cholesky().Factor.ToArray());
        }

        public double LogDensity(ReadOnlySpan<float> x)
        {
            var width = Mean.Length;
            Span<double> z = stackalloc double[width];
            double square = 0, determinant = 0;
            for (var a = 0; a < width; a++)
            {
                z[a] = x[a] - Mean[a];
                for (var b = 0; b < a; b++)
                    z[a] -= Factor[a, b] * z[b];
                z[a] /= Factor[a, a];
                square += z[a] * z[a];
                determinant += Math.Log(Factor[a, a]);
            }
            return LogWeight - 0.5 * square - determinant - 0.5 * width * Math.Log(2 * Math.PI);
        }
    }
}
