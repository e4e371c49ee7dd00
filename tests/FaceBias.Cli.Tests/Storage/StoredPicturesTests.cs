using System.Formats.Tar;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Storage;
using FaceBias.Storage;
using FaceBias.Synthesis;
using FaceBias.Tests;

namespace FaceBias.Cli.Tests.Storage;

/// <summary>Pictures in object storage, as objects, in tars and listed by a table.</summary>
public sealed class StoredPicturesTests : IAsyncLifetime
{
    private readonly string _folder = TestPaths.NewFolder(nameof(StoredPicturesTests));
    private ObjectServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ObjectServer.StartAsync();
        CloudStores.Register();
        foreach (var (name, value) in ObjectServer.Variables(_server.Url))
            Environment.SetEnvironmentVariable(name, value);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (name, _) in ObjectServer.Variables(""))
            Environment.SetEnvironmentVariable(name, null);
        await _server.DisposeAsync();
    }

    private byte[] Picture(int level)
    {
        var pixels = new float[3 * 24 * 24];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (i * 7 + level) % 256;
        return PictureEncoder.Png(pixels, new ImageSpec(24, 24));
    }

    [Fact]
    public void Pictures_in_storage_are_those_of_a_folder()
    {
        for (var i = 0; i < 5; i++)
        {
            File.WriteAllBytes(Path.Combine(_folder, $"{i}.png"), Picture(i));
            _server.Objects[$"bucket/faces/{i}.png"] = Picture(i);
        }
        _server.Objects["bucket/faces/readme.txt"] = [1];
        var tar = Path.Combine(_folder, "all.tar");
        using (var writer = new TarWriter(File.Create(tar)))
            for (var i = 0; i < 5; i++)
                writer.WriteEntry(Path.Combine(_folder, $"{i}.png"), $"{i}.png");
        _server.Objects["bucket/shards/all.tar"] = File.ReadAllBytes(tar);
        _server.Objects["bucket/list.csv"] = System.Text.Encoding.UTF8.GetBytes("url\n"
            + string.Concat(Enumerable.Range(0, 5).Select(i => $"s3://bucket/faces/{i}.png\n")));
        var expected = new ImageProbe().Run(ImageFolder.List(_folder).Files);
        foreach (var source in new[]
        {
            "s3://bucket/faces", "s3://bucket/faces/", "s3://bucket/shards/all.tar", "s3://bucket/shards",
            "s3://bucket/list.csv", "az://bucket/shards/all.tar", tar,
        })
        {
            if (source.StartsWith("az", StringComparison.Ordinal))
                _server.Objects["bucket/shards/all.tar"] = File.ReadAllBytes(tar);
            var listing = ImageFolder.List(source);
            Assert.Equal(5, listing.Files.Count);
            Assert.Equal(expected, new ImageProbe().Run(listing.Files));
        }
        Assert.Equal("3.png", Assert.Single(ImageFolder.List("s3://bucket/faces/3.png").Files).Id);
        Assert.Equal(1, ImageFolder.List("s3://bucket/faces").Ignored);
    }

    [Fact]
    public void Storage_that_is_away_is_no_unreadable_picture()
    {
        for (var i = 0; i < 8; i++)
            _server.Objects[$"bucket/faces/{i}.png"] = Picture(i);
        var files = ImageFolder.List("s3://bucket/faces").Files;
        Assert.True(_server.Objects.TryRemove("bucket/faces/3.png", out _));
        Assert.Contains("there is no such object", new ImageProbe().Run(files)[3].Problem);
        _server.Refuse(int.MaxValue);
        var failure = Assert.ThrowsAny<Exception>(() => new ImageProbe().Run(files));
        while (failure is AggregateException many)
            failure = many.InnerExceptions[0];
        Assert.Equal(ErrorKind.Busy, Assert.IsType<FaceBiasException>(failure).Kind);
    }

    [Fact]
    public async Task The_command_line_predicts_from_storage_and_says_75_while_it_is_away()
    {
        var empty = await RunAsync("curate", "--images", "s3://bucket/none", "--out", Path.Combine(_folder, "m.parquet"));
        Assert.Equal(2, empty.Code);
        Assert.Contains("No image was found below 's3://bucket/none'", empty.Error);
        _server.Refuse(int.MaxValue);
        var busy = await RunAsync("curate", "--images", "s3://bucket/faces", "--out", Path.Combine(_folder, "m.parquet"));
        Assert.Equal(75, busy.Code);
        Assert.Single(busy.Error.Trim().Split('\n'));
    }

    private static async Task<(int Code, string Error)> RunAsync(params string[] arguments)
    {
        var (before, error) = (Console.Error, new StringWriter());
        Console.SetError(error);
        try
        {
            return (await CommandLine.RunAsync(arguments), error.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }
}
