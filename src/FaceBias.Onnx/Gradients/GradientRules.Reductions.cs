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
        ["Softmax"] = n => [() => (n.Dy - (Attended(n) ?? (n.Dy * n.Y).Sum([n.Axis(n.Y.Rank, -1)], keep: true))) * n.Y],
        ["LogSoftmax"] = n => [() => n.Dy - n.Y.Map("Exp") * n.Dy.Sum([n.Axis(n.Y.Rank, -1)], keep: true)],
    };

    /// <summary>sum(dy y) of the softmax of an attention, which only weighs values: with o = y v it is sum(do o), of as
    /// many numbers per query as a value has instead of as there are keys (Dao et al. 2022, FlashAttention, section
    /// 3.1). Null where it is not of that kind.</summary>
    private static Expression? Attended(ForwardNode n)
    {
        var y = n.Y;
        if (n.Axis(y.Rank, -1) != y.Rank - 1
            || n.Graph.Users[y.Name].ToArray() is not [{ OpType: "MatMul", Domain: "" } product]
            || product.Input[0] != y.Name || product.Input[1] == y.Name
            || n.Graph.Known(product.Output[0]) is not { } slope)
            return null;
        var o = n.Graph.Value(product.Output[0]);
        return o.Rank == y.Rank && o.Shape.AsSpan(0, o.Rank - 1).SequenceEqual(y.Shape.AsSpan(0, y.Rank - 1))
            && o.Shape[^1] < y.Shape[^1]
            ? (slope * o).Sum([o.Rank - 1], keep: true) : null;
    }

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
