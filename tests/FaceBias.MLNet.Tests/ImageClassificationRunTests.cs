using System.Runtime.InteropServices;
using FaceBias.Core.Backbones;
using FaceBias.Core.Imaging;
using FaceBias.MLNet.Evaluation;
using FaceBias.MLNet.Training;
using FaceBias.MLNet.Vision;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.Vision;

namespace FaceBias.MLNet.Tests;

/// <summary>The run itself, where Microsoft.ML.Vision is.</summary>
public class ImageClassificationRunTests
{
    private sealed class Shot
    {
        public string ImagePath { get; set; } = "";
        public string Label { get; set; } = "";
        public string Side { get; set; } = "";
    }

    private static Shot[] Shots(int count)
    {
        var (folder, random, spec) = (TestPaths.NewFolder(), new Random(1), new ImageSpec(64, 64));
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var file = Path.Combine(folder, $"{i}.png");
            File.WriteAllBytes(file,
                PictureEncoder.Png(
                    [.. Enumerable.Range(0, spec.Length).Select(
                        k => (float)(i % 2 == 0 == (k < spec.Length / 3) ? 200 + random.Next(50) : random.Next(50)))],
                        spec));
            return new Shot { ImagePath = file, Label = i % 2 == 0 ? "red" : "other", Side = i % 4 < 2 ? "a" : "b" };
        })];
    }

    [Fact]
    public void Without_TensorFlow_one_sentence_offers_the_own_engine()
    {
        Assert.SkipWhen(NativeLibrary.TryLoad("tensorflow", typeof(ImageClassificationRun).Assembly, null, out _),
            "TensorFlow is here");
        var data = new MLContext().Data.LoadFromEnumerable(Shots(4));
        var message = Assert.Throws<FaceBiasException>(
            () => new ImageClassificationRun(new()).Fit(data,
                cancellationToken: TestContext.Current.CancellationToken)).Message;
        Assert.Equal(TensorFlowLibrary.Missing, message);
        Assert.Contains("facebias train --finetune", message, StringComparison.Ordinal);
    }

    [Fact]
    public void As_an_estimator_it_stands_in_a_pipeline_and_refuses_what_TensorFlow_does_not_do()
    {
        Assert.SkipWhen(NativeLibrary.TryLoad("tensorflow", typeof(ImageClassificationRun).Assembly, null, out _),
            "TensorFlow is here");
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable(Shots(4));
        ITransformer Fit(string label) => Trainer(new() { FeatureColumnName = "ImagePath", LabelColumnName = label })
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        // The pipeline finds its columns before it fits: PredictedLabel is a key with values.
        Assert.Equal(TensorFlowLibrary.Missing, Assert.Throws<FaceBiasException>(() => { _ = Fit("Label"); }).Message);
        Assert.Contains("'Nothing'", Assert.Throws<ArgumentException>(() => { _ = Fit("Nothing"); }).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => { _ = Trainer(new() { ImageFolder = "faces" }); });
        Assert.Throws<ArgumentException>(() => { _ = Trainer(new() { ScoreColumnName = "Other" }); });

        ImageClassificationEstimator Trainer(ImageFineTuningOptions options) =>
            context.MulticlassClassification.Trainers.ImageClassificationRun(options);
    }

    [Fact]
    public void Every_fit_has_settings_of_its_own()
    {
        var shots = Shots(6);
        (string, string)[] rows = [.. shots.Select(s => (s.ImagePath, s.Label))];
        var run = new ImageClassificationRun(
            new() { Patience = 3, StopOn = ImageClassificationTrainer.EarlyStoppingMetric.Loss });
        ImageClassificationTrainer.Options Settings() =>
            run.Settings(TestPaths.NewFolder(), 4, rows[..4], rows[4..], _ => { });
        var (first, second) = (Settings(), Settings());
        Assert.NotSame(first, second);
        Assert.NotSame(first.EarlyStoppingCriteria, second.EarlyStoppingCriteria);
        // What a fit leaves behind in it: the best loss, and the epochs since.
        var worse = new ImageClassificationTrainer.TrainMetrics { CrossEntropy = 1 };
        Assert.Equal([false, false, false, true],
            Enumerable.Range(0, 4).Select(_ => first.EarlyStoppingCriteria.ShouldStop(worse)));
        Assert.False(second.EarlyStoppingCriteria.ShouldStop(worse));
        Assert.Null(first.ValidationSetFraction);
        Assert.False(first.ReuseTrainSetBottleneckCachedValues || first.ReuseValidationSetBottleneckCachedValues);
        Assert.NotEqual(first.TrainSetBottleneckCachedValuesFileName,
            first.ValidationSetBottleneckCachedValuesFileName);
        Assert.Null(new ImageClassificationRun(new() { Patience = null }).Settings("w", 4, rows[..4], rows[4..],
            _ => { }).EarlyStoppingCriteria);
    }

    [Theory]
    [InlineData(0, 1, 0.1f, "at least 1")]
    [InlineData(1, 0, 0.1f, "at least 1")]
    [InlineData(1, 1, 0f, "above 0")]
    [InlineData(1, 1, float.NaN, "above 0")]
    public void Settings_that_cannot_train_are_refused(int epochs, int batch, float rate, string reason) =>
        Assert.Contains(reason,
        Assert.Throws<FaceBiasException>(
            () => new ImageClassificationRun(
                new() { Epochs = epochs, BatchSize = batch, LearningRate = rate })).Message, StringComparison.Ordinal);

    [Fact]
    public void With_TensorFlow_two_colours_are_told_apart_and_bottlenecks_used_again()
    {
        Assert.SkipUnless(NativeLibrary.TryLoad("tensorflow", typeof(ImageClassificationRun).Assembly, null, out _),
            "needs the package SciSharp.TensorFlow.Redist");
        var network = PretrainedNetworks.FileOf(Path.Combine(FaceBiasHome.Folder, "tensorflow"),
            ImageClassificationTrainer.Architecture.MobilenetV2);
        Assert.SkipUnless(File.Exists(network),
            $"needs '{network}' ({PretrainedNetworks.Url(ImageClassificationTrainer.Architecture.MobilenetV2)})");
        var (context, folder) = (new MLContext(), TestPaths.NewFolder());
        var data = context.Data.LoadFromEnumerable(Shots(40));
        var run = new ImageClassificationRun(new()
        {
            Architecture = ImageClassificationTrainer.Architecture.MobilenetV2, Epochs = 20, ValidationShare = 0.25,
            GroupColumns = ["Side"], Workspace = folder,
        });
        var result = run.Fit(data, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((30, 10), (result.TrainRows, result.ValidationRows));
        Assert.Equal(["other", "red"], result.Classes);
        Assert.True(result.Epochs.Last(e => e.Validation).Accuracy > 0.9);
        var evaluation = result.Context.MulticlassClassification.EvaluateBySubgroup(result.Score(data),
            new SubgroupOptions { ScoreColumnName = "Score" }, "Side");
        Assert.True(evaluation.Worst(m => m.MicroAccuracy)!.Metrics!.MicroAccuracy > 0.9);
        var files = Directory.GetFiles(folder, "*_features.bin").ToDictionary(f => f, File.GetLastWriteTimeUtc);
        run.Fit(data, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(files,
            Directory.GetFiles(folder, "*_features.bin").ToDictionary(f => f, File.GetLastWriteTimeUtc));
        result.Save(Path.Combine(folder, "model.zip"));
        Assert.NotNull(ImageClassificationRun.Load(new MLContext(), Path.Combine(folder, "model.zip")));
    }
}
