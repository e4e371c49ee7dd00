namespace FaceBias.Auditing;

/// <summary>
/// Finds the probabilities that a table holds though nobody named them: a column per class, named after it but for what
/// all of their names share (prob_0, prob_1; p_cat, p_dog; yes_score), or one of two classes. Such columns are never
/// groups.
/// </summary>
/// <param name="rows">The audited rows; null for all.</param>
internal sealed class UnnamedProbabilities(Table table, int[]? rows, AuditOptions options)
{
    private static readonly HashSet<string> s_words =
        new(["p", "pr", "prob", "probs", "proba", "probas", "probability", "probabilities"],
            StringComparer.OrdinalIgnoreCase);
    private static readonly HashSet<string> s_scores =
        new(["score", "scores", "softmax", "confidence", "conf"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Columns that are no groups, with the reason where they are not used at all.</summary>
    public Dictionary<string, string?> Columns { get; } = new(StringComparer.Ordinal);

    /// <summary>The probabilities of the classes of a target, a column per class; empty where there are none.</summary>
    /// <param name="target">The target's name.</param>
    /// <param name="classes">The labels of its truth and prediction.</param>
    /// <param name="given">Whether the user named others, so that these are only kept from being groups.</param>
    public (string Class, NumberColumn Column)[] Find(string target, string[] classes, bool given, List<string> notices)
    {
        var free = table.Columns.Where(c => IsFree(c, target)).GroupBy(c => c.Name, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(g => g.Key, g => g.First(), StringComparer.OrdinalIgnoreCase);
        (string Class, NumberColumn Column)[] taken = [];
        foreach (var (start, end) in Affixes(free.Keys, classes))
        {
            (string Class, Column Column)[] named =
                [.. classes.Where(c => free.ContainsKey(start + c + end)).Select(c => (c, free[start + c + end]))];
            var says = Says(start) || Says(end);
            // One column speaks for both of two classes, where its name says that it is a probability.
            if (named.Length < classes.Length && !(classes.Length == 2 && named.Length == 1 && says))
                continue;
            var reason = Fault(ref named, start, end, free.Values);
            // Names alone prove nothing: hair_0 and hair_1 may be anything.
            if (reason is not null && !says)
                continue;
            var used = reason is null && taken.Length == 0 && !given;
            foreach (var (_, column) in named)
                Columns.TryAdd(column.Name,
                    used ? null : reason
                        ?? $"other probabilities of '{target}' are used; name those to use by ‹Probabilities›");
            if (!used)
                continue;
            taken = [.. named.Select(n => (n.Class, table.Number(n.Column.Name)))];
            notices.Add($"{LabelAlignment.Quoted(taken.Take(6).Select(t => t.Column.Header))}{(taken.Length > 6 ? ", ..." : "")} {(taken.Length == 1 ? $"is taken as the probability of '{taken[0].Class}'" : "are taken as the probabilities of the classes")}"
                + $" that {(taken.Length == 1 ? "its name ends or begins with" : "their names hold")}; "
                + "‹Probabilities› names others.");
            if (taken is [var one])
            {
                var other = new NumberColumn(one.Column.Name, [.. one.Column.Values.Select(v => 1 - v)]);
                taken = one.Class == classes[0] ? [one, (classes[1], other)] : [(classes[0], other), one];
            }
        }
        foreach (var column in free.Values.Where(
            c => !Columns.ContainsKey(c.Name) && Words(c.Name) is { Length: > 1 } words && words[0].Length > 1
                && s_words.Contains(words[0]) && AreShares(c)))
            Columns.Add(column.Name,
                $"named like a probability, but of none of the labels {LabelAlignment.Quoted(classes.Take(6))}; say "
                    + $"‹Probabilities› CLASS={column.Header}, or name it among ‹Groups›");
        return taken;
    }

    /// <summary>What all columns of one table of probabilities have before and behind the class, those that say so
    /// first.</summary>
    private static IEnumerable<(string Start, string End)> Affixes(IEnumerable<string> names, string[] classes)
    {
        var found = new HashSet<(string Start, string End)>();
        foreach (var name in names)
        {
            foreach (var label in classes.Where(c => c.Length > 0 && c.Length <= name.Length))
            {
                var (start, end) = (name[..^label.Length], name[label.Length..]);
                // A class is a word of the name: 'p_cat', not 'bobcat'.
                if (name.EndsWith(label, StringComparison.OrdinalIgnoreCase)
                    && (start.Length == 0 || !char.IsLetterOrDigit(start[^1])
                        || (Says(start) && char.IsAsciiDigit(label[0]))))
                    found.Add((start, ""));
                else if (name.StartsWith(label, StringComparison.OrdinalIgnoreCase) && !char.IsLetterOrDigit(end[0]))
                    found.Add(("", end));
                else if (name.IndexOf(label, StringComparison.OrdinalIgnoreCase) is > 0 and var at
                    && !char.IsLetterOrDigit(name[at - 1]) && at + label.Length < name.Length
                    && !char.IsLetterOrDigit(name[at + label.Length]))
                    found.Add((name[..at], name[(at + label.Length)..]));
            }
        }
        return found.OrderByDescending(f => Says(f.Start) || Says(f.End)).ThenBy(f => f.Start, StringComparer.Ordinal)
            .ThenBy(f => f.End, StringComparer.Ordinal);
    }

    /// <summary>Why columns are no probabilities; adds those of classes that no row has, if all together sum to
    /// 1.</summary>
    private string? Fault(ref (string Class, Column Column)[] named, string start, string end, IEnumerable<Column> free)
    {
        var columns = named.Select(n => n.Column).ToArray();
        if (Array.Find(columns, c => Values(c) is null) is { } text)
            return $"named like a probability, but '{text.Header}' does not hold numbers";
        if (!options.Logits && Array.Find(columns, c => !AreShares(c)) is { } wide)
            return $"named like a probability, but '{wide.Header}' holds numbers beyond 0 and 1; say ‹Probabilities› "
                + "and ‹Logits› if these are logits";
        if (options.Logits)
            return null;
        if (Array.TrueForAll(columns, c => Array.TrueForAll(Values(c)!, v => v is 0 or 1 || double.IsNaN(v))))
            return "named like a probability, but it holds 0 and 1 alone; say ‹Probabilities› if it is one";
        if (columns.Length == 1 || SumToOne(columns))
            return null;
        Column[] more = start.Length + end.Length == 0 ? []
            : [.. free.Except(columns).Where(c => c.Name.Length > start.Length + end.Length
            && c.Name.StartsWith(start, StringComparison.OrdinalIgnoreCase)
            && c.Name.EndsWith(end, StringComparison.OrdinalIgnoreCase) && AreShares(c))];
        if (more.Length == 0 || !SumToOne([.. columns, .. more]))
            return "named like a probability, but those of the classes do not sum to 1";
        named = [.. named, .. more.Select(c => (c.Name[start.Length..^end.Length], c))];
        return null;
    }

    private bool SumToOne(Column[] columns)
    {
        double[][] values = [.. columns.Select(c => Values(c)!)];
        var tolerance = ProbabilityRows.Tolerance(values);
        return Enumerable.Range(0, values[0].Length).All(r => !(Math.Abs(values.Sum(v => v[r]) - 1) > tolerance));
    }

    private bool AreShares(Column column) =>
        Values(column) is { } values && Array.TrueForAll(values, v => v is >= -1e-6 and <= 1 + 1e-6 || double.IsNaN(v))
            && !Array.TrueForAll(values, double.IsNaN);

    private double[]? Values(Column column)
    {
        if (column is TextColumn text && !KindRule.AreNumbers(text))
            return null;
        var values = table.Number(column.Name).Values;
        return rows is null ? values : [.. rows.Select(r => values[r])];
    }

    /// <summary>Whether nothing was said about a column: what is named as a group or weight is one.</summary>
    private bool IsFree(Column column, string target)
    {
        var name = column.Name;
        return name != target && name != target + "_true" && name != target + "_score"
            && !name.EndsWith("_true", StringComparison.Ordinal) && !table.Has(name + "_true")
            && !OfTarget(name, target) && name is not ("id" or "path" or "split") && !Columns.ContainsKey(name)
            && name != options.ClusterColumn && name != options.Weights
            && !(options.Groups ?? []).Concat(options.Control).Concat(options.Kinds.Nominal).Concat(
                options.Kinds.Categorical).Concat(options.Ordinal.Select(o => o.Split('=')[0]))
                .Any(n => n == name || n == column.Header);
    }

    /// <summary>Whether a column is T_p_CLASS or T_score of this or another target T.</summary>
    private bool OfTarget(string name, string target)
    {
        bool Is(string t) => t == target || table.Has(t + "_true") || (options.Targets?.Contains(t) ?? false);
        for (var at = name.IndexOf("_p_", StringComparison.Ordinal); at >= 0;
            at = name.IndexOf("_p_", at + 1, StringComparison.Ordinal))
        {
            if (Is(name[..at]))
                return true;
        }
        return name.EndsWith("_score", StringComparison.Ordinal) && Is(name[..^"_score".Length]);
    }

    private static bool Says(string affix) => Words(affix).Any(w => s_words.Contains(w) || s_scores.Contains(w));

    private static string[] Words(string name) =>
        name.Split(['_', '-', '.', ' ', '(', ')', '=', ':', '/', '[', ']', '|'], StringSplitOptions.RemoveEmptyEntries);
}
