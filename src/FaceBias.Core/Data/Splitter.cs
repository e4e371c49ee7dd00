using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data;

/// <summary>How to split.</summary>
internal sealed record SplitOptions
{
    /// <summary>One seed, one split.</summary>
    public int Seed { get; init; } = 7;

    /// <summary>Share of training.</summary>
    public double Train { get; init; } = 0.70;

    /// <summary>Share of validation; the rest is the test.</summary>
    public double Validation { get; init; } = 0.15;

    /// <summary>Bands into which a numeric target is cut at its quantiles, unless <see cref="Edges"/> names
    /// it.</summary>
    public int Bands { get; init; } = 5;

    /// <summary>Inner edges of the bands of a numeric target, by its name: 18, 60 gives below 18, 18 to below 60, 60
    /// and over.</summary>
    public IReadOnlyDictionary<string, double[]> Edges { get; init; } = new Dictionary<string, double[]>();
}

/// <summary>Splits images into training, validation and test: stratified by all targets and groups at once, duplicates
/// never on two sides. A stratum of n gets its shares of n rounded down; what is left over goes by largest remainder
/// across all strata, so that the overall shares hold even where most strata are tiny. Who goes where depends on a hash
/// of seed and id alone, not on the order of rows or on threads.</summary>
internal static class Splitter
{
    private const int Parts = 3;

    /// <param name="ids">Unique names of the images.</param>
    /// <param name="included">Which take part; the others get <see cref="Split.None"/>.</param>
    /// <param name="clusters">Per image a number that duplicates share.</param>
    /// <param name="strata">Targets and groups whose shares are to be alike in every part; a missing value is a stratum
    /// of its own.</param>
    /// <param name="options">Seed, shares and bands.</param>
    public static Split[] Assign(
        IReadOnlyList<string> ids, IReadOnlyList<bool> included, IReadOnlyList<int> clusters,
        IReadOnlyList<Target> strata, SplitOptions? options = null) =>
        Assign(ids.Count, i => ids[i], included, clusters, strata, options);

    /// <summary>The same for ids that are made when they are asked for.</summary>
    internal static Split[] Assign(
        int count, Func<int, string> id, IReadOnlyList<bool> included, IReadOnlyList<int> clusters,
        IReadOnlyList<Target> strata, SplitOptions? options = null)
    {
        options ??= new();
        double[] shares = [options.Train, options.Validation, 1 - options.Train - options.Validation];
        if (shares.Any(s => s is < 0 or > 1 or double.NaN))
            throw new FaceBiasException(
                $"The shares {options.Train} and {options.Validation} of training and validation must be 0 to 1 and "
                    + "leave the rest for the test.");
        var (stratumOf, names) = Strata(count, included, strata, options);
        var units = new SplitUnits(count, id, included, clusters, options.Seed);
        var order = units.InOrder(unit => stratumOf[units.First(unit)]);
        // Bounds of the strata among the units in order.
        var bounds = new int[names.Length + 1];
        var sizes = new int[names.Length];
        foreach (var unit in order)
        {
            bounds[stratumOf[units.First(unit)] + 1]++;
            sizes[stratumOf[units.First(unit)]] += units.Rows(unit).Length;
        }
        for (var s = 0; s < sizes.Length; s++)
            bounds[s + 1] += bounds[s];
        // Strata that lack the same are served in an order of the seed's: by their names, the last groups' small strata
        // would never be trained on.
        var quotas = Quotas(sizes, shares, [.. names.Select(name => Hash(options.Seed, name))]);
        var splits = new Split[count];
        for (var s = 0; s < sizes.Length; s++)
        {
            foreach (var unit in order.AsSpan(bounds[s]..bounds[s + 1]))
            {
                var rows = units.Rows(unit);
                var part = Place(rows.Length, units.Hash(unit), quotas[s]);
                quotas[s][part] -= rows.Length;
                foreach (var row in rows)
                    splits[row] = Split.Train + part;
            }
        }
        return splits;
    }

    /// <summary>Splits the kept rows of a manifest and writes the result into it.</summary>
    public static void Assign(Manifest manifest, IReadOnlyList<Target> strata, SplitOptions? options = null) =>
        Assign(manifest, manifest.Kept, strata, options);

    /// <summary>The same for the rows of choice.</summary>
    internal static void Assign(Manifest manifest, IReadOnlyList<bool> included, IReadOnlyList<Target> strata,
        SplitOptions? options) =>
        Assign(manifest.Count, i => manifest.Files[i].Id, included, manifest.Cluster, strata, options)
            .CopyTo(manifest.Splits, 0);

    /// <summary>A part at random, as likely as it has room left, among those that the unit fits in; the roomiest if it
    /// fits in none.</summary>
    private static int Place(int size, ulong hash, int[] room)
    {
        var total = room.Where(r => r >= size).Sum();
        if (total == 0)
            return Array.IndexOf(room, room.Max());
        var at = (long)(hash % (ulong)total);
        for (var part = 0; ; part++)
        {
            if (room[part] >= size && (at -= room[part]) < 0)
                return part;
        }
    }

    /// <summary>Rows per stratum and part that sum to the strata and, as far as rounding allows, to the overall
    /// shares.</summary>
    /// <param name="sizes">Rows per stratum.</param>
    /// <param name="shares">Share of each part.</param>
    /// <param name="ties">Per stratum a number that decides between strata of equal size and need.</param>
    internal static int[][] Quotas(int[] sizes, double[] shares, ulong[] ties)
    {
        // Guards floors against 0.15 * 20 = 2.9999999999999996.
        const double Epsilon = 1e-9;
        var quotas = sizes.Select(n => shares.Select(s => (int)Math.Floor(n * s + Epsilon)).ToArray()).ToArray();
        var left = sizes.Select((n, s) => n - quotas[s].Sum()).ToArray();
        var wanted = LargestRemainder(sizes.Sum(), shares);
        var lacking = wanted.Select((w, p) => w - quotas.Sum(q => q[p])).ToArray();
        var order = from s in Enumerable.Range(0, sizes.Length)
                    from p in Enumerable.Range(0, Parts)
                    orderby Math.Round(sizes[s] * shares[p] - quotas[s][p], 9) descending, sizes[s] descending, ties[s],
                        s, p
                    select (s, p);
        foreach (var (s, p) in order.ToArray())
        {
            if (left[s] > 0 && lacking[p] > 0)
                (quotas[s][p], left[s], lacking[p]) = (quotas[s][p] + 1, left[s] - 1, lacking[p] - 1);
        }
        for (var s = 0; s < sizes.Length; s++)
        {
            for (; left[s] > 0; left[s]--)
            {
                var p = Array.FindIndex(lacking, l => l > 0);
                (quotas[s][p], lacking[p]) = (quotas[s][p] + 1, lacking[p] - 1);
            }
        }
        return quotas;
    }

    private static int[] LargestRemainder(int total, double[] shares)
    {
        var counts = shares.Select(s => (int)Math.Floor(total * s + 1e-9)).ToArray();
        foreach (var p in Enumerable.Range(0, Parts).OrderByDescending(
            p => Math.Round(total * shares[p] - counts[p], 9)).Take(total - counts.Sum()).ToArray())
            counts[p]++;
        return counts;
    }

    /// <summary>The stratum of each row, and the strata's names, in ordinal order. A name is the bands of all
    /// targets.</summary>
    private static (int[] Of, string[] Names) Strata(int count, IReadOnlyList<bool> included,
        IReadOnlyList<Target> strata, SplitOptions options)
    {
        var of = new int[count];
        List<string> names = [""];
        foreach (var target in strata)
        {
            var edges = target.Kind == TargetKind.Categorical ? []
                : options.Edges.GetValueOrDefault(target.Name)
                    ?? Quantiles([.. target.Values.Where((v, i) => included[i] && !double.IsNaN(v)).Order()],
                        options.Bands);
            var wider = names;
            names = [];
            var joined = new Dictionary<(int Wider, int Band), int>();
            for (var i = 0; i < count; i++)
            {
                var band = target.Kind == TargetKind.Categorical ? target.Codes[i]
                    : double.IsNaN(target.Values[i]) ? -1 : edges.Count(e => target.Values[i] >= e);
                if (!joined.TryGetValue((of[i], band), out var stratum))
                {
                    joined.Add((of[i], band), stratum = names.Count);
                    names.Add(string.Create(CultureInfo.InvariantCulture, $"{wider[of[i]]}{band + 1:D6}|"));
                }
                of[i] = stratum;
            }
        }
        int[] order = [.. Enumerable.Range(0, names.Count).OrderBy(s => names[s], StringComparer.Ordinal)];
        var rank = new int[order.Length];
        for (var r = 0; r < order.Length; r++)
            rank[order[r]] = r;
        return (Array.ConvertAll(of, s => rank[s]), [.. order.Select(s => names[s])]);
    }

    internal static ulong Hash(int seed, string name) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\0{name}")));

    private static double[] Quantiles(double[] sorted, int bands) => sorted.Length == 0 ? []
        : [.. Enumerable.Range(1, bands - 1).Select(b => sorted[(int)((long)sorted.Length * b / bands)]).Distinct()];
}
