using System.Reflection;

namespace FaceBias.Reporting;

/// <summary>The frame of every page: one file that opens offline and asks for nothing from anywhere.</summary>
internal static class HtmlPage
{
    /// <summary>Everything up to the links of the navigation, which the caller writes and ends with <c>&lt;/nav&gt;&lt;main&gt;</c>.</summary>
    public static void Begin(HtmlWriter html, string title, string subtitle) =>
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
            <title>{HtmlWriter.Escape(title)}</title>
            <style>{Asset("report.css")}</style>
            </head>
            <body>
            <header class="top"><div><h1>{HtmlWriter.Escape(title)}</h1>
            <p>{HtmlWriter.Escape(subtitle)}</p></div></header>
            <nav aria-label="Sections">
            """);

    /// <summary>The scripts and the end of the page; the whole page.</summary>
    public static string End(HtmlWriter html)
    {
        html.Raw("</main>");
        foreach (var script in new[] { "vega.min.js", "vega-lite.min.js", "vega-embed.min.js", "report.js" })
            html.Raw($"<script>{Script(script)}</script>");
        return html.Raw("</body>\n</html>").ToString();
    }

    public static string Version() =>
        typeof(HtmlPage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static string Asset(string name)
    {
        using var stream = typeof(HtmlPage).Assembly.GetManifestResourceStream($"report/{name}")
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
