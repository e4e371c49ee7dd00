using System.Net;
using System.Text.Json;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Json;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Server.Tests;

/// <summary>Calibrated intervals and sets as they are served.</summary>
public sealed class IntervalTests
{
    internal static ConformalTarget Age(double? cutoff, params ConformalGroup[] groups) => new()
    {
        Name = "age",
        IsNumber = true,
        Options = new() { Level = 0.9, Numbers = IntervalScore.Absolute },
        Rows = 40,
        Marginal = cutoff,
        // Of groups, the second has the cutoff 8; whose group is not known gets the larger.
        Table = groups.Length == 0 ? CutoffTable.Of([], new Dictionary<int, (int, double)>
            { [0] = (40, cutoff ?? double.PositiveInfinity) })
            : CutoffTable.Of(groups, new Dictionary<int, (int, double)> { [0] = (20, cutoff!.Value), [1] = (20, 8) }),
    };

    private static async Task<(JsonElement Age, JsonElement Result, JsonElement V2)> Ask(ConformalTarget age,
        float low = 3, float high = float.PositiveInfinity)
    {
        await using var server = await RunningServer.StartAsync(prepare: folder =>
        {
            var path = Path.Combine(folder, "model.onnx");
            var model = OnnxFile.Read(path);
            new ConformalModel(1, [age]).WriteTo(model);
            // The graph's own ends, for all rows together.
            var g = new GraphBuilder(model);
            g.Add("Add", ["age", g.Constant([low], 1, 1)], [], output: "age_low");
            g.Add("Add", ["age", g.Constant([high], 1, 1)], [], output: "age_high");
            g.Add("Div", ["age", g.Constant([0f], 1, 1)], [], output: "age_ratio");
            foreach (var name in new[] { "age_low", "age_high", "age_ratio" })
                g.Output(name, DataType.Float, "N", 1);
            model.SetMetadata(UncertaintyOutput.Key, JsonSerializer.Serialize(
                new[] { "age_low", "age_high", "age_ratio" }.Select(
                    n => new UncertaintyOutput(n, "age", 1, "conformal", UncertaintyKind.Coverage, n)), CoreJson.Options));
            OnnxFile.Write(model, path);
        });
        var picture = RunningServer.Picture(30, 20);
        var (status, json, _) = await server.Post("/predict", picture);
        Assert.True(status == HttpStatusCode.OK, json.ToString());
        var (code, v2, _) = await server.Post("/v2/models/model/infer", new StringContent(JsonSerializer.Serialize(new
        {
            inputs = new[] { new { name = "image", datatype = "BYTES", shape = new[] { 1 },
                data = new[] { Convert.ToBase64String(picture) } } },
        })));
        Assert.True(code == HttpStatusCode.OK, v2.ToString());
        var result = json.GetProperty("results")[0];
        return (result.GetProperty("predictions").EnumerateArray().Single(
            p => p.GetProperty("target").GetString() == "age"), result, v2);
    }

    private static double? End(JsonElement v2, string name)
    {
        var data = v2.GetProperty("outputs").EnumerateArray().Single(o => o.GetProperty("name").GetString() == name)
            .GetProperty("data")[0];
        return data.ValueKind == JsonValueKind.Null ? null : data.GetDouble();
    }

    [Fact]
    public async Task A_number_comes_with_its_interval_in_both_protocols()
    {
        var (age, result, v2) = await Ask(Age(5));
        var value = age.GetProperty("value").GetDouble();
        Assert.Equal(value - 5, age.GetProperty("interval").GetProperty("low").GetDouble(), 1e-4);
        Assert.Equal(value + 5, age.GetProperty("interval").GetProperty("high").GetDouble(), 1e-4);
        Assert.Equal(0.9, age.GetProperty("coverage").GetDouble());
        Assert.Equal(value - 5, End(v2, "age_low")!.Value, 1e-4);
        Assert.Equal(value + 5, End(v2, "age_high")!.Value, 1e-4);
        // What is no number does not end the answer, and the ends are not told twice.
        Assert.Equal(["age_ratio"], result.GetProperty("further").EnumerateObject().Select(o => o.Name));
        Assert.Equal(JsonValueKind.Null, result.GetProperty("further").GetProperty("age_ratio")[0].ValueKind);
    }

    [Fact]
    public async Task Whose_group_is_not_known_gets_the_safest_interval()
    {
        var (age, _, v2) = await Ask(Age(5, new ConformalGroup("race", ["a", "b"])));
        var value = age.GetProperty("value").GetDouble();
        Assert.Equal(value - 8, age.GetProperty("interval").GetProperty("low").GetDouble(), 1e-4);
        Assert.Equal(value + 8, End(v2, "age_high")!.Value, 1e-4);
    }

    [Fact]
    public async Task An_interval_without_ends_says_so()
    {
        var (age, _, v2) = await Ask(Age(null));
        Assert.Equal(JsonValueKind.Null, age.GetProperty("interval").GetProperty("low").ValueKind);
        Assert.Equal(JsonValueKind.Null, age.GetProperty("interval").GetProperty("high").ValueKind);
        Assert.Null(End(v2, "age_low"));
    }
}
