using System.Text;

namespace FaceBias.Core.Data.Tables;

/// <summary>How a delimited file is laid out: its separator, where its header is, the names of its columns.</summary>
/// <param name="Separator">The separator; a blank stands for any run of blanks.</param>
/// <param name="Start">Where the first row begins.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Names">The columns' names as written; empty where the header has none.</param>
/// <param name="Trailing">Whether rows end in a separator too many.</param>
/// <param name="Preamble">Lines before the header that are no part of the table.</param>
internal sealed record Dialect(byte Separator, int Start, int Line, string[] Names, bool Trailing, string? Preamble)
{
    private const int LongestHeader = 1 << 20;
    private const int Sampled = 200;
    private static readonly byte[] s_separators = [(byte)',', (byte)';', (byte)'\t', (byte)'|', (byte)' '];

    /// <summary>The separator for people.</summary>
    public string Described => Separator switch { (byte)'\t' => "tabs", (byte)' ' => "blanks",
        var sign => $"'{(char)sign}'" };

    /// <summary>Finds the dialect of a text: the separator by which the header and most rows have the same number of
    /// fields.</summary>
    /// <param name="path">The file's name, for messages.</param>
    /// <exception cref="FaceBiasException">There is no header.</exception>
    public static Dialect Of(ReadOnlySpan<byte> text, string path, TableReading reading)
    {
        var start = 0;
        // Spreadsheets write the separator into a first line of its own.
        var declared = text.StartsWith("sep="u8) && text.Length > 5 && text[5] is (byte)'\n' or (byte)'\r'
            ? (byte?)text[4] : null;
        if (declared is not null)
            start = text.IndexOf((byte)'\n') is >= 0 and var end ? end + 1 : text.Length;
        if ((reading.Separator is { } given ? (byte)given : declared) is { } known)
            return Layout(text, start, known, path, reading);
        var table = text[start..];
        for (var lines = 0; reading.Header is null && FirstLine(table) is var first && IsPreamble(first)
            && (lines == 0 || first[0] == (byte)'#'); lines++)
            table = table[first.Length..].TrimStart("\r\n"u8);
        var (best, most, shown) = (0.0, (byte)',', 1);
        foreach (var separator in s_separators)
        {
            var counts = Sample(table, separator);
            var score = Score(counts) * (separator == (byte)' ' ? 0.4 : 1);
            if (score > best || (best == 0 && separator != (byte)' ' && counts.Count > 0 && counts[0] > shown))
                (best, most, shown) = (score, separator, counts[0]);
        }
        return Layout(text, start, most, path, reading);
    }

    private static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> text) =>
        text.IndexOfAny((byte)'\n', (byte)'\r') is >= 0 and var end ? text[..end] : text;

    /// <summary>Whether a line stands above a table: a comment, or a count of rows as in CelebA's files.</summary>
    private static bool IsPreamble(ReadOnlySpan<byte> line) =>
        line.StartsWith("#"u8)
            || (line.Trim((byte)' ') is { Length: > 0 } digits
                && digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0);

    /// <summary>The share of sampled lines that have the most frequent number of fields, and one more where the header
    /// has it too; 0 where header or rows have a single field.</summary>
    private static double Score(List<int> counts)
    {
        if (counts.Count == 0)
            return 0;
        var mode = counts.Skip(counts.Count == 1 ? 0 : 1).GroupBy(c => c).OrderByDescending(g => g.Count())
            .ThenByDescending(g => g.Key).First().Key;
        return Math.Min(counts[0], mode) < 2 ? 0
            : ((double)counts.Count(c => c == mode) / counts.Count)
                + (counts[0] == mode ? 1 : Math.Abs(counts[0] - mode) == 1 ? 0.5 : 0);
    }

    private static List<int> Sample(ReadOnlySpan<byte> text, byte separator)
    {
        // Only so much of a large file is looked at.
        var parser = new RecordParser(text[..Math.Min(text.Length, LongestHeader)], separator);
        var fields = new List<Field>();
        var counts = new List<int>();
        while (counts.Count < Sampled && parser.Read(fields))
        {
            if (parser.Position >= LongestHeader && text.Length > LongestHeader && counts.Count > 0)
                break;
            if (fields.Count > 0)
                counts.Add(fields.Count);
        }
        return counts;
    }

    private static Dialect Layout(ReadOnlySpan<byte> text, int start, byte separator, string path, TableReading reading)
    {
        var parser = new RecordParser(text, separator) { Position = start, NextLine = start == 0 ? 1 : 2 };
        var fields = new List<Field>();
        var buffer = Array.Empty<byte>();
        string? preamble = null;
        var sample = Sample(text[start..], separator);
        while (true)
        {
            var (position, line) = (parser.Position, parser.NextLine);
            if (!parser.Read(fields))
                throw new FaceBiasException(
                    $"'{path}' holds no line of text; write a table with a header and rows to it.");
            if (fields.Count == 0)
                continue;
            if (parser.Fault is { } fault)
                throw new FaceBiasException($"'{path}' is damaged in line {line}: {fault}; correct that line.");
            if (parser.Position - position > LongestHeader)
                throw new FaceBiasException(
                    $"'{path}' has no end of line in its first {LongestHeader:N0} characters; is it a table?");
            var names = new string[fields.Count];
            for (var i = 0; i < names.Length; i++)
                names[i] = Encoding.UTF8.GetString(parser.Text(fields[i], ref buffer)).Trim();
            var first = FirstLine(text[position..]);
            var comment = first.StartsWith("#"u8);
            if ((preamble is null || comment) && reading.Header is null && sample.Count > 2 && sample[1] > 1
                && names.Length != sample[1] && (names.Length != sample[1] + 1 || names[0] != "#") && IsPreamble(first))
            {
                preamble ??= string.Join((char)separator, names);
                sample.RemoveAt(0);
                continue;
            }
            // A header in a comment, as LFW's attributes and NumPy have it.
            if (comment && reading.Header is null)
                names = names[0] == "#" && sample.Count > 1 && names.Length == sample[1] + 1 ? names[1..]
                    : names[0].StartsWith("# ", StringComparison.Ordinal) ? [names[0][2..].TrimStart(), .. names[1..]]
                    : names;
            if (reading.Header is { } header)
                return new(separator, position, line, [.. header],
                    header.Count == names.Length - 1 && names[^1].Length == 0, preamble);
            var (trailing, unnamed) = Extra(text, parser.Position, separator, names.Length);
            return new(separator, parser.Position, parser.NextLine, unnamed ? ["", .. names] : names, trailing,
                preamble);
        }
    }

    /// <summary>Whether all rows have a field more than the header: an empty one at their end, or a name in front, as R
    /// writes it.</summary>
    private static (bool Trailing, bool Unnamed) Extra(ReadOnlySpan<byte> text, int position, byte separator, int names)
    {
        var parser = new RecordParser(text, separator) { Position = position };
        var fields = new List<Field>();
        bool longer = names > 1, empty = true;
        var (rows, first, buffer) = (0, new HashSet<string>(), Array.Empty<byte>());
        while (rows < Sampled && parser.Read(fields))
        {
            if (fields.Count == 0)
                continue;
            rows++;
            longer &= fields.Count == names + 1;
            empty &= fields.Count == names + 1 && fields[^1].Length == 0;
            first.Add(Encoding.UTF8.GetString(parser.Text(fields[0], ref buffer)));
        }
        // A comma that belongs to a text would shift all columns: names of rows are all different.
        return (rows > 0 && longer && empty, rows > 1 && longer && !empty && first.Count == rows);
    }
}
