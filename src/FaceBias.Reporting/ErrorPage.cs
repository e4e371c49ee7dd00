using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

/// <summary>Writes <c>errors.html</c>: where a model fails, as pictures, plots and tables.</summary>
internal static class ErrorPage
{
    private const int MostGroups = 6, MostRows = 40, MostCrossed = 8;

    /// <param name="run">The run's folder, for the title.</param>
    /// <param name="targets">One entry per target.</param>
    /// <param name="candidates">Candidates for wrong labels, one sentence each; null where nobody looked.</param>
    /// <param name="retrained">The model without them beside the first; empty where it was not trained again.</param>
    public static void Write(string path, string run, IReadOnlyList<ErrorAnalysis> targets,
        IReadOnlyList<string>? candidates, IReadOnlyList<PairedResult> retrained) =>
            AtomicFile.WriteText(path, HtmlPage.Write(
        "Where the model fails", $"Test images of {run}; labels are what annotators perceived",
        [
            .. targets.SelectMany((t, i) => Target(t, $"target{i}")),
            new("labels", "Labels in doubt", Candidates(candidates)),
            new("retrained", "Without them",
                retrained.Count == 0 ? Html.Empty
                    : Parts.Section("retrained", "Trained without the labels in doubt", Html.Of($"""
                {Parts.Text("The same test images, none of them left out or changed. Difference is the new model's metric less the old one's.")}
                {Parts.Table("Both models", ["Target", "Group", "n", "Metric", "Before", "After", "Difference", "Interval", "p"], retrained.Select(r => (string[])
                    [r.Target, r.Attribute.Length == 0 ? "all" : $"{r.Attribute}: {r.Group}", MetricText.Count(r.N), r.Metric, F(r.First), F(r.Second), F(r.Difference), r.Low is null ? r.Reason ?? "–" : $"{F(r.Low)} to {F(r.High)}", MetricText.P(r.AdjustedP)]), 2, 4, 5, 6, 7, 8)}
                """))),
        ]));

    private static IEnumerable<PagePart> Target(ErrorAnalysis t, string id)
    {
        var unit = t.Unit is null ? "" : $" {t.Unit}";
        yield return new(id, MetricText.Title(t.Target),
            Parts.Section(id, $"{MetricText.Title(t.Target)}: {MetricText.Count(t.Rows)} test images", Html.Of($"""
            {Parts.Text("A bad prediction may be the model's fault, the label's, or the picture's: look before concluding.")}
            {Parts.Heading(t.Kind == TargetKind.Numeric ? "Largest overestimates" : "Wrong, and most confident")}{Pictures(t.Worst, unit)}
            {(t.Under.Count == 0 ? Html.Empty : Html.Of($"{Parts.Heading("Largest underestimates")}{Pictures(t.Under, unit)}"))}
            {t.Points.Select(p => Scatter(t, p.Key, p.Value))}
            {Decades(t)}
            {Crossed(t, unit)}
            {Parts.Heading("Errors that look alike")}
            {(t.Clusters.Count == 0 ? Parts.Text(t.NoClusters ?? "", "quiet") : Parts.Text("Errors grouped by the model's own features. What a group shares is what it has more of than all test images do; p is corrected for the levels looked at."))}
            {t.Clusters.Select((c, i) => Cluster(c, i, unit))}
            """)));
    }

    /// <summary>Pairs of attributes: the worst groups as a picture, the others in a table.</summary>
    private static Html Crossed(ErrorAnalysis t, string unit)
    {
        if (t.Crossed.Count == 0)
            return Html.Empty;
        var isRate = t.Kind != TargetKind.Numeric;
        string Value(double? v) => v is not { } known ? "–" : isRate
            ? string.Create(CultureInfo.InvariantCulture, $"{100 * known:0.0}%")
            : string.Create(CultureInfo.InvariantCulture, $"{known:0.00}");
        var axis = isRate ? "Share wrong" : $"Mean absolute error{(unit.Length > 0 ? $" in{unit}" : "")}";
        var chart = new DotChart
        {
            Axis = axis, IsRate = isRate, Include = [0],
            Rows = [.. t.Crossed.Take(MostCrossed).Select(c => new DotRow(Named(c), $"n = {MetricText.Count(c.N)}", c.Value,
                c.Low, c.High, $"{Value(c.Value)} ({Value(c.Low)} to {Value(c.High)})"))],
        };
        return Html.Of($"""
            {Parts.Heading("Where two attributes cross")}
            {Parts.Figure(chart.Draw(), "The worst groups first, of many that were looked at: to be confirmed on other data.", Parts.Table(Parts.Shown("Crossed groups", t.Crossed.Count, MostRows, "errors.json"), ["Attributes", "Group", "n", axis, "Interval"],
                t.Crossed.Take(MostRows).Select(c => (string[])[c.Attributes.Replace(" x ", " × ", StringComparison.Ordinal), c.Group, MetricText.Count(c.N), Value(c.Value), $"{Value(c.Low)} to {Value(c.High)}"]), 2, 3, 4))}
            """);
    }

    /// <summary>A crossed group as a headline names it, where its levels can be told apart.</summary>
    private static string Named(CrossedErrors c)
    {
        var (attributes, levels) = (c.Attributes.Split(" x "), c.Group.Split(", "));
        return attributes.Length != levels.Length ? c.Group
            : string.Join(" × ", attributes.Zip(levels, HtmlReport.LevelName));
    }

    private static Html Cluster(ErrorCluster cluster, int index, string unit) => Html.Of($"""
        <p><b>Group {index + 1}</b>: {MetricText.Count(cluster.Errors)} errors{(cluster.MeanError is { } e ? string.Create(CultureInfo.InvariantCulture, $", mean error {e:+0.0;-0.0}{unit}") : "")}. {(cluster.Shared.Count == 0 ? "No attribute stands out." : "More often: " + string.Join("; ", cluster.Shared.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Attribute} {s.Level} ({100 * s.Share:0}% against {100 * s.Overall:0}%, p {MetricText.P(s.P)})"))) + ".")}</p>
        {Pictures(cluster.Examples, unit)}
        """);

    private static Html Pictures(IReadOnlyList<ErrorPicture> pictures, string unit)
    {
        Html[] shown = [.. pictures.Where(p => p.Picture is not null).Select(p => Html.Of($"""
            <li><img src="data:image/jpeg;base64,{new Html(Convert.ToBase64String(p.Picture!))}" loading="lazy" alt="Face {p.Id}">{(p.Map is null ? Html.Empty : Html.Of($"<img src=\"data:image/png;base64,{new Html(Convert.ToBase64String(p.Map))}\" loading=\"lazy\" alt=\"Heat map of {p.Id} by {p.ExplainedBy ?? ""}\">"))}<b>label {p.Truth}, predicted {p.Predicted}</b> {Strength(p, unit)}</li>
            """))];
        return Html.Of($"""
            {(shown.Length == 0 ? Html.Empty : Html.Of($"<ul class=\"faces\">{shown}</ul>"))}
            {(pictures.Count == 0 ? Parts.Text("None.", "quiet") : Parts.Fold("As a table", Parts.Table("Rows", ["Id", "Label", "Predicted", "How wrong", "Groups"], pictures.Select(p => (string[])[p.Id, p.Truth, p.Predicted, Strength(p, unit), string.Join(", ", p.Groups.Select(g => $"{g.Key} {g.Value}"))]))))}
            """);
    }

    private static Html Scatter(ErrorAnalysis t, string attribute, IReadOnlyList<ErrorPoint> points)
    {
        double low = Math.Min(points.Min(p => p.Truth), points.Min(p => p.Predicted)),
            high = Math.Max(points.Max(p => p.Truth), points.Max(p => p.Predicted));
        string[] groups =
            [.. points.GroupBy(p => p.Group).OrderByDescending(g => g.Count()).Take(MostGroups).Select(g => g.Key)];
        var plot = new Plot($"{t.Target}: prediction by truth, by {attribute}", Axis(low, high), Axis(low, high))
            { XTitle = $"true {t.Target}", YTitle = "predicted", Height = 20 };
        plot.Rule(low, low, high, high);
        if (t.Unit == "years")
            plot.Rule(low, low + Band, high - Band, high, "reference", $"±{Band} years").Rule(low + Band, low, high,
                high - Band);
        for (var g = 0; g < groups.Length; g++)
            plot.Points(points.Where(p => p.Group == groups[g]).Select(p => new PlotPoint(p.Truth, p.Predicted)),
                Plot.Series(g), groups[g]);
        return Html.Of($"{Parts.Heading($"Prediction by truth, by {attribute}")}{Parts.Figure(plot.Draw(), "Each point is a test image. On the middle line the prediction is the label; between the outer lines it is within 8 years.", Parts.Table($"Within ±{Band} by {attribute}", ["Group", "Points", "Within"], groups.Select(g => points.Where(p => p.Group == g).ToList() is var of ? (string[])[g, MetricText.Count(of.Count), string.Create(CultureInfo.InvariantCulture, $"{100.0 * of.Count(p => Math.Abs(p.Predicted - p.Truth) <= Band) / of.Count:0.0}%")] : []), 1, 2))}");
    }

    private const int Band = 8;

    private static LinearAxis Axis(double low, double high) => LinearAxis.Of([low, high]);

    private static Html Decades(ErrorAnalysis t)
    {
        if (t.Decades.Count == 0)
            return Html.Empty;
        int low = t.Decades.Min(d => Math.Min(d.Truth, d.Predicted)),
            high = t.Decades.Max(d => Math.Max(d.Truth, d.Predicted));
        var count = t.Decades.ToDictionary(d => (d.Truth, d.Predicted), d => d.Count);
        var totals = t.Decades.GroupBy(d => d.Truth).ToDictionary(g => g.Key, g => g.Sum(d => d.Count));
        static string Name(int ten) => $"{ten * 10}-{ten * 10 + 9}";
        return Html.Of($"{Parts.Heading("Decades")}{HeatTable.Draw("Share of each true decade by predicted decade; off the diagonal is wrong", "true \\ predicted", from a in Enumerable.Range(low, high - low + 1) where totals.ContainsKey(a) from b in Enumerable.Range(low, high - low + 1) let n = count.GetValueOrDefault((a, b)) select new HeatCell(Name(a), Name(b), string.Create(CultureInfo.InvariantCulture, $"{100.0 * n / totals[a]:0}%"), $"n = {n}", a == b ? 0 : (double)n / totals[a]))}");
    }

    private static Html Candidates(IReadOnlyList<string>? candidates) =>
        candidates is null ? Html.Empty : Parts.Section("labels", "Labels in doubt", Html.Of($"""
        {Parts.Text($"{MetricText.Count(candidates.Count)} training and validation images carry a label that models which never saw the image contradict with confidence. They stand in review.csv for a person to decide; test images are never among them. A label in doubt is not a wrong label: faces unlike the others are doubted more often.")}
        {(candidates.Count == 0 ? Html.Empty : Parts.Fold("The candidates", Parts.List(candidates.Take(200))))}
        """));

    private static string Strength(ErrorPicture p, string unit) =>
        p.Error is not { } e ? "" : unit.Length > 0 || e is > 1 or < 0
            ? string.Create(CultureInfo.InvariantCulture, $"error {e:+0.0;-0.0}{unit}")
            : string.Create(CultureInfo.InvariantCulture, $"confidence {e:0.000}");

    private static string F(double? value) => value is { } v ? v.ToString("0.000", CultureInfo.InvariantCulture) : "–";
}
