using System.IO.Compression;
using System.Text;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Tables;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Data.Tables;

/// <summary>Files of other programs, in the ways in which they write them.</summary>
public class ForeignFileTests
{
    private const string Small = "id,label,x\n1,Käse,0.5\n2,\"a,\n\"\"b\"\"\",1.25\n";

    private static Table Read(string name, byte[] bytes, TableReading? reading = null)
    {
        var path = Path.Combine(TestPaths.NewFolder(), name);
        File.WriteAllBytes(path, bytes);
        return TableFile.Read(path, reading: reading ?? new());
    }

    internal static Table Read(string text, TableReading? reading = null) =>
        Read("t.csv", Encoding.UTF8.GetBytes(text), reading);

    [Fact]
    public void Rows_of_an_object_are_called_by_their_names()
    {
        var table = Read("t.json",
            """{"a.jpg": {"age": 30}, "b.jpg": {"age": 31, "sex": "f"}, "c.jpg": {"age": 5}}"""u8.ToArray());
        Assert.Equal(["id", "age", "sex"], table.Columns.Select(c => c.Name));
        Assert.Equal("b.jpg", table.Text("id")[1]);
        Assert.Equal(31, table.Number("age")[1]);
        // The other way round, as pandas writes rows that have names, is none.
        Assert.Throws<FaceBiasException>(() => Read("t.json",
            """{"age": {"a": 1, "b": 2, "c": 3}, "sex": {"a": "f", "b": "m", "c": "f"}}"""u8.ToArray()));
    }

    private static byte[] Gzip(string text)
    {
        using var to = new MemoryStream();
        using (var zip = new GZipStream(to, CompressionLevel.Fastest))
            zip.Write(Encoding.UTF8.GetBytes(text));
        return to.ToArray();
    }

    private static byte[] Zip(params (string Name, string Text)[] files)
    {
        using var to = new MemoryStream();
        using (var zip = new ZipArchive(to, ZipArchiveMode.Create))
        {
            foreach (var (name, text) in files)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        return to.ToArray();
    }

    public static TheoryData<string, byte[]> Encoded() => new()
    {
        { "t.csv", Encoding.UTF8.GetBytes(Small) },
        { "t.csv", [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(Small)] },
        { "t.csv", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Small)] },
        { "t.csv", [.. Encoding.BigEndianUnicode.GetPreamble(), .. Encoding.BigEndianUnicode.GetBytes(Small)] },
        { "t.csv", Encoding.Unicode.GetBytes(Small) },
        { "t.csv", Encoding.Latin1.GetBytes(Small) },
        { "t.txt", Encoding.UTF8.GetBytes(
            Small.Replace("\n", "\r\n", StringComparison.Ordinal).Replace("a,\r\n", "a,\n", StringComparison.Ordinal))
            },
        { "t.csv.gz", Gzip(Small) },
        { "table", Gzip(Small) },
        { "t.zip", Zip(("inside.csv", Small)) },
    };

    [Theory]
    [MemberData(nameof(Encoded))]
    public void Every_encoding_and_packing_gives_the_same_table(string name, byte[] bytes)
    {
        var table = Read(name, bytes);
        Assert.Equal(["Käse", "a,\n\"b\""], Enumerable.Range(0, 2).Select(i => table.Text("label")[i]));
        Assert.Equal([0.5, 1.25], table.Number("x").Values);
        Assert.Equal(2, table.RowCount);
    }

    [Theory]
    [InlineData("1", "[{\"y\":\"01\",\"p\":1,\"d\":\"2024-01-02\"},{\"y\":\"02\",\"p\":2.5,\"d\":null}]")]
    [InlineData("2", "{\"y\":\"01\",\"p\":1,\"d\":\"2024-01-02\"}\n{\"p\":2.5,\"y\":\"02\"}\n")]
    [InlineData("3",
        "{\"y\":{\"0\":\"01\",\"1\":\"02\"},\"p\":{\"0\":1,\"1\":2.5},\"d\":{\"0\":\"2024-01-02\",\"1\":null}}")]
    [InlineData("4",
        "{\"columns\":[\"y\",\"p\",\"d\"],\"index\":[0,1],\"data\":[[\"01\",1,\"2024-01-02\"],[\"02\",2.5,null]]}")]
    [InlineData("5", "{\"y\":[\"01\",\"02\"],\"p\":[1,2.5],\"d\":[\"2024-01-02\",null]}")]
    [InlineData("6",
        "{\"version\":1,\"predictions\":[{\"y\":\"01\",\"p\":1,\"d\":\"2024-01-02\"},{\"y\":\"02\",\"p\":2.5}]}")]
    public void Json_of_every_shape_keeps_text_as_it_is(string shape, string json)
    {
        var table = Read("t.json", Encoding.UTF8.GetBytes(json));
        Assert.True(table.RowCount == 2, shape);
        Assert.Equal(["01", "02"], ((TextColumn)table["y"]).Levels);
        Assert.Equal([1, 2.5], table.Number("p").Values);
        Assert.Equal(("2024-01-02", (string?)null), (table.Text("d")[0], table.Text("d")[1]));
    }

    [Theory]
    [InlineData("t.json", "{\"images\":[{\"id\":0}],\"annotations\":[],\"categories\":[]}", "annotation file of COCO")]
    [InlineData("t.json", "[1,2]", "entry 1 is no object")]
    [InlineData("t.json", "{\"a\":1}", "one object with 'a'")]
    [InlineData("t.csv", "", "is empty (0 bytes)")]
    public void What_is_no_table_is_named(string name, string text, string expected) =>
        Assert.Contains(expected,
            Assert.Throws<FaceBiasException>(() => Read(name, Encoding.UTF8.GetBytes(text))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(2000)]
    [InlineData(100_000)]
    public void Deep_json_is_refused_before_it_is_built(int depth)
    {
        var json = string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
        Assert.Contains("nested deeper than 32 levels",
            Assert.Throws<FaceBiasException>(() => Read("t.json", Encoding.UTF8.GetBytes(json))).Message,
            StringComparison.Ordinal);
        Assert.Contains("nested deeper than 32 levels",
            Assert.Throws<FaceBiasException>(() => Read("t.jsonl", Encoding.UTF8.GetBytes(json))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Packed_files_that_are_damaged_or_several_are_named()
    {
        var bytes = Gzip(Small + new string('x', 5000));
        Assert.Contains("damaged or cut off",
            Assert.Throws<FaceBiasException>(() => Read("t.csv.gz", bytes[..(bytes.Length / 2)])).Message,
            StringComparison.Ordinal);
        Assert.Contains("holds 2 files (a.csv, b.csv)",
            Assert.Throws<FaceBiasException>(() => Read("t.zip", Zip(("a.csv", Small), ("b.csv", Small)))).Message,
            StringComparison.Ordinal);
        Assert.Contains("compressed with xz",
            Assert.Throws<FaceBiasException>(() => Read("t.csv.xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 1, 2])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_workbook_is_read_by_its_first_sheet_or_the_one_that_is_named()
    {
        var bytes = Workbook.Of([["label", "pred", "age"], ["cat", "dog", "0.25"], ["dog", "NA", "7"]],
            [["other"], ["x"]]);
        var table = Read("t.xlsx", bytes);
        Assert.Equal([0.25, 7], table.Number("age").Values);
        Assert.Equal(("cat", "dog", (string?)null),
            (table.Text("label")[0], table.Text("pred")[0], table.Text("pred")[1]));
        Assert.Contains(table.Notices,
            n => n.Kind == "sheet" && n.Sentence.Contains("'one'", StringComparison.Ordinal));
        Assert.Equal("x", Read("t.xlsx", bytes, new() { Sheet = "two" }).Text("other")[0]);
        Assert.Contains("no sheet 'three'",
            Assert.Throws<FaceBiasException>(() => Read("t.xlsx", bytes, new() { Sheet = "three" })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_header_takes_the_names_given()
    {
        var table = Read("000001.jpg 0\n000002.jpg 2\n", new() { Header = ["image", "partition"] });
        Assert.Equal(["000001.jpg", "000002.jpg"], ((TextColumn)table["image"]).Levels);
        Assert.Equal([0, 2], table.Number("partition").Values);
    }

    [Fact]
    public void Formulas_are_written_as_text_and_come_back()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "t.csv");
        string[] texts = ["=1+1", "+cmd|x", "-1", "@SUM(A1)", "'=quoted", "plain", "-", "- b"];
        TableFile.Write(path, new([new TextColumn("a", texts), new TextColumn("z", [.. texts.Select(_ => "x")])]));
        Assert.DoesNotContain(File.ReadAllLines(path),
            l => l.StartsWith('=') || l.StartsWith('@') || l.StartsWith("+c", StringComparison.Ordinal));
        Assert.Equal(texts, Enumerable.Range(0, texts.Length).Select(i => TableFile.Read(path).Text("a")[i]));
    }
}
