using System.Text;
using DuckDB.NET.Data;
using FaceBias.Core.Data.Tables;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data;

/// <summary>
/// Reads and writes a <see cref="Table"/> as delimited text (<c>.csv</c>, <c>.tsv</c>), <c>.parquet</c>, <c>.json</c>
/// (one array) or <c>.jsonl</c> (one object a line); reads workbooks too, and files packed by gzip or zip. Text stays
/// text and numbers stay numbers both ways. docs/reference/reads.md says what is understood and assumed.
/// </summary>
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
            var table = new Table(columns) { Notices = notices, Origin = origin };
            return table.RowCount > 0 || mayLackRows ? table : throw new FaceBiasException(
                $"'{path}' has columns but no rows; write at least one row to it.");
        }
        catch (DuckDBException e)
        {
            throw new FaceBiasException($"'{path}' is no whole Parquet file: {FirstLine(e.Message)}; write it again.",
                e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaceBiasException($"Cannot read '{path}': {e.Message.TrimEnd('.')}; check its permissions.", e);
        }
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

    private static void Copy(DuckDBConnection connection, string select, string temporary, string options)
    {
        try
        {
            Execute(connection, $"COPY ({select}) TO {Literal(temporary)} ({options})");
        }
        catch (DuckDBException e)
        {
            throw new IOException(FirstLine(e.Message), e);
        }
    }

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

    private static DuckDBConnection Open()
    {
        var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        Execute(connection, "SET autoinstall_known_extensions=false");
        return connection;
    }

    private static (string[] Names, string Select) Describe(DuckDBConnection connection, string source)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"DESCRIBE SELECT * FROM {source}";
        using var reader = command.ExecuteReader();
        var names = new List<string>();
        var casts = new List<string>();
        while (reader.Read())
        {
            names.Add(reader.GetString(0));
            casts.Add($"CAST({Identifier(names[^1])} AS {(IsNumeric(reader.GetString(1)) ? "DOUBLE" : "VARCHAR")})");
        }
        return ([.. names], $"SELECT {string.Join(", ", casts)} FROM {source}");
    }

    private static bool IsNumeric(string type) => type is "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "HUGEINT"
        or "UTINYINT" or "USMALLINT" or "UINTEGER" or "UBIGINT" or "UHUGEINT" or "FLOAT" or "DOUBLE"
        || type.StartsWith("DECIMAL", StringComparison.Ordinal);

    /// <summary>Runs a query whose columns are DOUBLE or VARCHAR and gathers them, text dictionary-encoded. The rows
    /// are counted first, so that millions of them find their place without growing into it.</summary>
    private static List<Column> Fetch(DuckDBConnection connection, string path, string[] names, string select,
        string source)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {source}";
        var counted = Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (counted > Array.MaxLength || counted * names.Length * 8.0 > memory)
            throw new FaceBiasException(
                $"'{path}' has {counted:N0} rows of {names.Length:N0} columns, more than the memory holds "
                    + $"({memory >> 20:N0} MB); keep the columns that are needed.");
        var rows = (int)counted;
        command.CommandText = select;
        command.UseStreamingMode = true;
        using var reader = command.ExecuteReader();
        var builders = new ColumnBuilder[names.Length];
        for (var c = 0; c < builders.Length; c++)
            builders[c] = reader.GetFieldType(c) == typeof(double) ? new NumberBuilder(rows) : new TextBuilder(rows);
        while (reader.Read())
        {
            for (var c = 0; c < builders.Length; c++)
                builders[c].Add(reader, c);
        }
        return [.. builders.Select((b, c) => b.Build(names[c]))];
    }

    private static void Store(DuckDBConnection connection, Table table, bool escape)
    {
        var types = table.Columns.Select(
            c => c is TextColumn ? "VARCHAR" : IsWhole((NumberColumn)c) ? "BIGINT" : "DOUBLE").ToArray();
        Execute(connection, $"CREATE TABLE t ({string.Join(", ", types.Select((type, i) => $"c{i} {type}"))})");
        using var appender = connection.CreateAppender("t");
        for (var row = 0; row < table.RowCount; row++)
        {
            var target = appender.CreateRow();
            for (var c = 0; c < types.Length; c++)
            {
                var column = table.Columns[c];
                if (column.IsMissing(row))
                    target.AppendNullValue();
                else if (column is TextColumn text)
                    target.AppendValue(escape ? FormulaText.Escape(text[row]!) : text[row]);
                else if (types[c] == "BIGINT")
                    target.AppendValue((long)((NumberColumn)column)[row]);
                else
                    target.AppendValue(((NumberColumn)column)[row]);
            }
            target.EndRow();
        }
    }

    /// <summary>Whether every number is an integer that a double holds exactly, so that it is written as "3", not
    /// "3.0".</summary>
    private static bool IsWhole(NumberColumn column)
    {
        foreach (var v in column.Values)
        {
            if (!double.IsNaN(v) && (Math.Abs(v) > (1L << 53) || v != Math.Floor(v)))
                return false;
        }
        return true;
    }

    private static string FirstLine(string message) => message.Split('\n')[0].Trim().TrimEnd('.', ';', ':');

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Identifier(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A path as an SQL literal in which the signs of a glob stand for themselves.</summary>
    private static string FileLiteral(string path)
    {
        var escaped = new StringBuilder();
        foreach (var sign in Path.GetFullPath(path))
            _ = sign is '*' or '?' or '[' ? escaped.Append('[').Append(sign).Append(']') : escaped.Append(sign);
        return Literal(escaped.ToString());
    }

    private static void Execute(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private abstract class ColumnBuilder
    {
        public abstract void Add(DuckDBDataReader reader, int ordinal);
        public abstract Column Build(string name);

        protected static void Append<T>(ref T[] values, ref int count, T value)
        {
            if (count == values.Length)
                Array.Resize(ref values, Math.Max(1024, 2 * count));
            values[count++] = value;
        }

        protected static T[] Trim<T>(T[] values, int count) => count == values.Length ? values : values[..count];
    }

    private sealed class NumberBuilder(int capacity) : ColumnBuilder
    {
        private double[] _values = new double[capacity];
        private int _count;

        public override void Add(DuckDBDataReader reader, int ordinal) =>
            Append(ref _values, ref _count, reader.IsDBNull(ordinal) ? double.NaN : reader.GetDouble(ordinal));

        public override Column Build(string name) => new NumberColumn(name, Trim(_values, _count));
    }

    private sealed class TextBuilder(int capacity) : ColumnBuilder
    {
        private int[] _codes = new int[capacity];
        private int _count;
        private readonly Dictionary<string, int> _levels = new(StringComparer.Ordinal);

        public override void Add(DuckDBDataReader reader, int ordinal)
        {
            if (reader.IsDBNull(ordinal))
            {
                Append(ref _codes, ref _count, -1);
                return;
            }
            var value = reader.GetString(ordinal);
            if (!_levels.TryGetValue(value, out var code))
                _levels.Add(value, code = _levels.Count);
            Append(ref _codes, ref _count, code);
        }

        public override Column Build(string name) => new TextColumn(name, Trim(_codes, _count), [.. _levels.Keys]);
    }
}
