using System.Globalization;
using System.IO.Compression;
using System.Text;
using FaceBias.Auditing;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Tables;
using FaceBias.Core.Tests.Auditing;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Data.Tables;

/// <summary>Runs every line of docs/reference/reads.md about tables.</summary>
public class ReadsTests
{
    private const string Small = "a,b\n1,x\n2.5,Käse\n";

    private static IEnumerable<string[]> Lines(string section, string firstHeader)
    {
        var inSection = false;
        var inTable = false;
        foreach (var line in File.ReadLines(Path.Combine(TestPaths.Repository, "docs", "reference", "reads.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                inSection = line == "## " + section;
            string[] cells =
                [.. line.Trim('|').Replace("\\|", "\u0001", StringComparison.Ordinal).Split('|')
                    .Select(c => c.Trim().Replace('\u0001', '|'))];
            inTable = inSection && line.StartsWith('|') && (inTable || cells[0] == firstHeader && cells.Length > 1);
            if (inTable && cells[0] != firstHeader && !cells[0].StartsWith("---", StringComparison.Ordinal))
                yield return cells;
        }
    }

    private static TheoryData<string, string, string, string> Data(string section, string header, string? second = null)
    {
        var data = new TheoryData<string, string, string, string>();
        foreach (var c in Lines(section, header).Where(
            c => second is null || second == "" == !c[1].StartsWith("a ", StringComparison.Ordinal)))
            data.Add(c[0], c[1], c.Length > 2 ? c[2] : "", c.Length > 3 ? c[3] : "");
        Assert.True(data.Count > 5, "the table is there");
        return data;
    }

    public static TheoryData<string, string, string, string> Formats() => Data("Formats of tables", "file");

    public static TheoryData<string, string, string, string> Cells() => Data("Cells", "in the file");

    public static TheoryData<string, string, string, string> Targets() => Data("Truth and prediction", "truth");

    public static TheoryData<string, string, string, string> Orders() => Data("Orders", "levels");

    private static string Code(string cell) =>
        cell.Length > 1 && cell[0] == '`' ? cell[1..^1].Replace('↵', '\n').Replace('⇥', '\t') : cell;

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_format_is_read_or_named(string file, string expected, params string[] _)
    {
        var name = Code(file);
        var path = Path.Combine(TestPaths.NewFolder(), name);
        var bytes = Encoding.UTF8.GetBytes(Small);
        static byte[] Pack(Func<Stream, Stream> packer, byte[] content)
        {
            using var to = new MemoryStream();
            using (var stream = packer(to))
                stream.Write(content);
            return to.ToArray();
        }
        Table table = new([new NumberColumn("a", [1, 2.5]), new TextColumn("b", ["x", "Käse"])]);
        switch (name)
        {
            case "table.csv" or "table.txt": File.WriteAllBytes(path, bytes); break;
            case "table.tsv" or "table.parquet": TableFile.Write(path, table); break;
            case "table.csv.gz": File.WriteAllBytes(path,
                Pack(s => new GZipStream(s, CompressionLevel.Fastest), bytes)); break;
            case "table.zip":
                using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
                using (var entry = zip.CreateEntry("inside.csv").Open())
                    entry.Write(bytes);
                break;
            case "table.xlsx": Workbook.Write(path, ["a", "b"], ["1", "x"], ["2.5", "Käse"]); break;
            case "records.json": File.WriteAllText(path, "[{\"a\":1,\"b\":\"x\"},{\"a\":2.5,\"b\":\"Käse\"}]"); break;
            case "lines.jsonl": File.WriteAllText(path, "{\"a\":1,\"b\":\"x\"}\n{\"a\":2.5,\"b\":\"Käse\"}\n"); break;
            case "columns.json": File.WriteAllText(path,
                "{\"a\":{\"0\":1,\"1\":2.5},\"b\":{\"0\":\"x\",\"1\":\"Käse\"}}"); break;
            case "split.json": File.WriteAllText(path,
                "{\"columns\":[\"a\",\"b\"],\"index\":[0,1],\"data\":[[1,\"x\"],[2.5,\"Käse\"]]}"); break;
            case "utf16.csv": File.WriteAllText(path, Small, Encoding.Unicode); break;
            case "latin1.csv": File.WriteAllText(path, Small, Encoding.Latin1); break;
            case "bom.csv": File.WriteAllText(path, Small, Encoding.UTF8); break;
            case "coco.json": File.WriteAllText(path, "{\"images\":[],\"annotations\":[],\"categories\":[]}"); break;
            case "deep.json": File.WriteAllText(path,
                string.Concat(Enumerable.Repeat("{\"a\":", 5000)) + "1" + new string('}', 5000)); break;
            case "table.csv.xz": File.WriteAllBytes(path, [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, 0]);
                break;
            default: File.WriteAllText(path, "anything"); break;
        }
        if (expected.StartsWith("a ", StringComparison.Ordinal)
            || expected.StartsWith("an ", StringComparison.Ordinal)
                && !name.StartsWith("records", StringComparison.Ordinal)
            && !name.StartsWith("lines", StringComparison.Ordinal)
            && !name.StartsWith("columns", StringComparison.Ordinal)
            || expected.StartsWith("compressed", StringComparison.Ordinal)
            || expected.StartsWith("nested", StringComparison.Ordinal))
        {
            Assert.Contains(expected,
                Assert.Throws<FaceBiasException>(() => TableFile.Read(path, reading: new())).Typed(),
                StringComparison.Ordinal);
            return;
        }
        var read = TableFile.Read(path, reading: new());
        Assert.Equal("a: 1, 2.5; b: \"x\", \"Käse\"", Describe(read));
        Assert.Equal(expected.Contains("which is said", StringComparison.Ordinal),
            read.Notices.Any(n => n.Sentence.Contains("Windows-1252", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_cell_is_read_as_the_page_says(string file, string expected, string said, string _)
    {
        var path = Path.Combine(TestPaths.NewFolder(), "table.csv");
        File.WriteAllText(path, Code(file) + "\n");
        if (expected == "refused")
        {
            Assert.Contains(said, Assert.Throws<FaceBiasException>(() => TableFile.Read(path, reading: new())).Typed(),
                StringComparison.Ordinal);
            return;
        }
        var table = TableFile.Read(path, reading: new());
        Assert.Equal(Code(expected), Describe(table));
        var notices = string.Join(' ',
            table.Notices.Select(n => n.Sentence).Concat(
                table.Columns.OfType<TextColumn>().Select(c => c.Stray?.Reason)));
        if (said.Length > 0)
            Assert.All(said.Split("; "), s => Assert.Contains(s, notices, StringComparison.Ordinal));
        else
            Assert.Empty(table.Notices);
    }

    private static string Describe(Table table) =>
        string.Join("; ",
            table.Columns.Select(
                c => $"{c.Name}: {string.Join(", ", Enumerable.Range(0, c.Count).Select(r => c.IsMissing(r) ? "–"
        : c is NumberColumn n ? n[r].ToString(CultureInfo.InvariantCulture) : $"\"{((TextColumn)c)[r]}\""))}"));

    [Theory]
    [MemberData(nameof(Targets))]
    public void Truth_and_prediction_are_taken_as_the_page_says(string truth, string prediction, string taken,
        string said)
    {
        string[] a = Code(truth).Split(' '), b = Code(prediction).Split(' ');
        var text = "truth,guess,group\n" + string.Concat(a.Zip(b, (x, y) => $"{x},{y},g\n"));
        var outcome = PeoplesTables.Audit(text, new() { Truth = ["truth"], Prediction = ["guess"] },
            o => o with { MinimumCount = 1 });
        Assert.Equal(taken,
            outcome.Result is null ? "asked" : outcome.Target.Kind == TargetKind.Categorical ? "classes"
                : "a quantity");
        Assert.Contains(said, outcome.Result is null ? outcome.Text : string.Join(' ', outcome.Result.Notices),
            StringComparison.Ordinal);
        if (said.Length == 0)
            Assert.Empty(outcome.Result!.Notices);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Levels_are_ordered_as_the_page_says(string levels, string order, params string[] _) =>
        Assert.Equal(Code(order),
            Scale.Order(Code(levels).Split(", ")) is { } known ? string.Join(", ", known) : "not known");
}
