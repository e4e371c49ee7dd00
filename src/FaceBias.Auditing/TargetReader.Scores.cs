namespace FaceBias.Auditing;

internal sealed partial class TargetReader
{
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
}
