using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;

namespace FaceBias.Reporting;

/// <summary>Writes HTML; whatever comes from data passes through <see cref="Escape"/>.</summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder _text = new();
    private int _charts;

    public override string ToString() => _text.ToString();

    /// <summary>Text that is safe between tags and inside quoted attributes.</summary>
    public static string Escape(string text) => HtmlEncoder.Default.Encode(text);

    /// <summary>Markup written by this program.</summary>
    public HtmlWriter Raw(string markup)
    {
        _text.Append(markup).Append('\n');
        return this;
    }

    public HtmlWriter Heading(int level, string text, string? id = null) =>
        Raw($"<h{level}{(id is null ? "" : $" id=\"{Escape(id)}\"")}>{Escape(text)}</h{level}>");

    public HtmlWriter Paragraph(string text, string? css = null) =>
        Raw($"<p{(css is null ? "" : $" class=\"{css}\"")}>{Escape(text)}</p>");

    public HtmlWriter List(IEnumerable<string> items)
    {
        Raw("<ul>");
        foreach (var item in items)
            Raw($"<li>{Escape(item)}</li>");
        return Raw("</ul>");
    }

    /// <summary>A table whose first column heads its rows; columns named in <paramref name="numeric"/> align right.</summary>
    public HtmlWriter Table(string caption, string[] headers, IEnumerable<IReadOnlyList<string>> rows, params int[] numeric)
    {
        Raw($"<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{Escape(caption)}\"><table><caption>{Escape(caption)}</caption>");
        Raw("<thead><tr>" + string.Concat(headers.Select((h, i) => $"<th scope=\"col\"{Align(i)}>{Escape(h)}</th>")) + "</tr></thead><tbody>");
        foreach (var row in rows)
        {
            Raw("<tr>" + string.Concat(row.Select((cell, i) => i == 0
                ? $"<th scope=\"row\">{Escape(cell)}</th>" : $"<td{Align(i)}>{Escape(cell)}</td>")) + "</tr>");
        }
        return Raw("</tbody></table></div>");

        string Align(int column) => numeric.Contains(column) ? " class=\"n\"" : "";
    }

    /// <summary>A chart with its caption, and its numbers as tables for those who cannot see or run it.</summary>
    public HtmlWriter Chart(JsonObject specification, string alternative, string caption, Action<HtmlWriter> table)
    {
        var id = $"chart{++_charts}";
        Raw($"<figure class=\"chart\"><div class=\"vis\" id=\"{id}\" role=\"img\" aria-label=\"{Escape(alternative)}\"></div>");
        Raw($"<figcaption>{Escape(caption)}</figcaption>");
        // The serializer's default encoder writes < > & ' and quotes as \u escapes, so no data can end the element.
        Raw($"<script type=\"application/json\" data-chart=\"{id}\">{specification.ToJsonString()}</script>");
        Raw("<details open><summary>The numbers as a table</summary>");
        table(this);
        return Raw("</details></figure>");
    }
}
