using System.Text.RegularExpressions;

namespace FaceBias.Primitives.Tables;

/// <summary>Cells that hold several values, as Python, NumPy, Arrow and R write them: <c>['a', 'b']</c>,
/// <c>[0.1 0.9]</c>, <c>tensor([0.1, 0.9])</c>, <c>a|b</c>.</summary>
internal static partial class CellLists
{
    /// <summary>The numbers of a list, such as probabilities; null of any other cell.</summary>
    public static double[]? Numbers(string cell)
    {
        if (!List().IsMatch(cell))
            return null;
        var inside = cell[(cell.LastIndexOfAny(['[', '(', '{']) + 1)..cell.IndexOfAny([']', ')', '}'])];
        string[] parts = inside.Split([',', ';', ' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        double[] numbers = [.. parts.Select(p => double.TryParse(p.TrimEnd('f'), NumberStyles.Float,
            CultureInfo.InvariantCulture, out var n) ? n : double.NaN)];
        return numbers.Length < 2 || numbers.Any(double.IsNaN) ? null : numbers;
    }

    /// <summary>How many numbers every cell of a column lists; null where they are no lists, or of different
    /// lengths.</summary>
    public static int? Width(TextColumn column)
    {
        int? width = null;
        foreach (var level in column.Codes.Where(c => c >= 0).Distinct().Select(c => column.Levels[c]))
        {
            if (Numbers(level)?.Length is not { } length || length != (width ??= length))
                return null;
        }
        return width;
    }

    /// <summary>A column of the numbers at one place of a column's lists; NaN where the list is missing.</summary>
    public static NumberColumn At(TextColumn column, int index, string name)
    {
        double[] values = [.. column.Levels.Select(l => Numbers(l) is { } list && index < list.Length ? list[index]
            : double.NaN)];
        return new(name, [.. column.Codes.Select(c => c < 0 ? double.NaN : values[c])]) { Header = name };
    }

    /// <summary>A label that is a list of labels; null where the column has none.</summary>
    public static string? OfLabels(TextColumn column)
    {
        string[] levels = [.. column.Codes.Where(c => c >= 0).Distinct().Select(c => column.Levels[c])];
        if (levels.FirstOrDefault(l => l is ['[', .., ']'] && l.Contains(',')) is { } list)
            return list;
        foreach (var sign in new[] { '|', ';' })
        {
            var parts = levels.Select(l => l.Split(sign, StringSplitOptions.RemoveEmptyEntries
                | StringSplitOptions.TrimEntries)).ToArray();
            if (parts.SelectMany(p => p).Distinct(StringComparer.Ordinal).Count() < parts.Sum(p => p.Length)
                && levels.FirstOrDefault(l => l.Contains(sign)) is { } several)
                return several;
        }
        return null;
    }

    [GeneratedRegex(@"^\s*(?:[A-Za-z.]*\()?\s*[\[({][-+0-9.eEinfaINFA,;\sf]*[\])}]\s*(?:,[^)\]}]*)?\)?\s*$"
        + @"|^\s*c\([-+0-9.eE,\s]*\)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex List();
}
