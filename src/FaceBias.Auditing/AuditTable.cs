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
                .Where(m => m.Value is not null).Select(
                    m => new Row(target.Name, "threshold", t.Attribute, t.Group, m.Metric, target.Classes[1], m.Value,
                        null, null, t.N, null, null, null, null, null) { Threshold = t.Threshold })));
            rows.AddRange(target.Overall.Estimates.Select(e => Of(target, "", "all", target.Overall, e)));
            foreach (var grouping in target.Groupings)
            {
                var attributes = string.Join(" x ", grouping.Attributes);
                rows.AddRange(grouping.Groups.SelectMany(
                    g => g.Estimates.Select(e => Of(target, attributes, g.Name(), g, e))));
                rows.AddRange(grouping.Gaps.Select(g => new Row(target.Name, "gap", attributes,
                    g.Value is null ? null : $"{g.Worst} against {g.Best}", g.Metric, g.Class, g.Value, g.Low, g.High,
                    null, null, g.P, g.AdjustedP, g.Verdict is null ? null : MetricText.Words(g.Verdict), g.Reason)
                        { HolmP = g.HolmP }));
                rows.AddRange(grouping.Disparities.Select(
                    d => new Row(target.Name, "disparity", attributes, null, d.Name, d.Class,
                    d.Value, d.Low, d.High, null, null, null, null, null, d.Reason)));
                rows.AddRange(grouping.Trends.Select(
                    t => new Row(target.Name, "trend", attributes, null, t.Metric, null,
                    t.Z, null, null, null, null, t.P, null, null, null)));
                rows.AddRange(grouping.Tests.Select(t => new Row(target.Name, "test", attributes, null, t.Name, t.Class,
                    t.Statistic, null, null, null, null, t.P, null, null,
                    t.LeftOut.Count == 0 ? null : $"left out: {string.Join("; ", t.LeftOut)}")));
            }
        }
        rows.AddRange(result.Conditional.Select(
            c => new Row(c.Target, "conditional gap", $"{c.Attribute} where {c.Control} is {c.Level}",
            c.Gap.Value is null ? null : $"{c.Gap.Worst} against {c.Gap.Best}", c.Gap.Metric, c.Gap.Class, c.Gap.Value,
            c.Gap.Low, c.Gap.High, null, null, c.Gap.P, c.Gap.AdjustedP,
            c.Gap.Verdict is null ? null : MetricText.Words(c.Gap.Verdict), c.Gap.Reason) { HolmP = c.Gap.HolmP }));
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
        new(target.Name,
        "estimate", attributes, name, e.Metric, e.Class, e.Value, e.Low, e.High, group.N, e.Denominator, null, null,
        null, e.Reason)
        { Shrunken = e.Shrunken, EffectiveN = e.EffectiveN, Rough = e.Rough };

    private sealed record Row(string Target, string Kind, string Attributes, string? Group, string Metric,
        string? Class,
        double? Value, double? Low, double? High, long? N, long? Denominator, double? P, double? AdjustedP,
        string? Verdict,
        string? Reason)
    {
        public double? Shrunken { get; init; }

        public double? EffectiveN { get; init; }

        public double? Threshold { get; init; }

        public double? HolmP { get; init; }

        public bool? Rough { get; init; }
    }
}
