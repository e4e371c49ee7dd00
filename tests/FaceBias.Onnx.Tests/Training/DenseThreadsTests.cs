using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

public class DenseThreadsTests
{
    private static readonly string[] Trained = ["w1", "b1", "w2", "b2"];

    [Theory]
    [InlineData(128, 1024, 256, 2)]
    [InlineData(128, 2048, 128, 116)]
    [InlineData(64, 512, 1024, 7)]
    [InlineData(200, 700, 136, 40)]
    [InlineData(33, 4096, 129, 17)]
    [InlineData(16, 3000, 512, 300)]
    public void Dense_layers_become_the_same_weights_on_any_number_of_threads(int batch, int width, int hidden,
        int classes)
    {
        var one = Train(batch, width, hidden, classes, 1);
        foreach (var threads in new[] { 2, 3, 4, 5, 8, 13, 16 })
            Assert.Equal(one, Train(batch, width, hidden, classes, threads));
    }

    [Fact]
    public void Products_are_shared_as_far_as_their_sums_stay_as_they_are()
    {
        // 256 columns: three threads have more than 64 each, a fourth would leave 64.
        Assert.True(DenseThreads.IsSame(128, 256, 1024, 3));
        Assert.False(DenseThreads.IsSame(128, 256, 1024, 4));
        // Rows are divided without an effect, unless a single one is left.
        Assert.True(DenseThreads.IsSame(1024, 256, 128, 16));
        Assert.False(DenseThreads.IsSame(16, 8, 100_000, 16));
        // One step of the sum whatever the number of columns.
        Assert.True(DenseThreads.IsSame(128, 256, 60, 16));
    }

    [Fact]
    public void The_heads_of_a_run_have_three_threads_where_there_are_as_many() =>
        Assert.Equal(3, TrainingGraph.Build(Network(128, 1024, 256, 2), "loss", Trained, new AdamW(),
            new() { Threads = 16 }).Threads);

    private static float[] Train(int batch, int width, int hidden, int classes, int threads)
    {
        using var session = new TrainingSession(
            Network(batch, width, hidden, classes), "loss", Trained, new AdamW { ClipNorm = 1 },
            new TrainingSessionOptions { Threads = threads });
        var random = new Random(1);
        for (var step = 0; step < 3; step++)
        {
            var features = session.Input<float>("x");
            for (var i = 0; i < features.Length; i++)
                features[i] = random.NextSingle() * 2 - 1;
            var truth = session.Input<long>("labels");
            for (var i = 0; i < truth.Length; i++)
                truth[i] = random.Next(classes);
            session.Step(0.01);
        }
        return [.. session.GetParameters().OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => p.Value)];
    }

    private static ModelProto Network(int batch, int width, int hidden, int classes)
    {
        var g = new GraphBuilder("dense");
        var x = g.Input("x", DataType.Float, batch, width);
        var labels = g.Input("labels", DataType.Int64, batch);
        var h = g.Add("Relu", g.Add("Gemm", x,
            g.Initializer(Initialisation.He("w1", 3, width, width, hidden)),
            g.Initializer(Initialisation.Constant("b1", 0, hidden))));
        var logits = g.Add("Gemm", [h, g.Initializer(Initialisation.Xavier("w2", 3, hidden, classes, hidden, classes)),
            g.Initializer(Initialisation.Constant("b2", 0, classes))], [], output: "logits");
        g.Add("Identity", [Losses.SoftmaxCrossEntropy(g, logits, labels, classes)], [], output: "loss");
        return g.Model;
    }
}
