using System.Numerics.Tensors;
using FaceBias.Core.Auditing;

namespace FaceBias.Core.Mitigation.Clusters;

/// <summary>Lloyd's k-means from k-means++ seeds (Arthur and Vassilvitskii 2007), the best of several starts.</summary>
/// <param name="Centres">Row-major [clusters, width].</param>
/// <param name="Assignment">Cluster of each row.</param>
/// <param name="Inertia">Sum of squared distances to the centres.</param>
public sealed record KMeans(float[] Centres, int[] Assignment, double Inertia)
{
    private const int MostRounds = 100;

    /// <summary>Clusters rows.</summary>
    /// <param name="rows">Row-major [n, width].</param>
    /// <param name="width">Values per row.</param>
    /// <param name="clusters">Clusters; there are fewer if there are fewer different rows.</param>
    /// <param name="seed">Decides the starts.</param>
    /// <param name="starts">Number of starts (n_init).</param>
    public static KMeans Fit(float[] rows, int width, int clusters, ulong seed, int starts = 10)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clusters, 1);
        var n = rows.Length / width;
        var norms = new float[n];
        for (var i = 0; i < n; i++)
            norms[i] = TensorPrimitives.SumOfSquares(rows.AsSpan(i * width, width));
        KMeans? best = null;
        for (var start = 0; start < starts; start++)
        {
            var random = new SeededRandom(unchecked((long)seed), SeededRandom.Stream("k-means", start));
            var fit = Lloyd(rows, norms, width, Seeds(rows, norms, width, clusters, ref random));
            if (best is null || fit.Inertia < best.Inertia)
                best = fit;
        }
        return best!;
    }

    private static float[] Seeds(float[] rows, float[] norms, int width, int clusters, ref SeededRandom random)
    {
        var n = norms.Length;
        var centres = new List<float>(rows.AsSpan(random.NextInt(n) * width, width).ToArray());
        var distance = new double[n];
        Array.Fill(distance, double.PositiveInfinity);
        while (centres.Count / width < clusters)
        {
            var last = centres.GetRange(centres.Count - width, width).ToArray();
            var norm = TensorPrimitives.SumOfSquares<float>(last);
            var sum = 0.0;
            for (var i = 0; i < n; i++)
            {
                var d = norms[i] + norm - 2 * TensorPrimitives.Dot(rows.AsSpan(i * width, width), last);
                // What rounding leaves between equal rows is no distance.
                distance[i] = Math.Min(distance[i], d > 1e-6 * (norms[i] + norm) ? d : 0);
                sum += distance[i];
            }
            if (sum == 0)
                break;
            var at = random.NextDouble() * sum;
            var chosen = 0;
            while (chosen < n - 1 && (at -= distance[chosen]) > 0)
                chosen++;
            centres.AddRange(rows.AsSpan(chosen * width, width));
        }
        return [.. centres];
    }

    private static KMeans Lloyd(float[] rows, float[] norms, int width, float[] centres)
    {
        var k = centres.Length / width;
        var (assignment, inertia) = Nearest(rows, norms, width, centres);
        for (var round = 0; round < MostRounds; round++)
        {
            var next = new float[centres.Length];
            var counts = new int[k];
            for (var i = 0; i < assignment.Length; i++)
            {
                counts[assignment[i]]++;
                var centre = next.AsSpan(assignment[i] * width, width);
                TensorPrimitives.Add(centre, rows.AsSpan(i * width, width), centre);
            }
            for (var c = 0; c < k; c++)
            {
                var centre = next.AsSpan(c * width, width);
                if (counts[c] == 0)
                    centres.AsSpan(c * width, width).CopyTo(centre);
                else
                    TensorPrimitives.Divide(centre, counts[c], centre);
            }
            var (moved, sum) = Nearest(rows, norms, width, next);
            var settled = moved.AsSpan().SequenceEqual(assignment);
            (assignment, inertia, centres) = (moved, sum, next);
            if (settled)
                break;
        }
        return new(centres, assignment, inertia);
    }

    private static (int[] Assignment, double Inertia) Nearest(float[] rows, float[] norms, int width, float[] centres)
    {
        var k = centres.Length / width;
        var squares = Enumerable.Range(0, k).Select(c => TensorPrimitives.SumOfSquares(centres.AsSpan(c * width, width))).ToArray();
        var assignment = new int[norms.Length];
        var inertia = 0.0;
        for (var i = 0; i < norms.Length; i++)
        {
            var row = rows.AsSpan(i * width, width);
            var best = float.PositiveInfinity;
            for (var c = 0; c < k; c++)
            {
                var d = squares[c] - 2 * TensorPrimitives.Dot(row, centres.AsSpan(c * width, width));
                if (d < best)
                    (best, assignment[i]) = (d, c);
            }
            inertia += Math.Max(0, best + norms[i]);
        }
        return (assignment, inertia);
    }
}
