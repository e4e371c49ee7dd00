using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Exporting;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Tables;
using FaceBias.Reporting.Cards;
using FaceBias.Tests;
using FaceBias.Workflows.Audit;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.Train;

namespace FaceBias.Core.Tests.Runs;

public class TrainRunTests
{
    [Fact]
    public void Images_become_a_model_whose_file_predicts_what_the_run_did()
    {
        var world = new TinyWorld();
        var result = TrainRun.Execute(world.Options);
        string[] files = ["manifest.parquet", "curation.json", "features/tiny.npy", "features/tiny.rows.parquet",
            "model.onnx",
            "predictions.parquet", "audit.json", "report.html", "card/MODEL_CARD.md", "card/answers.json",
            "run.json"];
        foreach (var file in files)
            Assert.True(File.Exists(world.Out(file)), file);
        Assert.NotEmpty(Directory.GetFiles(world.Out("events")));
        Assert.Empty(CardFolder.Verify(world.Options.Out));
        Assert.Equal(["gender", "age"], result.Audit.Targets.Select(t => t.Name));

        var metadata = ModelMetadata.Read(OnnxFile.Read(world.Out("model.onnx")), "model.onnx");
        Assert.Equal(["female", "male"], Assert.IsType<CategoricalOutput>(metadata.Targets[0]).Classes);
        Assert.Equal("years", Assert.IsType<NumericOutput>(metadata.Targets[1]).Unit);

        var csv = Path.Combine(world.Folder, "p.csv");
        var lines = PredictRun.Execute(
            new PredictRunOptions { Model = world.Out("model.onnx"), Images = [world.Images], Labels = world.Labels,
                Out = csv });
        Assert.Contains(lines, l => l.Contains("images were used to train this model", StringComparison.Ordinal));
        // The same pictures, compressed again: no byte is equal.
        var again = Directory.CreateDirectory(Path.Combine(world.Folder, "again")).FullName;
        var decoder = new ImageDecoder();
        var copies = TableFile.Read(world.Out("predictions.parquet"));
        foreach (var row in Enumerable.Range(0, copies.RowCount).Where(r => copies.Text("split")[r] == "train").Take(8))
        {
            var pixels = new float[3 * 48 * 48];
            Assert.Null(decoder.Decode(copies.Text("path")[row]!, new(48, 48), pixels).Problem);
            File.WriteAllBytes(Path.Combine(again, $"{row}.jpg"), PictureEncoder.Jpeg(pixels, new(48, 48)));
        }
        var near = PredictRun.Execute(new PredictRunOptions { Model = world.Out("model.onnx"), Images = [again],
            Out = Path.Combine(world.Folder, "near.csv") });
        Assert.DoesNotContain(near, l => l.Contains("were used to train this model", StringComparison.Ordinal));
        Assert.Contains(near, l => l.StartsWith("8 of 8 images look like copies of images that trained this model", StringComparison.Ordinal));
        Fails(world.Options with { Out = world.Images }, "is the folder of images");

        Table run = TableFile.Read(world.Out("predictions.parquet")), file2 = TableFile.Read(csv);
        var rows = Enumerable.Range(0, file2.RowCount).ToDictionary(i => file2.Text("id")[i]!);
        for (var i = 0; i < run.RowCount; i++)
        {
            var other = rows[run.Text("id")[i]!];
            Assert.Equal(run.Number("gender_p_female")[i], file2.Number("gender_p_female")[other], 1e-5);
            Assert.Equal(run.Number("age")[i], file2.Number("age")[other], 1e-3);
            Assert.Equal(run.Text("gender")[i], file2.Text("gender")[other]);
            Assert.Equal(run.Number("age_true")[i], file2.Number("age_true")[other]);
            Assert.Equal(run.Text("split")[i], file2.Text("split")[other]);
            Assert.Equal(run.Text("glasses")[i], file2.Text("glasses")[other]);
        }
    }

    [Fact]
    public void The_same_command_again_skips_what_is_done_and_another_head_does_not()
    {
        var world = new TinyWorld();
        TrainRun.Execute(world.Options);
        var written = File.GetLastWriteTimeUtc(world.Out("model.onnx"));
        Assert.Contains("Already done: curate, features, train, predict, audit, report.",
            TrainRun.Execute(world.Options).Summary);
        Assert.Equal(written, File.GetLastWriteTimeUtc(world.Out("model.onnx")));
        var other = world.Options with { Training = world.Options.Training with { Hidden = 9 } };
        Fails(other, "hidden 8 instead of 9");
        Assert.Equal(written, File.GetLastWriteTimeUtc(world.Out("model.onnx")));
        var wider = TrainRun.Execute(other with { Force = true });
        Assert.Contains("Already done: curate, features.", wider.Summary);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(30, false)]
    public void Images_that_were_kept_together_are_taken_together_by_every_audit(int images, bool clustered)
    {
        var world = new TinyWorld(count: 120);
        var labels = TableFile.Read(world.Labels);
        var file = Path.Combine(world.Folder, "persons.csv");
        string?[] Texts(Func<int, string> of) => [.. Enumerable.Range(0, labels.RowCount).Select(of)];
        TableFile.Write(file, new Table([.. labels.Columns.Where(c => c.Name is not ("split" or "person")),
            new TextColumn("person", Texts(i => $"p{i / images}")),
            new TextColumn("split", Texts(i => i / images % 3 == 0 ? "train" : "test"))]));
        var run = TrainRun.Execute(world.Options with { Labels = file, KeepTogether = "person" });
        Assert.Equal(clustered ? "person" : null, run.Audit.Options.Cluster);
        var said = clustered ? "are taken together here" : "too few to take rows together";
        Assert.Contains(run.Audit.Notices, n => n.Contains(said, StringComparison.Ordinal));
        Assert.Contains(run.Summary, n => n.Contains(said, StringComparison.Ordinal));
        AuditRunOptions again = new() { Predictions = world.Out("predictions.parquet"),
            Out = Path.Combine(world.Folder, "audit"), Audit = new() { FindSlices = false, BootstrapReplicates = 100 } };
        Assert.Equal(clustered ? "person" : null, AuditRun.Execute(again).Audit!.Options.Cluster);
        var independent = AuditRun.Execute(again with { Audit = again.Audit with { Cluster = "none" } }).Audit!;
        Assert.DoesNotContain(independent.Notices, n => n.Contains("together", StringComparison.Ordinal));
        AuditRunOptions box = new() { Model = world.Out("model.onnx"), Images = [world.Images], Labels = file,
            Out = Path.Combine(world.Folder, "box"), Audit = again.Audit };
        var asked = AuditRun.Execute(box);
        Assert.Equal(clustered ? "person" : null, asked.Audit!.Options.Cluster);
        Assert.Contains(asked.Summary, n => n.Contains("that are for the test", StringComparison.Ordinal));
        Assert.True(AuditRun.Execute(box with { Audit = box.Audit with { Split = null, Resample = false } }).Audit!.Rows
            > asked.Audit.Rows);
        Assert.All(independent.Targets[0].Groupings[0].Groups[0].Estimates, e => Assert.Null(e.EffectiveN));
    }

    [Fact]
    public void The_same_seed_gives_the_same_model_on_any_number_of_threads()
    {
        var world = new TinyWorld();
        var wide = world.Options with { Training = world.Options.Training with { Hidden = 4096, BatchSize = 128 } };
        byte[] Train(int threads)
        {
            var options = wide with { Threads = threads, Out = Path.Combine(world.Folder, $"on-{threads}") };
            TrainRun.Execute(options);
            return File.ReadAllBytes(Path.Combine(options.Out, "model.onnx"));
        }
        var one = Train(1);
        Assert.Equal(one, Train(2));
        Assert.Equal(one, Train(8));
    }

    [Fact]
    public void A_model_that_was_cut_is_made_again_and_other_images_do_not_replace_it_unasked()
    {
        var world = new TinyWorld();
        TrainRun.Execute(world.Options);
        var whole = File.ReadAllBytes(world.Out("model.onnx"));
        File.WriteAllBytes(world.Out("model.onnx"), whole[..1000]);
        var again = TrainRun.Execute(world.Options);
        Assert.Contains(again.Summary,
            l => l.Contains("'model.onnx' was damaged or changed", StringComparison.Ordinal));
        Assert.Equal(whole, File.ReadAllBytes(world.Out("model.onnx")));
        File.Delete(Directory.GetFiles(world.Images)[0]);
        Fails(world.Options, "other options, images or labels");
        Assert.Equal(whole, File.ReadAllBytes(world.Out("model.onnx")));
        TrainRun.Execute(world.Options with { Force = true });
    }

    [Fact]
    public void A_model_that_is_not_the_one_that_the_run_wrote_is_not_used()
    {
        var world = new TinyWorld();
        TrainRun.Execute(world.Options);
        var (model, table) = (world.Out("model.onnx"), Path.Combine(world.Folder, "p.csv"));
        var bytes = File.ReadAllBytes(model);
        var weights = bytes.Length / 2;
        bytes[weights] ^= 1;
        File.WriteAllBytes(model, bytes);
        Action[] uses =
        [
            () => PredictRun.Execute(new PredictRunOptions { Model = model, Images = [world.Images], Out = table }),
            () => DotNetExport.Write(model, Path.Combine(world.Folder, "app"), "FaceApp", force: false),
            () => DotNetExport.Write(world.Options.Out, Path.Combine(world.Folder, "app"), "FaceApp", force: false),
            () => AuditRun.Execute(
                new() { Model = model, Images = [world.Images], Labels = world.Labels,
                    Out = Path.Combine(world.Folder, "audit") }),
        ];
        foreach (var use in uses)
            Assert.Contains("is not the file that the run wrote", Assert.Throws<FaceBiasException>(use).Message,
                StringComparison.Ordinal);
        Assert.False(File.Exists(table) || Directory.Exists(Path.Combine(world.Folder, "app"))
            || File.Exists(Path.Combine(world.Folder, "audit", "audit.json")));
        // Elsewhere it is a file like any other; a damaged record proves nothing.
        File.WriteAllText(world.Out("run.json"), "{");
        uses[0]();
        Assert.True(File.Exists(table));
    }

    [Fact]
    public void An_audit_does_not_replace_that_of_a_run_unasked()
    {
        var world = new TinyWorld();
        TrainRun.Execute(world.Options);
        var before = File.ReadAllBytes(world.Out("audit.json"));
        var options = new AuditRunOptions { Predictions = world.Out("predictions.parquet"), Out = world.Options.Out };
        var e = Assert.Throws<FaceBiasException>(() => AuditRun.Execute(options));
        Assert.Contains("facebias train", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(world.Out("audit.json")));
    }

    [Theory]
    [InlineData("looking at images")]
    [InlineData("features (tiny)")]
    [InlineData("training")]
    [InlineData("audit")]
    public void A_run_that_is_stopped_in_any_step_goes_on_and_ends_as_if_it_had_not(string step)
    {
        var world = new TinyWorld();
        using var stop = new CancellationTokenSource();
        var seen = new List<string>();
        var progress = new Report(p =>
        {
            seen.Add(p.Step);
            if (p.Step.StartsWith(step, StringComparison.Ordinal))
                stop.Cancel();
        });
        try
        {
            TrainRun.Execute(world.Options, progress, stop.Token);
        }
        catch (OperationCanceledException)
        {
        }
        Assert.True(stop.IsCancellationRequested, $"no step '{step}' among {string.Join(", ", seen.Distinct())}");
        TrainRun.Execute(world.Options);
        var straight = world.Options with { Out = Path.Combine(world.Folder, "straight"),
            Home = Path.Combine(world.Folder, "home2") };
        TrainRun.Execute(straight);
        Assert.Equal(File.ReadAllBytes(Path.Combine(straight.Out, "model.onnx")),
            File.ReadAllBytes(world.Out("model.onnx")));
    }

    [Fact]
    public void Splits_in_the_labels_are_used()
    {
        var world = new TinyWorld();
        TrainRun.Execute(world.Options);
        var labels = TableFile.Read(world.Labels);
        var given = Enumerable.Range(0, labels.RowCount).ToDictionary(i => labels.Text("image")[i]!,
            i => labels.Text("split")[i]);
        var run = TableFile.Read(world.Out("predictions.parquet"));
        for (var i = 0; i < run.RowCount; i++)
            Assert.Equal(given[run.Text("id")[i]!], run.Text("split")[i]);
    }

    [Fact]
    public void A_damaged_feature_cache_is_noticed_and_repaired()
    {
        var world = new TinyWorld();
        TrainRun.Execute(world.Options);
        var before = File.ReadAllBytes(world.Out("model.onnx"));
        var rows = Directory.GetFiles(Path.Combine(world.Folder, "home", "features"), "rows.f32",
            SearchOption.AllDirectories).Single();
        var bytes = File.ReadAllBytes(rows);
        bytes[100] ^= 0xFF;
        File.WriteAllBytes(rows, bytes);
        Directory.Delete(world.Options.Out, recursive: true);
        var result = TrainRun.Execute(world.Options);
        Assert.Contains(result.Summary,
            line => line.StartsWith("1 rows of the feature cache were damaged", StringComparison.Ordinal));
        Assert.Equal(before, File.ReadAllBytes(world.Out("model.onnx")));
    }

    [Fact]
    public void Files_that_cannot_be_used_are_named_and_the_run_goes_on()
    {
        var world = new TinyWorld();
        File.WriteAllBytes(Path.Combine(world.Images, "empty.jpg"), []);
        File.WriteAllText(Path.Combine(world.Images, "text.jpg"), "this is a text");
        TrainRun.Execute(world.Options);
        var manifest = Manifest.Read(world.Out("manifest.parquet"));
        foreach (var name in new[] { "empty.jpg", "text.jpg" })
        {
            var row = Enumerable.Range(0, manifest.Count).Single(i => manifest.Files[i].Id == name);
            Assert.NotNull(manifest.Problem[row]);
            Assert.Equal(Split.None, manifest.Splits[row]);
        }
    }

    [Fact]
    public void What_the_user_gets_wrong_is_one_sentence_that_names_it()
    {
        var world = new TinyWorld();
        var o = world.Options;
        var empty = TestPaths.NewFolder();
        var lone = Path.Combine(world.Folder, "lone.csv");
        File.WriteAllLines(lone,
            File.ReadLines(world.Labels).Select((line, i) => i == 0 ? line + ",site" : line + ",here"));
        var featureless = Path.Combine(world.Folder, "featureless.onnx");
        TinyWorld.WriteBackbone(featureless, hasFeatures: false);
        var text = Path.Combine(world.Folder, "text.onnx");
        File.WriteAllText(text, "no model");
        Fails(o with { Images = [empty] }, "No image was found");
        Fails(o with { Images = [Path.Combine(empty, "nowhere")] }, "nowhere");
        Fails(o with { Labels = Path.Combine(empty, "none.csv") }, "none.csv");
        Fails(o with { Targets = ["beauty"] }, "'beauty'");
        Fails(o with { Targets = ["gender", "gender"] }, "twice");
        Fails(o with { Targets = [] }, "Targets");
        Fails(o with { Training = o.Training with { Hidden = 0 } }, "Hidden");
        Fails(o with { Training = o.Training with { LearningRate = double.NaN } }, "LearningRate");
        Fails(o with { NearDistance = -1 }, "NearDistance");
        Fails(o with { Labels = lone, Targets = ["site"] }, "single class, 'here'");
        Fails(o with { Backbone = text }, "text.onnx");
        Fails(o with { Backbone = featureless }, "featureless.onnx' is no backbone yet");
        Fails(o with { Backbone = "no-such-model" }, "no-such-model");
        Fails(o with { Out = lone }, "is a file");
        Fails(o with { Labels = "utkface" }, "age_gender_race");
    }

    [Fact]
    public void A_full_disk_is_one_sentence_and_loses_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root",
            "needs root on Linux to mount a small file system");
        var world = new TinyWorld();
        var small = Path.Combine(world.Folder, "small");
        Directory.CreateDirectory(small);
        Assert.SkipUnless(Shell($"mount -t tmpfs -o size=128k tmpfs '{small}'"),
            "a small file system cannot be mounted here");
        try
        {
            var e = Fails(world.Options with { Out = Path.Combine(small, "out") }, small);
            Assert.Contains("space", e.Message, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Directory.GetFiles(Path.Combine(small, "out")),
                f => f.EndsWith(".part", StringComparison.Ordinal));
        }
        finally
        {
            Shell($"umount '{small}'");
        }
    }

    private static FaceBiasException Fails(TrainRunOptions options, string names)
    {
        var e = Assert.Throws<FaceBiasException>(() => TrainRun.Execute(options));
        Assert.Contains(names, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        return e;
    }

    private static bool Shell(string command)
    {
        using var process =
            System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", command])
        { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private sealed class Report(Action<StepProgress> report) : IProgress<StepProgress>
    {
        private readonly Lock _gate = new();

        void IProgress<StepProgress>.Report(StepProgress value)
        {
            lock (_gate)
                report(value);
        }
    }
}
