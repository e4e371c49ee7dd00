namespace FaceBias.Auditing;

/// <summary>Says in sentences whether sets and intervals hold what they promise, and for whom not.</summary>
internal static class CoverageText
{
    private const int MostNamed = 4;

    /// <summary>What was found about a target's sets or intervals.</summary>
    public static string Sentence(string target, CoverageData coverage, GroupCoverage overall,
        IReadOnlyList<GroupingAudit> groupings, AuditOptions options)
    {
        var what = coverage.Interval ? "intervals" : "sets";
        if (overall.Coverage.Value is null)
            return $"The {what} of {target} cannot be judged: {overall.Coverage.Reason}.";
        var measured = $"The {what} of {target} hold the truth of {Share(overall.Coverage.Value)} of "
            + $"{MetricText.Count(overall.Coverage.Denominator)} rows ({Share(overall.Coverage.Low)} to "
            + $"{Share(overall.Coverage.High)})";
        if (coverage.Level is not { } level)
            return $"{measured}; which share they should hold is not known.";
        var verdict = overall.Verdict switch
        {
            CoverageVerdict.Nominal => $"the nominal {Share(level)} lies inside that interval",
            CoverageVerdict.Below => $"fewer than the nominal {Share(level)}",
            _ => $"more than the nominal {Share(level)}",
        };
        (string Name, GroupCoverage Group)[] groups = [.. groupings.Where(g => g.Attributes.Count == 1)
            .SelectMany(g => g.Groups.Zip(g.Coverage, (a, c) => ($"{a.Name()} ({g.Attributes[0]})", c)))];
        var judged = groups.Count(g => g.Group.Verdict is not null);
        if (judged == 0)
            return $"{measured}; {verdict}.";
        (string Name, GroupCoverage Group)[] low =
            [.. groups.Where(g => g.Group is { Verdict: CoverageVerdict.Below, AdjustedP: { } p } && p <= options.Alpha)
                .OrderBy(g => g.Group.Coverage.Value)];
        var outside = groups.Count(g => g.Group.Verdict is CoverageVerdict.Below or CoverageVerdict.Above);
        var inside = $"of {judged} groups the nominal coverage lies inside the interval in {judged - outside} (by "
            + $"chance alone about {Expected(judged, options)} would miss it)";
        return low.Length == 0
            ? $"{measured}; {verdict}; {inside}, and no group is shown to be covered less, after correction for their number."
            : $"{measured}; {verdict}; {inside}, and {low.Length} {(low.Length == 1 ? "is" : "are")} covered less "
                + "than the chance of the audited rows explains: "
                + $"{string.Join(", ", low.Take(MostNamed).Select(g => $"{g.Name} {Share(g.Group.Coverage.Value)}"))}{(low.Length > MostNamed ? ", ..." : "")} (the luck of few calibration rows comes on top).";
    }

    private static string Expected(int groups, AuditOptions options) =>
        ((1 - options.Confidence) * groups).ToString("0.#", CultureInfo.InvariantCulture);

    private static string Share(double? value) =>
        (100 * value!.Value).ToString("0.#", CultureInfo.InvariantCulture) + "%";
}
