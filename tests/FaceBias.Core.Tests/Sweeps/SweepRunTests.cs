using FaceBias.Core.Auditing;
using FaceBias.Core.Data;
using FaceBias.Core.Runs;
using FaceBias.Core.Sweeps;
using FaceBias.Core.Sweeps.Heads;
using FaceBias.Core.Tests.Runs;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Tests.Sweeps;

public sealed class SweepRunTests(SweepRunTests.World world) : IClassFixture<SweepRunTests.World>
{
    /// <summary>One finished run for all tests.</summary>
    public sealed class World
    {
        public World()
        {
            Tiny = new TinyWorld("""{"size": 48}""", 200);
            TrainRun.Execute(Tiny.Options);
            Space = Path.Combine(Tiny.Folder, "space.json");
            File.WriteAllText(Space, """{"parameters": {"hidden": {"low": 4, "high": 32}, "epochs": {"low": 2, "high": 8}, "batch-size": 16, "dropout": {"low": 0, "high": 0.5}, "group-weights": {"low": 0, "high": 1}, "keep": {"choices": ["loss", "objective"]}}}""");
        }

        internal TinyWorld Tiny { get; }

        public string Space { get; }

        public SweepOptions Options(string name) => new()
        {
            Run = Tiny.Options.Out, Out = Path.Combine(Tiny.Folder, name), Groups = ["gender"], Trials = 8, SpaceFile = Space, Jobs = 2, Seed = 3,
        };
    }

    [Fact]
    public void A_sweep_leaves_a_winner_that_others_can_use_and_says_the_same_twice()
    {
        var options = world.Options("first");
        var report = SweepRun.Execute(options);
        Assert.Equal(8, report.Complete + report.Pruned + report.Failed);
        var again = SweepRun.Execute(options with { Out = options.Out + "-again", Jobs = 4 });
        Assert.Equal((report.Winner, report.Test.Worst, report.Test.Verdict), (again.Winner, again.Test.Worst, again.Test.Verdict));

        // The table says what the report says.
        var table = TableFile.Read(Path.Combine(options.Out, "predictions.parquet"));
        var audit = Auditor.Run(table, new AuditOptions { BootstrapReplicates = 100, Permutations = 100 });
        var groups = audit.Targets.Single(t => t.Name == "gender").Groupings.Single(g => g.Attributes is ["gender"]).Groups;
        Assert.Equal(report.Test.Worst.Value, groups.Min(g => g.Find("accuracy")!.Value!.Value), 1e-12);
        Assert.Equal(["gender", "age"], OnnxFile.Read(Path.Combine(options.Out, "heads.onnx")).Graph.Output.Select(o => o.Name));
        var page = File.ReadAllText(Path.Combine(options.Out, "sweep.html"));
        Assert.Contains(report.Test.Verdict.Split('\'')[0], page, StringComparison.Ordinal);
        Assert.Equal(8, Directory.GetDirectories(Path.Combine(options.Out, "events")).Length);
        Assert.True(report.Test.Worst.Low <= report.Test.Worst.Value && report.Test.Worst.Value <= report.Test.Worst.High);
    }

    [Fact]
    public void More_trials_go_on_from_the_journal()
    {
        var options = world.Options("more") with { Targets = ["gender"] };
        SweepRun.Execute(options with { Trials = 5 });
        var seen = 0;
        var report = SweepRun.Execute(options with { Resume = true }, _ => seen++);
        Assert.Equal(3, seen);
        Assert.Equal(SweepRun.Execute(options with { Out = options.Out + "-whole" }).Winner, report.Winner);
        Assert.Contains("--resume", Assert.Throws<FaceBiasException>(() => SweepRun.Execute(options)).Message, StringComparison.Ordinal);
        Assert.Contains("another seed", Assert.Throws<FaceBiasException>(() => SweepRun.Execute(options with { Seed = 4, Resume = true })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_is_judged_by_its_error()
    {
        var report = SweepRun.Execute(world.Options("age") with { Targets = ["age"], Trials = 4, Objective = Objective.Parse("0.5*gap"), Pruner = "none" });
        Assert.True(report.IsError);
        Assert.Equal(4, report.Complete);
        Assert.InRange(report.Validation["worst"], report.Validation["average"], 100);
    }

    [Fact]
    public void Constraints_leave_only_feasible_winners()
    {
        var options = world.Options("small") with { Targets = ["gender"], Trials = 10, Pruner = "none", Constraints = new() { MaximumBytes = 6000 } };
        var report = SweepRun.Execute(options);
        Assert.InRange(report.Validation["bytes"], 1, 6000);
        var e = Assert.Throws<FaceBiasException>(() => SweepRun.Execute(options with { Out = options.Out + "-none", Constraints = new() { MaximumBytes = 10 } }));
        Assert.Contains("None of 10 trials kept to the constraints", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_searched_is_one_sentence()
    {
        var options = world.Options("wrong");
        Assert.Contains("no target 'height'", Sentence(options with { Targets = ["height"] }), StringComparison.Ordinal);
        Assert.Contains("There is no folder", Sentence(options with { Run = "/nowhere" }), StringComparison.Ordinal);
        Assert.Contains("--sampler 'x' is none", Sentence(options with { Sampler = "x" }), StringComparison.Ordinal);
        Assert.Contains("--min-average", Sentence(options with { Constraints = new() { Average = 2 } }), StringComparison.Ordinal);
        Assert.Contains("'height'", Sentence(options with { Groups = ["height"] }), StringComparison.Ordinal);
        Assert.Throws<FaceBiasException>(() => Objective.Parse("-1*gap"));
        Assert.Throws<FaceBiasException>(() => Objective.Parse("gap"));
    }

    private static string Sentence(SweepOptions options) => Assert.Throws<FaceBiasException>(() => SweepRun.Execute(options)).Message;
}
