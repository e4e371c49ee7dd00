using System.Text;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Tables;

/// <summary>Reads a delimited text file in two passes: the first finds out what every column holds, the second reads
/// it. A column is numeric only if every value of the whole file is a number that keeps its meaning: 007 and integers
/// of more than 15 digits name something, and of 1.1 beside 1.10 one is not the other.</summary>
internal static class DelimitedTable
{
    /// <param name="text">The text as UTF-8.</param>
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="reading">Null for a table that FaceBias wrote: words for missing values are values, nothing is
    /// assumed.</param>
    /// <param name="origin">The file and its separator, for messages.</param>
    /// <param name="separator">The separator, where it is known.</param>
    /// <param name="said">Whether the separator is the file's own; it is not of what was a workbook.</param>
    public static List<Column> Read(ReadOnlySpan<byte> text, string path, TableReading? reading,
        List<TableNotice> notices, out string origin,
        bool said = true, char? separator = null)
    {
        var dialect = Dialect.Of(text, path, separator is null ? reading ?? new() : new() { Separator = separator });
        origin = said ? $"'{path}' (separated by {dialect.Described})" : $"'{path}'";
        if (dialect.Preamble is { } preamble)
            notices.Add(new("preamble", null,
                $"The line '{Short(preamble)}' above the header of '{path}' is not part of the table."));
        var names = Names(dialect.Names, path, reading is not null, notices);
        var profiles = new ColumnProfile[names.Length];
        for (var c = 0; c < profiles.Length; c++)
            profiles[c] = new(names[c], reading is null || reading.Keeps(names[c]));
        var (rows, blank) = Profile(text, dialect, profiles, path, reading is not null);
        if (blank > 0)
            notices.Add(new("blank", null, $"{blank:N0} row{(blank == 1 ? "" : "s")} of '{path}' without a value "
                + $"{(blank == 1 ? "is" : "are")} left out."));
        ColumnProfile.Decide(profiles, reading, notices);
        var builders = profiles.Select(p => p.IsNumber ? (object)new double[rows] : new TextCells(rows)).ToArray();
        Build(text, dialect, profiles, builders, reading is not null);
        // A separator at the end of every line makes no column.
        var last = profiles.Length > 1 && dialect.Names[^1].Length == 0 && profiles[^1].IsEmpty ? profiles.Length - 1
            : profiles.Length;
        return [.. profiles.Take(last).Select((p, c) => builders[c] switch
        {
            double[] values => (Column)new NumberColumn(p.Name, values),
            var cells => Missing(((TextCells)cells).Build(p), p, reading, notices),
        })];
    }

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "...";

    private static string[] Names(string[] written, string path, bool foreign, List<TableNotice> notices)
    {
        // pandas writes its index as a first column without a name.
        string[] names = [.. written.Select((name, i) => name.Length > 0 ? name : $"column{i + 1}")];
        foreach (var twice in names.Select((n, i) => (n, i)).GroupBy(x => x.n, StringComparer.Ordinal)
            .Where(g => g.Count() > 1).ToArray())
        {
            if (!foreign)
                throw new FaceBiasException($"'{path}' has two columns named '{twice.Key}'; rename one.");
            foreach (var (_, i) in twice)
                names[i] = $"{twice.Key} (column {i + 1})";
            notices.Add(new("duplicate", twice.Key,
                $"'{path}' has {twice.Count()} columns named '{twice.Key}'; they are called "
                + $"{string.Join(" and ", twice.Select(x => $"'{names[x.i]}'"))}."));
        }
        return names;
    }

    private static (int Rows, int Blank) Profile(ReadOnlySpan<byte> text, Dialect dialect, ColumnProfile[] profiles,
        string path, bool foreign)
    {
        var parser = new RecordParser(text, dialect.Separator) { Position = dialect.Start, NextLine = dialect.Line };
        var fields = new List<Field>(profiles.Length + 1);
        var buffer = Array.Empty<byte>();
        var (rows, blank) = (0, 0);
        var expected = profiles.Length + (dialect.Trailing ? 1 : 0);
        while (parser.Read(fields))
        {
            if (parser.Fault is { } fault)
                throw Damaged(path, parser.Line, fault);
            if (!Whole(fields, profiles.Length))
                continue;
            if (foreign && IsBlank(fields))
            {
                blank++;
                continue;
            }
            if (fields.Count != expected && !(dialect.Trailing && fields.Count == profiles.Length))
            {
                throw Damaged(path, parser.Line,
                    $"it has {fields.Count} fields where the header has {dialect.Names.Length}"
                    + $" (fields are separated by {dialect.Described})");
            }
            for (var c = 0; c < profiles.Length; c++)
                profiles[c].Add(parser.Text(fields[c], ref buffer), rows);
            rows++;
        }
        return (rows, blank);
    }

    private static void Build(ReadOnlySpan<byte> text, Dialect dialect, ColumnProfile[] profiles, object[] builders,
        bool foreign)
    {
        var parser = new RecordParser(text, dialect.Separator) { Position = dialect.Start, NextLine = dialect.Line };
        var fields = new List<Field>(profiles.Length + 1);
        var buffer = Array.Empty<byte>();
        for (var row = 0; parser.Read(fields);)
        {
            if (!Whole(fields, profiles.Length) || (foreign && IsBlank(fields)))
                continue;
            for (var c = 0; c < profiles.Length; c++)
            {
                var cell = parser.Text(fields[c], ref buffer);
                if (builders[c] is double[] values)
                    values[row] = cell.Length == 0 ? double.NaN : CellText.Value(cell, profiles[c].Comma);
                else
                    ((TextCells)builders[c]).Add(cell, row);
            }
            row++;
        }
    }

    /// <summary>A line without a sign is no row; of a table with one column it is a missing value.</summary>
    private static bool Whole(List<Field> fields, int columns)
    {
        if (fields.Count == 0 && columns == 1)
            fields.Add(default);
        return fields.Count > 0;
    }

    /// <summary>Whether a row holds separators alone, as spreadsheets write below a table, however many.</summary>
    private static bool IsBlank(List<Field> fields) =>
        fields.Count > 1 && fields.TrueForAll(f => f is { Length: 0, Quoted: false });

    private static FaceBiasException Damaged(string path, int line, string cause) =>
        new(string.Create(CultureInfo.InvariantCulture,
        $"'{path}' is damaged in line {line}: {cause}; correct that line."));

    /// <summary>Takes the words for missing values out of a text column and says so.</summary>
    internal static TextColumn Missing(TextColumn column, ColumnProfile? profile, TableReading? reading,
        List<TableNotice> notices, bool typed = false)
    {
        if (reading is null || reading.Keeps(column.Name))
            return column;
        var symbols = CellText.AreSymbols(column.Levels);
        string[] words = [.. column.Levels.Where(l => CellText.IsMissing(l, symbols, typed))];
        if (words.Length == 0)
            return column;
        var cells = column.Codes.Count(c => c >= 0 && words.Contains(column.Levels[c]));
        notices.Add(MissingNotice(column.Name, cells, words));
        return column.MapLevels(l => words.Contains(l) ? null : l);
    }

    internal static TableNotice MissingNotice(string column, int cells, IEnumerable<string> words) =>
        new("missing", column, string.Create(CultureInfo.InvariantCulture,
        $"{cells:N0} cell{(cells == 1 ? "" : "s")} of '{column}' "
            + $"({words.Take(5).Quoted()}) count{(cells == 1 ? "s" : "")} as missing; "
            + $"‹KeepNa› {column} takes such words as values."));

    /// <summary>The cells of a text column, dictionary-encoded.</summary>
    private sealed class TextCells(int rows)
    {
        private readonly int[] _codes = new int[rows];
        private readonly Dictionary<string, int> _levels = new(StringComparer.Ordinal);
        private char[] _chars = new char[256];

        public void Add(ReadOnlySpan<byte> cell, int row)
        {
            if (cell.Length == 0)
            {
                _codes[row] = -1;
                return;
            }
            if (_chars.Length < cell.Length)
                _chars = new char[cell.Length * 2];
            var text = _chars.AsSpan(0, Encoding.UTF8.GetChars(cell, _chars));
            text = FormulaText.Unescape(text);
            var lookup = _levels.GetAlternateLookup<ReadOnlySpan<char>>();
            if (!lookup.TryGetValue(text, out var code))
                _levels.Add(text.ToString(), code = _levels.Count);
            _codes[row] = code;
        }

        public TextColumn Build(ColumnProfile profile) =>
            new(profile.Name, _codes, [.. _levels.Keys]) { Stray = profile.Stray };
    }
}
