namespace FaceBias.Reporting;

/// <summary>A run among those compared.</summary>
/// <param name="Seconds">Time of its steps; null where it is not recorded.</param>
/// <param name="ModelBytes">Size of its model; null for none.</param>
internal sealed record ComparedColumn(string Name, AuditResult Audit, double? Seconds, long? ModelBytes);

/// <summary>A run against the first, row by row.</summary>
/// <param name="Results">The tests; empty where rows cannot be matched.</param>
/// <param name="Notes">Which rows were matched, or why none.</param>
internal sealed record ComparedPair(string Run, IReadOnlyList<PairedResult> Results, IReadOnlyList<string> Notes);

/// <summary>Writes <c>comparison.html</c>: whether a run is better or worse than the first and for whom, then metrics,
/// gaps and cost side by side.</summary>
/// <param name="runs">The runs; differences are to the first.</param>
internal sealed class ComparisonPage(IReadOnlyList<ComparedColumn> runs, IReadOnlyList<ComparedPair> pairs)
{
    /// <summary>From which corrected p on a difference counts as chance.</summary>
    public const double Alpha = 0.05;

    public void Write(string path) => AtomicFile.WriteText(path, Compose());

    internal string Compose()
    {
        string[] targets = [.. runs.SelectMany(r => r.Audit.Targets).Select(t => t.Name).Distinct()];
        return HtmlPage.Write("Runs side by side", string.Join(", ", runs.Select(r => r.Name)),
        [
            new("answer", "Result", Parts.Section("answer", $"Against {runs[0].Name}", Html.Of($"<div class=\"two\">{pairs.Select(Answer)}</div>"))),
            .. targets.Select((t, i) => new PagePart($"target{i}", MetricText.Title(t),
                Parts.Section($"target{i}", $"{MetricText.Title(t)}, side by side", Target(t)))),
            .. pairs.Where(p => p.Results.Count > 0).Select((p, i) => new PagePart($"pair{i}", $"{p.Run}, row by row",
                Parts.Section($"pair{i}", $"{p.Run} against {runs[0].Name}, row by row", Pair(p)))),
            new("cost", "Cost", Parts.Section("cost", "Cost", Parts.Table(
                "Time of all steps that were not skipped, and size of the model", ["Run", "Seconds", "Model in MB"],
                runs.Select(r => (string[])[r.Name, r.Seconds?.ToString("N1", CultureInfo.InvariantCulture) ?? "–",
                    r.ModelBytes is { } bytes ? (bytes / 1e6).ToString("N1", CultureInfo.InvariantCulture) : "–"]), 1, 2))),
        ]);
    }

    /// <summary>Whether the second run is shown to be better, worse, or neither.</summary>
    public static bool? IsBetter(PairedResult r) => r is { AdjustedP: < Alpha, Difference: { } d }
        ? d > 0 == (Metrics.Find(r.Metric).HigherIsBetter != false) : null;

    /// <summary>"accuracy 61.7% to 81.5%, difference 19.8 (6.1 to 34.2), p &lt; 0.001".</summary>
    public static string Words(PairedResult r)
    {
        var metric = Metrics.Find(r.Metric);
        return r.Reason ?? $"{metric.Title} {MetricText.Value(r.First!.Value, metric)} to {MetricText.Value(r.Second!.Value, metric)}, difference "
            + $"{Difference(r, metric)}, p {MetricText.P(r.AdjustedP)}";
    }

    private static string Difference(PairedResult r, Metric metric) =>
        $"{MetricText.Difference(r.Difference, metric)} ({MetricText.Difference(r.Low, metric)} to {MetricText.Difference(r.High, metric)})";

    private static string Group(PairedResult r) => r.Attribute.Length == 0 ? "all rows" : $"{r.Attribute} {r.Group}";

    private static Html Answer(ComparedPair pair)
    {
        if (pair.Results.Count == 0)
            return Html.Of($"<div class=\"answer\"><p class=\"big\">{pair.Run}: not compared row by row</p>{pair.Notes.Select(n => Parts.Text(n))}</div>");
        return Html.Of($"{pair.Results.GroupBy(r => r.Target).Select(Of)}");

        Html Of(IGrouping<string, PairedResult> target)
        {
            var all = target.First(r => r.Attribute.Length == 0);
            var better = IsBetter(all);
            string Some(bool wanted) => string.Join(", ",
                target.Where(r => r.Attribute.Length > 0 && IsBetter(r) == wanted).Select(Group));
            var (gains, losses) = (Some(true), Some(false));
            var (css, sign, word) = better switch
            {
                true => ("well", "✓", "better"), false => ("bad", "▲", "worse"), _ => ("", "?", "no difference is shown"),
            };
            return Html.Of($"""
                <div class="answer {new Html(css)}"><p class="big">{sign} {pair.Run}, {target.Key}: {word}</p>
                <p>{Words(all)} ({MetricText.Count(all.N)} rows)</p>
                {(gains.Length == 0 ? Html.Empty : Parts.Text($"Better for: {gains}."))}
                {(losses.Length == 0 ? Html.Empty : Parts.Text($"Worse for: {losses}."))}
                {pair.Notes.Select(n => Parts.Text(n, "quiet"))}</div>
                """);
        }
    }

    private Html Target(string name)
    {
        var audits = runs.Select(r => (r.Name, Target: r.Audit.Targets.FirstOrDefault(t => t.Name == name)))
            .Where(r => r.Target is not null).Select(r => (r.Name, Target: r.Target!)).ToArray();
        var first = audits[0].Target;
        var metric = Metrics.Find(first.Main.Metric);
        audits = [.. audits.Where(r => r.Target.Kind == first.Kind)];
        var unit = MetricText.Unit(first, metric);
        DotRow Row(string label, long n, double? value, double? low, double? high, string text, string kind = "") =>
            new(label, $"n = {MetricText.Count(n)}", value, low, high, text) { Kind = kind };
        var overall = new DotChart
        {
            Axis = $"{MetricText.Title(metric.Title)}, all rows{(metric.IsRate ? "" : $" in{unit}")}", IsRate = metric.IsRate,
            Rows = [.. audits.Select(r => r.Target.Overall.Find(metric.Key, first.Main.Class) is { } e
                ? Row(r.Name, e.Denominator, e.Value, e.Low, e.High, MetricText.Full(e)) : Row(r.Name, 0, null, null, null, "not estimable"))],
        };
        var gaps = (from attribute in audits.SelectMany(r => r.Target.Groupings).Where(g => g.Attributes.Count == 1)
                        .Select(g => g.Attributes[0]).Distinct()
                    from run in audits
                    let gap = run.Target.Groupings
                        .FirstOrDefault(g => g.Attributes is [var only] && only == attribute)?.Gaps
                        .FirstOrDefault(g => g.Metric == metric.Key && g.Class == first.Main.Class)
                    where gap?.Value is not null
                    select (Attribute: attribute, run.Name, run.Target.Overall.N, Gap: gap)).ToArray();
        var chart = new DotChart
        {
            Axis = $"Gap between the worst and the best group{(metric.IsRate ? "" : $" in{unit}")}", IsRate = metric.IsRate, Include = [0],
            Rows = [.. gaps.Select(g => Row($"{g.Attribute}: {g.Name}", g.N, g.Gap.Value, g.Gap.Low, g.Gap.High,
                $"{MetricText.Difference(g.Gap.Value, metric)}{unit}, {MetricText.Words(g.Gap.Verdict)}",
                g.Gap.Verdict == Verdict.GapShown ? "worst" : ""))],
        };
        return Html.Of($"""
            <div class="two"><figure>{overall.Draw()}</figure>
            {(gaps.Length == 0 ? Html.Empty : Html.Of($"<figure>{chart.Draw()}<figcaption>Orange: a gap is shown. Two gaps with intervals that meet may still differ; the paired tests below see smaller differences.</figcaption></figure>"))}</div>
            {(gaps.Length == 0 ? Html.Empty : Parts.Fold("The numbers", Parts.Table($"Gaps of {name}", ["Attribute", "Run", "Gap", "Interval", "Worst", "Best", "Verdict"],
                gaps.Select(g => (string[])[g.Attribute, g.Name, MetricText.Difference(g.Gap.Value, metric) + unit, $"{MetricText.Difference(g.Gap.Low, metric)} to {MetricText.Difference(g.Gap.High, metric)}",
                    g.Gap.Worst ?? "–", g.Gap.Best ?? "–", MetricText.Words(g.Gap.Verdict)]), 2, 3)))}
            """);
    }

    private Html Pair(ComparedPair pair) => Html.Of($"""
        {Parts.Text($"Each dot is {pair.Run} less {runs[0].Name} on the rows that both predicted, with its paired interval: bootstrap of the rows; p by McNemar's exact test for labels and the paired t test for errors, corrected by Holm for all of them. Orange is shown to be worse, blue better.", "quiet")}
        {pair.Results.GroupBy(r => r.Target).Select(Chart)}
        """);

    private static Html Chart(IGrouping<string, PairedResult> target)
    {
        var metric = Metrics.Find(target.First().Metric);
        var chart = new DotChart
        {
            Axis = $"Difference of {target.Key}: {metric.Title}{(metric.IsRate ? ", points" : "")}", Reference = 0, ReferenceTitle = "no difference",
            LineTitle = "paired interval",
            Rows = [.. target.Select(r => new DotRow(Group(r), $"n = {MetricText.Count(r.N)}", Scaled(r.Difference), Scaled(r.Low), Scaled(r.High),
                r.Reason ?? $"{Difference(r, metric)}, p {MetricText.P(r.AdjustedP)}")
                { Kind = IsBetter(r) switch { true => "best", false => "worst", _ => "" } })],
        };
        return Parts.Figure(chart.Draw(), $"{MetricText.Title(target.Key)}: {(metric.HigherIsBetter == false ? "below zero is better" : "above zero is better")}.",
            Parts.Table($"{MetricText.Title(target.Key)}, row by row", ["Rows", "n", "First", "This run", "Difference", "p"],
                target.Select(r => (string[])[Group(r), MetricText.Count(r.N), r.First is { } a ? MetricText.Value(a, metric) : "–",
                    r.Second is { } b ? MetricText.Value(b, metric) : "–", r.Reason ?? Difference(r, metric), MetricText.P(r.AdjustedP)]), 1, 2, 3, 4, 5));

        double? Scaled(double? value) => metric.IsRate ? 100 * value : value;
    }
}
