namespace FaceBias.Auditing;

/// <summary>Adds to the groups of a label what is composed of several counts, and the fairness metrics across them,
/// each with its bootstrap interval.</summary>
internal static class ComposedMeasures
{
    /// <summary>The metrics that need no truth.</summary>
    private static readonly string[] s_ofSelection = ["demographic_parity", "disparate_impact",
        "differential_fairness"];

    public static (GroupAudit[] Groups, Disparity[] Disparities) Add(GroupedRows data, GroupAudit[] groups,
        AuditOptions options)
    {
        var target = data.Target;
        if (target.Kind == TargetKind.Numeric || !target.Detailed || data.Ranks.Weights is not null)
            return (groups, []);
        long[][][] counts = [.. data.Confusion.Select(g => g.Select(row => row.ToArray()).ToArray())];
        var statistics = new LabelStatistics(counts, [.. groups.Select(g => g.Name())], options);
        var values = statistics.Evaluate(counts);
        // Nothing is resampled where no group is large enough for a value, nor where nobody could read so many of
        // them.
        double[][]? replicates =
            groups.Length * Math.Max(2, target.Classes.Length) > 2 * CountBootstrap.MaximumGroups || !options.Resample
            || groups.Count(g => g.N >= options.MinimumCount) < Math.Min(2, groups.Length) ? null
            : CountBootstrap.Run(counts, data, statistics.Evaluate, values.Length, options);
        Interval? IntervalOf(int i) => double.IsNaN(values[i]) || replicates is null ? null
            : CountBootstrap.Percentile(replicates[i], values[i], options.Confidence);

        GroupAudit[] extended = target.NoTruth ? groups : [.. groups.Select((group, g) => group with
        {
            Estimates = [.. group.Estimates, .. Enumerable.Range(0, statistics.PerGroup).Select(
                i => Composed(data, group, i, values[(g * statistics.PerGroup) + i],
                    IntervalOf((g * statistics.PerGroup) + i), options))],
        })];
        var first = groups.Length * statistics.PerGroup;
        Disparity[] disparities = groups.Length == 1 ? []
            : [.. statistics.AcrossNames().Select((x, i) => (x, i)).Where(
                n => !target.NoTruth || s_ofSelection.Any(s => n.x.Name.StartsWith(s, StringComparison.Ordinal)))
                .Select(named =>
        {
            var (x, i) = named;
            var (value, interval) = (values[first + i], IntervalOf(first + i));
            return new Disparity(x.Name,
                double.IsNaN(value) ? null : value, interval?.Low, interval?.High,
                double.IsNaN(value)
                    ? "not estimable: too few groups with enough rows, an empty denominator, or a ratio to zero"
                    : interval is null ? "no interval: undefined in most replicates, too many groups, or not resampled"
                        : null,
                x.Class < 0 ? null : target.Classes[x.Class]);
        })];
        return (extended, disparities);
    }

    private static Estimate Composed(GroupedRows data, GroupAudit group, int index, double value, Interval? interval,
        AuditOptions options)
    {
        var shared = LabelStatistics.OfAllClasses.Count;
        var metric = index < shared ? LabelStatistics.OfAllClasses[index] : Metrics.F1;
        var name = index < shared ? null : data.Target.Classes[index - shared];
        return GroupMeasures.Refuse(metric.Key, group.N, options, @class: name) ?? new(metric.Key,
            double.IsNaN(value) ? null : value, interval?.Low, interval?.High, group.N, Class: name,
            Method: interval is null ? null : data.Clusters is null ? "bootstrap" : "cluster bootstrap",
            Reason: double.IsNaN(value) ? name is null
                ? "not estimable: it takes rows of two classes"
                : "not estimable: the class neither occurs nor is predicted" : null);
    }
}
