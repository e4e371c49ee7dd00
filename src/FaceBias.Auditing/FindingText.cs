namespace FaceBias.Auditing;

/// <summary>Says what was found in sentences that need no statistics to read.</summary>
internal static class FindingText
{
    public static List<Finding> All(IReadOnlyList<TargetAudit> targets, IReadOnlyList<ConditionalGap> conditional) => [..
        (from x in Marginal(targets).Concat(Within(targets, conditional))
         orderby Rank(x.Gap), x.Gap.Value / (x.Gap.Margin ?? x.Gap.High ?? 1) descending
         select x.Finding)];

    private static IEnumerable<(Gap Gap, Finding Finding)> Within(IReadOnlyList<TargetAudit> targets, IReadOnlyList<ConditionalGap> conditional) =>
        from c in conditional
        let target = targets.Single(t => t.Name == c.Target)
        select (c.Gap, new Finding(c.Target, $"{c.Attribute} where {c.Control} is {c.Level}", c.Gap.Metric, c.Gap.Verdict,
            Sentence(target, c.Grouping! with { Groups = [.. c.Grouping.Groups.Where(g => g.Levels[1] == c.Level)] }, c.Gap, Metrics.Find(c.Gap.Metric), $"{c.Target} by {(c.Attribute == c.Target ? "true " : "")}{c.Attribute}, where {c.Control} is {c.Level}")));

    private static IEnumerable<(Gap Gap, Finding Finding)> Marginal(IReadOnlyList<TargetAudit> targets) =>
        from target in targets
        from about in target.FindingMetrics
        let metric = Metrics.Find(about.Metric)
        from grouping in target.Groupings
        where grouping.Attributes.Count == 1
        from gap in grouping.Gaps
        where gap.Metric == metric.Key && gap.Class == about.Class
        let attribute = grouping.Attributes[0]
        select (gap, new Finding(target.Name, attribute, metric.Key, gap.Verdict,
            Sentence(target, grouping, gap, metric, $"{target.Name} by {(attribute == target.Name ? "true " : "")}{attribute}")));

    /// <summary>A slice in a sentence.</summary>
    public static string Of(Slice slice, AuditResult audit)
    {
        var metric = Metrics.Find(slice.Metric);
        var unit = Figures.Unit(audit.Targets.Single(t => t.Name == slice.Target), metric);
        var values = metric.IsRate ? "" : unit;
        return $"{slice.Target}, where {slice.Description}: the {metric.Title} is {Figures.Value(slice.Value, metric)}{values} (n = {Figures.Count(slice.N)}) "
            + $"against {Figures.Value(slice.Rest, metric)}{values} in the remaining rows, worse by {Figures.Difference(slice.Difference, metric)}{unit} "
            + $"(between {Figures.Difference(slice.Low, metric)} and {Figures.Difference(slice.High, metric)}; p {P(slice.AdjustedP)}, corrected for all slices tested).";
    }

    private static int Rank(Gap gap) => gap.Verdict switch
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
        var unit = Figures.Unit(target, metric);
        var title = gap.Class is { } label ? $"{metric.Title} of '{label}'" : metric.Title;
        var (worse, better) = metric.HigherIsBetter == true ? ("lowest", "highest") : ("highest", "lowest");
        var comparison = gap.Value == 0 ? $"{about}: the {title} is the same in all groups (up to {Figures.Difference(gap.High, metric)}{unit} apart, as far as the data tell)."
            : $"{about}: the {title} is {worse} for {Side(gap.Worst)} and {better} for {Side(gap.Best)}; "
            + $"the gap is {Figures.Difference(gap.Value, metric)}{unit} (between {Figures.Difference(gap.Low, metric)} and "
            + $"{Figures.Difference(gap.High, metric)}).";
        var chance = gap.AdjustedP is not { } p ? "No p was asked for." : $"Groups of these sizes that are treated alike would show {Figures.Difference(gap.ExpectedUnderEquality, metric)}"
            + $"{unit} by chance (p {P(p)}, corrected for all findings).";
        var margin = $"{Figures.Difference(gap.Margin, metric)}{unit}";
        var settle = gap.NeededPerGroup is not { } needed ? $"No margin was given for its unit, so how many rows would settle it is not known (--numeric-margin)."
            : $"To settle a difference of {margin} takes about {Figures.Count(needed)} rows in each group; the smallest compared group has {Figures.Count(Smallest())}.";
        return gap.Verdict switch
        {
            Verdict.GapShown => $"{comparison} This is more than chance. {chance}",
            Verdict.WithinMargin => $"{comparison} Every difference is shown to be smaller than the margin of {margin}. {chance}",
            null => $"{comparison} {chance}",
            _ => $"{comparison} The data neither show a gap nor rule one out. {chance} {settle}",
        };

        string Side(string? name)
        {
            var group = grouping.Groups.First(g => g.Name() == name);
            return $"{name} ({Figures.Value(group.Find(metric.Key, gap.Class)!)}{(metric.IsRate ? "" : unit)}, n = {Figures.Count(group.Find(metric.Key, gap.Class)!.Denominator)})";
        }

        long Smallest() => grouping.Groups.Select(g => g.Find(metric.Key, gap.Class)!).Where(e => e.Value is not null).Min(e => e.Denominator);
    }

    private static string P(double p) => p < 0.001 ? "< 0.001" : "= " + Figures.P(p);
}
