namespace FaceBias.Reporting;

internal static partial class HtmlReport
{
    /// <summary>What the model does not know: whether its scores are worth anything, who is rare to it, and whom it
    /// takes for no face.</summary>
    private static Html Scores(ReportInput input, ReportPictures pictures) =>
        input.Uncertainty is not { } u ? Html.Empty : Html.Of($"""
        {(u.Curves.Count == 0 ? Html.Empty : Html.Of($"{Parts.Heading("How right the model is, by how sure it is")}<div class=\"plots\">{u.Curves.Select(Curve)}</div>"))}
        {u.Rarity.Select(r => Rarity(r, pictures))}
        {(u.Alarms.Count == 0 ? Html.Empty : Parts.Heading("Whose pictures are taken for unlike the training pictures"))}
        {u.Alarms.Select(Alarms)}
        """);

    private static Html Curve(RiskCurve curve)
    {
        double[] values = [.. curve.Points.SelectMany(p => new[] { p.Low, p.High })];
        PlotPoint[] points = [.. curve.Points.Select(p => new PlotPoint(50 * (p.From + p.To), p.Value, p.Low, p.High))];
        var what = curve.IsRate ? "Accuracy" : "Mean absolute error";
        var plot = new Plot($"{what} of {curve.Target} by {curve.Score}", LinearAxis.Of([0, 100]),
            LinearAxis.Of(values, curve.IsRate ? (0, 1) : null))
        {
            XTitle = $"percentile of {curve.Score}",
            YTitle = $"{what} of {curve.Target}",
        }.Intervals(points, Plot.Series(0)).Line(points, Plot.Series(0)).Points(points, Plot.Series(0));
        return Parts.Figure(plot.Draw(), Says(curve),
            Parts.Table($"{what} by tenths of {curve.Score}", ["Percentiles", "Rows", what, "95% interval"],
            curve.Points.Select(
                p => (string[])[FormattableString.Invariant($"{100 * p.From:0} to {100 * p.To:0}"),
                    MetricText.Count(p.Rows), Value(curve, p.Value), $"{Value(curve, p.Low)} to {Value(curve, p.High)}"]),
                    1, 2, 3));
    }

    /// <summary>One sentence: whether the most uncertain rows are more often wrong than the least uncertain
    /// ones.</summary>
    private static string Says(RiskCurve curve)
    {
        var (sure, unsure) = (curve.Points[0], curve.Points[^1]);
        var (better, worse) = curve.IsRate ? (sure.Low > unsure.High, sure.High < unsure.Low)
            : (sure.High < unsure.Low, sure.Low > unsure.High);
        var told = $"{Value(curve, sure.Value)} where it is smallest and {Value(curve, unsure.Value)} where it is largest";
        return $"{curve.Meaning} {(better ? $"It ranks errors: {told}" : worse ? $"It ranks errors the wrong way round: {told}" : $"It is not shown to rank errors: {told}, with intervals that meet")}.";
    }

    private static Html Rarity(RarePictures rare, ReportPictures pictures)
    {
        var (usual, strange) = (pictures.List(rare.Usual.Select(id => (id, "well represented", "")), captions: false),
            pictures.List(rare.Rare.Select(id => (id, "rare", "")), captions: false));
        return Html.Of($"""
            {Parts.Heading($"Well and badly represented pictures, by {rare.Score}")}
            {(usual.IsEmpty ? Html.Empty : Html.Of($"{Parts.Text("The most usual pictures of the test:")}{usual}"))}
            {(strange.IsEmpty ? Html.Empty : Html.Of($"{Parts.Text("The rarest pictures of the test; look for what they share:")}{strange}"))}
            {(rare.Averages.Count == 0 ? Html.Empty : Html.Of($"<figure><ul class=\"faces few\">{rare.Averages.Select((png, i) => Html.Of($"<li><img src=\"data:image/png;base64,{new Html(Convert.ToBase64String(png))}\" alt=\"Average picture of tenth {i + 1}\"></li>"))}</ul><figcaption>The average picture of each tenth, from the best to the worst represented, of up to {rare.Averaged} pictures each: what changes from left to right is what the score goes by.</figcaption></figure>"))}
            """);
    }

    private static Html Alarms(NoveltyAlarms alarms)
    {
        var (all, above) = (alarms.Groups.Sum(g => g.Rows), alarms.Groups.Sum(g => g.Above));
        var chart = new DotChart
        {
            Axis = $"Share of pictures with novelty above 1, by {alarms.Attribute}",
            IsRate = true,
            Reference = (double)above / all,
            Rows = [.. alarms.Groups.Select(
                g => new DotRow(g.Group, $"n = {MetricText.Count(g.Rows)}", g.Share, g.Low, g.High,
                    $"{Percent(g.Share)} ({Percent(g.Low)} to {Percent(g.High)})"))],
        };
        var most = alarms.Groups.MaxBy(g => g.Share)!;
        return Html.Of($"<figure>{chart.Draw()}<figcaption>{$"{MetricText.Count(above)} of {MetricText.Count(all)} test pictures are above the limit; the largest share is that of {most.Group} ({Percent(most.Share)}). These are pictures of the data's own kind, so each is a false alarm."}</figcaption></figure>");
    }

    private static string Value(RiskCurve curve, double value) =>
        curve.IsRate ? Percent(value) : FormattableString.Invariant($"{value:0.00}");

    private static string Percent(double share) => FormattableString.Invariant($"{100 * share:0.0}%");
}
