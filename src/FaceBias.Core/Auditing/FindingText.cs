using System.Globalization;

namespace FaceBias.Core.Auditing;

/// <summary>Says what was found in sentences that need no statistics to read.</summary>
internal static class FindingText
{
    public static List<Finding> All(IReadOnlyList<TargetAudit> targets) => [.. (
        from target in targets
        let metric = Metrics.Primary(target.Kind)
        from grouping in target.Groupings
        where grouping.Attributes.Count == 1
        from gap in grouping.Gaps
        where gap.Metric == metric.Key
        orderby Rank(gap), gap.Value / gap.Margin descending
        select new Finding(target.Name, grouping.Attributes[0], metric.Key, gap.Verdict,
            Sentence(target, grouping, gap, metric)))];

    private static int Rank(Gap gap) => gap.Verdict switch
    {
        Verdict.GapShown => 0,
        Verdict.NotEnoughData => 1,
        Verdict.WithinMargin => 2,
        _ => 3,
    };

    private static string Sentence(TargetAudit target, GroupingAudit grouping, Gap gap, Metric metric)
    {
        var attribute = grouping.Attributes[0];
        if (gap.Value is not { } value)
            return $"{target.Name} by {attribute}: {gap.Reason}.";
        var worst = grouping.Groups.First(g => g.Name() == gap.Worst);
        var best = grouping.Groups.First(g => g.Name() == gap.Best);
        var direction = metric.HigherIsBetter == true ? "lowest" : "highest";
        var opposite = metric.HigherIsBetter == true ? "highest" : "lowest";
        var comparison = string.Create(CultureInfo.InvariantCulture,
            $"{target.Name} by {attribute}: the {metric.Title} is {direction} for {gap.Worst} "
            + $"({Figure(worst, metric)}, n = {worst.N:N0}) and {opposite} for {gap.Best} ({Figure(best, metric)}, n = {best.N:N0}), "
            + $"a gap of {Difference(value, metric)} (interval {Difference(gap.Low!.Value, metric)} to {Difference(gap.High!.Value, metric)})");
        var chance = $"groups of these sizes that are treated alike would show about "
            + $"{Difference(gap.ExpectedUnderEquality!.Value, metric)} by chance (p {P(gap.AdjustedP!.Value)}, corrected for all findings)";
        return gap.Verdict switch
        {
            Verdict.GapShown => $"{comparison}. This is more than chance: {chance}.",
            Verdict.WithinMargin => $"{comparison}. Every difference is shown to be smaller than the margin of "
                + $"{Difference(gap.Margin, metric)}; {chance}.",
            _ => $"{comparison}. The data neither show a gap nor rule one out: {chance}; to settle a difference of "
                + $"{Difference(gap.Margin, metric)} takes about {gap.NeededPerGroup!.Value.ToString("N0", CultureInfo.InvariantCulture)} "
                + $"rows in each group, and the smallest compared group has "
                + $"{grouping.Groups.Where(g => g.Find(metric.Key)!.Value is not null).Min(g => g.N).ToString("N0", CultureInfo.InvariantCulture)}.",
        };
    }

    private static string Figure(GroupAudit group, Metric metric)
    {
        var value = group.Find(metric.Key)!.Value!.Value;
        return metric.IsRate
            ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + "%"
            : value.ToString("0.00", CultureInfo.InvariantCulture);
    }

    private static string Difference(double value, Metric metric) => metric.IsRate
        ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + " points"
        : value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string P(double p) => p < 0.001 ? "< 0.001" : "= " + p.ToString("0.000", CultureInfo.InvariantCulture);
}
