namespace FaceBias.Reporting;

internal static partial class HtmlReport
{
    /// <summary>More than these are folded even if they show a gap.</summary>
    private const int MostOpen = 8;

    /// <summary>Of the others, more than these are folded together.</summary>
    private const int MostListed = 12;

    private static Html Findings(ReportInput input, ReportPictures pictures)
    {
        var audit = input.Audit;
        FindingSubject[] ranked = [.. FindingText.Ranked(audit.Targets, audit.Conditional)];
        if (ranked.Length == 0)
            return Headline(audit);
        FindingSubject[] open = [.. ranked.Where(s => s.Gap.Verdict == Verdict.GapShown).Take(MostOpen)];
        FindingSubject[] others = [.. ranked.Except(open)];
        return Html.Of($"""
            {Parts.Text(ReportText.Summary(audit.Findings))}
            {open.Select(s => Card(audit, s))}
            {(others.Length == 0 ? Html.Empty : Html.Of($"<h3>{(open.Length == 0 ? "All comparisons" : "The other comparisons")}</h3>{others.Take(MostListed).Select(s => Folded(audit, s))}{(others.Length <= MostListed ? Html.Empty : Parts.Fold($"{others.Length - MostListed} more comparisons", Html.Join(others.Skip(MostListed).Select(s => Folded(audit, s)))))}"))}
            {Parts.Fold("How to read a finding", Parts.List(ReportText.HowToRead(audit.Options)))}
            {Parts.Fold("Metrics of all rows", Headline(audit))}
            {Parts.Heading("What must not be concluded")}
            {Parts.List(ReportText.NotToConclude(audit))}
            """);
    }

    private static Html Headline(AuditResult audit) => Parts.Tiles(
        from target in audit.Targets
        from metric in Metrics.Headline(target, audit.Options)
        let e = target.Overall.Find(metric.Key)!
        select ($"{target.Name}: {metric.Title}", MetricText.Value(e) + Unit(target, metric),
            $"{MetricText.Interval(e)}, n = {MetricText.Count(e.Denominator)}"));

    private static Html Card(AuditResult audit, FindingSubject s) => Html.Of($"""
        <div class="finding"><h3>{Title(s)} {Parts.Badge(s.Gap.Verdict)}</h3>{Picture(audit, s)}</div>
        """);

    private static Html Folded(AuditResult audit, FindingSubject s)
    {
        var metric = Metrics.Find(s.Gap.Metric);
        return Html.Of($"""
            <details class="other"><summary>{Title(s)} {Parts.Badge(s.Gap.Verdict)} <span class="quiet">{(s.Gap.Value is { } v ? $"{MetricText.Difference(v, metric)}{MetricText.Unit(s.Target, metric)} ({MetricText.Difference(s.Gap.Low, metric)} to {MetricText.Difference(s.Gap.High, metric)})" : s.Gap.Reason)}</span></summary>
            {Picture(audit, s)}</details>
            """);
    }

    private static string Title(FindingSubject s) =>
        $"{MetricText.Title(s.Finding.Target)} by {(s.Finding.Attribute == s.Finding.Target ? "true " : "")}{s.Finding.Attribute}"
        + (s.Target.FindingMetrics.Count > 1
            ? $": {Metrics.Find(s.Gap.Metric).Title}{(s.Gap.Class is { } label ? $" of {label}" : "")}" : "");

    /// <summary>The picture, the sentence beside it, the numbers behind it. The explorer's script adds the picture of a
    /// cohort to the one that has data-finding.</summary>
    private static Html Picture(AuditResult audit, FindingSubject s) => Html.Of($"""
        <div class="sides"><div data-finding="{audit.Targets.ToList().IndexOf(s.Target)}" data-attribute="{s.Grouping.Attributes[0]}" data-metric="{s.Gap.Metric}" data-class="{s.Gap.Class}">{GroupDots.Of(s.Target, s.Grouping, new(s.Gap.Metric, s.Gap.Class), audit.Options, s.Gap).Draw()}</div>
        <div>{Parts.Text(MetricText.Title(s.Finding.Sentence))}
        {Parts.Fold("The numbers", Numbers(audit, s))}</div></div>
        """);

    private static Html Numbers(AuditResult audit, FindingSubject s)
    {
        var metric = Metrics.Find(s.Gap.Metric);
        string[] keys = [
            .. Metrics.Headline(s.Target, audit.Options).Select(m => m.Key)
                .Where(k => s.Grouping.Groups.All(g => g.Find(k) is not null))];
        return Html.Of($"""
            {Parts.Table($"{Title(s)}", ["Group", "n", "No prediction", .. keys.Select(k => MetricText.Title(Metrics.Find(k).Title)), "Shrunken"],
                s.Grouping.Groups.Take(Parts.LongestTable).Select(g => (string[])[g.Name(), MetricText.Count(g.N), MetricText.Count(g.Unpredicted), .. keys.Select(k => MetricText.Full(g.Find(k)!)), MetricText.Shrunken(g.Find(s.Gap.Metric, s.Gap.Class)!)]), 1, 2)}
            {Parts.Table("The tests of this gap", ["What", "Value", "Meaning"], Statistics(s, metric))}
            """);
    }

    /// <summary>Statistics that only a statistician reads, each with its meaning in a line.</summary>
    private static IEnumerable<string[]> Statistics(FindingSubject s, Metric metric)
    {
        var (gap, unit) = (s.Gap, MetricText.Unit(s.Target, metric));
        yield return ["expected by chance", $"{MetricText.Difference(gap.ExpectedUnderEquality, metric)}{unit}",
            "the mean gap when group labels are shuffled: what equality looks like"];
        yield return ["p", $"{MetricText.P(gap.P)}; corrected {MetricText.P(gap.AdjustedP)}",
            "how often shuffled labels show such a gap; corrected for all findings together"];
        yield return ["margin", $"{MetricText.Difference(gap.Margin, metric)}{unit}",
            "a difference that would not matter, as the options say"];
        if (gap.Homogeneity is { } any)
            yield return ["any difference", $"p {MetricText.P(any.P)} ({any.Name.Replace('_', ' ')})",
                "whether the groups differ at all, not only the two extremes"];
        foreach (var trend in s.Grouping.Trends.Where(t => t.Metric == gap.Metric))
            yield return ["trend",
                FormattableString.Invariant(
                    $"{(trend.Z > 0 ? "rises" : "falls")} (z = {trend.Z:0.00}, p {MetricText.P(trend.P)})"),
                    "whether it rises or falls along the order of the groups (Cochran and Armitage)"];
        if (gap.NeededPerGroup is { } needed)
            yield return ["rows to settle it", $"{MetricText.Count(needed)} in each group",
                "to show a difference as large as the margin at 80% power"];
    }
}
