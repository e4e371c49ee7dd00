using System.Text.Json;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Tables;

/// <summary>Reads JSON as a table: an array of objects, an object a line, or what pandas writes (an object of columns,
/// or columns and data apart). Text stays text, also where it looks like a number or a date; an object in a cell
/// becomes columns NAME.FIELD, an array stays its JSON.</summary>
internal static class JsonTable
{
    /// <summary>A table is an array of objects of values; what is nested deeper is none.</summary>
    private const int Deepest = 32;

    public static List<Column> Read(ReadOnlyMemory<byte> text, string path, bool lines, TableReading? reading,
        List<TableNotice> notices)
    {
        var cells = new Cells(flat: reading is null);
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = Deepest, AllowTrailingCommas = true };
            if (lines || IsLines(text.Span))
                ReadLines(text, path, cells, options);
            else
            {
                using var document = JsonDocument.Parse(text, options);
                ReadDocument(document.RootElement, path, cells, notices);
            }
        }
        catch (JsonException e)
        {
            throw new FaceBiasException(e.Message.Contains("depth", StringComparison.OrdinalIgnoreCase)
                ? $"'{path}' is nested deeper than {Deepest} levels; a table is an array of flat objects."
                : $"'{path}' is no JSON table (objects of equal shape, in an array or one a line): {Cause(e)}; "
                    + "correct it.", e);
        }
        return cells.Build(reading, notices, path);
    }

    private static string Cause(JsonException e) =>
        $"{e.Message.Split(" LineNumber", 2)[0].TrimEnd('.')} in line {e.LineNumber + 1}";

    /// <summary>Whether a file holds one object after the other.</summary>
    private static bool IsLines(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\r\n"u8);
        return text.StartsWith("{"u8) && text.IndexOf((byte)'\n') is > 0 and var end
            && text[..end].TrimEnd("\r "u8).EndsWith("}"u8)
            && text[end..].TrimStart(" \t\r\n"u8).StartsWith("{"u8);
    }

    private static void ReadLines(ReadOnlyMemory<byte> text, string path, Cells cells, JsonDocumentOptions options)
    {
        for (var (start, line) = (0, 1); start < text.Length; line++)
        {
            var length = text.Span[start..].IndexOf((byte)'\n');
            length = length < 0 ? text.Length - start : length;
            var one = text.Slice(start, length);
            start += length + 1;
            if (one.Span.Trim(" \t\r"u8).Length == 0)
                continue;
            try
            {
                using var document = JsonDocument.Parse(one, options);
                AddObject(document.RootElement, cells, path, line);
            }
            catch (JsonException e) when (!e.Message.Contains("depth", StringComparison.OrdinalIgnoreCase))
            {
                throw new FaceBiasException(
                    $"'{path}' is no JSON table (an object a line): line {line} is no whole object; correct it.", e);
            }
        }
    }

    private static void ReadDocument(JsonElement root, string path, Cells cells, List<TableNotice> notices)
    {
        if (root.ValueKind == JsonValueKind.Object)
        {
            if (root.TryGetProperty("images", out _)
                && (root.TryGetProperty("annotations", out _) || root.TryGetProperty("categories", out _)))
            {
                throw new FaceBiasException(
                    $"'{path}' is an annotation file of COCO (images, annotations, categories), not a table; write "
                        + "one row per image "
                    + "with its label, such as [{\"id\": 1, \"label\": \"cat\", \"pred\": \"cat\"}, ...].");
            }
            if (Split(root, cells, path))
                return;
            var properties = root.EnumerateObject().ToArray();
            if (properties.Length > 0 && Array.TrueForAll(properties, p => p.Value.ValueKind == JsonValueKind.Object)
                && AreColumns(properties))
            {
                Columns(properties, cells);
                return;
            }
            if (properties.Length > 0 && Array.TrueForAll(properties, p => p.Value.ValueKind == JsonValueKind.Array)
                && properties.Select(p => p.Value.GetArrayLength()).Distinct().Count() == 1
                && !(properties.Length == 1 && properties[0].Value.GetArrayLength() > 0
                    && properties[0].Value[0].ValueKind == JsonValueKind.Object))
            {
                foreach (var p in properties)
                    cells.AddColumn(p.Name, p.Value.EnumerateArray());
                return;
            }
            if (AreRows(properties))
            {
                var key = properties[0].Value.TryGetProperty("id", out _) ? "key" : "id";
                foreach (var p in properties)
                {
                    cells.BeginRow();
                    cells.Add(key, (p.Name, false));
                    foreach (var value in p.Value.EnumerateObject())
                        cells.Add(value.Name, value.Value);
                }
                return;
            }
            JsonProperty[] tables =
                [.. properties.Where(
                    p => p.Value.ValueKind == JsonValueKind.Array && p.Value.GetArrayLength() > 0
                        && p.Value[0].ValueKind == JsonValueKind.Object)];
            if (tables.Length != 1)
            {
                throw new FaceBiasException(
                    $"'{path}' is no JSON table: it is one object with "
                        + $"{properties.Take(8).Select(p => p.Name).Quoted()}; "
                    + "write an array of objects, one per row.");
            }
            notices.Add(new("json", null, $"The table is what '{path}' holds under '{tables[0].Name}'."));
            root = tables[0].Value;
        }
        if (root.ValueKind != JsonValueKind.Array)
            throw new FaceBiasException(
                $"'{path}' is no JSON table: it holds one value; write an array of objects, one per row.");
        var row = 0;
        foreach (var item in root.EnumerateArray())
            AddObject(item, cells, path, ++row);
    }

    /// <summary>Whether objects are rows by name: {"a.jpg": {"age": 30}, ...}. There are more of them than each has
    /// values, and all have one in common.</summary>
    private static bool AreRows(JsonProperty[] properties) =>
        properties.Length > 2 && Array.TrueForAll(properties, p => p.Value.ValueKind == JsonValueKind.Object)
        && properties[0].Value.EnumerateObject().Any(
            f => Array.TrueForAll(properties, p => p.Value.TryGetProperty(f.Name, out _)))
        && Array.TrueForAll(properties, p => p.Value.EnumerateObject().Count() < properties.Length);

    /// <summary>Whether objects are columns by the same row numbers, as pandas writes them, rather than rows by
    /// name.</summary>
    private static bool AreColumns(JsonProperty[] properties)
    {
        HashSet<string> first = [.. properties[0].Value.EnumerateObject().Select(p => p.Name)];
        return first.Count > 0
            && Array.TrueForAll(properties, p => p.Value.EnumerateObject().All(x => first.Contains(x.Name)))
            && first.All(n => long.TryParse(n, out _))
            && properties[0].Value.EnumerateObject().All(
                p => p.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array));
    }

    private static void Columns(JsonProperty[] properties, Cells cells)
    {
        string[] rows = [.. properties[0].Value.EnumerateObject().Select(p => p.Name)];
        foreach (var p in properties)
            cells.AddColumn(p.Name, rows.Select(r => p.Value.TryGetProperty(r, out var v) ? v : default));
    }

    /// <summary>{"columns": [...], "data": [[...], ...]}.</summary>
    private static bool Split(JsonElement root, Cells cells, string path)
    {
        if (!root.TryGetProperty("columns", out var names) || !root.TryGetProperty("data", out var data)
            || names.ValueKind != JsonValueKind.Array || data.ValueKind != JsonValueKind.Array)
            return false;
        string[] columns = [.. names.EnumerateArray().Select(n => n.ToString())];
        var row = 0;
        foreach (var values in data.EnumerateArray())
        {
            row++;
            if (values.ValueKind != JsonValueKind.Array || values.GetArrayLength() != columns.Length)
                throw new FaceBiasException(
                    $"'{path}' is no JSON table: row {row} of 'data' has not {columns.Length} values; correct it.");
            cells.BeginRow();
            for (var c = 0; c < columns.Length; c++)
                cells.Add(columns[c], values[c]);
        }
        return true;
    }

    private static void AddObject(JsonElement item, Cells cells, string path, int row)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw new FaceBiasException(
                $"'{path}' is no JSON table: its entry {row} is no object; write an object per row.");
        cells.BeginRow();
        foreach (var p in item.EnumerateObject())
            cells.Add(p.Name, p.Value);
    }

    /// <summary>Columns that grow row by row.</summary>
    /// <param name="flat">Whether an object in a cell stays its JSON; else its fields are columns NAME.FIELD.</param>
    private sealed class Cells(bool flat)
    {
        private readonly Dictionary<string, List<(string? Text, bool Number)>> _columns = new(StringComparer.Ordinal);
        private readonly List<string> _order = [];
        private int _rows;

        public void BeginRow() => _rows++;

        public void Add(string name, JsonElement value)
        {
            if (flat || value.ValueKind != JsonValueKind.Object)
                Add(name, Value(value));
            else
                foreach (var inner in value.EnumerateObject())
                    Add($"{name}.{inner.Name}", inner.Value);
        }

        public void Add(string name, (string?, bool) value)
        {
            var column = Column(name);
            while (column.Count < _rows - 1)
                column.Add((null, false));
            // A name that stands twice in an object: the last one counts, as everywhere.
            if (column.Count == _rows)
                column.RemoveAt(_rows - 1);
            column.Add(value);
        }

        public void AddColumn(string name, IEnumerable<JsonElement> values)
        {
            var column = Column(name);
            column.AddRange(values.Select(Value));
            _rows = Math.Max(_rows, column.Count);
        }

        private List<(string?, bool)> Column(string name)
        {
            if (!_columns.TryGetValue(name, out var column))
            {
                _columns.Add(name, column = []);
                _order.Add(name);
            }
            return column;
        }

        private static (string?, bool) Value(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => (null, false),
            JsonValueKind.String => (value.GetString() is { Length: > 0 } text ? text : null, false),
            JsonValueKind.Number => (value.GetRawText(), true),
            _ => (value.GetRawText(), false),
        };

        public List<Column> Build(TableReading? reading, List<TableNotice> notices, string path)
        {
            var built = new List<Column>();
            foreach (var name in _order)
            {
                var cells = _columns[name];
                while (cells.Count < _rows)
                    cells.Add((null, false));
                var texts = cells.Count(c => c.Text is not null && !c.Number);
                var numbers = cells.Count(c => c.Number);
                // The words that Python writes for a number that is none.
                var gaps = texts > 0 && numbers > 0 && reading is not null && !reading.Keeps(name)
                    ? cells.Where(c => !c.Number && c.Text is not null
                        && CellText.IsMissing(c.Text, false, typed: false)).Select(c => c.Text!).ToArray() : [];
                if (numbers > 0 && texts == gaps.Length)
                {
                    if (gaps.Length > 0)
                        notices.Add(DelimitedTable.MissingNotice(name, gaps.Length, gaps.Distinct()));
                    built.Add(new NumberColumn(name,
                        [.. cells.Select(
                            c => c.Number ? double.Parse(c.Text!, System.Globalization.CultureInfo.InvariantCulture)
                                : double.NaN)]));
                    continue;
                }
                var first = cells.FindIndex(c => c.Text is not null && !c.Number);
                var column = new TextColumn(name, [.. cells.Select(c => c.Text)])
                {
                    Stray = numbers == 0 ? null : new(numbers, texts, cells[first].Text!, first + 1),
                };
                built.Add(DelimitedTable.Missing(column, null, reading, notices));
            }
            return built.Count > 0 ? built
                : throw new FaceBiasException(
                    $"'{path}' is no JSON table: it holds no object with a value; write an array of objects, one per row.");
        }
    }
}
