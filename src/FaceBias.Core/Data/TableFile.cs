using DuckDB.NET.Data;
using FaceBias.Core.Data.Tables;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Tables;
using static FaceBias.Core.Data.DuckTables;

namespace FaceBias.Core.Data;

/// <summary>Reads and writes a <see cref="Table"/> as delimited text (<c>.csv</c>, <c>.tsv</c>), <c>.parquet</c>,
/// <c>.json</c> (one array) or <c>.jsonl</c> (one object a line); reads workbooks too, and files packed by gzip or zip.
/// Text stays text and numbers stay numbers both ways. docs/reference/reads.md says what is understood and
/// assumed.</summary>
public static partial class TableFile
{
    /// <summary>Reads a table.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mayLackRows">Whether columns alone are a table.</param>
    /// <param name="reading">How to read somebody else's table, of which <see cref="Table.Notices"/> then says what was
    /// assumed; null for a table that FaceBias wrote, in which every word is a value.</param>
    /// <exception cref="FaceBiasException">The file is missing, empty, damaged, ragged, without rows, too large, or of
    /// a format that is not read.</exception>
    public static Table Read(string path, bool mayLackRows = false, TableReading? reading = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
            throw new FaceBiasException(
                Directory.Exists(path)
                    ? $"'{path}' is a folder; name the table in it." : $"There is no file '{path}'; check the path.",
                    Directory.Exists(path) ? ErrorKind.BadInput : ErrorKind.Missing);
        try
        {
            if (new FileInfo(path).Length == 0)
                throw new FaceBiasException(
                    $"'{path}' is empty (0 bytes); write a table with a header and rows to it.");
            var notices = new List<TableNotice>();
            var format = TableFormats.Of(path);
            var origin = $"'{path}'";
            var columns = format == TableFormat.Parquet ? ReadParquet(path, reading, notices)
                : ReadText(path, format, reading, notices, ref origin);
            if (reading is { Header: null } && format != TableFormat.Parquet)
                CheckHeader(columns, notices, path);
            var table = new Table(columns) { Notices = notices, Origin = origin };
            return table.RowCount > 0 || mayLackRows ? table : throw new FaceBiasException(
                $"'{path}' has columns but no rows; write at least one row to it.");
        }
        catch (DuckDBException e)
        {
            throw new FaceBiasException($"'{path}' is no whole Parquet file: {FirstLine(e.Message)}; write it again.",
                e);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read '{path}'", e, "check its permissions");
        }
    }

    /// <summary>Refuses a second row of names, as pandas writes columns of several levels: its words would be labels
    /// and groups.</summary>
    private static void CheckHeader(List<Column> columns, List<TableNotice> notices, string path)
    {
        if (columns[0].Count < 10 || (notices.TrueForAll(n => n.Kind != "duplicate")
            && !columns.Skip(1).Any(c => c.Name.StartsWith("column", StringComparison.Ordinal)
                && c.Name.AsSpan("column".Length).IndexOfAnyExceptInRange('0', '9') < 0)))
            return;
        var first = columns.Where(c => !c.IsMissing(0)).ToArray();
        if (first.Length > 1 && Array.TrueForAll(first, c => c is TextColumn text && CellText.Number(text[0]!) is null
            && text.Codes.Count(code => code == text.Codes[0]) == 1))
            throw new FaceBiasException($"'{path}' has two rows of names, such as '{first[0].Header}' above "
                + $"'{((TextColumn)first[0])[0]}'; write one row of names that differ.");
    }

    private static List<Column> ReadText(string path, TableFormat format, TableReading? reading,
        List<TableNotice> notices, ref string origin)
    {
        var bytes = FileBytes.Read(path, out var inside);
        if (bytes.Length == 0)
            throw new FaceBiasException($"'{path}' is empty; write a table with a header and rows to it.");
        format = inside != path || format == TableFormat.Workbook ? TableFormats.Of(inside, bytes) : format;
        if (format == TableFormat.Parquet)
            throw new FaceBiasException(
                $"'{path}' is a compressed Parquet file; unpack it, Parquet compresses by itself.");
        if (format == TableFormat.Workbook)
        {
            return DelimitedTable.Read(ExcelTable.ToText(bytes, path, reading, notices), path,
                (reading ?? new() { KeepNa = ["*"] }) with { Separator = '\t', Header = null },
                notices, out origin, said: false);
        }
        var text = FileBytes.Utf8(bytes, path, out var encoding);
        if (encoding is not null)
            notices.Add(new("encoding", null, $"'{path}' is not UTF-8; it is read as {encoding}."));
        if (format is TableFormat.Json or TableFormat.JsonLines)
            return JsonTable.Read(text, path, format == TableFormat.JsonLines, reading, notices);
        if (reading is null && TableFormats.IsTabbed(path))
            return DelimitedTable.Read(text.Span, path, null, notices, out origin, separator: '\t');
        return DelimitedTable.Read(text.Span, path, reading, notices, out origin);
    }

    private static List<Column> ReadParquet(string path, TableReading? reading, List<TableNotice> notices)
    {
        using var connection = Open();
        var source = $"read_parquet({FileLiteral(path)})";
        var (names, select) = Describe(connection, source);
        return [.. Fetch(connection, path, names, select, source).Select(
            c => c is TextColumn text ? DelimitedTable.Missing(text, null, reading, notices, typed: true) : c)];
    }

    /// <summary>Writes a table under a temporary name and renames it.</summary>
    /// <exception cref="FaceBiasException">The extension is none of those above, two column names differ only in case,
    /// or the folder cannot be written.</exception>
    public static void Write(string path, Table table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var options = Options(path);
        if (table.Columns.Count == 0)
            throw new FaceBiasException($"The table for '{path}' has no columns; add one before writing it.");
        if (table.Columns.GroupBy(c => c.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is
            { } alike)
        {
            throw new FaceBiasException(
                $"Cannot write '{path}': its columns {string.Join(" and ", alike.Select(c => $"'{c.Name}'"))}"
                + " differ only in case, which Parquet readers take for one name; rename one.");
        }
        using var connection = Open();
        Store(connection, table, FormatOf(path) == TableFormat.Text);
        var columns = string.Join(", ", table.Columns.Select((c, i) => $"c{i} AS {Identifier(c.Name)}"));
        AtomicFile.Write(path,
            temporary => Copy(connection, $"SELECT {columns} FROM t", temporary, options + Quotes(path, table)));
    }

    /// <summary>Text with blanks around it is quoted in CSV, for blanks that are not are no part of it.</summary>
    private static string Quotes(string path, Table table) => FormatOf(path) != TableFormat.Text ? ""
        : table.Columns.OfType<TextColumn>().Where(
            c => c.Levels.Any(l => l.Length > 0 && (l[0] is ' ' or '\t' || l[^1] is ' ' or '\t')))
            .Select(c => Identifier(c.Name)).ToArray() is { Length: > 0 } blank
            ? $", FORCE_QUOTE ({string.Join(", ", blank)})" : "";

    /// <summary>Writes a table that comes in parts of the same columns, one after the other, so that only one is held
    /// at a time; in all else like <see cref="Write(string, Table)"/>.</summary>
    public static void WriteParts(string path, IEnumerable<Table> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        using var all = parts.GetEnumerator();
        var part = all.MoveNext() ? all.Current
            : throw new ArgumentException("A table has one part at least.", nameof(parts));
        if (!all.MoveNext())
        {
            Write(path, part);
            return;
        }
        var options = Options(path);
        AtomicFile.Write(path, temporary =>
        {
            // Beside the file, where there is room for it.
            List<string> files = [];
            try
            {
                for (var more = true; more;)
                {
                    files.Add($"{temporary}.{files.Count}.parquet");
                    Write(files[^1], part);
                    part = all.Current;
                    more = all.MoveNext();
                }
                files.Add($"{temporary}.{files.Count}.parquet");
                Write(files[^1], part);
                using var connection = Open();
                // Every thread would hold row groups of its own.
                Execute(connection, "SET threads=1");
                // A column that is whole in one part and broken in another takes the wider type.
                Copy(connection,
                    $"SELECT * FROM read_parquet([{string.Join(", ", files.Select(FileLiteral))}], union_by_name=true)",
                    temporary, options);
            }
            finally
            {
                files.ForEach(File.Delete);
            }
        });
    }

    private static string Options(string path) => FormatOf(path) switch
    {
        TableFormat.Text => $"FORMAT csv, HEADER true, DELIMITER {Literal(TableFormats.IsTabbed(path) ? "\t" : ",")}",
        TableFormat.Parquet => "FORMAT parquet, COMPRESSION zstd",
        TableFormat.Json => "FORMAT json, ARRAY true",
        _ => "FORMAT json",
    };

    /// <summary>Refuses a file name whose extension is none of those above, before any work is done for it.</summary>
    public static void CheckName(string path) => FormatOf(path);

    private static TableFormat FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".csv" or ".tsv" => TableFormat.Text,
        ".parquet" => TableFormat.Parquet,
        ".json" => TableFormat.Json,
        ".jsonl" or ".ndjson" => TableFormat.JsonLines,
        _ => throw new FaceBiasException(
            $"'{path}' is no table that can be written; use a name that ends in .csv, .parquet, .json or .jsonl."),
    };
}
