namespace FaceBias.Reporting;

internal static partial class HtmlReport
{
    private static Html Slices(ReportInput input, ReportPictures pictures)
    {
        var audit = input.Audit;
        if (!audit.Options.FindSlices)
            return Html.Empty;
        Slice[] confirmed = [.. audit.Slices.Where(s => s.Confirmed)];
        return Html.Of($"""
            {Parts.Text("Nobody named these parts of the data: they were searched for in one half of the rows and measured in the other half, or searched for in all rows with intervals and p corrected for all slices that there are, so that the estimates are not the luck of the search. One measured in half of the rows is set against those that no slice before it in its target holds.", "quiet")}
            {(confirmed.Length == 0 ? Parts.Text("None was confirmed. That does not mean that there is none: the rows may be too few to show it.") : Parts.List(confirmed.Select(s => MetricText.Title(FindingText.Of(s, audit)))))}
            {confirmed.Where(s => s.Examples is not null).Select(s => Html.Of($"{Parts.Text($"Typical of {s.Description}")}{pictures.List(s.Examples!.Select(id => (id, s.Description, "")), captions: false)}"))}
            {(audit.Slices.Count == 0 ? Html.Empty : Parts.Fold("All slices that were tested", Parts.Table(Parts.Shown("All slices that were tested", audit.Slices.Count),
                ["Slice", "Target", "Metric", "n", "In the slice", "Remaining rows", "Worse by", "p", "Confirmed"],
                audit.Slices.Take(Parts.LongestTable).Select(s => (Slice: s, Metric: Metrics.Find(s.Metric))).Select(x => (string[])[x.Slice.Description, x.Slice.Target, x.Metric.Title,
                    MetricText.Count(x.Slice.N), MetricText.Value(x.Slice.Value, x.Metric), MetricText.Value(x.Slice.Rest, x.Metric),
                    $"{MetricText.Difference(x.Slice.Difference, x.Metric)} ({MetricText.Difference(x.Slice.Low, x.Metric)} to {MetricText.Difference(x.Slice.High, x.Metric)})",
                    MetricText.P(x.Slice.AdjustedP), x.Slice.Confirmed ? "yes" : "no"]), 3, 4, 5, 6, 7)))}
            """);
    }

    /// <summary>Both models on the same rows: a dot for the audited, a hollow one for the other.</summary>
    private static Html Comparison(ReportInput input, ReportPictures pictures)
    {
        if (input.Comparison.Count == 0)
            return Html.Empty;
        var other = input.ComparedWith ?? "the other model";
        PairedResult[] differ = [.. input.Comparison.Where(r => r.AdjustedP <= input.Audit.Options.Alpha)];
        return Html.Of($"""
            {Parts.Text(differ.Length == 0 ? "On the same rows neither model is shown to be better, in no group."
                : $"On the same rows the models are shown to differ in {differ.Length} of {input.Comparison.Count(r => r.P is not null)} comparisons.")}
            {Parts.List(differ.Select(Sentence))}
            {input.Comparison.GroupBy(r => (r.Target, r.Metric)).Select(Chart)}
            {Parts.Fold("The numbers", Parts.Table(Parts.Shown($"The same rows, both models: {(input.Audit.Options.ClusterColumn is { } cluster ? $"t test of the differences summed by {cluster}" : "McNemar's exact test for labels, paired t for errors")}; p corrected by Holm", input.Comparison.Count, file: "compare.json"),
                ["Group", "Attribute", "Target", "Metric", "n", "Audited model", "Other model", "Difference", "p"],
                input.Comparison.Take(Parts.LongestTable).Select(r => (Result: r, Metric: Metrics.Find(r.Metric))).Select(x => (string[])[x.Result.Group, x.Result.Attribute.Length == 0 ? "–" : x.Result.Attribute,
                    x.Result.Target, x.Metric.Title, MetricText.Count(x.Result.N), x.Result.First is { } a ? MetricText.Value(a, x.Metric) : x.Result.Reason!, x.Result.Second is { } b ? MetricText.Value(b, x.Metric) : "–",
                    Difference(x.Result, x.Metric), MetricText.P(x.Result.AdjustedP)]), 4, 5, 6, 7, 8))}
            """);

        string Sentence(PairedResult r)
        {
            var metric = Metrics.Find(r.Metric);
            var better = r.Difference > 0 == (metric.HigherIsBetter == true) ? other : "the audited model";
            return $"{MetricText.Title(r.Target)}, {r.Group}: {better} is better by "
                + $"{MetricText.Difference(Math.Abs(r.Difference!.Value), metric)}{MetricText.Unit(Target(r), metric)} of "
                + $"{metric.Title} (p {MetricText.P(r.AdjustedP)}, n = {MetricText.Count(r.N)}).";
        }

        TargetAudit Target(PairedResult r) => input.Audit.Targets.Single(t => t.Name == r.Target);

        Html Chart(IGrouping<(string Target, string Metric), PairedResult> rows)
        {
            var metric = Metrics.Find(rows.Key.Metric);
            var chart = new DotChart
            {
                Axis = $"{MetricText.Title(metric.Title)} of {rows.Key.Target}", IsRate = metric.IsRate,
                HollowTitle = other,
                Rows = [.. rows.Where(r => r.First is not null).Take(Parts.LongestTable).Select(
                    r => new DotRow(r.Attribute.Length == 0 ? r.Group : $"{r.Attribute}: {r.Group}",
                        $"n = {MetricText.Count(r.N)}", r.First, null, null,
                    $"{Difference(r, metric)}") { Hollow = r.Second,
                        Kind = r.AdjustedP <= input.Audit.Options.Alpha ? "chosen" : "" })],
            };
            return Html.Of($"<figure>{chart.Draw()}<figcaption>Dots: the audited model; at the right the difference "
                + $"to it with its interval. Blue where a difference is shown.</figcaption></figure>");
        }
    }

    private static string Difference(PairedResult r, Metric metric) => r.Difference is null ? "–"
        : $"{MetricText.Difference(r.Difference, metric)} ({MetricText.Difference(r.Low, metric)} to "
            + $"{MetricText.Difference(r.High, metric)})";

    private static Html Limits(AuditResult audit) => Html.Of($"""
        {Parts.List(ReportText.Limits(audit))}
        {(audit.Notices.Count == 0 ? Html.Empty : Html.Of($"{Parts.Heading("What was assumed about the table")}{Parts.List(audit.Notices)}"))}
        {Parts.Heading("Rows by attribute")}
        <div class="tables">{audit.Attributes.Take(Parts.LongestTable).Select(a => Parts.Table(MetricText.Title(a.Name), [MetricText.Title(a.Name), "Rows"], a.Levels.Select(l => (string[])[l.Name, MetricText.Count(l.Rows)]), 1))}</div>
        {(audit.Ignored.Count == 0 ? Html.Empty : Parts.Table("Columns not used as groups", ["Column", "Reason"], audit.Ignored.Select(i => (string[])[i.Column, i.Reason])))}
        """);

    private static Html Planted(ReportInput input, ReportPictures pictures) =>
        input.Planted.Count == 0 ? Html.Empty : Html.Of($"""
        {Parts.Text("The data are synthetic: the faces are drawings, and the faults below were put in on purpose, so that this report can be checked against them.", "quiet")}
        {(input.Planted.All(p => p.Agrees is null)
            ? Parts.Table("Planted and found", ["What", "Planted", "Found"], input.Planted.Select(p => (string[])[p.What, p.Planted, p.Found]))
            : Parts.Table("Planted and found", ["What", "Planted", "Found", "Agrees"], input.Planted.Select(p => (string[])[p.What, p.Planted, p.Found, p.Agrees switch { true => "yes", false => "no", null => "–" }])))}
        """);

    private static Html Training(ReportInput input, ReportPictures pictures) => input.Training.Count == 0 ? Html.Empty
        : Html.Of($"<div class=\"plots\">{input.Training.Where(p => double.IsFinite(p.Value)).GroupBy(p => p.Series.Split('/')[0]).Select(TrainingChart.Of)}</div>");

    private static Html Curation(ReportInput input, ReportPictures pictures) => input.Curation.Count == 0 ? Html.Empty
        : Parts.Table("What curation found", ["What", "Files", "Note"],
            input.Curation.Select(c => (string[])[c.What, MetricText.Count(c.Count), c.Note ?? ""]), 1);

    private static Html Provenance(ReportInput input, ReportPictures pictures) =>
        Parts.Table("Where this comes from", ["What", "Value"],
            ReportText.Provenance(input).Select(p => (string[])[p.Key, p.Value]));
}
