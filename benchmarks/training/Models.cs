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
        string Name, double Limit, int Runs, BatchNormMode BatchNorm,
        Func<(ModelProto Model, IReadOnlyList<string> Trained)> Build);

    public static readonly Entry[] All =
    [
        new("mlp", 0.40, 400, BatchNormMode.Frozen, Mlp),
        new("cnn", 0.95, 100, BatchNormMode.Training, Cnn),
        new("resnet18", 1.00, 7, BatchNormMode.Frozen, () => ResNet18(all: true)),
        new("resnet18-head", 0.70, 9, BatchNormMode.Frozen, () => ResNet18(all: false)),
        new("mobilenet", 0.90, 7, BatchNormMode.Frozen, MobileNet),
        new("resnet50", 1.00, 3, BatchNormMode.Frozen, ResNet50),
    ];

    /// <summary>One of them, or an architecture of torchvision, batch 8.</summary>
    public static Entry Find(string name) => All.FirstOrDefault(m => m.Name == name)
        ?? new(name, 1.00, 3, BatchNormMode.Frozen, () => Architectures.Build(name, 8));

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
        return Finish(b, b.Dense(KnownNetworks.LabCnn(b, x, 64), 512, 2), 2, _ => true);
    }

    private static (ModelProto, IReadOnlyList<string>) ResNet18(bool all)
    {
        var b = new NetworkBuilder("resnet18", 1);
        var x = KnownNetworks.ResNet18(b, Images(b, 16, 224), out var frozen);
        return Finish(b, b.Dense(x, 512, 10), 10,
            p => (all || !frozen.Contains(p)) && !p.StartsWith("scale", StringComparison.Ordinal)
            && !p.StartsWith("shift", StringComparison.Ordinal));
    }

    private static (ModelProto, IReadOnlyList<string>) MobileNet()
    {
        var b = new NetworkBuilder("mobilenet", 1);
        return Finish(b, b.Dense(KnownNetworks.MobileNetV1(b, Images(b, 16, 224)), 1024, 10), 10, _ => true);
    }

    private static (ModelProto, IReadOnlyList<string>) ResNet50()
    {
        var b = new NetworkBuilder("resnet50", 1);
        return Finish(b, b.Dense(KnownNetworks.ResNet50(b, Images(b, 8, 224)), 2048, 10), 10, p =>
            !p.StartsWith("scale", StringComparison.Ordinal) && !p.StartsWith("shift", StringComparison.Ordinal));
    }

    private static string Images(NetworkBuilder b, int batch, int size)
    {
        b.Graph.Input("labels", DataType.Int64, batch);
        return b.Graph.Input("x", DataType.Float, batch, 3, size, size);
    }

    private static (ModelProto, IReadOnlyList<string>) Finish(NetworkBuilder b, string logits, int classes,
        Func<string, bool> trained)
    {
        b.Graph.Add("Identity", [Losses.SoftmaxCrossEntropy(b.Graph, logits, "labels", classes)], [], output: "loss");
        return (b.Graph.Model, [.. b.Parameters.Where(trained)]);
    }
}
