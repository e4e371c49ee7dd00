using System.Security.Cryptography;
using System.Text;
using FaceBias.Primitives.Storage;
using FaceBias.Storage;

namespace FaceBias.Cli.Tests.Storage;

/// <summary>The vendors' SDKs against a small server that follows their protocols.</summary>
public sealed class CloudStoreTests : IAsyncLifetime
{
    private ObjectServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ObjectServer.StartAsync();
        CloudStores.Register();
        CloudStores.FirstWait = TimeSpan.FromMilliseconds(10);
        foreach (var (name, value) in ObjectServer.Variables(_server.Url))
            Environment.SetEnvironmentVariable(name, value);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (name, _) in ObjectServer.Variables(""))
            Environment.SetEnvironmentVariable(name, null);
        await _server.DisposeAsync();
    }

    public static TheoryData<string> Schemes => ["s3", "az"];

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 31 >> 3))];

    private static byte[] Read(Stream stream)
    {
        using (stream)
        using (var copy = new MemoryStream())
        {
            stream.CopyTo(copy);
            return copy.ToArray();
        }
    }

    [Theory, MemberData(nameof(Schemes))]
    public void An_object_is_written_read_listed_and_deleted(string scheme)
    {
        var store = ObjectStores.Open($"{scheme}://bucket/some/where");
        foreach (var name in new[] { "a/b c.txt", "a/Ü+%25&=脸.txt", "a-b", "z", "empty" })
            store.Write(name, s => s.Write(name == "empty" ? [] : Encoding.UTF8.GetBytes(name)));
        Assert.Equal(5, _server.Objects.Count(o => o.Key.StartsWith("bucket/some/where/")));
        Assert.Equal(["a-b", "a/b c.txt", "a/Ü+%25&=脸.txt", "empty", "z"], store.List().Select(o => o.Name));
        Assert.Equal([new("a/b c.txt", 9), new("a/Ü+%25&=脸.txt", 17)], store.List("a/"));
        Assert.Equal("a/Ü+%25&=脸.txt", Encoding.UTF8.GetString(Read(store.OpenRead("a/Ü+%25&=脸.txt"))));
        Assert.Equal("/b ", Encoding.UTF8.GetString(Read(store.OpenRead("a/b c.txt", 1, 3))));
        Assert.Empty(Read(store.OpenRead("empty")));
        Assert.Empty(Read(store.OpenRead("z", 7, 10)));
        Assert.Equal(new ObjectInfo("z", 1), store.Stat("z"));
        Assert.Null(store.Stat("y"));
        store.Delete("z");
        store.Delete("z");
        Assert.Null(store.Stat("z"));
        var failure = Assert.Throws<FaceBiasException>(() => store.OpenRead("z"));
        Assert.Equal(ErrorKind.Missing, failure.Kind);
        Assert.Equal($"Cannot read 'z' from {scheme}://bucket/some/where: there is no such object.", failure.Message);
        Assert.Throws<FaceBiasException>(() => store.OpenRead("../../other/z"));
        var (parent, last) = ObjectStores.Locate($"{scheme}://bucket/some/where/a-b");
        Assert.Equal("a-b", Encoding.UTF8.GetString(Read(parent.OpenRead(last))));
    }

    [Theory, MemberData(nameof(Schemes))]
    public void Large_objects_go_in_parts_and_only_new_ones_where_asked(string scheme)
    {
        var store = ObjectStores.Open($"{scheme}://bucket");
        var large = RandomNumberGenerator.GetBytes(scheme == "s3" ? 33 << 20 : 9 << 20);
        Assert.True(store.WriteNew("large", s => s.Write(large)));
        Assert.True(large.AsSpan().SequenceEqual(_server.Objects["bucket/large"]));
        Assert.True(large.AsSpan().SequenceEqual(Read(store.OpenRead("large"))));
        Assert.False(store.WriteNew("large", _ => throw new InvalidOperationException("It is there.")));
        // Both have looked, and neither saw the other: the service decides.
        Assert.True(store.WriteNew("raced", s =>
        {
            s.Write("late"u8);
            Assert.True(_server.Objects.TryAdd("bucket/other", []));
        }));
        Assert.False(store.WriteNew("lost", s => _server.Objects["bucket/lost"] = [1]));
        Assert.Equal([1], _server.Objects["bucket/lost"]);
        Assert.Throws<InvalidOperationException>(
            () => store.Write("never", s => throw new InvalidOperationException("half")));
        Assert.Null(store.Stat("never"));
    }

    [Theory, MemberData(nameof(Schemes))]
    public void What_passes_is_tried_again_and_then_it_is_busy(string scheme)
    {
        var store = ObjectStores.Open($"{scheme}://bucket");
        var content = Bytes(300_000);
        store.Write("a", s => s.Write(content));
        _server.Refuse(1);
        Assert.Equal(content, Read(store.OpenRead("a")));
        _server.Break(3);
        Assert.Equal(content, Read(store.OpenRead("a")));
        _server.Break(1);
        Assert.Equal(content[1000..200_000], Read(store.OpenRead("a", 1000, 199_000)));
        _server.Refuse(1);
        store.Write("b", s => s.Write(content));
        Assert.Equal(content, _server.Objects["bucket/b"]);
        _server.Refuse(int.MaxValue);
        var failure = Assert.Throws<FaceBiasException>(() => store.Stat("a"));
        _server.Refuse(0);
        Assert.Equal(ErrorKind.Busy, failure.Kind);
        Assert.Contains("503", failure.Message);
    }

    [Theory, MemberData(nameof(Schemes))]
    public void An_object_that_changes_while_it_is_read_is_noticed(string scheme)
    {
        var store = ObjectStores.Open($"{scheme}://bucket");
        _server.Objects["bucket/a"] = Bytes(300_000);
        _server.Break(1);
        using var stream = store.OpenRead("a");
        _server.Objects["bucket/a"] = new byte[300_000];
        var failure = Assert.Throws<FaceBiasException>(() => Read(stream));
        Assert.Equal(ErrorKind.Busy, failure.Kind);
        Assert.Contains("changed", failure.Message);
    }

    [Theory, MemberData(nameof(Schemes))]
    public void What_is_wrong_for_good_is_said_in_one_sentence(string scheme)
    {
        var failure = Assert.Throws<FaceBiasException>(
            () => ObjectStores.Open($"{scheme}://nobody/x").List().Count());
        Assert.Equal((ErrorKind.Missing, $"Cannot list {scheme}://nobody/x: there is no 'nobody'; check the URL."),
            (failure.Kind, failure.Message));
        Assert.Throws<FaceBiasException>(() => ObjectStores.Open($"{scheme}:///x"));
        if (scheme == "s3")
        {
            Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "other");
            failure = Assert.Throws<FaceBiasException>(() => ObjectStores.Open("s3://bucket").List().Count());
            Assert.Equal(ErrorKind.BadInput, failure.Kind);
            Assert.Contains("access is denied (InvalidAccessKeyId)", failure.Message);
        }
        Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
        Environment.SetEnvironmentVariable("AWS_MAX_ATTEMPTS", "1");
        Environment.SetEnvironmentVariable("AZURE_STORAGE_MAX_ATTEMPTS", "1");
        Environment.SetEnvironmentVariable("AZURE_STORAGE_CONNECTION_STRING",
            Environment.GetEnvironmentVariable("AZURE_STORAGE_CONNECTION_STRING")!.Replace(_server.Url,
                "http://127.0.0.1:9"));
        failure = Assert.Throws<FaceBiasException>(() => ObjectStores.Open($"{scheme}://bucket").Stat("a"));
        Assert.Equal(ErrorKind.Busy, failure.Kind);
        Assert.Contains("does not answer", failure.Message);
    }

    [Fact]
    public void Other_https_urls_are_only_read() => Assert.Equal(ErrorKind.Unsupported,
        Assert.Throws<FaceBiasException>(
            () => ObjectStores.Open("https://example.com/faces").Write("a", _ => { })).Kind);
}
