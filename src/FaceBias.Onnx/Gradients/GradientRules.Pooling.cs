namespace FaceBias.Onnx.Gradients;

internal static partial class GradientRules
{
    private static Dictionary<string, GradientRule> Poolings => new()
    {
        ["MaxPool"] = n => [() => MaxPoolGradient(n)],
        ["GlobalMaxPool"] = n => [() =>
        {
            var attained = n.X.Where("Equal", n.Y);
            return attained * (n.Dy / attained.Sum([2, 3], keep: true));
        }],
        ["AveragePool"] = n => [() => AveragePoolGradient(n)],
        ["GlobalAveragePool"] = n =>
            [() => (n.Dy * ((double)Tensors.Count(n.Dy.Shape) / Tensors.Count(n.X.Shape))).Expand(n.X.Shape)],
    };

    /// <summary>Adds each gradient at the position that its maximum came from. Positions are the runtime's own, counted
    /// over the whole tensor, so that of several equal elements only the first gets it.</summary>
    private static Expression MaxPoolGradient(ForwardNode n)
    {
        if (n.Int("storage_order", 0) != 0)
            throw n.Unsupported("it counts positions by columns");
        var x = n.X;
        var zeros = n.Graph.Filled(0, x.Type, [Tensors.Count(x.Shape)]);
        var count = Tensors.Count(n.Y.Shape);
        var scattered = zeros with
        {
            Name = n.Graph.Builder.Add(
                "ScatterElements",
                [zeros.Name, (n.Y with { Name = n.SecondOutput() }).Reshape(count).Name, n.Dy.Reshape(count).Name],
                [("axis", 0L), ("reduction", "add")]),
        };
        return scattered.Reshape(x.Shape);
    }

    /// <summary>Every window gives its elements an equal share: a transposed convolution with ones, one channel at a
    /// time.</summary>
    private static Expression AveragePoolGradient(ForwardNode n)
    {
        var kernel = n.Ints("kernel_shape")!;
        var s = ConvolutionShape.Of(n, n.X.Shape, n.Y.Shape, (kernel[0], kernel[1]));
        var maps = s.Batch * s.In;
        var share = n.Dy.Reshape(maps, 1, s.Output.H, s.Output.W);
        var counts = WindowCounts(n, s);
        share = counts.Distinct().Count() == 1
            ? share * (1.0 / counts[0])
            : share * n.Graph.Constant([.. counts.Select(c => 1.0 / c)], share.Type, [s.Output.H, s.Output.W]);
        var ones = n.Graph.Filled(1, share.Type, [1, 1, s.Kernel.H, s.Kernel.W]);
        var single = s with { Batch = maps, In = 1, Out = 1, Groups = 1 };
        return ConvolutionGradients.ForInput["transpose"].Build(single, ones, share).Reshape(n.X.Shape);
    }

    /// <summary>How many elements each window averages.</summary>
    private static long[] WindowCounts(ForwardNode n, ConvolutionShape s)
    {
        if (n.Int("count_include_pad", 0) != 0 && n.Int("ceil_mode", 0) != 0)
            throw n.Unsupported("it counts padding and rounds up");
        var (rows, columns) = (new long[s.Output.H], new long[s.Output.W]);
        var whole = n.Int("count_include_pad", 0) != 0;
        for (var i = 0; i < rows.Length; i++)
            rows[i] = whole ? s.Kernel.H : Inside(i * s.Stride.H - s.PadBegin.H, s.Kernel.H, s.Dilation.H, s.Input.H);
        for (var i = 0; i < columns.Length; i++)
            columns[i] = whole ? s.Kernel.W
                : Inside(i * s.Stride.W - s.PadBegin.W, s.Kernel.W, s.Dilation.W, s.Input.W);
        return [.. rows.SelectMany(r => columns.Select(c => r * c))];

        static long Inside(long start, long taps, long dilation, long size) =>
            Enumerable.Range(0, (int)taps).Count(t => start + t * dilation is var p && p >= 0 && p < size);
    }
}
