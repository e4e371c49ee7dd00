using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Uncertainty.Conformal;

/// <summary>Sets and intervals of many rows as columns of a predictions table: <c>T_set</c>, or <c>T_low</c> and
/// <c>T_high</c>, with <c>T_level</c>, the nominal coverage, and <c>T_calibration</c>, the calibration rows behind each
/// cutoff.</summary>
internal static class PredictionSets
{
    /// <summary>The suffixes of the columns.</summary>
    public const string Set = "_set", Low = "_low", High = "_high", Level = "_level", Calibration = "_calibration";

    /// <summary>What stands for a set without a class.</summary>
    public const string Empty = "{}";

    /// <param name="probabilities">Probabilities, row-major [rows, classes]; NaN where missing.</param>
    /// <param name="groups">Columns of the rows, among them the groups where they are known.</param>
    /// <param name="notices">Takes a sentence where groups are unknown.</param>
    public static IReadOnlyList<Column> Classes(
        ConformalTarget target, CategoricalOutput output, ReadOnlySpan<float> probabilities,
        IReadOnlyList<Column> groups, ICollection<string> notices)
    {
        var k = output.Classes.Count;
        var rows = probabilities.Length / k;
        var levels = Levels(target, groups, rows, notices);
        var (sets, separator) = (new string?[rows], Separator(output.Classes));
        Span<bool> set = new bool[k];
        // Few different sets occur; each is written once.
        var written = new Dictionary<string, string>(StringComparer.Ordinal);
        Span<char> key = new char[k];
        for (var row = 0; row < rows; row++)
        {
            var p = probabilities.Slice(row * k, k);
            if (float.IsNaN(p[0]))
                continue;
            target.Set(p, levels.AsSpan(row * target.Table.Groups.Count, target.Table.Groups.Count), set);
            for (var c = 0; c < k; c++)
                key[c] = set[c] ? '1' : '0';
            var lookup = written.GetAlternateLookup<ReadOnlySpan<char>>();
            if (!lookup.TryGetValue(key, out sets[row]))
                lookup[key] = sets[row] = Text(output.Classes, set, separator);
        }
        return [new TextColumn(output.Name + Set, sets), .. Facts(target, levels, rows)];
    }

    /// <param name="basis">What was predicted for each row; NaN where missing.</param>
    /// <param name="groups">Columns of the rows, among them the groups where they are known.</param>
    /// <param name="notices">Takes a sentence where groups are unknown.</param>
    public static IReadOnlyList<Column> Numbers(
        ConformalTarget target, NumericOutput output, IReadOnlyList<IntervalBasis> basis, IReadOnlyList<Column> groups,
        ICollection<string> notices)
    {
        var levels = Levels(target, groups, basis.Count, notices);
        var (low, high) = (new double[basis.Count], new double[basis.Count]);
        for (var row = 0; row < basis.Count; row++)
        {
            (low[row], high[row]) = target.Interval(target.Scaled(basis[row]),
                levels.AsSpan(row * target.Table.Groups.Count, target.Table.Groups.Count));
        }
        return [new NumberColumn(output.Name + Low, low), new NumberColumn(output.Name + High, high),
            .. Facts(target, levels, basis.Count)];
    }

    /// <summary>The level of every row in every group of the table, [row, group]; that of the target itself is
    /// unknown.</summary>
    private static int[] Levels(ConformalTarget target, IReadOnlyList<Column> columns, int rows,
        ICollection<string> notices)
    {
        var groups = target.Table.Groups;
        var levels = new int[rows * groups.Count];
        for (var g = 0; g < groups.Count; g++)
        {
            var (group, at) = (groups[g], g);
            void Fill(Func<int, int> level)
            {
                for (var row = 0; row < rows; row++)
                    levels[(row * groups.Count) + at] = level(row);
            }
            if (group.Name == target.Name)
            {
                Fill(_ => group.Unknown);
                continue;
            }
            // A table of predictions calls the truth of a target T_true.
            var column = columns.FirstOrDefault(c => c.Name == group.Name + "_true")
                ?? columns.FirstOrDefault(c => c.Name == group.Name);
            if (column is null)
            {
                Fill(_ => group.Unknown);
                notices.Add($"'{target.Name}': the {group.Name} of the pictures is not known (there is no column "
                    + $"'{group.Name}'), so their sets are cut at the safest cutoff of all its groups.");
                continue;
            }
            if (column is NumberColumn numbers)
            {
                Fill(row => group.Find(numbers.Values[row]));
            }
            else
            {
                var text = (TextColumn)column;
                int[] places = [
                    .. text.Levels.Select(
                        l => group.Edges is not null && CellText.Number(l) is { } v ? group.Find(v) : group.Find(l))];
                Fill(row => text.Codes[row] < 0 ? group.Unknown : places[text.Codes[row]]);
            }
            var unknown = Enumerable.Range(0, rows).Count(row => levels[(row * groups.Count) + at] == group.Unknown);
            if (unknown > 0)
                notices.Add(string.Create(CultureInfo.InvariantCulture,
                    $"'{target.Name}': {unknown:N0} of {rows:N0} rows have no {group.Name}, or one that calibration "
                        + $"did not see; their sets are cut at the safest cutoff of all its groups."));
        }
        return levels;
    }

    private static IEnumerable<Column> Facts(ConformalTarget target, int[] levels, int rows)
    {
        var width = target.Table.Groups.Count;
        var level = new double[rows];
        Array.Fill(level, target.Options.Level);
        yield return new NumberColumn(target.Name + Level, level);
        // The coverage of overlapping groups does not rest on one number of rows.
        if (target.Options.Method is ConformalMethod.Split or ConformalMethod.Mondrian && target.OwnGroup < 0)
            yield return new NumberColumn(target.Name + Calibration,
                [.. Enumerable.Range(0, rows).Select(
                    r => (double)target.Table.RowsOf(levels.AsSpan(r * width, width)))]);
    }

    /// <summary>What stands between the classes of a set: a character that no class holds.</summary>
    internal static char Separator(IReadOnlyList<string> classes) =>
        "|;,\t\u241f".FirstOrDefault(s => !classes.Any(c => c.Contains(s, StringComparison.Ordinal)), '\u241f');

    private static string Text(IReadOnlyList<string> classes, ReadOnlySpan<bool> set, char separator)
    {
        var members = new List<string>();
        for (var c = 0; c < set.Length; c++)
            if (set[c])
                members.Add(classes[c]);
        return members.Count == 0 ? Empty : string.Join(separator, members);
    }
}
