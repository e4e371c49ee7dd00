using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Prediction;
using FaceBias.Core.Uncertainty;
using FaceBias.Onnx.Graphs;
using FaceBias.Tests;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Prediction;

/// <summary>One way to ask any model: one that FaceBias trained, one of the catalogue, anybody's classifier, a
/// head.</summary>
public sealed class OnnxPredictorTests : IDisposable
{
    private const int Size = 8, Length = 3 * Size * Size;

    private readonly string _folder = TestPaths.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_trained_model_gives_its_targets_and_how_unlike_its_pictures_a_picture_is()
    {
        using var predictor = OnnxPredictor.Open(Trained(familiar: true), new() { Features = true });
        Assert.Equal(PredictorKind.FaceBias, predictor.Kind);
        Assert.Equal((Length, Size), (predictor.RowLength, predictor.Image!.Width));
        Assert.Equal(["gender 2", "age 1", "novelty 1", "features 3"],
            predictor.Outputs.Select(o => $"{o.Name} {o.Width}"));
        Assert.Equal(["female", "male"], Assert.IsType<CategoricalOutput>(predictor.Outputs[0].Target).Classes);
        Assert.IsType<NumericOutput>(predictor.Outputs[1].Target);
        var values = predictor.Predict(Rows(2), 2);
        for (var row = 0; row < 2; row++)
        {
            var mean = Channels(row);
            Assert.Equal(1 / (1 + Math.Exp(mean[1] - mean[0])), values[0][2 * row], 1e-5);
            Assert.Equal(mean[2], values[1][row], 1e-4);
            Assert.Equal(mean, values[3][(3 * row)..(3 * row + 3)].Select(v => (double)v),
                (a, b) => Math.Abs(a - b) < 1e-4);
            Assert.Equal(mean[0] - mean[2], values[2][row], 1e-4);
        }
    }

    [Fact]
    public void Models_of_the_catalogue_answer_with_all_their_outputs()
    {
        if (!new ModelStore().IsReady(Catalogue.BuiltIn.Find("faceres")!))
            Assert.Skip("The model faceres is not downloaded.");
        using var predictor = OnnxPredictor.Open("faceres", new() { Features = true });
        Assert.Equal(PredictorKind.Catalogue, predictor.Kind);
        Assert.Equal(["age 100", "gender 2", "features 1536"], predictor.Outputs.Select(o => $"{o.Name} {o.Width}"));
        Assert.Equal(["male", "not male"], Assert.IsType<CategoricalOutput>(predictor.Outputs[1].Target).Classes);
        var values = predictor.Predict(new float[predictor.RowLength], 1);
        Assert.Equal(1, values[0].Sum(), 1e-4);
        Assert.Equal(1, values[1].Sum(), 1e-6);
    }

    [Fact]
    public void A_foreign_classifier_gives_probabilities_of_the_classes_that_the_caller_names()
    {
        var g = new GraphBuilder("classifier");
        var scores = g.Add("Flatten", [g.Add("GlobalAveragePool", g.Input("x", DataType.Float, "N", 3, Size, Size))],
            [("axis", 1)]);
        g.Output(g.Add("Identity", [scores], [], output: "out"), DataType.Float, "N", 3);
        var path = Path.Combine(_folder, "other.onnx");
        OnnxFile.Write(g.Model, path);
        using var predictor = OnnxPredictor.Open(path, new()
        {
            Target = "eyes",
            Classes = ["brown", "blue", "green"],
            Import = new() { Mean = [0], Scale = [1], Channels = FaceBias.Onnx.Import.ChannelOrder.Rgb },
        });
        Assert.Equal(PredictorKind.Foreign, predictor.Kind);
        Assert.Equal("eyes", predictor.Outputs.Single().Target!.Name);
        var values = predictor.Predict(Rows(1), 1)[0];
        double[] mean = Channels(0);
        for (var c = 0; c < 3; c++)
            Assert.Equal(Math.Exp(mean[c]) / mean.Sum(Math.Exp), values[c], 1e-5);
        Assert.Contains(predictor.Notes, n => n.Contains("softmax", StringComparison.Ordinal));
    }

    [Fact]
    public void Features_are_rows_too()
    {
        var g = new GraphBuilder("head");
        g.Add("Gemm", [g.Input("features", DataType.Float, "N", 3), g.Constant([1f, 2, 3], 3, 1)], [], output: "sum");
        g.Output("sum", DataType.Float, "N", 1);
        using var predictor = OnnxPredictor.OfGraph(g.Model, "head", [new("sum", 0)],
            options: new() { BatchSize = 4 });
        Assert.Null(predictor.Image);
        Assert.Equal((3, 1), (predictor.RowLength, predictor.Outputs[0].Width));
        Assert.Equal(Enumerable.Range(0, 11).Select(i => 6f * i),
            predictor.Predict([.. Enumerable.Range(0, 33).Select(i => (float)(i / 3))], 11)[0]);
        Assert.Empty(predictor.Predict([], 0)[0]);
        Assert.Contains("2 rows of 'head' are 6 numbers",
            Assert.Throws<ArgumentException>(() => predictor.Predict(new float[5], 2)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_may_share_it_and_the_last_one_frees_it()
    {
        using var predictor = OnnxPredictor.Open(Trained(familiar: false));
        var expected = predictor.Predict(Rows(37), 37);
        Parallel.For(0, 64, i =>
        {
            var count = 1 + i % 37;
            var values = predictor.Predict(Rows(count), count);
            for (var o = 0; o < values.Count; o++)
                for (var k = 0; k < values[o].Length; k++)
                    Assert.Equal(expected[o][k], values[o][k], 1e-4f);
        });
        predictor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => predictor.Predict(Rows(1), 1));
    }

    [Fact]
    public void It_stops_when_told_to()
    {
        using var predictor = OnnxPredictor.Open(Trained(familiar: false));
        Assert.Throws<OperationCanceledException>(
            () => predictor.Predict(Rows(1), 1, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_backbone_without_answers_and_a_missing_model_are_refused()
    {
        Assert.Contains("no model 'nowhere'",
            Assert.Throws<FaceBiasException>(() => OnnxPredictor.Open("nowhere")).Message, StringComparison.Ordinal);
        Assert.Contains("names its own",
            Assert.Throws<FaceBiasException>(() => OnnxPredictor.Open("gear", new() { Classes = ["a", "b"] })).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Pixels of a row and channel are all alike: 1 + row + channel.</summary>
    private static float[] Rows(int count) =>
        [.. Enumerable.Range(0, count * Length).Select(i => 1f + i / Length + i % Length / (Size * Size))];

    private static double[] Channels(int row) => [1 + row, 2 + row, 3 + row];

    /// <summary>Means of the channels as features; gender by the first two, age is the third.</summary>
    private string Trained(bool familiar)
    {
        var g = new GraphBuilder("trained");
        var pixels = g.Input("pixels", DataType.Float, "N", 3, Size, Size);
        var features = g.Add("Flatten", [g.Add("GlobalAveragePool", pixels)], [], output: ModelExport.Features);
        g.Add("Softmax", [g.Add("Gemm", features, g.Constant([1f, 0, 0, 1, 0, 0], 3, 2))], [("axis", 1)],
            output: "gender");
        g.Add("Gemm", [features, g.Constant([0f, 0, 1], 3, 1)], [], output: "age");
        g.Output("gender", DataType.Float, "N", 2);
        g.Output("age", DataType.Float, "N", 1);
        g.Model.SetMetadata(ModelMetadata.Key, $$"""
            {"version":1,"input":{"name":"pixels","width":{{Size}},"height":{{Size}},"layout":"NCHW","channels":"RGB","range":"0-255","fit":"cover"},
             "targets":[{"kind":"categorical","name":"gender","classes":["female","male"]},{"kind":"numeric","name":"age","unit":"years"}]}
            """);
        if (familiar)
        {
            g.Add("Gemm", [features, g.Constant([1f, 0, -1], 3, 1)], [], output: PredictorOutput.Novelty);
            g.Output(PredictorOutput.Novelty, DataType.Float, "N", 1);
            UncertaintyOutput.Write(g.Model,
                [new(PredictorOutput.Novelty, null, 1, "test", UncertaintyKind.Novelty, "Red less blue.")]);
        }
        var path = Path.Combine(_folder, "model.onnx");
        OnnxFile.Write(g.Model, path);
        return path;
    }
}
