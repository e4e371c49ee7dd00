using FaceBias.Auditing;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;
using FaceBias.Core.Tests.Reporting;
using FaceBias.Core.Tests.Runs;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Sweep;
using FaceBias.Workflows.Train;

namespace FaceBias.Core.Tests.Sweeps;

public sealed class SweepRunTests(SweepRunTests.World world, Browser browser) : IClassFixture<SweepRunTests.World>
{
    /// <summary>The model of a sweep, asked about pictures, gives the probabilities of its table.</summary>
    internal static void AssertModelSaysWhatTheTableSays(string sweep, string images)
    {
        var asked = Path.Combine(sweep, "asked.parquet");
        PredictRun.Execute(
            new PredictRunOptions { Model = Path.Combine(sweep, "model.onnx"), Images = [images], Out = asked });
        Table own = TableFile.Read(Path.Combine(sweep, "predictions.parquet")), pixels = TableFile.Read(asked);
        var place = Enumerable.Range(0, pixels.RowCount).ToDictionary(r => pixels.Text("id")[r]!, r => r);
        foreach (var column in own.Columns.Select(c => c.Name).Where(
            n => n.StartsWith("gender_p_", StringComparison.Ordinal)))
            for (var r = 0; r < own.RowCount; r++)
                Assert.Equal(own.Number(column)[r], pixels.Number(column)[place[own.Text("id")[r]!]], 1e-4);
    }

    /// <summary>One finished run for all tests.</summary>
    public sealed class World
    {
        public World()
        {
            Tiny = new TinyWorld("""{"size": 48}""", 200);
            TrainRun.Execute(Tiny.Options);
            Space = Path.Combine(Tiny.Folder, "space.json");
            File.WriteAllText(Space,
                """{"parameters": {"hidden": {"low": 4, "high": 32}, "epochs": {"low": 2, "high": 8}, "batch-size": 16, "dropout": {"low": 0, "high": 0.5}, "group-weights": {"low": 0, "high": 1}, "keep": {"choices": ["loss", "objective"]}}}""");
        }

        internal TinyWorld Tiny { get; }

        public string Space { get; }

        public SweepOptions Options(string name) => new()
        {
            Run = Tiny.Options.Out, Out = Path.Combine(Tiny.Folder, name), Groups = ["gender"], Trials = 8,
            SpaceFile = Space, Jobs = 2, Seed = 3,
            Home = Tiny.Options.Home, Replicates = 100,
        };
    }

    [Fact]
    public void A_winner_whose_average_was_shown_worse_is_said_to_be()
    {
        SweepEstimate better = new(0.05, 0.01, 0.09), worse = new(-0.02, -0.03, -0.01),
            unclear = new(-0.01, -0.03, 0.01);
        string Verdict(SweepEstimate average, bool isError = false) =>
            SweepComparison.Verdict(new(ObjectiveKind.WorstGroup), isError, "the run", better, average, better);
        Assert.EndsWith(
            "Its average over all test images is WORSE than that of the run: the interval of that difference leaves out zero.", Verdict(worse), StringComparison.Ordinal);
        Assert.DoesNotContain("average", Verdict(unclear), StringComparison.Ordinal);
        Assert.DoesNotContain("average", Verdict(worse, isError: true), StringComparison.Ordinal);
        Assert.Contains("average", Verdict(better, isError: true), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sweep_leaves_a_winner_that_others_can_use_and_says_the_same_twice()
    {
        var options = world.Options("first");
        var report = SweepRun.Execute(options);
        Assert.Equal(8, report.Complete + report.Pruned + report.Failed);
        var again = SweepRun.Execute(options with { Out = options.Out + "-again", Jobs = 4 });
        Assert.Equal((report.Winner, report.Test.Worst, report.Test.Verdict),
            (again.Winner, again.Test.Worst, again.Test.Verdict));

        // The table says what the report says.
        var table = TableFile.Read(Path.Combine(options.Out, "predictions.parquet"));
        var audit = Auditor.Run(table, new AuditOptions { BootstrapReplicates = 100, Permutations = 100 });
        var groups = audit.Targets.Single(t => t.Name == "gender").Groupings.Single(
            g => g.Attributes is ["gender"]).Groups;
        Assert.Equal(report.Test.Worst.Value, groups.Min(g => g.Find("accuracy")!.Value!.Value), 1e-12);
        Assert.Equal(["gender", "age"],
            OnnxFile.Read(Path.Combine(options.Out, "heads.onnx")).Graph.Output.Select(o => o.Name));
        var page = File.ReadAllText(Path.Combine(options.Out, "sweep.html"));
        Assert.Contains(report.Test.Verdict.Split('\'')[0], page, StringComparison.Ordinal);
        Assert.Equal(8, Directory.GetDirectories(Path.Combine(options.Out, "events")).Length);
        Assert.True(report.Test.Worst.Low <= report.Test.Worst.Value
            && report.Test.Worst.Value <= report.Test.Worst.High);
        await browser.Judge(Path.Combine(options.Out, "sweep.html"));
    }

    [Fact]
    public void A_winner_whose_file_was_changed_is_trained_again_and_the_folder_of_a_run_is_left_alone()
    {
        var options = world.Options("changed") with { Targets = ["gender"], Trials = 4 };
        SweepRun.Execute(options);
        var model = File.ReadAllBytes(Path.Combine(options.Out, "model.onnx"));
        var kept = Directory.GetFiles(Path.Combine(options.Out, "trials"), "*.onnx").Order(StringComparer.Ordinal)
            .ToArray();
        foreach (var file in kept)
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..^1]);
        SweepRun.Execute(options);
        Assert.Equal(model, File.ReadAllBytes(Path.Combine(options.Out, "model.onnx")));
        var before = File.ReadAllBytes(world.Tiny.Out("model.onnx"));
        Assert.Contains("'facebias train'", Sentence(options with { Out = world.Tiny.Options.Out }),
            StringComparison.Ordinal);
        Assert.Contains("'facebias sweep'", Sentence(options with { Run = options.Out, Out = options.Out + "-2" }),
            StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(world.Tiny.Out("model.onnx")));
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
        Assert.Contains("no sweep to resume",
            Assert.Throws<FaceBiasException>(
                () => SweepRun.Execute(world.Options("none") with { Resume = true })).Message,
                StringComparison.Ordinal);
        Assert.Contains("another seed",
            Assert.Throws<FaceBiasException>(() => SweepRun.Execute(options with { Seed = 4, Resume = true })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_is_judged_by_its_error()
    {
        var report = SweepRun.Execute(
            world.Options("age") with { Targets = ["age"], Trials = 4, Objective = Objective.Parse("0.5*gap"),
                Pruner = "none" });
        Assert.True(report.IsError);
        Assert.Equal(4, report.Complete);
        Assert.InRange(report.Validation.Worst!.Value, report.Validation.Average!.Value, 100);
    }

    [Fact]
    public void Constraints_leave_only_feasible_winners()
    {
        var options = world.Options("small") with { Targets = ["gender"], Trials = 10, Pruner = "none",
            Constraints = new() { MaximumBytes = 6000, MaximumMilliseconds = 1000 } };
        var report = SweepRun.Execute(options);
        // What is bounded is the exported file; only the names and notes of its metadata are not counted.
        Assert.InRange(report.Validation.Bytes!.Value, 1, 6000);
        Assert.InRange(new FileInfo(Path.Combine(options.Out, "model.onnx")).Length,
            report.Validation.Bytes!.Value - 500, report.Validation.Bytes!.Value + 2500);
        Assert.True(report.Validation.Milliseconds!.Value > 0);
        var e = Assert.Throws<FaceBiasException>(
            () => SweepRun.Execute(
                options with { Out = options.Out + "-none", Constraints = new() { MaximumBytes = 10 } }));
        Assert.Contains("None of 10 trials kept to the constraints", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_winner_is_a_model_that_predicts_from_pixels_what_its_table_says_and_has_an_audit()
    {
        var options = world.Options("model") with { Targets = ["gender"], Trials = 4 };
        SweepRun.Execute(options);
        AssertModelSaysWhatTheTableSays(options.Out, world.Tiny.Images);
        Assert.Equal(["gender"], AuditFile.Read(Path.Combine(options.Out, "audit.json")).Targets.Select(t => t.Name));
        Assert.True(File.Exists(Path.Combine(options.Out, "audit.html"))
            && File.Exists(Path.Combine(options.Out, "compare.json")));
    }

    [Fact]
    public void A_refit_learns_from_the_validation_images_too_and_other_splits_say_how_firm_the_lead_is()
    {
        var options = world.Options("refit") with { Targets = ["gender"], Trials = 4, Pruner = "none" };
        var plain = SweepRun.Execute(options);
        var refit = SweepRun.Execute(options with { Out = options.Out + "-too", Refit = true, Repeats = 3 });
        Assert.Equal(plain.Winner, refit.Winner);
        Assert.False(File.ReadAllBytes(Path.Combine(options.Out, "heads.onnx")).AsSpan()
            .SequenceEqual(File.ReadAllBytes(Path.Combine(options.Out + "-too", "heads.onnx"))));
        Assert.Contains(refit.Notes,
            n => n.Contains("trained again on training and validation images together", StringComparison.Ordinal));
        Assert.Null(plain.Repeats);
        var r = refit.Repeats!;
        Assert.Equal(r.Worst.Value - r.BaselineWorst.Value, r.WorstDifference.Value, 1e-12);
        Assert.InRange(r.WorstDifference.Value, r.WorstDifference.Low, r.WorstDifference.High);
        Assert.True(refit.Optimism!.Optimism >= 0);
        Assert.Equal(refit.Optimism.Validation - refit.Optimism.Optimism, refit.Optimism.Corrected, 1e-12);
    }

    [Fact]
    public void Nested_validation_searches_again_in_every_fold_and_goes_on_where_it_stopped()
    {
        var options = world.Options("nested") with { Targets = ["gender"], Trials = 3, Pruner = "none", Folds = 3 };
        var stop = new CancellationTokenSource();
        // Stopped in the second fold, after the sweep itself.
        var progress = new Stopping(p => p.Step.Contains("fold 2", StringComparison.Ordinal), stop.Cancel);
        Assert.ThrowsAny<OperationCanceledException>(
            () => SweepRun.Execute(options, progress: progress, cancellationToken: stop.Token));
        var first = File.ReadAllLines(Path.Combine(options.Out, "nested", "fold-1", "journal.jsonl"));
        var nested = SweepRun.Execute(options with { Resume = true }).Nested!;
        Assert.Equal(first, File.ReadAllLines(Path.Combine(options.Out, "nested", "fold-1", "journal.jsonl")));
        Assert.Equal(nested, SweepRun.Execute(options with { Out = options.Out + "-whole" }).Nested);
        Assert.Equal(3, nested.Folds.Repeats);
        Assert.Equal(nested.Folds.Worst.Value - nested.Folds.BaselineWorst.Value, nested.Folds.WorstDifference.Value,
            1e-12);
        Assert.Contains("nested", File.ReadAllText(Path.Combine(options.Out, "sweep.html")), StringComparison.Ordinal);

        using var data = SweepData.Open(world.Tiny.Options.Out, ["gender"], ["gender"], world.Tiny.Options.Home);
        var folds = Enumerable.Range(0, 3).Select(f => NestedValidation.Fold(data, options, f)).ToArray();
        // Every training or validation image is held out once, and never searched on where it is.
        Assert.Equal(data.Train.Concat(data.Validation).Order(), folds.SelectMany(f => f.Outer).Order());
        Assert.All(folds,
            f => Assert.Equal(data.Train.Concat(data.Validation).Order(),
                f.Outer.Concat(f.Inner.Train).Concat(f.Inner.Validation).Order()));
        var e = Assert.Throws<FaceBiasException>(
            () => SweepRun.Execute(options with { Out = options.Out + "-many", Folds = 20 }));
        Assert.Contains("nested:20", e.Message, StringComparison.Ordinal);
    }

    private sealed class Stopping(Func<StepProgress, bool> when, Action stop) : IProgress<StepProgress>
    {
        public void Report(StepProgress value)
        {
            if (when(value))
                stop();
        }
    }

    [Theory]
    [InlineData("repeated:5", 5, 0)]
    [InlineData("nested:4", 0, 4)]
    [InlineData(null, 0, 0)]
    public void Kinds_of_validation_are_read(string? text, int repeats, int folds) =>
        Assert.Equal((repeats, folds), SweepOptions.ParseValidation(text));

    [Theory]
    [InlineData("nested")]
    [InlineData("nested:1")]
    [InlineData("nested:21")]
    [InlineData("repeated:x")]
    [InlineData("other:5")]
    public void Other_kinds_of_validation_are_refused(string text) =>
        Assert.Contains("Validate must be",
            Assert.Throws<FaceBiasException>(() => SweepOptions.ParseValidation(text)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("jtt", true)]
    [InlineData("self", false)]
    public void A_winner_by_a_mitigation_method_is_refitted_unless_it_fits_on_validation(string method, bool refitted)
    {
        var space = Path.Combine(world.Tiny.Folder, method + ".json");
        File.WriteAllText(space, $$"""{"parameters": {"method": "{{method}}", "epochs": 3, "batch-size": 16} }""");
        var options = world.Options(method) with { Targets = ["gender"], Trials = 2, Pruner = "none",
            SpaceFile = space };
        SweepRun.Execute(options);
        var refit = SweepRun.Execute(options with { Out = options.Out + "-refit", Refit = true });
        byte[] Heads(string folder) => File.ReadAllBytes(Path.Combine(folder, "heads.onnx"));
        Assert.Equal(refitted, !Heads(options.Out).AsSpan().SequenceEqual(Heads(options.Out + "-refit")));
        Assert.Contains(refit.Notes,
            n => n.StartsWith(refitted ? "The winner was trained again" : "The winner was not trained again",
                StringComparison.Ordinal));
    }

    [Fact]
    public void Other_splits_keep_the_rows_and_each_groups_share()
    {
        using var data = SweepData.Open(world.Tiny.Options.Out, ["gender"], ["gender"], world.Tiny.Options.Home);
        var other = RepeatedValidation.Resplit(data, 5, 2);
        Assert.Equal(data.Train.Concat(data.Validation).Order(), other.Train.Concat(other.Validation).Order());
        Assert.Equal(data.Validation.Length, other.Validation.Length);
        Assert.NotEqual(data.Validation, other.Validation);
        Assert.Equal(data.Test, other.Test);
        int[] all = Counts([.. data.Train, .. data.Validation]), held = Counts(other.Validation);
        Assert.All(all.Zip(held),
            c => Assert.InRange(c.Second - (double)c.First * data.Validation.Length / all.Sum(), -1, 1));
        int[] Counts(int[] rows) =>
            [.. Enumerable.Range(0, data.Cells.Names.Count).Select(g => rows.Count(r => data.Cells.Codes[r] == g))];
    }

    [Fact]
    public void Chance_neither_chooses_the_winner_nor_stays_in_its_figure()
    {
        using var data = SweepData.Open(world.Tiny.Options.Out, ["gender"], ["gender"], world.Tiny.Options.Home);
        var objective = new Objective(ObjectiveKind.WorstGroup);
        var space = new SearchSpace([new NumberParameter("x", 0, 1) { Default = 0 }]);
        Trial Of(int number, Func<int, int, double> outcome)
        {
            double[] outcomes = [.. data.Validation.Select((r, i) => outcome(i, data.Cells.Codes[r]))];
            var metrics = data.MetricsOf(outcomes, data.Validation);
            return new(number, space.Defaults, TrialState.Complete, [], new()
            {
                Losses = objective.Losses(metrics), TieBreak = objective.TieBreak(metrics),
                Outcomes = [.. outcomes.Select(o => (float)o)],
                Metrics = new() { Worst = metrics.Worst },
            }, null, 0);
        }
        // Trial 0 has the best worst group by one row; trial 1 is right on all of the other group; trial 2 is far
        // behind.
        var firstOfGroup =
            Enumerable.Range(0, data.Validation.Length).First(i => data.Cells.Codes[data.Validation[i]] == 0);
        Trial[] trials =
        [
            Of(0, (i, g) => i % 4 == 0 && i != firstOfGroup ? 0 : 1),
            Of(1, (i, g) => g == 0 && i % 4 == 0 || i == firstOfGroup ? 0 : 1), Of(2, (i, g) => g == 1 ? 1 : i % 2),
        ];
        Assert.True(trials[0].Loss <= trials[1].Loss);
        Assert.Equal(1, new ValidationBootstrap(trials, data, objective, 1).Winner(trials)!.Number);

        SweepOptimism Optimism(Func<int, Trial> trial) =>
            new ValidationBootstrap([.. Enumerable.Range(0, 30).Select(trial)], data, objective, 1).Optimism(trial(0))!;
        Assert.InRange(Optimism(_ => Of(0, (i, _) => i % 5 == 0 ? 0 : 1)).Optimism, 0, 0.02);
        Assert.InRange(Optimism(
            n => Of(n, (i, _) => new CounterRandom(9, "luck").Uniform((ulong)(n * 1000 + i)) < 0.8 ? 1 : 0)).Optimism,
            0.03, 0.5);
    }

    [Fact]
    public void A_sweep_starts_from_images_too_and_has_to_beat_the_default_options()
    {
        var options = world.Options("images") with { Trials = 3 };
        options = options with
        {
            Run = null,
            Prepare = world.Tiny.Options with { Out = Path.Combine(options.Out, "run"), Targets = ["gender"],
                Groups = ["glasses"] },
            Groups = ["gender", "glasses"],
        };
        var report = SweepRun.Execute(options);
        Assert.Equal("the default options", report.Test.Against);
        Assert.Equal(["gender", "glasses"], report.Groups);
        Assert.False(File.Exists(Path.Combine(options.Out, "run", "model.onnx")));
        Assert.True(File.Exists(Path.Combine(options.Out, "model.onnx"))
            && File.Exists(Path.Combine(options.Out, "baseline.parquet")));
        var again = SweepRun.Execute(options with { Resume = true, Trials = 4 });
        Assert.Equal(4, again.Complete + again.Pruned + again.Failed);
        Assert.Contains("Run", Sentence(options with { Prepare = null }), StringComparison.Ordinal);

        // What another --backbone leaves in the same folder; the record says whose features are the run's.
        foreach (var file in Directory.GetFiles(Path.Combine(options.Out, "run", "features")))
            File.Copy(file, file.Replace("tiny", "other", StringComparison.Ordinal));
        Assert.Equal(report.Winner, SweepRun.Execute(options with { Resume = true }).Winner);
    }

    [Fact]
    public void Backbones_and_mirrored_pictures_are_searched_where_the_space_names_them()
    {
        var second = Path.Combine(world.Tiny.Folder, "second.onnx");
        TinyWorld.WriteBackbone(second, hasFeatures: true);
        ModelFileImport.Run(new ModelStore(world.Tiny.Options.Home), second, "second");
        var space = Path.Combine(world.Tiny.Folder, "features.json");
        File.WriteAllText(space,
            """{"parameters": {"backbone": {"choices": ["tiny", "second"]}, "mirror": {"choices": [false, true]}, "hidden": 8, "epochs": 3, "batch-size": 16}}""");
        var options = world.Options("backbones") with { Targets = ["gender"], SpaceFile = space, Sampler = "grid",
            Pruner = "none", Trials = 10 };
        var report = SweepRun.Execute(options);
        Assert.Equal(4, report.Complete);
        Assert.Equal(report.Values["backbone"],
            ModelMetadata.Read(OnnxFile.Read(Path.Combine(options.Out, "model.onnx")), "model").Backbone);
    }

    [Theory]
    [InlineData("validation")]
    [InlineData("test")]
    public void A_lone_group_is_refused_before_the_first_trial(string split)
    {
        var options = world.Options("lone-" + split);
        var run = Path.Combine(world.Tiny.Folder, "run-" + split);
        using var folder =
            RunFolder.Begin(run, "train", new Dictionary<string, object?> { ["backbone"] = world.Tiny.Backbone });
        folder.Do("features", [], ["features/tiny.npy", "features/tiny.rows.parquet"],
            () => Directory.CreateSymbolicLink(folder["features"], world.Tiny.Out("features")));
        var table = TableFile.Read(world.Tiny.Out("predictions.parquet"));
        var splits = table.Text("split");
        folder.Do("predict", [], ["predictions.parquet"], () => TableFile.Write(folder["predictions.parquet"], new(
            [.. table.Columns,
                new TextColumn("site",
                    [.. Enumerable.Range(0, table.RowCount).Select(
                        r => splits[r] == split || r % 2 == 0 ? "here" : "there")])])));
        Assert.Contains($"Only 1 of the 2 groups site have at least 10 {split} images",
            Sentence(options with { Run = run, Groups = ["site"] }), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(options.Out, "journal.jsonl")));
    }

    [Fact]
    public void What_cannot_be_searched_is_one_sentence()
    {
        var options = world.Options("wrong");
        Assert.Contains("no target 'height'", Sentence(options with { Targets = ["height"] }),
            StringComparison.Ordinal);
        Assert.Contains("There is no folder", Sentence(options with { Run = "/nowhere" }), StringComparison.Ordinal);
        Assert.Contains("Sampler must be tpe", Sentence(options with { Sampler = "x" }), StringComparison.Ordinal);
        Assert.Contains("Average", Sentence(options with { Constraints = new() { Average = 2 } }),
            StringComparison.Ordinal);
        Assert.Contains("'height'", Sentence(options with { Groups = ["height"] }), StringComparison.Ordinal);
        Assert.Throws<FaceBiasException>(() => Objective.Parse("-1*gap"));
        Assert.Throws<FaceBiasException>(() => Objective.Parse("gap"));
    }

    private static string Sentence(SweepOptions options) =>
        Assert.Throws<FaceBiasException>(() => SweepRun.Execute(options)).Message;
}
