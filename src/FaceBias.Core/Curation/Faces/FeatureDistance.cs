using FaceBias.Core.Curation.Linear;
using FaceBias.Core.Data;

namespace FaceBias.Core.Curation.Faces;

/// <summary>
/// How far an image's features lie from those of faces: Mahalanobis' distance of unit features, over the root of their number.
/// Mean and covariance are of images that are trusted to be faces, because a detector found one; without a detector, of the
/// nearer four fifths of a first round, so that a few per cent of other pictures do not make themselves ordinary.
/// </summary>
internal static class FeatureDistance
{
    /// <summary>From fewer images there is no distance: their covariance would be made up.</summary>
    public const int FewestImages = 200;

    /// <summary>A picture is far off beyond this many robust standard deviations of the logarithm of the distance.</summary>
    public const double FarOff = 6;

    private const double Shrinkage = 0.1, Trusted = 0.8;

    /// <summary>Distances of images in their order, and which of them are far off; null if there are too few images.</summary>
    /// <param name="features">Features of the rows.</param>
    /// <param name="rows">The images.</param>
    /// <param name="areFaces">Those that a detector found a face in; null if nobody looked.</param>
    /// <param name="cancel">Ends it.</param>
    public static (double[] Distances, bool[] FarOff)? Of(UnitFeatures features, IReadOnlyList<int> rows, Func<int, bool>? areFaces, CancellationToken cancel)
    {
        if (rows.Count < FewestImages)
            return null;
        int[] trusted = areFaces is null ? [] : [.. rows.Where(areFaces)];
        if (trusted.Length < FewestImages)
        {
            var first = Measure(features, rows, rows, cancel);
            var limit = first.Order().ElementAt((int)(Trusted * (rows.Count - 1)));
            trusted = [.. rows.Where((_, i) => first[i] <= limit)];
        }
        var distances = Measure(features, trusted, rows, cancel);
        var among = trusted.ToHashSet();
        double[] logs = [.. distances.Where((_, i) => among.Contains(rows[i])).Select(d => Math.Log(d))];
        var median = Robust.Median(logs);
        var limitOfLog = median + FarOff * Robust.Deviation(logs, median);
        return (distances, Array.ConvertAll(distances, d => Math.Log(d) > limitOfLog));
    }

    private static double[] Measure(UnitFeatures features, IReadOnlyList<int> from, IReadOnlyList<int> rows, CancellationToken cancel)
    {
        var size = features.Count;
        var scatter = Scatter.Of(size, 0, from, (row, vector, _) => features.Read(row, vector), cancel);
        var matrix = new Cholesky(scatter.Covariance(Shrinkage), size);
        var mean = Array.ConvertAll(scatter.Sum, s => (float)(s / scatter.Count));
        var distances = new double[rows.Count];
        Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => new float[size], (i, _, vector) =>
            {
                features.Read(rows[i], vector);
                System.Numerics.Tensors.TensorPrimitives.Subtract(vector, mean, vector);
                matrix.Whiten(vector, vector);
                distances[i] = System.Numerics.Tensors.TensorPrimitives.Norm<float>(vector) / Math.Sqrt(size);
                return vector;
            }, _ => { });
        return distances;
    }
}
