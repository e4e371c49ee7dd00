using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Data;

public class TableFileTests
{
    private static readonly Table Awkward = new(
    [
        new TextColumn("name, \"quoted\"", ["a,b", "say \"hi\"", "two\nlines", null, "  spaced ", "Ünï 脸 😀", "'"]),
        new TextColumn("id", ["007", "1", "2", "3", "4", "5", "6"]),
        new NumberColumn("age", [1, 2, double.NaN, 4, 5, 116, 0]),
        new NumberColumn("score", [0.1, -1e300, double.NaN, 1.0 / 3, double.PositiveInfinity, 5e-324, 1e15]),
        new TextColumn("empty", new string?[7]),
    ]);

    [Theory]
    [InlineData("t.csv")]
    [InlineData("t.tsv")]
    [InlineData("t.parquet")]
    [InlineData("t.jsonl")]
    [InlineData("t.json")]
    [InlineData("it's [1]* \"two\"?.csv")]
    [InlineData("it's [1]* \"two\"?.parquet")]
    public void A_table_comes_back_as_it_went(string name)
    {
        var path = Path.Combine(TestPaths.NewFolder(), name);
        var table = name.Contains("json", StringComparison.Ordinal)
            // JSON has no infinity
            ? new Table(Awkward.Columns.Where(c => c.Name is "age" or "id" or "name, \"quoted\""))
            : Awkward;
        TableFile.Write(path, table);
        var back = TableFile.Read(path);
        Assert.Equal(table.Columns.Select(c => c.Name), back.Columns.Select(c => c.Name));
        Assert.Equal(table.RowCount, back.RowCount);
        foreach (var column in table.Columns)
        {
            if (column is NumberColumn numbers)
                Assert.Equal(numbers.Values, back.Number(column.Name).Values);
            else
                Assert.Equal(Values((TextColumn)column), Values(Assert.IsType<TextColumn>(back[column.Name])));
        }
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    private static IEnumerable<string?> Values(TextColumn column) =>
        Enumerable.Range(0, column.Count).Select(i => column[i]);

    [Theory]
    [InlineData("t.parquet")]
    [InlineData("t.csv")]
    public void Parts_are_one_table_in_their_order(string name)
    {
        var path = Path.Combine(TestPaths.NewFolder(), name);
        // Whole numbers in one part and broken ones in another, a text that is missing in all of a part.
        TableFile.WriteParts(path, Enumerable.Range(0, 3).Select(p => new Table(
        [
            new TextColumn("id", [$"{p}a", $"{p}b"]), new NumberColumn("number", [p, p == 1 ? 0.5 : double.NaN]),
            new TextColumn("text", [p == 0 ? null : "x", null]),
        ])));
        var table = TableFile.Read(path);
        Assert.Equal(["0a", "0b", "1a", "1b", "2a", "2b"], Enumerable.Range(0, 6).Select(i => table.Text("id")[i]));
        Assert.Equal([0, double.NaN, 1, 0.5, 2, double.NaN], table.Number("number").Values);
        Assert.Equal([null, null, "x", null, "x", null], Enumerable.Range(0, 6).Select(i => table.Text("text")[i]));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_column_is_numeric_only_if_the_last_of_many_values_is_a_number_too()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "t.csv");
        File.WriteAllText(path,
            "a,b\n" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i},{i}\n")) + "x,\n");
        var table = TableFile.Read(path);
        Assert.Equal("99999", ((TextColumn)table["a"])[99_999]);
        Assert.Equal(99_999, table.Number("b")[99_999]);
        Assert.True(table["b"].IsMissing(100_000));
    }

    [Theory]
    [InlineData("a;b\n1;x\n")]
    [InlineData("a\tb\n1\tx\n")]
    [InlineData("\uFEFFa,b\r\n1,x\r\n")]
    [InlineData("\"a\",\"b\"\n\"1\",\"x\"")]
    [InlineData("a|b\n1|x\n")]
    [InlineData("a, b\n1, x\n")]
    [InlineData("a ,b \r\n 1 , \"x\"\r\n\r\n")]
    [InlineData("a,b,\n1,x,\n2,y,\n")]
    [InlineData("a,b\n1,x,\n2,y,\n")]
    [InlineData("sep=;\na;b\n1;x\n")]
    [InlineData("# made by a program\na,b\n1,x\n")]
    [InlineData("a   b\n1   x\n2 y\n")]
    [InlineData("\"a\" \"b\"\n\"1\" 1 \"x\"\n\"2\" 2 \"y\"\n")]
    [InlineData("2\na b\n000001.jpg  1 x\n000002.jpg -1 y\n")]
    public void Other_dialects_are_understood(string text)
    {
        var path = Path.Combine(TestPaths.NewFolder(), "t.csv");
        File.WriteAllText(path, text);
        var table = TableFile.Read(path);
        Assert.Equal(1, table.Number("a")[0]);
        Assert.Equal("x", table.Text("b")[0]);
    }

    [Theory]
    [InlineData("t.csv", "a,b\n1,2\n3\n", "line 3: it has 1 fields where the header has 2")]
    [InlineData("t.csv", "a,b\n1,2,3\n", "line 2: it has 3 fields where the header has 2")]
    [InlineData("t.csv", "a,a\n1,2\n", "two columns named 'a'")]
    [InlineData("t.csv", "a,b\n", "no rows")]
    [InlineData("t.csv", "", "is empty (0 bytes)")]
    [InlineData("t.csv", "a,\"b\n1,2\n", "quotation mark is not closed")]
    [InlineData("t.parquet", "no parquet at all", "no whole Parquet file")]
    [InlineData("t.json", "{{{", "no JSON table")]
    [InlineData("t.xlsx", "x", "no workbook that can be read")]
    [InlineData("t.sav", "x", "a file of SPSS")]
    [InlineData("t.csv", "a,b\n1,\"x\"y\n", "line 2: a quotation mark is not doubled")]
    public void Bad_files_are_one_sentence(string name, string content, string expected)
    {
        var path = Path.Combine(TestPaths.NewFolder(), name);
        File.WriteAllText(path, content);
        var message = Assert.Throws<FaceBiasException>(() => TableFile.Read(path)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_differ_only_in_case_are_read_from_csv_and_refused_in_writing()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "t.csv");
        File.WriteAllText(path, "age,Age\n1,2\n");
        var table = TableFile.Read(path);
        Assert.Equal(2, table.Number("Age")[0]);
        Assert.Contains("'age' and 'Age'", Assert.Throws<FaceBiasException>(() => TableFile.Write(path, table)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_and_a_cut_parquet_are_named()
    {
        var folder = TestPaths.NewFolder();
        Assert.Contains("There is no file",
            Assert.Throws<FaceBiasException>(() => TableFile.Read(Path.Combine(folder, "x.csv"))).Message,
            StringComparison.Ordinal);
        var path = Path.Combine(folder, "t.parquet");
        TableFile.Write(path, Awkward);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        Assert.Contains("no whole Parquet file", Assert.Throws<FaceBiasException>(() => TableFile.Read(path)).Message,
            StringComparison.Ordinal);
    }
}
