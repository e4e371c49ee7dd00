using System.Text;
using DuckDB.NET.Data;

namespace FaceBias.Core.Data;

public static partial class TableFile
{
    private const int LongestHeader = 1 << 20;

    /// <summary>
    /// Reads a CSV file into table <c>t</c> as text and returns the query that turns its numeric columns into numbers.
    /// The header is read here, because DuckDB renames columns that differ only in case, and so that nothing about the
    /// dialect is guessed from a sample: the separator is the one that the header shows, quotes are doubled quotes.
    /// </summary>
    private static (string[] Names, string Select) LoadCsv(DuckDBConnection connection, string path)
    {
        var (names, separator) = ReadHeader(path);
        var columns = string.Join(", ", names.Select((_, i) => $"'c{i}': 'VARCHAR'"));
        Execute(connection, $"""
            CREATE TABLE t AS SELECT * FROM read_csv({FileLiteral(path)}, auto_detect=false, header=true,
                delim={Literal(separator.ToString())}, quote='"', escape='"', columns={"{"}{columns}{"}"},
                nullstr='', max_line_size={16 << 20})
            """);
        var tests = string.Join(", ", names.Select((_, i) =>
            $"count(*) FILTER (c{i} <> '' AND (TRY_CAST(c{i} AS DOUBLE) IS NULL OR {IsIdentifier($"c{i}")})), count(c{i})"));
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {tests} FROM t";
        using var reader = command.ExecuteReader();
        reader.Read();
        var select = names.Select((_, i) => reader.GetInt64(2 * i) == 0 && reader.GetInt64(2 * i + 1) > 0
            ? $"TRY_CAST(c{i} AS DOUBLE)"
            : $"c{i}").ToArray();
        return (names, $"SELECT {string.Join(", ", select)} FROM t");
    }

    /// <summary>SQL that finds values which parse as a number but mean a name: leading zeros, more than 15 digits,
    /// digits grouped by underscores or blanks around them.</summary>
    private static string IsIdentifier(string column) => $"regexp_matches({column}, '^[+-]?0[0-9]|^[+-]?[0-9]{"{16,}"}$|_|\\s')";

    private static (string[] Names, char Separator) ReadHeader(string path)
    {
        using var reader = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: false));
        reader.Peek();
        if (reader.CurrentEncoding is not UTF8Encoding)
            throw new FaceBiasException($"'{path}' is {reader.CurrentEncoding.WebName.ToUpperInvariant()}, not UTF-8; save it as UTF-8.");
        var fields = new List<string>();
        var field = new StringBuilder();
        var separator = IsTabbed(path) ? '\t' : '\0';
        var quoted = false;
        for (var read = 0; ; read++)
        {
            if (read > LongestHeader)
                throw new FaceBiasException($"'{path}' has no end of line in its first {LongestHeader:N0} characters; is it a CSV file?");
            var sign = reader.Read();
            if (quoted)
            {
                if (sign < 0)
                    throw new FaceBiasException($"'{path}' is damaged in line 1: a quotation mark is not closed; correct that line.");
                if (sign != '"')
                    field.Append((char)sign);
                else if (reader.Peek() == '"')
                    field.Append((char)reader.Read());
                else
                    quoted = false;
            }
            else if (sign == '"' && field.Length == 0)
                quoted = true;
            else if (sign is < 0 or '\n' or '\r')
                break;
            else if (separator == '\0' ? sign is ',' or ';' or '\t' : sign == separator)
            {
                separator = (char)sign;
                fields.Add(field.ToString());
                field.Clear();
            }
            else
                field.Append((char)sign);
        }
        fields.Add(field.ToString());
        if (fields.Exists(f => f.Contains('\0')))
            throw new FaceBiasException($"'{path}' is no text; save the table as CSV in UTF-8.");
        // pandas writes its index as a first column without a name.
        var names = fields.Select((name, i) => name.Length > 0 ? name : $"column{i + 1}").ToArray();
        if (names.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new FaceBiasException($"'{path}' has two columns named '{twice.Key}'; rename one.");
        return (names, separator == '\0' ? ',' : separator);
    }
}
