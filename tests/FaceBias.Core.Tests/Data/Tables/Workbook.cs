using System.IO.Compression;
using System.Text;

namespace FaceBias.Core.Tests.Data.Tables;

/// <summary>Writes the smallest workbook that Excel and others read: sheets "one" and, if given, "two".</summary>
internal static class Workbook
{
    private const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private const string Main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    private const string Package =
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">";

    public static void Write(string path, params string[][] rows) => File.WriteAllBytes(path, Of([rows]));

    public static byte[] Of(params string[][][] sheets)
    {
        string[] names = ["one", "two"];
        using var to = new MemoryStream();
        using (var zip = new ZipArchive(to, ZipArchiveMode.Create))
        {
            Add(zip, "[Content_Types].xml",
                "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default "
                    + "Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>");
            Add(zip, "_rels/.rels",
                $"{Package}<Relationship Id=\"r1\" Type=\"{Office}/officeDocument\" "
                    + "Target=\"xl/workbook.xml\"/></Relationships>");
            Add(zip, "xl/workbook.xml",
                $"<workbook {Main} xmlns:r=\"{Office}\"><sheets>{string.Concat(sheets.Select((_, i) => $"<sheet name=\"{names[i]}\" sheetId=\"{i + 1}\" r:id=\"r{i + 1}\"/>"))}</sheets></workbook>");
            Add(zip, "xl/_rels/workbook.xml.rels",
                $"{Package}{string.Concat(sheets.Select((_, i) => $"<Relationship Id=\"r{i + 1}\" Type=\"{Office}/worksheet\" Target=\"worksheets/sheet{i + 1}.xml\"/>"))}</Relationships>");
            for (var i = 0; i < sheets.Length; i++)
                Add(zip, $"xl/worksheets/sheet{i + 1}.xml",
                    $"<worksheet {Main}><sheetData>{string.Concat(sheets[i].Select((row, r) => Row(r + 1, row)))}</sheetData></worksheet>");
        }
        return to.ToArray();
    }

    private static string Row(int number, string[] cells) =>
        $"<row r=\"{number}\">" + string.Concat(cells.Select((c, i) => $"<c r=\"{(char)('A' + i)}{number}\" "
        + (double.TryParse(c, System.Globalization.CultureInfo.InvariantCulture, out _)
            ? $"><v>{c}</v></c>" : $"t=\"inlineStr\"><is><t>{c}</t></is></c>"))) + "</row>";

    private static void Add(ZipArchive zip, string name, string text)
    {
        using var entry = zip.CreateEntry(name).Open();
        entry.Write(Encoding.UTF8.GetBytes(text));
    }
}
