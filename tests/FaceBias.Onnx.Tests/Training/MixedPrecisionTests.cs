using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using FaceBias.Tests;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

/// <summary>Mixed precision, whose graphs the processor runs too: it casts for the kernels that it has in 32 bits only,
/// and takes out casts that meet. So the graph, the update and the scale are tested here, rounding only in
/// part.</summary>
public class MixedPrecisionTests
{
    /// <summary>A convolution, a rectifier, a dense layer and a softmax on 8 images of 8 x 8.</summary>
    private static ModelProto Small()
    {
        var g = new GraphBuilder("small");
        var x = g.Input("x", DataType.Float, 8, 1, 8, 8);
        var labels = g.Input("labels", DataType.Int64, 8);
        x = g.Add("Conv", [x, g.Initializer(Initialisation.He("w", 1, 9, 4, 1, 3, 3)),
            g.Initializer(Initialisation.Constant("b", 0, 4))], [("pads", (long[])[1, 1, 1, 1])]);
        x = g.Add("Flatten", g.Add("Relu", x));
        var logits = g.Add("Gemm", x, g.Initializer(Initialisation.He("v", 2, 256, 256, 2)),
            g.Initializer(Initialisation.Constant("c", 0, 2)));
        g.Add("Identity", [Losses.SoftmaxCrossEntropy(g, logits, labels, 2)], [], "loss");
        return g.Model;
    }

    private static TrainingSession Session(TrainingPrecision precision, Optimizer? optimizer = null)
    {
        var session = new TrainingSession(Small(), "loss", ["w", "b", "v", "c"],
            optimizer ?? new AdamW { ClipNorm = 1, EmaDecay = 0.9 },
            new TrainingSessionOptions { Threads = 1, Precision = precision });
        var random = new Random(5);
        foreach (ref var value in session.Input<float>("x"))
            value = random.NextSingle();
        for (var i = 0; i < 8; i++)
            session.Input<long>("labels")[i] = i % 2;
        return session;
    }

    [Fact]
    public void Twenty_steps_follow_those_in_32_bits()
    {
        using TrainingSession whole = Session(TrainingPrecision.Float32), mixed = Session(TrainingPrecision.Mixed);
        for (var i = 0; i < 20; i++)
        {
            float a = whole.Step(0.01), b = mixed.Step(0.01);
            Assert.InRange(b, a - 0.01f, a + 0.01f);
        }
        Assert.True(mixed.Scalar("loss") < 0.5f);
        Assert.Equal(65536, mixed.Scale);
    }

    [Fact]
    public void A_step_whose_gradients_overflow_changes_nothing_and_halves_the_scale()
    {
        using var session = Session(TrainingPrecision.Mixed, new AdamW { EmaDecay = 0.9 });
        session.Step(0.01);
        var (before, average) = (session.GetParameter("v"), session.GetAverages()["v"]);
        float[] images = session.Input<float>("x").ToArray();
        session.Input<float>("x").Fill(1e38f);
        session.Step(0.01);
        Assert.Equal(0, session.Scalar("loss/finite"));
        Assert.Equal((32768, 2, 1), (session.Scale, session.StepCount, session.UpdateCount));
        Assert.True(before.AsSpan().SequenceEqual(session.GetParameter("v")));
        Assert.True(average.AsSpan().SequenceEqual(session.GetAverages()["v"]));
        images.CopyTo(session.Input<float>("x"));
        session.Step(0.01);
        Assert.Equal(1, session.Scalar("loss/finite"));
        Assert.False(before.AsSpan().SequenceEqual(session.GetParameter("v")));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(36)]
    public void One_gradient_that_is_no_number_undoes_the_step(int at)
    {
        var g = new GraphBuilder("linear");
        var slope = g.Input("g", DataType.Float, 37);
        g.Add("ReduceSum", [g.Add("Mul", g.Initializer(Initialisation.Constant("p", 1, 37)), slope)],
            [("keepdims", 0L)], "loss");
        using var session = new TrainingSession(g.Model, "loss", ["p"], new Sgd(),
            new TrainingSessionOptions { Threads = 1, Precision = TrainingPrecision.Mixed });
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            session.Input<float>("g").Fill(1);
            session.Input<float>("g")[at] = bad;
            session.Step(0.1);
            Assert.Equal(0, session.Scalar("loss/finite"));
            Assert.All(session.GetParameter("p"), v => Assert.Equal(1, v));
        }
    }

    [Fact]
    public void Every_product_takes_and_gives_16_bits_and_nothing_else_does()
    {
        var step = TrainingGraph.Build(Small(), "loss", ["w", "b", "v", "c"], new AdamW(),
            new TrainingSessionOptions { Precision = TrainingPrecision.Mixed }).Step.Graph;
        var makers = step.Node.SelectMany(n => n.Output.Select(o => (o, n))).ToDictionary(x => x.o, x => x.n);
        bool Halves(string value) => makers.TryGetValue(value, out var n) && n.OpType == "Cast"
            && n.Attribute[0].I == (long)DataType.Float16;
        var products = step.Node.Where(n => n.OpType is "Conv" or "ConvTranspose" or "MatMul" or "Gemm").ToList();
        // Forward, and the gradients of both weights and of the dense layer's input.
        Assert.True(products.Count >= 5);
        Assert.All(products, n => Assert.All(n.Input, i => Assert.True(Halves(i), $"{n.Name} {i}")));
        Assert.All(products,
            n => Assert.All(step.Node.Where(m => m.Input.Contains(n.Output[0])), m => Assert.Equal("Cast", m.OpType)));
        Assert.All(step.Node.Except(products).Where(n => n.OpType != "Cast"),
            n => Assert.DoesNotContain(n.Input, Halves));
    }

    [Fact]
    public void A_checkpoint_goes_on_with_its_scale()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "state.safetensors");
        try
        {
            using var first = Session(TrainingPrecision.Mixed);
            first.Scale = 4096;
            first.Step(0.01);
            first.SaveCheckpoint(path);
            using var second = Session(TrainingPrecision.Mixed);
            second.LoadCheckpoint(path);
            Assert.Equal(4096, second.Scale);
            Assert.Equal(first.Step(0.01), second.Step(0.01));
            Assert.True(first.GetParameter("w").AsSpan().SequenceEqual(second.GetParameter("w")));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_scale_halves_doubles_and_has_its_bounds()
    {
        var scale = LossScale.Start.After(finite: false);
        Assert.Equal(new LossScale(32768, 0, 1), scale);
        for (var i = 1; i < LossScale.GrowAfter; i++)
            scale = scale.After(finite: true);
        Assert.Equal(new LossScale(32768, LossScale.GrowAfter - 1, 1), scale);
        Assert.Equal(new LossScale(65536, 0, 1), scale.After(finite: true));
        Assert.Equal(new LossScale(32768, 1, 0), new LossScale(32768, 0, 0).After(finite: true));
        Assert.Equal(1, new LossScale(1, 5, 0).After(finite: false).Value);
        Assert.Equal(MathF.ScaleB(1, 40),
            new LossScale(MathF.ScaleB(1, 40), LossScale.GrowAfter - 1, 0).After(finite: true).Value);
    }

    [Fact]
    public void It_does_not_accumulate() =>
        Assert.Contains("does not accumulate", Assert.Throws<FaceBiasException>(() =>
        new TrainingSession(Small(), "loss", ["w"], new Sgd(),
            new TrainingSessionOptions { Precision = TrainingPrecision.Mixed, AccumulationSteps = 2 })).Message,
            StringComparison.Ordinal);
}
