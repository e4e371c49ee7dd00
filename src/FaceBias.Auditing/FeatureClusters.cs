using System.Numerics.Tensors;
using FaceBias.Primitives.Clustering;

namespace FaceBias.Auditing;

/// <summary>Clusters of rows that look alike: k-means over the searched half's feature vectors, scaled to length 1,
/// without regard to errors; the other half's rows join the nearest centre.</summary>
internal sealed class FeatureClusters
{
    private const int RowsPerCluster = 120;
    private const int ExampleCount = 6;

    private readonly double[] _distance;
    private readonly PredictionTable _data;
    private readonly string _source;
    private readonly Lazy<(float[] Points, int Dimensions)> _reduced;
    private readonly int[] _rows;

    private FeatureClusters(PredictionTable data, AttributeData attribute, double[] distance, string source,
        Lazy<(float[], int)> reduced, int[] rows) =>
        (_data, Attribute, _distance, _source, _reduced, _rows) = (data, attribute, distance, source, reduced, rows);

    /// <summary>The cluster of every row.</summary>
    public AttributeData Attribute { get; }

    /// <summary>Clusters the rows, or returns null where too few have a vector.</summary>
    public static FeatureClusters? Of(PredictionTable data, AuditFeatures features, bool[] confirming,
        AuditOptions options)
    {
        var width = features.Width;
        // By id, so that the order of the table's rows does not matter.
        int[] rows = [.. Enumerable.Range(0, data.RowCount).Where(r => features.RowOf.ContainsKey(data.Id(r)))
            .OrderBy(r => data.Id(r), StringComparer.Ordinal)];
        int[] fitted = [.. rows.Where(r => !confirming[r])];
        var k = Math.Clamp(fitted.Length / RowsPerCluster, 0, 32);
        if (k < 2)
            return null;
        float[] Unit(int row)
        {
            var vector = features.Values.Slice(features.RowOf[data.Id(row)] * width, width).ToArray();
            var norm = TensorPrimitives.Norm(vector);
            if (!(norm > 0) || !float.IsFinite(norm))
                throw new FaceBiasException(
                    $"The features of '{data.Id(row)}' are zero or not finite; compute them again.");
            TensorPrimitives.Divide(vector, norm, vector);
            return vector;
        }
        var vectors = new float[rows.Length * width];
        for (var i = 0; i < rows.Length; i++)
            Unit(rows[i]).CopyTo(vectors, i * width);
        int[] searched = [.. Enumerable.Range(0, rows.Length).Where(i => !confirming[rows[i]])];
        var half = new float[searched.Length * width];
        for (var i = 0; i < searched.Length; i++)
            vectors.AsSpan(searched[i] * width, width).CopyTo(half.AsSpan(i * width));
        var clusters = KMeans.Fit(half, width, k, unchecked((ulong)options.Seed), 1);
        // Rows without a vector are a level of their own.
        var codes = new ushort[data.RowCount];
        var distance = new double[data.RowCount];
        Array.Fill(codes, (ushort)k);
        for (var i = 0; i < rows.Length; i++)
        {
            var (nearest, d) = clusters.Nearest(vectors.AsSpan(i * width, width));
            (codes[rows[i]], distance[rows[i]]) = ((ushort)nearest, d);
        }
        return new(data, new("look-alikes", features.Source, codes, Levels(k)), distance, features.Source,
            new(() => ErrorMixture.Reduce(vectors, width, unchecked((ulong)options.Seed))), rows);
    }

    /// <summary>The same rows sorted by a mixture that knows how wrong a target is on the searched half; null where
    /// there are too few rows.</summary>
    /// <param name="searched">The searched rows with a loss.</param>
    public FeatureClusters? ByErrors(int[] searched, double[] loss, AuditOptions options)
    {
        var place = _rows.Select((row, i) => (row, i)).ToDictionary(x => x.row, x => x.i);
        int[] known = [.. Enumerable.Range(0, searched.Length).Where(i => place.ContainsKey(searched[i]))];
        if (ErrorMixture.Fit(_reduced.Value.Points, _reduced.Value.Dimensions,
            [.. known.Select(i => place[searched[i]])], [.. known.Select(i => loss[i])], unchecked((ulong)options.Seed))
                is not { } mixture)
            return null;
        var codes = new ushort[_data.RowCount];
        var distance = new double[_data.RowCount];
        Array.Fill(codes, (ushort)mixture.Count);
        for (var i = 0; i < _rows.Length; i++)
            (codes[_rows[i]], distance[_rows[i]]) = ((ushort)mixture.Component[i], mixture.Distance[i]);
        return new(_data, new("look-alikes by error", _source, codes, Levels(mixture.Count)), distance, _source,
            _reduced, _rows);
    }

    private static string[] Levels(int count) =>
        [.. Enumerable.Range(1, count).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            PredictionTable.Missing];

    /// <summary>Of some rows of one cluster, those nearest to its centre.</summary>
    public string[] Examples(Func<int, bool> holds) => [.. Enumerable.Range(0, _data.RowCount).Where(holds)
        .OrderBy(r => _distance[r]).ThenBy(r => _data.Id(r), StringComparer.Ordinal).Take(ExampleCount)
        .Select(r => _data.Id(r))];

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
        return named.Length == 0
            ? $"by {_source}; no attribute stands out" : $"by {_source}; {string.Join(", ", named)}";
    }
}
