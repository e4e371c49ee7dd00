using System.Text;
using FaceBias.Core.Data;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using FaceBias.Workflows.Bounty;

namespace FaceBias.Core.Tests.Runs;

public class BountyRunTests
{
    [Fact]
    public void Folders_of_the_competition_become_a_submission_with_score_and_audit()
    {
        var folder = TestPaths.NewFolder();
        var (train, test) = BountyRendering.Write(500, 3, Path.Combine(folder, "data"), 0, null,
            CancellationToken.None);
        var backbone = Path.Combine(folder, "tiny.onnx");
        TinyWorld.WriteBackbone(backbone, hasFeatures: true);
        // The mean colours of a grid tell no face from a still life: a person decides.
        var labels = TableFile.Read(Path.Combine(train, "labels.csv"));
        var review = new StringBuilder("id,action\n");
        for (var r = 0; r < labels.RowCount; r++)
            review.Append($"{labels.Text("name")[r]},{(labels.Number("real_face")[r] == 1 ? "keep" : "drop")}\n");
        File.WriteAllText(Path.Combine(folder, "decided.csv"), review.ToString());
        var options = new BountyRunOptions
        {
            Train = train, Test = test, Backbone = backbone, Review = Path.Combine(folder, "decided.csv"),
            Out = Path.Combine(folder, "out"), Home = Path.Combine(folder, "home"),
            Trials = 2, Replicates = 100, Objects = BountyObjects.Predict,
        };
        var (result, lines) = BountyRun.Execute(options);
        Assert.Equal(1, result.Noise!.Recall);
        Assert.Equal(1, result.Noise.Precision);
        Assert.Equal(80, result.Training.Noise);
        Assert.Equal(0, result.Training.Unlabelled);
        Assert.InRange(result.Score!.Score, 0, 16);
        Assert.Equal(10, result.SkinTones.Count);
        Assert.InRange(result.Score.WorstGroups.Count(g => g.Task == "gender"), 3, 7);
        Assert.Contains(lines,
            l => l.Contains("could not be shown", StringComparison.Ordinal)
                || l.Contains("score more", StringComparison.Ordinal)
                || l.Contains("score less", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(options.Out, "audit", "audit.html")));
        Assert.True(File.Exists(Path.Combine(options.Out, "curation", "review.csv")));
        Assert.NotEmpty(Directory.GetDirectories(Path.Combine(options.Out, "events")));

        var submission = TableFile.Read(Path.Combine(options.Out, "submission.csv"));
        Assert.Equal(["name", "skin_tone", "age", "gender"], submission.Columns.Select(c => c.Name));
        Assert.Equal(100, submission.RowCount);
        var probabilities = Npy.Read(Path.Combine(options.Out, "probabilities.npy"));
        Assert.Equal([100, 17], probabilities.Shape);
        // The model's own output gives the same 17 numbers.
        using var session = new OnnxSession(OnnxFile.Read(Path.Combine(options.Out, "model.onnx")), new());
        using var batch = session.CreateBatch(1, [BountyRun.Outputs]);
        var spec = ModelMetadata.Read(OnnxFile.Read(Path.Combine(options.Out, "model.onnx")), "model").Input.ToSpec();
        Assert.Null(new ImageDecoder().Decode(Path.Combine(test, submission.Text("name")[5]!), spec,
            batch.Input<float>("pixels")).Problem);
        batch.Run();
        var own = batch.Output<float>(BountyRun.Outputs);
        for (var j = 0; j < 17; j++)
            Assert.Equal(probabilities.Values[5 * 17 + j], own[j], 1e-4);
        for (var at = 0; at < 16; at = at == 0 ? 10 : at == 10 ? 14 : 16)
            Assert.Equal(1, probabilities.Values.AsSpan(at, at == 0 ? 10 : at == 10 ? 4 : 2).ToArray().Sum(), 1e-5);

        var written = File.GetLastWriteTimeUtc(Path.Combine(options.Out, "model.onnx"));
        var (again, _) = BountyRun.Execute(options);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(options.Out, "model.onnx")));
        Assert.Equal(result.Score.Score, again.Score!.Score);
        Assert.Equal(result.Settings, again.Settings);
    }

    [Fact]
    public void A_fine_tuning_stopped_in_every_phase_ends_as_one_that_was_not()
    {
        var folder = TestPaths.NewFolder();
        var (train, test) = BountyRendering.Write(500, 4, Path.Combine(folder, "data"), 0, null,
            CancellationToken.None);
        var path = Path.Combine(train, "labels.csv");
        var labels = TableFile.Read(path);
        // Every fifth row is without labels, for the first network to label, which is sure about the common gender.
        Column Some(string name) => new TextColumn(name, [.. Enumerable.Range(0, labels.RowCount).Select(
            r => r % 5 == 0 ? null : name != "gender" ? labels.Text(name)[r] : r % 25 == 1 ? "male" : "female")]);
        var review = new StringBuilder("id,action\n");
        for (var r = 0; r < labels.RowCount; r++)
            review.Append($"{labels.Text("name")[r]},{(labels.Number("real_face")[r] == 1 ? "keep" : "drop")}\n");
        File.WriteAllText(Path.Combine(folder, "decided.csv"), review.ToString());
        TableFile.Write(path, new(labels.Columns.Select(
            c => c.Name is "skin_tone" or "gender" or "age" ? Some(c.Name) : c)));
        BountyRunOptions Options(string name) => new()
        {
            Train = train, Test = test, Backbone = TinyWorld.WriteTrainableBackbone(folder),
            Review = Path.Combine(folder, "decided.csv"), Out = Path.Combine(folder, name),
            Home = Path.Combine(folder, name + "-home"), Trials = 2, Replicates = 100, SemiSupervised = true,
            Finetune = new() { Layers = 1, Epochs = 2, Augment = "none" },
        };
        var (whole, _) = BountyRun.Execute(Options("whole"));
        Assert.InRange(whole.Training.PseudoLabelled, 1, whole.Training.Unlabelled);

        var stopped = new HashSet<string>();
        for (var isDone = false; !isDone;)
        {
            using var stop = new CancellationTokenSource();
            try
            {
                BountyRun.Execute(Options("stopped"), new Reports(p =>
                {
                    if (stopped.Add(p.Done > 0 ? $"{p.Step}, begun" : p.Step))
                        stop.Cancel();
                }), stop.Token);
                isDone = true;
            }
            catch (OperationCanceledException)
            {
                Assert.InRange(stopped.Count, 1, 40);
            }
        }
        Assert.Superset(new HashSet<string> { "search", "search, begun", "fine-tuning", "fine-tuning, begun" }, stopped);
        foreach (var file in new[] { "submission.csv", "probabilities.csv" })
            Assert.Equal(File.ReadAllText(Path.Combine(folder, "whole", file)),
                File.ReadAllText(Path.Combine(folder, "stopped", file)));
    }

    private sealed class Reports(Action<StepProgress> report) : IProgress<StepProgress>
    {
        public void Report(StepProgress value)
        {
            lock (this)
                report(value);
        }
    }

    [Fact]
    public void A_class_that_the_competition_does_not_have_and_images_that_are_missing_are_named()
    {
        var folder = TestPaths.NewFolder();
        File.WriteAllText(Path.Combine(folder, "labels.csv"),
            "name,skin_tone,gender,age,real_face\na.png,monk_1,female,0_17,1.0\nb.png,monk_2,male,18_30,1.0\n");
        File.WriteAllBytes(Path.Combine(folder, "a.png"), [1]);
        Assert.Contains("'b.png' among them", Assert.Throws<FaceBiasException>(() => BountyImages.Read(folder)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "labels.csv"), "name,skin_tone,gender,age\na.png,monk_11,female,0_17\n");
        Assert.Contains("'monk_11' of 'a.png'",
            Assert.Throws<FaceBiasException>(() => BountyImages.Read(folder)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "labels.csv"), ",name,skin_tone,gender,age,real_face\n0,a.png,,,,1.0\n");
        Assert.False(BountyImages.Read(folder).IsLabelled(0));
    }

    [Fact]
    public void Rarer_classes_weigh_by_the_largest_count_over_their_own() =>
        Assert.Equal([1f, 2, 8, 8], BountyHeads.Weights([80, 40, 10, 0]));

    [Fact]
    public void Pictures_without_a_person_are_labelled_in_turn_and_pass_the_test_of_randomness()
    {
        const int Images = 40;
        var outputs = new PredictionColumns(BountyClasses.Outputs, Images);
        var tones = new float[10 * Images];
        for (var i = 0; i < Images; i++)
            tones[(i * 10) + 2] = 1;
        outputs.Set([.. Enumerable.Range(0, Images)],
            [tones, Repeat(Images, 0.1f, 0.2f, 0.3f, 0.4f), Repeat(Images, 0.6f, 0.4f), Repeat(Images, 0.2f, 0.8f)]);
        var files = Enumerable.Range(0, Images).Select(i => new ImageFile($"{i}.png", $"{i}.png")).ToArray();
        var inTurn = new BountyPredictions(files, outputs, BountyObjects.Cycle);
        Assert.All(inTurn.IsObject, Assert.True);
        Assert.Equal([0, 1, 2, 3], inTurn.Labels[0][..4]);
        Assert.Equal([0, 1, 0, 1], inTurn.Labels[2][..4]);
        Assert.Equal([1.3, 1.2, 1.1], inTurn.Randomness(_ => true).Select(r => r.Factor));
        Assert.All(inTurn.Randomness(_ => true), r => Assert.Equal(0, r.ChiSquare));
        Assert.Equal(0.8f, inTurn.Probabilities[16]);
        Assert.Equal(0.4f, inTurn.Probabilities[13]);
        var predicted = new BountyPredictions(files, outputs, BountyObjects.Predict);
        Assert.Equal([2, 3, 0], predicted.Labels.Select(l => l[7]));
        // All 40 in one of 10 classes: (36^2 + 9 * 4^2) / 4.
        Assert.Equal(360, predicted.Randomness(_ => true)[0].ChiSquare!.Value, 1e-9);
        Assert.All(predicted.Randomness(_ => true), r => Assert.Equal(1, r.Factor));
        Assert.All(predicted.Randomness(_ => false), r => Assert.Null(r.P));
    }

    [Fact]
    public void A_difference_is_claimed_only_where_its_interval_has_one_sign()
    {
        var random = new Random(1);
        int[][] truth = [
            .. new[] { 10, 4, 2 }.Select(k => Enumerable.Range(0, 300).Select(_ => random.Next(k)).ToArray())];
        int[][] guess = [
            .. new[] { 10, 4, 2 }.Select(k => Enumerable.Range(0, 300).Select(_ => random.Next(k)).ToArray())];
        Assert.Contains("score more", BountyComparison.Of(truth, truth, guess, 200, 7).Sentence,
            StringComparison.Ordinal);
        Assert.Equal(16, BountyComparison.Of(truth, truth, guess, 200, 7).Found, 1e-12);
        Assert.Contains("could not be shown", BountyComparison.Of(truth, guess, guess, 200, 7).Sentence,
            StringComparison.Ordinal);
        Assert.Contains("score less", BountyComparison.Of(truth, guess, truth, 200, 7).Sentence,
            StringComparison.Ordinal);
    }

    private static float[] Repeat(int times, params float[] row) =>
        [.. Enumerable.Range(0, times).SelectMany(_ => row)];
}
