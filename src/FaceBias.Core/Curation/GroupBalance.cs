using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Curation;

/// <summary>A combination of two labels that has fewer images than the labels by themselves would make one
/// expect.</summary>
/// <param name="Cell">The combination: <c>race Black, age 0 to 9</c>.</param>
/// <param name="Expected">What it would have if the two labels had nothing to do with each other.</param>
internal sealed record SparseCell(string Cell, int Count, double Expected);

/// <summary>A value of a number that far more images have than the values around it.</summary>
/// <param name="Label">The number's name.</param>
/// <param name="Around">Median count of the five values to either side.</param>
internal sealed record ValueSpike(string Label, int Value, int Count, double Around);

/// <summary>Who is missing from a data set, and which values are suspiciously frequent.</summary>
internal static class GroupBalance
{
    private const int MostBands = 12, Reach = 5, FewestOfSpike = 30, FewestExpected = 30;
    private const double SpikeRatio = 2.5, SparseShare = 0.5;

    /// <summary>A label as groups: classes, or bands of a round width.</summary>
    /// <returns>Names of the groups and the group of each row, -1 where the label is missing.</returns>
    public static (IReadOnlyList<string> Names, int[] Group) Groups(Target target, IReadOnlyList<int> rows)
    {
        if (target.Kind == TargetKind.Categorical)
            return (target.Classes, [.. rows.Select(r => target.Codes[r])]);
        var known = rows.Select(r => target.Values[r]).Where(v => !double.IsNaN(v)).ToArray();
        if (known.Length == 0)
            return ([], [.. rows.Select(_ => -1)]);
        var (low, high) = (known.Min(), known.Max());
        var step = Step(high - low);
        var first = Math.Floor(low / step);
        var count = (int)(Math.Floor(high / step) - first) + 1;
        string Name(int band) =>
            string.Create(CultureInfo.InvariantCulture,
                $"{(first + band) * step:0.##} to below {(first + band + 1) * step:0.##}");
        return ([.. Enumerable.Range(0, count).Select(Name)],
            [.. rows.Select(
                r => double.IsNaN(target.Values[r]) ? -1 : (int)(Math.Floor(target.Values[r] / step) - first))]);
    }

    /// <summary>Pairs of groups that are less than half as frequent as independence would have them, the largest gap
    /// first.</summary>
    public static IReadOnlyList<SparseCell> Sparse(IReadOnlyList<Target> targets, IReadOnlyList<int> rows)
    {
        var cells = new List<SparseCell>();
        for (var a = 0; a < targets.Count; a++)
        {
            for (var b = a + 1; b < targets.Count; b++)
            {
                var (one, other) = (Groups(targets[a], rows), Groups(targets[b], rows));
                var both = Enumerable.Range(0, rows.Count).Where(i => one.Group[i] >= 0 && other.Group[i] >= 0)
                    .ToArray();
                var counts = both.CountBy(i => (one.Group[i], other.Group[i])).ToDictionary();
                var (left, right) = (both.CountBy(i => one.Group[i]).ToDictionary(),
                    both.CountBy(i => other.Group[i]).ToDictionary());
                foreach (var (x, y) in left.Keys.SelectMany(_ => right.Keys, (x, y) => (x, y)))
                {
                    var expected = (double)left[x] * right[y] / both.Length;
                    var count = counts.GetValueOrDefault((x, y));
                    if (expected >= FewestExpected && count < SparseShare * expected)
                        cells.Add(new($"{targets[a].Name} {one.Names[x]}, {targets[b].Name} {other.Names[y]}", count,
                            expected));
                }
            }
        }
        return [.. cells.OrderByDescending(c => c.Expected - c.Count).ThenBy(c => c.Cell, StringComparer.Ordinal)];
    }

    /// <summary>Whole values that are far more frequent than those around them, the most frequent first.</summary>
    public static IReadOnlyList<ValueSpike> Spikes(Target target, IReadOnlyList<int> rows)
    {
        if (target.Kind != TargetKind.Numeric)
            return [];
        var counts = rows.Select(r => target.Values[r]).Where(v => v == Math.Floor(v) && Math.Abs(v) < 1e6)
            .CountBy(v => (int)v).ToDictionary();
        var spikes = new List<ValueSpike>();
        foreach (var (value, count) in counts)
        {
            var around = Core.Linear.Robust.Median(
                [.. Enumerable.Range(1, Reach).SelectMany(d => new[] { value - d, value + d })
                    .Select(v => (double)counts.GetValueOrDefault(v))]);
            if (count >= FewestOfSpike && count > SpikeRatio * around)
                spikes.Add(new(target.Name, value, count, around));
        }
        return [.. spikes.OrderByDescending(s => s.Count).ThenBy(s => s.Value)];
    }

    /// <summary>The smallest of 1, 2, 5, 10, 20, ... that cuts a range into few bands.</summary>
    private static double Step(double range)
    {
        for (var power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(range, 1e-6))) - 1); ; power *= 10)
        {
            foreach (var step in new[] { power, 2 * power, 5 * power })
            {
                if (range / step < MostBands)
                    return step;
            }
        }
    }
}
