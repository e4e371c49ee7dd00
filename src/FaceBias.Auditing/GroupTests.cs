namespace FaceBias.Auditing;

/// <summary>A test of whether the groups of one attribute are alike in something that no single metric says.</summary>
/// <param name="Name">calibration: whether one calibration line fits all groups; scores: whether the probabilities of a
/// class are distributed alike; scores_of_class: the same among the rows truly of that class.</param>
/// <param name="Method">likelihood_ratio, mann_whitney (two groups) or kruskal_wallis (more).</param>
/// <param name="Statistic">Chi-square.</param>
/// <param name="Degrees">Its degrees of freedom.</param>
/// <param name="P">P, not corrected for other tests.</param>
/// <param name="Groups">How many groups were compared.</param>
/// <param name="Class">The class whose probability is looked at, or null.</param>
internal sealed record GroupTest(string Name, string Method, double Statistic, int Degrees, double P, int Groups,
    [property: System.Text.Json.Serialization.JsonIgnore(Condition =
        System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] string? Class = null)
{
    /// <summary>The groups that could not be compared, each with the reason.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}

/// <summary>The tests of groups by probabilities. Rows are taken as independent; where they are clustered none is
/// made.</summary>
internal static class GroupTests
{
    public static List<GroupTest> Of(GroupedRows data, AuditOptions options)
    {
        var tests = new List<GroupTest>();
        if (data.Ranks.Classes.Count == 0 || !data.IsPlain || data.Grouping.Attributes.Length != 1)
            return tests;
        if (data.Ranks.Confidence is not null && OfCalibration(data, options) is { } calibration)
            tests.Add(calibration);
        for (var k = 0; k < data.Ranks.Classes.Count; k++)
        {
            var ranks = data.Ranks.Classes[k];
            if (OfScores("scores", data, ranks.Scores, _ => true, k, options) is { } scores)
                tests.Add(scores);
            if (!data.Target.NoTruth && OfScores("scores_of_class", data, ranks.Scores, ranks.IsPositive, k, options) is
                { } given)
                tests.Add(given);
        }
        return tests;
    }

    /// <summary>The likelihood-ratio test that offset and slope of the calibration line (a logistic regression of being
    /// right on the logit of the probability given) are the same in all groups: twice the gain in log-likelihood of a
    /// line per group, chi-square with 2 (groups - 1) degrees of freedom.</summary>
    private static GroupTest? OfCalibration(GroupedRows data, AuditOptions options)
    {
        var dealt = data.Ranks.Confidence!.Deal(data.Grouping);
        double apart = 0;
        var fewest = Math.Max(options.MinimumCount, Calibration.FewestForSlope);
        var unfit = new string?[data.Grouping.CellCount];
        for (var cell = 0; cell < unfit.Length; cell++)
        {
            if (dealt[cell].Length < fewest)
                unfit[cell] = $"{dealt[cell].Length} rows, and a line takes {fewest}";
            else if (new Calibration(data.Target, dealt.Rows(cell), dealt.Memory(cell)).Fit() is { } line)
                apart += line.LogLikelihood;
            else
                unfit[cell] = "no line of finite slope fits, as where all answers are right";
        }
        int[] fitted = [.. Enumerable.Range(0, unfit.Length).Where(cell => unfit[cell] is null)];
        if (fitted.Length < 2)
            return null;
        var rows = new int[fitted.Sum(cell => dealt[cell].Length)];
        var p = new double[rows.Length];
        var at = 0;
        foreach (var cell in fitted)
        {
            dealt.Rows(cell).CopyTo(rows.AsSpan(at));
            dealt[cell].CopyTo(p.AsSpan(at));
            at += dealt[cell].Length;
        }
        if (new Calibration(data.Target, rows, p).Fit() is not { } together)
            return null;
        var (statistic, degrees) = (Math.Max(0, 2 * (apart - together.LogLikelihood)), 2 * (fitted.Length - 1));
        return new("calibration", "likelihood_ratio", statistic, degrees, UpperTail.ChiSquare(degrees, statistic),
            fitted.Length)
        {
            LeftOut = [.. Enumerable.Range(0, data.Grouping.CellCount).Where(cell => unfit[cell] is not null)
                .Select(cell => $"{string.Join(", ", data.Grouping.Levels(cell))}: {unfit[cell]}")],
        };
    }

    /// <summary>Kruskal and Wallis' rank test with midranks and the correction for ties; of two groups it is the test
    /// of Mann and Whitney: H = 12 / (N (N + 1)) Σ R² / n - 3 (N + 1), over 1 - Σ (t³ - t) / (N³ - N).</summary>
    private static GroupTest? OfScores(string name, GroupedRows data, RankedRows scores, Func<int, bool> takesPart,
        int k, AuditOptions options)
    {
        var cells = data.Grouping.CellCount;
        var n = new long[cells];
        foreach (var row in scores.Rows)
            n[data.Grouping.Cells[row]] += takesPart(row) ? 1 : 0;
        bool[] compared = [.. n.Select(c => c >= options.MinimumCount)];
        var groups = compared.Count(c => c);
        if (groups < 2)
            return null;
        var ranks = new double[cells];
        double all = 0, ties = 0;
        bool In(int i) => compared[data.Grouping.Cells[scores.Rows[i]]] && takesPart(scores.Rows[i]);
        for (int start = 0, end; start < scores.Rows.Length; start = end)
        {
            double tied = 0;
            var value = scores.Value(scores.Rows[start]);
            for (end = start; end < scores.Rows.Length && scores.Value(scores.Rows[end]) == value; end++)
                tied += In(end) ? 1 : 0;
            for (var i = start; i < end; i++)
            {
                if (In(i))
                    ranks[data.Grouping.Cells[scores.Rows[i]]] += all + ((tied + 1) / 2);
            }
            all += tied;
            ties += (tied * tied * tied) - tied;
        }
        var correction = 1 - (ties / ((all * all * all) - all));
        if (!(correction > 1e-12))
            return null;
        double h = 0;
        for (var c = 0; c < cells; c++)
        {
            // About the mean rank, which loses no digits at millions of rows.
            if (compared[c])
                h += n[c] * Math.Pow((ranks[c] / n[c]) - ((all + 1) / 2), 2);
        }
        h *= 12 / (all * (all + 1)) / correction;
        return new(name, groups == 2 ? "mann_whitney" : "kruskal_wallis", h, groups - 1,
            UpperTail.ChiSquare(groups - 1, h), groups, data.Target.Classes[k])
        {
            LeftOut = [.. Enumerable.Range(0, cells).Where(c => !compared[c])
                .Select(c =>
                    $"{string.Join(", ", data.Grouping.Levels(c))}: {n[c]} rows, fewer than {options.MinimumCount}")],
        };
    }
}
