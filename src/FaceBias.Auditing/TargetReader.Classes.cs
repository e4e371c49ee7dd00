namespace FaceBias.Auditing;

internal sealed partial class TargetReader
{
    private TargetData ReadCategorical(string name, Column? truth, Column? predicted, Column[] probabilityColumns,
        string[] headers)
    {
        string[] named = [.. probabilityColumns.Select(c => c.Name[(name.Length + P.Length)..])];
        if (!map.IsEmpty)
            named = [.. named.Select(n => map.Apply(new TextColumn("", [n]), isLabel: true).Levels[0])];
        TextColumn? said = predicted is null ? null : Text(predicted), known = truth is null ? null : Text(truth);
        foreach (var column in new[] { known, said }.OfType<TextColumn>())
        {
            if (CellLists.OfLabels(column) is { } several)
                throw new FaceBiasException($"'{column.Header}' holds several labels in a cell, such as '{several}'; "
                    + "write a column of 0 and 1 per label, for truth and prediction, and audit each label on its own.");
        }
        if (known is not null)
            (known, said, named) = LabelAlignment.Align(known, said, named, notices);
        else if (said is not null)
            (said, _, named) = LabelAlignment.Align(said, null, named, notices);
        if (known is not null && said is not null)
            CheckLabels(known, said);
        string[] seen = [
            .. new[] { known, said }.OfType<TextColumn>().SelectMany(LabelAlignment.Used).Distinct()
                .Order(NaturalOrder.Instance)];
        if (named.Length > 0 && seen.Except(named).FirstOrDefault() is { } unknown)
        {
            throw new FaceBiasException(
                $"Target '{name}' has the label '{unknown}' but no column '{name}{P}{unknown}': there are probabilities of {LabelAlignment.Quoted(named)}; give the probability "
                + "of every class (CLASS=COLUMN) or of none.");
        }
        var classes = named.Length > 0 ? named : Scale.Order(seen) ?? seen;
        if (classes.Length > AuditOptions.MostClasses)
        {
            throw new FaceBiasException(
                $"Target '{name}' has {classes.Length:N0} different labels; an audit takes at most {AuditOptions.MostClasses:N0}: "
                + $"if {LabelAlignment.Quoted(headers.Take(2))} hold numbers, say ‹Numeric› {headers[^1]}.");
        }
        NumberColumn[] columns = [.. probabilityColumns.Select(c => table.Number(c.Name))];
        if (classes.Length > 1 && unnamed.Find(name, classes, given: named.Length > 0, notices) is
            { Length: > 0 } found)
            (columns, named, classes) =
                ([.. found.Select(f => f.Column)], [.. found.Select(f => f.Class)], [.. found.Select(f => f.Class)]);
        if (classes.Length > options.MaximumLevels && known is not null)
            notices.Add($"'{headers[0]}' has {classes.Length:N0} classes, more than {options.MaximumLevels}: accuracy is audited, metrics of each class are not.");
        if (known is null && classes.Length > options.MaximumLevels && named.Length == 0)
            (said, classes) = Join(said!, classes);
        var p = named.Length == 0 ? null : ReadProbabilities(name, columns);
        var codes = said is not null ? Codes(said, classes) : Largests(p!);
        if (said is not null && p is not null)
            CheckLargest(name, codes, p, classes);
        return new(name, TargetKind.Categorical)
        {
            Classes = classes, Truth = known is null ? codes : Codes(known, classes), Predicted = codes,
            Probabilities = p, NoTruth = known is null, Headers = headers,
            Detailed = classes.Length <= options.MaximumLevels,
        };
    }

    /// <summary>Without a truth, rare predictions can be joined: no two of them are set against each other.</summary>
    private (TextColumn, string[]) Join(TextColumn said, string[] classes)
    {
        var kept = said.Codes.Where(c => c >= 0).GroupBy(c => said.Levels[c]).OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key, NaturalOrder.Instance)
            .Take(options.MaximumLevels - 1).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        var rest = $"(other {classes.Length - kept.Count:N0})";
        notices.Add($"'{said.Header}' has {classes.Length:N0} labels; all but the {kept.Count} most frequent are one, '{rest}'.");
        return (said.MapLevels(l => kept.Contains(l) ? l : rest), [.. classes.Where(kept.Contains), rest]);
    }

    private TextColumn Text(Column column) => map.Apply(Pick(table.Text(column.Name)), isLabel: true);

    /// <summary>Words that stand for a missing truth, or for a model that gave no answer.</summary>
    private static readonly HashSet<string> s_unknown = new(StringComparer.OrdinalIgnoreCase)
    {
        "unknown", "unk", "undefined", "undetermined", "unspecified", "unlabeled", "unlabelled", "not available",
        "not known", "no answer", "no face", "noface", "no prediction", "abstain", "abstained", "reject", "rejected",
        "error", "failed", "invalid", "nil", "n/d", "n.d.", "n.a", "blank", "empty", "uncertain", "unsure", "not sure",
    };

    /// <summary>Codes that stand for missing values where no class is near them.</summary>
    private static readonly double[] s_missingCodes = [-1, -9, -99, -999, 9, 99, 999];

    /// <summary>Asks about a code that one side alone has and that looks like one for missing values, and says where
    /// predictions are suspiciously simple.</summary>
    private void CheckLabels(TextColumn truth, TextColumn predicted)
    {
        foreach (var (column, other) in new[] { (truth, predicted), (predicted, truth) })
        {
            var own = LabelAlignment.Used(column);
            if (own.Length > 2 && own.Except(LabelAlignment.Used(other)).FirstOrDefault(
                l => s_unknown.Contains(l) && !map.Speaks(l)) is { } word)
                throw new FaceBiasException($"'{column.Header}' has the label '{word}', which '{other.Header}' never "
                    + $"has; say ‹Map› \"{column.Header}:{word}=\" if it stands for missing values, ‹Map› "
                    + $"\"{column.Header}:{word}={word}\" if it is an answer that counts as wrong.");
            if (own.Length > 2 && own.Except(LabelAlignment.Used(other)).FirstOrDefault(IsMissingCode) is { } code)
                throw new FaceBiasException($"'{column.Header}' has the code '{code}', which '{other.Header}' never "
                    + $"has; say ‹Map› {column.Header}:{code}= if it stands for missing "
                    + $"values, ‹Map› {column.Header}:{code}={code} if it is a class.");

            if (column == truth && own.Length > 2 && own.FirstOrDefault(
                l => s_unknown.Contains(l) && !map.Speaks(l)) is { } shared)
                notices.Add($"'{shared}' is taken as a class of '{column.Header}' like any other; ‹Map› {shared}= makes "
                    + "it missing.");

            bool IsMissingCode(string label) => CellText.Number(label) is { } v && s_missingCodes.Contains(v)
                && !map.Speaks(label) && own.All(o => o == label
                    || CellText.Number(o) is { } n && n >= 0 && (v < 0 || n < v / 2));
        }
        int[] both = [.. Enumerable.Range(0, truth.Count).Where(r => truth[r] is not null && predicted[r] is not null)];
        if (both.Length < FewRows)
            return;
        if (Array.TrueForAll(both, r => truth[r] == predicted[r]))
            notices.Add(FormattableString.Invariant(
                $"'{predicted.Header}' equals '{truth.Header}' in all {both.Length:N0} rows; make sure that it is no copy of it."));
        else if (Array.TrueForAll(both, r => predicted[r] == predicted[both[0]]))
            notices.Add($"'{predicted.Header}' is '{predicted[both[0]]}' in every row.");
    }

    /// <summary>In fewer rows it is no surprise that all are right.</summary>
    private const int FewRows = 50;

    private double[][] ReadProbabilities(string name, NumberColumn[] columns)
    {
        double[][] p = [.. columns.Select(c => Pick(c.Values))];
        if (options.Logits)
            CheckLogits(columns[0].Header, p);
        else
            ToShares(name, p);
        var tolerance = ProbabilityRows.Tolerance(p);
        var logits = new double[p.Length];
        for (var row = 0; row < RowCount && options.Logits; row++)
        {
            for (var k = 0; k < p.Length; k++)
                logits[k] = p[k][row];
            Distributions.Softmax(logits, logits);
            for (var k = 0; k < p.Length; k++)
                p[k][row] = logits[k];
        }
        for (var row = 0; row < RowCount; row++)
        {
            double sum = 0;
            for (var k = 0; k < p.Length; k++)
            {
                if (p[k][row] is < -1e-6 or > 1 + 1e-6)
                    throw new FaceBiasException(FormattableString.Invariant(
                        $"Row '{id(row)}' has the probability {p[k][row]} for target '{name}' ('{columns[k].Header}'); probabilities lie between 0 and 1: say ‹Logits› if these are logits."));
                sum += p[k][row];
            }
            // NaN stands for a row without a prediction; a tolerance allows for a few printed digits.
            if (Math.Abs(sum - 1) > tolerance)
                throw new FaceBiasException(FormattableString.Invariant(
                    $"The probabilities of target '{name}' in row '{id(row)}' sum to {sum:0.####}, not 1; give the probability of every class."));
        }
        return p;
    }

    /// <summary>Refuses logits that are none: a softmax of probabilities, or a sigmoid of their logarithms, is another
    /// answer than the model's.</summary>
    private static void CheckLogits(string header, double[][] values)
    {
        if (Array.TrueForAll(values, c => Array.TrueForAll(c, v => v is >= 0 and <= 1 || double.IsNaN(v))))
            throw new FaceBiasException($"'{header}' holds numbers from 0 to 1 alone, as probabilities and not logits "
                + "are; leave ‹Logits› out.");
        if (values.Length == 1 && Array.TrueForAll(values[0], v => v <= 0 || double.IsNaN(v)))
            throw new FaceBiasException($"'{header}' holds no number above 0, as logarithms of probabilities and not "
                + "logits do; leave ‹Logits› out and say ‹Threshold› -0.6931, the logarithm of a half.");
        if (values.Length > 1 && ProbabilityRows.Whole(values) is { } whole)
            throw new FaceBiasException(FormattableString.Invariant(
                $"'{header}' and its neighbours are not negative and sum to {whole} in every row, as probabilities and not logits do; leave ‹Logits› out."));
    }

    /// <summary>Probabilities in per cent, or as bytes of a quantised model, as shares.</summary>
    private void ToShares(string name, double[][] p)
    {
        if (ProbabilityRows.Whole(p) is not { } whole || whole == 1)
            return;
        notices.Add($"The probabilities of '{name}' sum to {whole.ToString(CultureInfo.InvariantCulture)} in every row, "
            + $"{(whole == 100 ? "as per cent do" : "as those of quantised models do")}, and are divided by it.");
        foreach (var column in p)
        {
            for (var row = 0; row < column.Length; row++)
                column[row] /= whole;
        }
    }

    /// <summary>The most probable class of each row, the first of equal ones; -1 where a probability is
    /// missing.</summary>
    private static int[] Largests(double[][] p)
    {
        var codes = new int[p[0].Length];
        for (var row = 0; row < codes.Length; row++)
        {
            for (var k = 1; k < p.Length; k++)
                codes[row] = p[k][row] > p[codes[row]][row] ? k : codes[row];
            codes[row] = Array.Exists(p, c => double.IsNaN(c[row])) ? -1 : codes[row];
        }
        return codes;
    }

    private void CheckLargest(string name, int[] codes, double[][] p, string[] classes)
    {
        var rows = Enumerable.Range(0, codes.Length).Where(
            r => codes[r] >= 0 && Array.Exists(p, c => c[r] > p[codes[r]][r] + 1e-9)).ToArray();
        if (rows.Length == 0)
            return;
        var first = rows[0];
        var top = Enumerable.Range(0, p.Length).MaxBy(k => p[k][first]);
        notices.Add(string.Create(CultureInfo.InvariantCulture,
            $"Probabilities and predictions of '{name}' contradict each other in {rows.Length:N0} of {codes.Length:N0} rows: '{id(first)}' is predicted to be '{classes[codes[first]]}' (probability {p[codes[first]][first]:0.###}), and '{classes[top]}' is more probable ({p[top][first]:0.###}). Rates are those of the predictions; check the columns of the probabilities."));
    }

    private int[] Codes(TextColumn column, string[] levels)
    {
        var places = levels.Select((level, i) => (level, i)).ToDictionary(x => x.level, x => x.i,
            StringComparer.Ordinal);
        int[] place = [.. column.Levels.Select(l => places.GetValueOrDefault(l, -1))];
        return [.. column.Codes.Select(c => c < 0 ? -1 : place[c])];
    }
}
