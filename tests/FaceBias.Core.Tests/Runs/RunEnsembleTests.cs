using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Ensembles;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows.Audit;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Train;
using FaceBias.Workflows.Uncertainty;

namespace FaceBias.Core.Tests.Runs;

/// <summary>Whole runs, frozen, fine-tuned and of other pictures, averaged into one file.</summary>
public class RunEnsembleTests
{
    private static string Train(TinyWorld world, string name, ulong seed, string? backbone = null,
        bool finetune = false, bool split = true)
    {
        var run = Path.Combine(world.Folder, name);
        TrainRun.Execute(world.Options with
        {
            Out = run,
            Labels = split ? world.Out(RunFolder.ManifestFile)
                : new LabelOptions { Sources = [world.Labels], SplitColumn = "none" },
            Backbone = backbone ?? world.Backbone,
            Training = world.Options.Training with { Seed = seed },
            Finetune = finetune ? new FinetuneOptions { Epochs = 1, BatchSize = 16 } : null,
        });
        return run;
    }

    [Fact]
    public void The_average_of_runs_and_where_they_disagree_are_those_computed_by_hand()
    {
        var world = new TinyWorld(count: 90);
        TrainRun.Execute(world.Options);
        var small = Path.Combine(world.Folder, "small.onnx");
        TinyWorld.WriteBackbone(small, true, 16);
        string[] members = [Train(world, "seed", 8),
            Train(world, "tuned", 9, TinyWorld.WriteTrainableBackbone(world.Folder), finetune: true)];
        var options = new UncertaintyRunOptions { Run = world.Options.Out, Members = members, Uncertainty = ["ensemble"],
            Out = world.Out("ensemble.onnx") };
        UncertaintyRun.Execute(options);

        string[] models = [world.Out("model.onnx"), .. members.Select(m => Path.Combine(m, "model.onnx"))];
        using var average = OnnxPredictor.OfModel(OnnxFile.Read(options.Out), options.Out);
        var image = Directory.EnumerateFiles(world.Images).Order().First(f => new FileInfo(f).Length > 500);
        var pixels = new float[average.RowLength];
        Assert.True(new ImageDecoder().Decode(image, average.Image!, pixels).Ok);
        var outputs = average.Outputs.Zip(average.Predict(pixels, 1)).ToDictionary(o => o.First.Name, o => o.Second);
        var each = models.Select(m => Distributions(m, pixels)).ToArray();

        double[] mean = [.. Enumerable.Range(0, 2).Select(k => each.Average(e => e.Gender[k]))];
        static double Entropy(IEnumerable<double> p) => -p.Sum(x => x > 0 ? x * Math.Log(x) : 0);
        Assert.Equal(mean[0], outputs["gender"][0], 1e-5);
        Assert.Equal(Entropy(mean) - each.Average(e => Entropy(e.Gender)), outputs["gender_uncertainty_ensemble"][0],
            1e-5);
        Assert.Equal(each.Average(e => Entropy(e.Gender)), outputs["gender_uncertainty_ensemble_aleatoric"][0], 1e-5);
        double[] ages = [.. each.Select(e => e.Age.Sum(a => a.Key * a.Value))];
        Assert.Equal(Math.Sqrt(ages.Average(a => (a - ages.Average()) * (a - ages.Average()))),
            outputs["age_uncertainty_ensemble"][0], 1e-3);
        var below = 0.0;
        var median = each.SelectMany(e => e.Age.Keys).Distinct().Order()
            .First(a => (below += each.Average(e => e.Age.GetValueOrDefault(a))) >= 0.5);
        Assert.Equal(median, outputs["age"][0]);
        Assert.Contains("novelty", outputs.Keys);

        // As columns, and in an audit.
        var csv = Path.Combine(world.Folder, "p.csv");
        PredictRun.Execute(new() { Model = options.Out, Images = [world.Images], Labels = world.Labels, Out = csv });
        Assert.True(TableFile.Read(csv).Has("age_uncertainty_ensemble_aleatoric"));
        AuditRun.Execute(new() { Predictions = csv, Out = Path.Combine(world.Folder, "audit") });

        // Pictures of another size are made within the graph, and what else is asked for is fitted to the average.
        var lines = UncertaintyRun.Execute(options with
        {
            Members = [Train(world, "small", 8, small)], Uncertainty = ["conformal", "ensemble"],
            Out = world.Out("both.onnx"),
        });
        Assert.Contains(lines, l => l.Contains("takes pictures of 16 x 16", StringComparison.Ordinal));
        using var both = OnnxPredictor.OfModel(OnnxFile.Read(world.Out("both.onnx")), "both");
        Assert.Contains(both.Outputs, o => o.Name == "gender_set");
    }

    [Fact]
    public void A_member_that_was_trained_on_test_images_or_answers_something_else_is_refused()
    {
        var world = new TinyWorld();
        TrainRun.Execute(world.Options);
        var other = Train(world, "other", 11, split: false);
        var options = new UncertaintyRunOptions { Run = world.Options.Out, Members = [other],
            Uncertainty = ["ensemble"], Out = world.Out("ensemble.onnx") };
        string Said(UncertaintyRunOptions wrong) =>
            Assert.Throws<FaceBiasException>(() => UncertaintyRun.Execute(wrong)).Message;
        Assert.Matches(@"\d+ of the \d+ test images of .* were used to train .*other", Said(options));
        Assert.Contains("hold the same model", Said(options with { Members = [world.Options.Out] }),
            StringComparison.Ordinal);
        Assert.Contains("ensemble", Said(options with { Uncertainty = ["laplace"] }), StringComparison.Ordinal);
        Assert.Contains("no folder", Said(options with { Members = ["nowhere"] }), StringComparison.Ordinal);
        var fewer = world.Options with { Out = Path.Combine(world.Folder, "fewer"), Targets = ["gender"],
            Labels = world.Out(RunFolder.ManifestFile) };
        TrainRun.Execute(fewer);
        Assert.Contains("same targets", Said(options with { Members = [fewer.Out] }), StringComparison.Ordinal);
        Assert.False(File.Exists(options.Out));
    }

    [Fact]
    public void Images_that_only_a_member_was_trained_on_are_not_taken_for_test_images()
    {
        var (world, other) = (new TinyWorld(), new TinyWorld("""{"size": 48, "quality": 80, "age": [{"from": 20, "to": 60, "share": 1}]}"""));
        TrainRun.Execute(world.Options);
        TrainRun.Execute(other.Options);
        var options = new UncertaintyRunOptions { Run = world.Options.Out, Members = [other.Options.Out],
            Uncertainty = ["ensemble"], Out = world.Out("ensemble.onnx") };
        UncertaintyRun.Execute(options);
        var csv = Path.Combine(world.Folder, "p.csv");
        PredictRun.Execute(new() { Model = options.Out, Images = [other.Images], Out = csv });
        var splits = TableFile.Read(csv).Text("split");
        Assert.True(Enumerable.Range(0, splits.Count).Count(r => splits[r] == "train") > splits.Count / 2);
    }

    [Fact]
    public void Distributions_over_different_values_come_onto_one_grid()
    {
        var (grid, maps) = ValueGrid.Common([new("age", 1, 4, 4, null), new("age", 0, 3, 4, null)]);
        Assert.Equal((0, 4, 5, true), (grid.Minimum, grid.Maximum, grid.Bins, grid.IsWhole));
        Assert.Equal([0, 1, 0, 0, 0], maps[0]![..5]);
        Assert.Equal([0, 0, 0, 1, 0], maps[1]![15..]);
        // Steps of 1 and 2: each bin of the wide grid is two of the fine one.
        (grid, maps) = ValueGrid.Common([new("x", 0.5, 3.5, 4, null), new("x", 1, 3, 2, null)]);
        Assert.Equal((0.5, 3.5, 4), (grid.Minimum, grid.Maximum, grid.Bins));
        Assert.Null(maps[0]);
        Assert.Equal([0.5f, 0.5f, 0, 0, 0, 0, 0.5f, 0.5f], maps[1]!);
    }

    /// <summary>The distributions of one model, from its logits.</summary>
    private static (double[] Gender, Dictionary<double, double> Age) Distributions(string file, float[] pixels)
    {
        var model = OnnxFile.Read(file);
        var age = (NumericOutput)ModelMetadata.Read(model, file).Targets.First(t => t.Name == "age");
        string[] logits = [.. model.Graph.Node.Where(n => n.OpType == "Gemm"
            && n.Input[1].StartsWith("heads/age.", StringComparison.Ordinal)).Select(n => n.Output[0])];
        model.Graph.Output.Add(logits.Select(l => new ValueInfoProto { Name = l }));
        using var session = new OnnxSession(model);
        using var batch = session.CreateBatch(1);
        pixels.CopyTo(batch.Input<float>(BackboneMetadata.Pixels));
        batch.Run();
        var ages = new Dictionary<double, double>();
        foreach (var l in logits)
        {
            double[] e = [.. batch.Output<float>(l).ToArray().Select(v => Math.Exp(v))];
            for (var b = 0; b < e.Length; b++)
                ages[age.Value(b)] = ages.GetValueOrDefault(age.Value(b)) + (e[b] / e.Sum() / logits.Length);
        }
        return ([.. batch.Output<float>("gender").ToArray().Select(p => (double)p)], ages);
    }
}
