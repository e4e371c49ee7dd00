using System.Formats.Tar;
using System.Text;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Imaging;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Data;

/// <summary>Pictures in tars, and those that the rows of a table name.</summary>
public class TarListingTests
{
    private readonly string _folder = TestPaths.NewFolder(nameof(TarListingTests));

    private string Tar(string name, params (string Name, byte[]? Content, TarEntryType Type)[] members)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var writer = new TarWriter(File.Create(path), TarEntryFormat.Pax);
        foreach (var (member, content, type) in members)
        {
            var entry = new PaxTarEntry(type, member);
            if (content is not null)
                entry.DataStream = new MemoryStream(content);
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                entry.LinkName = "/etc/passwd";
            writer.WriteEntry(entry);
        }
        return path;
    }

    private static (string, byte[]?, TarEntryType) Of(string name, string content) =>
        (name, Encoding.UTF8.GetBytes(content), TarEntryType.RegularFile);

    private static string Text(ImageFile file)
    {
        Assert.True(ImageDecoder.TryReadFile(file.Path, out var bytes, out var problem), problem);
        return Encoding.UTF8.GetString(bytes);
    }

    [Fact]
    public void Pictures_of_tars_are_read_where_they_lie()
    {
        var one = Tar("shards/00000.tar", Of("./b.jpg", "bee"), Of("b.json", "{}"), Of("a/ä 1.png", "ay"),
            Of(new string('x', 150) + ".jpg", "long"));
        var listing = ImageFolder.List(one);
        Assert.Equal(["a/ä 1.png", "b.jpg", new string('x', 150) + ".jpg"], listing.Files.Select(f => f.Id));
        Assert.Equal(["ay", "bee", "long"], listing.Files.Select(Text));
        Assert.Equal((1, 0), (listing.Ignored, listing.Unreadable.Count));

        Tar("shards/deeper/00001.tar", Of("b.jpg", "second"));
        listing = ImageFolder.List(Path.Combine(_folder, "shards"));
        Assert.Equal(["00000.tar/a/ä 1.png", "00000.tar/b.jpg", $"00000.tar/{new string('x', 150)}.jpg",
            "deeper/00001.tar/b.jpg"], listing.Files.Select(f => f.Id));
        Assert.Equal(["ay", "bee", "long", "second"], listing.Files.Select(Text));
        // What pictures were unpacked from is no second copy of them.
        File.WriteAllText(Path.Combine(_folder, "shards", "c.jpg"), "sea");
        listing = ImageFolder.List(Path.Combine(_folder, "shards"));
        Assert.Equal("sea", Text(Assert.Single(listing.Files)));
        Assert.Equal(2, listing.Ignored);
    }

    [Fact]
    public void A_hostile_tar_gets_reasons()
    {
        var tar = Tar("bad.tar", Of("../../out.jpg", "x"), Of("/abs.jpg", "x"), Of("ok.jpg", "fine"),
            ("link.jpg", null, TarEntryType.SymbolicLink), ("hard.jpg", null, TarEntryType.HardLink),
            ("pipe.jpg", null, TarEntryType.Fifo), ("empty.jpg", [], TarEntryType.RegularFile),
            Of("ok.jpg", "again"),
            ("folder.jpg/", null, TarEntryType.Directory), ("big.jpg", new byte[100_000], TarEntryType.RegularFile));
        using (var cut = new FileStream(tar, FileMode.Open))
            cut.SetLength(cut.Length - 60_000);
        var listing = ImageFolder.List(tar);
        Assert.Equal(["empty.jpg", "ok.jpg"], listing.Files.Select(f => f.Id));
        Assert.Equal("fine", Text(listing.Files[1]));
        Assert.False(ImageDecoder.TryReadFile(listing.Files[0].Path, out _, out var problem));
        Assert.Contains("0 bytes", problem);
        Assert.Collection(listing.Unreadable,
            r => Assert.Contains("'../../out.jpg' in", r), r => Assert.Contains("'/abs.jpg' in", r),
            r => Assert.Contains("link to '/etc/passwd'", r), r => Assert.Contains("link to '/etc/passwd'", r),
            r => Assert.Contains("no plain file", r), r => Assert.Contains("the tar ends before it does", r),
            r => Assert.Contains("cut off or damaged after 'big.jpg'", r),
            r => Assert.Contains("'ok.jpg' is listed twice", r));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(600)]
    public void What_is_no_tar_is_one_sentence(int length)
    {
        var path = Path.Combine(_folder, "x.tar");
        File.WriteAllBytes(path, [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 + 1))]);
        var failure = Assert.Throws<FaceBiasException>(() => ImageFolder.List(path));
        Assert.Contains("x.tar'", failure.Message);
    }

    [Fact]
    public void A_size_beyond_all_bounds_is_no_member()
    {
        var tar = Tar("huge.tar", Of("a.jpg", "fine"), Of("b.jpg", "x"));
        var bytes = File.ReadAllBytes(tar);
        var at = bytes.AsSpan().LastIndexOf("b.jpg"u8);
        Encoding.ASCII.GetBytes("77777777777\0").CopyTo(bytes, at + 124);
        Array.Fill(bytes, (byte)' ', at + 148, 8);
        var sum = bytes.AsSpan(at, 512).ToArray().Sum(b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(bytes, at + 148);
        File.WriteAllBytes(tar, bytes);
        var listing = ImageFolder.List(tar);
        Assert.Equal("fine", Text(Assert.Single(listing.Files)));
        Assert.NotEmpty(listing.Unreadable);
    }

    [Fact]
    public void Labels_lie_beside_the_pictures()
    {
        var tar = Tar("w.tar", Of("a.jpg", "1"), Of("a.cls", "3\n"),
            Of("a.json", """{"age": 31, "race": "x", "box": [1]}"""),
            Of("b.seg.jpg", "2"), Of("b.cls", "4"), Of("c.jpg", "3"));
        var labels = LabelSource.Load("webdataset", ImageFolder.List(tar).Files);
        Assert.Equal(["age", "cls", "race"], labels.Table.Columns.Select(c => c.Name).Order());
        Assert.Equal(["3", "4", null], Enumerable.Range(0, 3).Select(i => labels.Table.Text("cls")[i]));
        Assert.Equal([true, true, false], labels.Labelled);
        Assert.Contains("no image lies in a tar", Assert.Throws<FaceBiasException>(
            () => LabelSource.Load("webdataset", [new("a.jpg", "/x/a.jpg")])).Message);
    }

    [Theory]
    [InlineData("list.csv")]
    [InlineData("list.parquet")]
    public void A_table_lists_pictures(string name)
    {
        File.WriteAllText(Path.Combine(_folder, "one.jpg"), "one");
        var other = TestPaths.NewFolder();
        File.WriteAllText(Path.Combine(other, "two.png"), "two");
        var list = Path.Combine(_folder, name);
        TableFile.Write(list, new([
            new Primitives.Tables.TextColumn("who", ["a", "b", "c", "d", "e"]),
            new Primitives.Tables.TextColumn("url",
                ["one.jpg", Path.Combine(other, "two.png"), "http://example.com/a.jpg", null, "one.jpg"]),
        ]));
        var listing = ImageFolder.List(list);
        Assert.Equal("http://example.com/a.jpg", listing.Files.Single(f => f.Id.StartsWith("http")).Path);
        Assert.Equal(["one", "two"], listing.Files.Where(f => !f.Id.StartsWith("http")).Select(Text).Order());
        Assert.Collection(listing.Unreadable, r => Assert.Contains("row 4", r), r => Assert.Contains("listed twice", r));
        var labels = LabelSource.Load(list, listing.Files);
        Assert.Contains("who", labels.Table.Columns.Select(c => c.Name));
    }
}
