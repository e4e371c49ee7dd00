using System.Numerics.Tensors;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Primitives.Clustering;

/// <summary>Lloyd's k-means from k-means++ seeds (Arthur and Vassilvitskii 2007), the best of several starts.</summary>
/// <param name="Centres">Row-major [clusters, width].</param>
/// <param name="Assignment">Cluster of each row.</param>
/// <param name="Inertia">Sum of squared distances to the centres.</param>
internal sealed record KMeans(float[] Centres, int[] Assignment, double Inertia)
{
    private const int MostRounds = 100;

    private float[]? _squares;

    /// <param name="rows">Row-major [n, width].</param>
    /// <param name="width">Values per row.</param>
    /// <param name="clusters">Clusters; there are fewer if there are fewer different rows.</param>
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
            var random = new RandomSource(seed).Stream("k-means", start);
            var fit = Lloyd(rows, norms, width, Seeds(rows, norms, width, clusters, ref random));
            if (best is null || fit.Inertia < best.Inertia)
                best = fit;
        }
        return best!;
    }

    /// <summary>The nearest cluster of a further row, and the squared distance to its centre.</summary>
    /// <param name="row">As wide as those that were clustered.</param>
    public (int Cluster, double Distance) Nearest(ReadOnlySpan<float> row)
    {
        var (cluster, rest) = Nearest(row, Centres, _squares ??= Squares(Centres, row.Length));
        return (cluster, Math.Max(0, rest + TensorPrimitives.SumOfSquares(row)));
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
        var squares = Squares(centres, width);
        var assignment = new int[norms.Length];
        var distance = new double[norms.Length];
        Parallel.For(0, norms.Length, i =>
        {
            (assignment[i], var rest) = Nearest(rows.AsSpan(i * width, width), centres, squares);
            distance[i] = Math.Max(0, rest + norms[i]);
        });
        return (assignment, distance.Sum());
    }

    /// <summary>The nearest centre, and the squared distance to it less the squared length of the row.</summary>
    private static (int Cluster, float Difference) Nearest(ReadOnlySpan<float> row, float[] centres, float[] squares)
    {
        var (nearest, best) = (0, float.PositiveInfinity);
        for (var c = 0; c < squares.Length; c++)
        {
            var d = squares[c] - 2 * TensorPrimitives.Dot(row, centres.AsSpan(c * row.Length, row.Length));
            if (d < best)
                (nearest, best) = (c, d);
        }
        return (nearest, best);
    }

    private static float[] Squares(float[] centres, int width) =>
        [.. Enumerable.Range(0, centres.Length / width).Select(
            c => TensorPrimitives.SumOfSquares(centres.AsSpan(c * width, width)))];
}
