namespace FaceBias.Onnx.Gradients;

internal static partial class GradientRules
{
    private static Dictionary<string, GradientRule> Products => new()
    {
        ["MatMul"] = n => [() => MatMulLeft(n.Input(0), n.Input(1), n.Dy),
            () => MatMulRight(n.Input(0), n.Input(1), n.Dy)],
        // Y = alpha A' B' + beta C, where A' and B' may be transposed; every gradient is again one Gemm.
        ["Gemm"] = n =>
        [
            () => GemmLeft(n, n.Int("transA", 0) != 0, n.Int("transB", 0) != 0, n.Float("alpha", 1)),
            () => GemmRight(n, n.Int("transA", 0) != 0, n.Int("transB", 0) != 0, n.Float("alpha", 1)),
            () => n.Dy.SumTo(n.Input(2).Shape) * n.Float("beta", 1),
        ],
    };

    private static Expression GemmLeft(ForwardNode n, bool ta, bool tb, double alpha) => ta
        ? n.Input(1).Gemm(n.Dy, tb, true, alpha)
        : n.Dy.Gemm(n.Input(1), false, !tb, alpha);

    private static Expression GemmRight(ForwardNode n, bool ta, bool tb, double alpha) => tb
        ? n.Dy.Gemm(n.Input(0), true, ta, alpha)
        : n.Input(0).Gemm(n.Dy, !ta, false, alpha);

    private static Expression MatMulLeft(Expression a, Expression b, Expression dy)
    {
        if (b.Rank == 2 && a.Rank >= 2)
            // One flat product instead of one per leading index.
            return Rows(dy).Gemm(b, false, true).Reshape(a.Shape);
        var (a2, b2, dy2) = Matrices(a, b, dy);
        return dy2.MatMul(b2.TransposeLast()).SumTo(a2.Shape).Reshape(a.Shape);
    }

    private static Expression MatMulRight(Expression a, Expression b, Expression dy)
    {
        if (b.Rank == 2 && a.Rank >= 2)
            return Rows(a).Gemm(Rows(dy), true, false);
        var (a2, b2, dy2) = Matrices(a, b, dy);
        return a2.TransposeLast().MatMul(dy2).SumTo(b2.Shape).Reshape(b.Shape);
    }

    private static Expression Rows(Expression x) => x.Reshape(Tensors.Count(x.Shape) / x.Shape[^1], x.Shape[^1]);

    /// <summary>A vector on the left is a row, one on the right a column.</summary>
    private static (Expression A, Expression B, Expression Dy) Matrices(Expression a, Expression b, Expression dy)
    {
        var a2 = a.Rank == 1 ? a.Reshape(1, a.Shape[0]) : a;
        var b2 = b.Rank == 1 ? b.Reshape(b.Shape[0], 1) : b;
        var shape = (long[])[.. Expression.Broadcast(a2.Shape[..^2], b2.Shape[..^2]), a2.Shape[^2], b2.Shape[^1]];
        return (a2, b2, dy.Reshape(shape));
    }
}
