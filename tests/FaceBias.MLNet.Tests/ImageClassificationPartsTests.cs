using System.Buffers.Binary;
using FaceBias.Core.Imaging;
using FaceBias.MLNet.Training;
using FaceBias.MLNet.Vision;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace FaceBias.MLNet.Tests;

/// <summary>What image classification on TensorFlow leans on, and what runs without TensorFlow.</summary>
public class ImageClassificationPartsTests
{
    private static bool[] Split(IEnumerable<string> labels, IEnumerable<string> groups, double share = 0.1,
        int seed = 7) =>
        ValidationSplit.Of([.. labels], [.. groups], share, seed);

    [Fact]
    public void The_validation_share_holds_in_every_class_and_group()
    {
        string[] labels = [.. Enumerable.Range(0, 1000).Select(i => i % 20 == 0 ? "rare" : "common")];
        string[] groups = [.. Enumerable.Range(0, 1000).Select(i => i % 3 == 0 ? "a" : "b")];
        var validation = Split(labels, groups);
        foreach (var cell in Enumerable.Range(0, 1000).GroupBy(i => (labels[i], groups[i])))
            Assert.InRange(cell.Count(i => validation[i]) - 0.1 * cell.Count(), -1, 1);
        Assert.Equal(validation, Split(labels, groups));
        Assert.NotEqual(validation, Split(labels, groups, seed: 8));
    }

    [Fact]
    public void No_class_is_only_validated_on()
    {
        foreach (var share in new[] { 0.1, 0.5, 0.9 })
        {
            string[] labels = ["a", "a", "a", "b", "b", "c", "d", "e", "e"];
            var validation = Split(labels, labels.Select(_ => ""), share);
            Assert.Contains(true, validation);
            Assert.All(labels.Distinct(),
                label => Assert.Contains(Enumerable.Range(0, labels.Length),
                    i => labels[i] == label && !validation[i]));
        }
    }

    [Fact]
    public void Too_little_to_learn_from_is_said_in_a_sentence()
    {
        Assert.Contains("one class 'a'", Assert.Throws<FaceBiasException>(() => Split(["a", "a"], ["", ""])).Message,
            StringComparison.Ordinal);
        Assert.Contains("no rows", Assert.Throws<FaceBiasException>(() => Split([], [])).Message,
            StringComparison.Ordinal);
        Assert.Contains("none to validate on",
            Assert.Throws<FaceBiasException>(() => Split(["a", "b"], ["", ""])).Message, StringComparison.Ordinal);
        Assert.Contains("above 0",
            Assert.ThrowsAny<ArgumentException>(() => Split(["a", "b"], ["", ""], double.NaN)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>ML.NET's own schedule, asked for a rate as the trainer asks for it.</summary>
    private static float Rate(LearningRateScheduler schedule, int rows, int batch)
    {
        var state = typeof(LearningRateScheduler).Assembly.GetType("Microsoft.ML.Trainers.DnnTrainState",
            throwOnError: true)!;
        var now = Activator.CreateInstance(state, nonPublic: true)!;
        state.GetField("BatchSize")!.SetValue(now, batch);
        state.GetField("BatchesPerEpoch")!.SetValue(now, rows / batch);
        return (float)schedule.GetType().GetMethod("GetLearningRate",
            System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.Invoke(schedule,
                [now])!;
    }

    [Fact]
    public void A_batch_never_exceeds_the_rows_so_that_no_schedule_divides_by_zero()
    {
        foreach (LearningRateScheduler schedule in new LearningRateScheduler[]
            { new ExponentialLRDecay(), new PolynomialLRDecay() })
        {
            Assert.True(float.IsNaN(Rate(schedule, rows: 9, batch: 10)));
            var batch = ClassificationPlan.BatchSize(10, rows: 9);
            ClassificationPlan.Check(schedule, 9, batch);
            Assert.Equal(0.01f, Rate(schedule, 9, batch), 1e-6f);
        }
        Assert.Equal(10, ClassificationPlan.BatchSize(10, rows: 90));
        var hasty = new ExponentialLRDecay(numEpochsPerDecay: 0.2f);
        Assert.True(float.IsNaN(Rate(hasty, rows: 40, batch: 10)));
        Assert.Contains("0.25", Assert.Throws<FaceBiasException>(() => ClassificationPlan.Check(hasty, 40, 10)).Message,
            StringComparison.Ordinal);
        ClassificationPlan.Check(null, 1, 1);
        ClassificationPlan.Check(new LsrDecay(), 1, 1);
    }

    [Fact]
    public void Bottlenecks_are_taken_for_the_same_rows_and_only_if_they_are_whole()
    {
        var folder = TestPaths.NewFolder();
        var picture = Path.Combine(folder, "a.jpg");
        File.WriteAllText(picture, "picture");
        var name = BottleneckFiles.Name("train", "ResnetV250", [(picture, "x")]);
        Assert.Equal(name, BottleneckFiles.Name("train", "ResnetV250", [(picture, "x")]));
        Assert.NotEqual(name, BottleneckFiles.Name("train", "ResnetV250", [(picture, "y")]));
        Assert.NotEqual(name, BottleneckFiles.Name("train", "MobilenetV2", [(picture, "x")]));
        File.SetLastWriteTimeUtc(picture, DateTime.UnixEpoch);
        Assert.NotEqual(name, BottleneckFiles.Name("train", "ResnetV250", [(picture, "x")]));
        Assert.Contains("b.jpg",
            Assert.Throws<FaceBiasException>(
                () => BottleneckFiles.Name("train", "x", [(Path.Combine(folder, "b.jpg"), "x")])).Message,
                StringComparison.Ordinal);

        Assert.False(BottleneckFiles.Complete(folder, name, 2));
        var features = new byte[8 + 4 * 2 * 3];
        BinaryPrimitives.WriteInt32LittleEndian(features, 2);
        BinaryPrimitives.WriteInt32LittleEndian(features.AsSpan(4), 3);
        Write(features, 16);
        Assert.True(BottleneckFiles.Complete(folder, name, 2));
        Assert.False(BottleneckFiles.Complete(folder, name, 3));
        Write(features[..^4], 16);
        Assert.False(BottleneckFiles.Complete(folder, name, 2));
        Write(features, 15);
        Assert.False(BottleneckFiles.Complete(folder, name, 2));

        void Write(byte[] bytes, int labels)
        {
            File.WriteAllBytes(Path.Combine(folder, name + "_features.bin"), bytes);
            File.WriteAllBytes(Path.Combine(folder, name + "_labels.bin"), new byte[labels]);
        }
    }

    private sealed class Shot
    {
        public string File { get; set; } = "";
    }

    private sealed class Loaded
    {
        public byte[] FaceBiasPicture { get; set; } = [];
    }

    [Theory]
    [InlineData(224)]
    [InlineData(299)]
    public void Pictures_reach_the_network_as_predict_prepares_them_also_from_a_saved_model(int size)
    {
        var folder = TestPaths.NewFolder();
        var file = Path.Combine(folder, "face.png");
        var context = new MLContext();
        var random = new Random(size);
        var spec = new ImageSpec(310, 240);
        File.WriteAllBytes(file,
            PictureEncoder.Png([.. Enumerable.Range(0, spec.Length).Select(_ => (float)random.Next(256))], spec));
        var data = context.Data.LoadFromEnumerable(new[] { new Shot { File = file } });
        var zip = Path.Combine(folder, "model.zip");
        context.Model.Save(PictureLoading.Create(context, data, "File", size), data.Schema, zip);

        var other = new MLContext();
        other.ComponentCatalog.RegisterAssembly(typeof(PictureLoading).Assembly);
        var png = other.Data.CreateEnumerable<Loaded>(other.Model.Load(zip, out _).Transform(data),
            reuseRowObject: false).Single().FaceBiasPicture;
        var square = new ImageSpec(size, size);
        float[] expected = new float[square.Length], actual = new float[square.Length];
        Assert.Null(new ImageDecoder().Decode(file, square, expected).Problem);
        Assert.Null(new ImageDecoder().Decode(png, square, actual).Problem);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void A_picture_that_cannot_be_read_has_no_prediction()
    {
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable(new[] { new Shot { File = "nowhere.jpg" } });
        var view = PictureLoading.Create(context, data, "File", 224).Transform(data);
        var e = Assert.ThrowsAny<Exception>(
            () => context.Data.CreateEnumerable<Loaded>(view, reuseRowObject: false).ToList());
        Assert.Contains("'nowhere.jpg' cannot be used",
            (e as FaceBiasException ?? e.InnerException as FaceBiasException)!.Message, StringComparison.Ordinal);
        Assert.NotNull(PictureLoading.Problem("nowhere.jpg", 224));
    }
}
