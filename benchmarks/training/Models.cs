using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Tests.Training;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Benchmarks.Training;

/// <summary>The networks that are timed, the same as in torch_steps.py.</summary>
internal static class Models
{
    /// <param name="Name">As in torch_steps.py.</param>
    /// <param name="Limit">The ratio to PyTorch's step that is to be kept.</param>
    /// <param name="Runs">Timed steps.</param>
    /// <param name="BatchNorm">How batch norm trains.</param>
    /// <param name="Build">The model and what is trained of it.</param>
    public sealed record Entry(
        string Name, double Limit, int Runs, BatchNormMode BatchNorm, Func<(ModelProto Model, IReadOnlyList<string> Trained)> Build);

    public static readonly Entry[] All =
    [
        new("mlp", 0.40, 400, BatchNormMode.Frozen, Mlp),
        new("cnn", 0.95, 100, BatchNormMode.Training, Cnn),
        new("resnet18", 1.00, 7, BatchNormMode.Frozen, () => ResNet18(all: true)),
        new("resnet18-head", 0.70, 9, BatchNormMode.Frozen, () => ResNet18(all: false)),
        new("mobilenet", 0.90, 7, BatchNormMode.Frozen, MobileNet),
    ];

    private static (ModelProto, IReadOnlyList<string>) Mlp()
    {
        var b = new NetworkBuilder("mlp", 1);
        b.Graph.Input("labels", DataType.Int64, 64);
        var x = b.Graph.Input("x", DataType.Float, 64, 512);
        return Finish(b, b.Dense(b.Relu(b.Dense(x, 512, 256)), 256, 10), 10, _ => true);
    }

    private static (ModelProto, IReadOnlyList<string>) Cnn()
    {
        var b = new NetworkBuilder("cnn", 1);
        var x = Images(b, 32, 64);
        var channels = 3;
        foreach (var (width, kernel) in new[] { (12, 5), (24, 5), (48, 3), (72, 3) })
        {
            x = b.BatchNorm(b.Relu(b.Conv(x, channels, width, kernel, 2, bias: true)), width);
            channels = width;
        }
        x = b.Relu(b.Dense(b.Graph.Add("Flatten", x), 72 * 16, 512));
        return Finish(b, b.Dense(x, 512, 2), 2, _ => true);
    }

    private static (ModelProto, IReadOnlyList<string>) ResNet18(bool all)
    {
        var b = new NetworkBuilder("resnet18", 1);
        var x = Images(b, 16, 224);
        x = b.Relu(b.BatchNorm(b.Conv(x, 3, 64, 7, 2), 64));
        x = b.Graph.Add("MaxPool", [x], [("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 })]);
        var channels = 64;
        var frozen = new HashSet<string>();
        foreach (var (width, stride) in new[] { (64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1) })
        {
            if (!all)
                frozen = [.. b.Parameters];
            var y = b.Relu(b.BatchNorm(b.Conv(x, channels, width, 3, stride), width));
            y = b.BatchNorm(b.Conv(y, width, width, 3), width);
            var skip = channels == width && stride == 1 ? x : b.BatchNorm(b.Conv(x, channels, width, 1, stride), width);
            x = b.Relu(b.Add(y, skip));
            channels = width;
        }
        x = b.Graph.Add("Flatten", b.Graph.Add("GlobalAveragePool", x));
        return Finish(b, b.Dense(x, 512, 10), 10, p => !frozen.Contains(p) && !p.StartsWith("scale", StringComparison.Ordinal)
            && !p.StartsWith("shift", StringComparison.Ordinal));
    }

    /// <summary>As the catalogue's faceres: batch norm is already part of the convolutions.</summary>
    private static (ModelProto, IReadOnlyList<string>) MobileNet()
    {
        var b = new NetworkBuilder("mobilenet", 1);
        var x = Relu6(b, b.Conv(Images(b, 16, 224), 3, 32, 3, 2, bias: true));
        var channels = 32;
        foreach (var (width, stride) in new[]
        {
            (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
        })
        {
            x = Relu6(b, b.Conv(x, channels, channels, 3, stride, channels, bias: true));
            x = Relu6(b, b.Conv(x, channels, width, 1, bias: true));
            channels = width;
        }
        x = b.Graph.Add("Flatten", b.Graph.Add("GlobalAveragePool", x));
        return Finish(b, b.Dense(x, 1024, 10), 10, _ => true);
    }

    private static string Relu6(NetworkBuilder b, string x) => b.Graph.Add("Clip", x, b.Graph.Constant(0f), b.Graph.Constant(6f));

    private static string Images(NetworkBuilder b, int batch, int size)
    {
        b.Graph.Input("labels", DataType.Int64, batch);
        return b.Graph.Input("x", DataType.Float, batch, 3, size, size);
    }

    private static (ModelProto, IReadOnlyList<string>) Finish(NetworkBuilder b, string logits, int classes, Func<string, bool> trained)
    {
        b.Graph.Add("Identity", [Losses.SoftmaxCrossEntropy(b.Graph, logits, "labels", classes)], [], output: "loss");
        return (b.Graph.Model, [.. b.Parameters.Where(trained)]);
    }
}
