using System.Net;
using FaceBias.Core.Data;
using FaceBias.MLNet.Tests;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Tables;

namespace FaceBias.Server.Tests;

public sealed class ServiceTests
{
    [Fact]
    public async Task A_replaced_model_is_loaded_and_a_broken_one_refused()
    {
        await using var server = await RunningServer.StartAsync();
        var first = (await server.Get("/model")).GetProperty("sha256").GetString();
        var elsewhere = FaceBias.Tests.TestPaths.NewFolder();
        TinyModel.Write(elsewhere, change: m => m.DocString = "another");
        File.Move(Path.Combine(elsewhere, "model.onnx"), server.Model, overwrite: true);
        var second = await Until(server, m => m.GetProperty("sha256").GetString() != first);
        Assert.Equal(HttpStatusCode.OK, (await server.Post("/predict", RunningServer.Picture(20, 20))).Status);
        await File.WriteAllTextAsync(server.Model, "no model");
        var refused = await Until(server,
            m => m.GetProperty("refused").ValueKind == System.Text.Json.JsonValueKind.String);
        Assert.Equal(second.GetProperty("sha256").GetString(), refused.GetProperty("sha256").GetString());
        Assert.Equal(HttpStatusCode.OK, (await server.Post("/predict", RunningServer.Picture(20, 20))).Status);
        Assert.Contains("facebias_model_loads_total",
            await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_while_the_model_is_replaced_are_all_answered()
    {
        await using var server = await RunningServer.StartAsync();
        var picture = RunningServer.Picture(20, 20);
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var bad = 0;
            while (!stop.IsCancellationRequested)
                bad += (await server.Post("/predict", picture)).Status == HttpStatusCode.OK ? 0 : 1;
            return bad;
        })).ToArray();
        var first = (await server.Get("/model")).GetProperty("sha256").GetString();
        var elsewhere = FaceBias.Tests.TestPaths.NewFolder();
        TinyModel.Write(elsewhere, change: m => m.DocString = "another");
        File.Move(Path.Combine(elsewhere, "model.onnx"), server.Model, overwrite: true);
        await Until(server, m => m.GetProperty("sha256").GetString() != first);
        stop.Cancel();
        Assert.All(await Task.WhenAll(clients), bad => Assert.Equal(0, bad));
    }

    [Fact]
    public async Task Metrics_have_the_names_that_are_documented()
    {
        await using var server = await RunningServer.StartAsync();
        await server.Post("/predict", RunningServer.Picture(20, 20));
        await server.Post("/predict", [1, 2]);
        var text = "";
        for (var i = 0; i < 20 && !text.Contains("facebias_refused_total", StringComparison.Ordinal); i++)
        {
            // The exporter answers from its cache for a moment.
            await Task.Delay(100);
            text = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        }
        foreach (var name in new[]
        {
            "http_server_request_duration_seconds_bucket", "http_server_active_requests", "kestrel_active_connections",
            "facebias_queue_seconds_count", "facebias_decode_seconds_count",
            "facebias_batch_rows_bucket", "facebias_infer_seconds_sum", "facebias_predictions_total",
            "facebias_uncertainty_bucket", "facebias_share", "facebias_queue_rows", "facebias_refused_total",
        })
            Assert.Contains(name, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shares_are_compared_with_the_predictions_beside_the_model()
    {
        await using var server = await RunningServer.StartAsync(o => o with { FalseAlarmRate = 0.01 }, folder =>
        {
            // At training, hardly a picture was what every picture below is.
            var labels = Enumerable.Range(0, 1000).Select(i => i % 50 == 0 ? "female" : "male").ToArray();
            TableFile.Write(Path.Combine(folder, "predictions.parquet"), new Table(
                [new TextColumn("split", [.. labels.Select(_ => "test")]), new TextColumn("gender", labels)]));
        });
        var picture = RunningServer.Picture(20, 20);
        var label = (await server.Post("/predict", picture)).Json.GetProperty("results")[0].GetProperty(
            "predictions")[0].GetProperty("label").GetString();
        Assert.Equal("female", label);
        for (var i = 0; i < 60; i++)
            await server.Post("/predict", picture);
        var watch = await server.Get("/watch");
        Assert.Contains("1,000 test rows", watch.GetProperty("note").GetString(), StringComparison.Ordinal);
        var female = watch.GetProperty("shares").EnumerateArray().Single(
            s => s.GetProperty("stream").GetString() == "class:female");
        Assert.Equal(1, female.GetProperty("share").GetDouble());
        Assert.Equal(0.02, female.GetProperty("reference").GetDouble(), 1e-9);
        Assert.InRange(female.GetProperty("alarmAt").GetInt64(), 2, 40);
        Assert.Equal(61, watch.GetProperty("minutes").EnumerateArray().Sum(m => m.GetProperty("rows")[0].GetInt64()));
    }

    [Fact]
    public async Task The_description_is_OpenAPI_3_1_and_lists_every_route()
    {
        await using var server = await RunningServer.StartAsync();
        var document = await server.Get("/openapi.json");
        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        string[] paths = [.. document.GetProperty("paths").EnumerateObject().Select(p => p.Name)];
        foreach (var path in new[]
        {
            "/predict", "/model", "/model/card", "/model/onnx", "/watch", "/health/live", "/health/ready", "/v2",
            "/v2/health/live", "/v2/health/ready",
            "/v2/models/{model}", "/v2/models/{model}/ready", "/v2/models/{model}/infer",
            "/v2/models/{model}/versions/{version}/infer",
        })
            Assert.Contains(path, paths);
        Assert.True(document.GetProperty("paths").GetProperty("/predict").GetProperty("post").GetProperty("responses")
            .TryGetProperty("429", out _));
    }

    [Fact]
    public async Task The_file_is_handed_out_only_where_that_was_asked_for()
    {
        await using var closed = await RunningServer.StartAsync();
        Assert.Equal(HttpStatusCode.Forbidden,
            (await closed.Client.GetAsync(new Uri("/model/onnx", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound,
            (await closed.Client.GetAsync(new Uri("/model/card", UriKind.Relative))).StatusCode);
        await using var open =
            await RunningServer.StartAsync(o => o with { Download = true },
                folder => File.WriteAllText(Path.Combine(folder, "MODEL_CARD.md"), "# Card\n"));
        Assert.Equal(await File.ReadAllBytesAsync(open.Model),
            await open.Client.GetByteArrayAsync(new Uri("/model/onnx", UriKind.Relative)));
        Assert.Equal("# Card\n", await open.Client.GetStringAsync(new Uri("/model/card", UriKind.Relative)));
    }

    private static async Task<System.Text.Json.JsonElement> Until(RunningServer server,
        Func<System.Text.Json.JsonElement, bool> holds)
    {
        for (var i = 0; i < 100; i++)
        {
            var model = await server.Get("/model");
            if (holds(model))
                return model;
            await Task.Delay(100);
        }
        throw new TimeoutException("The model was not replaced within 10 seconds.");
    }
}
