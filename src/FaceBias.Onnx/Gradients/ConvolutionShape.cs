namespace FaceBias.Onnx.Gradients;

/// <summary>A two-dimensional convolution with all sizes known. <c>PadEnd</c> is what the window really uses at the
/// bottom and right, which may be less than what the node declares.</summary>
/// <param name="Groups">Groups of channels that do not mix; In for a depthwise convolution.</param>
/// <param name="Input">Input height and width.</param>
/// <param name="Output">Output height and width.</param>
/// <param name="Kernel">Kernel height and width.</param>
/// <param name="Stride">Vertical and horizontal step.</param>
/// <param name="Dilation">Vertical and horizontal distance of the kernel's elements.</param>
/// <param name="PadBegin">Zeros at the top and left.</param>
internal sealed record ConvolutionShape(
    long Batch, long In, long Out, long Groups, (long H, long W) Input, (long H, long W) Output,
    (long H, long W) Kernel,
    (long H, long W) Stride, (long H, long W) Dilation, (long H, long W) PadBegin)
{
    /// <summary>Height and width that one window covers.</summary>
    public (long H, long W) Window => (Dilation.H * (Kernel.H - 1) + 1, Dilation.W * (Kernel.W - 1) + 1);

    /// <summary>Zeros needed at the bottom and right so that the last window is complete; negative if rows or columns
    /// there belong to no window.</summary>
    public (long H, long W) PadEnd => (
        (Output.H - 1) * Stride.H + Window.H - PadBegin.H - Input.H,
        (Output.W - 1) * Stride.W + Window.W - PadBegin.W - Input.W);

    public bool IsPointwise => Kernel is (1, 1) && Stride is (1, 1) && PadBegin is (0, 0) && PadEnd is (0, 0);

    public bool IsDepthwise => Groups == In && Groups == Out;

    public bool IsDense => Stride is (1, 1);

    public long Taps => Kernel.H * Kernel.W;

    /// <summary>Reads the shape of a Conv or pooling node. <paramref name="x"/> and <paramref name="y"/> are the
    /// shapes of its input and output.</summary>
    public static ConvolutionShape Of(ForwardNode n, long[] x, long[] y, (long H, long W) kernel)
    {
        if (x.Length != 4)
            throw n.Unsupported($"its input has {x.Length} dimensions and only images (4 dimensions) have one");
        var stride = Pair(n.Ints("strides"));
        var dilation = Pair(n.Ints("dilations"));
        var pads = n.Ints("pads") ?? [0, 0, 0, 0];
        var shape = new ConvolutionShape(
            x[0], x[1], y[1], n.Int("group", 1), (x[2], x[3]), (y[2], y[3]), kernel, stride, dilation,
            (pads[0], pads[1]));
        var auto = n.Text("auto_pad", "NOTSET");
        if (auto is "SAME_UPPER" or "SAME_LOWER")
        {
            // With no padding at the front PadEnd is the sum of both; half of it goes to either side.
            var (h, w) = (shape with { PadBegin = (0, 0) }).PadEnd;
            var odd = auto == "SAME_LOWER" ? 1 : 0;
            shape = shape with { PadBegin = ((Math.Max(h, 0) + odd) / 2, (Math.Max(w, 0) + odd) / 2) };
        }
        return shape;
    }

    private static (long H, long W) Pair(long[]? values) => values is null ? (1, 1) : (values[0], values[1]);
}
