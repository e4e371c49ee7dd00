using FaceBias.Onnx.Gradients;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Tests.Training;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Gradients;

/// <summary>The blocked layout changes where numbers lie in memory, and not the numbers.</summary>
public class BlockedLayoutTests
{
    // Out, groups, kernel, strides, pads (top, left, bottom, right); 32 channels of 8x10 pixels come in.
    public static TheoryData<long, long, long[], long[], long[]> Convolutions => new()
    {
        { 48, 1, [3, 3], [1, 1], [1, 1, 1, 1] }, { 16, 1, [1, 1], [1, 1], [0, 0, 0, 0] },
        { 64, 1, [5, 3], [1, 1], [2, 0, 2, 0] },
        { 48, 1, [3, 3], [2, 2], [1, 1, 1, 1] }, { 48, 1, [3, 3], [2, 2], [0, 0, 1, 1] },
        { 16, 1, [1, 1], [2, 2], [0, 0, 0, 0] },
        { 16, 1, [5, 5], [2, 2], [2, 2, 2, 2] }, { 16, 1, [2, 2], [2, 2], [0, 0, 0, 0] },
        { 16, 1, [3, 2], [2, 1], [1, 1, 0, 0] },
        { 32, 32, [3, 3], [1, 1], [1, 1, 1, 1] }, { 32, 32, [3, 3], [2, 2], [1, 1, 1, 1] },
        { 32, 32, [5, 5], [2, 2], [1, 1, 2, 2] },
        { 64, 32, [3, 3], [1, 1], [1, 1, 1, 1] }, { 32, 2, [3, 3], [1, 1], [1, 1, 1, 1] },
        { 20, 1, [3, 3], [1, 1], [1, 1, 1, 1] },
    };

    /// <summary>A convolution between two others, with rectifiers, sums, pooling and the mean of each
    /// channel.</summary>
    [Theory, MemberData(nameof(Convolutions))]
    public void A_step_is_the_same_in_blocks(long to, long groups, long[] kernel, long[] strides, long[] pads)
    {
        var b = new NetworkBuilder("blocks", 3, 0.3);
        var g = b.Graph;
        g.Input("labels", DataType.Int64, 2);
        var x = g.Add("Clip", b.Conv(g.Input("x", DataType.Float, 2, 3, 8, 10), 3, 32, 3, bias: true), g.Constant(0f),
            g.Constant(6f));
        x = b.Relu(b.Add(x, b.Conv(x, 32, 32, 1)));
        x = b.Add(b.Conv(x, 32, 32, 3, bias: true), b.Conv(x, 32, 32, 1));
        x = g.Add("MaxPool", [x], [("kernel_shape", new long[] { 3, 3 }), ("pads", new long[] { 1, 1, 1, 1 })]);
        var w = g.Initializer(Initialisation.Uniform("middle", 4, 0.3, to, 32 / groups, kernel[0], kernel[1]));
        x = g.Add("LeakyRelu", g.Add("Conv", [x, w], [("strides", strides), ("pads", pads), ("group", groups)]));
        x = b.Conv(x, (int)to, 32, 1, bias: true);
        x = b.Dense(g.Add("Flatten", g.Add("GlobalAveragePool", x)), 32, 4);
        g.Add("Identity", [Losses.SoftmaxCrossEntropy(g, x, "labels", 4)], [], output: "loss");
        AssertSame(g.Model, [.. b.Parameters, "middle"],
            new() { ["x"] = Noise(2 * 3 * 80), ["labels"] = new[] { 1L, 3 } });
    }

    [Theory, InlineData(3, 1), InlineData(4, 0), InlineData(5, 1)]
    public void So_is_one_of_a_network_that_makes_images(int kernel, int output)
    {
        var b = new NetworkBuilder("decoder", 3, 0.3);
        var g = b.Graph;
        var w = g.Initializer(Initialisation.Uniform("up", 4, 0.3, 32, 16, kernel, kernel));
        long pad = (kernel - 1) / 2;
        var x = b.Conv(g.Input("x", DataType.Float, 2, 16, 4, 6), 16, 32, 3);
        var y = g.Add("ConvTranspose", [b.Relu(x), w],
            [("strides", new long[] { 2, 2 }), ("pads", new[] { pad, pad, pad, pad }),
                ("output_padding", new long[] { output, output })]);
        y = b.Conv(g.Add("Sigmoid", y), 16, 3, 3);
        g.Add("Identity", [g.Add("ReduceMean", [g.Add("Mul", y, y)], [("keepdims", 0L)])], [], output: "loss");
        AssertSame(g.Model, [.. b.Parameters, "up"], new() { ["x"] = Noise(2 * 16 * 24) });
    }

    [Fact]
    public void So_is_one_behind_frozen_layers_that_pad_by_themselves_and_before_a_sum_of_everything()
    {
        var b = new NetworkBuilder("automatic", 3, 0.3);
        var g = b.Graph;
        var w = g.Initializer(Initialisation.Uniform("frozen", 4, 0.3, 16, 16, 5, 5));
        var x = g.Add("ConvTranspose", [g.Input("x", DataType.Float, 2, 16, 4, 6), w],
            [("strides", new long[] { 2, 2 }), ("auto_pad", "SAME_UPPER")]);
        x = b.Relu(b.Conv(x, 16, 16, 3));
        g.Add("Identity", [g.Add("ReduceSum", [g.Add("Mul", x, g.Constant(0.01f))], [("keepdims", 0L)])], [],
            output: "loss");
        AssertSame(g.Model, b.Parameters, new() { ["x"] = Noise(2 * 16 * 24) });
    }

    /// <summary>Norms that are not folded, joined channels and averages, as dense networks have them.</summary>
    [Fact]
    public void So_is_one_of_joined_channels_that_are_normalised_and_scaled()
    {
        var b = new NetworkBuilder("dense", 3, 0.3);
        var g = b.Graph;
        g.Input("labels", DataType.Int64, 2);
        string Parameter(string name, ulong seed, long size) =>
            g.Initializer(Initialisation.Uniform(name, seed, 0.5, size));
        var x = b.Conv(g.Input("x", DataType.Float, 2, 3, 8, 10), 3, 32, 3);
        string[] parts = [x];
        for (var i = 0; i < 2; i++)
        {
            var joined = parts.Length == 1 ? x : g.Add("Concat", parts, [("axis", 1L)]);
            var channels = 32 + 16 * i;
            var normal = g.Add("BatchNormalization", joined, Parameter($"scale{i}", 5, channels),
                Parameter($"shift{i}", 6, channels),
                Parameter($"mean{i}", 7, channels), g.Constant([.. Enumerable.Repeat(1.5f, channels)], channels));
            parts = [.. parts, b.Conv(b.Relu(normal), channels, 16, 3)];
        }
        x = g.Add("AveragePool", [g.Add("Concat", parts, [("axis", 1L)])],
            [("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })]);
        x = g.Add("Mul", b.Conv(x, 64, 32, 1), g.Initializer(Initialisation.Uniform("layer", 8, 1, 32, 1, 1)));
        x = b.Dense(g.Add("Flatten", g.Add("GlobalAveragePool", b.Conv(x, 32, 32, 1))), 32, 4);
        g.Add("Identity", [Losses.SoftmaxCrossEntropy(g, x, "labels", 4)], [], output: "loss");
        AssertSame(g.Model, [.. b.Parameters, "scale0", "shift0", "scale1", "shift1", "layer"],
            new() { ["x"] = Noise(2 * 3 * 80), ["labels"] = new[] { 1L, 3 } });
    }

    [Fact]
    public void Whole_networks_leave_the_plain_layout_only_where_they_must()
    {
        Assert.SkipWhen(OrtEnvironment.ChannelBlock == 0,
            "needs a processor on which the runtime has a blocked layout");
        var network = Networks.MobileNetV1();
        AssertSame(network.Model, network.Parameters, network.Batch);
        var graph = TrainingGraph.Build(
            network.Model, "loss", [.. network.Parameters], new Sgd(), new TrainingSessionOptions());
        var plain = graph.Step.Graph.Node.Where(n => n.OpType is "Conv" or "ConvTranspose" && n.Domain.Length == 0)
            .ToList();
        // The gradient of the first layer's kernel is cut out by a convolution of its own kind.
        Assert.Single(plain);
        Assert.DoesNotContain(graph.Forward.Graph.Node, n => n.OpType == "Conv" && n.Domain.Length == 0);
        // Nothing is brought out of the layout and back again.
        var producers = graph.Step.Graph.Node.SelectMany(n => n.Output.Select(o => (o, n))).ToDictionary(p => p.o,
            p => p.n);
        NodeProto? Source(string value) => producers.GetValueOrDefault(value) is { OpType: "Reshape" } shape
            ? Source(shape.Input[0]) : producers.GetValueOrDefault(value);
        Assert.DoesNotContain(graph.Step.Graph.Node,
            n => n.OpType == "ReorderInput" && Source(n.Input[0]) is { OpType: "ReorderOutput" });
    }

    private static void AssertSame(ModelProto model, IReadOnlyList<string> trained, Dictionary<string, Array> batch)
    {
        var (expected, actual) =
            (Step(model, trained, batch, blocked: false), Step(model, trained, batch, blocked: true));
        Assert.Equal(expected.Loss, actual.Loss, 1e-5);
        Assert.Equal(expected.Validation, actual.Validation, 1e-5);
        foreach (var name in trained)
        {
            var norm = Math.Sqrt(expected.Gradients[name].Sum(v => v * v));
            var error = Math.Sqrt(
                expected.Gradients[name].Zip(actual.Gradients[name], (e, a) => (e - a) * (e - a)).Sum());
            Assert.True(norm > 0 && error < 1e-4 * norm, $"{name}: {error} of {norm}");
        }
    }

    private static (double Loss, double Validation, Dictionary<string, double[]> Gradients) Step(
        ModelProto model, IReadOnlyList<string> trained, Dictionary<string, Array> batch, bool blocked)
    {
        using var session = new TrainingSession(model, "loss", [.. trained], new Sgd(),
            new TrainingSessionOptions { Threads = 2, Blocked = blocked });
        foreach (var (name, values) in batch)
            if (values is float[] floats)
                floats.CopyTo(session.Input<float>(name));
            else
                ((long[])values).CopyTo(session.Input<long>(name));
        var (before, validation) = (session.GetParameters(), session.Evaluate());
        // A plain step of rate 1 moves every parameter by its gradient.
        var loss = session.Step(1);
        return (loss, validation,
            trained.ToDictionary(p => p,
                p => before[p].Zip(session.GetParameter(p), (x, y) => (double)x - y).ToArray()));
    }

    private static float[] Noise(int count)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
