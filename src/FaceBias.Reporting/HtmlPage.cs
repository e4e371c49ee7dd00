using System.Reflection;

namespace FaceBias.Reporting;

/// <summary>A part of a page: a place that the contents name, and its markup.</summary>
internal sealed record PagePart(string Id, string Title, Html Body);

/// <summary>The frame of every page: one file that opens offline and asks for nothing from anywhere.</summary>
internal static class HtmlPage
{
    /// <summary>The whole page.</summary>
    /// <param name="parts">What it holds; parts that are empty are left out.</param>
    /// <param name="scripts">Scripts of this page beside those of all.</param>
    public static string Write(string title, string subtitle, IEnumerable<PagePart> parts, params string[] scripts)
    {
        PagePart[] shown = [.. parts.Where(p => !p.Body.IsEmpty)];
        if (Terms.Used(shown.Select(p => p.Body)) is { IsEmpty: false } terms)
            shown = [.. shown, new("terms", "Terms", terms)];
        // The policy forbids every request, so the page cannot leak what it shows.
        return Html.Of($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
            <meta name="generator" content="FaceBias {Version()}">
            <meta name="color-scheme" content="light dark">
            <link rel="icon" href="data:,">
            <title>{title}</title>
            <style>{new Html(Asset("page.css"))}</style>
            </head>
            <body>
            <header class="top"><h1>{title}</h1><p>{subtitle}</p>
            <nav aria-label="Contents">{shown.Where(p => p.Title.Length > 0).Select(p => Html.Of($"<a href=\"#{p.Id}\">{p.Title}</a>"))}</nav></header>
            <main>
            {shown.Select(p => p.Body)}
            </main>
            {scripts.Select(s => new Html($"<script>{Asset(s)}</script>"))}
            </body>
            </html>
            """).Markup + "\n";
    }

    public static string Version() =>
        typeof(HtmlPage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion
            .Split('+')[0];

    private static string Asset(string name)
    {
        using var stream = typeof(HtmlPage).Assembly.GetManifestResourceStream($"report/{name}")
            ?? throw new InvalidOperationException($"The library was built without its resource report/{name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
