using FaceBias.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Gradients;

/// <summary>Runs a Resize node on unit vectors.</summary>
internal static class ResizeProbe
{
    /// <summary>The matrix [size, n] that the node applies along an axis (2 or 3) of length n. Where it was given a
    /// scale, that is what positions are computed from, and not the sizes.</summary>
    public static double[] Run(NodeProto node, long n, int axis, long size, float? scale)
    {
        var g = new GraphBuilder("resize");
        var unit = new float[n * n];
        for (var i = 0L; i < n; i++)
            unit[i * n + i] = 1;
        // The other axis keeps its size, which every mode maps to itself.
        long[] shape = [1, 1, n, n], sizes = [1, 1, n, n];
        float[] scales = [1, 1, 1, 1];
        sizes[axis] = size;
        scales[axis] = scale ?? 1;
        var copy = node.Clone();
        copy.Input.Clear();
        copy.Input.Add([g.Initializer(Tensors.Float("unit", unit, shape)), ""]);
        if (scale is null)
            copy.Input.Add(["", g.Constant(sizes.AsSpan())]);
        else
            copy.Input.Add(g.Constant(scales, 4));
        copy.Output.Clear();
        copy.Output.Add("y");
        foreach (var axes in copy.Attribute.Where(a => a.Name == "axes").ToArray())
            copy.Attribute.Remove(axes);
        g.Graph.Node.Add(copy);
        g.Output("y", DataType.Float, [.. sizes.Cast<object>()]);
        using var options = OrtEnvironment.Options(1, GraphOptimizationLevel.ORT_DISABLE_ALL);
        using var session = OrtEnvironment.Create(OnnxFile.ToBytes(g.Model), options, $"Resize (node '{node.Name}')");
        using var run = new RunOptions();
        using var values = session.Run(run, [], [], ["y"]);
        var y = values[0].GetTensorDataAsSpan<float>();
        var matrix = new double[size * n];
        for (var i = 0; i < size; i++)
            for (var j = 0; j < n; j++)
                // Along rows y is [size, n] already; along columns it is [n, size].
                matrix[i * n + j] = axis == 2 ? y[(int)(i * n + j)] : y[(int)(j * size + i)];
        return matrix;
    }
}
