using System.Text.Json.Nodes;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

public class OptimizerTests
{
    /// <summary>Loss g·p, so that the gradient is g in every step.</summary>
    private static ModelProto Linear(params float[] p)
    {
        var g = new GraphBuilder("linear");
        var slope = g.Input("g", DataType.Float, p.Length);
        g.Add("ReduceSum", [g.Add("Mul", g.Initializer(Tensors.Float("p", p, p.Length)), slope)], [("keepdims", 0L)],
            "loss");
        return g.Model;
    }

    private static float[] Run(Optimizer optimizer, float[] p, float[] slope, params double[] rates)
    {
        using var session = new TrainingSession(Linear(p), "loss", ["p"], optimizer,
            new TrainingSessionOptions { Threads = 1 });
        slope.CopyTo(session.Input<float>("g"));
        foreach (var rate in rates)
            session.Step(rate);
        return session.GetParameter("p");
    }

    private static void AssertClose(double[] expected, float[] actual)
    {
        foreach (var (e, a) in expected.Zip(actual))
            Assert.Equal(e, a, 1e-5);
    }

    [Fact]
    public void Sgd_by_hand()
    {
        AssertClose([1 - 0.1 * 2, -1 + 0.1], Run(new Sgd(), [1, -1], [2, -1], 0.1));
        // Velocities 2, then 0.5 * 2 + 2 = 3.
        AssertClose([1 - 0.1 * 2 - 0.1 * 3], Run(new Sgd(0.5), [1], [2], 0.1, 0.1));
        // Nesterov: 2 + 0.5 * 2 = 3, then 2 + 0.5 * 3 = 3.5.
        AssertClose([1 - 0.1 * 3 - 0.1 * 3.5], Run(new Sgd(0.5, true), [1], [2], 0.1, 0.1));
        AssertClose([1 - 0.1 * (2 + 0.3 * 1)], Run(new Sgd { WeightDecay = 0.3 }, [1], [2], 0.1));
    }

    [Fact]
    public void Adam_by_hand()
    {
        // The first step has the size of the rate whatever the gradient's is, and so has every one of a constant
        // gradient.
        AssertClose([1 - 0.1, -1 + 0.1], Run(new Adam(), [1, -1], [2, -0.01f], 0.1));
        AssertClose([1 - 0.1 - 0.2], Run(new Adam(), [1], [5], 0.1, 0.2));
        AssertClose([1 * (1 - 0.1 * 0.5) - 0.1], Run(new AdamW { WeightDecay = 0.5 }, [1], [5], 0.1));
    }

    [Fact]
    public void Clipping_scales_all_gradients_by_their_joint_norm()
    {
        AssertClose([-0.6, -0.8], Run(new Sgd { ClipNorm = 1 }, [0, 0], [3, 4], 1));
        AssertClose([-0.3, -0.4], Run(new Sgd { ClipNorm = 1 }, [0, 0], [0.3f, 0.4f], 1));
    }

    [Fact]
    public void Groups_have_their_own_rate_and_decay()
    {
        AssertClose([1 - 0.5 * 0.1 * 2],
            Run(new Sgd { WeightDecay = 9, Group = _ => new ParameterGroup(0.5, 0) }, [1], [2], 0.1));
        AssertClose([1 - 0.1], Run(new AdamW { WeightDecay = 9, Group = _ => ParameterGroup.NoDecay }, [1], [2], 0.1));
    }

    private static readonly Optimizer[] s_updates =
    [
        new Sgd(), new Sgd(0.9, true) { WeightDecay = 0.05, ClipNorm = 0.5 },
        new Adam { WeightDecay = 0.05, EmaDecay = 0.9 },
        new AdamW { WeightDecay = 0.05, ClipNorm = 1, EmaDecay = 0.9,
            Group = name => name == "p" ? new ParameterGroup(0.5) : ParameterGroup.NoDecay },
        new ProximalGradient(0.02) { WeightDecay = 0.01 },
    ];

    public static TheoryData<int, int> Updates =>
        [.. Enumerable.Range(0, s_updates.Length).SelectMany(
            i => new[] { 3, 37, 200_003 }.Select(n => new TheoryDataRow<int, int>(i, n)))];

    // Lengths below a vector register, with a rest, and of several blocks.
    [Theory, MemberData(nameof(Updates))]
    public void The_update_in_memory_is_that_of_the_graph(int which, int length)
    {
        var optimizer = s_updates[which];
        var random = new Random(length);
        float[] Values() => [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
        var g = new GraphBuilder("two");
        float[] first = Values(), second = Values();
        var slope = g.Input("g", DataType.Float, length);
        string Part(string name, float[] values) =>
            g.Add("ReduceSum", [g.Add("Mul", g.Add("Tanh", g.Initializer(Tensors.Float(name, values, length))), slope)],
                [("keepdims", 0L)]);
        g.Add("Add", [Part("p", first), Part("q", second)], [], "loss");
        float[] slopes = Values();
        (float[] P, float[] Q, float[] Average) Train(bool inGraph, int threads, int accumulate)
        {
            using var session = new TrainingSession(g.Model, "loss", ["p", "q"], optimizer,
                new TrainingSessionOptions { Threads = threads, UpdateInGraph = inGraph,
                    AccumulationSteps = accumulate });
            for (var step = 0; step < 6; step++)
            {
                slopes.Select(x => x * (step + 1)).ToArray().CopyTo(session.Input<float>("g"));
                session.Step(0.1);
            }
            return (session.GetParameter("p"), session.GetParameter("q"), session.GetAverages()["p"]);
        }
        foreach (var accumulate in new[] { 1, 3 })
        {
            var (graph, host, alone) =
                (Train(true, 1, accumulate), Train(false, 2, accumulate), Train(false, 1, accumulate));
            foreach (var (one, two) in new[] { (alone.P, host.P), (alone.Q, host.Q), (alone.Average, host.Average) })
                Assert.True(one.AsSpan().SequenceEqual(two));
            foreach (var (expected, actual) in new[] { (graph.P, host.P), (graph.Q, host.Q),
                (graph.Average, host.Average) })
                for (var i = 0; i < length; i++)
                    Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-6 + 2e-5 * Math.Abs(expected[i]),
                        $"{i}: {expected[i]} and {actual[i]}");
            Assert.NotEqual(first, host.P);
        }
    }

    public static TheoryData<string> Peers => ["sgd", "nesterov", "adam", "adamw", "clipped"];

    [Theory, MemberData(nameof(Peers))]
    public void Ten_steps_agree_with_PyTorch(string which)
    {
        var (optimizer, name, options, clip) = which switch
        {
            "sgd" => ((Optimizer)new Sgd(0.9) { WeightDecay = 0.05 }, "SGD",
                new JsonObject { ["momentum"] = 0.9, ["weight_decay"] = 0.05 }, 0.0),
            "nesterov" => (new Sgd(0.8, true), "SGD", new JsonObject { ["momentum"] = 0.8, ["nesterov"] = true }, 0),
            "adam" => (new Adam { WeightDecay = 0.05 }, "Adam", new JsonObject { ["weight_decay"] = 0.05 }, 0),
            "adamw" => (new AdamW(0.8, 0.95, 1e-6) { WeightDecay = 0.05 }, "AdamW",
                new JsonObject { ["weight_decay"] = 0.05, ["betas"] = new JsonArray(0.8, 0.95), ["eps"] = 1e-6 }, 0),
            _ => (new Sgd(0.9) { ClipNorm = 0.5 }, "SGD", new JsonObject { ["momentum"] = 0.9 }, 0.5),
        };
        options["lr"] = 0.02;
        var g = new GraphBuilder("regression");
        g.Input("x", DataType.Float, 6, 3);
        g.Input("t", DataType.Float, 6, 2);
        var y = g.Add("Gemm",
            g.Add("Tanh", g.Add("Gemm", "x", g.Initializer(Initialisation.He("w1", 1, 3, 3, 4)),
                g.Initializer(Initialisation.Constant("b1", 0.1f, 4)))),
            g.Initializer(Initialisation.He("w2", 1, 4, 4, 2)), g.Initializer(Initialisation.Constant("b2", -0.1f, 2)));
        g.Add("Identity", [Losses.MeanSquared(g, y, "t")], [], output: "loss");
        var inputs = new Dictionary<string, Array>
        {
            ["x"] = Initialisation.Normal("x", 3, 1, 18).ToFloats(),
            ["t"] = Initialisation.Normal("t", 3, 2, 12).ToFloats(),
        };
        string[] trained = ["w1", "b1", "w2", "b2"];
        var (losses, parameters) = TorchPeer.Train(g.Model, "loss", trained, inputs, 10, name, options, clip);
        using var session = new TrainingSession(g.Model, "loss", trained, optimizer,
            new TrainingSessionOptions { Threads = 1 });
        foreach (var (input, values) in inputs)
            ((float[])values).CopyTo(session.Input<float>(input));
        foreach (var loss in losses)
            Assert.Equal(loss, session.Step(0.02), 1e-5);
        foreach (var p in trained)
            AssertClose(parameters[p], session.GetParameter(p));
    }
}
