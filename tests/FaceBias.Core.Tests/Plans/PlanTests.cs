using FaceBias.Core.Tests.Runs;
using FaceBias.Primitives.Storage;
using FaceBias.Workflows.Audit;
using FaceBias.Workflows.Curate;
using FaceBias.Workflows.Features;
using FaceBias.Workflows.Plans;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.Sweep;
using FaceBias.Workflows.Train;

namespace FaceBias.Core.Tests.Plans;

/// <summary>Shards of every step, joined, are the files of one machine; and what happens where something is
/// wrong.</summary>
public sealed class PlanTests(PlanTests.World world) : IClassFixture<PlanTests.World>
{
    /// <summary>One finished run for all tests.</summary>
    public sealed class World
    {
        public World()
        {
            ShardClaim.Beat = TimeSpan.FromMilliseconds(400);
            TrainRun.Execute(Tiny.Options);
        }

        internal TinyWorld Tiny { get; } = new("""{"size": 48, "planted": {"unreadable": 0.02}}""", 200);

        internal string At(string name) => Path.Combine(Tiny.Folder, name);

        internal PredictRunOptions Predict => new()
        {
            Model = Tiny.Out("model.onnx"), Images = [Tiny.Images], Labels = Tiny.Labels, Out = At("one.parquet"),
        };

        internal FeatureRunOptions Features => new()
        {
            Images = [Tiny.Images], Backbone = Tiny.Backbone, Out = At("one.npy"), Home = Tiny.Options.Home,
        };

        internal string Plan<T>(T step, string name, int rows) where T : class
        {
            PlanRun.Execute(new PlanRunOptions<T>
                { Step = step, ShardRows = rows, Out = At(name), Home = Tiny.Options.Home });
            return At(name);
        }

        internal IReadOnlyList<string> Run(string plan, int? shard = null, int workers = 3, bool retry = false) =>
            ShardRun.Execute(new() { Plan = plan, Shard = shard, Workers = workers, RetryFailed = retry,
                Home = Tiny.Options.Home });

        internal IReadOnlyList<string> Merge(string plan, string? output = null) =>
            ShardMerge.Execute(new() { Plan = plan, Out = output, Home = Tiny.Options.Home });
    }

    private static void AssertSame(string one, string merged, params string[] files)
    {
        foreach (var file in files)
            Assert.True(File.ReadAllBytes(Path.Combine(one, file)).SequenceEqual(
                File.ReadAllBytes(Path.Combine(merged, file))), file);
    }

    [Fact]
    public void Predictions_are_those_of_one_machine()
    {
        PredictRun.Execute(world.Predict);
        var plan = world.Plan(world.Predict, "predict", 7);
        world.Run(plan);
        world.Merge(plan, world.At("merged.parquet"));
        AssertSame(world.Predict.Out, world.At("merged.parquet"), "");
        Assert.All(ShardPlan.Open(plan).States(), s => Assert.Equal(ShardState.Done, s));
    }

    [Fact]
    public void Features_are_those_of_one_machine()
    {
        FeatureRun.Execute(world.Features);
        var plan = world.Plan(world.Features, "features", 11);
        world.Run(plan);
        world.Merge(plan, world.At("merged.npy"));
        AssertSame(world.Features.Out, world.At("merged.npy"), "");
        AssertSame(world.At("one.rows.parquet"), world.At("merged.rows.parquet"), "");
    }

    [Fact]
    public void A_curation_is_that_of_one_machine()
    {
        var options = new CurateRunOptions { Images = [world.Tiny.Images], Labels = world.Tiny.Labels,
            Out = world.At("curated"), Home = world.Tiny.Options.Home };
        CurateRun.Execute(options);
        var plan = world.Plan(options, "curate", 13);
        world.Run(plan);
        world.Merge(plan);
        AssertSame(options.Out, Path.Combine(plan, "result"), "manifest.parquet", "curation.json", "curation.html",
            "review.csv");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(10_000)]
    public void An_audit_is_that_of_one_machine_wherever_its_replicates_are_divided(int blocks)
    {
        var options = new AuditRunOptions { Predictions = world.Tiny.Out("predictions.parquet"),
            Out = world.At($"audited{blocks}"), Audit = new() { Groups = ["glasses"], Split = null } };
        AuditRun.Execute(options);
        var plan = world.Plan(options, $"audit{blocks}", blocks);
        world.Run(plan);
        world.Merge(plan);
        AssertSame(options.Out, Path.Combine(plan, "result"), "audit.json", "audit.parquet", "audit.html");
        Assert.Contains("plan predict", Assert.Throws<FaceBiasException>(() => world.Plan(
            options with { Predictions = null, Model = "gear", Images = ["x"], Labels = "utkface" }, "no", 1)).Message,
            StringComparison.Ordinal);
    }

    private SweepOptions Sweep(string name)
    {
        var space = world.At($"{name}.json");
        File.WriteAllText(space, """{"parameters": {"hidden": {"low": 4, "high": 32}, "epochs": {"low": 1, "high": 3}}}""");
        return new() { Run = world.Tiny.Options.Out, Out = world.At(name), Groups = ["gender"], Trials = 5,
            SpaceFile = space, Seed = 3, Home = world.Tiny.Options.Home, Replicates = 100, Lookahead = 2 };
    }

    [Fact]
    public void A_sweep_is_that_of_one_machine_but_for_its_times()
    {
        var options = Sweep("swept");
        SweepRun.Execute(options);
        var plan = world.Plan(options, "sweep", 2);
        world.Run(plan);
        world.Merge(plan);
        AssertSame(options.Out, Path.Combine(plan, "result"), "model.onnx", "sweep.json", "audit.json",
            "predictions.parquet");
    }

    /// <summary>A machine with too much work claims a shard late, and renews a claim late.</summary>
    [Fact]
    public void Trials_of_an_earlier_shard_are_waited_for_where_its_worker_is_late()
    {
        var plans = new[] { "claimed late", "renewed late" }.Select(n => world.Plan(Sweep(n), $"plan {n}", 2)).ToArray();
        // The first shard of one plan cannot be claimed yet, as something has the claim's name.
        var late = Directory.CreateDirectory(Path.Combine(plans[0], "claims", "00000.json"));
        // That of the other is claimed by this process, and the claim is not renewed.
        world.Run(plans[1], 0);
        var stats = Path.Combine(plans[1], "shards", "00000.json");
        File.Move(stats, stats + ".away");
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        Directory.CreateDirectory(Path.Combine(plans[1], "claims"));
        File.WriteAllText(Path.Combine(plans[1], "claims", "00000.json"), $$"""
            {"owner":"x","host":"{{Environment.MachineName}}","process":{{self.Id}},
            "started":{{self.StartTime.ToUniversalTime().Ticks}},"beats":7}
            """);
        var failures = new Exception?[2];
        Thread[] runs = [.. Enumerable.Range(0, 2).Select(i => new Thread(() =>
            failures[i] = Record.Exception(() => world.Run(plans[i], i == 0 ? null : 1))))];
        foreach (var run in runs)
            run.Start();
        // Longer than a claim of another machine would be waited for, shorter than one of this.
        Thread.Sleep(6 * ShardClaim.Beat);
        late.Delete();
        File.Move(stats + ".away", stats);
        foreach (var run in runs)
            run.Join();
        Assert.All(failures, Assert.Null);
        Assert.All(ShardPlan.Open(plans[0]).States(), s => Assert.Equal(ShardState.Done, s));
        Assert.Equal(ShardState.Done, ShardPlan.Open(plans[1]).State(1));
    }

    [Fact]
    public void Rows_that_failed_are_computed_again_and_no_others()
    {
        var folder = world.At("mended");
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(world.Tiny.Images).Order(StringComparer.Ordinal).Take(20))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var broken = Path.Combine(folder, "face-broken.png");
        File.WriteAllText(broken, "no picture");
        var options = world.Features with { Images = [folder], Out = world.At("mended.npy") };
        var plan = world.Plan(options, "retry", 5);
        Assert.Contains(world.Run(plan), l => l.Contains("rows failed", StringComparison.Ordinal));
        var opened = ShardPlan.Open(plan);
        var failed = Enumerable.Range(0, opened.Count)
            .Single(s => opened.Stats(s)!.Failed.Any(f => f.Id == "face-broken.png"));
        var before = Enumerable.Range(0, opened.Count).ToDictionary(s => s, s => opened.Stats(s)!);
        File.Copy(Directory.GetFiles(folder).First(f => new FileInfo(f).Length > 500), broken, overwrite: true);
        world.Run(plan, retry: true);
        Assert.DoesNotContain(opened.Stats(failed)!.Failed, f => f.Id == "face-broken.png");
        foreach (var (shard, stats) in before.Where(b => b.Value.Failed.Count == 0))
            Assert.Equal(stats.Seconds, opened.Stats(shard)!.Seconds);
        FeatureRun.Execute(options);
        world.Merge(plan, world.At("mended-merged.npy"));
        AssertSame(options.Out, world.At("mended-merged.npy"), "");
    }

    [Fact]
    public void What_is_wrong_gets_a_sentence_and_says_whether_to_try_again()
    {
        var plan = world.Plan(world.Features, "hostile", 50);
        var other = world.Plan(world.Features with { Images = [Directory.GetFiles(world.Tiny.Images)[0]] }, "other", 50);
        void Fails(ErrorKind kind, string words, Action act)
        {
            var failure = Assert.Throws<FaceBiasException>(act);
            Assert.Contains(words, failure.Message, StringComparison.Ordinal);
            Assert.Equal(kind, failure.Kind);
        }
        Fails(ErrorKind.Busy, "run 'facebias run", () => world.Merge(plan));
        world.Run(plan);
        world.Run(other);
        Fails(ErrorKind.Permanent, "no shard 9", () => world.Run(plan, 9));
        var shard = Path.Combine(plan, "shards", "00001");
        File.Move(shard + ".json", shard + ".away");
        Fails(ErrorKind.Busy, $"Shard 1 is missing; run 'facebias run {plan} --shard 1'", () => world.Merge(plan));
        File.Copy(Path.Combine(other, "shards", "00000.json"), shard + ".json");
        Fails(ErrorKind.Permanent, "belongs to another plan", () => world.Merge(plan));
        Fails(ErrorKind.Permanent, "belongs to another plan", () => world.Run(plan, 1));
        File.Move(shard + ".away", shard + ".json", overwrite: true);
        File.AppendAllText(shard + ".parquet", "x");
        Fails(ErrorKind.Busy, "damaged", () => world.Merge(plan));
        Assert.Contains(world.Run(plan, 1), l => l.StartsWith("1 shards computed", StringComparison.Ordinal));
        using (ShardClaim.Take(ObjectStores.Open(plan), "merge", false, out _, CancellationToken.None))
            Fails(ErrorKind.Busy, "Another merge", () => world.Merge(plan));
        world.Merge(plan, world.At("hostile.npy"));
        // A worker of another machine that lives is left alone; one that no longer renews its claim has lost it.
        File.Delete(shard + ".json");
        using (ShardClaim.Take(ObjectStores.Open(plan), "00001", false, out _, CancellationToken.None))
            Fails(ErrorKind.Busy, "is being computed by process", () => world.Run(plan, 1));
        File.WriteAllText(Path.Combine(plan, "claims", "00001.json"),
            """{"owner":"x","host":"elsewhere","process":1,"started":1,"beats":7}""");
        Assert.Equal(ShardState.Running, ShardPlan.Open(plan).State(1));
        world.Run(plan, 1);
        Assert.Equal(ShardState.Done, ShardPlan.Open(plan).State(1));
        var text = File.ReadAllText(Path.Combine(plan, "plan.json"));
        File.WriteAllText(Path.Combine(plan, "plan.json"),
            text.Replace("\"shardRows\": 50", "\"shardRows\": 49", StringComparison.Ordinal));
        Fails(ErrorKind.Permanent, "was changed since it was written", () => world.Run(plan));
        File.WriteAllText(Path.Combine(plan, "plan.json"), text[..100]);
        Fails(ErrorKind.Permanent, "is no plan", () => world.Run(plan));
        Fails(ErrorKind.Busy, "There is no plan", () => world.Run(world.At("nowhere")));
    }

    [Fact]
    public void What_vanishes_is_tried_again_and_what_changes_never()
    {
        var (images, model) = (world.At("vanishing"), world.At("model.onnx"));
        Directory.CreateDirectory(images);
        foreach (var file in Directory.GetFiles(world.Tiny.Images).Take(4))
            File.Copy(file, Path.Combine(images, Path.GetFileName(file)));
        File.Copy(world.Tiny.Backbone, model);
        var plan = world.Plan(world.Features with { Images = [images], Backbone = model }, "vanish", 2);
        Directory.Move(images, images + "2");
        Assert.Equal(ErrorKind.Busy, Assert.Throws<FaceBiasException>(() => world.Run(plan)).Kind);
        Assert.All(ShardPlan.Open(plan).States(), s => Assert.Equal(ShardState.Open, s));
        Directory.Move(images + "2", images);
        File.Move(model, model + "2");
        Assert.Equal(ErrorKind.Busy, Assert.Throws<FaceBiasException>(() => world.Run(plan)).Kind);
        File.WriteAllText(model, "another");
        Assert.Equal(ErrorKind.Permanent, Assert.Throws<FaceBiasException>(() => world.Run(plan)).Kind);
        File.Move(model + "2", model, overwrite: true);
        world.Run(plan);
        Assert.Equal(ErrorKind.BadInput, Assert.Throws<FaceBiasException>(
            () => world.Plan(world.Features, "vanish", 2)).Kind);
    }
}
