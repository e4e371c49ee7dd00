using System.Numerics.Tensors;
using FaceBias.Primitives.Clustering;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Auditing;

/// <summary>A mixture of rows that look alike and are served alike, as Domino makes it (Eyuboglu et al. 2022): normal
/// distributions with diagonal covariances over the principal components of the features, times a distribution of the
/// loss that weighs ten times as much. Fitted on the searched half; then every row goes to its most likely component by
/// its features alone, so that the rows that confirm are not sorted by what they are to confirm.</summary>
internal static class ErrorMixture
{
    private const int Dimensions = 16, Sketch = 128, RowsPerComponent = 300, MostComponents = 16, MostRounds = 60;
    private const double LossWeight = 10, Tolerance = 1e-4;

    /// <summary>The principal components of all rows, [rows, d]. Wide rows are first multiplied by a random matrix,
    /// which keeps their distances nearly as they are (Johnson and Lindenstrauss 1984) and takes a fraction of the
    /// time.</summary>
    /// <param name="vectors">Row-major [rows, width], of all rows.</param>
    /// <param name="width">Features per row.</param>
    public static (float[] Points, int Dimensions) Reduce(float[] vectors, int width, ulong seed)
    {
        if (width > Sketch)
        {
            var matrix = new float[Sketch][];
            for (var j = 0; j < Sketch; j++)
            {
                var random = new RandomSource(seed).Stream("sketch", j);
                matrix[j] = new float[width];
                for (var i = 0; i < width; i++)
                    matrix[j][i] = (float)random.NextNormal();
            }
            var narrow = new float[vectors.Length / width * Sketch];
            Parallel.For(0, vectors.Length / width, r =>
            {
                for (var j = 0; j < Sketch; j++)
                    narrow[(r * Sketch) + j] = TensorPrimitives.Dot(vectors.AsSpan(r * width, width), matrix[j]);
            });
            (vectors, width) = (narrow, Sketch);
        }
        var d = Math.Min(Dimensions, width);
        return (PrincipalComponents.Project(vectors, width, d, seed), d);
    }

    /// <summary>The component of each row.</summary>
    /// <param name="points">Row-major [rows, d], of all rows, as <see cref="Reduce"/> gives them.</param>
    /// <param name="fitted">The rows to fit, with a loss.</param>
    /// <returns>The component of each row, its distance from the component's centre, and how many components there are;
    /// null where there are too few rows.</returns>
    public static (int[] Component, double[] Distance, int Count)? Fit(float[] points, int d, int[] fitted,
        double[] loss, ulong seed)
    {
        var k = Math.Min(MostComponents, fitted.Length / RowsPerComponent);
        if (k < 2)
            return null;
        double mean = loss.Average(), deviation = Math.Sqrt(loss.Average(l => (l - mean) * (l - mean)));
        if (deviation == 0)
            return null;
        double[] z = [.. loss.Select(l => (l - mean) / deviation)];
        var share = Start(points, d, fitted, z, k, seed);
        var (centre, variance, level, weight) = (new double[k, d], new double[k, d], new double[k], new double[k]);
        var floor = 1e-3 * Enumerable.Range(0, points.Length).Average(i => points[i] * (double)points[i]);
        var before = double.NegativeInfinity;
        for (var round = 0; round < MostRounds; round++)
        {
            Maximise();
            var likelihood = Expect();
            if (likelihood - before < Tolerance)
                break;
            before = likelihood;
        }
        var rows = points.Length / d;
        var (component, distance) = (new int[rows], new double[rows]);
        for (var r = 0; r < rows; r++)
        {
            var best = double.NegativeInfinity;
            for (var c = 0; c < k; c++)
            {
                var log = LogDensity(r, c);
                if (log > best)
                    (best, component[r], distance[r]) = (log, c, -log);
            }
        }
        return (component, distance, k);

        void Maximise()
        {
            for (var c = 0; c < k; c++)
            {
                double total = 1e-9, sum = 0;
                for (var j = 0; j < d; j++)
                    (centre[c, j], variance[c, j]) = (0, 0);
                for (var i = 0; i < fitted.Length; i++)
                {
                    total += share[i, c];
                    sum += share[i, c] * z[i];
                    for (var j = 0; j < d; j++)
                        centre[c, j] += share[i, c] * points[fitted[i] * d + j];
                }
                for (var j = 0; j < d; j++)
                    centre[c, j] /= total;
                for (var i = 0; i < fitted.Length; i++)
                    for (var j = 0; j < d; j++)
                        variance[c, j] += share[i, c] * Math.Pow(points[fitted[i] * d + j] - centre[c, j], 2) / total;
                for (var j = 0; j < d; j++)
                    variance[c, j] += floor;
                (level[c], weight[c]) = (sum / total, total / fitted.Length);
            }
        }

        double Expect()
        {
            var (log, all) = (new double[k], 0.0);
            for (var i = 0; i < fitted.Length; i++)
            {
                for (var c = 0; c < k; c++)
                    // The loss in units of its deviation, with variance 1 in every component.
                    log[c] = LogDensity(fitted[i], c) - (LossWeight * 0.5 * (z[i] - level[c]) * (z[i] - level[c]));
                var top = log.Max();
                var sum = log.Sum(l => Math.Exp(l - top));
                for (var c = 0; c < k; c++)
                    share[i, c] = Math.Exp(log[c] - top) / sum;
                all += (top + Math.Log(sum)) / fitted.Length;
            }
            return all;
        }

        double LogDensity(int row, int c)
        {
            var log = Math.Log(weight[c]);
            for (var j = 0; j < d; j++)
            {
                var x = points[row * d + j] - centre[c, j];
                log -= 0.5 * ((x * x / variance[c, j]) + Math.Log(2 * Math.PI * variance[c, j]));
            }
            return log;
        }
    }

    /// <summary>Clusters of the components with the loss as one more, as long as all of them together.</summary>
    private static double[,] Start(float[] points, int d, int[] fitted, double[] z, int k, ulong seed)
    {
        var joined = new float[fitted.Length * (d + 1)];
        var scale = Math.Sqrt(Enumerable.Range(0, points.Length).Average(i => points[i] * (double)points[i]) * d);
        for (var i = 0; i < fitted.Length; i++)
        {
            points.AsSpan(fitted[i] * d, d).CopyTo(joined.AsSpan(i * (d + 1)));
            joined[i * (d + 1) + d] = (float)(scale * z[i]);
        }
        var assignment = KMeans.Fit(joined, d + 1, k, seed, 2).Assignment;
        var share = new double[fitted.Length, k];
        for (var i = 0; i < fitted.Length; i++)
            share[i, assignment[i]] = 1;
        return share;
    }
}
