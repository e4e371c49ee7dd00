namespace FaceBias.Onnx.Gradients;

/// <summary>Several ways to write the two gradients of a convolution with operators that the runtime has kernels for.
/// All give the same numbers up to rounding; which is fastest depends on the shape and is chosen by
/// <see cref="ConvolutionChoices"/>.</summary>
internal static class ConvolutionGradients
{
    /// <summary>The gradient by the input, from the weights [out, in/groups, kh, kw] and the output's
    /// gradient.</summary>
    public delegate Expression InputGradient(ConvolutionShape s, Expression w, Expression dy);

    /// <summary>The gradient by the weights, from the input and the output's gradient.</summary>
    public delegate Expression WeightGradient(ConvolutionShape s, Expression x, Expression dy);

    public static readonly Dictionary<string, (Func<ConvolutionShape, bool> Fits, InputGradient Build)> ForInput = new()
    {
        ["transpose"] = (_ => true, ByTranspose),
        ["flipped"] = (s => s.IsDense && s.PadBegin.H < s.Window.H && s.PadBegin.W < s.Window.W, ByFlipped),
        ["product"] = (s => s.IsPointwise && s.Groups == 1, ByProduct),
    };

    public static readonly Dictionary<string, (Func<ConvolutionShape, bool> Fits, WeightGradient Build)> ForWeights =
        new()
    {
        ["columns"] = (_ => true, ByColumns),
        ["rows"] = (s => s.IsDense && s.Groups == 1 && s.Taps > 1, ByRows),
        ["channels-last"] = (s => s.Groups == 1, ByChannelsLast),
        ["kernel"] = (s => s.IsDepthwise, ByKernel),
    };

    /// <summary>The runtime's ConvTranspose: a product and an addition of overlapping windows.</summary>
    private static Expression ByTranspose(ConvolutionShape s, Expression w, Expression dy)
    {
        // A window that ends before the input does leaves rows and columns to fill in, one that ends behind it pads.
        var (h, w2) = s.PadEnd;
        var dx = dy with
        {
            Name = dy.Graph.Builder.Add("ConvTranspose", [dy.Name, w.Name],
            [
                ("strides", Ints(s.Stride)), ("dilations", Ints(s.Dilation)), ("group", s.Groups),
                ("pads", new[] { s.PadBegin.H, s.PadBegin.W, Math.Max(h, 0), Math.Max(w2, 0) }),
                ("output_padding", new[] { Math.Max(-h, 0), Math.Max(-w2, 0) }),
            ]),
            Shape = [s.Batch, s.In, s.Input.H, s.Input.W],
        };
        dy.Graph.Facts.Set(dy, w, dx);
        return dx;
    }

    /// <summary>A convolution of the output's gradient with the kernel turned around and its channels
    /// swapped.</summary>
    private static Expression ByFlipped(ConvolutionShape s, Expression w, Expression dy)
    {
        var (inner, outer) = (s.In / s.Groups, s.Out / s.Groups);
        var turned = w;
        if (s.Kernel.H > 1)
            turned = turned.Reversed(2);
        if (s.Kernel.W > 1)
            turned = turned.Reversed(3);
        turned = s.Groups == 1
            ? turned.Transpose(1, 0, 2, 3)
            : turned.Reshape(s.Groups, outer, inner, s.Kernel.H, s.Kernel.W).Transpose(0, 2, 1, 3, 4)
                .Reshape(s.In, outer, s.Kernel.H, s.Kernel.W);
        if (s.Groups == 1 || s.IsDepthwise)
            w.Graph.Facts.MarkTurned(turned.Name, w.Name);
        w.Graph.Facts.Set(w);
        long[] pads =
        [
            s.Window.H - 1 - s.PadBegin.H, s.Window.W - 1 - s.PadBegin.W,
            s.Window.H - 1 - s.PadEnd.H, s.Window.W - 1 - s.PadEnd.W,
        ];
        return Conv(dy, turned, [s.Batch, s.In, s.Input.H, s.Input.W], (1, 1), s.Dilation, pads, s.Groups);
    }

    private static Expression ByProduct(ConvolutionShape s, Expression w, Expression dy) =>
        w.Reshape(s.Out, s.In).TransposeLast().MatMul(dy.Reshape(s.Batch, s.Out, s.Output.H * s.Output.W))
            .Reshape(s.Batch, s.In, s.Input.H, s.Input.W);

    /// <summary>Every window as a column, cut out by a depthwise convolution with kernels that are 1 in one place;
    /// then one product per image.</summary>
    private static Expression ByColumns(ConvolutionShape s, Expression x, Expression dy)
    {
        var length = s.Output.H * s.Output.W;
        var columns = s.IsPointwise ? x : Conv(
            x, OneHot(x, s), [s.Batch, s.In * s.Taps, s.Output.H, s.Output.W], s.Stride, s.Dilation,
            [s.PadBegin.H, s.PadBegin.W, s.PadEnd.H, s.PadEnd.W], s.In);
        var dw = s.Groups == 1
            ? dy.Reshape(s.Batch, s.Out, length).MatMul(columns.Reshape(s.Batch, s.In * s.Taps, length).TransposeLast())
            : dy.Reshape(s.Batch, s.Groups, s.Out / s.Groups, length)
                .MatMul(columns.Reshape(s.Batch, s.Groups, s.In / s.Groups * s.Taps, length).TransposeLast());
        return dw.Sum([0], keep: false).Reshape(s.Out, s.In / s.Groups, s.Kernel.H, s.Kernel.W);
    }

    /// <summary>The gradient shifted by each column of the kernel, times the input from each row of the kernel on. The
    /// gradient is made as wide as the padded input, so that the pixels of both line up when they are flattened and
    /// rows are one contiguous piece.</summary>
    private static Expression ByRows(ConvolutionShape s, Expression x, Expression dy)
    {
        var padded = Padded(s, x);
        var (length, extra) = (s.Output.H * padded.Shape[3], s.Dilation.W * (s.Kernel.W - 1));
        var columns = Enumerable.Range(0, (int)s.Kernel.W)
            .Select(j => dy.Pad(3, j * s.Dilation.W, extra - j * s.Dilation.W)).ToArray();
        var all = Expression.Concat(1, columns).Reshape(s.Batch, s.Kernel.W * s.Out, length);
        var products = Enumerable.Range(0, (int)s.Kernel.H)
            .Select(i => padded.Slice(2, i * s.Dilation.H, s.Output.H).Reshape(s.Batch, s.In, length))
            .Select(rows => all.MatMul(rows.TransposeLast()).Sum([0], keep: false).Reshape(1, s.Kernel.W, s.Out, s.In));
        return Expression.Concat(0, [.. products]).Transpose(2, 3, 0, 1);
    }

    /// <summary>All windows of all images as rows of one matrix, channels last, and a single product over
    /// them.</summary>
    private static Expression ByChannelsLast(ConvolutionShape s, Expression x, Expression dy)
    {
        var rows = s.Batch * s.Output.H * s.Output.W;
        var pixels = x.Transpose(0, 2, 3, 1).Reshape(s.Batch * s.Input.H * s.Input.W, s.In);
        var windows = s.IsPointwise ? pixels : pixels.Pad(0, 0, 1).Rows(Windows(s)).Reshape(rows, s.Taps * s.In);
        return dy.Transpose(1, 0, 2, 3).Reshape(s.Out, rows).Gemm(windows, false, false)
            .Reshape(s.Out, s.Kernel.H, s.Kernel.W, s.In).Transpose(0, 3, 1, 2);
    }

    /// <summary>For each element of each window the pixel that it lies on, or the one after the last for
    /// padding.</summary>
    private static long[] Windows(ConvolutionShape s)
    {
        var pixels = new List<long>();
        for (var n = 0L; n < s.Batch; n++)
            for (var p = 0L; p < s.Output.H; p++)
                for (var q = 0L; q < s.Output.W; q++)
                    for (var i = 0L; i < s.Kernel.H; i++)
                        for (var j = 0L; j < s.Kernel.W; j++)
                        {
                            var (row, column) = (p * s.Stride.H + i * s.Dilation.H - s.PadBegin.H,
                                q * s.Stride.W + j * s.Dilation.W - s.PadBegin.W);
                            var inside = row >= 0 && row < s.Input.H && column >= 0 && column < s.Input.W;
                            pixels.Add(inside ? (n * s.Input.H + row) * s.Input.W + column
                                : s.Batch * s.Input.H * s.Input.W);
                        }
        return [.. pixels];
    }

    /// <summary>A depthwise convolution whose kernel is the output's gradient of the same image and channel.</summary>
    private static Expression ByKernel(ConvolutionShape s, Expression x, Expression dy)
    {
        var maps = s.Batch * s.In;
        var dw = Conv(
            x.Reshape(1, maps, s.Input.H, s.Input.W), dy.Reshape(maps, 1, s.Output.H, s.Output.W),
            [1, maps, s.Kernel.H, s.Kernel.W], s.Dilation, s.Stride,
            [s.PadBegin.H, s.PadBegin.W, s.PadEnd.H, s.PadEnd.W], maps);
        return dw.Reshape(s.Batch, s.In, 1, s.Kernel.H, s.Kernel.W).Sum([0], keep: false);
    }

    private static Expression Padded(ConvolutionShape s, Expression x) => x.Pad(new Dictionary<int, (long, long)>
    {
        [2] = (s.PadBegin.H, s.PadEnd.H),
        [3] = (s.PadBegin.W, s.PadEnd.W),
    });

    private static Expression OneHot(Expression x, ConvolutionShape s)
    {
        // Row t of a unit matrix is the kernel that cuts out element t; all channels use the same ones.
        var unit = new double[s.Taps * s.Taps];
        for (var t = 0L; t < s.Taps; t++)
            unit[t * s.Taps + t] = 1;
        return x.Graph.Constant(unit, x.Type, [1, s.Taps, s.Kernel.H, s.Kernel.W])
            .Expand(s.In, s.Taps, s.Kernel.H, s.Kernel.W).Reshape(s.In * s.Taps, 1, s.Kernel.H, s.Kernel.W);
    }

    private static long[] Ints((long H, long W) pair) => [pair.H, pair.W];

    /// <summary>A convolution whose pads may be negative: those cut rows and columns off.</summary>
    public static Expression Conv(
        Expression x, Expression w, long[] shape, (long H, long W) stride, (long H, long W) dilation, long[] pads,
        long groups)
    {
        if (pads.Any(p => p < 0))
        {
            x = x.Pad(new Dictionary<int, (long, long)>
            {
                [2] = (Math.Min(pads[0], 0), Math.Min(pads[2], 0)),
                [3] = (Math.Min(pads[1], 0), Math.Min(pads[3], 0)),
            });
            pads = [.. pads.Select(p => Math.Max(p, 0))];
        }
        var y = x with
        {
            Name = x.Graph.Builder.Add("Conv", [x.Name, w.Name],
                [("strides", Ints(stride)), ("dilations", Ints(dilation)), ("pads", pads), ("group", groups)]),
            Shape = shape,
        };
        x.Graph.Facts.Set(x, w, y);
        return y;
    }
}
