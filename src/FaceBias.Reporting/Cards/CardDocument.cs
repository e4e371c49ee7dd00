using System.Text;

namespace FaceBias.Reporting.Cards;

/// <summary>A document of a card, written once and printed as Markdown and as HTML.</summary>
internal sealed class CardDocument(string title)
{
    private readonly List<Action<IWriter>> _blocks = [];

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
    public Html Page(IReadOnlyDictionary<string, CardNumber> numbers)
    {
        var writer = new PageWriter(numbers);
        foreach (var block in _blocks)
            block(writer);
        return Html.Join(writer.Parts);
    }

    /// <summary>Keeps data from being read as Markdown or HTML.</summary>
    internal static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is '\n' or '\r' or '\t')
                escaped.Append(' ');
            else if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '#' or '!')
                escaped.Append('\\').Append(c);
            else
                escaped.Append(c switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", _ => c.ToString() });
        }
        return escaped.ToString();
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

        private static string Escape(string text) =>
            CardNumbers.Marks(CardDocument.Escape(text), id => $"<!--{id}-->");
    }

    private sealed class PageWriter(IReadOnlyDictionary<string, CardNumber> numbers) : IWriter
    {
        public List<Html> Parts { get; } = [];

        public void Heading(int level, string text) =>
            Parts.Add(level > 2 ? Html.Of($"<h4>{Marked(text)}</h4>") : Html.Of($"<h3>{Marked(text)}</h3>"));

        public void Paragraph(string text) => Parts.Add(Html.Of($"<p>{Marked(text)}</p>"));

        public void List(string[] items) =>
            Parts.Add(Html.Of($"<ul>{items.Select(i => Html.Of($"<li>{Marked(i)}</li>"))}</ul>"));

        public void Table(string caption, string[] headers, string[][] rows) => Parts.Add(Html.Of($"""
            <div class="scroll" tabindex="0" role="group" aria-label="{caption}"><table><caption>{Marked(caption)}</caption>
            <thead><tr>{headers.Select(h => Html.Of($"<th scope=\"col\">{Marked(h)}</th>"))}</tr></thead>
            <tbody>{rows.Select(r => Html.Of($"<tr>{r.Select((c, i) => i == 0 ? Html.Of($"<th scope=\"row\">{Marked(c)}</th>") : Html.Of($"<td>{Marked(c)}</td>"))}</tr>"))}</tbody></table></div>
            """));

        /// <summary>A text whose numbers say on hovering where they come from.</summary>
        private Html Marked(string text)
        {
            var parts = new List<Html>();
            // Cut at the marks: text between them is encoded, marks become elements.
            foreach (var part in CardNumbers.Marks(text, id => $"\u0001{id}\u0002").Split('\u0001'))
            {
                var end = part.IndexOf('\u0002', StringComparison.Ordinal);
                if (end >= 0 && numbers.GetValueOrDefault(part[..end]) is { } number)
                    parts.Add(Html.Of(
                        $"\u2060<abbr title=\"{number.File} {number.Pointer}, SHA-256 {number.Sha256}\">°</abbr>\u2060"));
                parts.AddRange(CardAnswers.Open(part[(end + 1)..]).Select(
                    p => p.IsOpen ? Html.Of($"<mark>{p.Text}</mark>") : Html.Of($"{p.Text}")));
            }
            return Html.Join(parts);
        }
    }
}
