namespace FaceBias.Onnx.Gradients;

internal static partial class GradientRules
{
    private static Dictionary<string, GradientRule> Convolutions => new()
    {
        ["Conv"] = n =>
        [
            () => ConvInput(n.Graph, Shape(n), n.Input(1), n.Dy),
            () => ConvWeights(n.Graph, Shape(n), n.X, n.Dy),
            () => n.Dy.Sum([0, 2, 3], keep: false),
        ],
        // ConvTranspose is the gradient of a Conv from its output to its input, so its own gradients are that Conv's.
        ["ConvTranspose"] = n =>
        [
            () => ConvForward(Adjoint(n), n.Dy, n.Input(1)),
            () => ConvWeights(n.Graph, Adjoint(n), n.Dy, n.X),
            () => n.Dy.Sum([0, 2, 3], keep: false),
        ],
        ["Resize"] = n => [() => ResizeGradient(n)],
    };

    private static Expression ConvInput(Backward graph, ConvolutionShape s, Expression w, Expression dy) =>
        ConvolutionGradients.ForInput[graph.Choices.ForInput(s)].Build(s, w, dy);

    private static Expression ConvWeights(Backward graph, ConvolutionShape s, Expression x, Expression dy) =>
        ConvolutionGradients.ForWeights[graph.Choices.ForWeights(s)].Build(s, x, dy);

    private static Expression ConvForward(ConvolutionShape s, Expression x, Expression w) => ConvolutionGradients.Conv(
        x, w, [s.Batch, s.Out, s.Output.H, s.Output.W], s.Stride, s.Dilation,
        [s.PadBegin.H, s.PadBegin.W, s.PadEnd.H, s.PadEnd.W], s.Groups);

    private static ConvolutionShape Shape(ForwardNode n) =>
        ConvolutionShape.Of(n, n.X.Shape, n.Y.Shape, Kernel(n, n.Input(1).Shape));

    /// <summary>The Conv that leads from a ConvTranspose's output back to its input.</summary>
    private static ConvolutionShape Adjoint(ForwardNode n)
    {
        if (n.Text("auto_pad", "NOTSET") is "SAME_UPPER" or "SAME_LOWER" || n.Ints("output_shape") is not null)
            throw n.Unsupported("its padding is automatic; export it with explicit pads");
        return ConvolutionShape.Of(n, n.Y.Shape, n.X.Shape, Kernel(n, n.Input(1).Shape));
    }

    private static (long, long) Kernel(ForwardNode n, long[] weights) => weights.Length == 4
        ? (weights[2], weights[3])
        : throw n.Unsupported($"it has {weights.Length - 2} spatial dimensions and only images (2) have one");

    /// <summary>Resizing is linear and works axis by axis, so along each axis it is a matrix, and its gradient the
    /// transposed matrix. The matrix is found by resizing unit vectors, which is right for every mode and rounding
    /// there is.</summary>
    private static Expression ResizeGradient(ForwardNode n)
    {
        var (x, y) = (n.X.Shape, n.Y.Shape);
        if (x.Length != 4 || x[0] != y[0] || x[1] != y[1])
            throw n.Unsupported("it does not resize height and width of images alone");
        var dx = n.Dy;
        if (x[3] != y[3])
            dx = Rows(dx).Gemm(ResizeMatrix(n, 3), false, false).Reshape([.. dx.Shape[..3], x[3]]);
        if (x[2] != y[2])
            dx = ResizeMatrix(n, 2).TransposeLast().MatMul(dx);
        return dx;
    }

    /// <summary>[size of y, size of x] along an axis.</summary>
    private static Expression ResizeMatrix(ForwardNode n, int axis) =>
        n.Graph.Constant(n.ResizeMatrix(axis), n.Dy.Type, [n.Y.Shape[axis], n.X.Shape[axis]]);
}
