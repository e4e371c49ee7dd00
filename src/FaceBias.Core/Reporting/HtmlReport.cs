using System.Reflection;
using FaceBias.Core.Auditing;

namespace FaceBias.Core.Reporting;

/// <summary>
/// Writes <c>report.html</c>: one file that opens offline and asks for nothing from anywhere, in the order in which a
/// compliance officer needs it: what was found, what it does not mean, how sure it is, then the figures.
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
        // The policy forbids every request, so the page cannot leak what it shows; Vega compiles its expressions.
        html.Raw($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; base-uri 'none'; form-action 'none'">
            <meta name="generator" content="FaceBias {Version()}">
            <link rel="icon" href="data:,">
            <title>{HtmlWriter.Escape(input.Title)}</title>
            <style>{Asset("report.css")}</style>
            </head>
            <body>
            <header class="top"><div><h1>{HtmlWriter.Escape(input.Title)}</h1>
            <p>{HtmlWriter.Escape(Subtitle(audit))}</p></div></header>
            <nav aria-label="Sections">
            """);
        html.Raw("<a href=\"#findings\">Findings</a> <a href=\"#limits\">Limits</a>");
        for (var i = 0; i < audit.Targets.Count; i++)
            html.Raw($"<a href=\"#target{i}\">{HtmlWriter.Escape(Figures.Title(audit.Targets[i].Name))}</a>");
        html.Raw("<a href=\"#provenance\">Provenance</a></nav>\n<main>");
        if (input.Drawings)
            html.Raw("<div class=\"banner\" role=\"note\"><strong>The faces of this data set are drawings made by a "
                + "program.</strong> The report shows that the tool works; it says nothing about real people.</div>");
        Findings(html, audit);
        Limits(html, audit);
        Planted(html, input);
        var budget = PictureBudget;
        for (var i = 0; i < audit.Targets.Count; i++)
            Target(html, input, audit.Targets[i], $"target{i}", ref budget);
        Training(html, input);
        Curation(html, input);
        Provenance(html, input);
        html.Raw("</main>");
        foreach (var script in new[] { "vega.min.js", "vega-lite.min.js", "vega-embed.min.js", "report.js" })
            html.Raw($"<script>{Script(script)}</script>");
        return html.Raw("</body>\n</html>").ToString();
    }

    private static string Subtitle(AuditResult audit) =>
        $"{Figures.Count(audit.Rows)} audited predictions"
        + (audit.OtherRows > 0 ? $" of split '{audit.Options.Split}' ({Figures.Count(audit.OtherRows)} rows of other splits left out)" : "")
        + $"; targets: {string.Join(", ", audit.Targets.Select(t => t.Name))}; groups: "
        + $"{string.Join(", ", audit.Attributes.Select(a => a.Name))}";

    internal static string Version() =>
        typeof(HtmlReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static string Asset(string name)
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream($"report/{name}")
            ?? throw new InvalidOperationException($"The library was built without its resource report/{name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>A library may hold the characters that end a script element inside a string; the backslash changes
    /// nothing for JavaScript and hides them from HTML. Source maps are not shipped.</summary>
    private static string Script(string name) => string.Join('\n', Asset(name)
        .Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)
        .Replace("<!--", "<\\!--", StringComparison.Ordinal)
        .Split('\n').Where(line => !line.StartsWith("//# sourceMappingURL", StringComparison.Ordinal)));
}
