namespace FaceBias.Reporting;

/// <summary>What all pages are made of.</summary>
internal static class Parts
{
    /// <summary>Tables longer than this show their first rows; a file beside the page has all of them.</summary>
    public const int LongestTable = 60;

    public static Html Section(string id, string title, Html body) => Html.Of($"""
        <section id="{id}"><h2>{title}</h2>
        {body}
        </section>
        """);

    /// <summary>A section of which only the title shows until it is asked for.</summary>
    public static Html FoldedSection(string id, string title, Html body) => Html.Of($"""
        <section id="{id}"><details><summary><h2>{title}</h2></summary>
        {body}
        </details></section>
        """);

    public static Html Heading(string title) => Html.Of($"<h3>{title}</h3>");

    public static Html Text(string text, string css = "") => Html.Of($"<p{Class(css)}>{Terms.InText(text)}</p>");

    public static Html List(IEnumerable<string> items) =>
        Html.Of($"<ul>{items.Select(i => Html.Of($"<li>{Terms.InText(i)}</li>"))}</ul>");

    /// <summary>What most readers need not see: one click away.</summary>
    public static Html Fold(string summary, Html body, bool open = false) => Html.Of($"""
        <details{new Html(open ? " open" : "")}><summary>{summary}</summary>
        {body}
        </details>
        """);

    /// <summary>A table whose first column heads its rows; columns named in <paramref name="numeric"/> align
    /// right.</summary>
    public static Html Table(string caption, IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows,
        params int[] numeric)
    {
        return Html.Of($"""
            <div class="scroll" tabindex="0" role="group" aria-label="{caption}"><table><caption><span>{caption}</span></caption>
            <thead><tr>{headers.Select((h, i) => Html.Of($"<th scope=\"col\"{Align(i)}>{Terms.Linked(h)}</th>"))}</tr></thead>
            <tbody>{rows.Select(row => Html.Of($"<tr>{row.Select(Cell)}</tr>"))}</tbody></table></div>
            """);

        Html Cell(string text, int column) => column == 0 ? Html.Of($"<th scope=\"row\">{Terms.Linked(text)}</th>")
            : Html.Of($"<td{Align(column, text)}>{text}</td>");
        // A reason instead of a number is a sentence, which wraps.
        Html Align(int column, string text = "") =>
            Class(!numeric.Contains(column) ? "" : text.Length > 28 ? "n wrap" : "n");
    }

    /// <summary>A drawing with its caption; what stands behind it is folded below.</summary>
    public static Html Figure(Html drawing, string caption, Html numbers = default) => Html.Of($"""
        <figure>{drawing}<figcaption>{caption}</figcaption>
        {(numbers.IsEmpty ? Html.Empty : Fold("The numbers", numbers))}
        </figure>
        """);

    /// <summary>Few numbers that matter most.</summary>
    public static Html Tiles(IEnumerable<(string Title, string Value, string Note)> tiles) => Html.Of($"""
        <dl class="tiles">{tiles.Select(t => Html.Of($"<div><dt>{t.Title}</dt><dd>{t.Value}<small>{t.Note}</small></dd></div>"))}</dl>
        """);

    /// <summary>A verdict by colour, sign and word: never by colour alone.</summary>
    public static Html Badge(Verdict? verdict)
    {
        var (css, sign) = verdict switch
        {
            Verdict.GapShown => ("gapShown", "▲"),
            Verdict.WithinMargin => ("withinMargin", "✓"),
            Verdict.NotEnoughData => ("notEnoughData", "?"),
            _ => ("none", "–"),
        };
        return Html.Of($"<span class=\"verdict {css}\">{sign} {MetricText.Title(MetricText.Words(verdict))}</span>");
    }

    public static Html Class(string css) => css.Length == 0 ? Html.Empty : Html.Of($" class=\"{css}\"");

    /// <summary>A caption that says where a table was cut.</summary>
    public static string Shown(string caption, int count, int longest = LongestTable, string file = "audit.json") =>
        count <= longest ? caption
        : $"{caption} (the first {longest} of {MetricText.Count(count)}; {file} has all)";
}
