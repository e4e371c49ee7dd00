using FaceBias.Core.Data;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Choosing;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.Train;
using Microsoft.ML;
using Microsoft.ML.Data;
using static FaceBias.MLNet.Tests.TestPictures;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.MLNet.Tests;

/// <summary>What a model says beside its predictions becomes columns: sets, intervals, uncertainties.</summary>
public class UncertaintyColumnsTests
{
    private sealed class Outputs
    {
        [ColumnName("gender.Score")] public float[] Gender { get; set; } = [];
        [ColumnName("gender_set")] public float[] Set { get; set; } = [];
        [ColumnName("age.Score")] public float Age { get; set; }
        [ColumnName("age_low")] public float Low { get; set; }
        [ColumnName("age_high")] public float High { get; set; }
    }

    [Fact]
    public void Sets_and_intervals_are_columns_and_no_scores()
    {
        var folder = TestPaths.NewFolder();
        var model = TinyModel.Write(folder, change: Calibrate);
        var bytes = TestPictures.Make(TestPictures.Kinds.First());
        var context = new MLContext(seed: 1);
        var files = context.Data.LoadFromEnumerable([new FileRow { File = bytes }]);
        var view = context.Transforms.ApplyFaceBiasModel(model, "File").Fit(files).Transform(files);
        var row = Assert.Single(context.Data.CreateEnumerable<Outputs>(view, reuseRowObject: false));
        Assert.Equal(row.Gender.Select(p => p >= 0.25f ? 1f : 0f), row.Set);
        Assert.Equal((row.Age - 7, row.Age + 7), (row.Low, row.High));
        VBuffer<ReadOnlyMemory<char>> slots = default;
        view.Schema["gender_set"].GetSlotNames(ref slots);
        Assert.Equal(["female", "male"], slots.DenseValues().Select(s => s.ToString()));
        Assert.DoesNotContain(view.Schema["age_low"].Annotations.Schema, a => a.Name == "ScoreColumnKind");
        // Of one target only what is about it.
        var age = context.Transforms.ApplyFaceBiasModel(model,
            new FaceModelOptions { InputColumnName = "File", Target = "age" }).Fit(files).Transform(files);
        Assert.Null(age.Schema.GetColumnOrNull("gender_set"));
        Assert.NotNull(age.Schema.GetColumnOrNull("age_high"));
        using var engine = context.Model.CreateFacePredictionEngine(model);
        Assert.Equal(row.Gender, engine.Predict(bytes)["gender"].Values);
    }

    [Fact]
    public void The_columns_of_every_wrapper_are_those_of_predict()
    {
        var (images, output) = (TestPaths.NewFolder("images"), TestPaths.NewFolder("run"));
        var random = new Random(5);
        var lines = new List<string> { "path,shade,level,group" };
        for (var i = 0; i < 720; i++)
        {
            var level = random.Next(10, 160);
            var bgra = new byte[4 * 12 * 9];
            random.NextBytes(bgra);
            for (var b = 0; b < bgra.Length; b++)
                bgra[b] = b % 4 == 3 ? byte.MaxValue : (byte)(bgra[b] / 3 + level);
            using var picture = MLImage.CreateFromPixels(12, 9, MLPixelFormat.Bgra32, bgra);
            picture.Save(Path.Combine(images, $"{i:000}.png"));
            var shade = random.Next(6) == 0 ? level < 80 : level > 80;
            lines.Add($"{i:000}.png,{(shade ? "light" : "dark")},{level},{"ab"[i % 2]}");
        }
        var labels = Path.Combine(output, "labels.csv");
        File.WriteAllLines(labels, lines);
        var run = Path.Combine(output, "run");
        // All but vae, which is a part of histogram-vae.
        string[] names = [.. UncertaintyWrappers.All.Select(w => w.Name).Where(n => n != "vae")];
        TrainRun.Execute(new TrainRunOptions
        {
            Images = [images], Labels = labels, Targets = ["shade", "level"],
            Backbone = TinyModel.WriteTrainableBackbone(TestPaths.NewFolder("backbone")), Out = run, NearDistance = 0,
            Training = new() { Members = 2, Hidden = 8, Epochs = 4, BatchSize = 32, Seed = 11 },
            Home = TestPaths.NewFolder("home"), Replicates = 100, Threads = 1,
            Groups = ["group"], Uncertainty = [.. names.Select(n => n == "temperature" ? "temperature:group" : n)],
        });
        var model = Path.Combine(run, "model.onnx");
        var table = Path.Combine(output, "predictions.parquet");
        PredictRun.Execute(new PredictRunOptions { Model = model, Images = [images], Out = table, Threads = 1 });
        var predictions = TableFile.Read(table);
        var context = new MLContext(seed: 1);
        var files = context.Data.LoadFromEnumerable(Enumerable.Range(0, predictions.RowCount).Select(
            r => new { Path = predictions.Text("path")[r] }));
        var view = context.Transforms.ApplyFaceBiasModel(model, "Path").Fit(files).Transform(files);

        var wrappers = FaceBiasModelInfo.Read(model).Uncertainty;
        Assert.Equal(names.Order(StringComparer.Ordinal),
            wrappers.Select(o => o.Wrapper).Distinct().Order(StringComparer.Ordinal));
        var compared = 0;
        foreach (var column in predictions.Columns.OfType<NumberColumn>().Where(
            c => view.Schema.GetColumnOrNull(c.Name) is not null))
        {
            var values = view.GetColumn<float>(column.Name).ToArray();
            for (var i = 0; i < values.Length; i++)
                Assert.Equal(column[i], values[i], 1e-5 * Math.Max(1, Math.Abs(column[i])));
            compared++;
        }
        Assert.Equal(wrappers.Count(o => o.Width == 1), compared);
        var sets = view.GetColumn<float[]>("shade_set").ToArray();
        var written = predictions.Text("shade_set");
        Assert.All(Enumerable.Range(0, sets.Length), i => Assert.Equal(written[i],
            string.Join('|', new[] { "dark", "light" }.Where((_, k) => sets[i][k] > 0)) is { Length: > 0 } s ? s : "{}"));
    }

    private static void Calibrate(ModelProto m)
    {
        var g = new GraphBuilder(m);
        g.Add("Cast", [g.Add("Not", g.Add("Less", "gender", g.Constant([0.25f], 1, 1)))],
            [("to", (long)DataType.Float)], "gender_set");
        g.Add("Sub", ["age", g.Constant([7f], 1, 1)], [], "age_low");
        g.Add("Add", ["age", g.Constant([7f], 1, 1)], [], "age_high");
        g.Output("gender_set", DataType.Float, "N", 2);
        g.Output("age_low", DataType.Float, "N", 1);
        g.Output("age_high", DataType.Float, "N", 1);
        UncertaintyOutput.Write(m,
        [
            new("gender_set", "gender", 2, "conformal", UncertaintyKind.Coverage, "classes in the set"),
            new("age_low", "age", 1, "conformal", UncertaintyKind.Coverage, "lower end"),
            new("age_high", "age", 1, "conformal", UncertaintyKind.Coverage, "upper end"),
        ]);
    }
}
