namespace FaceBias.Auditing;

/// <summary>Reads the targets of a predictions table: T from T_true, and T, or T_p_CLASS, or T_score.</summary>
/// <param name="rows">The audited rows; null for all.</param>
/// <param name="id">The id of an audited row, for messages.</param>
/// <param name="map">Other names for labels.</param>
/// <param name="unnamed">Finds probabilities that nobody named.</param>
internal sealed class TargetReader(Table table, int[]? rows, Func<int, string> id, LabelMap map, AuditOptions options,
    List<string> notices, Mistakes mistakes, UnnamedProbabilities unnamed)
{
    private const string True = "_true", Score = "_score", P = "_p_";

    /// <summary>Numbers beyond have errors whose fourth powers are no numbers any more.</summary>
    private const double Largest = 1e70;

    private int RowCount => rows?.Length ?? table.RowCount;

    public List<TargetData> Read()
    {
        var names = options.Targets
            ?? [.. table.Columns.Select(c => c.Name).Where(n => n.EndsWith(True, StringComparison.Ordinal))
            .Select(n => n[..^True.Length]).Where(
                n => table.Has(n) || table.Has(n + Score) || Probabilities(n).Length > 0)];
        if (names.Count == 0)
        {
            throw new FaceBiasException(
                "The predictions table has no target with both a prediction and a truth (columns T and T_true, such as "
                + $"'age' and 'age_true'); it has {LabelAlignment.Quoted(table.Columns.Select(c => c.Header))}: name them by ‹Truth› and ‹Prediction›"
                + $"{Guess()}, or ‹Prediction› alone where there is no truth.");
        }
        // In the order of the table's predictions, which stand before their truths.
        string[] ordered = options.Targets is not null ? [.. names]
            : [.. names.OrderBy(n => table.Columns.TakeWhile(c => c.Name != n && c.Name != n + True).Count())];
        List<TargetData> targets = [.. ordered.Select(n => mistakes.Try(() => ReadTarget(n))).OfType<TargetData>()];
        if (mistakes.Any)
            return targets;
        if (targets.Any(t => Enumerable.Range(0, RowCount).Any(t.HasTruth)))
            return targets;
        var first = targets[0];
        throw new FaceBiasException(
            first.NoTruth ? $"No row has a prediction in {LabelAlignment.Quoted(names.Select(n => table[n].Header))}; there is nothing to audit."
            : $"No row has a true value for {LabelAlignment.Quoted(names)}; an audit needs labels in {LabelAlignment.Quoted(names.Select(n => table[n + True].Header))}.");
    }

    /// <summary>Columns that are called truth and prediction by others.</summary>
    private string Guess() => RoleNames.Truth(table) is { } truth && RoleNames.Prediction(table) is { } prediction
        ? $", such as ‹Truth› {truth.Header} ‹Prediction› {prediction.Header}" : "";

    private Column[] Probabilities(string name) =>
        [.. table.Columns.Where(
            c => c.Name.StartsWith(name + P, StringComparison.Ordinal) && c.Name.Length > name.Length + P.Length)];

    private TargetData ReadTarget(string name)
    {
        var truth = table.Find(name + True);
        var predicted = table.Find(name);
        var score = table.Find(name + Score);
        var probabilities = Probabilities(name);
        if (predicted is null && score is null && probabilities.Length == 0)
            _ = table[name];
        string[] headers =
            [.. new[] { truth?.Header, predicted?.Header ?? score?.Header, name }.OfType<string>().Distinct()];
        if (score is null && predicted is NumberColumn number && truth is not null && probabilities.Length == 0
            && IsScore(number, truth))
            (score, predicted) = (number, null);
        if (score is not null && predicted is null)
            return ReadScore(name, truth, table.Has(name + Score) ? table.Number(name + Score) : (NumberColumn)score,
                headers);
        CheckSwapped(truth, predicted);
        Column[] both = [.. new[] { truth, predicted }.OfType<Column>()];
        if (probabilities.Length == 0 && KindRule.Of(both, options.Kinds).Take(notices) == TargetKind.Numeric)
        {
            double[] said = Finite(Numbers(predicted!));
            return new(name, TargetKind.Numeric)
            {
                TruthValue = truth is null ? [.. said.Select(p => double.IsNaN(p) ? p : 0)]
                    : Ages(truth, Finite(Numbers(truth)), headers),
                PredictedValue = said,
                NoTruth = truth is null, Headers = headers,
                Unit = options.Units.GetValueOrDefault(name)
                    ?? headers.Select(Quantity.UnitOf).FirstOrDefault(u => u is not null),
            };
        }
        return ReadCategorical(name, truth, predicted, probabilities, headers);
    }

    /// <summary>Ages that nobody has are codes for missing ones.</summary>
    private double[] Ages(Column truth, double[] values, string[] headers)
    {
        if (headers.All(h => Quantity.UnitOf(h) is null))
            return values;
        double[] odd = [.. values.Where(v => v is < 0 or > 125)];
        if (odd.Length > 0)
            notices.Add(FormattableString.Invariant(
                $"'{truth.Header}' holds {odd.Length:N0} ages below 0 or above 125, such as {odd[0]}; they count as missing."));
        return Array.ConvertAll(values, v => v is < 0 or > 125 ? double.NaN : v);
    }

    /// <summary>Refuses shares as the truth of labels 0 and 1: a truth and its score that were swapped.</summary>
    private void CheckSwapped(Column? truth, Column? predicted)
    {
        if (truth is NumberColumn shares && predicted is NumberColumn labels
            && options.Kinds.Of(labels.Header, labels.Name, shares.Header) is null
            && Array.Exists(shares.Values, v => v != Math.Floor(v) && !double.IsNaN(v))
            && Array.TrueForAll(shares.Values, v => v is >= 0 and <= 1 || double.IsNaN(v))
            && Array.TrueForAll(labels.Values, v => v is 0 or 1 || double.IsNaN(v)))
            throw new FaceBiasException(
                $"The truth '{shares.Header}' holds shares from 0 to 1 and the prediction '{labels.Header}' only 0 and "
                    + "1, as if they were swapped; swap ‹Truth› and ‹Prediction›, or say ‹Numeric› "
                    + $"{labels.Header} if the truth is a share.");
    }

    private NumberColumn Numbers(Column column) => table.Number(column.Name);

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

    private TextColumn Pick(TextColumn column) => rows is null ? column : column.Take(rows);

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

    /// <summary>Whether a prediction is a score beside classes: it holds fractions where the truth is text or two
    /// codes, or more than two whole numbers, such as ratings, where the truth has two labels.</summary>
    private bool IsScore(NumberColumn predicted, Column truth)
    {
        var given = options.Kinds.Of(predicted.Header, predicted.Name, truth.Header);
        if (given == TargetKind.Numeric)
            return false;
        if (!Array.Exists(predicted.Values, v => v != Math.Floor(v) && !double.IsNaN(v)))
        {
            static bool AreTwo(IEnumerable<object> values) => values.Distinct().Take(3).Count() == 2;
            return given is null && map.IsEmpty
                && predicted.Values.Where(v => !double.IsNaN(v)).Distinct().Take(3).Count() == 3
                && AreTwo(truth is TextColumn labels ? LabelAlignment.Used(labels)
                    : ((NumberColumn)truth).Values.Where(v => !double.IsNaN(v)).Cast<object>())
                // Two classes and a code for missing values are no rating.
                && !(truth is NumberColumn codes && s_missingCodes.Intersect(predicted.Values).Any()
                    && predicted.Values.Where(v => !double.IsNaN(v)).Distinct().Take(4).Count() == 3);
        }
        return truth is TextColumn text ? !KindRule.AreNumbers(text) && text.Stray is null
            : ((NumberColumn)truth).Values is var values
                && values.Where(v => !double.IsNaN(v)).Distinct().Take(3).ToArray() is var few && few.Length == 2
                && Array.TrueForAll(few, v => v == Math.Floor(v));
    }

    private TargetData ReadScore(string name, Column? truth, NumberColumn column, string[] headers)
    {
        var score = Pick(column.Values);
        if (options.Logits)
            CheckLogits(column.Header, [score]);
        if (options.Logits)
            score = Array.ConvertAll(score, s => 1 / (1 + Math.Exp(-s)));
        if (Array.FindIndex(score, double.IsInfinity) is >= 0 and var infinite)
            throw new FaceBiasException($"'{column.Header}' holds an infinite score in row '{id(infinite)}'; write a "
                + "finite one, or leave it empty.");
        var share = Array.TrueForAll(score, s => s is >= 0 and <= 1 || double.IsNaN(s));
        if (options.Threshold is null && !share)
        {
            throw new FaceBiasException(
                FormattableString.Invariant(
                    $"'{column.Header}' holds scores such as {score.First(s => s is < 0 or > 1)}, not labels; say ‹Threshold› T, at or above which a row counts as ")
                + "positive, ‹Logits› if they are logits, "
                + (Array.TrueForAll(score, s => s == Math.Floor(s) || double.IsNaN(s))
                    ? $"‹Numeric› {column.Header} if they are quantities, or ‹Categorical› {column.Header} if they are "
                        + "codes of classes."
                    : $"or ‹Numeric› {column.Header} if they are quantities.")
                + (Array.TrueForAll(score, s => s is >= 0 and <= 100 || double.IsNaN(s))
                    ? " Of probabilities in per cent half is ‹Threshold› 50."
                    : Array.TrueForAll(score, s => s <= 0 || double.IsNaN(s))
                    ? " Of logarithms of probabilities half is ‹Threshold› -0.6931." : ""));
        }
        var threshold = options.Threshold ?? 0.5;
        string[] classes;
        int[] codes;
        string positive;
        if (truth is null)
        {
            positive = options.Positive ?? "positive";
            (classes, codes) = ([positive == "negative" ? "other" : "negative", positive], []);
        }
        else
        {
            var known = LabelAlignment.Align(Text(truth), null, [], notices).Truth;
            classes = LabelAlignment.Used(known);
            if (classes.Length is 0 or > 2)
            {
                throw new FaceBiasException(
                    classes.Length == 0 ? $"'{truth.Header}' holds no label; an audit of scores needs two classes."
                    : $"'{column.Header}' is one score, but '{truth.Header}' has the {classes.Length} labels {LabelAlignment.Quoted(classes)}; give the probability of each class by ‹Probabilities›"
                    + $"{(KindRule.AreNumbers(known) ? $", or say ‹Numeric› {column.Header}" : "")}.");
            }
            positive = options.Positive is { } asked ? classes.Contains(asked) ? asked
                : throw new FaceBiasException(
                    $"‹Positive› '{asked}' is no label of '{truth.Header}'; it has {LabelAlignment.Quoted(classes)}.")
                : (classes.Length == 1 ? classes[0] : FindingMetric.KnownPositive(classes))
                    ?? throw new FaceBiasException(
                    $"'{column.Header}' is a score, and which of {LabelAlignment.Quoted(classes)} it speaks for is not known; say ‹Positive› {classes[^1]} or ‹Positive› {classes[0]}.");
            classes = classes.Length == 2 ? [classes.First(c => c != positive), positive]
                : [$"not {positive}", positive];
            codes = Codes(known, classes);
            unnamed.Find(name, classes, given: true, notices);
        }
        int[] predicted = [.. score.Select(s => double.IsNaN(s) ? -1 : s >= threshold ? 1 : 0)];
        notices.Add(FormattableString.Invariant(
            $"'{column.Header}' is taken as a score of '{positive}'{(options.Logits ? " (a logit)" : share ? " (its probability)" : "")}: rows at or above {threshold} are predicted to be it")
            + $"{(options.Threshold is null ? "; ‹Threshold› says otherwise" : "")}.");
        double[][] both = [Array.ConvertAll(score, s => share ? 1 - s : -s), score];
        return new(name, TargetKind.Categorical)
        {
            Classes = classes, Truth = truth is null ? predicted : codes, Predicted = predicted,
            Probabilities = share ? both : null, Scores = share ? null : both,
            Threshold = threshold, NoTruth = truth is null, Headers = headers,
        };
    }

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

    private double[] Pick(double[] values) => rows is null ? values : [.. rows.Select(r => values[r])];

    private double[] Finite(NumberColumn column)
    {
        var values = Pick(column.Values);
        var i = Array.FindIndex(values, v => Math.Abs(v) > Largest);
        if (i < 0 && Array.Find(values, v => v != 0 && !double.IsNaN(v)) is not 0 and var tiny
            && values.All(v => !(Math.Abs(v) > 1 / Largest)))
            throw new FaceBiasException(
                FormattableString.Invariant(
                    $"Column '{column.Header}' holds only numbers as small as {tiny:0.###E+0}, whose errors cannot be told from zero; give it in a larger unit."));
        return i < 0 ? values : throw new FaceBiasException(FormattableString.Invariant(
            $"Column '{column.Header}' holds {(double.IsInfinity(values[i]) ? "an infinite number" : $"{values[i]:0.###E+0}, which no error can be computed of,")} in row '{id(i)}'; correct it or leave it empty."));
    }
}
