using FaceBias.Primitives.Randomness;

namespace FaceBias.Primitives.Clustering;

/// <summary>How good a clustering is, by itself and against labels.</summary>
internal static class ClusterQuality
{
    /// <summary>
    /// Mean silhouette (Rousseeuw 1987): (b - a) / max(a, b) of each row, with a the mean distance to its own cluster
    /// and b to the nearest other; 0 for a row alone in its cluster. NaN for fewer than two clusters.
    /// </summary>
    /// <param name="rows">Row-major [n, width].</param>
    /// <param name="width">Values per row.</param>
    /// <param name="assignment">Cluster of each row.</param>
    public static double Silhouette(float[] rows, int width, int[] assignment)
    {
        var k = assignment.Length == 0 ? 0 : assignment.Max() + 1;
        var sizes = new int[k];
        foreach (var c in assignment)
            sizes[c]++;
        if (sizes.Count(s => s > 0) < 2)
            return double.NaN;
        var total = 0.0;
        var sums = new double[k];
        for (var i = 0; i < assignment.Length; i++)
        {
            if (sizes[assignment[i]] == 1)
                continue;
            Array.Clear(sums);
            for (var j = 0; j < assignment.Length; j++)
                sums[assignment[j]] += Distance(rows.AsSpan(i * width, width), rows.AsSpan(j * width, width));
            var own = sums[assignment[i]] / (sizes[assignment[i]] - 1);
            var other = Enumerable.Range(0, k).Where(c => c != assignment[i] && sizes[c] > 0)
                .Min(c => sums[c] / sizes[c]);
            if (Math.Max(own, other) > 0)
                total += (other - own) / Math.Max(own, other);
        }
        return total / assignment.Length;
    }

    /// <summary>The number of clusters with the largest silhouette, on at most some rows drawn at random.</summary>
    /// <param name="rows">Row-major [n, width].</param>
    /// <param name="width">Values per row.</param>
    /// <param name="most">Maximum number of clusters to try, from 2.</param>
    /// <param name="fit">Clusters rows into a number of clusters.</param>
    /// <param name="sample">Rows to look at: the silhouette takes their square.</param>
    public static int Choose(float[] rows, int width, int most, ulong seed, Func<float[], int, int[]> fit,
        int sample = 400)
    {
        var n = rows.Length / width;
        var random = new RandomSource(seed).Stream("silhouette", n);
        var keys = Enumerable.Range(0, n).Select(_ => random.NextUInt64()).ToArray();
        int[] some = [.. Enumerable.Range(0, n).OrderBy(i => keys[i]).Take(sample).Order()];
        var part = new float[some.Length * width];
        for (var i = 0; i < some.Length; i++)
            rows.AsSpan(some[i] * width, width).CopyTo(part.AsSpan(i * width));
        var best = (Value: double.NegativeInfinity, Clusters: 1);
        for (var k = 2; k <= Math.Min(most, some.Length - 1); k++)
            if (Silhouette(part, width, fit(part, k)) is var value && value > best.Value)
                best = (value, k);
        return best.Clusters;
    }

    /// <summary>Normalised mutual information of two labellings, 0 (independent) to 1 (the same up to names): I(a, b) /
    /// ((H(a) + H(b)) / 2). NaN where one of them has a single label, for nothing can be shared then.</summary>
    public static double MutualInformation(int[] a, int[] b)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(a.Length, b.Length);
        Dictionary<int, double> pa = [], pb = [];
        Dictionary<(int, int), double> joint = [];
        for (var i = 0; i < a.Length; i++)
        {
            pa[a[i]] = pa.GetValueOrDefault(a[i]) + 1.0 / a.Length;
            pb[b[i]] = pb.GetValueOrDefault(b[i]) + 1.0 / a.Length;
            joint[(a[i], b[i])] = joint.GetValueOrDefault((a[i], b[i])) + 1.0 / a.Length;
        }
        static double Entropy(Dictionary<int, double> p) => -p.Values.Sum(v => v * Math.Log(v));
        if (pa.Count < 2 || pb.Count < 2)
            return double.NaN;
        var shared = joint.Sum(j => j.Value * Math.Log(j.Value / (pa[j.Key.Item1] * pb[j.Key.Item2])));
        return Math.Clamp(2 * shared / (Entropy(pa) + Entropy(pb)), 0, 1);
    }

    private static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b) =>
        System.Numerics.Tensors.TensorPrimitives.Distance(a, b);
}
