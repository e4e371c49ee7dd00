using System.Text.Json;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Tests.Runs;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows.Audit;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.Train;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Finetuning;

/// <summary>Fine-tuning on drawn faces, of a backbone of three small convolutions.</summary>
public class FinetuneTests
{
    private const int Side = 32;

    /// <summary>Three strided convolutions, the second with batch norm, then the mean of each channel.</summary>
    internal static void WriteBackbone(string path)
    {
        var g = new GraphBuilder("convolutions");
        g.Input("pixels", DataType.Float, "N", 3, Side, Side);
        var x = g.Add("Mul", "pixels", g.Constant([1f / 255, 1f / 255, 1f / 255], 1, 3, 1, 1));
        var channels = 3;
        foreach (var (i, width) in new[] { 6, 8, 12 }.Index())
        {
            long[] two = [2, 2], pads = [1, 1, 1, 1];
            x = g.Add("Conv", [x, g.Initializer(Initialisation.He($"w{i}", 3, channels * 9, width, channels, 3, 3)),
                g.Initializer(Initialisation.Constant($"b{i}", 0, width))], [("strides", two), ("pads", pads)]);
            if (i == 1)
                x = g.Add("BatchNormalization", x, g.Initializer(Initialisation.Constant("scale", 1, width)),
                    g.Initializer(Initialisation.Constant("shift", 0, width)),
                    g.Initializer(Initialisation.Constant("mean", 0, width)),
                    g.Initializer(Initialisation.Constant("variance", 1, width)));
            x = g.Add("Relu", x);
            channels = width;
        }
        g.Output(g.Add("Flatten", [g.Add("GlobalAveragePool", x)], [("axis", 1L)], "features"), DataType.Float, "N",
            channels);
        g.Model.SetMetadata(BackboneMetadata.Input, "pixels");
        g.Model.SetMetadata(BackboneMetadata.Name, "convolutions");
        OnnxFile.Write(g.Model, path);
    }

    private static readonly FinetuneOptions Few = new()
    { Epochs = 3, BatchSize = 8, LearningRate = 3e-3, BackboneLearningRateMultiplier = 1, EmaDecay = 0.5,
        Augment = "strong" };

    private static readonly Lazy<TinyWorld> Drawn = new(() =>
    {
        var world = new TinyWorld("""{"size": 48}""", 40);
        WriteBackbone(world.Backbone);
        return world;
    });

    /// <summary>A job on 24 training and 8 validation images, with heads that have learnt nothing yet.</summary>
    private static FinetuneJob Job(FinetuneOptions options, string name)
    {
        var world = Drawn.Value;
        var paths = Directory.GetFiles(world.Images).Order().ToArray();
        var genders = Target.From(new TextColumn("gender", [.. paths.Select((_, i) => i / 2 % 2)], ["female", "male"]),
            null);
        var (train, validation) = (Enumerable.Range(0, 24).ToList(), Enumerable.Range(24, 8).ToList());
        var training = new TrainOptions { Hidden = 8 };
        var target = TrainingTarget.Create(genders, train, training);
        var weights = HeadGraph.Layers(12, training, [target.Output]).SelectMany(l => l.Parameters).ToDictionary(
            p => p.Name, p => Initialisation.Uniform(p.Name, 1, 0.3, p.Dims).ToFloats());
        return new FinetuneJob
        {
            Backbone = new ModelStore(Path.Combine(world.Folder, "home")).Get(world.Backbone),
            Heads = HeadGraph.ForInference(new float[12], [.. Enumerable.Repeat(1f, 12)], [target.Output], weights,
                training),
            Targets = [target],
            HeadOptions = training,
            Options = options,
            Paths = paths,
            Sha256 = [.. paths.Select(
                p => new Digest(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(p))))],
            Train = train,
            Validation = validation,
            Folder = Path.Combine(world.Folder, name, "finetune"),
            Home = Path.Combine(world.Folder, name),
            Key = name,
            Threads = 2,
        };
    }

    private static ModelMetadata Metadata(FinetuneJob job) =>
        new(1, ModelInput.From(job.Backbone.Input), [.. job.Targets.Select(t => t.Output)], "convolutions", "", "");

    private static Dictionary<string, float[]> Weights(string model) => Weights(OnnxFile.Read(model));

    private static Dictionary<string, float[]> Weights(ModelProto model) => model.Graph.Initializer
        .Where(t => t.DataType == (int)DataType.Float).ToDictionary(t => t.Name, t => t.ToFloats());

    [Theory]
    [InlineData("all", 0)]
    [InlineData("last:2", 0)]
    [InlineData("last:2", 2)]
    [InlineData("last:1", 3)]
    public void Exactly_the_layers_that_were_named_change(string scope, int views)
    {
        var job = Job((Few with { Views = views }).WithScope(scope)!, $"layers {scope[^1]} {views}");
        var trained = FinetuneTrainer.Train(job, Metadata(job));
        var (before, after) = (Weights(Drawn.Value.Backbone), Weights(trained.Graph));
        var layers = scope == "all" ? 3 : scope[^1] - '0';
        foreach (var (name, layer) in new[] { ("w0", 0), ("b0", 0), ("w1", 1), ("scale", 1), ("shift", 1), ("w2", 2),
            ("b2", 2) })
            if (layer >= 3 - layers)
                Assert.NotEqual(before[name], after["backbone/" + name]);
            else
                Assert.Equal(before[name], after["backbone/" + name]);
        foreach (var name in new[] { "mean", "variance" })
            Assert.Equal(before[name], after["backbone/" + name]);
        var losses = trained.History.Where(p => p.Series == "loss/validation").OrderBy(p => p.Epoch)
            .Select(p => p.Value).ToArray();
        Assert.Equal(4, losses.Length);
        Assert.True(losses[1..].Min() < losses[0], string.Join(", ", losses));
    }

    [Fact]
    public void What_it_takes_is_said_before_it_starts_and_after_ten_steps()
    {
        var notes = new List<string?>();
        var job = Job((Few with { Epochs = 4, Patience = 4 }).WithScope("all")!, "cost");
        FinetuneTrainer.Train(job, Metadata(job), new Progress(p => notes.Add(p.Note)));
        // Kernels and shifts of three layers, the scale and shift of a norm; 8 hidden units, 2 classes, per member.
        var backbone = 6 * 3 * 9 + 6 + 8 * 6 * 9 + 8 + 16 + 12 * 8 * 9 + 12;
        var heads = job.HeadOptions.Members * (12 * 8 + 8 + 8 * 2 + 2);
        Assert.StartsWith(
            $"{(backbone + heads).ToString("N0", System.Globalization.CultureInfo.InvariantCulture)} parameters in 3 "
                + "of 3 layers, at least 0.0 GB", notes[0], StringComparison.Ordinal);
        Assert.EndsWith("3 steps of 8 images per epoch", notes[0], StringComparison.Ordinal);
        Assert.All(notes[1..11], n => Assert.DoesNotContain("per epoch", n, StringComparison.Ordinal));
        Assert.EndsWith("s of steps per epoch", notes[11], StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_norms_of_trained_layers_learn_statistics_if_asked_to()
    {
        var job = Job(Few with { BatchNorm = BatchNormMode.Training }, "statistics");
        var model = FinetuneTrainer.Train(job, Metadata(job)).Graph;
        Assert.NotEqual(Weights(Drawn.Value.Backbone)["mean"], Weights(model)["backbone/mean"]);
    }

    [Theory]
    [InlineData("all", "fine-tuning", 1)]
    [InlineData("all", "fine-tuning", 4)]
    [InlineData("all", "fine-tuning", 4, 16)]
    [InlineData("last:1", "fine-tuning", 3)]
    [InlineData("last:1", "fine-tuning", 6, 16)]
    [InlineData("last:2", "frozen layers", 0)]
    public void Interrupted_and_continued_is_bit_for_bit_what_it_would_have_been(string scope, string step, int after,
        int size = 0)
    {
        var job = Job((Few with { StartSize = size }).WithScope(scope)!, $"interrupted {scope[^1]} {after} {size}");
        using var stop = new CancellationTokenSource();
        var progress = new Progress(p =>
        {
            if (p.Step.StartsWith(step, StringComparison.Ordinal) && p.Done > after * 8)
                stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(
            () => FinetuneTrainer.Train(job, Metadata(job), progress, stop.Token));
        var trained = FinetuneTrainer.Train(job, Metadata(job));
        var straight = Job(job.Options, $"straight {scope[^1]} {after} {size}");
        var expected = FinetuneTrainer.Train(straight, Metadata(straight));
        Assert.Equal(File.ReadAllBytes(Path.Combine(straight.Folder, "best.onnx")),
            File.ReadAllBytes(Path.Combine(job.Folder, "best.onnx")));
        Assert.Equal(expected.Graph, trained.Graph);
        Assert.Equal(expected.History.Where(p => p.Series != "seconds/train"),
            trained.History.Where(p => p.Series != "seconds/train"));
    }

    [Fact]
    public void Pictures_grow_to_the_size_at_which_alone_the_model_is_judged()
    {
        var job = Job(Few with { StartSize = 16 }, "growing");
        var trained = FinetuneTrainer.Train(job, Metadata(job));
        int[] Epochs(string series) =>
            [.. trained.History.Where(p => p.Series == series).Select(p => p.Epoch).Order()];
        Assert.Equal([0, 3], Epochs("loss/validation"));
        Assert.Equal([1, 2, 3], Epochs("loss/train"));
        Assert.Equal(Side, trained.Graph.Graph.Input[0].Type.TensorType.Shape.Dim[3].DimValue);
        Assert.NotEqual(Weights(Drawn.Value.Backbone)["w0"], Weights(trained.Graph)["backbone/w0"]);

        var large = job.Backbone with { Input = new(224, 224) };
        Assert.Equal([new(224, 0), new(128, 2), new(160, 3), new(192, 4), new FinetunePhase(224, 6)],
            FinetunePhase.Of(new() { StartSize = 128 }, large));
        Assert.Equal([new FinetunePhase(224, 6)], FinetunePhase.Of(new(), large));
        Assert.Contains("at most the side", Assert.Throws<FaceBiasException>(
            () => FinetunePhase.Of(new() { StartSize = 256 }, large)).Message, StringComparison.Ordinal);
        var world = new TinyWorld(count: 10);
        var flat = new ModelStore(Path.Combine(world.Folder, "home")).Get(world.Backbone);
        Assert.Contains("of 32 x 32 only", Assert.Throws<FaceBiasException>(
            () => FinetunePhase.Check(job.Options, flat)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_frozen_layers_give_is_the_same_from_the_cache_up_to_its_sixteen_bits()
    {
        var job = Job(Few with { Layers = 1, Views = 1, Augment = "none" }, "cache");
        var network = FinetuneNetwork.Build(job);
        using var session = network.CreateSession();
        using var cached = new ActivationFeed(job, network, null, default);
        using var computed = new PixelFeed(job, network);
        float[] Of(BatchFeed feed) => [.. feed.Batches(session, job.Train.ToArray(), 1)
            .SelectMany(_ => network.Inputs.SelectMany(i => session.Input<float>(i).ToArray()))];
        var (kept, exact) = (Of(cached), Of(computed));
        Assert.NotEmpty(kept);
        for (var i = 0; i < exact.Length; i++)
            Assert.Equal((float)(Half)exact[i], kept[i], 1e-5f * Math.Max(1, Math.Abs(exact[i])));
    }

    [Fact]
    public void A_checkpoint_of_other_options_is_not_continued_and_a_damaged_one_is_a_sentence()
    {
        var job = Job(Few with { Layers = 1, Epochs = 1 }, "checkpoint");
        FinetuneTrainer.Train(job, Metadata(job));
        var other = job with { Key = "other", Options = job.Options with { Epochs = 2 } };
        var history = FinetuneTrainer.Train(other, Metadata(other)).History;
        Assert.Equal(2, history.Max(p => p.Epoch));
        var last = Path.Combine(job.Folder, "last.safetensors");
        var bytes = File.ReadAllBytes(last);
        bytes[^1] ^= 1;
        File.WriteAllBytes(last, bytes);
        Assert.Contains("last.safetensors",
            Assert.Throws<FaceBiasException>(() => FinetuneTrainer.Train(other, Metadata(other))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_fine_tunes_its_heads_and_its_model_file_predicts_what_it_did()
    {
        var world = new TinyWorld();
        WriteBackbone(world.Backbone);
        var options = world.Options with { Finetune = Few with { Epochs = 1 }, Replicates = 100 };
        TrainRun.Execute(options);
        var csv = Path.Combine(world.Folder, "p.csv");
        PredictRun.Execute(
            new PredictRunOptions { Model = world.Out("model.onnx"), Images = [world.Images], Out = csv });
        Table run = TableFile.Read(world.Out("predictions.parquet")), file = TableFile.Read(csv);
        var rows = Enumerable.Range(0, file.RowCount).ToDictionary(i => file.Text("id")[i]!);
        for (var i = 0; i < run.RowCount; i++)
            Assert.Equal(run.Number("gender_p_female")[i], file.Number("gender_p_female")[rows[run.Text("id")[i]!]],
                1e-5);
        Assert.Contains(
            AuditRun.Execute(new() { Model = world.Out("model.onnx"), Images = [world.Images], Labels = options.Labels,
                Out = Path.Combine(world.Folder, "audit"), Audit = new() { Split = null } }).Summary,
            l => l.Contains("images were used to train this model", StringComparison.Ordinal));
        Assert.Contains("Already done: curate, features, heads, train, predict, audit, report.",
            TrainRun.Execute(options).Summary);
        Assert.Contains("Already done: curate, features.",
            TrainRun.Execute(options with { Finetune = null, Force = true }).Summary);
    }

    [Fact]
    public void Resume_takes_the_same_fine_tuning_and_leaves_any_other_as_it_is()
    {
        var world = new TinyWorld();
        WriteBackbone(world.Backbone);
        var options = world.Options with { Finetune = Few with { Epochs = 2, Layers = 1 }, Replicates = 100,
            Resume = true };
        string Refused(TrainRunOptions o) => Assert.Throws<FaceBiasException>(() => TrainRun.Execute(o)).Message;
        Assert.Contains("holds no fine-tuning", Refused(options), StringComparison.Ordinal);
        Assert.Contains("Finetune", Refused(options with { Finetune = null }), StringComparison.Ordinal);
        Assert.False(Directory.Exists(options.Out));

        using var stop = new CancellationTokenSource();
        var progress = new Progress(p =>
        {
            if (p is { Step: "fine-tuning", Done: > 0 })
                stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(
            () => TrainRun.Execute(options with { Resume = false }, progress, stop.Token));
        var before = Contents(options.Out);
        Assert.Contains("other images, labels or options",
            Refused(options with { Finetune = options.Finetune! with { Epochs = 3 } }), StringComparison.Ordinal);
        Assert.Equal(before, Contents(options.Out));

        TrainRun.Execute(options);
        var straight = options with { Out = options.Out + " straight", Resume = false };
        TrainRun.Execute(straight);
        Assert.Equal(File.ReadAllBytes(Path.Combine(straight.Out, "model.onnx")),
            File.ReadAllBytes(Path.Combine(options.Out, "model.onnx")));
        Assert.Contains("Already done: curate, features, heads, train, predict, audit, report.",
            TrainRun.Execute(options).Summary);
    }

    private static Dictionary<string, string> Contents(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .ToDictionary(f => f,
            f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));

    [Fact]
    public void What_cannot_be_trained_is_one_sentence()
    {
        var defaults = new FinetuneOptions();
        foreach (var scope in new[] { "some", "last:", "last:0", "last:-1", "last:x", "" })
            Assert.Contains("Finetune", Assert.Throws<FaceBiasException>(() => defaults.WithScope(scope)).Message,
                StringComparison.Ordinal);
        Assert.Null(defaults.WithScope("head"));
        foreach (var (wrong, option) in new[]
        {
            (defaults with { Epochs = 0 }, "Epochs"), (defaults with { LearningRate = double.NaN }, "LearningRate"),
            (defaults with { Augment = "wild" }, "Augment"), (defaults with { BatchSize = 0 }, "BatchSize"),
            (defaults with { Views = -1 }, "Views"), (defaults with { EmaDecay = 1 }, "EmaDecay"),
            (defaults with { LayerDecay = 0 }, "LayerDecay"),
        })
            Assert.StartsWith("FinetuneOptions." + option, Assert.Throws<FaceBiasException>(wrong.Check).Message,
                StringComparison.Ordinal);
        var job = Job(Few with { Layers = 4 }, "layers");
        Assert.Contains("has 3 layers with weights",
            Assert.Throws<FaceBiasException>(() => FinetuneTrainer.Train(job, Metadata(job))).Message,
            StringComparison.Ordinal);
    }

    private sealed class Progress(Action<StepProgress> report) : IProgress<StepProgress>
    {
        private readonly Lock _gate = new();

        void IProgress<StepProgress>.Report(StepProgress value)
        {
            lock (_gate)
                report(value);
        }
    }

    [Fact]
    public void Mixed_precision_is_for_a_GPU_and_does_not_accumulate()
    {
        var mixed = new FinetuneOptions { Precision = TrainingPrecision.Mixed };
        Assert.Contains("Precision mixed needs Device cuda",
            Assert.Throws<FaceBiasException>(
                () => TrainRun.Execute(Drawn.Value.Options with { Finetune = mixed })).Message,
                StringComparison.Ordinal);
        Assert.Contains("AccumulationSteps",
            Assert.Throws<FaceBiasException>((mixed with { AccumulationSteps = 2 }).Check).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Options_keep_the_names_that_earlier_runs_have_in_JSON()
    {
        var json = JsonSerializer.SerializeToElement(new FinetuneOptions(), CoreJson.Options);
        string[] names = ["accumulate", "backboneShare", "averageDecay"];
        Assert.All(names, name => Assert.True(json.TryGetProperty(name, out _), name));
    }
}
