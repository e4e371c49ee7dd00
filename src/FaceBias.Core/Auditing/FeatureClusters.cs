using System.Numerics.Tensors;

namespace FaceBias.Core.Auditing;

/// <summary>
/// Clusters of rows that look alike: spherical k-means (Dhillon and Modha 2001) over the searched half's feature vectors,
/// without regard to errors; the other half's rows join the nearest centre.
/// </summary>
internal sealed class FeatureClusters
{
    private const int RowsPerCluster = 120;
    private const int Iterations = 25;
    private const int ExampleCount = 6;

    private readonly double[] _closeness;
    private readonly PredictionTable _data;
    private readonly string _source;

    private FeatureClusters(PredictionTable data, AttributeData attribute, double[] closeness, string source) =>
        (_data, Attribute, _closeness, _source) = (data, attribute, closeness, source);

    /// <summary>The cluster of every row.</summary>
    public AttributeData Attribute { get; }

    /// <summary>Clusters the rows, or returns null where too few have a vector.</summary>
    public static FeatureClusters? Of(PredictionTable data, AuditFeatures features, bool[] confirming, AuditOptions options)
    {
        var width = features.Width;
        // By id, so that the order of the table's rows does not matter.
        int[] rows = [.. Enumerable.Range(0, data.RowCount).Where(r => features.RowOf.ContainsKey(data.Ids[r])).OrderBy(r => data.Ids[r], StringComparer.Ordinal)];
        int[] fitted = [.. rows.Where(r => !confirming[r])];
        var k = Math.Clamp(fitted.Length / RowsPerCluster, 0, 32);
        if (k < 2)
            return null;
        var vectors = new float[data.RowCount][];
        foreach (var row in rows)
        {
            var vector = features.Values.Slice(features.RowOf[data.Ids[row]] * width, width).ToArray();
            var norm = TensorPrimitives.Norm(vector);
            if (!(norm > 0) || !float.IsFinite(norm))
                throw new FaceBiasException($"The features of '{data.Ids[row]}' are zero or not finite; compute them again.");
            TensorPrimitives.Divide(vector, norm, vector);
            vectors[row] = vector;
        }
        var centres = Fit(vectors, fitted, k, options);
        // Rows without a vector are a level of their own.
        var codes = new int[data.RowCount];
        var closeness = new double[data.RowCount];
        Array.Fill(codes, k);
        Parallel.ForEach(rows, row => (codes[row], closeness[row]) = Nearest(centres, vectors[row]));
        string[] levels = [.. Enumerable.Range(1, k).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)), PredictionTable.Missing];
        return new(data, new("look-alikes", features.Source, codes, levels), closeness, features.Source);
    }

    /// <summary>The rows nearest to a cluster's centre.</summary>
    public string[] Examples(int cluster) => [.. Enumerable.Range(0, _data.RowCount).Where(r => Attribute.Codes[r] == cluster)
        .OrderByDescending(r => _closeness[r]).ThenBy(r => _data.Ids[r], StringComparer.Ordinal).Take(ExampleCount).Select(r => _data.Ids[r])];

    /// <summary>Which levels of the attributes a cluster has more of than all rows do.</summary>
    public string Describe(int cluster, IReadOnlyList<AttributeData> attributes)
    {
        int[] rows = [.. Enumerable.Range(0, _data.RowCount).Where(r => Attribute.Codes[r] == cluster)];
        var most = from attribute in attributes
                   from level in Enumerable.Range(0, attribute.Levels.Length)
                   let inside = (double)rows.Count(r => attribute.Codes[r] == level) / rows.Length
                   let all = (double)attribute.Codes.Count(c => c == level) / _data.RowCount
                   where inside >= 0.3 && inside >= 1.5 * all
                   orderby inside / all descending
                   select FormattableString.Invariant($"{100 * inside:0}% {attribute.Name} {attribute.Levels[level]}");
        string[] named = [.. most.Take(3)];
        return named.Length == 0 ? $"by {_source}; no attribute stands out" : $"by {_source}; {string.Join(", ", named)}";
    }

    private static float[][] Fit(float[][] vectors, int[] rows, int k, AuditOptions options)
    {
        var random = new SeededRandom(options.Seed, SeededRandom.Stream("clusters", k));
        var centres = Start(vectors, rows, k, ref random);
        var nearest = new int[rows.Length];
        for (var step = 0; step < Iterations; step++)
        {
            var moved = 0;
            Parallel.For(0, rows.Length, i =>
            {
                var cluster = Nearest(centres, vectors[rows[i]]).Cluster;
                if (cluster != nearest[i])
                    Interlocked.Increment(ref moved);
                nearest[i] = cluster;
            });
            if (step > 0 && moved == 0)
                break;
            var sums = centres.Select(c => new float[c.Length]).ToArray();
            for (var i = 0; i < rows.Length; i++)
                TensorPrimitives.Add(sums[nearest[i]], vectors[rows[i]], sums[nearest[i]]);
            for (var c = 0; c < k; c++)
            {
                var norm = TensorPrimitives.Norm(sums[c]);
                if (norm > 0)
                    TensorPrimitives.Divide(sums[c], norm, centres[c]);
            }
        }
        return centres;
    }

    /// <summary>k-means++ (Arthur and Vassilvitskii 2007): the next centre is a row, drawn by its squared distance to the
    /// nearest one so far.</summary>
    private static float[][] Start(float[][] vectors, int[] rows, int k, ref SeededRandom random)
    {
        var centres = new float[k][];
        var distance = new double[rows.Length];
        Array.Fill(distance, 1);
        for (var c = 0; c < k; c++)
        {
            var at = random.NextDouble() * distance.Sum();
            var pick = 0;
            while (pick < rows.Length - 1 && (at -= distance[pick]) > 0)
                pick++;
            centres[c] = (float[])vectors[rows[pick]].Clone();
            for (var i = 0; i < rows.Length; i++)
            {
                var own = Math.Max(0, 2 - (2 * TensorPrimitives.Dot(centres[c], vectors[rows[i]])));
                distance[i] = c == 0 ? own : Math.Min(distance[i], own);
            }
        }
        return centres;
    }

    private static (int Cluster, double Closeness) Nearest(float[][] centres, float[] vector)
    {
        var (best, most) = (0, float.NegativeInfinity);
        for (var c = 0; c < centres.Length; c++)
        {
            var dot = TensorPrimitives.Dot(centres[c], vector);
            (best, most) = dot > most ? (c, dot) : (best, most);
        }
        return (best, most);
    }
}
