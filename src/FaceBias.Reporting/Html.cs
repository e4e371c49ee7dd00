using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace FaceBias.Reporting;

/// <summary>Markup that is safe to write. <c>Html.Of($"&lt;li&gt;{name}&lt;/li&gt;")</c> is a template: its literal
/// parts are markup, its holes are text and are encoded, unless they are <see cref="Html"/> themselves.</summary>
internal readonly record struct Html(string Markup)
{
    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static Html Empty { get; } = new("");

    public bool IsEmpty => string.IsNullOrEmpty(Markup);

    public static Html Of(Template template) => new(template.ToString());

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(p => p.Markup)));

    /// <summary>Data for a script of the page: the serializer writes &lt; &gt; &amp; and quotes as escapes, so no data
    /// can end the element.</summary>
    public static Html Json(string id, object data) =>
        new($"<script type=\"application/json\" "
            + $"id=\"{Encode(id)}\">{JsonSerializer.Serialize(data, JsonSerializerOptions.Web)}</script>");

    /// <summary>Text that is safe between tags and inside quoted attributes.</summary>
    public static string Encode(string text) => s_encoder.Encode(text);

    public override string ToString() => Markup;

    /// <summary>Collects a template and encodes its holes.</summary>
    [InterpolatedStringHandler]
    internal readonly struct Template(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _text = new(literalLength + (16 * formattedCount));

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted(string? text) => _text.Append(text is null ? "" : Encode(text));

        public void AppendFormatted(Html html) => _text.Append(html.Markup);

        public void AppendFormatted(IEnumerable<Html> parts) => _text.AppendJoin('\n', parts.Select(p => p.Markup));

        public void AppendFormatted(IFormattable value, string? format = null) =>
            _text.Append(Encode(value.ToString(format, CultureInfo.InvariantCulture)));

        public override string ToString() => _text.ToString();
    }
}
