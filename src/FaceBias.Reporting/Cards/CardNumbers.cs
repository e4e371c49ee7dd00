using System.Text.RegularExpressions;

namespace FaceBias.Reporting.Cards;

/// <summary>How a number of a source becomes text.</summary>
internal enum CardFormat
{
    /// <summary>94.1%.</summary>
    Percent,

    /// <summary>1.30.</summary>
    Decimal,

    /// <summary>2,761.</summary>
    Count,

    /// <summary>0.012, or &lt; 0.001.</summary>
    Probability,

    /// <summary>Points of a rate: 4.2.</summary>
    Points,

    /// <summary>As it stands in the source, a sentence too.</summary>
    AsIs,
}

/// <summary>A number of a card and where it comes from.</summary>
/// <param name="Id">Its mark in the documents: n12.</param>
/// <param name="File">The file that it comes from, relative to the folder of the run.</param>
/// <param name="Sha256">The SHA-256 of the file.</param>
internal sealed record CardNumber(string Id, string Text, string File, string Pointer, CardFormat Format,
    string Sha256);

/// <summary>Every number that documents print, numbered as they are asked for. A number without a source cannot be
/// printed.</summary>
internal sealed partial class CardNumbers
{
    /// <summary>What stands before and after a number's mark in a text until the text is written.</summary>
    private const char Begin = '\uE000', End = '\uE001';

    private readonly List<CardNumber> _all = [];
    private readonly Dictionary<(string, string, CardFormat), CardNumber> _known = [];

    public IReadOnlyList<CardNumber> All => _all;

    /// <summary>A number with its mark; a dash where the source has none.</summary>
    public string Of(CardSource source, string pointer, CardFormat format)
    {
        if (Plain(source, pointer, format) is not { } text)
            return "–";
        return $"{text}{Begin}{Find(source, pointer, format, text).Id}{End}";
    }

    /// <summary>The number's record, for machine-readable cards; null where the source has none.</summary>
    public CardNumber? Record(CardSource source, string pointer, CardFormat format) =>
        Plain(source, pointer, format) is { } text ? Find(source, pointer, format, text) : null;

    private CardNumber Find(CardSource source, string pointer, CardFormat format, string text)
    {
        if (!_known.TryGetValue((source.Name, pointer, format), out var number))
        {
            _known[(source.Name, pointer, format)] =
                number = new($"n{_all.Count + 1}", text, source.Name, pointer, format, source.Sha256);
            _all.Add(number);
        }
        return number;
    }

    /// <summary>The text of a number; null where the source has none.</summary>
    public static string? Plain(CardSource source, string pointer, CardFormat format)
    {
        if (format == CardFormat.AsIs)
            return source.Text(pointer);
        if (source.Find(pointer) is not { ValueKind: System.Text.Json.JsonValueKind.Number } value)
            return null;
        var v = value.GetDouble();
        return format switch
        {
            CardFormat.Percent => (100 * v).ToString("0.0", CultureInfo.InvariantCulture) + "%",
            CardFormat.Points => (100 * v).ToString("0.0", CultureInfo.InvariantCulture),
            CardFormat.Count => v.ToString("N0", CultureInfo.InvariantCulture),
            CardFormat.Probability => v < 0.001 ? "< 0.001" : v.ToString("0.000", CultureInfo.InvariantCulture),
            _ => v.ToString("0.00", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>A text with the marks of its numbers as something else.</summary>
    public static string Marks(string text, Func<string, string> mark) =>
        Mark().Replace(text, m => mark(m.Groups[1].Value));

    /// <summary>Nothing that a person wrote may pass for a mark.</summary>
    public static string Clean(string text) => text.Replace(Begin, ' ').Replace(End, ' ');

    [GeneratedRegex("\uE000(n[0-9]+)\uE001")]
    private static partial Regex Mark();
}
