using System.Text;
using FaceBias.Primitives.Storage;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Storage;

public class FolderStoreTests
{
    private readonly string _folder = Path.Combine(TestPaths.NewFolder(nameof(FolderStoreTests)), "store");

    private IObjectStore Store => ObjectStores.Open(_folder);

    private static Action<Stream> Text(string text) => s => s.Write(Encoding.UTF8.GetBytes(text));

    private static string Read(IObjectStore store, string name)
    {
        using var reader = new StreamReader(store.OpenRead(name, TestContext.Current.CancellationToken));
        return reader.ReadToEnd();
    }

    [Fact]
    public void An_object_is_written_read_listed_and_deleted()
    {
        var cancel = TestContext.Current.CancellationToken;
        var store = Store;
        Assert.Empty(store.List(cancel: cancel));
        Assert.Null(store.Stat("a/b.txt", cancel));
        foreach (var name in new[] { "a/b.txt", "a-b", "a/c/d 1.txt", "b", "a.txt" })
            store.Write(name, Text(name), cancel);
        store.Write("b", Text("again"), cancel);
        store.Write("empty", _ => { }, cancel);
        Assert.Equal(["a-b", "a.txt", "a/b.txt", "a/c/d 1.txt"], store.List("a", cancel).Select(o => o.Name));
        Assert.Equal(["a/b.txt"], store.List("a/b", cancel).Select(o => o.Name));
        Assert.Empty(store.List("z/z", cancel));
        Assert.Equal("again", Read(store, "b"));
        Assert.Equal("", Read(store, "empty"));
        Assert.Equal(new ObjectInfo("a/b.txt", 7), store.Stat("a/b.txt", cancel));
        store.Delete("b", cancel);
        store.Delete("b", cancel);
        Assert.Equal(ErrorKind.Missing, Assert.Throws<FaceBiasException>(() => store.OpenRead("b", cancel)).Kind);
        Assert.Equal("a-b", Read(ObjectStores.Open(new Uri(_folder).AbsoluteUri), "a-b"));
        var (parent, last) = ObjectStores.Locate(Path.Combine(_folder, "a", "b.txt"));
        Assert.Equal("a/b.txt", Read(parent, last));
    }

    [Theory]
    [InlineData("../out")]
    [InlineData("a/../../out")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("a\\..\\b")]
    [InlineData("")]
    [InlineData("a\0b")]
    public void A_name_that_leaves_the_store_is_refused(string name)
    {
        Assert.Throws<FaceBiasException>(() => Store.Write(name, Text("x"), TestContext.Current.CancellationToken));
        Assert.Throws<FaceBiasException>(() => Store.OpenRead(name, TestContext.Current.CancellationToken));
        Assert.False(Directory.Exists(_folder));
    }

    [Fact]
    public void Nothing_changes_where_writing_fails()
    {
        var cancel = TestContext.Current.CancellationToken;
        Store.Write("a", Text("first"), cancel);
        Assert.Throws<InvalidOperationException>(() => Store.Write("a", s =>
        {
            Text("sec")(s);
            throw new InvalidOperationException();
        }, cancel));
        Assert.Equal("first", Read(Store, "a"));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Of_many_writers_at_once_one_wins()
    {
        var cancel = TestContext.Current.CancellationToken;
        var won = new System.Collections.Concurrent.ConcurrentBag<string>();
        for (var round = 0; round < 20; round++)
        {
            won.Clear();
            using var start = new Barrier(8);
            var threads = Enumerable.Range(0, 8).Select(t => new Thread(() =>
            {
                if (Store.WriteNew($"one-{round}", s =>
                    {
                        Text($"{t}")(s);
                        start.SignalAndWait(cancel);
                    }, cancel))
                    won.Add($"{t}");
            })).ToList();
            threads.ForEach(t => t.Start());
            threads.ForEach(t => t.Join());
            Assert.Equal(Assert.Single(won), Read(Store, $"one-{round}"));
        }
        Assert.False(Store.WriteNew("one-0", _ => throw new InvalidOperationException("not asked for"), cancel));
        Assert.Equal(20, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void A_folder_that_went_away_is_worth_another_try()
    {
        var cancel = TestContext.Current.CancellationToken;
        var store = Store;
        store.Write("a", Text("x"), cancel);
        Directory.Move(_folder, _folder + "-elsewhere");
        foreach (var act in new Action[]
        {
            () => store.OpenRead("a", cancel), () => store.Write("b", Text("x"), cancel),
            () => _ = store.List(cancel: cancel).Count(), () => store.Stat("a", cancel),
        })
        {
            var failure = Assert.Throws<FaceBiasException>(act);
            Assert.Equal(ErrorKind.Busy, failure.Kind);
            Assert.Contains("no longer there", failure.Message);
        }
        Assert.False(Directory.Exists(_folder));
    }

    [Fact]
    public void A_scheme_that_nobody_registered_is_refused() => Assert.Equal(ErrorKind.Unsupported,
        Assert.Throws<FaceBiasException>(() => ObjectStores.Open("gopher://bucket/x")).Kind);

    [Theory]
    [InlineData("s3://bucket/x", true)]
    [InlineData("C://x", false)]
    [InlineData("/a/b://c", false)]
    [InlineData("faces", false)]
    public void A_path_is_no_url(string text, bool isUrl) => Assert.Equal(isUrl, ObjectStores.IsUrl(text));
}
