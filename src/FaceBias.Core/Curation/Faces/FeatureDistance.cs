using System.Numerics.Tensors;
using FaceBias.Core.Curation.Linear;
using FaceBias.Core.Linear;
using FaceBias.Core.Data;

namespace FaceBias.Core.Curation.Faces;

/// <summary>How far an image's features lie from those of faces: 1 less the cosine that a quarter of up to 2,000 images
/// exceed, taken by their SHA-256, which has nothing to do with what they show. These are images that a detector found
/// a face in, without a detector any: a quarter, because other pictures are like each other, and must not make up
/// enough neighbours to be ordinary.</summary>
internal static class FeatureDistance
{
    /// <summary>Among fewer images nothing is far off.</summary>
    public const int FewestImages = 200;

    /// <summary>A picture is far off beyond this many robust standard deviations.</summary>
    public const double FarOff = 4;

    private const int Sample = 2000, Quarter = 4;

    /// <summary>Distances of images in their order, and which of them are far off; null if there are too few
    /// images.</summary>
    /// <param name="areFaces">Those that a detector found a face in; null if nobody looked.</param>
    public static (double[] Distances, bool[] FarOff)? Of(
        Manifest manifest, UnitFeatures features, IReadOnlyList<int> rows, Func<int, bool>? areFaces,
        CancellationToken cancel)
    {
        int[] sample = [
            .. (areFaces is null ? rows : rows.Where(areFaces)).OrderBy(i => manifest.Sha256[i]).Take(Sample)];
        if (sample.Length < FewestImages)
            return null;
        var size = features.Count;
        var others = new float[sample.Length * size];
        for (var s = 0; s < sample.Length; s++)
            features.Read(sample[s], others.AsSpan(s * size, size));
        var distances = new double[rows.Count];
        Parallel.For(0, rows.Count,
            new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => (Vector: new float[size], Cosines: new float[sample.Length]), (i, _, work) =>
            {
                features.Read(rows[i], work.Vector);
                for (var s = 0; s < sample.Length; s++)
                    work.Cosines[s] = sample[s] == rows[i] ? -1
                        : TensorPrimitives.Dot<float>(work.Vector, others.AsSpan(s * size, size));
                work.Cosines.AsSpan().Sort();
                distances[i] = 1 - work.Cosines[^(sample.Length / Quarter)];
                return work;
            }, _ => { });
        var among = sample.ToHashSet();
        double[] usual = [.. distances.Where((_, i) => among.Contains(rows[i]))];
        var median = Robust.Median(usual);
        var limit = median + FarOff * Robust.Deviation(usual, median);
        return (distances, Array.ConvertAll(distances, d => d > limit));
    }
}
