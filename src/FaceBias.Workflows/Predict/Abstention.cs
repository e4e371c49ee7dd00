namespace FaceBias.Workflows.Predict;

/// <summary>Takes back the answers that a model is least sure of: a share of all rows, or of each group's. Rows of
/// equal certainty are answered or abstained on together, at most the share.</summary>
internal static class Abstention
{
    /// <summary>The suffix of the column that says for which rows no answer is given.</summary>
    public const string Suffix = "_abstained";

    private const string Uncertainty = "_uncertainty_";

    /// <summary>Changes a table of predictions.</summary>
    /// <param name="table">Its columns; the answers are emptied where the model abstains, and the column T_abstained is
    /// added.</param>
    /// <param name="share">The share of rows without an answer.</param>
    /// <param name="groups">The column of the groups that are to have the share each; null for all rows
    /// together.</param>
    public static void Apply(List<Column> table, IReadOnlyList<string> targets, double share, Column? groups,
        List<string> lines)
    {
        foreach (var target in targets)
        {
            if (Measure(table, target) is not { } measure)
            {
                lines.Add(($"Nothing in the model says how sure it is of '{target}', so it abstains on none; train it "
                    + "with ‹Uncertainty›, such as ‹Uncertainty› laplace.").Named());
                continue;
            }
            var abstained = new double[measure.Values.Length];
            foreach (var group in Groups(groups, abstained.Length))
            {
                foreach (var row in Least(group, measure.Values, share))
                    abstained[row] = 1;
            }
            var at = table.FindIndex(c => c.Name == target);
            table[at] = Without(table[at], abstained);
            table.Insert(at + 1, new NumberColumn(target + Suffix, abstained));
            var count = abstained.Count(a => a > 0);
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"'{target}': no answer for {count:N0} of {abstained.Length:N0} pictures, the least sure by "
                    + $"{measure.Name}")
                + $"{(groups is null ? "" : $" in each {groups.Name.Replace("_true", "", StringComparison.Ordinal)}")}; the column '{target}{Suffix}' says which.");
        }
    }

    /// <summary>How unsure the model is of each row, NaN where it said nothing: by its probabilities, else by an
    /// uncertainty of its own, else by the width of its intervals.</summary>
    private static (string Name, double[] Values)? Measure(List<Column> table, string target)
    {
        NumberColumn? Find(string name) => table.Find(c => c.Name == name) as NumberColumn;
        NumberColumn[] p =
            [.. table.OfType<NumberColumn>().Where(c => c.Name.StartsWith(target + "_p_", StringComparison.Ordinal))];
        if (p.Length > 0)
            return ("the largest probability", [.. Enumerable.Range(0, p[0].Count).Select(r => 1 - p.Max(c => c[r]))]);
        if (table.OfType<NumberColumn>().FirstOrDefault(
            c => c.Name.StartsWith(target + Uncertainty, StringComparison.Ordinal)) is { } own)
            return ($"'{own.Name}'", own.Values);
        return Find(target + "_low") is { } low && Find(target + "_high") is { } high
            && high.Values.Zip(low.Values, (h, l) => h - l).ToArray() is var width
            && width.Select(w => Math.Round(w, 4)).Distinct().Take(2).Count() == 2
            ? ("the width of its interval", width) : null;
    }

    private static IEnumerable<int[]> Groups(Column? groups, int rows) =>
        groups is null ? [[.. Enumerable.Range(0, rows)]]
        : Enumerable.Range(0, rows).GroupBy(
            r => groups is TextColumn text ? text[r] ?? ""
                : ((NumberColumn)groups)[r].ToString(CultureInfo.InvariantCulture)).Select(g => g.ToArray());

    /// <summary>The least sure rows, at most the share of them.</summary>
    private static IEnumerable<int> Least(int[] rows, double[] uncertainty, double share)
    {
        int[] ordered = [.. rows.Where(r => !double.IsNaN(uncertainty[r])).OrderByDescending(r => uncertainty[r])];
        var most = (int)Math.Floor((share * ordered.Length) + 1e-9);
        var limit = most < ordered.Length ? uncertainty[ordered[most]] : double.NegativeInfinity;
        return ordered.TakeWhile(r => uncertainty[r] > limit);
    }

    private static Column Without(Column answers, double[] abstained) => answers is TextColumn text
        ? new TextColumn(text.Name, [.. text.Codes.Select((c, r) => abstained[r] > 0 ? -1 : c)], text.Levels)
        : new NumberColumn(answers.Name,
            [.. ((NumberColumn)answers).Values.Select((v, r) => abstained[r] > 0 ? double.NaN : v)]);
}
