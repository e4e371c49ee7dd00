using System.Collections.Concurrent;
using System.Formats.Tar;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Storage;
using FaceBias.Tests;
using FaceBias.Workflows.Curate;
using FaceBias.Workflows.Plans;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FaceBias.Cli.Tests.Storage;

/// <summary>Pictures of a table of http URLs, from a server on loopback.</summary>
public sealed class WebPicturesTests : IAsyncLifetime
{
    private readonly string _folder = TestPaths.NewFolder(nameof(WebPicturesTests));
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly ConcurrentDictionary<string, int> _times = new();
    private readonly (TimeSpan, TimeSpan, TimeSpan) _waits = (WebStore.FirstWait, WebStore.Patience, WebStore.Rest);
    private WebApplication _server = null!;
    private volatile bool _away;
    private byte[] _tar = [];

    public async ValueTask InitializeAsync()
    {
        (WebStore.FirstWait, WebStore.Patience, WebStore.Rest) =
            (TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(0.5));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(AnswerAsync);
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        (WebStore.FirstWait, WebStore.Patience, WebStore.Rest) = _waits;
        await _server.DisposeAsync();
    }

    private static byte[] Picture(int level)
    {
        var pixels = new float[3 * 24 * 24];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (i * 7 + level * 31 + i / 97 * level) % 256;
        return PictureEncoder.Png(pixels, new ImageSpec(24, 24));
    }

    private string Url(string path) => $"{_server.Urls.First()}/{path}";

    private string List(params string[] paths)
    {
        var list = Path.Combine(_folder, "list.csv");
        File.WriteAllText(list, "url\n" + string.Concat(paths.Select(p => $"{Url(p)}\n")));
        return list;
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!.TrimStart('/');
        _asked.Enqueue(path);
        var (response, times) = (http.Response, _times.AddOrUpdate(path, 1, (_, n) => n + 1));
        var picture = Picture(path.Length > 3 && int.TryParse(path.AsSpan(3, 1), out var level) ? level : 0);
        switch (path)
        {
            case var _ when _away:
                response.StatusCode = 503;
                return;
            case "pic404.png" or "list.txt":
                response.StatusCode = 404;
                return;
            case "denied.png":
                response.StatusCode = 403;
                return;
            case "broken.png" or "twice.png" when path == "broken.png" || times <= 2:
                response.StatusCode = 503;
                response.Headers.RetryAfter = "0";
                return;
            case "faces.tar":
                await Results.Bytes(_tar, enableRangeProcessing: true).ExecuteAsync(http);
                return;
            case "loop.png":
                response.Redirect("/loop.png");
                return;
            case "moved.png":
                response.Redirect("/pic3.png");
                return;
            case "noai.png":
                response.Headers["X-Robots-Tag"] = "otherbot: noindex, noai";
                break;
            case "page.png":
                picture = "<!DOCTYPE html><html>sign in</html>"u8.ToArray();
                break;
            case "empty.png":
                picture = [];
                break;
            case "huge.png":
                response.ContentLength = null;
                for (var i = 0; i < 80 && !http.RequestAborted.IsCancellationRequested; i++)
                    await response.Body.WriteAsync(new byte[1 << 20]);
                return;
            case "drip.png":
                response.ContentLength = picture.Length;
                for (var i = 0; i < picture.Length && !http.RequestAborted.IsCancellationRequested; i++)
                {
                    await response.Body.WriteAsync(picture.AsMemory(i, 1));
                    await response.Body.FlushAsync();
                    await Task.Delay(50);
                }
                return;
            case "cut.png" when times == 1:
                response.ContentLength = picture.Length;
                await response.Body.WriteAsync(picture.AsMemory(0, picture.Length / 2));
                await response.Body.FlushAsync();
                http.Abort();
                return;
        }
        await response.Body.WriteAsync(picture);
    }

    [Fact]
    public void Each_picture_is_read_or_says_why_not()
    {
        var expected = new Dictionary<string, string?>
        {
            ["pic3.png"] = null, ["pic3.png?width=24&at=a/b"] = null, ["moved.png"] = null, ["twice.png"] = null,
            ["cut.png"] = null, ["pic404.png"] = "the server answers 404 Not Found",
            ["denied.png"] = "the server answers 403 Forbidden",
            ["broken.png"] = "the server is not available: 503 Service Unavailable",
            ["loop.png"] = "leads on more than",
            ["noai.png"] = "does not allow use for machine learning (X-Robots-Tag: noai)", ["page.png"] = "HTML",
            ["empty.png"] = "0 bytes", ["huge.png"] = "over the limit of 67 MB",
            ["drip.png"] = "less than 10 kB a second",
        };
        var files = ImageFolder.List(List([.. expected.Keys])).Files;
        Assert.Equal(expected.Count, files.Count);
        var results = new ImageProbe().Run(files);
        foreach (var (file, result) in files.Zip(results))
        {
            var reason = expected[file.Id[(_server.Urls.First().Length + 1)..]];
            if (reason is null)
                Assert.Null(result.Problem);
            else
                Assert.Contains(reason, result.Problem);
        }
        Assert.Equal(3, _times["broken.png"]);
        Assert.Equal(3, _times["twice.png"]);
        Assert.Equal(1, _times["pic404.png"]);
    }

    [Fact]
    public void A_server_that_is_not_there_is_asked_once_in_a_while()
    {
        string[] gone = [.. Enumerable.Range(0, 40).Select(i => $"http://127.0.0.1:9/{i}.png"), Url("pic1.png")];
        var list = Path.Combine(_folder, "gone.csv");
        File.WriteAllLines(list, ["url", .. gone]);
        var results = new ImageProbe().Run(ImageFolder.List(list).Files);
        Assert.Equal(40, results.Count(r => r.Problem?.StartsWith(WebStore.NotAvailable) == true));
        Assert.Single(results, r => r.Problem is null);
        Assert.Contains(results, r => r.Problem?.Contains("did not answer a moment ago") == true);
    }

    [Fact]
    public void A_tar_and_a_table_lie_on_a_web_server_and_a_folder_does_not()
    {
        Assert.Equal("pic1.png", Assert.Single(ImageFolder.List(Url("pic1.png")).Files).Id);
        Assert.Contains("a table of URLs", Assert.Throws<FaceBiasException>(() => ImageFolder.List(Url("x"))).Message);
        Assert.Contains("404 Not Found", Assert.ThrowsAny<FaceBiasException>(
            () => ObjectStores.Open(_server.Urls.First()).OpenRead("list.txt")).Message);
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, leaveOpen: true))
            for (var i = 0; i < 3; i++)
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"{i}.png")
                    { DataStream = new MemoryStream(Picture(i)) });
        _tar = tar.ToArray();
        var members = ImageFolder.List(Url("faces.tar")).Files;
        Assert.Equal(["0.png", "1.png", "2.png"], members.Select(f => f.Id));
        Assert.All(new ImageProbe().Run(members), r => Assert.Null(r.Problem));
        using var part = ObjectStores.Open(_server.Urls.First()).OpenRead("pic1.png", 5, 7);
        using var read = new MemoryStream();
        part.CopyTo(read);
        Assert.Equal(Picture(1).AsSpan(5, 7).ToArray(), read.ToArray());
    }

    [Fact]
    public void Failed_rows_are_in_the_ledger_and_are_asked_for_again()
    {
        string At(string name) => Path.Combine(_folder, name);
        var options = new CurateRunOptions
        {
            Images = [List("pic1.png", "pic2.png", "twice.png", "pic4.png", "pic404.png")], Out = At("one"),
            Home = At("home"),
        };
        PlanRun.Execute(new PlanRunOptions<CurateRunOptions> { Step = options, ShardRows = 3, Out = At("plan") });
        _away = true;
        Assert.Equal(ErrorKind.Busy,
            Assert.Throws<FaceBiasException>(() => ShardRun.Execute(new() { Plan = At("plan") })).Kind);
        _away = false;
        // Two tries of three are refused in all, so that it takes a second run.
        _times["twice.png"] = -1;
        ShardRun.Execute(new() { Plan = At("plan") });
        var plan = ShardPlan.Open(At("plan"));
        FailedRow[] Ledger() => [.. Enumerable.Range(0, plan.Count).SelectMany(s => plan.Stats(s)!.Failed)];
        Assert.Equal(["404", "503"], Ledger().Select(f => f.Reason.Contains("404") ? "404" : "503").Order());
        _asked.Clear();
        ShardRun.Execute(new() { Plan = At("plan"), RetryFailed = true });
        Assert.Equal(["pic404.png", "twice.png"], _asked.Order());
        Assert.Contains("404", Assert.Single(Ledger()).Reason);
        ShardMerge.Execute(new() { Plan = At("plan") });
        CurateRun.Execute(options);
        foreach (var file in new[] { "manifest.parquet", "curation.json" })
            Assert.True(File.ReadAllBytes(At($"one/{file}"))
                .SequenceEqual(File.ReadAllBytes(At($"plan/result/{file}"))), file);
    }

    [Fact]
    public void A_plan_cannot_lie_on_a_web_server() => Assert.Contains("is only read", Assert.Throws<FaceBiasException>(
        () => PlanRun.Execute(new PlanRunOptions<CurateRunOptions>
        {
            Step = new() { Images = [List("pic1.png")], Out = "" }, Out = Url("plan"),
        })).Message);
}
