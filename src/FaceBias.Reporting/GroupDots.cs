using FaceBias.Primitives.Statistics;

namespace FaceBias.Reporting;

/// <summary>A metric of all groups of a grouping as a <see cref="DotChart"/>.</summary>
internal static class GroupDots
{
    /// <param name="gap">The gap whose worst and best group are marked and whose margin is drawn; or null.</param>
    public static DotChart Of(TargetAudit target, GroupingAudit grouping, FindingMetric about, AuditOptions options,
        Gap? gap)
    {
        var metric = Metrics.Find(about.Metric);
        var all = target.Overall.Find(about.Metric, about.Class);
        var best = grouping.Groups.FirstOrDefault(g => g.Name() == gap?.Best)?.Find(about.Metric, about.Class)?.Value;
        return new()
        {
            Axis = $"{MetricText.Title(metric.Title)}{(about.Class is { } label ? $" of {label}" : "")}{(target.Unit is { } unit && !metric.IsRate ? $" in {unit}" : "")}",
            IsRate = metric.IsRate,
            Reference = all?.Value,
            Band = (best, gap?.Margin, metric.HigherIsBetter) switch
            {
                ({ } b, { } m, true) => (b - m, b),
                ({ } b, { } m, false) => (b, b + m),
                _ => null,
            },
            Rows = [.. grouping.Groups.Where(g => g.N + g.Unpredicted > 0)
                .Select(g => Row(g, g.Find(about.Metric, about.Class)!))],
        };

        DotRow Row(GroupAudit group, Estimate e) =>
            new(group.Name(), $"n = {MetricText.Count(e.Denominator)}", e.Value, e.Low, e.High,
            e.Value is null ? "too few rows" : $"{MetricText.Value(e)} ({MetricText.Interval(e)})")
        {
            Kind = gap is null ? "" : group.Name() == gap.Worst ? "worst" : group.Name() == gap.Best ? "best" : "",
            Chance = Chance(all, e, metric, options.Confidence),
        };
    }

    /// <summary>Between which values a group of this size would lie by chance, with the confidence given, if it were
    /// like all rows: p ± z √(p q / n) of a rate, and of a mean with the standard deviation that the interval of all
    /// rows speaks of (limits of a funnel plot, Spiegelhalter 2005).</summary>
    private static (double, double)? Chance(Estimate? all, Estimate group, Metric metric, double confidence)
    {
        double n = group.EffectiveN ?? group.Denominator;
        if (all is not { Value: { } value, Low: { } low, High: { } high } || n < 1)
            return null;
        var z = Interval.Z(confidence);
        double half = metric.IsRate ? z * Math.Sqrt(value * (1 - value) / n)
            : (high - low) / 2 * Math.Sqrt((all.EffectiveN ?? all.Denominator) / n);
        return metric.IsRate ? (Math.Max(0, value - half), Math.Min(1, value + half)) : (value - half, value + half);
    }
}
