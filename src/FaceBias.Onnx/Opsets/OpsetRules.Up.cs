using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Opsets;

internal static partial class OpsetRules
{
    /// <summary>Before 9 a norm could have statistics per place as well: (x - mean) / sqrt(variance + epsilon) * scale
    /// + shift.</summary>
    private static void PerActivation(OpsetNode n)
    {
        if (n.TakeInt("spatial") is not 0)
            return;
        n.TakeFloat("momentum");
        var type = n.Type(n.Input(0));
        var deviation = n.Before("Sqrt",
            [n.Before("Add", [n.Input(4), n.Number(n.TakeFloat("epsilon") ?? 1e-5f, type)])]);
        var normal = n.Before("Div", [n.Before("Sub", [n.Input(0), n.Input(3)]), deviation]);
        n.Become("Add", n.Before("Mul", [normal, n.Input(1)]), n.Input(2));
    }

    private static void SliceToInputs(OpsetNode n)
    {
        var (starts, ends, axes) = (n.TakeInts("starts") ?? [], n.TakeInts("ends") ?? [], n.TakeInts("axes"));
        n.SetInput(1, n.Integers(starts));
        n.SetInput(2, n.Integers(ends));
        if (axes is not null)
            n.SetInput(3, n.Integers(axes));
    }

    private static void ClipToInputs(OpsetNode n)
    {
        var type = n.Type(n.Input(0));
        var (low, high) = (n.TakeFloat("min"), n.TakeFloat("max"));
        // What exporters write for "no limit" would be a limit of another number in another element type.
        if (low is { } min && min != float.MinValue && !float.IsNegativeInfinity(min))
            n.SetInput(1, n.Number(min, type));
        if (high is { } max && max != float.MaxValue && !float.IsPositiveInfinity(max))
            n.SetInput(2, n.Number(max, type));
    }

    private static void PadToInputs(OpsetNode n)
    {
        n.SetInput(1, n.Integers(n.TakeInts("pads") ?? n.TakeInts("paddings") ?? throw n.Refuse("has no pads")));
        if (n.TakeFloat("value") is { } value and not 0)
            n.SetInput(2, n.Number(value, n.Type(n.Input(0))));
    }

    /// <summary>Before 11 positions were multiplied as they are; the nearest was the last one before, or the next one
    /// after where an axis became shorter.</summary>
    private static void ResizeFrom10(OpsetNode n)
    {
        var scales = n.Input(1);
        n.SetInput(1, "");
        n.SetInput(2, scales);
        n.Set("coordinate_transformation_mode", "asymmetric");
        n.Set("nearest_mode", n.Constant(scales)?.ToFloats().Any(s => s < 1) == true ? "ceil" : "floor");
    }

    /// <summary>Before 13 all dimensions from the axis on were one row.</summary>
    private static void SoftmaxOfRows(OpsetNode n)
    {
        var axis = n.TakeInt("axis") ?? 1;
        n.Set("axis", -1L);
        if (axis == -1 || n.Shape(n.Input(0)) is { } shape && (axis + shape.Length) % shape.Length == shape.Length - 1)
            return;
        var x = n.Input(0);
        n.SetInput(0, n.Before("Flatten", [x], ("axis", axis)));
        var sizes = n.Before("Shape", [x]);
        n.Behind("Reshape", y => [y, sizes]);
    }

    /// <summary>A norm that was exported for training gave its statistics as well.</summary>
    private static void InferenceNorm(OpsetNode n)
    {
        if (Enumerable.Range(1, Math.Max(0, n.Outputs - 1)).Any(n.IsUsed))
            throw n.Refuse("gives the statistics of the batch, which is for training");
        n.DropOutputs(1);
    }
}
