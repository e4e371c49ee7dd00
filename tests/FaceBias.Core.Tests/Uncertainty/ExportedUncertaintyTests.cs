using System.Diagnostics;
using System.Text.Json;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Choosing;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Onnx.Graphs;
using FaceBias.Tests;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Uncertainty;

public sealed class ExportedUncertaintyTests : IDisposable
{
    private const int Side = 4, Pictures = 6;

    private readonly string _folder = TestPaths.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(9)]
    [InlineData(18)]
    public void One_file_gives_what_the_heads_give_whatever_operator_set_the_backbone_has(int opset)
    {
        var (model, heads, features) = Whole(opset);
        using var predictor = OnnxPredictor.OfModel(model, "model", new());
        Assert.Equal(heads.Outputs.Select(o => o.Name).Order(), predictor.Uncertainty.Select(o => o.Name).Order());
        var values = predictor.Predict(Pixels(), Pictures);
        var rows = heads.Rows with { Features = i => features[i] };
        var expected = new UncertainModel(heads.Heads, heads.Targets, rows).Run([.. Enumerable.Range(0, Pictures)],
            [.. predictor.Outputs.Select(o => o.Name)]);
        for (var o = 0; o < expected.Count; o++)
            Same(expected[o], values[o], predictor.Outputs[o].Name);
        // The heads come out as they went in.
        var taken = WholeModelHeads.Take(model, WrappedRows.Width);
        Assert.Equal(heads.Outputs, UncertaintyOutput.Read(taken));
        var again = new UncertainModel(
            WholeModelHeads.Take(WholeModelHeads.Put(model, taken, "model"), WrappedRows.Width), heads.Targets, rows);
        Same(expected[0], again.Run([.. Enumerable.Range(0, Pictures)], predictor.Outputs[0].Name)[0], "again");
    }

    [Fact]
    public void Another_program_with_ONNX_Runtime_gives_the_same_numbers()
    {
        var module = Path.Combine(TestPaths.Repository, "benchmarks", "features", "node_modules", "onnxruntime-node");
        Assert.SkipUnless(Directory.Exists(module),
            "onnxruntime-node is not installed; 'npm ci' in benchmarks/features installs it");
        var (model, _, _) = Whole(18);
        OnnxFile.Write(model, Path.Combine(_folder, "model.onnx"));
        File.WriteAllText(Path.Combine(_folder, "pixels.json"), JsonSerializer.Serialize(Pixels()));
        var script = $$"""
            const ort = require({{JsonSerializer.Serialize(module)}}), fs = require('fs');
            (async () => {
              const session = await ort.InferenceSession.create('model.onnx');
              const pixels = Float32Array.from(JSON.parse(fs.readFileSync('pixels.json')));
              const outputs = await session.run({ pixels: new ort.Tensor('float32', pixels, [{{Pictures}}, 3, {{Side}}, {{Side}}]) });
              console.log(JSON.stringify(Object.fromEntries(Object.entries(outputs).map(([name, t]) => [name, Array.from(t.data)]))));
            })();
            """;
        Process? process;
        try
        {
            process = Process.Start(
                new ProcessStartInfo("node", ["-e", script]) { WorkingDirectory = _folder,
                    RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("Node.js is not on the PATH");
            return;
        }
        using (process)
        {
            var text = process!.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, process.StandardError.ReadToEnd());
            var others = JsonSerializer.Deserialize<Dictionary<string, float[]>>(text)!;
            using var predictor = OnnxPredictor.OfModel(model, "model", new());
            var values = predictor.Predict(Pixels(), Pictures);
            for (var o = 0; o < predictor.Outputs.Count; o++)
                Same(values[o], others[predictor.Outputs[o].Name], predictor.Outputs[o].Name);
        }
    }

    /// <summary>A backbone of two nodes with heads that have every wrapper.</summary>
    private static (ModelProto Model, UncertainModel Heads, float[][] Features) Whole(int opset)
    {
        var world = WrappedRows.Two;
        string[] names = [.. UncertaintyWrappers.All.Select(w => w.Name).Except(["vae"])];
        var heads = UncertaintyWrappers.Parse(names, new() { Classes = SetScore.Aps, Numbers = IntervalScore.Quantile })
            .Aggregate(world.Model, (m, w) => m.With(w));
        var g = new GraphBuilder("backbone");
        g.Model.OpsetImport[0].Version = opset;
        var mixing = new float[3 * WrappedRows.Width];
        for (var i = 0; i < mixing.Length; i++)
            mixing[i] = MathF.Sin(i);
        var pooled = g.Add("Flatten",
            [g.Add("GlobalAveragePool", g.Input("pixels", DataType.Float, "N", 3, Side, Side))], [("axis", 1L)]);
        g.Add("MatMul", [pooled, g.Constant(mixing, 3, WrappedRows.Width)], [], output: "features");
        g.Output("features", DataType.Float, "N", WrappedRows.Width);
        var metadata = new ModelMetadata(1, ModelInput.From(new ImageSpec(Side, Side)), world.Trained.Outputs, "test",
            "none", "");
        var pixels = Pixels();
        var features = Enumerable.Range(0, Pictures).Select(
            p => Enumerable.Range(0, WrappedRows.Width).Select(f => Enumerable.Range(0, 3).Sum(c =>
            Enumerable.Range(0, Side * Side).Average(i => pixels[(p * 3 + c) * Side * Side + i])
                * mixing[c * WrappedRows.Width + f])).ToArray()).ToArray();
        return (ModelExport.Join(g.Model, heads.Heads, metadata), heads, features);
    }

    private static float[] Pixels() =>
        [.. Enumerable.Range(0, Pictures * 3 * Side * Side).Select(i => 1.5f + MathF.Sin(0.37f * i))];

    private static void Same(IReadOnlyList<float> expected, IReadOnlyList<float> actual, string name)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-5 * (1 + Math.Abs(expected[i])),
                $"{name}: {actual[i]} instead of {expected[i]}");
    }
}
