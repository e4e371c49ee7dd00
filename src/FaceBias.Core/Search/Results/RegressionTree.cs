using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Search.Results;

/// <summary>A tree that predicts a number by cuts of single features (Breiman et al. 1984), each the best of a random
/// third.</summary>
internal sealed class RegressionTree
{
    private const int SmallestLeaf = 3;

    private readonly double _mean;
    private readonly int _feature;
    private readonly double _cut;
    private readonly RegressionTree? _low, _high;

    private RegressionTree(double mean, int feature = -1, double cut = 0, RegressionTree? low = null,
        RegressionTree? high = null) =>
        (_mean, _feature, _cut, _low, _high) = (mean, feature, cut, low, high);

    /// <param name="x">Features per row.</param>
    /// <param name="rows">The rows to grow from, repetitions allowed.</param>
    /// <param name="random">Chooses the features of a cut.</param>
    public static RegressionTree Grow(double[][] x, double[] y, int[] rows, ref SeededRandom random)
    {
        var mean = rows.Average(r => y[r]);
        var (best, feature, cut) = (1e-12, -1, 0.0);
        if (rows.Length >= 2 * SmallestLeaf)
            for (var tries = Math.Max(1, (x[0].Length + 2) / 3); tries > 0; tries--)
            {
                var f = random.NextInt(x[0].Length);
                var (gain, at) = Split(x, y, rows, f);
                if (gain > best)
                    (best, feature, cut) = (gain, f, at);
            }
        return feature < 0 ? new(mean) : new(
            mean, feature, cut, Grow(x, y, [.. rows.Where(r => x[r][feature] <= cut)], ref random),
            Grow(x, y, [.. rows.Where(r => x[r][feature] > cut)], ref random));
    }

    /// <summary>The mean of the leaf that a row falls into.</summary>
    public double Predict(double[] row) => _feature < 0 ? _mean : (row[_feature] <= _cut ? _low! : _high!).Predict(row);

    /// <summary>The cut of a feature that leaves least variance, and by how much the squares shrink.</summary>
    private static (double Gain, double Cut) Split(double[][] x, double[] y, int[] rows, int feature)
    {
        int[] order = [.. rows.OrderBy(r => x[r][feature])];
        double total = order.Sum(r => y[r]), low = 0, best = 0, cut = 0;
        for (var i = 0; i < order.Length - 1; i++)
        {
            low += y[order[i]];
            double a = x[order[i]][feature], b = x[order[i + 1]][feature];
            int n = i + 1, m = order.Length - n;
            if (a == b || n < SmallestLeaf || m < SmallestLeaf)
                continue;
            var gain = low * low / n + (total - low) * (total - low) / m - total * total / order.Length;
            if (gain > best)
                (best, cut) = (gain, (a + b) / 2);
        }
        return (best, cut);
    }
}
