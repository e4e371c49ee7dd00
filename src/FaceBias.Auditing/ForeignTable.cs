using FaceBias.Primitives.Tables;

namespace FaceBias.Auditing;

/// <summary>Turns somebody else's table of predictions into the form that <see cref="Auditor"/> reads.</summary>
public static class ForeignTable
{
    /// <summary>
    /// Names the truth T_true, the prediction T and the probabilities T_p_CLASS, where T is the name of the prediction's
    /// column. All other columns stay.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="truth">The truth's column.</param>
    /// <param name="prediction">The prediction's column.</param>
    /// <param name="probabilities">Columns of probabilities, written CLASS=COLUMN, or COLUMN where the column is named
    /// after its class or ends in _p_CLASS. With two classes one of them is enough.</param>
    /// <exception cref="FaceBiasException">A column is missing or stands for two things.</exception>
    public static Table Rename(Table table, string truth, string prediction, IReadOnlyList<string>? probabilities = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (truth == prediction)
            throw new FaceBiasException($"Column '{truth}' cannot be both the truth and the prediction; name two columns.");
        var named = (probabilities ?? []).Select(Split).ToArray();
        var used = named.Select(p => p.Column).Append(truth).Append(prediction).ToArray();
        if (used.GroupBy(u => u).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new FaceBiasException($"Column '{twice.Key}' is named twice; each column stands for one thing.");
        var columns = table.Columns.Where(c => !used.Contains(c.Name) && c.Name != $"{prediction}_true"
            && !c.Name.StartsWith($"{prediction}_p_", StringComparison.Ordinal)).ToList();
        columns.Add(table[prediction].Rename(prediction));
        columns.Add(table[truth].Rename($"{prediction}_true"));
        foreach (var (name, column) in named)
            columns.Add(new NumberColumn($"{prediction}_p_{name}", table.Number(column).Values));
        if (named.Length == 1 && Other(table, truth, prediction, named[0].Class) is { } other)
            columns.Add(new NumberColumn($"{prediction}_p_{other}", [.. table.Number(named[0].Column).Values.Select(p => 1 - p)]));
        return new(columns);
    }

    private static (string Class, string Column) Split(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0)
            return (text[..equals], text[(equals + 1)..]);
        var infix = text.LastIndexOf("_p_", StringComparison.Ordinal);
        return (infix < 0 ? text : text[(infix + 3)..], text);
    }

    private static string? Other(Table table, string truth, string prediction, string @class)
    {
        string[] others = [.. table.Text(truth).Levels.Concat(table.Text(prediction).Levels).Distinct().Where(l => l != @class)];
        return others.Length == 1 ? others[0] : null;
    }
}
