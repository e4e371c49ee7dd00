using FaceBias.Primitives.Statistics;

namespace FaceBias.Core.Uncertainty.Conformal;

/// <summary>The cutoffs of overlapping groups: one small linear programme (<see cref="PinballProgram"/>) per membership
/// pattern.</summary>
internal static class Overlapping
{
    /// <summary>Patterns that calibration never saw get a cutoff too, from those of their groups, up to this many
    /// patterns.</summary>
    private const int MostUnseen = 2000;
    private const int MostNamed = 10;

    /// <param name="codes">The level of each row [attribute][row].</param>
    /// <param name="name">The target, for sentences.</param>
    /// <param name="notices">Takes the groups that are too small.</param>
    public static CutoffTable Table(
        ConformalGroup[] groups, int[][] codes, int[] used, double[] scores, ConformalOptions options, string name,
        List<string> notices)
    {
        var crossings = Crossings(groups.Length, options.Crossing);
        var columns = new Dictionary<(int Crossing, int Level), int>();
        var empty = new CutoffTable(groups, [], []);
        var seen = used.GroupBy(r => empty.Pattern([.. codes.Select(c => c[r])])).OrderBy(p => p.Key)
            .Select(p => (Pattern: p.Key, Levels: codes.Select(c => c[p.First()]).ToArray(),
                Scores: p.Select(r => scores[r]).Order().ToArray())).ToArray();
        // A group that calibration never saw is in no programme: its rows cannot be guaranteed anything.
        foreach (var (_, levels, _) in seen)
        {
            for (var c = 0; c < crossings.Length; c++)
                columns.TryAdd((c, Cell(groups, crossings[c], levels)), columns.Count);
        }
        double[]? Indicators(int[] levels)
        {
            var indicators = new double[columns.Count];
            for (var c = 0; c < crossings.Length; c++)
            {
                if (!columns.TryGetValue((c, Cell(groups, crossings[c], levels)), out var column))
                    return null;
                indicators[column] = 1;
            }
            return indicators;
        }
        var program = new PinballProgram([.. seen.Select(p => Indicators(p.Levels)!)], [.. seen.Select(p => p.Scores)],
            options.Level);
        var known = seen.ToDictionary(p => p.Pattern, p => (p.Scores.Length, program.Cutoff(Indicators(p.Levels)!)));
        foreach (var levels in All(groups))
        {
            if (!known.ContainsKey(empty.Pattern(levels)) && Indicators(levels) is { } indicators
                && program.Cutoff(indicators) is var cutoff && double.IsFinite(cutoff))
                known[empty.Pattern(levels)] = (0, cutoff);
        }
        Say(groups, crossings, codes, used, options.Level, name, notices);
        return CutoffTable.Of(groups, known);
    }

    /// <summary>The sets of attributes whose crossed levels are groups: all rows, single attributes, pairs and so
    /// on.</summary>
    private static int[][] Crossings(int attributes, int depth) =>
        [.. Enumerable.Range(0, 1 << attributes).Where(m => int.PopCount(m) <= depth).OrderBy(int.PopCount)
            .Select(m => Enumerable.Range(0, attributes).Where(a => (m >> a & 1) == 1).ToArray())];

    private static int Cell(ConformalGroup[] groups, int[] crossing, int[] levels) =>
        crossing.Aggregate(0, (cell, a) => (cell * groups[a].Levels.Count) + levels[a]);

    /// <summary>Every combination of known levels, where they are not too many.</summary>
    private static IEnumerable<int[]> All(ConformalGroup[] groups)
    {
        var count = groups.Aggregate(1L, (n, g) => n * g.Levels.Count);
        for (var i = 0; i < count && count <= MostUnseen; i++)
        {
            var (levels, rest) = (new int[groups.Length], i);
            for (var g = groups.Length - 1; g >= 0; g--)
                (rest, levels[g]) = Math.DivRem(rest, groups[g].Levels.Count);
            yield return levels;
        }
    }

    private static void Say(ConformalGroup[] groups, int[][] crossings, int[][] codes, int[] used, double level,
        string name, List<string> notices)
    {
        var fewest = ConformalQuantile.FewestRows(level);
        var small = new List<string>();
        foreach (var crossing in crossings)
        {
            var cells = used.GroupBy(r => Cell(groups, crossing, [.. codes.Select(c => c[r])]))
                .Where(c => c.Count() < fewest).OrderBy(c => c.Key);
            small.AddRange(cells.Select(c => ConformalCalibration.TooFew(
                $"'{name}', {(crossing.Length == 0 ? "all rows" : string.Join(", ", crossing.Select(a => groups[a].Levels[codes[a][c.First()]])))}", c.Count(), level)));
        }
        notices.AddRange(small.Take(MostNamed));
        if (small.Count > MostNamed)
            notices.Add(string.Create(CultureInfo.InvariantCulture,
                $"'{name}': {small.Count - MostNamed:N0} further groups are too small as well, and every value is in "
                    + $"their sets."));
    }
}
