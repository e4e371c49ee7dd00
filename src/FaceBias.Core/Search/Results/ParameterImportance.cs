using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Search.Results;

/// <summary>How much a parameter mattered within the trials of a sweep: by how much a random forest (Breiman 2001) that
/// predicts the loss from the configuration gets worse, on the trials that a tree did not see, when the parameter's
/// values are shuffled.</summary>
internal static class ParameterImportance
{
    /// <summary>Fewer trials than this say nothing.</summary>
    public const int MinimumTrials = 12;

    private const int Trees = 200;

    /// <summary>Shares of the sum, largest first; empty with too few trials or where the forest explains
    /// nothing.</summary>
    public static IReadOnlyList<(string Name, double Share)> Of(IReadOnlyList<Trial> trials, ulong seed)
    {
        Trial[] measured = [.. trials.Where(t => t.Result is not null && double.IsFinite(t.Loss))];
        if (measured.Length < MinimumTrials)
            return [];
        var space = measured[0].Configuration.Space;
        // A parameter without meaning stands in the middle: a value of its own would tell the choice that it depends
        // on, and take that choice's importance for itself.
        double[][] x = [
            .. measured.Select(t => t.Configuration.Positions().Select(p => double.IsNaN(p) ? 0.5 : p).ToArray())];
        double[] y = [.. measured.Select(t => t.Loss)];
        var random = new RandomSource(seed).Stream("importance", measured.Length);
        var worse = new double[space.Count];
        for (var t = 0; t < Trees; t++)
        {
            var bag = new int[y.Length];
            var inside = new bool[y.Length];
            for (var i = 0; i < bag.Length; i++)
                inside[bag[i] = random.NextInt(y.Length)] = true;
            int[] outside = [.. Enumerable.Range(0, y.Length).Where(i => !inside[i])];
            var tree = RegressionTree.Grow(x, y, bag, ref random);
            for (var p = 0; p < worse.Length; p++)
            {
                if (space.Parameters[p] is ChoiceParameter { Choices.Count: 1 })
                    continue;
                int[] moved = [.. outside.Where(i => !double.IsNaN(measured[i].Configuration.Values[p]))];
                int[] shuffled = [.. moved];
                random.Shuffle(shuffled.AsSpan());
                for (var i = 0; i < moved.Length; i++)
                {
                    var row = (double[])x[moved[i]].Clone();
                    row[p] = x[shuffled[i]][p];
                    worse[p] += Square(tree.Predict(row) - y[moved[i]])
                        - Square(tree.Predict(x[moved[i]]) - y[moved[i]]);
                }
            }
        }
        var total = worse.Sum(w => Math.Max(0, w));
        return total <= 0 ? [] : [.. worse.Select((w, p) => (space.Parameters[p].Name, Share: Math.Max(0, w) / total))
            .Where(s => s.Share > 0).OrderByDescending(s => s.Share)];
    }

    private static double Square(double value) => value * value;
}
