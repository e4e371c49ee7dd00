namespace FaceBias.Onnx.Gradients;

internal static partial class GradientRules
{
    private static GradientRule Reshaped => n => [() => n.Dy.Reshape(n.X.Shape)];

    private static Dictionary<string, GradientRule> Shapes => new()
    {
        ["Reshape"] = Reshaped,
        ["Flatten"] = Reshaped,
        ["Squeeze"] = Reshaped,
        ["Unsqueeze"] = Reshaped,
        ["Expand"] = n => [() => n.Dy.SumTo(n.X.Shape)],
        ["Transpose"] = n => [() => n.Dy.Transpose(Inverse(
            n.Ints("perm") ?? [.. Enumerable.Range(0, n.X.Rank).Select(i => (long)(n.X.Rank - 1 - i))]))],
        ["Concat"] = n =>
            [.. Enumerable.Range(0, n.InputCount).Select(i => (Func<Expression>)(() => ConcatPart(n, i)))],
        ["Split"] = n => [() => Joined(n, n.Axis(n.X.Rank, 0))],
        ["Slice"] = n => [() => SliceGradient(n)],
        ["Pad"] = n => [() => PadGradient(n)],
        ["Gather"] = n => [() => GatherGradient(n, n.Axis(n.X.Rank, 0))],
    };

    private static long[] Inverse(long[] permutation)
    {
        var inverse = new long[permutation.Length];
        for (var i = 0; i < inverse.Length; i++)
            inverse[permutation[i]] = i;
        return inverse;
    }

    private static Expression ConcatPart(ForwardNode n, int input)
    {
        var axis = n.Axis(n.Y.Rank, 0);
        var start = Enumerable.Range(0, input).Sum(i => n.Input(i).Shape[axis]);
        return n.Dy.Slice(axis, start, n.Input(input).Shape[axis]);
    }

    private static Expression Joined(ForwardNode n, int axis)
    {
        var parts = Enumerable.Range(0, n.OutputCount).Select(i => n.OutputGradient(i).Name).ToArray();
        return n.X with { Name = n.Graph.Builder.Add("Concat", parts, [("axis", (long)axis)]) };
    }

    /// <summary>Puts what was cut out back among zeros, axis by axis. A step larger than 1 is undone by giving every
    /// element its skipped neighbours as zeros; a negative one by reversing first.</summary>
    private static Expression SliceGradient(ForwardNode n)
    {
        var (starts, ends) = (n.Integers(1), n.Integers(2));
        var axes = n.HasInput(3) ? n.Integers(3) : [.. Enumerable.Range(0, starts.Length).Select(i => (long)i)];
        var steps = n.HasInput(4) ? n.Integers(4) : [.. starts.Select(_ => 1L)];
        var dx = n.Dy;
        for (var i = 0; i < starts.Length; i++)
        {
            var axis = (int)ForwardNode.Front(axes[i], n.X.Rank);
            var (size, step, taken) = (n.X.Shape[axis], steps[i], dx.Shape[axis]);
            var start = starts[i] < 0 ? starts[i] + size : starts[i];
            start = step > 0 ? Math.Clamp(start, 0, size) : Math.Clamp(start, 0, size - 1);
            if (step < 0)
            {
                dx = dx.Reversed(axis);
                start += step * (taken - 1);
                step = -step;
            }
            if (step > 1)
            {
                long[] apart = [.. dx.Shape[..(axis + 1)], 1, .. dx.Shape[(axis + 1)..]];
                long[] together = [.. dx.Shape];
                together[axis] = taken * step;
                dx = dx.Reshape(apart).Pad(axis + 1, 0, step - 1).Reshape(together).Slice(axis, 0,
                    (taken - 1) * step + 1);
            }
            dx = dx.Pad(axis, start, size - start - dx.Shape[axis]);
        }
        return dx;
    }

    private static Expression PadGradient(ForwardNode n)
    {
        if (n.Text("mode", "constant") != "constant")
            throw n.Unsupported($"its mode is '{n.Text("mode", "constant")}' and only 'constant' has one");
        var pads = n.Integers(1);
        var axes = n.HasInput(3) ? n.Integers(3) : [.. Enumerable.Range(0, n.X.Rank).Select(i => (long)i)];
        var dx = n.Dy;
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = (int)ForwardNode.Front(axes[i], n.X.Rank);
            var (before, after) = (pads[i], pads[axes.Length + i]);
            // A negative pad cut something off, which gets zeros back.
            dx = dx.Slice(axis, Math.Max(before, 0), dx.Shape[axis] - Math.Max(before, 0) - Math.Max(after, 0))
                .Pad(axis, Math.Max(-before, 0), Math.Max(-after, 0));
        }
        return dx;
    }

    /// <summary>Adds every picked slice back where it came from. One constant index is a pad; others scatter.</summary>
    private static Expression GatherGradient(ForwardNode n, int axis)
    {
        var (x, indices, size) = (n.X, n.Input(1), n.X.Shape[axis]);
        if (Tensors.Count(indices.Shape) == 1 && n.IsConstant(1))
        {
            var index = ForwardNode.Front(n.Integers(1)[0], (int)size);
            long[] one = [.. x.Shape];
            one[axis] = 1;
            return n.Dy.Reshape(one).Pad(axis, index, size - index - 1);
        }
        // ScatterND works along the front: bring the picked axis there and back.
        var picked = Tensors.Count(indices.Shape);
        long[] before = x.Shape[..axis], after = x.Shape[(axis + 1)..];
        var (outer, inner) = (Tensors.Count(before), Tensors.Count(after));
        var rows = n.Dy.Reshape(outer, picked, inner).Transpose(1, 0, 2);
        var zeros = n.Graph.Filled(0, x.Type, [size, outer, inner]);
        var where = indices.Reshape(picked, 1);
        var scattered = zeros with
        {
            Name = n.Graph.Builder.Add("ScatterND", [zeros.Name, where.Name, rows.Name], [("reduction", "add")]),
        };
        return scattered.Transpose(1, 0, 2).Reshape(x.Shape);
    }
}
