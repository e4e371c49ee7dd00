using System.Text.Json;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using FaceBias.Tests;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

public class TrainingSessionTests
{
    private static readonly string[] Trained = ["w1", "b1", "w2", "b2"];

    /// <summary>Two dense layers with dropout between, softmax cross-entropy.</summary>
    private static ModelProto Classifier(double dropout)
    {
        var g = new GraphBuilder("toy");
        var x = g.Input("x", DataType.Float, "N", 4);
        var labels = g.Input("labels", DataType.Int64, "N");
        var h = g.Add("Relu", g.Add("Gemm", x,
            g.Initializer(Initialisation.He("w1", 3, 4, 4, 16)), g.Initializer(Initialisation.Constant("b1", 0, 16))));
        if (dropout > 0)
            h = g.Add("Dropout", h, g.Constant((float)dropout));
        var logits = g.Add("Gemm", [h, g.Initializer(Initialisation.Xavier("w2", 3, 16, 3, 16, 3)),
            g.Initializer(Initialisation.Constant("b2", 0, 3))], [], output: "logits");
        var loss = Losses.SoftmaxCrossEntropy(g, logits, labels, 3);
        g.Add("Identity", [loss], [], output: "loss");
        return g.Model;
    }

    private static TrainingSession Session(double dropout, Optimizer optimizer, ulong seed = 1, int threads = 1) => new(
        Classifier(dropout), "loss", Trained, optimizer,
        new TrainingSessionOptions { BatchSize = 8, Seed = seed, Threads = threads, Fetch = ["logits"] });

    private static void FillBatch(TrainingSession session, int step)
    {
        var random = new Random(step % 4);
        var x = session.Input<float>("x");
        var labels = session.Input<long>("labels");
        for (var i = 0; i < x.Length; i++)
            x[i] = random.NextSingle() * 2 - 1;
        for (var i = 0; i < labels.Length; i++)
            labels[i] = x[4 * i] > 0.3f ? 0 : x[4 * i + 1] > x[4 * i + 2] ? 1 : 2;
    }

    private static float Train(TrainingSession session, int from, int to)
    {
        var loss = 0f;
        for (var step = from; step < to; step++)
        {
            FillBatch(session, step);
            loss = session.Step(0.01);
        }
        return loss;
    }

    [Fact]
    public void A_toy_problem_is_overfitted()
    {
        using var session = Session(0, new AdamW());
        FillBatch(session, 0);
        var first = session.Step(0.02);
        for (var i = 0; i < 400; i++)
            session.Step(0.02);
        Assert.True(first > 0.5, $"{first}");
        Assert.True(session.Evaluate() < 1e-2, $"{session.Evaluate()}");
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_seed_others()
    {
        using var a = Session(0.3, new Adam());
        using var b = Session(0.3, new Adam(), threads: 2);
        using var c = Session(0.3, new Adam(), seed: 2);
        Train(a, 0, 20);
        Train(b, 0, 20);
        Train(c, 0, 20);
        Assert.Equal(a.GetParameters(), b.GetParameters());
        Assert.NotEqual(a.GetParameter("w1"), c.GetParameter("w1"));
    }

    [Fact]
    public void A_resumed_run_equals_one_without_interruption_bit_for_bit()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "last.safetensors");
        using var whole = Session(0.3, new AdamW { WeightDecay = 0.01, ClipNorm = 1 });
        Train(whole, 0, 30);
        using (var first = Session(0.3, new AdamW { WeightDecay = 0.01, ClipNorm = 1 }))
        {
            Train(first, 0, 13);
            first.SaveCheckpoint(path);
        }
        using var second = Session(0.3, new AdamW { WeightDecay = 0.01, ClipNorm = 1 });
        second.LoadCheckpoint(path);
        Assert.Equal(13, second.StepCount);
        Train(second, 13, 30);
        Assert.Equal(whole.GetParameters(), second.GetParameters());
    }

    [Fact]
    public void A_damaged_checkpoint_gets_one_sentence_and_changes_nothing()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "last.safetensors");
        using var session = Session(0, new Sgd(0.9));
        Train(session, 0, 3);
        session.SaveCheckpoint(path);
        var whole = File.ReadAllBytes(path);
        var before = session.GetParameters();
        foreach (var (length, flipped) in new[] { (4, -1), (60, -1), (whole.Length - 5, -1),
            (whole.Length, whole.Length - 9), (whole.Length, 3), (0, -1) })
        {
            var bytes = whole[..length];
            if (flipped >= 0)
                bytes[flipped] ^= 0x40;
            File.WriteAllBytes(path, bytes);
            var e = Assert.Throws<FaceBiasException>(() => session.LoadCheckpoint(path));
            Assert.Contains("is damaged", e.Message, StringComparison.Ordinal);
        }
        Assert.Equal(before, session.GetParameters());
    }

    [Fact]
    public void A_checkpoint_of_another_optimizer_is_refused()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "last.safetensors");
        using var sgd = Session(0, new Sgd(0.9));
        sgd.SaveCheckpoint(path);
        using var adam = Session(0, new Adam());
        Assert.Contains("optimizer Sgd, not Adam",
            Assert.Throws<FaceBiasException>(() => adam.LoadCheckpoint(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_that_were_kept_are_put_back_and_exported()
    {
        using var session = Session(0, new Adam());
        Train(session, 0, 5);
        var best = session.GetParameters();
        FillBatch(session, 0);
        var loss = session.Evaluate();
        Train(session, 5, 6);
        Assert.NotEqual(best["w2"], session.GetParameter("w2"));
        session.SetParameters(best);
        FillBatch(session, 0);
        Assert.Equal(loss, session.Evaluate());
        var exported = session.Export().Graph.Initializer.ToDictionary(t => t.Name);
        foreach (var name in Trained)
            Assert.Equal(best[name], exported[name].ToFloats());
    }

    [Fact]
    public void Dropout_acts_in_steps_only()
    {
        using var session = Session(0.5, new Sgd());
        FillBatch(session, 0);
        var evaluated = session.Evaluate();
        Assert.Equal(evaluated, session.Evaluate());
        var losses = Enumerable.Range(0, 5).Select(_ => session.Step(0)).ToArray();
        Assert.Equal(5, losses.Distinct().Count());
        Assert.Equal(evaluated, session.Evaluate());
    }

    [Fact]
    public void The_last_layers_gradients_come_first_so_that_activations_need_not_be_kept()
    {
        const int layers = 6;
        var b = new NetworkBuilder("deep", 1);
        var h = b.Graph.Input("x", DataType.Float, 4, 8);
        for (var i = 0; i < layers; i++)
            h = b.Graph.Add("Tanh", b.Dense(h, 8, 8));
        b.Graph.Add("ReduceMean", [b.Graph.Add("Mul", h, h)], [("keepdims", 0)], output: "loss");
        var folder = TestPaths.NewFolder();
        try
        {
            using (var session = new TrainingSession(b.Graph.Model, "loss", [.. b.Parameters], new Sgd(),
                new TrainingSessionOptions { Threads = 1, Profile = Path.Combine(folder, "profile") }))
            {
                session.Input<float>("x").Fill(1);
                session.Step(0.1);
            }
            using var events = JsonDocument.Parse(File.ReadAllBytes(Directory.GetFiles(folder).Single()));
            // Per layer one Sub, of tanh's gradient, and one ReduceSum, the gradient of its bias.
            var kernels = events.RootElement.EnumerateArray()
                .Where(e => e.GetProperty("name").GetString()!.EndsWith("_kernel_time", StringComparison.Ordinal))
                .Select(e => e.GetProperty("args").GetProperty("op_name").GetString()!)
                .Where(op => op is "Sub" or "ReduceSum");
            Assert.Equal(Enumerable.Repeat(new[] { "Sub", "ReduceSum" }, layers).SelectMany(pair => pair), kernels);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
