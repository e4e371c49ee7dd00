using System.Net;
using System.Text.Json;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Server.Hosting;
using FaceBias.Tests;

namespace FaceBias.Server.Tests;

public sealed class PredictTests
{
    [Fact]
    public async Task Many_requests_at_once_get_what_the_model_says_of_each_alone()
    {
        await using var server = await RunningServer.StartAsync();
        using var predictor = OnnxPredictor.Open(server.Model);
        var pictures = Enumerable.Range(0, 40).Select(
            i => RunningServer.Picture(20 + i, 50 - i, i % 2 == 0 ? ".png" : ".jpg", i)).ToArray();
        var answers = await Task.WhenAll(pictures.Select(p => server.Post("/predict", p)));
        for (var i = 0; i < pictures.Length; i++)
        {
            Assert.Equal(HttpStatusCode.OK, answers[i].Status);
            var row = new float[predictor.RowLength];
            Assert.Null(new ImageDecoder().Decode(pictures[i], predictor.Image!, row).Problem);
            var expected = predictor.Predict(row, 1);
            var said = answers[i].Json.GetProperty("results")[0].GetProperty("predictions");
            for (var c = 0; c < 2; c++)
                Assert.Equal(expected[0][c], said[0].GetProperty("classes")[c].GetProperty("probability").GetSingle(),
                    1e-6f);
            Assert.Equal(expected[0][0] > expected[0][1] ? "female" : "male", said[0].GetProperty("label").GetString());
            Assert.Equal(expected[1][0], said[1].GetProperty("value").GetSingle(), 1e-4f);
            Assert.Equal("years", said[1].GetProperty("unit").GetString());
        }
    }

    [Fact]
    public async Task Several_pictures_of_a_form_are_answered_in_order_and_a_bad_one_ends_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        using var form = new MultipartFormDataContent
        {
            { new StringContent("no file"), "comment" },
            { new ByteArrayContent(RunningServer.Picture(30, 20)), "picture", "first.png" },
            { new ByteArrayContent("hello"u8.ToArray()), "picture", "second.txt" },
            { new ByteArrayContent(RunningServer.Picture(21, 20)), "picture", "third.png" },
        };
        var (status, json, _) = await server.Post("/predict", form);
        Assert.Equal(HttpStatusCode.OK, status);
        var results = json.GetProperty("results");
        Assert.Equal(["first.png", "second.txt", "third.png"],
            results.EnumerateArray().Select(r => r.GetProperty("name").GetString()));
        Assert.Contains("it is text", results[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.False(results[2].TryGetProperty("error", out _));
        Assert.Equal(2, results[2].GetProperty("predictions").GetArrayLength());
    }

    [Fact]
    public async Task What_cannot_be_used_is_refused_with_a_sentence_as_problem_json()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var (name, upload, status, reason) in new (string, byte[], HttpStatusCode, string)[]
        {
            ("nothing", [], HttpStatusCode.BadRequest, "0 bytes"),
            ("text", "\u00a0not a picture"u8.ToArray(), HttpStatusCode.UnsupportedMediaType, "no image format"),
            ("SVG", "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><image href='file:///etc/passwd'/></svg>"u8.ToArray(), HttpStatusCode.UnsupportedMediaType, "SVG"),
            ("half a JPEG", RunningServer.Picture(20, 20, ".jpg")[..^40], HttpStatusCode.UnprocessableEntity,
                "cut off"),
            ("many pixels", RunningServer.Picture(250, 250, ".jpg"), HttpStatusCode.RequestEntityTooLarge,
                "250 x 250 pixels"),
            ("900 million pixels", Huge(), HttpStatusCode.RequestEntityTooLarge, "30,000 x 30,000 pixels"),
            ("many bytes", new byte[200_000], HttpStatusCode.RequestEntityTooLarge, "larger than 100,000 bytes"),
        })
        {
            using var response =
                await server.Client.PostAsync(new Uri("/predict", UriKind.Relative), new ByteArrayContent(upload));
            Assert.Equal((name, status), (name, response.StatusCode));
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
            var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
            Assert.Contains(reason, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.UnsupportedMediaType,
            (await server.Post("/predict", new StringContent("{}", null, "application/json"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Post("/nothing", [1])).Status);
        using var notAllowed = await server.Client.GetAsync(new Uri("/predict", UriKind.Relative));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, notAllowed.StatusCode);
        Assert.Equal(["POST"], notAllowed.Content.Headers.Allow);
        using var head = await server.Client.SendAsync(new(HttpMethod.Head, "/model"));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        Assert.Contains("'window' cannot be 'wide'",
            (await server.Post("/explain?window=wide", RunningServer.Picture(20, 20))).Json.GetProperty("detail").GetString(),
            StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.Post("/predict", RunningServer.Picture(20, 20))).Status);
    }

    [Fact]
    public async Task A_form_with_too_many_pictures_or_a_broken_one_is_refused()
    {
        await using var server = await RunningServer.StartAsync();
        using var form = new MultipartFormDataContent();
        for (var i = 0; i < 9; i++)
            form.Add(new ByteArrayContent(RunningServer.Picture(20, 20)), "picture", $"{i}.png");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await server.Post("/predict", form)).Status);
        var broken = new ByteArrayContent(
            "--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\nabc"u8.ToArray());
        broken.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=x");
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Post("/predict", broken)).Status);
    }

    [Fact]
    public async Task The_key_is_asked_for_everywhere_but_at_probes_and_page()
    {
        var key = "0123456789abcdef-0123456789abcdef";
        await using var server = await RunningServer.StartAsync(
            o => o with { ApiKeyFile = Path.Combine(Path.GetDirectoryName(o.Model)!, "key") },
            folder => File.WriteAllText(Path.Combine(folder, "key"), key + "\n"));
        foreach (var path in new[] { "/", "/page.js", "/health/live", "/health/ready", "/v2/health/ready" })
            Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
        foreach (var path in new[] { "/model", "/metrics", "/watch", "/openapi.json", "/v2/models/model" })
            Assert.Equal(HttpStatusCode.Unauthorized,
                (await server.Client.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized,
            (await server.Post("/predict", RunningServer.Picture(20, 20))).Status);
        foreach (var (name, value) in new[] { ("Authorization", "Bearer " + key), ("X-Api-Key", key) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/predict")
                { Content = new ByteArrayContent(RunningServer.Picture(20, 20)) };
            request.Headers.TryAddWithoutValidation(name, value);
            Assert.Equal(HttpStatusCode.OK, (await server.Client.SendAsync(request)).StatusCode);
            using var wrong = new HttpRequestMessage(HttpMethod.Get, "/model");
            wrong.Headers.TryAddWithoutValidation(name, value + "x");
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.Client.SendAsync(wrong)).StatusCode);
        }
    }

    [Fact]
    public async Task Another_host_name_is_refused_on_loopback()
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/model");
        request.Headers.Host = "rebound.example";
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Mistakes_are_said_before_anything_is_served()
    {
        async Task<string> Says(Func<ServeOptions, ServeOptions> change, Action<string>? prepare = null) =>
            (await Assert.ThrowsAsync<FaceBiasException>(() => RunningServer.StartAsync(change, prepare))).Message;
        Assert.Contains("does not exist", await Says(o => o with { Model = "no.onnx" }), StringComparison.Ordinal);
        Assert.Contains("queue", await Says(o => o with { QueueRows = 4 }), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("16 characters",
            await Says(o => o with { ApiKeyFile = Path.Combine(Path.GetDirectoryName(o.Model)!, "key") },
            folder => File.WriteAllText(Path.Combine(folder, "key"), "short")), StringComparison.Ordinal);
        Assert.Contains("IP address", await Says(o => o with { Host = "example" }), StringComparison.Ordinal);
        await using var server = await RunningServer.StartAsync();
        Assert.Contains("is in use", await Says(o => o with { Port = server.Server.Address.Port }),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_accepted_is_answered_when_the_service_ends()
    {
        var folder = TestPaths.NewFolder("server");
        MLNet.Tests.TinyModel.Write(folder);
        await using var server =
            await FaceBiasServer.StartAsync(new() { Model = Path.Combine(folder, "model.onnx"), Port = 0 });
        using var client = new HttpClient { BaseAddress = server.Address };
        var picture = RunningServer.Picture(20, 20);
        var half = new TaskCompletionSource();
        var rest = new TaskCompletionSource();
        var content = new SlowContent(picture, half, rest.Task);
        var answer = client.PostAsync(new Uri("/predict", UriKind.Relative), content);
        await half.Task;
        await Task.Delay(100);
        var stop = server.StopAsync();
        await Task.Delay(100);
        rest.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
        await stop;
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetAsync(new Uri("/model", UriKind.Relative)));
    }

    /// <summary>A PNG's head, which says its size, and no pixels.</summary>
    private static byte[] Huge()
    {
        byte[] bytes = [0x89, .. "PNG\r\n\u001a\n"u8];
        foreach (var (type, data) in new (byte[], byte[])[]
            { ("IHDR"u8.ToArray(), [0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 2, 0, 0, 0]), ("IDAT"u8.ToArray(), []),
                ("IEND"u8.ToArray(), []) })
        {
            byte[] chunk = [.. type, .. data];
            var crc = System.IO.Hashing.Crc32.HashToUInt32(chunk);
            bytes = [.. bytes, 0, 0, 0, (byte)data.Length, .. chunk, (byte)(crc >> 24), (byte)(crc >> 16),
                (byte)(crc >> 8), (byte)crc];
        }
        return bytes;
    }

    private sealed class SlowContent(byte[] bytes, TaskCompletionSource half, Task rest) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes.AsMemory(0, 20));
            await stream.FlushAsync();
            half.SetResult();
            await rest;
            await stream.WriteAsync(bytes.AsMemory(20));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}
