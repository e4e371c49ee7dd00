using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Opsets;

internal static partial class OpsetRules
{
    /// <summary>Takes an attribute away that has no other value than the one that was always meant before.</summary>
    private static void DropDefault(this OpsetNode n, string attribute, long meant)
    {
        if (n.TakeAny(attribute) is not { } a)
            return;
        if (a.Ints.Count > 0 ? a.Ints.Any(v => v != meant) : a.I != meant)
            throw n.Refuse($"has {attribute} {(a.Ints.Count > 0 ? $"[{string.Join(", ", a.Ints)}]" : $"{a.I}")}");
    }

    private static void DropDefault(this OpsetNode n, string attribute, string meant)
    {
        if (n.TakeText(attribute) is { } text && text != meant)
            throw n.Refuse($"has {attribute} '{text}'");
    }

    private static void Only(this OpsetNode n, string attribute, params ReadOnlySpan<string> known)
    {
        if (n.TakeText(attribute) is not { } text)
            return;
        if (!known.Contains(text))
            throw n.Refuse($"has {attribute} '{text}'");
        n.Set(attribute, text);
    }

    private static void SetInt(this OpsetNode n, string attribute, int input)
    {
        n.Set(attribute, n.Integers(n.Input(input), attribute)[0]);
        n.SetInput(input, "");
    }

    private static void SliceToAttributes(OpsetNode n)
    {
        if (n.Input(4).Length > 0 && n.Integers(n.Input(4), "steps").Any(s => s != 1))
            throw n.Refuse("has steps");
        n.SetInput(4, "");
        n.InputToInts(3, "axes");
        n.InputToInts(2, "ends");
        n.InputToInts(1, "starts");
    }

    private static void ClipToAttributes(OpsetNode n)
    {
        foreach (var (i, name) in new[] { (2, "max"), (1, "min") })
            if (n.Input(i).Length > 0)
            {
                n.Set(name, n.Constant(n.Input(i))?.ToFloats()[0] ?? throw n.Refuse($"computes its {name}"));
                n.SetInput(i, "");
            }
    }

    private static void PadToAttributes(OpsetNode n)
    {
        if (n.Input(2).Length > 0)
            n.Set("value", n.Constant(n.Input(2))?.ToFloats()[0] ?? throw n.Refuse("computes its value"));
        n.SetInput(2, "");
        n.InputToInts(1, "pads");
    }

    private static void PadAxes(OpsetNode n)
    {
        if (n.Input(3).Length == 0)
            return;
        var (axes, pads) = (n.Integers(n.Input(3), "axes"), n.Integers(n.Input(1), "pads"));
        var rank = Rank(n, n.Input(0));
        var all = new long[2 * rank];
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = axes[i] < 0 ? axes[i] + rank : axes[i];
            (all[axis], all[rank + axis]) = (pads[i], pads[axes.Length + i]);
        }
        n.SetInput(3, "");
        n.SetInput(1, n.Integers(all));
    }

    private static void ResizeTo10(OpsetNode n)
    {
        var scales = n.Constant(n.Input(2));
        if (scales is null || scales.ElementCount() == 0 || n.Input(3).Length > 0)
            throw n.Refuse("is given sizes and not scales");
        n.TakeFloat("cubic_coeff_a");
        n.TakeFloat("extrapolation_value");
        n.TakeInt("exclude_outside");
        n.DropDefault("coordinate_transformation_mode", "asymmetric");
        if (n.TakeText("mode") is { } mode)
            n.Set("mode", mode is "nearest" or "linear" ? mode : throw n.Refuse($"has mode '{mode}'"));
        n.DropDefault("nearest_mode", scales.ToFloats().Any(s => s < 1) ? "ceil" : "floor");
        n.SetInput(1, n.Input(2));
        n.SetInput(2, "");
    }

    /// <summary>Negative axes were not allowed.</summary>
    private static void FrontAxis(OpsetNode n)
    {
        var axis = n.TakeInt("axis");
        if (axis is < 0)
            axis += Rank(n, n.Input(0)) + (n.Operator == "OneHot" ? 1 : 0);
        if (axis is { } front)
            n.Set("axis", front);
    }

    private static void FrontAxes(OpsetNode n)
    {
        if (n.TakeInts("axes") is not { } axes)
            return;
        if (axes.Any(a => a < 0))
            axes = [.. axes.Select(
                a => a < 0 ? a + Rank(n, n.Input(0)) + (n.Operator == "Unsqueeze" ? axes.Length : 0) : a)];
        n.Set("axes", axes);
    }

    /// <summary>Without its random zeros a Dropout passes its input on.</summary>
    private static void DropoutTo11(OpsetNode n)
    {
        if (n.IsUsed(1))
            throw n.Refuse("gives its mask");
        if (n.Input(2).Length > 0 && n.Constant(n.Input(2))?.ToInt64s()[0] != 0)
            throw n.Refuse("is active");
        n.Become("Identity", n.Input(0));
    }

    private static void Opposite(OpsetNode n, string op)
    {
        var less = n.Before(op, [n.Input(0), n.Input(1)]);
        n.Become("Not", less);
    }

    private static void SoftmaxOfLast(OpsetNode n)
    {
        var axis = n.TakeInt("axis") ?? -1;
        var shape = n.Shape(n.Input(0));
        n.Set("axis", shape is null ? -1L : shape.Length - 1L);
        if (axis == -1 || shape is not null && axis == shape.Length - 1)
            return;
        var rank = Rank(n, n.Input(0));
        long[] turn = [.. Enumerable.Range(0, rank).Select(i => (long)i)];
        var front = axis < 0 ? axis + rank : axis;
        (turn[front], turn[^1]) = (turn[^1], turn[front]);
        n.SetInput(0, n.Before("Transpose", [n.Input(0)], ("perm", turn)));
        n.Behind("Transpose", y => [y], ("perm", turn));
    }

    private static void AxesToAttribute(OpsetNode n)
    {
        var noop = n.TakeInt("noop_with_empty_axes") is 1;
        if (noop && (n.Input(1).Length == 0 || n.Constant(n.Input(1))?.ElementCount() == 0))
            n.Become("Identity", n.Input(0));
        else if (n.Constant(n.Input(1)) is { } axes && axes.ElementCount() == 0)
            n.SetInput(1, "");
        else
            n.InputToInts(1, "axes");
    }

    private static void ShapePart(OpsetNode n)
    {
        var (start, end) = (n.TakeInt("start") ?? 0, n.TakeInt("end"));
        if (start == 0 && end is null)
            return;
        n.Behind("Slice", all => [all, n.Integers(start), n.Integers(end ?? int.MaxValue), n.Integers(0L)]);
    }

    private static void EqualSplit(OpsetNode n)
    {
        if (n.TakeInt("num_outputs") is not { } parts)
            return;
        // In other sets the last part may not be smaller.
        var shape = n.Shape(n.Input(0));
        var axis = n.TakeInt("axis") ?? 0;
        n.Set("axis", axis);
        if (shape is null || shape[axis < 0 ? axis + shape.Length : axis] is not (> 0 and var size)
            || size % parts != 0)
            throw n.Refuse("may have a last part that is smaller than the others");
    }

    private static void LayerNormalisation(OpsetNode n)
    {
        if (n.IsUsed(1) || n.IsUsed(2))
            throw n.Refuse("gives its statistics");
        var (x, scale, shift) = (n.Input(0), n.Input(1), n.Input(2));
        var axis = n.TakeInt("axis") ?? -1;
        long[] axes = [-1];
        if (axis != -1)
        {
            var rank = Rank(n, x);
            var first = (int)(axis < 0 ? axis + rank : axis);
            axes = [.. Enumerable.Range(first, rank - first).Select(a => (long)a)];
        }
        var centred = n.Before("Sub", [x, n.Before("ReduceMean", [x], ("axes", axes))]);
        var variance = n.Before("ReduceMean", [n.Before("Mul", [centred, centred])], ("axes", axes));
        var deviation = n.Before("Sqrt",
            [n.Before("Add", [variance, n.Number(n.TakeFloat("epsilon") ?? 1e-5f, n.Type(x))])]);
        var normal = n.Before("Div", [centred, deviation]);
        if (shift.Length == 0)
            n.Become("Mul", normal, scale);
        else
            n.Become("Add", n.Before("Mul", [normal, scale]), shift);
    }

    /// <summary>Groups are the channels of an instance norm; scale and shift are one per group, or since 21 per
    /// channel.</summary>
    private static void GroupNorm(OpsetNode n, bool perChannel)
    {
        var groups = n.TakeInt("num_groups") ?? throw n.Refuse("has no num_groups");
        var rank = Rank(n, n.Input(0));
        var epsilon = n.TakeFloat("epsilon") ?? 1e-5f;
        var (x, scale, shift) = (n.Input(0), n.Input(1), n.Input(2));
        string Fill(float value) => n.Floats([.. Enumerable.Repeat(value, (int)groups)], groups);
        var normal = n.Before("InstanceNormalization",
            [n.Before("Reshape", [x, n.Integers(0L, groups, -1L)]), perChannel ? Fill(1) : scale,
                perChannel ? Fill(0) : shift], ("epsilon", epsilon));
        var sizes = n.Before("Shape", [x]);
        if (!perChannel)
        {
            n.Become("Reshape", normal, sizes);
            return;
        }
        var column = n.Integers([-1, .. Enumerable.Repeat(1L, rank - 2)]);
        var scaled = n.Before("Mul", [n.Before("Reshape", [normal, sizes]), n.Before("Reshape", [scale, column])]);
        n.Become("Add", scaled, n.Before("Reshape", [shift, column]));
    }

    private static void Gelu(OpsetNode n)
    {
        var x = n.Input(0);
        string Number(double value) => n.Number((float)value, n.Type(x));
        string inner;
        if (n.TakeText("approximate") == "tanh")
        {
            var cube = n.Before("Mul", [n.Before("Mul", [x, x]), x]);
            var sum = n.Before("Add", [x, n.Before("Mul", [cube, Number(0.044715)])]);
            inner = n.Before("Tanh", [n.Before("Mul", [sum, Number(Math.Sqrt(2 / Math.PI))])]);
        }
        else
            inner = n.Before("Erf", [n.Before("Mul", [x, Number(Math.Sqrt(0.5))])]);
        n.Become("Mul", n.Before("Mul", [x, n.Before("Add", [inner, Number(1)])]), Number(0.5));
    }

    private static void RootMeanSquare(OpsetNode n)
    {
        var (x, scale) = (n.Input(0), n.Input(1));
        var rank = Rank(n, x);
        var axis = n.TakeInt("axis") ?? -1;
        var first = (int)(axis < 0 ? axis + rank : axis);
        var squares = n.Before("ReduceMean",
            [n.Before("Mul", [x, x]), n.Integers([.. Enumerable.Range(first, rank - first).Select(a => (long)a)])]);
        var root = n.Before("Sqrt", [n.Before("Add", [squares, n.Number(n.TakeFloat("epsilon") ?? 1e-5f, n.Type(x))])]);
        n.Become("Mul", n.Before("Div", [x, root]), scale);
    }

    private static int Rank(OpsetNode n, string value) =>
        n.Shape(value)?.Length ?? throw n.Refuse("takes a value whose number of dimensions is not known");
}
