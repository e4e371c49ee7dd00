using FaceBias.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Opsets;

/// <summary>Runs two models that should compute the same.</summary>
internal static class OpsetProof
{
    /// <summary>The largest difference of float outputs, relative to the largest value of each, on random inputs from 0
    /// to 255 whose dimensions are those declared, 1 where they may vary.</summary>
    /// <returns>The difference; infinite if the second does not run or gives other shapes; null if the first does not
    /// run.</returns>
    public static double? Difference(ModelProto before, ModelProto after)
    {
        var initial = before.Graph.Initializer.Select(t => t.Name).ToHashSet();
        var random = new Random(1);
        var inputs = new List<TensorBuffer>();
        try
        {
            foreach (var input in before.Graph.Input.Where(i => !initial.Contains(i.Name)))
            {
                var type = input.Type?.TensorType;
                if (type?.Shape is null)
                    return null;
                var buffer = new TensorBuffer(input.Name, (DataType)type.ElemType,
                    [.. type.Shape.Dim.Select(d => d.HasDimValue && d.DimValue > 0 ? d.DimValue : 1)]);
                inputs.Add(buffer);
                Fill(buffer, random);
            }
            return Difference(before, after, [.. inputs.Select(i => (i.Name, i.Value))], Timeout.InfiniteTimeSpan);
        }
        finally
        {
            inputs.ForEach(i => i.Dispose());
        }
    }

    /// <summary>The same on given inputs; a run that takes longer than the limit counts as one that fails.</summary>
    internal static double? Difference(ModelProto before, ModelProto after,
        IReadOnlyList<(string Name, OrtValue Value)> inputs, TimeSpan limit)
    {
        if (Run(before, inputs, limit) is not { } expected)
            return null;
        return Run(after, inputs, limit) is { } actual && actual.Count == expected.Count
            ? expected.Zip(actual).Select(p => Difference(p.First, p.Second)).DefaultIfEmpty(0).Max()
            : double.PositiveInfinity;
    }

    private static double Difference(float[] a, float[] b)
    {
        if (a.Length != b.Length)
            return double.PositiveInfinity;
        double largest = 1e-12, difference = 0;
        foreach (var value in a)
            largest = float.IsFinite(value) ? Math.Max(largest, Math.Abs(value)) : largest;
        for (var i = 0; i < a.Length; i++)
            if (!a[i].Equals(b[i]))
                difference = Math.Abs((double)a[i] - b[i]) is var d && double.IsFinite(d) ? Math.Max(difference, d)
                    : double.PositiveInfinity;
        return difference / largest;
    }

    private static void Fill(TensorBuffer buffer, Random random)
    {
        switch (buffer.Type)
        {
            case DataType.Float:
                foreach (ref var v in buffer.Span<float>())
                    v = random.Next(256);
                break;
            case DataType.Double:
                foreach (ref var v in buffer.Span<double>())
                    v = random.Next(256);
                break;
            case DataType.Float16:
                foreach (ref var v in buffer.Span<Half>())
                    v = (Half)random.Next(256);
                break;
            case DataType.Uint8:
                random.NextBytes(buffer.Span<byte>());
                break;
        }
    }

    /// <summary>The float outputs, or null if the runtime cannot run the model.</summary>
    private static List<float[]>? Run(ModelProto model, IReadOnlyList<(string Name, OrtValue Value)> inputs,
        TimeSpan limit)
    {
        try
        {
            using var options = OrtEnvironment.TrialOptions();
            using var session = new InferenceSession(OnnxFile.ToBytes(model), options);
            using var run = new RunOptions();
            using var stop = new Timer(_ => run.Terminate = true, null, limit, Timeout.InfiniteTimeSpan);
            using var results = session.Run(run, [.. inputs.Select(i => i.Name)], [.. inputs.Select(i => i.Value)],
                [.. model.Graph.Output.Select(o => o.Name)]);
            return [.. results.Where(r => r.OnnxType == OnnxValueType.ONNX_TYPE_TENSOR
                && r.GetTensorTypeAndShape().ElementDataType
                    == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float)
                .Select(r => r.GetTensorDataAsSpan<float>().ToArray())];
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }
}
