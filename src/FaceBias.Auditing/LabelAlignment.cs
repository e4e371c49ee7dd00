namespace FaceBias.Auditing;

/// <summary>Brings the labels of truth and prediction together where they are provably the same: blanks around them,
/// 1.0 and 1, True and 1 where the other side holds 0 and 1, Cat and cat. Labels that do not meet are refused, for an
/// audit of them would say that all is wrong for everybody alike.</summary>
internal static class LabelAlignment
{
    /// <summary>Codes that are one apart are looked at up to as many classes.</summary>
    private const int FewClasses = 1000;

    /// <param name="predicted">The prediction; null where it comes from probabilities.</param>
    /// <exception cref="FaceBiasException">The labels do not meet.</exception>
    public static (TextColumn Truth, TextColumn? Predicted, string[] Named) Align(TextColumn truth,
        TextColumn? predicted, string[] named, List<string> notices)
    {
        truth = Trimmed(truth, notices);
        var known = Used(truth);
        CheckCase(truth.Header, known);
        if (predicted is not null)
        {
            predicted = Trimmed(predicted, notices);
            CheckCase(predicted.Header, Used(predicted));
            predicted = predicted.MapLevels(Matching(known, Used(predicted), truth.Header, predicted.Header, notices));
            CheckMeeting(truth, predicted);
        }
        string[] all = [.. known.Concat(predicted is null ? [] : Used(predicted)).Distinct()];
        if (named.Length > 0)
        {
            var match = Matching(all, named, truth.Header, "probabilities", notices);
            named = [.. named.Select(n => match(n)!)];
            if (predicted is null && known.Length > 0 && !known.Intersect(named).Any())
                throw Apart(truth.Header, known, "the probabilities", named);
        }
        return (truth, predicted, named);
    }

    private static TextColumn Trimmed(TextColumn column, List<string> notices)
    {
        if (!Array.Exists(column.Levels, l => l.Length != l.Trim().Length))
            return column;
        notices.Add($"Blanks around the labels of '{column.Header}' were taken away.");
        return column.MapLevels(l => l.Trim());
    }

    private static void CheckCase(string header, string[] labels)
    {
        if (labels.GroupBy(c => c, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(g => g.Count() > 1) is { } sameLabels)
            throw new FaceBiasException(
                $"'{header}' has labels that differ only in case, {Quoted(sameLabels)}; write each label in one way, or "
                    + $"join them with ‹Map› {sameLabels.ElementAt(1)}={sameLabels.First()}.");
    }

    /// <summary>What turns each of some labels into the known one that is the same.</summary>
    private static Func<string, string?> Matching(string[] known, string[] labels, string knownBy, string labelsBy,
        List<string> notices)
    {
        var exact = known.ToHashSet(StringComparer.Ordinal);
        string[] strange = [.. labels.Where(l => !exact.Contains(l))];
        if (strange.Length == 0)
            return l => l;
        bool bits = known.Concat(labels).All(l => Bit(l) is not null);
        string Key(string label) => bits && Bit(label) is { } bit ? bit
            : CellText.Number(label) is { } number ? number.ToString("R", CultureInfo.InvariantCulture)
                : label.ToLowerInvariant();
        var byKey = known.GroupBy(Key).Where(g => g.Count() == 1).ToDictionary(g => g.Key, g => g.Single());
        var map = strange.Where(l => byKey.TryGetValue(Key(l), out var k) && !labels.Contains(k))
            .GroupBy(l => byKey[Key(l)]).Where(g => g.Count() == 1).ToDictionary(g => g.Single(), g => g.Key);
        if (map.Count > 0)
        {
            notices.Add($"Labels of '{labelsBy}' were taken for those of '{knownBy}': "
                + $"{string.Join(", ", map.Take(6).Select(m => $"'{m.Key}' for '{m.Value}'"))}"
                + $"{(map.Count > 6 ? $" and {map.Count - 6} more" : "")}.");
        }
        return l => map.GetValueOrDefault(l, l);
    }

    /// <summary>A label as 0 or 1: booleans and those digits.</summary>
    private static string? Bit(string label) => label.ToLowerInvariant() switch
    {
        "1" or "1.0" or "true" or "t" => "1",
        "0" or "0.0" or "false" or "f" => "0",
        _ => null,
    };

    private static void CheckMeeting(TextColumn truth, TextColumn predicted)
    {
        string[] known = Used(truth), said = Used(predicted);
        if (known.Length == 0 || said.Length == 0)
            return;
        if (!known.Intersect(said).Any())
            throw Apart(truth.Header, known, $"'{predicted.Header}'", said);
        string[] untold = [.. known.Except(said)], untrue = [.. said.Except(known)];
        if (untold.Length == 0 || untrue.Length == 0 || known.Length > FewClasses)
            return;
        CheckShift(truth, predicted, known, said);
        // Rows of labels that are never predicted, which get labels that are never true: one class under two names.
        HashSet<string> a = [.. untold], b = [.. untrue];
        int rows = 0, crossed = 0;
        for (var row = 0; row < truth.Count; row++)
        {
            if (truth[row] is not { } t || !a.Contains(t) || predicted[row] is not { } p)
                continue;
            rows++;
            crossed += b.Contains(p) ? 1 : 0;
        }
        if (crossed * 2 > rows && crossed * 10 >= truth.Count)
        {
            throw new FaceBiasException(
                $"'{truth.Header}' has {Quoted(untold)}, never predicted, and '{predicted.Header}' has "
                    + $"{Quoted(untrue)}, never true, in the same rows; "
                + $"if they are the same, say ‹Map› {untrue[0]}={untold[0]}; if not, ‹Map› {untrue[0]}={untrue[0]}.");
        }
    }

    /// <summary>Codes that count from 1 on one side and from 0 on the other.</summary>
    private static void CheckShift(TextColumn truth, TextColumn predicted, string[] known, string[] said)
    {
        double?[] a = [.. known.Select(CellText.Number)], b = [.. said.Select(CellText.Number)];
        if (a.Contains(null) || b.Contains(null) || Math.Abs(b.Min()!.Value - a.Min()!.Value) != 1
            || b.Max() - a.Max() != b.Min() - a.Min())
            return;
        var shift = b.Min()!.Value - a.Min()!.Value;
        int same = 0, shifted = 0;
        for (var row = 0; row < truth.Count; row++)
        {
            if (truth[row] is not { } t || predicted[row] is not { } p)
                continue;
            same += t == p ? 1 : 0;
            shifted += CellText.Number(p) - CellText.Number(t) == shift ? 1 : 0;
        }
        if (shifted > same)
        {
            throw new FaceBiasException(
                $"'{predicted.Header}' counts from {b.Min()} and '{truth.Header}' from {a.Min()}, and {shifted:N0} "
                    + $"rows agree if that is put right, {same:N0} as they are; "
                + "name the classes, such as ‹Map› "
                + $"{predicted.Header}:{said.OrderBy(CellText.Number).First()}={known.OrderBy(CellText.Number).First()},..., or write both columns alike.");
        }
    }

    private static FaceBiasException Apart(string truth, string[] known, string other, string[] said) => new(
        $"'{truth}' has the labels {Quoted(known)} and {other} has {Quoted(said)}: none is shared, so nothing can be "
            + "right or wrong; "
        + "say which are the same, such as ‹Map› "
        + $"{said[0]}={known[0]}{(said.Length > 1 && known.Length > 1 ? $",{said[1]}={known[1]}" : "")}, or name "
        + "other columns.");

    internal static string[] Used(TextColumn column)
    {
        var used = new bool[column.Levels.Length];
        foreach (var code in column.Codes)
        {
            if (code >= 0)
                used[code] = true;
        }
        return [.. column.Levels.Where((_, i) => used[i]).Order(NaturalOrder.Instance)];
    }

    internal static string Quoted(IEnumerable<string> names) => names.ToArray() is { Length: > 10 } many
        ? $"{many.Take(8).Quoted()} and {many.Length - 8} more" : names.Quoted();
}
