using System.Text;

namespace FaceBias.Reporting.Cards;

/// <summary>A document of a card, written once and printed as Markdown and as HTML.</summary>
internal sealed class CardDocument(string title)
{
    private readonly List<Action<IWriter>> _blocks = [];

    /// <summary>Its title.</summary>
    public string Title { get; } = title;

    public CardDocument Heading(int level, string text) => Add(w => w.Heading(level, text));

    public CardDocument Paragraph(string text) => Add(w => w.Paragraph(text));

    public CardDocument List(IEnumerable<string> items)
    {
        string[] all = [.. items];
        return all.Length == 0 ? this : Add(w => w.List(all));
    }

    public CardDocument Table(string caption, string[] headers, IEnumerable<string[]> rows)
    {
        string[][] all = [.. rows];
        return all.Length == 0 ? this : Add(w => w.Table(caption, headers, all));
    }

    /// <summary>As Markdown, the mark of each number as a comment behind it.</summary>
    public string Markdown()
    {
        var writer = new MarkdownWriter();
        writer.Heading(1, Title);
        foreach (var block in _blocks)
            block(writer);
        return writer.ToString();
    }

    /// <summary>As part of a page, where each number says on hovering where it comes from.</summary>
    public void Html(HtmlWriter html, IReadOnlyDictionary<string, CardNumber> numbers)
    {
        var writer = new PageWriter(html, numbers);
        writer.Heading(1, Title);
        foreach (var block in _blocks)
            block(writer);
    }

    private CardDocument Add(Action<IWriter> block)
    {
        _blocks.Add(block);
        return this;
    }

    private interface IWriter
    {
        void Heading(int level, string text);

        void Paragraph(string text);

        void List(string[] items);

        void Table(string caption, string[] headers, string[][] rows);
    }

    private sealed class MarkdownWriter : IWriter
    {
        private readonly StringBuilder _text = new();

        public override string ToString() => _text.ToString().TrimEnd() + "\n";

        public void Heading(int level, string text) => Line($"{new string('#', level)} {Escape(text)}\n");

        public void Paragraph(string text) => Line(Escape(text) + "\n");

        public void List(string[] items)
        {
            foreach (var item in items)
                Line($"- {Escape(item)}");
            Line("");
        }

        public void Table(string caption, string[] headers, string[][] rows)
        {
            Line($"*{Escape(caption)}*\n");
            Line($"| {string.Join(" | ", headers.Select(Escape))} |");
            Line($"|{string.Concat(headers.Select(_ => "---|"))}");
            foreach (var row in rows)
                Line($"| {string.Join(" | ", row.Select(Escape))} |");
            Line("");
        }

        private void Line(string line) => _text.Append(line).Append('\n');

        private static string Escape(string text) => CardNumbers.Marks(ModelCard.Escape(text), id => $"<!--{id}-->");
    }

    private sealed class PageWriter(HtmlWriter html, IReadOnlyDictionary<string, CardNumber> numbers) : IWriter
    {
        public void Heading(int level, string text) => html.Raw($"<h{level + 1}>{Escape(text)}</h{level + 1}>");

        public void Paragraph(string text) => html.Raw($"<p>{Escape(text)}</p>");

        public void List(string[] items) => html.Raw("<ul>" + string.Concat(items.Select(i => $"<li>{Escape(i)}</li>")) + "</ul>");

        public void Table(string caption, string[] headers, string[][] rows) => html.Raw(
            $"<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{HtmlWriter.Escape(caption)}\"><table><caption>{Escape(caption)}</caption><thead><tr>"
            + string.Concat(headers.Select(h => $"<th scope=\"col\">{Escape(h)}</th>")) + "</tr></thead><tbody>"
            + string.Concat(rows.Select(r => "<tr>" + string.Concat(r.Select((c, i) => i == 0 ? $"<th scope=\"row\">{Escape(c)}</th>" : $"<td>{Escape(c)}</td>")) + "</tr>"))
            + "</tbody></table></div>");

        private string Escape(string text)
        {
            // The encoder would write the marks as entities: the text is cut at them first.
            var parts = new List<string>();
            var plain = CardNumbers.Marks(text, id => $"\u0001{id}\u0002");
            foreach (var part in plain.Split('\u0001'))
            {
                var end = part.IndexOf('\u0002', StringComparison.Ordinal);
                if (end >= 0 && numbers.GetValueOrDefault(part[..end]) is { } number)
                    parts.Add($"<abbr class=\"quiet\" title=\"{HtmlWriter.Escape($"{number.File} {number.Pointer}, SHA-256 {number.Sha256}")}\">°</abbr>");
                parts.Add(HtmlWriter.Escape(part[(end + 1)..]));
            }
            return string.Concat(parts);
        }
    }
}
