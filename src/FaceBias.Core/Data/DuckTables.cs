using System.Text;
using DuckDB.NET.Data;
using FaceBias.Core.Data.Tables;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data;

/// <summary>Tables in a DuckDB in memory, by which files are read and written.</summary>
internal static class DuckTables
{
    public static DuckDBConnection Open()
    {
        var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        Execute(connection, "SET autoinstall_known_extensions=false");
        return connection;
    }

    public static void Copy(DuckDBConnection connection, string select, string temporary, string options)
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

    public static (string[] Names, string Select) Describe(DuckDBConnection connection, string source)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"DESCRIBE SELECT * FROM {source}";
        var (names, types) = (new List<string>(), new List<string>());
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                names.Add(reader.GetString(0));
                types.Add(reader.GetString(1));
            }
        }
        var exact = Exact(connection, source, [.. names.Where((_, i) => IsLong(types[i]))]);
        var casts = names.Select((name, i) =>
            $"CAST({Identifier(name)} AS {(IsNumeric(types[i]) && !exact.Contains(name) ? "DOUBLE" : "VARCHAR")})");
        return ([.. names], $"SELECT {string.Join(", ", casts)} FROM {source}");
    }

    /// <summary>Columns of integers that no double holds exactly: they name something, and two of them would become
    /// one.</summary>
    private static HashSet<string> Exact(DuckDBConnection connection, string source, IReadOnlyList<string> columns)
    {
        var exact = new HashSet<string>(StringComparer.Ordinal);
        if (columns.Count == 0)
            return exact;
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {string.Join(", ", columns.Select(c =>
            $"coalesce(bool_or(abs({Identifier(c)}::DOUBLE) >= {1L << 53}), false)"))} FROM {source}";
        using var reader = command.ExecuteReader();
        reader.Read();
        for (var c = 0; c < columns.Count; c++)
        {
            if (reader.GetBoolean(c))
                exact.Add(columns[c]);
        }
        return exact;
    }

    private static bool IsLong(string type) => type is "BIGINT" or "HUGEINT" or "UBIGINT" or "UHUGEINT";

    private static bool IsNumeric(string type) => type is "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "HUGEINT"
        or "UTINYINT" or "USMALLINT" or "UINTEGER" or "UBIGINT" or "UHUGEINT" or "FLOAT" or "DOUBLE"
        || (type.StartsWith("DECIMAL(", StringComparison.Ordinal) && type[^1] == ')');

    /// <summary>Runs a query whose columns are DOUBLE or VARCHAR and gathers them, text dictionary-encoded. The rows
    /// are counted first, so that millions of them find their place without growing into it.</summary>
    public static List<Column> Fetch(DuckDBConnection connection, string path, string[] names, string select,
        string source)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {source}";
        var counted = Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
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

    /// <summary>Puts a table into the table t, its columns named c0, c1 and so on.</summary>
    /// <param name="escape">Whether text that a spreadsheet would run is escaped.</param>
    /// <param name="isWhole">Which columns of numbers are BIGINT; null for those whose numbers all are whole.</param>
    /// <param name="vectors">A vector per row, laid end to end, as a further column v; null for none. A row of NaN is
    /// null there.</param>
    public static void Store(DuckDBConnection connection, Table table, bool escape,
        Func<NumberColumn, bool>? isWhole = null, float[]? vectors = null)
    {
        string[] types = [.. table.Columns.Select(
            c => c is TextColumn ? "VARCHAR" : (isWhole ?? IsWhole)((NumberColumn)c) ? "BIGINT" : "DOUBLE")];
        var create = types.Select((type, i) => $"c{i} {type}").Concat(vectors is null ? [] : ["v FLOAT[]"]);
        Execute(connection, $"CREATE TABLE t ({string.Join(", ", create)})");
        var width = vectors is null || table.RowCount == 0 ? 0 : vectors.Length / table.RowCount;
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
            if (vectors is not null)
            {
                var vector = vectors[(row * width)..((row + 1) * width)];
                if (Array.TrueForAll(vector, float.IsNaN))
                    target.AppendNullValue();
                else
                    target.AppendValue(vector);
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

    public static string FirstLine(string message) => message.Split('\n')[0].Trim().TrimEnd('.', ';', ':');

    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    public static string Identifier(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A path as an SQL literal in which the signs of a glob stand for themselves.</summary>
    public static string FileLiteral(string path)
    {
        var escaped = new StringBuilder();
        foreach (var sign in Path.GetFullPath(path))
            _ = sign is '*' or '?' or '[' ? escaped.Append('[').Append(sign).Append(']') : escaped.Append(sign);
        return Literal(escaped.ToString());
    }

    public static void Execute(DuckDBConnection connection, string sql)
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
