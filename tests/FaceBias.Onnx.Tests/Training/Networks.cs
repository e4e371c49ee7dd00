using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

/// <summary>Small classifiers with the building blocks of well-known ones; inputs "x" and "labels", loss
/// "loss".</summary>
internal static class Networks
{
    public sealed record Network(ModelProto Model, IReadOnlyList<string> Parameters, Dictionary<string, Array> Batch);

    /// <summary>The stem with overlapping max pooling and three residual blocks, two of them with a stride.</summary>
    public static Network ResNet(int batch = 4, int size = 32)
    {
        var b = new NetworkBuilder("resnet", 5, 0.3);
        var x = Inputs(b, batch, size);
        x = b.Relu(b.BatchNorm(b.Conv(x, 3, 8, 7, 2), 8));
        x = b.Graph.Add("MaxPool", [x],
            [("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }),
                ("pads", new long[] { 1, 1, 1, 1 })]);
        var channels = 8;
        foreach (var (to, stride) in new[] { (8, 1), (16, 2), (24, 2) })
        {
            var y = b.Relu(b.BatchNorm(b.Conv(x, channels, to, 3, stride), to));
            y = b.BatchNorm(b.Conv(y, to, to, 3), to);
            var skip = stride == 1 ? x : b.BatchNorm(b.Conv(x, channels, to, 1, stride), to);
            x = b.Relu(b.Add(y, skip));
            channels = to;
        }
        return Classify(b, x, channels, batch, size);
    }

    /// <summary>Depthwise and pointwise convolutions.</summary>
    public static Network MobileNet(int batch = 4, int size = 32)
    {
        var b = new NetworkBuilder("mobilenet", 6, 0.3);
        var x = Inputs(b, batch, size);
        x = Relu6(b, b.BatchNorm(b.Conv(x, 3, 8, 3, 2), 8));
        var channels = 8;
        foreach (var (to, stride) in new[] { (16, 1), (24, 2), (24, 1), (32, 2) })
        {
            x = Relu6(b, b.BatchNorm(b.Conv(x, channels, channels, 3, stride, channels), channels));
            x = Relu6(b, b.BatchNorm(b.Conv(x, channels, to, 1), to));
            channels = to;
        }
        return Classify(b, x, channels, batch, size);
    }

    /// <summary>Pointwise and depthwise convolutions in turn, of whole blocks of channels.</summary>
    public static Network Depthwise(int blocks, int batch = 2, int size = 16)
    {
        const int Channels = 32;
        var b = new NetworkBuilder("depthwise", 9, 0.3);
        var x = b.Relu(b.BatchNorm(b.Conv(Inputs(b, batch, size), 3, Channels, 3, 2), Channels));
        for (var i = 0; i < blocks; i++)
        {
            var y = b.Relu(b.BatchNorm(b.Conv(x, Channels, Channels, 3, 1, Channels), Channels));
            x = b.Add(x, b.BatchNorm(b.Conv(y, Channels, Channels, 1), Channels));
        }
        return Classify(b, x, Channels, batch, size);
    }

    /// <summary>The MIT lab's classifier.</summary>
    public static Network LabCnn(int batch = 8, int size = 64)
    {
        var b = new NetworkBuilder("lab", 7, 0.3);
        return Finish(b, b.Dense(KnownNetworks.LabCnn(b, Inputs(b, batch, size), size), 512, 2), batch, size, 2);
    }

    /// <summary>ResNet-18 on small images.</summary>
    public static Network ResNet18(int batch = 2, int size = 64)
    {
        // With some seeds a rectifier's input is zero up to rounding, and its gradient then a matter of rounding too.
        var b = new NetworkBuilder("resnet18", 19, 0.3);
        return Finish(b, b.Dense(KnownNetworks.ResNet18(b, Inputs(b, batch, size), out _), 512, 5), batch, size, 5);
    }

    /// <summary>MobileNetV1 on small images.</summary>
    public static Network MobileNetV1(int batch = 2, int size = 64)
    {
        var b = new NetworkBuilder("mobilenetv1", 10, 0.3);
        return Finish(b, b.Dense(KnownNetworks.MobileNetV1(b, Inputs(b, batch, size)), 1024, 5), batch, size, 5);
    }

    /// <summary>The MIT lab's variational autoencoder without its classifier: strided convolutions to mean and log
    /// variance of 100 latent values, transposed convolutions back; absolute error plus divergence (Kingma and Welling
    /// 2014). The noise of the sampling is an input.</summary>
    public static Network Vae(int batch = 4, int size = 64)
    {
        const int Latent = 100;
        var b = new NetworkBuilder("vae", 11, 0.3);
        var g = b.Graph;
        var x = g.Input("x", DataType.Float, batch, 3, size, size);
        var noise = g.Input("noise", DataType.Float, batch, Latent);
        var (y, channels) = (x, 3);
        foreach (var (to, kernel) in new[] { (12, 5), (24, 5), (48, 3), (72, 3) })
            (y, channels) = (b.BatchNorm(b.Relu(b.Conv(y, channels, to, kernel, 2, bias: true)), to), to);
        var cells = channels * (size / 16) * (size / 16);
        y = g.Add("Flatten", y);
        var (mean, logVariance) = (b.Dense(y, cells, Latent), b.Dense(y, cells, Latent));
        var deviation = g.Add("Exp", g.Add("Mul", logVariance, g.Constant(0.5f)));
        y = b.Relu(b.Dense(g.Add("Add", mean, g.Add("Mul", deviation, noise)), Latent, cells));
        y = g.Add("Reshape", y, g.Constant(batch, channels, size / 16, size / 16));
        foreach (var (to, kernel) in new[] { (48, 3), (24, 3), (12, 5), (3, 5) })
        {
            y = b.ConvTranspose(y, channels, to, kernel, 2);
            y = to == 3 ? y : b.Relu(y);
            channels = to;
        }
        var loss = Losses.Combine(g, (Losses.L1(g, y, x), 1),
            (Losses.GaussianDivergence(g, mean, logVariance), 0.0005));
        g.Add("Identity", [loss], [], output: "loss");
        g.Output("loss", DataType.Float);
        return new Network(g.Model, b.Parameters, new Dictionary<string, Array>
        {
            ["x"] = Noise(batch * 3 * size * size, 11),
            ["noise"] = Noise(batch * Latent, 12),
        });
    }

    /// <summary>A head with dropout on pixels, of the size that features of a backbone have.</summary>
    public static Network Dense(int batch = 128)
    {
        var b = new NetworkBuilder("dense", 8, 0.3);
        var x = b.Graph.Add("Flatten", Inputs(b, batch, 18));
        x = b.Graph.Add("Dropout", b.Relu(b.Dense(x, 3 * 18 * 18, 256)), b.Graph.Constant(0.3f));
        return Finish(b, b.Dense(x, 256, 5), batch, 18, 5);
    }

    private static string Relu6(NetworkBuilder b, string x) =>
        b.Graph.Add("Clip", x, b.Graph.Constant(0f), b.Graph.Constant(6f));

    private static string Inputs(NetworkBuilder b, int batch, int size)
    {
        b.Graph.Input("labels", DataType.Int64, batch);
        return b.Graph.Input("x", DataType.Float, batch, 3, size, size);
    }

    private static Network Classify(NetworkBuilder b, string x, int channels, int batch, int size) =>
        Finish(b, b.Dense(b.Graph.Add("Flatten", b.Graph.Add("GlobalAveragePool", x)), channels, 5), batch, size, 5);

    private static Network Finish(NetworkBuilder b, string logits, int batch, int size, int classes)
    {
        var loss = Losses.SoftmaxCrossEntropy(b.Graph, logits, "labels", classes);
        b.Graph.Add("Identity", [loss], [], output: "loss");
        b.Graph.Output("loss", DataType.Float);
        return new Network(b.Graph.Model, b.Parameters, new Dictionary<string, Array>
        {
            ["x"] = Noise(batch * 3 * size * size, 11),
            ["labels"] = Enumerable.Range(0, batch).Select(i => (long)(i % classes)).ToArray(),
        });
    }

    private static float[] Noise(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
