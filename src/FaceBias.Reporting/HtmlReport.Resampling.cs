namespace FaceBias.Reporting;

internal static partial class HtmlReport
{
    /// <summary>The training images before and after resampling; whom it helped stands in the comparison.</summary>
    private static Html Resampling(ReportInput input, ReportPictures pictures)
    {
        if (input.Resampling is not { } r)
            return Html.Empty;
        return Html.Of($"""
            {Parts.Text("Every epoch drew its images anew, rare ones more often. What that changed for each group on the test images stands under Comparison: the same training without resampling is the other model there.", "quiet")}
            {(r.Before is null || r.After is null ? Html.Empty : Html.Of($"<figure><ul class=\"faces few\">{Face(r.Before, "before")}{Face(r.After, "after")}</ul><figcaption>The average training picture before resampling and after it, of up to {r.Averaged} pictures each.</figcaption></figure>"))}
            <figure><ul class="faces few">{r.Tenths.Select((t, i) => t.Average is null ? Html.Empty : Face(t.Average, Percent(t.Share)))}</ul><figcaption>The average picture of each tenth of the training images, from the one drawn least often to the one drawn most often, with its share of the draws of the last epoch: {string.Join(", ", r.Tenths.Select(t => Percent(t.Share)))}, where each has 10% without resampling.</figcaption></figure>
            {(r.Groups.Count == 0 ? Html.Empty : Parts.Table(Parts.Shown("Groups of the training images before and after resampling", r.Groups.Count), ["Group", "By", "Images", "Share before", "Share after"], r.Groups.Take(Parts.LongestTable).Select(g => (string[])[g.Group, g.Attribute, MetricText.Count(g.Images), Percent(g.Before), Percent(g.After)]), 2, 3, 4))}
            """);

        static Html Face(byte[] png, string caption) => Html.Of(
            $"<li><img src=\"data:image/png;base64,{new Html(Convert.ToBase64String(png))}\" alt=\"Average picture, {caption}\"><div>{caption}</div></li>");
    }
}
