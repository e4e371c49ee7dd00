using FaceBias.Core.Imaging;
using FaceBias.MLNet.Evaluation;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.MLNet.Tests.TestPictures;

namespace FaceBias.MLNet.Tests;

public class FaceBiasCatalogTests
{
    private sealed class Outputs
    {
        [ColumnName("gender.Score")] public float[] Gender { get; set; } = [];
        [ColumnName("gender.PredictedLabel")] public uint Label { get; set; }
        [ColumnName("age.Score")] public float Age { get; set; }
        public string ImageProblem { get; set; } = "";
    }

    private sealed class Scored
    {
        public float Number { get; set; }
        [ColumnName("age.Score")] public float Age { get; set; }
    }

    public static TheoryData<string> Kinds() => [.. TestPictures.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_pipeline_gives_what_the_engine_gives_for_every_picture(string kind)
    {
        foreach (var fit in new[] { "cover", "stretch" })
        {
            var folder = TestPaths.NewFolder();
            var model = TinyModel.Write(folder, fit);
            var bytes = TestPictures.Make(kind);
            File.WriteAllBytes(Path.Combine(folder, "picture"), bytes);
            var spec = new ImageSpec(TinyModel.Width, TinyModel.Height,
                fit == "cover" ? ImageFit.Cover : ImageFit.Stretch);
            var pixels = new float[spec.Length];
            Assert.Null(new ImageDecoder().Decode(bytes, spec, pixels).Problem);
            var (gender, age) = Plain(model, pixels);

            var context = new MLContext(seed: 1);
            using var engine = context.Model.CreateFacePredictionEngine(model);
            Close(gender, engine.Predict(bytes)["gender"].Values);
            IDataView paths = context.Data.LoadFromEnumerable([new PathRow { Path = "picture" }]),
                files = context.Data.LoadFromEnumerable([new FileRow { File = bytes }]);
            foreach (var view in new[]
            {
                context.Transforms.ApplyFaceBiasModel(model,
                    new FaceModelOptions { InputColumnName = "Path", ImageFolder = folder }).Fit(paths)
                    .Transform(paths),
                context.Transforms.ApplyFaceBiasModel(model, "File").Fit(files).Transform(files),
            })
            {
                var row = Assert.Single(context.Data.CreateEnumerable<Outputs>(view, reuseRowObject: false));
                Assert.Equal("", row.ImageProblem);
                Close(gender, row.Gender);
                Close(age, [row.Age]);
            }
            using var single = context.Model.CreatePredictionEngine<FileRow, Outputs>(
                context.Transforms.ApplyFaceBiasModel(model, "File").Fit(files));
            Close(gender, single.Predict(new FileRow { File = bytes }).Gender);
        }
    }

    [Theory]
    [InlineData(TinyModel.Width, TinyModel.Height, 255)]
    [InlineData(40, 17, 255)]
    [InlineData(13, 31, 255)]
    [InlineData(16, 12, 0)]
    public void Images_in_memory_give_what_their_file_gives(int width, int height, byte alpha)
    {
        var folder = TestPaths.NewFolder();
        var model = TinyModel.Write(folder);
        var context = new MLContext();
        using var image = Pixels(width, height, alpha);
        // The file of the same pixels, which are lost where they are transparent.
        var file = Path.Combine(folder, "same.png");
        image.Save(file);
        var data = context.Data.LoadFromEnumerable([new FaceImage { Image = image }]);
        var row = Assert.Single(
            context.Data.CreateEnumerable<Outputs>(
                context.Transforms.ApplyFaceBiasModel(model).Fit(data).Transform(data), false));
        using var engine = context.Model.CreateFacePredictionEngine(model);
        Close(engine.Predict(file)["gender"].Values, row.Gender);
        using var again = Pixels(width, height, alpha);
        Close(engine.Predict(file)["gender"].Values, engine.Predict(again)["gender"].Values);
        Assert.Equal(width, again.Width);
    }

    [Fact]
    public void A_picture_that_cannot_be_decoded_is_a_row_with_a_reason_or_one_sentence()
    {
        var folder = TestPaths.NewFolder();
        var model = TinyModel.Write(folder);
        File.WriteAllBytes(Path.Combine(folder, "good.png"), TestPictures.Make("png"));
        File.WriteAllText(Path.Combine(folder, "text.jpg"), "hello");
        File.WriteAllBytes(Path.Combine(folder, "cut.jpg"), TestPictures.Make("jpg")[..200]);
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable(
            new[] { "good.png", "text.jpg", "", "cut.jpg", "absent.jpg", "a\0b.jpg", "good.png" }.Select(
                p => new PathRow { Path = p, Truth = "male" }));
        var options = new FaceModelOptions { InputColumnName = "Path", ImageFolder = folder };
        var view = context.Transforms.ApplyFaceBiasModel(model, options).Fit(data).Transform(data);
        var rows = context.Data.CreateEnumerable<Outputs>(view, reuseRowObject: false).ToArray();
        Assert.Equal([0, 6], Enumerable.Range(0, 7).Where(i => rows[i].ImageProblem.Length == 0));
        foreach (var (row, reason) in rows[1..6].Zip(
            ["it is text", "names no picture", "cut off", "does not exist", "can have this name"]))
        {
            Assert.Contains(reason, row.ImageProblem, StringComparison.Ordinal);
            Assert.True(row.Label == 0 && float.IsNaN(row.Age) && row.Gender.All(float.IsNaN));
        }
        // ML.NET's own evaluators pass such rows over.
        var keyed = context.Transforms.Conversion.MapValueToKey("Label", "Truth",
            keyData: context.Data.LoadFromEnumerable(new[] { new { Truth = "female" }, new { Truth = "male" } }))
            .Fit(view).Transform(view);
        Assert.Equal(2, context.MulticlassClassification.Evaluate(keyed, "Label", "gender.Score",
            "gender.PredictedLabel").ConfusionMatrix.Counts.Sum(r => r.Sum()));

        // Before a trainer that would take missing features for values, such rows are taken out.
        var features = context.Transforms.ApplyBackbone(
            new BackboneOptions { InputColumnName = "Path", ImageFolder = folder,
                Backbone = TinyModel.WriteBackbone(TestPaths.NewFolder()) }).Fit(data).Transform(data);
        Assert.Equal(["good.png", "good.png"],
            context.Data.FilterRowsByMissingValues(features, "Features").GetColumn<string>("Path"));

        options.Unreadable = UnreadableImages.Throw;
        var strict = context.Transforms.ApplyFaceBiasModel(model, options).Fit(data).Transform(data);
        var thrown = Assert.Throws<FaceBiasException>(() => strict.GetColumn<float>("age.Score").ToArray());
        Assert.Contains($"'{Path.Combine(folder, "text.jpg")}' cannot be used: it is text", thrown.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Thousands_of_rows_keep_their_order_in_batches_on_all_cores()
    {
        var folder = TestPaths.NewFolder();
        var model = TinyModel.Write(folder);
        var files = Enumerable.Range(0, 7).Select(i => TestPictures.Make("png", 20 + 5 * i)).ToArray();
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable(
            Enumerable.Range(0, 2000).Select(i => new FileRow { File = files[i * i % 7], Number = i }).ToList());
        var view = context.Transforms.ApplyFaceBiasModel(model, "File").Fit(data).Transform(data);
        using var engine = context.Model.CreateFacePredictionEngine(model);
        var expected = files.Select(f => engine.Predict(f)["age"].Value).ToArray();
        var (ages, numbers) = (view.GetColumn<float>("age.Score").ToArray(), view.GetColumn<float>("Number").ToArray());
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => (float)i), numbers);
        for (var i = 0; i < ages.Length; i++)
            Assert.Equal(expected[i * i % 7], ages[i], 1e-4f);
        // In another order, and in one that is drawn anew each time: a score is that of its own row.
        var transformer = context.Transforms.ApplyFaceBiasModel(model, "File").Fit(data);
        foreach (var mixed in new[]
        {
            context.Data.ShuffleRows(data, seed: 3),
            context.Data.LoadFromEnumerable(context.Data.CreateEnumerable<FileRow>(data, false).ToList()
                .OrderBy(_ => Random.Shared.Next())),
        })
        {
            var scores = context.Data.CreateEnumerable<Scored>(transformer.Transform(mixed), false).ToArray();
            Assert.NotEqual(numbers, scores.Select(s => s.Number));
            Assert.All(scores, s => Assert.Equal(expected[(int)s.Number * (int)s.Number % 7], s.Age, 1e-4f));
        }
        // Through ML.NET's own filters and caches.
        var some = context.Data.FilterRowsByColumn(context.Data.Cache(view), "Number", 500, 510);
        Assert.Equal(Enumerable.Range(500, 10).Select(i => ages[i]), some.GetColumn<float>("age.Score"));
    }

    [Fact]
    public void A_pipeline_over_paths_survives_the_model_zip()
    {
        var folder = TestPaths.NewFolder();
        var model = TinyModel.Write(folder);
        var paths = Enumerable.Range(0, 5).Select(i => $"{i}.png").ToArray();
        foreach (var path in paths)
            File.WriteAllBytes(Path.Combine(folder, path), TestPictures.Make("png", 20 + path[0]));

        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable(paths.Select(p => new PathRow { Path = p }));
        var pipeline = context.Transforms.ApplyFaceBiasModel(model,
            new FaceModelOptions { InputColumnName = "Path", ImageFolder = folder })
            .Append(context.Transforms.Conversion.MapKeyToValue("gender", "gender.PredictedLabel"));
        var transformer = pipeline.Fit(data);
        var zip = Path.Combine(folder, "model.zip");
        context.Model.Save(transformer, data.Schema, zip);
        // The zip holds the graph: the file may go.
        File.Delete(model);

        var elsewhere = new MLContext();
        var loaded = elsewhere.Model.Load(zip, out var schema);
        Assert.Equal(["Path", "Truth"], schema.Select(c => c.Name));
        var (before, after) = (transformer.Transform(data), loaded.Transform(data));
        Assert.Equal(before.Schema.Select(c => (c.Name, c.Type.ToString())),
            after.Schema.Select(c => (c.Name, c.Type.ToString())));
        Assert.Equal(before.GetColumn<float>("age.Score"), after.GetColumn<float>("age.Score"));
        Assert.All(after.GetColumn<string>("gender"), g => Assert.Contains(g, new[] { "female", "male" }));
        (loaded as IDisposable)?.Dispose();
    }

    [Fact]
    public void A_model_that_its_run_did_not_write_is_refused()
    {
        var folder = TestPaths.NewFolder();
        var model = TinyModel.Write(folder);
        File.WriteAllText(Path.Combine(folder, "run.json"),
            $$"""{ "artefacts": { "{{Path.GetFileName(model)}}": "00" } }""");
        var context = new MLContext();
        Assert.Contains("SHA-256",
            Assert.Throws<FaceBiasException>(() => context.Model.CreateFacePredictionEngine(model)).Message);
        Assert.Contains("SHA-256",
            Assert.Throws<FaceBiasException>(() => context.Transforms.ApplyFaceBiasModel(model)).Message);
    }

    [Fact]
    public void Columns_of_the_data_are_never_replaced_and_nothing_is_left_behind()
    {
        var model = TinyModel.Write(TestPaths.NewFolder());
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable(
            [new { File = TestPictures.Make("png"), gender = "female", age = 30f, pixels = 1f, features = 2f,
                Score = 3f }]);
        var view = context.Transforms.ApplyFaceBiasModel(model, "File").Fit(data).Transform(data);
        Assert.Equal(["File", "gender", "age", "pixels", "features", "Score", "gender.PredictedLabel", "gender.Score",
            "age.Score", "ImageProblem"], view.Schema.Select(c => c.Name));
        Assert.Equal(["female"], view.GetColumn<string>("gender"));
        // Twice, or under a name that is taken: refused, not replaced.
        Says("have a column 'gender.PredictedLabel' already",
            () => context.Transforms.ApplyFaceBiasModel(model, "File").Fit(view));
        Says("have a column 'Score' already",
            () => context.Transforms.ApplyFaceBiasModel(model,
                new FaceModelOptions { InputColumnName = "File", Target = "age" }).Fit(data));
        var second = context.Transforms.ApplyFaceBiasModel(model,
            new FaceModelOptions { InputColumnName = "File", OutputColumnPrefix = "second/", Target = "age" }).Fit(view)
            .Transform(view);
        Assert.Equal(second.GetColumn<float>("age.Score"), second.GetColumn<float>("second/Score"));
    }

    [Fact]
    public void Outputs_go_into_ML_NETs_evaluators_as_they_are()
    {
        var folder = TestPaths.NewFolder();
        var model = TinyModel.Write(folder);
        var context = new MLContext(seed: 1);
        var data = context.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(i => new
        {
            File = TestPictures.Make("png", 20 + i), Truth = i % 3 == 0 ? "male" : "female", Years = 20f + i,
                Long = 20L + i, Skin = i % 2, Glasses = i % 4 == 0, Code = (byte)(i % 3),
        }));
        var keys = context.Data.LoadFromEnumerable(new[] { new { Truth = "female" }, new { Truth = "male" } });
        var view = context.Transforms.ApplyFaceBiasModel(model, "File")
            .Append(context.Transforms.Conversion.MapValueToKey("Label", "Truth", keyData: keys)).Fit(data)
            .Transform(data);
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema["gender.Score"].GetSlotNames(ref names);
        Assert.Equal(["female", "male"], names.DenseValues().Select(n => n.ToString()));
        view.Schema["gender.PredictedLabel"].GetKeyValues(ref names);
        Assert.Equal(["female", "male"], names.DenseValues().Select(n => n.ToString()));

        var plain = context.MulticlassClassification.Evaluate(view, "Label", "gender.Score", "gender.PredictedLabel");
        var regression = context.Regression.Evaluate(view, "Years", "age.Score");
        Assert.True(regression.MeanAbsoluteError > 0);
        var gender = new SubgroupOptions { LabelColumnName = "Truth", ScoreColumnName = "gender.Score",
            PredictedLabelColumnName = "gender.PredictedLabel", Audit = s_audit };
        // Text, keys in another order, booleans, bytes and whole numbers, without glue.
        var byText = context.MulticlassClassification.EvaluateBySubgroup(view, gender, "Skin", "Glasses", "Code");
        Assert.Equal(plain.MicroAccuracy, byText.Overall.MicroAccuracy, 1e-12);
        Assert.Equal(plain.LogLoss, byText.Overall.LogLoss, 1e-12);
        Assert.Equal(["0", "1"], byText.Groups.Where(g => g.Attributes is ["Skin"]).Select(g => g.Levels[0]));
        Assert.Equal(["0", "1", "2"], byText.Groups.Where(g => g.Attributes is ["Code"]).Select(g => g.Levels[0]));
        Assert.Equal(["false", "true"], byText.Groups.Where(g => g.Attributes is ["Glasses"]).Select(g => g.Levels[0]));
        var turned = context.Data.LoadFromEnumerable(new[] { new { Truth = "male" }, new { Truth = "female" } });
        var other = context.Transforms.Conversion.MapValueToKey("Turned", "Truth", keyData: turned).Fit(view)
            .Transform(view);
        Assert.Equal(plain.LogLoss,
            context.MulticlassClassification.EvaluateBySubgroup(other, gender with { LabelColumnName = "Turned" },
                "Skin").Overall.LogLoss, 1e-12);
        var age = new SubgroupOptions { LabelColumnName = "Long", ScoreColumnName = "age.Score", Audit = s_audit };
        Assert.Equal(regression.MeanAbsoluteError,
            context.Regression.EvaluateBySubgroup(view, age, "Truth").Overall.MeanAbsoluteError, 1e-12);
        Says("which the model does not know",
            () => context.MulticlassClassification.EvaluateBySubgroup(view, gender with { LabelColumnName = "Code" },
                "Skin"));
    }

    [Fact]
    public void A_backbone_feeds_a_trainer_of_ML_NET_and_cross_validation()
    {
        var backbone = TinyModel.WriteBackbone(TestPaths.NewFolder());
        var context = new MLContext(seed: 1);
        var data = context.Data.LoadFromEnumerable(
            Enumerable.Range(0, 60).Select(
                i => new FileRow { File = Solid(i % 2 == 0 ? (byte)220 : (byte)30, 20 + i),
                    Truth = i % 2 == 0 ? "light" : "dark" }));
        var chain = context.Transforms.ApplyBackbone("Features", "File", backbone);
        var features = chain.Fit(data).Transform(data);
        Assert.Equal(6, ((VectorDataViewType)features.Schema["Features"].Type).Size);
        Assert.All(features.GetColumn<float[]>("Features").ToArray(),
            row => Assert.All(row, f => Assert.InRange(f, 0, 1)));
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label", "Truth").Append(chain)
            .AppendCacheCheckpoint(context)
            .Append(context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(
                new Microsoft.ML.Trainers.LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1 }));
        Assert.All(context.MulticlassClassification.CrossValidate(data, pipeline, 3),
            fold => Assert.Equal(1, fold.Metrics.MicroAccuracy));
    }

    [Fact]
    public void A_prediction_takes_three_lines()
    {
        var folder = TestPaths.NewFolder();
        var model = TinyModel.Write(folder);
        var face = Path.Combine(folder, "face.png");
        File.WriteAllBytes(face, TestPictures.Make("png"));

        var context = new MLContext();
        var engine = context.Model.CreateFacePredictionEngine(model);
        var prediction = engine.Predict(face);

        Assert.Equal(["gender", "age"], prediction.Keys);
        Assert.Contains(prediction["gender"].Label, new[] { "female", "male" });
        Assert.Equal(1, prediction["gender"].Values.Sum(), 5);
        Assert.Equal(prediction["gender"].Values.Max(), prediction["gender"].Value);
        Assert.Null(prediction["age"].Label);
        // Many threads on one engine.
        Parallel.For(0, 40, _ => Assert.Equal(prediction["age"].Value, engine.Predict(face)["age"].Value));
        engine.Dispose();
        engine.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.Predict(face));
    }

    [Fact]
    public async Task A_pool_lets_as_many_in_as_there_are_cores()
    {
        var pool = new FacePredictionEnginePool(TinyModel.Write(TestPaths.NewFolder()), concurrency: 2);
        var pictures = Enumerable.Range(0, 24).Select(i => TestPictures.Make("png", 20 + i)).ToArray();
        var answers = await Task.WhenAll(pictures.Select(p => pool.PredictAsync(p)));
        for (var i = 0; i < pictures.Length; i++)
            Assert.Equal(pool.Predict(pictures[i])["age"].Value, answers[i]["age"].Value);
        pool.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pool.PredictAsync(pictures[0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FacePredictionEnginePool("model.onnx", -1));
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        var folder = TestPaths.NewFolder();
        var context = new MLContext();
        Says("does not exist", () => context.Transforms.ApplyFaceBiasModel(Path.Combine(folder, "no.onnx")));
        var plain = TinyModel.Write(folder, change: m => m.MetadataProps.Clear());
        Says("not one that facebias trained", () => context.Transforms.ApplyFaceBiasModel(plain));
        Says("facebias models import", () => context.Transforms.ApplyBackbone("F", "Image", plain));
        Says("There is no model 'nothing'", () => context.Transforms.ApplyBackbone("F", "Image", "nothing"));
        var model = TinyModel.Write(folder);
        Says("does not predict 'race'",
            () => context.Transforms.ApplyFaceBiasModel(model, new FaceModelOptions { Target = "race" }));
        Says("Only device 0",
            () => context.Transforms.ApplyFaceBiasModel(model, new FaceModelOptions { GpuDeviceId = 3 }));
        var data = context.Data.LoadFromEnumerable([new PathRow { Path = "x" }]);
        Says("no column 'Image'; they have 'Path', 'Truth'",
            () => context.Transforms.ApplyFaceBiasModel(model).Fit(data));
        Says("pictures are text",
            () => context.Transforms.ApplyFaceBiasModel(model, "Number")
                .Fit(context.Data.LoadFromEnumerable([new FileRow()])));

        using var engine = context.Model.CreateFacePredictionEngine(model);
        Says("no.jpg' cannot be used: the file does not exist", () => engine.Predict(Path.Combine(folder, "no.jpg")));
    }

    private static readonly FaceBias.Auditing.AuditOptions s_audit =
        new() { MinimumCount = 1, BootstrapReplicates = 100, Permutations = 100 };

    private static void Says(string part, Action action)
    {
        var thrown = Assert.ThrowsAny<Exception>(action);
        Assert.True(thrown is FaceBiasException or ArgumentException, thrown.GetType().Name);
        Assert.Contains(part, thrown.Message, StringComparison.Ordinal);
    }

    private static (float[] Gender, float[] Age) Plain(string model, float[] pixels)
    {
        using var session = new InferenceSession(model);
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, TinyModel.Height, TinyModel.Width]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["pixels"], [input], ["gender", "age"]);
        return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[1].GetTensorDataAsSpan<float>().ToArray());
    }

    private static void Close(IReadOnlyList<float> expected, IReadOnlyList<float> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
            Assert.InRange(actual[i], expected[i] - 1e-5f * Math.Max(1, Math.Abs(expected[i])),
                expected[i] + 1e-5f * Math.Max(1, Math.Abs(expected[i])));
    }
}
