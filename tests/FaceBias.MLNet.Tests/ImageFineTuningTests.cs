using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;
using FaceBias.MLNet.Evaluation;
using FaceBias.MLNet.Training;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using FaceBias.Workflows.Train;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet.Tests;

public class ImageFineTuningTests
{
    private sealed class Row
    {
        public string Path { get; set; } = "";
        public string Shade { get; set; } = "";
        public float Level { get; set; }
        public string Group { get; set; } = "";
    }

    private readonly string _folder = TestPaths.NewFolder();
    private readonly string _home = TestPaths.NewFolder("home");
    private readonly string _backbone;
    private readonly MLContext _context = new(seed: 1);

    public ImageFineTuningTests() => _backbone = TinyModel.WriteBackbone(TestPaths.NewFolder("backbone"));

    private List<Row> Rows(int count, int first = 0) => [.. Enumerable.Range(first, count).Select(i =>
    {
        var level = (byte)(20 + 37 * i % 200);
        var path = Path.Combine(_folder, $"{i}.png");
        File.WriteAllBytes(path, TestPictures.Solid(level, 16 + i % 9));
        return new Row { Path = path, Shade = level > 120 ? "light" : "dark", Level = level,
            Group = i % 3 == 0 ? "a" : "b" };
    })];

    private ImageFineTuningOptions Options(string label) => new()
    {
        FeatureColumnName = "Path", LabelColumnName = label, Backbone = _backbone, Layers = "head", Epoch = 30,
        Home = _home, Threads = 1,
        Head = new TrainOptions { Members = 1, Hidden = 16, Dropout = 0, InputDropout = 0, LearningRate = 0.02,
            BatchSize = 16, Patience = 30 },
    };

    [Fact]
    public void A_classifier_is_trained_evaluated_saved_and_is_one_ONNX_model()
    {
        var data = _context.Data.LoadFromEnumerable(Rows(90));
        var test = _context.Data.LoadFromEnumerable(Rows(60, 90));
        var epochs = new List<ImageFineTuningMetrics>();
        var options = Options("Shade");
        options.MetricsCallback = epochs.Add;
        options.GroupColumnNames = ["Group"];
        var trainer = _context.MulticlassClassification.Trainers.FineTuneImageClassification(options);
        var model = trainer.Fit(data);
        var view = model.Transform(test);
        Assert.Equal(epochs.Count, epochs.Select(e => e.Epoch).Distinct().Count());
        Assert.True(epochs[^1].Loss < epochs[0].Loss && epochs[^1].Accuracy > 0.9, $"{epochs[^1]}");
        var evaluation = _context.MulticlassClassification.EvaluateBySubgroup(view,
            new SubgroupOptions { LabelColumnName = "Shade", Audit = s_audit }, "Group");
        Assert.True(evaluation.Overall.MicroAccuracy > 0.9, $"{evaluation.Overall.MicroAccuracy}");

        // Rows in another order each time keep their labels.
        var mixed = _context.Data.LoadFromEnumerable(Rows(90).OrderBy(_ => Random.Shared.Next()));
        Assert.True(_context.MulticlassClassification.EvaluateBySubgroup(trainer.Fit(mixed).Transform(test),
            new SubgroupOptions { LabelColumnName = "Shade", Audit = s_audit }, "Group").Overall.MicroAccuracy > 0.9);

        // The same rows, options and seed give the same model, whatever was cached.
        Assert.True(model.Graph.Span.SequenceEqual(trainer.Fit(data).Graph.Span));
        var zip = Path.Combine(_folder, "model.zip");
        _context.Model.Save(model, data.Schema, zip);
        var loaded = new MLContext().Model.Load(zip, out _);
        Assert.Equal(view.GetColumn<uint>("PredictedLabel"), loaded.Transform(test).GetColumn<uint>("PredictedLabel"));
        var onnx = Path.Combine(_folder, "model.onnx");
        model.SaveOnnx(onnx);
        using var engine = _context.Model.CreateFacePredictionEngine(onnx);
        Assert.Equal(view.GetColumn<float[]>("Score").First(),
            engine.Predict(Path.Combine(_folder, "90.png"))["Shade"].Values);
    }

    [Fact]
    public void It_gives_what_the_engine_gives_for_the_same_rows()
    {
        var (train, validation) = (Rows(60), Rows(30, 60));
        var options = Options("Shade");
        options.ValidationSet = _context.Data.LoadFromEnumerable(validation);
        options.Layers = "all";
        options.Epoch = 2;
        options.FineTuning = new FinetuneOptions { BatchSize = 16, Augment = "none", Views = 0, LearningRate = 0.01 };
        // The tiny backbone has no weights: the engine says so, in the trainer as anywhere.
        var refused = Assert.Throws<FaceBiasException>(
            () => _context.MulticlassClassification.Trainers.FineTuneImageClassification(options)
                .Fit(_context.Data.LoadFromEnumerable(train)));
        Assert.Contains("no layer with weights", refused.Message, StringComparison.Ordinal);

        options.Backbone = TinyModel.WriteTrainableBackbone(TestPaths.NewFolder("trainable"));
        var stages = new List<ImageFineTuningMetrics>();
        options.MetricsCallback = stages.Add;
        options.WorkspacePath = Path.Combine(_folder, "work");
        var trainer = _context.MulticlassClassification.Trainers.FineTuneImageClassification(options);
        var model = trainer.Fit(_context.Data.LoadFromEnumerable(train));
        Assert.Contains(stages, s => s.Stage == ImageFineTuningStage.Head);
        Assert.Equal([0, 1, 2], stages.Where(s => s.Stage == ImageFineTuningStage.Backbone).Select(s => s.Epoch));
        Assert.True(File.Exists(Path.Combine(options.WorkspacePath, "finetune", "best.onnx")));
        // It resumes from the checkpoint of the finished training.
        stages.Clear();
        Assert.True(model.Graph.Span.SequenceEqual(trainer.Fit(_context.Data.LoadFromEnumerable(train)).Graph.Span));
        Assert.DoesNotContain(stages, s => s.Stage == ImageFineTuningStage.Backbone);
        // Bytes and images of the same pictures give the same model as paths.
        options.WorkspacePath = null;
        options.FeatureColumnName = "File";
        options.ValidationSet = Files(validation);
        var fromFiles = _context.MulticlassClassification.Trainers.FineTuneImageClassification(options)
            .Fit(Files(train));
        Assert.True(model.Graph.Span.SequenceEqual(fromFiles.Graph.Span));

        IDataView Files(List<Row> rows) =>
            _context.Data.LoadFromEnumerable(rows.Select(r => new { File = File.ReadAllBytes(r.Path), r.Shade }));
    }

    [Theory]
    [InlineData("head")]
    [InlineData("all")]
    public void It_gives_the_model_of_facebias_train_for_the_same_rows_options_and_seed(string layers)
    {
        var (images, output) = (TestPaths.NewFolder("images"), TestPaths.NewFolder("run"));
        var random = new Random(5);
        var lines = new List<string> { "path,shade" };
        for (var i = 0; i < 80; i++)
        {
            // Noise, so that no two are near duplicates.
            var bgra = new byte[4 * 24 * 18];
            random.NextBytes(bgra);
            var light = i % 2 == 0;
            for (var b = 0; b < bgra.Length; b++)
                bgra[b] = b % 4 == 3 ? byte.MaxValue : (byte)(bgra[b] / 2 + (light ? 100 : 20));
            using var picture = MLImage.CreateFromPixels(24, 18, MLPixelFormat.Bgra32, bgra);
            picture.Save(Path.Combine(images, $"{i:00}.png"));
            lines.Add($"{i:00}.png,{(light ? "light" : "dark")}");
        }
        var labels = Path.Combine(output, "labels.csv");
        File.WriteAllLines(labels, lines);
        var backbone = TinyModel.WriteTrainableBackbone(TestPaths.NewFolder("trainable"));
        var training = new TrainOptions { Members = 2, Hidden = 8, Epochs = 6, BatchSize = 16, Seed = 11 };
        var tuning = new FinetuneOptions { Epochs = 2, BatchSize = 16, Views = 0, LearningRate = 0.003 };
        TrainRun.Execute(new TrainRunOptions
        {
            Images = [images], Labels = labels, Targets = ["shade"], Backbone = backbone,
            Out = Path.Combine(output, "run"), Training = training,
            Finetune = tuning.WithScope(layers), Home = _home, NearDistance = 0, Replicates = 100, Threads = 1,
        });
        var manifest = TableFile.Read(Path.Combine(output, "run", "manifest.parquet"));
        var (path, split) = ((TextColumn)manifest["path"], (TextColumn)manifest["split"]);
        var shades = lines.Skip(1).Select(l => l.Split(',')).ToDictionary(l => l[0], l => l[1]);
        IDataView Part(string name) =>
            _context.Data.LoadFromEnumerable(Enumerable.Range(0, manifest.RowCount).Where(i => split[i] == name)
            .Select(i => new Row { Path = Path.GetFullPath(path[i]!, images),
                Shade = shades[Path.GetFileName(path[i]!)] }).ToList());
        var options = new ImageFineTuningOptions
        {
            FeatureColumnName = "Path", LabelColumnName = "shade", Backbone = backbone, Layers = layers, Home = _home,
            Threads = 1, Seed = 11,
            Head = training, FineTuning = tuning,
        };
        // First weights depend on the target's name.
        var renamed = _context.Transforms.CopyColumns("shade", "Shade");
        var (train, validation) = (Part("train"), Part("validation"));
        options.ValidationSet = renamed.Fit(validation).Transform(validation);
        var model = _context.MulticlassClassification.Trainers.FineTuneImageClassification(options)
            .Fit(renamed.Fit(train).Transform(train));
        var test = Part("test");
        using var engine = _context.Model.CreateFacePredictionEngine(Path.Combine(output, "run", "model.onnx"));
        var scores = model.Transform(renamed.Fit(test).Transform(test)).GetColumn<float[]>("Score").ToArray();
        Assert.NotEmpty(scores);
        foreach (var (row, file) in scores.Zip(test.GetColumn<string>("Path")))
            Assert.Equal(engine.Predict(file)["shade"].Values, row);
    }

    [Fact]
    public void A_number_is_trained_and_cross_validated_without_glue()
    {
        var data = _context.Data.LoadFromEnumerable(Rows(90));
        var trainer = _context.Regression.Trainers.FineTuneImageRegression(Options("Level"));
        var metrics = _context.Regression.CrossValidate(data, trainer, 3, "Level");
        Assert.All(metrics, m => Assert.True(m.Metrics.RSquared > 0.5, $"{m.Metrics.RSquared}"));
        var keyed = _context.Transforms.Conversion.MapValueToKey("Label", "Shade")
            .Append(_context.MulticlassClassification.Trainers.FineTuneImageClassification(Options("Label")))
            .Append(_context.Transforms.Conversion.MapKeyToValue("Text", "PredictedLabel"));
        Assert.All(_context.MulticlassClassification.CrossValidate(data, keyed, 3),
            m => Assert.True(m.Metrics.MicroAccuracy > 0.9, $"{m.Metrics.MicroAccuracy}"));
    }

    [Fact]
    public void Bad_pictures_are_left_out_and_said_and_a_fit_can_be_cancelled()
    {
        var rows = Rows(40);
        File.WriteAllText(rows[3].Path, "no picture");
        rows[5].Path = Path.Combine(_folder, "absent.png");
        rows[7].Shade = "";
        var said = new List<string>();
        var options = Options("Shade");
        options.LeftOutCallback = said.Add;
        _context.MulticlassClassification.Trainers.FineTuneImageClassification(options)
            .Fit(_context.Data.LoadFromEnumerable(rows));
        Assert.Equal(3, said.Count);
        Assert.Contains("3.png' was left out: it is text", said[0], StringComparison.Ordinal);
        Assert.Contains("absent.png' was left out: the file does not exist", said[1], StringComparison.Ordinal);
        Assert.Contains("it has no label", said[2], StringComparison.Ordinal);

        using var cancel = new CancellationTokenSource();
        options.CancellationToken = cancel.Token;
        options.MetricsCallback = _ => cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => _context.MulticlassClassification.Trainers.FineTuneImageClassification(options)
                .Fit(_context.Data.LoadFromEnumerable(rows)));
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        var data = _context.Data.LoadFromEnumerable(Rows(12));
        Says("must be all, head or last:N",
            () => _context.MulticlassClassification.Trainers.FineTuneImageClassification(
                new ImageFineTuningOptions { Layers = "some" }));
        Says("no column 'Race'",
            () => _context.MulticlassClassification.Trainers.FineTuneImageClassification(Options("Race")).Fit(data));
        var numbers = Options("Level");
        numbers.FeatureColumnName = "Level";
        Says("pictures are text",
            () => _context.MulticlassClassification.Trainers.FineTuneImageClassification(numbers).Fit(data));
        var same = _context.Data.LoadFromEnumerable(Rows(12).Select(r => new Row { Path = r.Path, Shade = "light" }));
        Says("a classifier needs two classes",
            () => _context.MulticlassClassification.Trainers.FineTuneImageClassification(Options("Shade")).Fit(same));

        static void Says(string part, Action action)
        {
            var thrown = Assert.ThrowsAny<Exception>(action);
            Assert.True(thrown is FaceBiasException or ArgumentException, thrown.ToString());
            Assert.Contains(part, thrown.Message, StringComparison.Ordinal);
        }
    }

    private static readonly FaceBias.Auditing.AuditOptions s_audit =
        new() { MinimumCount = 1, BootstrapReplicates = 100, Permutations = 100 };
}
