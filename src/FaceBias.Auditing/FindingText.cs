namespace FaceBias.Auditing;

/// <summary>Says what was found in sentences that need no statistics to read.</summary>
internal static class FindingText
{
    public static List<Finding> All(IReadOnlyList<TargetAudit> targets, IReadOnlyList<ConditionalGap> conditional) =>
        [.. Ranked(targets, conditional).Select(s => s.Finding)];

    /// <summary>What is found with what it rests on, ranked by harm: shown gaps first; wrong labels before errors of
    /// numbers; groups of people and pictures before groups by the truth of the target itself, whose extremes are
    /// harder to tell for any model; then by the gap in margins.</summary>
    public static IEnumerable<FindingSubject> Ranked(IReadOnlyList<TargetAudit> targets,
        IReadOnlyList<ConditionalGap> conditional) =>
        from x in Marginal(targets).Concat(Within(targets, conditional))
        orderby Rank(x.Gap.Verdict), x.Target.Kind == TargetKind.Numeric, x.Grouping.Attributes[0] == x.Target.Name,
            x.Gap.Value / (x.Gap.Margin ?? x.Gap.High ?? 1) descending
        select x;

    private static IEnumerable<FindingSubject> Within(IReadOnlyList<TargetAudit> targets,
        IReadOnlyList<ConditionalGap> conditional) =>
        from c in conditional
        where c.Grouping is not null
        let target = targets.Single(t => t.Name == c.Target)
        let grouping = c.Grouping! with { Groups = [.. c.Grouping.Groups.Where(g => g.Levels[1] == c.Level)] }
        select new FindingSubject(target, grouping, c.Gap,
            new(c.Target, $"{c.Attribute} where {c.Control} is {c.Level}", c.Gap.Metric, c.Gap.Verdict,
            Sentence(target, grouping, c.Gap, Metrics.Find(c.Gap.Metric),
                $"{c.Target} by {(c.Attribute == c.Target ? "true " : "")}{c.Attribute}, where {c.Control} is {c.Level}")));

    private static IEnumerable<FindingSubject> Marginal(IReadOnlyList<TargetAudit> targets) =>
        from target in targets
        from about in target.FindingMetrics
        let metric = Metrics.Find(about.Metric)
        from grouping in target.Groupings
        where grouping.Attributes.Count == 1
        from gap in grouping.Gaps
        where gap.Metric == metric.Key && gap.Class == about.Class
        let attribute = grouping.Attributes[0]
        select new FindingSubject(target, grouping, gap, new(target.Name, attribute, metric.Key, gap.Verdict,
            Sentence(target, grouping, gap, metric,
                $"{target.Name} by {(attribute == target.Name ? "true " : "")}{attribute}")));

    /// <summary>The largest shown gap of a target, crossed groups included; null where none is shown.</summary>
    public static FindingSubject? Gravest(TargetAudit target) =>
        (from grouping in target.Groupings
         from gap in grouping.Gaps
         where gap.Verdict == Verdict.GapShown && gap.Value is not null
             && target.Main == new FindingMetric(gap.Metric, gap.Class)
         // By the truth of the target itself the extremes are the hardest for any model.
         orderby grouping.Attributes.Contains(target.Name) && target.Kind == TargetKind.Numeric, gap.Value descending
         let attribute = string.Join(" x ", grouping.Attributes)
         let sentence = Sentence(target, grouping, gap, Metrics.Find(gap.Metric),
             $"{target.Name} by {(attribute == target.Name ? "true " : "")}{attribute}")
         select new FindingSubject(target, grouping, gap, new(target.Name, attribute, gap.Metric, gap.Verdict,
             grouping.Attributes.Count == 1 ? sentence
                 : sentence.Replace("corrected for all findings", "corrected for all groups that were crossed",
                     StringComparison.Ordinal)))).FirstOrDefault();

    /// <summary>The confirmed slice of a target that is worst for sure, by the lower end of its difference; null where
    /// none is confirmed.</summary>
    public static Slice? WorstSlice(AuditResult audit, TargetAudit target) =>
        audit.Slices.Where(s => s.Confirmed && s.Target == target.Name).MaxBy(s => s.Low);

    /// <summary>A slice in a sentence.</summary>
    public static string Of(Slice slice, AuditResult audit)
    {
        var metric = Metrics.Find(slice.Metric);
        var unit = MetricText.Unit(audit.Targets.Single(t => t.Name == slice.Target), metric);
        var values = metric.IsRate ? "" : unit;
        return $"{slice.Target}, where {slice.Description}: the {metric.Title} is "
            + $"{MetricText.Value(slice.Value, metric)}{values} (n = {MetricText.Count(slice.N)}) "
            + $"against {MetricText.Value(slice.Rest, metric)}{values} in the remaining rows, worse by "
            + $"{MetricText.Difference(slice.Difference, metric)}{unit} "
            + $"(between {MetricText.Difference(slice.Low, metric)} and {MetricText.Difference(slice.High, metric)}; p "
            + $"{P(slice.AdjustedP)}, corrected for all slices {(slice.AllRows ? "that there are" : "tested")}).";
    }

    internal static int Rank(Verdict? verdict) => verdict switch
    {
        Verdict.GapShown => 0,
        Verdict.NotEnoughData => 1,
        Verdict.WithinMargin => 2,
        _ => 3,
    };

    private static string Sentence(TargetAudit target, GroupingAudit grouping, Gap gap, Metric metric, string about)
    {
        if (gap.Value is null)
            return $"{about}: {gap.Reason}.";
        var unit = MetricText.Unit(target, metric);
        var title = gap.Class is { } label ? $"{metric.Title} of '{label}'" : metric.Title;
        var (worse, better) = metric.HigherIsBetter == true ? ("lowest", "highest") : ("highest", "lowest");
        var comparison = gap.Value == 0
            ? $"{about}: the {title} is the same in all groups (up to {MetricText.Difference(gap.High, metric)}{unit} "
                + "apart, as far as the data tell)."
            : $"{about}: the {title} is {worse} for {Side(gap.Worst)} and {better} for {Side(gap.Best)}; "
            + $"the gap is {MetricText.Difference(gap.Value, metric)}{unit} (between "
            + $"{MetricText.Difference(gap.Low, metric)} and "
            + $"{MetricText.Difference(gap.High, metric)}).";
        var chance = gap.AdjustedP is not { } p ? "No p was asked for."
            : "Groups of these sizes that are treated alike would show "
                + $"{MetricText.Difference(gap.ExpectedUnderEquality, metric)}"
            + $"{unit} by chance (p {P(p)}, corrected for all findings).";
        var margin = $"{MetricText.Difference(gap.Margin, metric)}{unit}";
        var settle = gap.NeededPerGroup is not { } needed
            ? $"No margin was given for its unit, so how many rows would settle it is not known (‹NumericMargin›).".Named()
            : $"To settle a difference of {margin} takes about {MetricText.Count(needed)} rows in each group; the "
                + $"smallest compared group has {MetricText.Count(Smallest())}.";
        return gap.Verdict switch
        {
            Verdict.GapShown => $"{comparison} This is more than chance. {chance}",
            Verdict.WithinMargin =>
                $"{comparison} Every difference is shown to be smaller than the margin of {margin}. {chance}",
            null => $"{comparison} {chance}",
            _ => $"{comparison} The data neither show a gap nor rule one out. {chance} {settle}",
        };

        string Side(string? name)
        {
            var group = grouping.Groups.First(g => g.Name() == name);
            return $"{name} ({MetricText.Value(group.Find(metric.Key, gap.Class)!)}{(metric.IsRate ? "" : unit)}, n = "
                + $"{MetricText.Count(group.Find(metric.Key, gap.Class)!.Denominator)})";
        }

        long Smallest() =>
            grouping.Groups.Select(g => g.Find(metric.Key, gap.Class)!).Where(e => e.Value is not null)
                .Min(e => e.Denominator);
    }

    internal static string P(double p) => p < 0.001 ? "< 0.001" : "= " + MetricText.P(p);
}

/// <summary>A finding with what it rests on.</summary>
internal sealed record FindingSubject(TargetAudit Target, GroupingAudit Grouping, Gap Gap, Finding Finding);
