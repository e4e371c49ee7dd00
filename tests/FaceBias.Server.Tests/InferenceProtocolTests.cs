using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using FaceBias.Core.Prediction;
using FaceBias.Onnx.Graphs;
using FaceBias.Server.Inference;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Server.Tests;

public sealed class InferenceProtocolTests
{
    [Fact]
    public async Task Metadata_have_the_fields_of_the_protocol()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal("facebias", (await server.Get("/v2")).GetProperty("name").GetString());
        Assert.True((await server.Get("/v2/health/live")).GetProperty("live").GetBoolean());
        Assert.True((await server.Get("/v2/health/ready")).GetProperty("ready").GetBoolean());
        Assert.True((await server.Get("/v2/models/model/ready")).GetProperty("ready").GetBoolean());
        var model = await server.Get("/v2/models/model/versions/1");
        Assert.Equal("onnx_onnxv1", model.GetProperty("platform").GetString());
        Assert.Equal("BYTES", model.GetProperty("inputs")[0].GetProperty("datatype").GetString());
        Assert.Equal("[-1]", model.GetProperty("inputs")[0].GetProperty("shape").GetRawText());
        Assert.Equal(["gender", "age", "gender_label"],
            model.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("name").GetString()));
        Assert.Equal("[-1,3,6,8]",
            (await server.Get("/v2/models/model_pixels")).GetProperty("inputs")[0].GetProperty("shape").GetRawText());
        foreach (var path in new[] { "/v2/models/other", "/v2/models/model/versions/2", "/v2/models/other/ready" })
        {
            using var response = await server.Client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.Contains("model",
                JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error")
                    .GetString(), StringComparison.Ordinal);
            Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        }
    }

    [Fact]
    public async Task Pictures_as_bytes_and_as_base64_and_their_pixels_give_the_same_numbers()
    {
        await using var server = await RunningServer.StartAsync();
        using var predictor = OnnxPredictor.Open(server.Model);
        var picture = RunningServer.Picture(30, 20, ".jpg");
        var row = new float[predictor.RowLength];
        new Core.Imaging.ImageDecoder().Decode(picture, predictor.Image!, row);
        var expected = predictor.Predict(row, 1)[0];

        var json = await Infer(server, "model", new
        {
            id = "42",
            inputs = new[] { new { name = "image", datatype = "BYTES", shape = new[] { 1 },
                data = new[] { Convert.ToBase64String(picture) } } },
        });
        Assert.Equal("42", json.GetProperty("id").GetString());
        Assert.Equal("model", json.GetProperty("model_name").GetString());
        Assert.Equal(expected, Floats(json, "gender"), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Contains(Output(json, "gender_label").GetProperty("data")[0].GetString(), new[] { "female", "male" });

        json = await Infer(server, "model_pixels", new
        {
            inputs = new[] { new { name = "pixels", datatype = "FP32", shape = new[] { 1, 3, 6, 8 },
                data = row.Chunk(8).Chunk(6) } },
            outputs = new[] { new { name = "gender" } },
        });
        Assert.Equal(1, json.GetProperty("outputs").GetArrayLength());
        Assert.Equal(expected, Floats(json, "gender"), (a, b) => Math.Abs(a - b) < 1e-6);

        byte[] element = [.. BitConverter.GetBytes(picture.Length), .. picture];
        var header = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
        {
            inputs = new[] { new { name = "image", datatype = "BYTES", shape = new[] { 2 },
                parameters = new { binary_data_size = 2 * element.Length } } },
            outputs = new object[] { new { name = "gender", parameters = new { binary_data = true } },
                new { name = "gender_label" } },
        }));
        var content = new ByteArrayContent([.. header, .. element, .. element]);
        content.Headers.Add(InferRequest.HeaderLength, $"{header.Length}");
        using var response =
            await server.Client.PostAsync(new Uri("/v2/models/model/versions/1/infer", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var all = await response.Content.ReadAsByteArrayAsync();
        var length = int.Parse(response.Headers.GetValues(InferRequest.HeaderLength).Single());
        var answer = JsonDocument.Parse(all.AsMemory(0, length)).RootElement;
        Assert.Equal(16, Output(answer, "gender").GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        Assert.Equal([.. expected, .. expected], MemoryMarshal.Cast<byte, float>(all.AsSpan(length)).ToArray(),
            (float a, float b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(2, Output(answer, "gender_label").GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"inputs":[]}""", "inputs")]
    [InlineData("""[1]""", "inputs")]
    [InlineData("not json", "no JSON")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"FP8","shape":[1],"data":[1]}]}""", "FP8")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"BYTES","shape":[-1],"data":["a"]}]}""", "negative")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"BYTES","shape":[9000000000,9000000000],"data":["a"]}]}""",
        "too large")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"BYTES","shape":[2],"data":["a"]}]}""", "1 elements")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["a","b"]}]}""", "more elements")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":[1]}]}""", "no BYTES")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":9}}]}""",
        "9, and 0 bytes are left")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"BYTES","shape":["x"],"data":["a"]}]}""", "another type")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"FP32","shape":[1],"data":[1]}]}""", "must be BYTES")]
    [InlineData("""{"inputs":[{"name":"pixels","datatype":"BYTES","shape":[1],"data":["a"]}]}""", "one input, 'image'")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["a"]}],"outputs":[{"name":"race"}]}""", "no output 'race'")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["hello"]}]}""", "cannot be used")]
    public async Task Malformed_requests_get_an_error_of_the_protocol(string body, string reason)
    {
        await using var server = await RunningServer.StartAsync();
        var (status, json, _) =
            await server.Post("/v2/models/model/infer", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.InRange((int)status, 400, 422);
        Assert.Contains(reason, json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Single(json.EnumerateObject());
    }

    [Fact]
    public async Task A_model_of_unknown_origin_is_served_as_tensors_and_own_routes_say_why_not()
    {
        await using var server = await RunningServer.StartAsync(prepare: folder =>
        {
            var g = new GraphBuilder("foreign");
            var a = g.Input("a", DataType.Float, "N", 2);
            var b = g.Input("b", DataType.Int64, "N");
            g.Add("Add", [a, a], [], output: "twice");
            g.Add("Neg", [b], [], output: "minus");
            g.Output("twice", DataType.Float, "N", 2);
            g.Output("minus", DataType.Int64, "N");
            OnnxFile.Write(g.Model, Path.Combine(folder, "model.onnx"));
        });
        Assert.Equal(["FP32", "INT64"],
            (await server.Get("/v2/models/model")).GetProperty("inputs").EnumerateArray()
                .Select(i => i.GetProperty("datatype").GetString()));
        var json = await Infer(server, "model", new
        {
            inputs = new object[]
            {
                new { name = "a", datatype = "FP32", shape = new[] { 2, 2 }, data = new[] { 1, 2, 3, 4 } },
                new { name = "b", datatype = "INT64", shape = new[] { 2 }, data = new[] { 5, -6 } },
            },
        });
        Assert.Equal([2f, 4, 6, 8], Floats(json, "twice"));
        Assert.Equal("[-5,6]", Output(json, "minus").GetProperty("data").GetRawText());
        var (status, problem, _) = await server.Post("/predict", RunningServer.Picture(20, 20));
        Assert.Equal(HttpStatusCode.NotImplemented, status);
        Assert.Contains("/v2/models/model/infer", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound,
            (await server.Client.GetAsync(new Uri("/v2/models/model_pixels", UriKind.Relative))).StatusCode);
        foreach (var (inputs, reason) in new[]
            { ("""[{"name":"a","datatype":"FP32","shape":[1,2],"data":[1,2]}]""", "'b' is missing"),
                ("""[{"name":"a","datatype":"FP64","shape":[1,2],"data":[1,2]},{"name":"b","datatype":"INT64","shape":[1],"data":[1]}]""", "must be FP32"), ("""[{"name":"a","datatype":"FP32","shape":[2],"data":[1,2]},{"name":"b","datatype":"INT64","shape":[1],"data":[1]}]""", "must be [-1, 2]") })
            Assert.Contains(reason,
                (await server.Post("/v2/models/model/infer",
                    new StringContent($$"""{"inputs":{{inputs}}}"""))).Json.GetProperty("error").GetString(),
                    StringComparison.Ordinal);
    }

    private static async Task<JsonElement> Infer(RunningServer server, string model, object request)
    {
        var (status, json, _) =
            await server.Post($"/v2/models/{model}/infer",
                new StringContent(JsonSerializer.Serialize(request), Encoding.UTF8, "application/json"));
        Assert.True(status == HttpStatusCode.OK, json.ToString());
        return json;
    }

    private static JsonElement Output(JsonElement answer, string name) =>
        answer.GetProperty("outputs").EnumerateArray().Single(o => o.GetProperty("name").GetString() == name);

    private static float[] Floats(JsonElement answer, string name) =>
        [.. Output(answer, name).GetProperty("data").EnumerateArray().Select(d => d.GetSingle())];
}
