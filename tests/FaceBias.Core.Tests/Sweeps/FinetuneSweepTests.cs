using FaceBias.Core.Backbones;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Tests.Finetuning;
using FaceBias.Core.Tests.Runs;
using FaceBias.Onnx.Graphs;
using FaceBias.Workflows.Sweep;
using FaceBias.Workflows.Train;

namespace FaceBias.Core.Tests.Sweeps;

/// <summary>Sweeps that train layers of the backbone too, on drawn faces and a backbone of three small
/// convolutions.</summary>
public sealed class FinetuneSweepTests(FinetuneSweepTests.World world) : IClassFixture<FinetuneSweepTests.World>
{
    private const string Heads =
        "\"hidden\": 8, \"members\": 1, \"epochs\": 2, \"batch-size\": 16, \"finetune-batch-size\": 16, "
            + "\"finetune-rate\": {\"low\": 0.001, \"high\": 0.01}";

    /// <summary>One finished run for all tests.</summary>
    public sealed class World
    {
        public World()
        {
            Tiny = new TinyWorld("""{"size": 48}""", 200);
            FinetuneTests.WriteBackbone(Tiny.Backbone);
            TrainRun.Execute(Tiny.Options);
        }

        internal TinyWorld Tiny { get; }

        internal SweepOptions Options(string name, string parameters)
        {
            var space = Path.Combine(Tiny.Folder, name + ".json");
            File.WriteAllText(space, $$"""{"parameters": { {{parameters}} } }""");
            return new()
            {
                Run = Tiny.Options.Out, Out = Path.Combine(Tiny.Folder, name), Targets = ["gender"],
                Groups = ["gender"], Trials = 4, SpaceFile = space, Jobs = 2,
                Seed = 3, Sampler = "random", Home = Tiny.Options.Home, Replicates = 100,
            };
        }
    }

    [Fact]
    public void Depth_is_searched_beside_heads_and_the_same_twice()
    {
        var options = world.Options("depth",
            $$"""{{Heads}}, "finetune": {"choices": ["head", "last:1", "all"]}, "finetune-epochs": {"low": 1, "high": 2}, "augment": {"choices": ["none", "light"]}""");
        var first = SweepRun.Execute(options with { Trials = 6 });
        var again = SweepRun.Execute(options with { Trials = 6, Jobs = 1, Out = options.Out + "-again" });
        Assert.Equal(0, first.Failed);
        Assert.Equal((first.Winner, first.Test.Worst, first.Test.Average),
            (again.Winner, again.Test.Worst, again.Test.Average));
        var scopes = File.ReadLines(Path.Combine(options.Out, "journal.jsonl")).Skip(1).ToList();
        Assert.Contains(scopes,
            l => l.Contains("\"finetune\":\"head\"", StringComparison.Ordinal)
                && !l.Contains("finetune-rate", StringComparison.Ordinal));
        Assert.Contains(scopes,
            l => !l.Contains("\"finetune\":\"head\"", StringComparison.Ordinal)
                && l.Contains("finetune-rate", StringComparison.Ordinal));
        // Checkpoints of trials go with them.
        Assert.Empty(Directory.GetDirectories(Path.Combine(options.Out, "trials"), "finetune-*"));
    }

    [Fact]
    public void A_winner_that_trained_the_backbone_is_one_file_that_says_what_its_table_says()
    {
        var options = world.Options("whole", $$"""{{Heads}}, "finetune": "all", "finetune-epochs": 2""") with
            { Refit = true, Constraints = new() { MaximumBytes = 100_000, MaximumMilliseconds = 10_000 } };
        var report = SweepRun.Execute(options);
        Assert.False(File.Exists(Path.Combine(options.Out, "heads.onnx")));
        Assert.NotNull(report.Validation.HeadEpoch);
        Assert.InRange(new FileInfo(Path.Combine(options.Out, "model.onnx")).Length,
            report.Validation.Bytes!.Value - 500, report.Validation.Bytes!.Value + 500);
        // The convolutions are no longer the run's.
        float[] Weights(string file) =>
            OnnxFile.Read(file).Graph.Initializer.First(t => t.Name.EndsWith("w0", StringComparison.Ordinal))
                .ToFloats();
        Assert.NotEqual(Weights(world.Tiny.Backbone), Weights(Path.Combine(options.Out, "model.onnx")));
        SweepRunTests.AssertModelSaysWhatTheTableSays(options.Out, world.Tiny.Images);
    }

    [Fact]
    public void Depth_that_the_backbone_does_not_have_and_pictures_that_are_gone_are_said_before_the_first_trial()
    {
        var options = world.Options("deeper", $$"""{{Heads}}, "finetune": "last:9" """);
        Assert.Contains("'last:9'; it must be one of head, last:1, last:2, last:3",
            Assert.Throws<FaceBiasException>(() => SweepRun.Execute(options)).Message, StringComparison.Ordinal);
        options = world.Options("rate", """ "hidden": 8, "finetune-rate": 0.001 """);
        Assert.Contains("finetune-rate means nothing without finetune",
            Assert.Throws<FaceBiasException>(() => SweepRun.Execute(options)).Message, StringComparison.Ordinal);
        options = world.Options("renamed", """ "finetune": "all", "backbone-share": 0.5 """);
        Assert.Contains("it is now 'backbone-lr-multiplier'",
            Assert.Throws<FaceBiasException>(() => SweepRun.Execute(options)).Message, StringComparison.Ordinal);
        options = world.Options("gone", $$"""{{Heads}}, "finetune": "last:1" """);
        var picture = Directory.GetFiles(world.Tiny.Images).Order().First();
        File.Move(picture, picture + ".away");
        try
        {
            Assert.Contains("is not now", Assert.Throws<FaceBiasException>(() => SweepRun.Execute(options)).Message,
                StringComparison.Ordinal);
        }
        finally
        {
            File.Move(picture + ".away", picture);
        }
    }

    [Fact]
    public void The_parameters_of_fine_tuning_are_not_searched_unless_a_file_names_them()
    {
        Assert.All(FinetuneSpace.Known(3), p => Assert.True(p.OnRequest));
        Assert.Equal(["head", "last:1", "last:2", "last:3", "all"],
            ((ChoiceParameter)FinetuneSpace.Known(3)[0]).Choices);
    }
}
