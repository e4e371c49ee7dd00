namespace FaceBias.Onnx.Gradients;

internal static partial class GradientRules
{
    private static Dictionary<string, GradientRule> Reductions => new()
    {
        ["ReduceSum"] = n => [() => Kept(n, n.Dy).Expand(n.X.Shape)],
        ["ReduceMean"] = n => [() => (Kept(n, n.Dy) * (1.0 / ReducedCount(n))).Expand(n.X.Shape)],
        ["ReduceSumSquare"] = n => [() => n.X * (Kept(n, n.Dy) * 2)],
        ["ReduceL2"] = n => [() => n.X * (Kept(n, n.Dy) / Kept(n, n.Y))],
        ["ReduceLogSumExp"] = n => [() => (n.X - Kept(n, n.Y)).Map("Exp") * Kept(n, n.Dy)],
        ["ReduceMax"] = Extreme,
        ["ReduceMin"] = Extreme,
        ["Softmax"] = n => [() => (n.Dy - (n.Dy * n.Y).Sum([n.Axis(n.Y.Rank, -1)], keep: true)) * n.Y],
        ["LogSoftmax"] = n => [() => n.Dy - n.Y.Map("Exp") * n.Dy.Sum([n.Axis(n.Y.Rank, -1)], keep: true)],
    };

    /// <summary>ReduceMax and ReduceMin: to the elements that attain it, in equal parts.</summary>
    private static GradientRule Extreme => n => [() =>
    {
        var attained = n.X.Where("Equal", Kept(n, n.Y));
        return attained * (Kept(n, n.Dy) / attained.Sum(Axes(n), keep: true));
    }];

    /// <summary>A reduced value with the reduced axes back at size 1.</summary>
    private static Expression Kept(ForwardNode n, Expression reduced) =>
        reduced.Reshape(Expression.Reduced(n.X.Shape, Axes(n), keep: true));

    private static long ReducedCount(ForwardNode n) => Axes(n).Aggregate(1L, (count, axis) => count * n.X.Shape[axis]);

    private static long[] Axes(ForwardNode n)
    {
        var axes = n.Integers(1, "axes") ?? [];
        if (axes.Length > 0)
            return [.. axes.Select(a => ForwardNode.Front(a, n.X.Rank))];
        return n.Int("noop_with_empty_axes", 0) != 0 ? [] : [.. Enumerable.Range(0, n.X.Rank).Select(i => (long)i)];
    }
}
