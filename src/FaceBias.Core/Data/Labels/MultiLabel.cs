using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Cells that hold several labels, such as "male old white". Each label becomes a column of its own, yes or
/// no: as a target that is two classes by a softmax, whose difference is the logit of a sigmoid, so that training and
/// audit need nothing of their own for it.</summary>
internal static class MultiLabel
{
    /// <summary>The values of the columns.</summary>
    public const string Yes = "yes", No = "no";

    private const int MostLabels = 100;
    private static readonly char[] s_separators = ['|', ';', ',', '/', ' '];

    /// <summary>Puts columns <c>NAME.LABEL</c> in the place of those with several labels in a cell.</summary>
    /// <param name="given">The columns, <c>NAME</c> or <c>NAME=SEPARATOR</c>.</param>
    public static LabelSet Expand(LabelSet labels, IReadOnlyList<string> given)
    {
        var columns = labels.Table.Columns.ToList();
        foreach (var text in given)
        {
            var (name, separator) = text.Length > 2 && text[^2] == '=' ? (text[..^2], (char?)text[^1]) : (text, null);
            if (labels.Table.Find(name) is not { } column)
                throw new FaceBiasException(
                    $"The labels have no column '{name}' for ‹MultiLabel›; they have {labels.Names()}.");
            var cells = new Table([column]).Text(name);
            var sign = separator ?? s_separators.FirstOrDefault(s => cells.Levels.Any(l => l.Trim().Contains(s)), ' ');
            var parts = Array.ConvertAll(cells.Levels, l => Parts(l, sign).ToHashSet(StringComparer.Ordinal));
            string[] all = [
                .. cells.Codes.Where(c => c >= 0).Distinct().SelectMany(c => parts[c]).Distinct()
                    .Order(StringComparer.Ordinal)];
            if (all.Length is 0 or > MostLabels)
                throw new FaceBiasException(
                    $"'{name}' has {all.Length:N0} labels in its cells (separated by '{sign}'), and 1 to {MostLabels} "
                        + $"can become columns; name the separator with ‹MultiLabel› \"{name}=|\".");
            columns.RemoveAll(c => c.Name == name);
            columns.AddRange(
                all.Select(l =>
                    new TextColumn($"{name}.{l}",
                        [.. cells.Codes.Select(c => c < 0 ? -1 : parts[c].Contains(l) ? 1 : 0)], [No, Yes])));
        }
        return given.Count == 0 ? labels : labels with { Table = labels.Table.With(columns) };
    }

    /// <summary>The separator by which a column looks like one of several labels a cell: lists in brackets, words
    /// between | or ; that other cells hold too, or the same words in more combinations than there are words. Null of
    /// any other column.</summary>
    public static char? Separator(TextColumn column)
    {
        string[] levels = [.. column.Codes.Where(c => c >= 0).Distinct().Select(c => column.Levels[c])];
        if (levels.Any(l => IsList(l) && l.Contains(',')))
            return ',';
        foreach (var sign in s_separators)
        {
            var parts = levels.Select(l => Parts(l, sign).ToArray()).ToArray();
            var several = parts.Count(p => p.Length > 1);
            var words = parts.SelectMany(p => p).Distinct(StringComparer.Ordinal).Count();
            if (several > 0 && sign is '|' or ';' && words < parts.Sum(p => p.Length))
                return sign;
            if (several >= 3 && several >= levels.Length / 2 && words < levels.Length && words <= MostLabels)
                return sign;
        }
        return null;
    }

    private static bool IsList(string cell) => cell is ['[', .., ']'];

    private static IEnumerable<string> Parts(string cell, char sign) =>
        (IsList(cell) ? string.Concat(cell[1..^1].Where(c => c is not ('\'' or '"'))) : cell)
            .Split(sign, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
