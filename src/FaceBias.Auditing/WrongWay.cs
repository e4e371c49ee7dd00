namespace FaceBias.Auditing;

/// <summary>Answers that are wrong more often than guesses: classes that were exchanged, scores of the other class,
/// numbers that fall where the truth rises.</summary>
internal static class WrongWay
{
    /// <summary>Standard deviations that are no chance: p of about 0.001.</summary>
    private const double Sure = 3.3;
    private const double LowArea = 0.4, LowCorrelation = -0.2;
    private const int FewRows = 10;

    /// <summary>What is the wrong way round, and how findings then read; null where nothing is.</summary>
    public static string? Of(TargetData target)
    {
        if (target.NoTruth)
            return null;
        if (target.Kind == TargetKind.Numeric)
            return OfNumbers(target);
        if (target.Classes.Length < 2)
            return null;
        if (target.Classes.Length == 2 && (target.Probabilities ?? target.Scores) is { } scores
            && OfScores(target, scores[1]) is { } sentence)
            return sentence;
        return OfLabels(target);
    }

    private const string Reading = "Until then gaps of accuracy keep their size, but the group that is named worst is "
        + "the one that is served best.";

    private static string? OfScores(TargetData target, double[] score)
    {
        int[] rows = [.. Enumerable.Range(0, score.Length).Where(r => target.Truth[r] >= 0 && !double.IsNaN(score[r]))];
        double[] yes = [.. rows.Where(r => target.Truth[r] == 1).Select(r => score[r]).Order()],
            no = [.. rows.Where(r => target.Truth[r] == 0).Select(r => score[r]).Order()];
        if (Math.Min(yes.Length, no.Length) < FewRows)
            return null;
        var area = Area(yes, no);
        // Hanley and McNeil 1982.
        double a = area * area, q1 = area / (2 - area), q2 = 2 * a / (1 + area), n = yes.Length, m = no.Length;
        var error = Math.Sqrt((area * (1 - area) + (n - 1) * (q1 - a) + (m - 1) * (q2 - a)) / (n * m));
        if (area >= LowArea || area + (Sure * error) >= 0.5)
            return null;
        string neg = target.Classes[0], pos = target.Classes[1];
        return FormattableString.Invariant(
            $"The scores of '{target.Name}' rank the wrong way round: rows that are truly '{pos}' mostly score lower for '{pos}' than others (AUC {area:0.00}; chance is 0.50). Probably they speak for '{neg}': ")
            + (target.Threshold is not null ? $"say ‹Positive› {neg}. "
                : $"name the columns the other way round by ‹Probabilities› {neg}=COLUMN,{pos}=COLUMN. ")
            + Reading;
    }

    /// <summary>The share of pairs in which the first scores higher; ties count one half.</summary>
    private static double Area(double[] yes, double[] no)
    {
        double sum = 0;
        int below = 0, upTo = 0;
        foreach (var y in yes)
        {
            while (below < no.Length && no[below] < y)
                below++;
            while (upTo < no.Length && no[upTo] <= y)
                upTo++;
            sum += (below + upTo) / 2.0;
        }
        return sum / yes.Length / no.Length;
    }

    /// <summary>Classes of which most rows get another class, in a circle: each for the next.</summary>
    private static string? OfLabels(TargetData target)
    {
        var classes = target.Classes.Length;
        var counts = new Dictionary<(int Truth, int Said), int>();
        var totals = new int[classes];
        for (var row = 0; row < target.Truth.Length; row++)
        {
            if (target.Truth[row] is >= 0 and var t && target.Predicted[row] is >= 0 and var p)
            {
                counts[(t, p)] = counts.GetValueOrDefault((t, p)) + 1;
                totals[t]++;
            }
        }
        var taken = new int[classes];
        Array.Fill(taken, -1);
        foreach (var ((t, p), n) in counts)
        {
            if (t != p && totals[t] >= FewRows && Interval.Wilson(n, totals[t], Sure).Low > 0.5)
                taken[t] = p;
        }
        int[] circle = [.. Enumerable.Range(0, classes).Where(start => Returns(taken, start))];
        if (circle.Length == 0)
            return null;
        var header = target.Headers.Count > 1 ? target.Headers[1] : target.Name;
        var right = circle.Sum(t => counts[(t, taken[t])]);
        var pairs = string.Join(",", circle.Take(12).Select(t => $"{target.Classes[taken[t]]}={target.Classes[t]}"));
        return FormattableString.Invariant(
            $"'{header}' has classes exchanged: {right:N0} of the {circle.Sum(t => totals[t]):N0} rows that are truly {LabelAlignment.Quoted(circle.Select(t => target.Classes[t]))} are predicted to be another of these. Probably their names or codes were mixed up: ")
            + (target.Probabilities is null ? $"say ‹Map› \"{header}:{pairs}\". "
                : "name the columns of each class by ‹Probabilities›. ")
            + (classes == 2 ? Reading : "Until then accuracy says how often their names are mixed up.");
    }

    private static bool Returns(int[] taken, int start)
    {
        var at = taken[start];
        for (var steps = 0; at >= 0 && at != start && steps < taken.Length; steps++)
            at = taken[at];
        return at == start;
    }

    private static string? OfNumbers(TargetData target)
    {
        int[] rows = [.. Enumerable.Range(0, target.TruthValue.Length).Where(
            r => target.HasTruth(r) && target.HasPrediction(r))];
        if (rows.Length < FewRows)
            return null;
        double meanT = rows.Average(r => target.TruthValue[r]), meanP = rows.Average(r => target.PredictedValue[r]);
        double tt = 0, pp = 0, tp = 0;
        foreach (var r in rows)
        {
            double t = target.TruthValue[r] - meanT, p = target.PredictedValue[r] - meanP;
            (tt, pp, tp) = (tt + (t * t), pp + (p * p), tp + (t * p));
        }
        var correlation = tp / Math.Sqrt(tt * pp);
        // Fisher's transformation.
        return !(correlation < 0) || Math.Atanh(correlation) + (Sure / Math.Sqrt(rows.Length - 3)) >= LowCorrelation
            ? null : FormattableString.Invariant(
            $"'{target.Name}' falls where its truth rises (correlation {correlation:0.00}): the predictions are probably of another scale, or of other rows.");
    }
}
