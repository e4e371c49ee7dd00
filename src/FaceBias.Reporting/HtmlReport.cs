using FaceBias.Auditing;

namespace FaceBias.Reporting;

/// <summary>
/// Writes <c>report.html</c>: one file that opens offline and asks for nothing from anywhere, in the order in which a
/// compliance officer needs it: what was found, what it does not mean, how sure it is, then the metrics.
/// </summary>
public static partial class HtmlReport
{
    /// <summary>What thumbnails may add to the file, so that it stays under 2 MB with the charting library.</summary>
    private const int PictureBudget = 640_000;

    /// <summary>Tables longer than this show their first rows; audit.json has all of them.</summary>
    private const int LongestTable = 60;

    /// <summary>Writes the report.</summary>
    /// <exception cref="FaceBiasException">The file cannot be written.</exception>
    public static void Write(string path, ReportInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        AtomicFile.WriteText(path, Compose(input));
    }

    internal static string Compose(ReportInput input)
    {
        var audit = input.Audit;
        var html = new HtmlWriter();
        HtmlPage.Begin(html, input.Title, Subtitle(audit));
        html.Raw("<a href=\"#findings\">Findings</a>");
        if (audit.Options.FindSlices)
            html.Raw("<a href=\"#slices\">Slices</a>");
        if (input.Comparison.Count > 0)
            html.Raw("<a href=\"#comparison\">Comparison</a>");
        html.Raw("<a href=\"#limits\">Limits</a>");
        for (var i = 0; i < audit.Targets.Count; i++)
            html.Raw($"<a href=\"#target{i}\">{HtmlWriter.Escape(Figures.Title(audit.Targets[i].Name))}</a>");
        html.Raw("<a href=\"#provenance\">Provenance</a></nav>\n<main>");
        if (input.Drawings)
            html.Raw("<div class=\"banner\" role=\"note\"><strong>The faces of this data set are drawings made by a "
                + "program.</strong> The report shows that the tool works; it says nothing about real people.</div>");
        var budget = PictureBudget;
        Findings(html, audit);
        Slices(html, input, ref budget);
        Comparison(html, input);
        Limits(html, audit);
        Planted(html, input);
        for (var i = 0; i < audit.Targets.Count; i++)
            Target(html, input, audit.Targets[i], $"target{i}", ref budget);
        Training(html, input);
        Curation(html, input);
        Provenance(html, input);
        return HtmlPage.End(html);
    }

    private static string Subtitle(AuditResult audit) =>
        $"{Figures.Count(audit.Rows)} audited predictions"
        + (audit.OtherRows > 0 ? $" of split '{audit.Options.Split}' ({Figures.Count(audit.OtherRows)} rows of other splits left out)" : "")
        + $"; targets: {string.Join(", ", audit.Targets.Select(t => t.Name))}; groups: "
        + $"{string.Join(", ", audit.Attributes.Select(a => a.Name))}";
}
