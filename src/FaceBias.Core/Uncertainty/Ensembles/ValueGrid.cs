using FaceBias.Core.Heads.Model;

namespace FaceBias.Core.Uncertainty.Ensembles;

/// <summary>One grid of values for distributions of a number that have grids of their own, as models of different
/// training images have.</summary>
internal static class ValueGrid
{
    /// <summary>A range many times as wide as the finest step gets a coarser one.</summary>
    private const int MostBins = 512;

    /// <summary>The grid that covers all, in the finest step of them, and how the mass of each comes onto it: a bin is
    /// a rectangle of one step around its value, and gives each new bin the share that lies within. Grids of whole
    /// numbers are only made longer.</summary>
    /// <returns>The grid and, for each, a matrix [its bins, bins]; null where it is that grid.</returns>
    public static (NumericOutput Grid, float[]?[] Maps) Common(IReadOnlyList<NumericOutput> each)
    {
        if (each.All(n => SameGrid(n, each[0])))
            return (each[0], new float[]?[each.Count]);
        double low = each.Min(n => Low(n, 0)), high = each.Max(n => Low(n, n.Bins)),
            step = Math.Max(each.Min(n => n.Step), (high - low) / MostBins);
        // Half a thousandth of a bin is rounding.
        var bins = Math.Max(2, (int)Math.Ceiling(((high - low) / step) - 5e-4));
        var grid = each[0] with { Minimum = low + (step / 2), Maximum = low + ((bins - 0.5) * step), Bins = bins };
        return (grid, [.. each.Select(n => SameGrid(n, grid) ? null : Map(n, grid))]);
    }

    private static bool SameGrid(NumericOutput a, NumericOutput b) =>
        (a.Minimum, a.Maximum, a.Bins) == (b.Minimum, b.Maximum, b.Bins);

    private static double Low(NumericOutput n, int bin) => n.Value(bin) - (n.Step / 2);

    private static float[] Map(NumericOutput from, NumericOutput to)
    {
        var map = new float[from.Bins * to.Bins];
        for (var i = 0; i < from.Bins; i++)
            for (var j = 0; j < to.Bins; j++)
                map[(i * to.Bins) + j] = (float)(Math.Max(0,
                    Math.Min(Low(from, i + 1), Low(to, j + 1)) - Math.Max(Low(from, i), Low(to, j))) / from.Step);
        return map;
    }
}
