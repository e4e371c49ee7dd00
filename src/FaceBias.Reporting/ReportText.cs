using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

/// <summary>What a report and a model card say in the same words.</summary>
internal static class ReportText
{
    public static IEnumerable<string> NotToConclude(AuditResult audit)
    {
        yield return "Labels such as gender or race are what annotators perceived in pictures, not what people say about "
            + "themselves; a model that agrees with them has learned perceptions.";
        yield return "\"Not enough data\" is not \"fair\": it means that neither a gap nor its absence is shown.";
        yield return "A gap within the margin is shown for these attributes and these data only; other groups, other "
            + "cameras and other places were not looked at.";
        yield return "A gap does not say where it comes from: labels, pictures and model can each be its cause.";
        if (audit.OtherRows == 0)
            yield return "No split was told apart: if the model was trained on these rows, every metric is too optimistic.";
    }

    /// <summary>The words of the findings, for who has not met them.</summary>
    public static IEnumerable<string> HowToRead(AuditOptions options)
    {
        yield return FormattableString.Invariant(
            $"Each finding sets the group that does worst against the one that does best. \"Gap shown\": the difference is more than chance makes between groups that are treated alike. \"Within the margin shown\": no two groups differ by more than {100 * options.Margin:0.#} points (of a rate) or {(options.NumericMargin is { } margin ? $"{margin} (of an error)" : "1 year (of an error in years; for other units there is no margin unless one is given)")}. \"Not enough data\": neither is shown; the finding says how many rows would settle it.");
        yield return FormattableString.Invariant(
            $"\"Between a and b\" is the interval that the verdict rests on: with {100 * options.Confidence:0.#}% confidence the gaps of all findings lie in theirs; where a gap is within the margin, that of the two one-sided tests. A point is one of a hundred: from 90% to 94% are 4 points. p is how often chance alone would show such a gap in any of the findings; n is the number of rows behind an estimate.");
    }

    /// <summary>The findings counted by verdict.</summary>
    public static string Summary(IReadOnlyList<Finding> findings)
    {
        int Of(Verdict? verdict) => findings.Count(f => f.Verdict == verdict);
        var parts = new List<string>
        {
            $"in {Of(Verdict.GapShown)} a gap is shown",
            $"in {Of(Verdict.WithinMargin)} all differences are shown to be within the margin",
            $"in {Of(Verdict.NotEnoughData)} there are not enough data to say either",
        };
        if (Of(null) > 0)
            parts.Add($"{Of(null)} cannot be made");
        return $"Of {findings.Count} comparison{(findings.Count == 1 ? "" : "s")} of groups, {string.Join("; ", parts)}.";
    }

    public static IEnumerable<string> Limits(AuditResult audit)
    {
        var o = audit.Options;
        yield return FormattableString.Invariant(
            $"Intervals have a confidence of {100 * o.Confidence:0.#}%: Wilson's for rates, bootstrap with {o.BootstrapReplicates:N0} replicates for means; intervals of gaps are those that their verdicts rest on.");
        yield return "An interval after ≈ is rough: with fewer than 5 rows on one side of a rate so few outcomes are likely that "
            + "no method holds its confidence exactly.";
        yield return FormattableString.Invariant(
            $"The gap between the worst and the best of several groups is never zero by chance; it is compared with {o.Permutations:N0} shuffles of the group labels, and p is corrected for all findings together (max-T of Westfall and Young; Holm where rows are clustered or weighted, and for other metrics than accuracy and mean absolute error).");
        if (o.ClusterColumn is { } cluster)
            yield return $"Rows with the same {cluster} belong together: intervals and p count them as the fewer independent rows that they are worth.";
        yield return FormattableString.Invariant(
            $"Margins: {100 * o.Margin:0.#} points for rates, {(o.NumericMargin is { } margin ? $"{margin}" : "1 year")} for errors of numbers{(o.NumericMargin is null ? " in years, none in other units" : "")}. Whether these are the right ones is for the reader to judge.");
        yield return FormattableString.Invariant(
            $"Groups with fewer than {o.MinimumCount} rows have no point estimate and are not compared; where there are any, they are listed below.");
        foreach (var t in audit.Targets)
        {
            if (t.Labelled < audit.Rows)
                yield return $"{MetricText.Count(audit.Rows - t.Labelled)} rows have no true {t.Name} and are not part of its metrics.";
            if (t.Overall.Unpredicted > 0)
                yield return $"{MetricText.Count(t.Overall.Unpredicted)} rows have a true {t.Name} but no prediction; they are not counted as wrong.";
        }
    }

    /// <summary>What a reader can do about it, the most useful first, as items of a list.</summary>
    public static IEnumerable<Html> NextSteps(ReportInput input, IReadOnlyList<FindingSubject> ranked)
    {
        var gravest = input.Audit.Targets.OrderBy(t => t.Kind == TargetKind.Numeric)
            .Select(t => (Target: t, Worst: HtmlReport.Gravest(t))).FirstOrDefault(x => x.Worst is not null);
        if (gravest is { Target: { } target, Worst: var (grouping, gap) })
        {
            yield return Html.Of(
                $"<li><a href=\"#explore\">Look at the wrong rows</a> of {HtmlReport.GroupName(grouping, gap.Worst)}: is the picture, the label or the model at fault?</li>");
            string[] bias = [.. grouping.Attributes.Where(a => a != target.Name)];
            if (input.Training.Count > 0 && bias.Length > 0)
                yield return Html.Of(
                    $"<li>Repair it and compare before and after: <code>facebias mitigate --run RUN --target {target.Name} --bias {string.Join(" --bias ", bias)} --out DIR</code></li>");
            else
                yield return Html.Of(
                    $"<li>Train with more rows of {HtmlReport.GroupName(grouping, gap.Worst)}, or by a method that evens out groups (facebias mitigate), and audit again on new data.</li>");
        }
        // Of what is undecided, what the fewest further rows would settle.
        var undecided = ranked.Where(s => s.Gap is { Verdict: Verdict.NotEnoughData, NeededPerGroup: not null })
            .OrderBy(s => s.Gap.NeededPerGroup).FirstOrDefault();
        if (undecided is { Gap.NeededPerGroup: { } needed })
        {
            var smallest = undecided.Grouping.Groups.Select(
                g => (Name: g.Name(), Estimate: g.Find(undecided.Gap.Metric, undecided.Gap.Class)!))
                .Where(g => g.Estimate.Value is not null).MinBy(g => g.Estimate.Denominator);
            yield return Html.Of(
                $"<li>Collect labelled rows: about {MetricText.Count(needed)} in each group would settle {undecided.Finding.Target} by {undecided.Finding.Attribute} ({smallest.Name} has {MetricText.Count(smallest.Estimate.Denominator)}).</li>");
        }
        var slice = input.Audit.Targets.Select(t => FindingText.WorstSlice(input.Audit, t)).OfType<Slice>()
            .FirstOrDefault();
        if (gravest.Target is null && slice is not null)
            yield return Html.Of(
                $"<li><a href=\"#slices\">Look at the slices</a>, and audit the attributes of the worst one crossed: <code>facebias audit ... --groups ATTRIBUTES --intersections 2</code></li>");
        else if (gravest.Target is null)
            yield return Html.Of(
                $"<li>Nothing is shown to fail here. Before relying on it, audit by further attributes and on data from where the model will be used.</li>");
    }

    public static IEnumerable<KeyValuePair<string, string>> Provenance(ReportInput input) =>
    [
        .. input.Provenance,
        new("written by", $"FaceBias {HtmlPage.Version()}"),
        new("audit's seed", FormattableString.Invariant($"{input.Audit.Options.Seed}")),
    ];
}
