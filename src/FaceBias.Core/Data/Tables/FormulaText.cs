namespace FaceBias.Core.Data.Tables;

/// <summary>Text that a spreadsheet would run: it begins with =, +, -, @, a tab or a line end, and is no number. In
/// files that people open in one it is written with an apostrophe in front, which a spreadsheet does not show and
/// reading takes away again.</summary>
internal static class FormulaText
{
    /// <summary>The text as it is written.</summary>
    public static string Escape(string text) => IsFormula(text) ? "'" + text : text;

    /// <summary>The text as it was before <see cref="Escape"/>.</summary>
    public static Span<char> Unescape(Span<char> text) => text is ['\'', ..] && IsFormula(text) ? text[1..] : text;

    private static bool IsFormula(ReadOnlySpan<char> text)
    {
        text = text.TrimStart('\'');
        return text is ['=' or '+' or '-' or '@' or '\t' or '\r', _, ..]
            && !double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _);
    }
}
