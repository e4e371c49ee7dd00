using System.Buffers.Text;
using System.Text;

namespace FaceBias.Primitives.Tables;

/// <summary>What a cell of a text file looks like.</summary>
internal enum CellKind
{
    Empty,

    /// <summary>A word that stands for nothing: NA, nan, null, ...</summary>
    MissingWord,

    /// <summary>A number with a decimal point or none.</summary>
    Number,

    /// <summary>Digits that name something: leading zeros, or more of them than a number keeps.</summary>
    Code,

    /// <summary>A number of per cent: 45%.</summary>
    Percent,

    /// <summary>A number that a decimal comma alone explains: 0,5 or 1.234,5.</summary>
    DecimalComma,

    /// <summary>A number that commas between thousands alone explain: 1,234,567 or 1,234.5.</summary>
    ThousandsComma,

    /// <summary>A number of either kind: 1,234.</summary>
    EitherComma,

    /// <summary>Anything else.</summary>
    Text,
}

/// <summary>How numbers and missing values are spelled.</summary>
internal static class CellText
{
    /// <summary>What pandas, R, SQL, Excel, SAS and the UCI repository write for a missing value.</summary>
    private static readonly HashSet<string> s_words = new(StringComparer.Ordinal)
    {
        "NA", "N/A", "n/a", "na", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "-NaN", "-nan", "1.#QNAN",
        "1.#IND", "-1.#QNAN",
        "-1.#IND", "NULL", "null", "Null", "None", "NaT", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "-", "--",
        "?", ".", "\\N", "NONE", "(null)",
        "N.A.", "n.a.", "missing", "Missing", "(missing)",
    };

    /// <summary>Signs that may be labels too, as + and - are.</summary>
    private static readonly HashSet<string> s_signs = new(StringComparer.Ordinal) { "-", "--", "?", "." };

    /// <summary>What programs write for a missing value when they turn it into text; a typed file has proper gaps
    /// beside.</summary>
    private static readonly HashSet<string> s_typedWords = new(StringComparer.Ordinal) { "nan", "NaN", "<NA>", "NaT" };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_lookup =
        s_words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a text among these values stands for a missing one.</summary>
    /// <param name="symbols">Whether the column's values are signs, so that a sign is a value.</param>
    /// <param name="typed">Whether the file tells text from missing values itself.</param>
    public static bool IsMissing(string text, bool symbols, bool typed) =>
        typed ? s_typedWords.Contains(text) : s_words.Contains(text) && !(symbols && s_signs.Contains(text));

    /// <summary>Whether some values are signs only, such as + and -.</summary>
    public static bool AreSymbols(IEnumerable<string> levels) =>
        levels.Where(l => !s_words.Contains(l) || s_signs.Contains(l)).Take(50).ToArray() is var some
        && some.Any(l => !s_signs.Contains(l)) && some.All(l => !l.Any(char.IsLetterOrDigit));

    /// <summary>The number that a text is, a leading zero or not; null of anything else.</summary>
    public static double? Number(string text)
    {
        var kind = Classify(Encoding.UTF8.GetBytes(text), out var value);
        return kind is CellKind.Number ? value
            : kind is CellKind.Code
                && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) ? value : null;
    }

    /// <summary>What a cell is, blanks around it gone; the value of a number.</summary>
    public static CellKind Classify(ReadOnlySpan<byte> cell, out double value)
    {
        value = double.NaN;
        if (cell.Length == 0)
            return CellKind.Empty;
        if (cell.Length > 64)
            return CellKind.Text;
        var first = cell[0];
        if (first is (byte)'-' or (byte)'+' && cell.Length > 1)
            first = cell[1];
        if (first is (>= (byte)'0' and <= (byte)'9') or (byte)'.')
        {
            if (IsNumber(cell, out value))
                return IsCode(cell) ? CellKind.Code : CellKind.Number;
            if (cell[^1] == (byte)'%')
                return Percent(cell, out value) ? CellKind.Percent : CellKind.Text;
            if (cell.Contains((byte)',') || cell.Count((byte)'.') > 1)
                return Commas(cell);
        }
        else if (first is (byte)',' && cell.Length > 1 && Commas(cell) is CellKind.DecimalComma)
            return CellKind.DecimalComma;
        Span<char> chars = stackalloc char[cell.Length];
        chars = chars[..Encoding.UTF8.GetChars(cell, chars)];
        if (s_lookup.Contains(chars))
            return CellKind.MissingWord;
        return Infinite(chars, out value) ? CellKind.Number : CellKind.Text;
    }

    /// <summary>The value of a cell that is a number of one kind or another, NaN of what is none.</summary>
    /// <param name="comma">Whether a comma is the decimal sign, so that points part thousands.</param>
    public static double Value(ReadOnlySpan<byte> cell, bool comma)
    {
        var kind = Classify(cell, out var value);
        if (kind is CellKind.Number && !(comma && IsThousands(cell, (byte)'.')))
            return value;
        if (kind is CellKind.Percent)
            return value;
        if (kind is not (CellKind.DecimalComma or CellKind.ThousandsComma or CellKind.EitherComma or CellKind.Number))
            return double.NaN;
        Span<byte> plain = stackalloc byte[cell.Length];
        var n = 0;
        foreach (var sign in cell)
        {
            if (sign == (comma ? (byte)',' : (byte)'.'))
                plain[n++] = (byte)'.';
            else if (sign is not ((byte)',' or (byte)'.'))
                plain[n++] = sign;
        }
        return IsNumber(plain[..n], out value) ? value : double.NaN;
    }

    /// <summary>Whether a number may have a point between thousands: 1.234.</summary>
    public static bool IsThousands(ReadOnlySpan<byte> cell, byte sign)
    {
        cell = cell.TrimStart("+-"u8);
        var head = cell.IndexOf(sign);
        if (head is < 1 or > 3 || cell[0] == (byte)'0')
            return false;
        for (var i = 0; i < cell.Length; i++)
        {
            var isSign = i >= head && (i - head) % 4 == 0;
            if (isSign ? cell[i] != sign : cell[i] is < (byte)'0' or > (byte)'9')
                return false;
        }
        return (cell.Length - head) % 4 == 0;
    }

    private static bool IsNumber(ReadOnlySpan<byte> cell, out double value)
    {
        if (cell[0] == (byte)'+')
            cell = cell[1..];
        return Utf8Parser.TryParse(cell, out value, out var used) && used == cell.Length
            || double.TryParse(cell,
                NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Whether digits parse as a number but name something: leading zeros, or more than 15 digits.</summary>
    private static bool IsCode(ReadOnlySpan<byte> cell)
    {
        cell = cell.TrimStart("+-"u8);
        return (cell.Length > 1 && cell[0] == (byte)'0' && cell[1] is >= (byte)'0' and <= (byte)'9')
            || (cell.Length > 15 && cell.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0);
    }

    private static bool Percent(ReadOnlySpan<byte> cell, out double value)
    {
        var rest = cell[..^1].TrimEnd((byte)' ');
        value = double.NaN;
        if (rest.Length == 0 || !IsNumber(rest, out value))
            return false;
        value /= 100;
        return true;
    }

    private static CellKind Commas(ReadOnlySpan<byte> cell)
    {
        var rest = cell.TrimStart("+-"u8);
        if (rest.IndexOfAnyExcept("0123456789.,"u8) >= 0)
            return CellKind.Text;
        int commas = rest.Count((byte)','), points = rest.Count((byte)'.'), comma = rest.IndexOf((byte)','),
            point = rest.IndexOf((byte)'.');
        if (commas == 0)
            return IsThousands(rest, (byte)'.') ? CellKind.DecimalComma : CellKind.Text;
        if (points == 0)
        {
            return IsThousands(rest, (byte)',') ? commas > 1 ? CellKind.ThousandsComma : CellKind.EitherComma
                : commas == 1 && comma < rest.Length - 1 ? CellKind.DecimalComma : CellKind.Text;
        }
        return point > comma && points == 1 ? IsThousands(rest[..point], (byte)',') ? CellKind.ThousandsComma
            : CellKind.Text
            : comma > point && commas == 1 && IsThousands(rest[..comma], (byte)'.') ? CellKind.DecimalComma
                : CellKind.Text;
    }

    private static bool Infinite(ReadOnlySpan<char> text, out double value)
    {
        var sign = text is ['-', ..] ? -1 : 1;
        text = text.TrimStart("+-");
        value = sign * double.PositiveInfinity;
        return text.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || text.Equals("infinity", StringComparison.OrdinalIgnoreCase);
    }
}
