using FaceBias.Auditing;

namespace FaceBias.Reporting;

public static partial class HtmlReport
{
    /// <summary>The first screen: a cell per target and attribute with sign, word and gap, then the worst crossed group of each
    /// target whose gap is shown.</summary>
    private static void Verdicts(HtmlWriter html, AuditResult audit)
    {
        // Attributes of people first; by the truth itself is a property of the task.
        string[] attributes = [.. audit.Targets.SelectMany(t => t.Groupings).Where(g => g.Attributes.Count == 1)
            .Select(g => g.Attributes[0]).Distinct().OrderBy(a => a.StartsWith("true ", StringComparison.Ordinal))];
        if (attributes.Length == 0)
            return;
        html.Raw("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Verdicts\"><table class=\"matrix\">"
            + "<caption>For whom it fails: worst against best group of each attribute</caption><thead><tr><th scope=\"col\">By</th>"
            + string.Concat(audit.Targets.Select(t => $"<th scope=\"col\">{HtmlWriter.Escape($"{t.Name}: {Metrics.Find(t.Main.Metric).Title}")}</th>"))
            + "</tr></thead><tbody>");
        foreach (var attribute in attributes)
            html.Raw($"<tr><th scope=\"row\">{HtmlWriter.Escape(attribute)}</th>"
                + string.Concat(audit.Targets.Select(t => $"<td data-target=\"{HtmlWriter.Escape(t.Name)}\">{Cell(t, t.Groupings.FirstOrDefault(g => g.Attributes is [var a] && a == attribute))}</td>")) + "</tr>");
        html.Raw("</tbody></table></div>");
        html.List(audit.Targets.Select(t => WorstCrossed(t, audit.Options)).OfType<string>());
    }

    private static Gap? MainGap(TargetAudit target, GroupingAudit? grouping) =>
        grouping?.Gaps.FirstOrDefault(g => g.Metric == target.Main.Metric && g.Class == target.Main.Class);

    private static string Cell(TargetAudit target, GroupingAudit? grouping)
    {
        if (MainGap(target, grouping) is not { Value: { } value } gap)
            return "–";
        var metric = Metrics.Find(gap.Metric);
        var worst = grouping!.Groups.FirstOrDefault(g => g.Name() == gap.Worst);
        var group = worst?.Find(gap.Metric, gap.Class) is { } estimate
            ? $"worst: {gap.Worst}, {Figures.Value(estimate)}{(metric.IsRate ? "" : Figures.Unit(target, metric))}, n = {Figures.Count(estimate.Denominator)}" : "";
        return Badge(gap.Verdict)
            + HtmlWriter.Escape($"{Figures.Difference(value, metric)}{Figures.Unit(target, metric)} ({Figures.Difference(gap.Low, metric)} to {Figures.Difference(gap.High, metric)})")
            + $"<small>{HtmlWriter.Escape(group)}</small>";
    }

    /// <summary>A verdict by colour, sign and word: never by colour alone.</summary>
    private static string Badge(Verdict? verdict)
    {
        var (css, sign) = verdict switch
        {
            Verdict.GapShown => ("gapShown", "▲"),
            Verdict.WithinMargin => ("withinMargin", "✓"),
            Verdict.NotEnoughData => ("notEnoughData", "?"),
            _ => ("none", "–"),
        };
        return $"<span class=\"verdict {css}\">{sign} {Figures.Title(Figures.Words(verdict))}</span>";
    }

    /// <summary>The largest shown gap among crossed groups, in a sentence; null where none is shown.</summary>
    private static string? WorstCrossed(TargetAudit target, AuditOptions options)
    {
        var (grouping, gap) = target.Groupings.Where(g => g.Attributes.Count > 1)
            .Select(g => (Grouping: g, Gap: MainGap(target, g))).Where(x => x.Gap is { Verdict: Verdict.GapShown, Value: not null })
            .OrderByDescending(x => x.Gap!.Value).FirstOrDefault();
        if (gap is null)
            return null;
        var metric = Metrics.Find(gap.Metric);
        string Group(string? name) => grouping.Groups.FirstOrDefault(g => g.Name() == name)?.Find(gap.Metric, gap.Class) is { } e
            ? $"{name} ({Figures.Value(e)}, n = {Figures.Count(e.Denominator)})" : $"{name}";
        return $"{Figures.Title(target.Name)} fails most where attributes meet ({string.Join(" and ", grouping.Attributes)}): {Group(gap.Worst)} "
            + $"against {Group(gap.Best)}; the gap is {Figures.Difference(gap.Value, metric)}{Figures.Unit(target, metric)} "
            + $"(between {Figures.Difference(gap.Low, metric)} and {Figures.Difference(gap.High, metric)}), p {Figures.P(gap.AdjustedP)} "
            + $"corrected by {(options.Screening == FalseDiscovery.BenjaminiYekutieli ? "Benjamini and Yekutieli" : "Benjamini and Hochberg")} among all crossed groups.";
    }
}
