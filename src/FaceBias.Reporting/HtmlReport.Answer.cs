using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

internal static partial class HtmlReport
{
    private const int MostAttributes = 7, MostTargets = 3, MostSteps = 3;

    /// <summary>The first screen: a cell per target and attribute with sign, word and gap; beside it the group that
    /// each target fails most, and what to do next. Where each of the five questions is answered is marked by
    /// <c>data-answer</c>; a test looks whether all of them stand on the first screen.</summary>
    private static Html Answer(ReportInput input, ReportPictures pictures)
    {
        var audit = input.Audit;
        FindingSubject[] ranked = [.. FindingText.Ranked(audit.Targets, [])];
        // A wrong label harms more than an error of a number; what is shown comes before what is not.
        TargetAudit[] targets = [.. ranked.Select(s => s.Target).Concat(audit.Targets).Distinct()
            .OrderBy(t => Gravest(t) is null).ThenBy(t => t.Kind == TargetKind.Numeric).Take(MostTargets)];
        return Html.Of($"""
            <section id="answer" class="first">
            <div><h2>For whom does it fail?</h2>
            {(ranked.Length == 0 ? Parts.Text("There is no attribute to compare groups by; only the overall metrics can be given.") : Matrix(audit, ranked, targets))}
            </div>
            <div><h2 id="worst">Where it fails most</h2>
            {targets.Select(t => Worst(audit, t, pictures))}
            <h2>What to do next</h2>
            <ol class="next" data-answer="next">{ReportText.NextSteps(input, ranked).Take(MostSteps)}</ol>
            </div>
            </section>
            """);
    }

    private static Html Matrix(AuditResult audit, FindingSubject[] ranked, TargetAudit[] targets)
    {
        string[] attributes = [.. ranked.Select(s => s.Finding.Attribute).Distinct()];
        var left = attributes.Length - MostAttributes;
        var more = Math.Max(left, 0) + audit.Targets.Count - targets.Length == 0 ? ""
            : $" {(left > 0 ? $"{left} further attributes" : "")}{(left > 0 && audit.Targets.Count > targets.Length ? " and " : "")}{(audit.Targets.Count > targets.Length ? $"{audit.Targets.Count - targets.Length} further targets" : "")} below, under Findings.";
        return Html.Of($"""
            <table class="matrix"><caption>Worst against best group of each attribute: is a gap shown, how large is it, and between which bounds.{more}</caption>
            <thead><tr><th scope="col">By</th>{targets.Select(t => Html.Of($"<th scope=\"col\">{t.Name}: {Metrics.Find(t.Main.Metric).Title}{All(t)}</th>"))}</tr></thead>
            <tbody>{attributes.Take(MostAttributes).Select(a => Html.Of($"<tr><th scope=\"row\">{a}</th>{targets.Select(t => Cell(t, a, ranked))}</tr>"))}</tbody></table>
            """);

        Html All(TargetAudit t) => t.Overall.Find(t.Main.Metric, t.Main.Class) is { Value: not null } all
            ? Html.Of($"<small>all rows {MetricText.Value(all)}{Unit(t, Metrics.Find(t.Main.Metric))}</small>")
            : Html.Empty;
    }

    private static Html Cell(TargetAudit target, string attribute, FindingSubject[] ranked)
    {
        var about = Html.Of($" data-target=\"{target.Name}\" data-answer=\"cell:{target.Name}:{attribute}\"");
        // Of several metrics that the findings are about, the gravest.
        if (ranked.FirstOrDefault(s => s.Target == target && s.Finding.Attribute == attribute)
            is not { Gap.Value: { } value } subject)
            return Html.Of($"<td{about}><span class=\"quiet\">not compared</span></td>");
        var (gap, metric) = (subject.Gap, Metrics.Find(subject.Gap.Metric));
        return Html.Of($"""
            <td{about}>{Parts.Badge(gap.Verdict)} <b>{MetricText.Difference(value, metric)}{MetricText.Unit(target, metric)}</b>
            <small>{MetricText.Difference(gap.Low, metric)} to {MetricText.Difference(gap.High, metric)}; worst {Side(subject, gap.Worst)}, best {Side(subject, gap.Best)}</small></td>
            """);
    }

    private static string Side(FindingSubject subject, string? group) =>
        subject.Grouping.Groups.FirstOrDefault(g => g.Name() == group)?.Find(subject.Gap.Metric, subject.Gap.Class) is
            { } e ? $"{group} {MetricText.Value(e)}" : $"{group}";

    /// <summary>The unit of a value, which of a rate is in its number.</summary>
    private static string Unit(TargetAudit target, Metric metric) => metric.IsRate ? "" : MetricText.Unit(target, metric);

    /// <summary>The largest shown gap of a target, crossed groups included; null where none is shown.</summary>
    internal static (GroupingAudit Grouping, Gap Gap)? Gravest(TargetAudit target) =>
        FindingText.Gravest(target) is { } worst ? (worst.Grouping, worst.Gap) : null;

    private static Html Worst(AuditResult audit, TargetAudit target, ReportPictures pictures)
    {
        if (Gravest(target) is not var (grouping, gap))
        {
            if (FindingText.WorstSlice(audit, target) is { } slice)
                return WorstSlice(audit, target, slice);
            Gap[] gaps = [.. target.Groupings.SelectMany(g => g.Gaps).Where(
                g => target.Main == new FindingMetric(g.Metric, g.Class))];
            var undecided = gaps.Count(g => g.Verdict is null or Verdict.NotEnoughData);
            return Html.Of($"""
                <div class="answer {new Html(undecided == 0 ? "well" : "")}"><p class="big" data-answer="who:{target.Name}">{target.Name}: no gap is shown</p>
                <p>{(gaps.Length == 0 ? "No groups were compared." : undecided == 0 ? "All differences are shown to be within the margin." : $"In {undecided} of {gaps.Length} comparisons there are not enough data to say: that is not the same as fair.")}</p></div>
                """);
        }
        var metric = Metrics.Find(gap.Metric);
        Estimate? Of(string? name) =>
            grouping.Groups.FirstOrDefault(g => g.Name() == name)?.Find(gap.Metric, gap.Class);
        var (worst, best) = (Of(gap.Worst)!, Of(gap.Best)!);
        var ids = ReportPictures.WrongOf(audit, target, grouping, gap.Worst);
        return Html.Of($"""
            <div class="answer bad"><p class="big" data-answer="who:{target.Name}">{target.Name} fails most for {GroupName(grouping, gap.Worst)}</p>
            <p data-answer="how-much:{target.Name}"><b>{MetricText.Value(worst)}{Unit(target, metric)}</b> {metric.Title}{(gap.Class is { } label ? $" of {label}" : "")}, against <b>{MetricText.Value(best)}{Unit(target, metric)}</b> for {GroupName(grouping, gap.Best)}: {MetricText.Difference(gap.Value, metric)}{MetricText.Unit(target, metric)} worse</p>
            <p class="quiet" data-answer="how-sure:{target.Name}">{100 * audit.Options.Confidence:0.#}% interval of the gap {MetricText.Difference(gap.Low, metric)} to {MetricText.Difference(gap.High, metric)}; p {(gap.AdjustedP is { } p ? FindingText.P(p) : "not given")}; {MetricText.Count(worst.Denominator)} and {MetricText.Count(best.Denominator)} rows</p>
            {pictures.List(ids.Select(id => (id, "wrong", "")), captions: false)}</div>
            """);
    }

    /// <summary>Groups of single attributes may all be alike while the rows where several meet are not.</summary>
    private static Html WorstSlice(AuditResult audit, TargetAudit target, Slice slice)
    {
        var metric = Metrics.Find(slice.Metric);
        var (unit, gap) = (Unit(target, metric), MetricText.Unit(target, metric));
        return Html.Of($"""
            <div class="answer bad"><p class="big" data-answer="who:{target.Name}">{target.Name} fails most where {slice.Description}</p>
            <p data-answer="how-much:{target.Name}"><b>{MetricText.Value(slice.Value, metric)}{unit}</b> {metric.Title}, against <b>{MetricText.Value(slice.Rest, metric)}{unit}</b> in the remaining rows: {MetricText.Difference(slice.Difference, metric)}{gap} worse. Between groups of single attributes no gap is shown.</p>
            <p class="quiet" data-answer="how-sure:{target.Name}">{(slice.AllRows ? "found among all slices of all rows, with interval and p corrected for their number" : "found on one half of the rows and confirmed on the other")}; {100 * audit.Options.Confidence:0.#}% interval {MetricText.Difference(slice.Low, metric)} to {MetricText.Difference(slice.High, metric)}; p {FindingText.P(slice.AdjustedP)}; {MetricText.Count(slice.N)} rows</p></div>
            """);
    }

    /// <summary>A group as a headline names it: "female × outdoor", and "age 61+" or "glasses yes" where the level
    /// alone says little.</summary>
    internal static string GroupName(GroupingAudit grouping, string? group) =>
        grouping.Groups.FirstOrDefault(g => g.Name() == group) is not { } found ? group ?? "–"
        : string.Join(" × ", grouping.Attributes.Zip(found.Levels, LevelName));

    /// <summary>A level, after its attribute where it says little alone.</summary>
    internal static string LevelName(string attribute, string level) =>
        level.Length < 3 || level.ToLowerInvariant() is "yes" or "true" or "false" or PredictionTable.Missing
            || !char.IsLetter(level[0]) ? $"{attribute} {level}" : level;
}
