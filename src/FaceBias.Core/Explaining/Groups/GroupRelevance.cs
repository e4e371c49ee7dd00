using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Core.Explaining.Groups;

/// <summary>Whether a model looks at other parts of the face in one group than in another.</summary>
/// <param name="Reason">Why nothing could be compared; null where something was.</param>
internal sealed record GroupRelevance(string First, string Second, int FirstCount, int SecondCount,
    IReadOnlyList<RegionDifference> Regions, string? Reason = null)
{
    /// <summary>Fewer pictures of a group are not compared.</summary>
    public const int FewestPictures = 8;

    /// <summary>Compares two groups. The group labels are shuffled; p of each part is the share of shuffles in which
    /// the largest of all parts' standardised differences is at least its own (max-T of Westfall and Young 1993), so
    /// that looking at many parts costs its price.</summary>
    /// <param name="firstShares">For each picture of the first group the relevance of each part.</param>
    /// <param name="secondShares">The same of the second group.</param>
    public static GroupRelevance Compare(
        string first, string second, IReadOnlyList<string> names, IReadOnlyList<double[]> firstShares,
        IReadOnlyList<double[]> secondShares, int permutations, int seed)
    {
        int n = firstShares.Count, m = secondShares.Count;
        if (Math.Min(n, m) < FewestPictures)
            return new(first, second, n, m, [],
                FormattableString.Invariant($"a group has fewer than {FewestPictures} explained pictures"));
        double[][] rows = [.. firstShares, .. secondShares];
        var observed = names.Select((_, r) => Statistic(rows, n, r)).ToArray();
        var atLeast = new int[names.Count];
        var random = new RandomSource(seed).Stream("group relevance");
        for (var p = 0; p < permutations; p++)
        {
            random.Shuffle<double[]>(rows);
            double largest = 0;
            for (var r = 0; r < names.Count; r++)
                largest = Math.Max(largest, Statistic(rows, n, r));
            for (var r = 0; r < names.Count; r++)
                atLeast[r] += largest >= observed[r] - 1e-12 ? 1 : 0;
        }
        return new(first, second, n, m,
            [.. names.Select(
                (name, r) => new RegionDifference(name, firstShares.Average(s => s[r]), secondShares.Average(s => s[r]),
            (1.0 + atLeast[r]) / (1 + permutations)))]);
    }

    /// <summary>Welch's statistic of the difference of the means, without its sign.</summary>
    private static double Statistic(double[][] rows, int n, int region)
    {
        Moments a = Moments.Of([.. rows.Take(n).Select(r => r[region])]),
            b = Moments.Of([.. rows.Skip(n).Select(r => r[region])]);
        var error = Math.Sqrt(a.Variance / a.Count + b.Variance / b.Count);
        return error > 0 ? Math.Abs(a.Mean - b.Mean) / error : 0;
    }
}

/// <summary>A part of the face in two groups.</summary>
/// <param name="First">Its mean share of the relevance in the first group.</param>
/// <param name="AdjustedP">p, corrected for all parts.</param>
internal sealed record RegionDifference(string Name, double First, double Second, double AdjustedP);
