namespace FaceBias.Auditing;

/// <summary>Findings as a short table for a console: the verdict, what was compared, the worst and the best group, and
/// the gap. The report has them in sentences.</summary>
internal static class FindingTable
{
    /// <summary>A line for the worst crossed group of each target where a gap is shown, then one per finding, below a
    /// line of headings; nothing where there are no findings.</summary>
    /// <param name="most">Maximum number of findings.</param>
    public static IEnumerable<string> Lines(AuditResult audit, int most)
    {
        string[][] rows =
        [
            .. audit.Targets.Select(FindingText.Gravest).OfType<FindingSubject>()
                .Where(s => s.Grouping.Attributes.Count > 1).OrderBy(s => s.Target.Kind == TargetKind.Numeric)
                .Select(Row),
            .. FindingText.Ranked(audit.Targets, audit.Conditional).Take(most).Select(Row),
        ];
        if (rows.Length == 0)
            yield break;
        rows = [["verdict", "compared", "worst", "best", "gap (interval)"], .. rows];
        var widths = Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        foreach (var row in rows)
            yield return string.Join("  ", row.Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd();
        if (audit.Findings.Count > most)
            yield return $"... and {audit.Findings.Count - most} more findings in the report.";
    }

    /// <summary>The metrics of each target over all rows.</summary>
    public static IEnumerable<string> Overall(AuditResult audit) => audit.Targets.Select(target =>
        $"{target.Name} on {MetricText.Count(target.Overall.N)} rows: "
            + $"{string.Join("; ", Headline(target).Select(e => $"{Metrics.Find(e.Metric).Title} {MetricText.Full(e)}"))}");

    /// <summary>The metrics of a whole target that fit on a line.</summary>
    public static IEnumerable<Estimate> Headline(TargetAudit target) => target.Overall.Estimates.Where(e =>
        e.Metric is "accuracy" or "balanced_accuracy" or "log_loss" or "mae" or "signed_error"
            || e.Metric.StartsWith("within", StringComparison.Ordinal));

    private static string[] Row(FindingSubject subject)
    {
        var (target, grouping, gap, finding) = subject;
        var metric = Metrics.Find(gap.Metric);
        var compared = $"{target.Name} by {(finding.Attribute == target.Name ? "true " : "")}{finding.Attribute}{(gap.Class is { } c ? $", {metric.Title} of '{c}'" : "")}";
        if (gap.Value is not { } value)
            return ["not estimable", compared, "", "", gap.Reason ?? ""];
        var unit = MetricText.Unit(target, metric);
        string Side(string? name) => value == 0 ? "all alike"
            : grouping.Groups.First(g => g.Name() == name).Find(gap.Metric, gap.Class) is { } e
            ? $"{name} {MetricText.Value(e)}{(metric.IsRate ? "" : unit)} (n = {MetricText.Count(e.Denominator)})" : "";
        return [Word(gap.Verdict), compared, Side(gap.Worst), value == 0 ? "" : Side(gap.Best),
            $"{MetricText.Difference(value, metric)}{unit} ({MetricText.Difference(gap.Low, metric)} to "
                + $"{MetricText.Difference(gap.High, metric)})"];
    }

    private static string Word(Verdict? verdict) => verdict switch
    {
        Verdict.GapShown => "GAP SHOWN",
        Verdict.WithinMargin => "within margin",
        Verdict.NotEnoughData => "not enough data",
        _ => "no verdict",
    };
}
