using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

/// <summary>Small classifiers with the building blocks of well-known ones; inputs "x" and "labels", loss "loss".</summary>
internal static class Networks
{
    public sealed record Network(ModelProto Model, IReadOnlyList<string> Parameters, Dictionary<string, Array> Batch);

    /// <summary>The stem with overlapping max pooling and three residual blocks, two of them with a stride.</summary>
    public static Network ResNet(int batch = 4, int size = 32)
    {
        var b = new NetworkBuilder("resnet", 5);
        var x = Inputs(b, batch, size);
        x = b.Relu(b.BatchNorm(b.Conv(x, 3, 8, 7, 2), 8));
        x = b.Graph.Add("MaxPool", [x], [("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 })]);
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
        var b = new NetworkBuilder("mobilenet", 6);
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

    /// <summary>The MIT lab's classifier: convolutions 12, 24, 48, 72 with kernels 5, 5, 3, 3 and stride 2, batch norm,
    /// and dense layers.</summary>
    public static Network LabCnn(int batch = 8, int size = 64)
    {
        var b = new NetworkBuilder("lab", 7);
        var x = Inputs(b, batch, size);
        var channels = 3;
        foreach (var (to, kernel) in new[] { (12, 5), (24, 5), (48, 3), (72, 3) })
        {
            x = b.BatchNorm(b.Relu(b.Conv(x, channels, to, kernel, 2, bias: true)), to);
            channels = to;
        }
        var features = channels * (size / 16) * (size / 16);
        x = b.Relu(b.Dense(b.Graph.Add("Flatten", x), features, 512));
        return Finish(b, b.Dense(x, 512, 2), batch, size, 2);
    }

    /// <summary>A head with dropout on pixels, of the size that features of a backbone have.</summary>
    public static Network Dense(int batch = 128)
    {
        var b = new NetworkBuilder("dense", 8);
        var x = b.Graph.Add("Flatten", Inputs(b, batch, 18));
        x = b.Graph.Add("Dropout", b.Relu(b.Dense(x, 3 * 18 * 18, 256)), b.Graph.Constant(0.3f));
        return Finish(b, b.Dense(x, 256, 5), batch, 18, 5);
    }

    private static string Relu6(NetworkBuilder b, string x) => b.Graph.Add("Clip", x, b.Graph.Constant(0f), b.Graph.Constant(6f));

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
        var random = new Random(11);
        return new Network(b.Graph.Model, b.Parameters, new Dictionary<string, Array>
        {
            ["x"] = Enumerable.Range(0, batch * 3 * size * size).Select(_ => random.NextSingle() * 2 - 1).ToArray(),
            ["labels"] = Enumerable.Range(0, batch).Select(i => (long)(i % classes)).ToArray(),
        });
    }
}
