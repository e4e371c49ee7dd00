namespace FaceBias.Auditing;

/// <summary>An audit in long form, one row per metric; what <c>audit.parquet</c> holds.</summary>
internal static class AuditTable
{
    /// <summary>Columns: target, kind (estimate, gap, conditional gap, disparity, trend, test, threshold), attributes
    /// ("gender x age", empty for all rows), group, metric, class, value, low, high, shrunken, n (the group's rows),
    /// denominator, effective_n (of clustered rows), rough (1 where the interval is), p, p_adjusted, p_holm (of printed
    /// findings), verdict, reason, threshold (of a score). The value of a trend or test is its statistic. What has no
    /// meaning in a row is missing there.</summary>
    public static Table Of(AuditResult result)
    {
        var rows = new List<Row>();
        foreach (var target in result.Targets)
        {
            rows.AddRange(target.Thresholds.SelectMany(
                t => new (string Metric, double? Value)[] { ("selection_rate", t.SelectionRate), ("recall", t.Recall),
                    ("fpr", t.Fpr), ("accuracy", t.Accuracy) }
                .Where(m => m.Value is not null).Select(m => new Row(target.Name, "threshold", t.Attribute, m.Metric)
                {
                    Group = t.Group, Class = target.Classes[1], Value = m.Value, N = t.N, Threshold = t.Threshold,
                })));
            rows.AddRange(target.Overall.Estimates.Select(e => Of(target, "", "all", target.Overall, e)));
            foreach (var grouping in target.Groupings)
            {
                var attributes = string.Join(" x ", grouping.Attributes);
                rows.AddRange(grouping.Groups.SelectMany(
                    g => g.Estimates.Select(e => Of(target, attributes, g.Name(), g, e))));
                rows.AddRange(grouping.Gaps.Select(g => Of(target.Name, "gap", attributes, g)));
                rows.AddRange(grouping.Disparities.Select(d => new Row(target.Name, "disparity", attributes, d.Name)
                {
                    Class = d.Class, Value = d.Value, Low = d.Low, High = d.High, Reason = d.Reason,
                }));
                rows.AddRange(grouping.Trends.Select(
                    t => new Row(target.Name, "trend", attributes, t.Metric) { Value = t.Z, P = t.P }));
                rows.AddRange(grouping.Tests.Select(t => new Row(target.Name, "test", attributes, t.Name)
                {
                    Class = t.Class, Value = t.Statistic, P = t.P,
                    Reason = t.LeftOut.Count == 0 ? null : $"left out: {string.Join("; ", t.LeftOut)}",
                }));
            }
        }
        rows.AddRange(result.Conditional.Select(
            c => Of(c.Target, "conditional gap", $"{c.Attribute} where {c.Control} is {c.Level}", c.Gap)));
        return new(
        [
            Text("target", r => r.Target), Text("kind", r => r.Kind), Text("attributes", r => r.Attributes),
            Text("group", r => r.Group), Text("metric", r => r.Metric), Text("class", r => r.Class),
            Number("value", r => r.Value), Number("low", r => r.Low), Number("high", r => r.High),
            Number("shrunken", r => r.Shrunken), Number("n", r => r.N),
            Number("denominator", r => r.Denominator), Number("effective_n", r => r.EffectiveN),
            Number("rough", r => r.Rough == true ? 1 : null), Number("p", r => r.P),
            Number("p_adjusted", r => r.AdjustedP),
            Number("p_holm", r => r.HolmP),
            Text("verdict", r => r.Verdict), Text("reason", r => r.Reason), Number("threshold", r => r.Threshold),
        ]);

        TextColumn Text(string name, Func<Row, string?> value) => new(name, [.. rows.Select(value)]);
        NumberColumn Number(string name, Func<Row, double?> value) =>
            new(name, [.. rows.Select(r => value(r) ?? double.NaN)]);
    }

    private static Row Of(TargetAudit target, string attributes, string name, GroupAudit group, Estimate e) =>
        new(target.Name, "estimate", attributes, e.Metric)
        {
            Group = name, Class = e.Class, Value = e.Value, Low = e.Low, High = e.High, N = group.N,
            Denominator = e.Denominator, Reason = e.Reason, Shrunken = e.Shrunken, EffectiveN = e.EffectiveN,
            Rough = e.Rough,
        };

    private static Row Of(string target, string kind, string attributes, Gap g) =>
        new(target, kind, attributes, g.Metric)
    {
        Group = g.Value is null ? null : $"{g.Worst} against {g.Best}", Class = g.Class, Value = g.Value, Low = g.Low,
        High = g.High, P = g.P, AdjustedP = g.AdjustedP, HolmP = g.HolmP,
        Verdict = g.Verdict is null ? null : MetricText.Words(g.Verdict), Reason = g.Reason,
    };

    private sealed record Row(string Target, string Kind, string Attributes, string Metric)
    {
        public string? Group { get; init; }
        public string? Class { get; init; }
        public double? Value { get; init; }
        public double? Low { get; init; }
        public double? High { get; init; }
        public double? Shrunken { get; init; }
        public long? N { get; init; }
        public long? Denominator { get; init; }
        public double? EffectiveN { get; init; }
        public bool? Rough { get; init; }
        public double? P { get; init; }
        public double? AdjustedP { get; init; }
        public double? HolmP { get; init; }
        public string? Verdict { get; init; }
        public string? Reason { get; init; }
        public double? Threshold { get; init; }
    }
}
