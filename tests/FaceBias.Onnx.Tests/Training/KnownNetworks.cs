using FaceBias.Onnx.Training;

namespace FaceBias.Onnx.Tests.Training;

/// <summary>Well-known backbones in their real widths; tests and the benchmark against PyTorch build them
/// alike.</summary>
internal static class KnownNetworks
{
    /// <summary>ResNet-18 (He et al. 2016) up to its 512 features.</summary>
    /// <param name="b">The builder.</param>
    /// <param name="x">[N, 3, H, W].</param>
    /// <param name="frozen">Gets the parameters before the last block.</param>
    public static string ResNet18(NetworkBuilder b, string x, out IReadOnlySet<string> frozen)
    {
        x = b.Relu(b.BatchNorm(b.Conv(x, 3, 64, 7, 2), 64));
        x = b.Graph.Add("MaxPool", [x],
            [("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }),
                ("pads", new long[] { 1, 1, 1, 1 })]);
        var channels = 64;
        frozen = new HashSet<string>();
        foreach (var (width, stride) in new[] { (64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
            (512, 1) })
        {
            frozen = b.Parameters.ToHashSet();
            var y = b.Relu(b.BatchNorm(b.Conv(x, channels, width, 3, stride), width));
            y = b.BatchNorm(b.Conv(y, width, width, 3), width);
            var skip = channels == width && stride == 1 ? x : b.BatchNorm(b.Conv(x, channels, width, 1, stride), width);
            x = b.Relu(b.Add(y, skip));
            channels = width;
        }
        return b.Graph.Add("Flatten", b.Graph.Add("GlobalAveragePool", x));
    }

    /// <summary>ResNet-50 (He et al. 2016, strides in the 3x3 convolutions) up to its 2,048 features.</summary>
    public static string ResNet50(NetworkBuilder b, string x)
    {
        x = b.Relu(b.BatchNorm(b.Conv(x, 3, 64, 7, 2), 64));
        x = b.Graph.Add("MaxPool", [x],
            [("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }),
                ("pads", new long[] { 1, 1, 1, 1 })]);
        var channels = 64;
        foreach (var (width, blocks) in new[] { (64, 3), (128, 4), (256, 6), (512, 3) })
            for (var i = 0; i < blocks; i++)
            {
                var stride = i == 0 && width > 64 ? 2 : 1;
                var y = b.Relu(b.BatchNorm(b.Conv(x, channels, width, 1), width));
                y = b.Relu(b.BatchNorm(b.Conv(y, width, width, 3, stride), width));
                y = b.BatchNorm(b.Conv(y, width, 4 * width, 1), 4 * width);
                x = b.Relu(b.Add(y, i > 0 ? x : b.BatchNorm(b.Conv(x, channels, 4 * width, 1, stride), 4 * width)));
                channels = 4 * width;
            }
        return b.Graph.Add("Flatten", b.Graph.Add("GlobalAveragePool", x));
    }

    /// <summary>MobileNetV1 (Howard et al. 2017) up to its 1,024 features, batch norm already part of the convolutions,
    /// as in the catalogue's faceres.</summary>
    public static string MobileNetV1(NetworkBuilder b, string x)
    {
        string Relu6(string y) => b.Graph.Add("Clip", y, b.Graph.Constant(0f), b.Graph.Constant(6f));
        x = Relu6(b.Conv(x, 3, 32, 3, 2, bias: true));
        var channels = 32;
        foreach (var (width, stride) in new[]
        {
            (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
            (1024, 2), (1024, 1),
        })
        {
            x = Relu6(b.Conv(x, channels, channels, 3, stride, channels, bias: true));
            x = Relu6(b.Conv(x, channels, width, 1, bias: true));
            channels = width;
        }
        return b.Graph.Add("Flatten", b.Graph.Add("GlobalAveragePool", x));
    }

    /// <summary>The MIT lab's classifier up to its 512 features: convolutions 12, 24, 48, 72 with kernels 5, 5, 3, 3
    /// and stride 2, each rectified and then normalised.</summary>
    public static string LabCnn(NetworkBuilder b, string x, int size)
    {
        var channels = 3;
        foreach (var (width, kernel) in new[] { (12, 5), (24, 5), (48, 3), (72, 3) })
        {
            x = b.BatchNorm(b.Relu(b.Conv(x, channels, width, kernel, 2, bias: true)), width);
            channels = width;
        }
        return b.Relu(b.Dense(b.Graph.Add("Flatten", x), channels * (size / 16) * (size / 16), 512));
    }
}
