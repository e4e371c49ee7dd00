namespace FaceBias.Auditing;

/// <summary>Turns somebody else's table of predictions into the form that <see cref="Auditor"/> reads.</summary>
internal static class ForeignTable
{
    /// <summary>
    /// Names the truth T_true, the prediction T and the probabilities T_p_CLASS, where T is the name of the
    /// prediction's column. All other columns stay.
    /// </summary>
    /// <param name="truth">The truth's column.</param>
    /// <param name="prediction">The prediction's column.</param>
    /// <param name="probabilities">Columns of probabilities, written CLASS=COLUMN, or COLUMN where the column is named
    /// after its class or ends in _p_CLASS. With two classes one of them is enough.</param>
    /// <exception cref="FaceBiasException">A column is missing or stands for two things.</exception>
    public static Table Rename(Table table, string truth, string prediction,
        IReadOnlyList<string>? probabilities = null) =>
        Rename(table, new() { Truth = [truth], Prediction = [prediction], Probabilities = probabilities ?? [] }).Table;

    /// <summary>The same for a table without a truth, of scores, of one-hot columns, or of probabilities
    /// alone.</summary>
    /// <returns>The table, and the target's name in it.</returns>
    /// <exception cref="FaceBiasException">Columns are missing or stand for two things; all of them are
    /// said.</exception>
    public static (Table Table, string Target) Rename(Table table, ForeignColumns columns)
    {
        var mistakes = new Mistakes();
        table = Lists(table, [.. columns.Probabilities, .. columns.Score is { } s0 ? [s0] : Array.Empty<string>()],
            mistakes);
        if (columns.Truth is [var one] && columns.Prediction is [var same] && one == same)
            mistakes.Add($"Column '{one}' cannot be both the truth and the prediction; name two columns.");
        var truth = Named(columns.Truth, table);
        var prediction = Named(columns.Prediction, table);
        var probabilities = Named(columns.Probabilities, table);
        if (prediction.Length + probabilities.Length == 0 && columns.Score is null)
            mistakes.Add("A truth alone cannot be audited; name the prediction by ‹Prediction›, ‹Probabilities› or ‹Score›.");
        if (prediction.Length > 0 && columns.Score is not null)
            mistakes.Add("‹Prediction› and ‹Score› exclude each other: a score is cut at ‹Threshold› to get the prediction.");
        (string Column, string Suffix)[] uncertainties = [.. columns.Uncertainties()];
        if (columns.LowerBound is null != columns.UpperBound is null)
            mistakes.Add("An interval has two ends; name both ‹LowerBound› and ‹UpperBound›.");
        string[] used = [
            .. truth.Concat(prediction).Concat(probabilities).Select(c => c.Column)
                .Concat(columns.Score is { } s ? [s] : []).Concat(uncertainties.Select(c => c.Column))];
        foreach (var missing in used.Distinct().Where(u => !table.Has(u)))
            _ = mistakes.Try(() => table[missing]);
        if (used.GroupBy(u => u).FirstOrDefault(g => g.Count() > 1) is { } twice && !mistakes.Any)
            mistakes.Add($"Column '{twice.Key}' is named twice; each column stands for one thing.");
        mistakes.Throw();

        var name = prediction is [var p] ? p.Column : columns.Truth.Count == 1 ? truth[0].Column
            : columns.Score ?? Shared(columns.Truth, columns.Prediction, columns.Probabilities);
        var kept = table.Columns.Where(
            c => !used.Contains(c.Name) && c.Name != name && c.Name != $"{name}_true" && c.Name != $"{name}_score"
            && !c.Name.StartsWith($"{name}_p_", StringComparison.Ordinal)
            && !uncertainties.Any(x => c.Name == $"{name}_{x.Suffix}")).ToList();
        if (prediction.Length > 0)
            kept.Add(prediction.Length == 1 ? table[prediction[0].Column].Rename(name)
                : OneHot(table, prediction, name));
        if (truth.Length > 0)
            kept.Add(truth.Length == 1 ? table[truth[0].Column].Rename($"{name}_true")
                : OneHot(table, truth, $"{name}_true"));
        if (columns.Score is { } score)
            kept.Add(table.Number(score).Rename($"{name}_score"));
        foreach (var (label, column) in probabilities)
            kept.Add(table.Number(column).Rename($"{name}_p_{label}"));
        foreach (var (column, suffix) in uncertainties)
            kept.Add(suffix == "set" ? table.Text(column).Rename($"{name}_{suffix}")
                : table.Number(column).Rename($"{name}_{suffix}"));
        if (probabilities.Length == 1 && Other(kept, name, probabilities[0].Class) is { } other)
            kept.Add(new NumberColumn($"{name}_p_{other}",
                [.. table.Number(probabilities[0].Column).Values.Select(v => 1 - v)]));
        return (table.With(kept), name);
    }

    /// <summary>The table with a column for each place of a list that is named, <c>probs[0]</c>.</summary>
    private static Table Lists(Table table, IReadOnlyList<string> named, Mistakes mistakes)
    {
        List<Column> columns = [];
        foreach (var name in named.Select(n => table.Has(n) ? n : n[(n.IndexOf('=', StringComparison.Ordinal) + 1)..]))
        {
            if (table.Find(name) is TextColumn list && CellLists.Width(list) is { } width)
                mistakes.Add($"Column '{list.Header}' holds lists of {width} numbers, such as "
                    + $"'{list.Levels[0]}'; name the class of each place by ‹Probabilities› "
                    + $"\"CLASS={name}[0],CLASS={name}[1]{(width > 2 ? ",..." : "")}\".");
            else if (!table.Has(name) && name.LastIndexOf('[') is > 0 and var at && name[^1] == ']'
                && int.TryParse(name[(at + 1)..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && table.Find(name[..at]) is TextColumn cells && columns.TrueForAll(c => c.Name != name))
            {
                if (CellLists.Width(cells) is not { } places)
                    mistakes.Add($"Column '{cells.Header}' does not hold lists of numbers of one length.");
                else if (index >= places)
                    mistakes.Add($"'{name}': the lists of '{cells.Header}' have {places} numbers, counted from 0.");
                else
                    columns.Add(CellLists.At(cells, index, name));
            }
        }
        return columns.Count == 0 ? table : table.With([.. table.Columns, .. columns]);
    }

    /// <summary>Columns with the class of each: CLASS=COLUMN, else what the names do not share.</summary>
    private static (string Class, string Column)[] Named(IReadOnlyList<string> texts, Table table)
    {
        // A column whose own name holds an equals sign is meant as it is.
        (string? Class, string Column)[] parts =
            [.. texts.Select(
                t => !table.Has(t) && t.IndexOf('=', StringComparison.Ordinal) is > 0 and var e ? (t[..e], t[(e + 1)..])
                    : ((string?)null, t))];
        string[] plain = [.. parts.Where(x => x.Class is null).Select(x => x.Column)];
        var (start, end) = plain.Length > 1 ? Common(plain) : (0, 0);
        return [.. parts.Select(x => (x.Class ?? (plain.Length > 1 ? x.Column[start..^end]
            : x.Column.LastIndexOf("_p_", StringComparison.Ordinal) is >= 0 and var infix ? x.Column[(infix + 3)..]
                : x.Column), x.Column))];
    }

    /// <summary>How many characters all names share at the start, up to the end of a word, and at the end.</summary>
    private static (int Start, int End) Common(string[] names)
    {
        var shortest = names.Min(n => n.Length);
        int start = 0, end = 0;
        while (start < shortest && names.All(n => n[start] == names[0][start]))
            start++;
        while (start > 0 && char.IsLetterOrDigit(names[0][start - 1]))
            start--;
        while (end < shortest - start && names.All(n => n[^(end + 1)] == names[0][^(end + 1)]))
            end++;
        while (end > 0 && char.IsLetterOrDigit(names[0][^end]))
            end--;
        return names.Any(n => n.Length - start - end == 0) ? (0, 0) : (start, end);
    }

    private static string Shared(params IReadOnlyList<string>[] lists)
    {
        foreach (var list in lists.Where(l => l.Count > 1))
        {
            string[] names = [.. list.Select(n => n[(n.IndexOf('=', StringComparison.Ordinal) + 1)..])];
            var (start, _) = Common(names);
            if (names[0][..start].Trim('_', '-', ' ', '.') is { Length: > 0 } shared
                && shared is not ("true" or "prob" or "p" or "pred" or "y_true"))
                return shared;
        }
        return "label";
    }

    /// <summary>The class whose column holds the 1; missing where none is filled.</summary>
    private static TextColumn OneHot(Table table, (string Class, string Column)[] columns, string name)
    {
        double[][] values = [.. columns.Select(c => Bits(table, c.Column))];
        var labels = new string?[table.RowCount];
        for (var row = 0; row < labels.Length; row++)
        {
            var at = row;
            int[] ones = [.. Enumerable.Range(0, values.Length).Where(k => values[k][at] == 1)];
            if (ones.Length > 1)
            {
                throw new FaceBiasException(
                    $"Row {row + 1} has a 1 in {string.Join(" and ", ones.Select(k => $"'{columns[k].Column}'"))}, so that several labels are true at once; "
                    + "audit each of those columns on its own as a label of two classes.");
            }
            if (ones.Length == 0 && values.Any(v => !double.IsNaN(v[at])))
                throw new FaceBiasException(
                    $"Row {row + 1} has no 1 in {columns.Take(6).Select(c => c.Column).Quoted()}; name the columns of all classes, empty the row's cells, or, where labels exclude nothing, audit each of the columns on its own as a label of two classes.");
            labels[row] = ones.Length == 1 ? columns[ones[0]].Class : null;
        }
        return new TextColumn(name, labels)
            { Header = string.Join(", ", columns.Take(3).Select(c => c.Column)) + (columns.Length > 3 ? ", ..." : "") };
    }

    private static double[] Bits(Table table, string column)
    {
        if (table[column] is TextColumn text)
        {
            return [.. Enumerable.Range(0, text.Count).Select(r => text[r]?.ToLowerInvariant() switch
            {
                null => double.NaN, "true" or "yes" => 1, "false" or "no" => 0,
                var other =>
                    throw new FaceBiasException(
                        $"Column '{column}' holds '{other}'; a column per class holds 0 and 1."),
            })];
        }
        var numbers = table.Number(column).Values;
        return Array.Find(numbers, v => v is not (0 or 1) && !double.IsNaN(v)) is var bad and not 0
            ? throw new FaceBiasException(
                FormattableString.Invariant($"Column '{column}' holds {bad}; a column per class holds 0 and 1."))
                : numbers;
    }

    private static string? Other(List<Column> columns, string name, string @class)
    {
        var seen = new Table(columns.Where(c => c.Name == name || c.Name == $"{name}_true"));
        string[] others =
            [.. seen.Columns.SelectMany(c => seen.Text(c.Name).Levels).Distinct().Where(l => l != @class)];
        return others.Length == 1 ? others[0] : null;
    }
}
