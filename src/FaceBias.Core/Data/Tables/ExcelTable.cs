using System.Text;
using ExcelDataReader;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Tables;

/// <summary>Turns a sheet of a workbook (.xlsx, .xls) into delimited text, so that one reader decides what its columns
/// hold.</summary>
internal static class ExcelTable
{
    public static byte[] ToText(byte[] workbook, string path, TableReading? reading, List<TableNotice> notices)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        try
        {
            using var stream = new MemoryStream(workbook, writable: false);
            using var book = ExcelReaderFactory.CreateReader(stream);
            var names = new List<string>();
            byte[]? found = null;
            do
            {
                names.Add(book.Name);
                if (found is null && (reading?.Sheet is not { } asked || asked == book.Name) && book.RowCount > 0)
                {
                    found = Sheet(book);
                    if (found.Length > 0 && names.Count + book.ResultsCount > 2 && reading?.Sheet is null
                        && book.ResultsCount > 1)
                        notices.Add(new("sheet", null,
                            $"The table is sheet '{book.Name}' of '{path}', which has {book.ResultsCount}; ‹Sheet› "
                                + "names another."));
                    found = found.Length > 0 ? found : null;
                }
            }
            while (book.NextResult());
            return found ?? throw new FaceBiasException(reading?.Sheet is { } sheet
                ? $"'{path}' has no sheet '{sheet}' with cells; it has "
                    + $"{names.Quoted()}."
                : $"'{path}' has no sheet with cells; write a table with a header and rows to it.", ErrorKind.Missing);
        }
        catch (Exception e) when (e is not FaceBiasException and not OutOfMemoryException)
        {
            throw new FaceBiasException(
                $"'{path}' is no workbook that can be read (damaged, or protected by a password); save it again as "
                    + ".xlsx or .csv.", e);
        }
    }

    private static byte[] Sheet(IExcelDataReader book)
    {
        var text = new StringBuilder();
        while (book.Read())
        {
            var last = book.FieldCount - 1;
            while (last >= 0 && Cell(book.GetValue(last)).Length == 0)
                last--;
            if (last < 0 && text.Length == 0)
                continue;
            // Rows of blank cells at the end are not rows.
            for (var c = 0; c < book.FieldCount; c++)
            {
                if (c > 0)
                    text.Append('\t');
                var cell = Cell(book.GetValue(c));
                if (cell.AsSpan().IndexOfAny("\t\"\r\n ") >= 0)
                    text.Append('"').Append(cell.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
                else
                    text.Append(cell);
            }
            text.Append('\n');
        }
        var all = text.ToString().TrimEnd('\t', '\n');
        return Encoding.UTF8.GetBytes(all.Length == 0 ? all : all + new string('\t', Missing(all)) + "\n");
    }

    /// <summary>Cells at the end of the last row that trimming took.</summary>
    private static int Missing(string text)
    {
        int Tabs(string line) => line.Count(c => c == '\t');
        return Tabs(text.Split('\n')[0]) - Tabs(text[(text.LastIndexOf('\n') + 1)..]) is > 0 and var n ? n : 0;
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        string s => s.Trim(),
        bool b => b ? "TRUE" : "FALSE",
        DateTime d =>
            d.ToString(d.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss",
                CultureInfo.InvariantCulture),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
