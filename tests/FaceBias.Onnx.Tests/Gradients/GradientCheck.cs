using System.Runtime.InteropServices;
using FaceBias.Onnx.Gradients;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Gradients;

/// <summary>Compares gradients with central differences: in double where the runtime has double kernels, else in float
/// with a wider step and tolerance.</summary>
internal static class GradientCheck
{
    /// <summary>Builds a value from inputs "x0", "x1", ... whose gradients are checked.</summary>
    public delegate string Build(GraphBuilder g, DataType type, string[] inputs);

    /// <summary>Checks d(sum of y times fixed random numbers)/dx for every input.</summary>
    public static void Check(double[][] values, long[][] shapes, Build build)
    {
        if (!TryCheck(DataType.Double, 1e-6, 1e-7, values, shapes, build))
            Assert.True(TryCheck(DataType.Float, 1e-2, 6e-3, values, shapes, build),
                "ONNX Runtime cannot run the graph.");
    }

    private static bool TryCheck(
        DataType type, double h, double tolerance, double[][] values, long[][] shapes, Build build)
    {
        var g = new GraphBuilder("check");
        var names = shapes.Select((s, i) => g.Input($"x{i}", type, [.. s.Cast<object>()])).ToArray();
        InferenceSession session;
        string loss;
        string[] gradients;
        try
        {
            var y = build(g, type, names);
            var shape = ValueFacts.Learn(g.Model).Shape(y);
            var weights = Random(77, shape, 0.2, 1.5);
            loss = g.Add("ReduceSum", [g.Add("Mul", y, g.Initializer(Tensor(type, weights, shape)))],
                [("keepdims", 0L)]);
            var found = Gradient.Of(g, loss, names);
            gradients = [.. names.Select(n => found[n])];
            foreach (var name in gradients.Prepend(loss))
                g.Graph.Output.Add(new ValueInfoProto { Name = name });
            using var options = OrtEnvironment.Options(1, GraphOptimizationLevel.ORT_DISABLE_ALL);
            session = OrtEnvironment.Create(OnnxFile.ToBytes(g.Model), options, "the check");
        }
        catch (FaceBiasException e) when (type == DataType.Double && e.InnerException is OnnxRuntimeException)
        {
            return false;
        }
        using var _ = session;
        var analytic = Run(session, type, names, values, shapes, gradients);
        for (var i = 0; i < names.Length; i++)
        {
            Assert.Equal(values[i].Length, analytic[i].Length);
            for (var j = 0; j < values[i].Length; j++)
            {
                var numeric = (Loss(i, j, h) - Loss(i, j, -h)) / (2 * h);
                var difference = Math.Abs(numeric - analytic[i][j]);
                Assert.True(difference <= tolerance * (1 + Math.Abs(numeric)),
                    $"d/d{names[i]}[{j}]: numeric {numeric}, analytic {analytic[i][j]} ({type})");
            }
        }
        return true;

        double Loss(int i, int j, double step)
        {
            var moved = values.Select(v => (double[])v.Clone()).ToArray();
            moved[i][j] += step;
            return Run(session, type, names, moved, shapes, [loss])[0][0];
        }
    }

    /// <summary>Distinct numbers in a range, repeatable.</summary>
    public static double[] Random(int seed, long[] shape, double low = -2, double high = 2)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, d) => a * d))
            .Select(_ => low + (high - low) * random.NextDouble())];
    }

    public static TensorProto Tensor(DataType type, double[] values, params long[] shape)
    {
        if (type == DataType.Float)
            return Tensors.Float("", [.. values.Select(v => (float)v)], shape);
        var tensor = new TensorProto
        {
            DataType = (int)type,
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<double>(values)),
        };
        tensor.Dims.Add(shape);
        return tensor;
    }

    private static double[][] Run(
        InferenceSession session, DataType type, string[] names, double[][] values, long[][] shapes, string[] outputs)
    {
        var inputs = names.Select((_, i) => type == DataType.Double
            ? OrtValue.CreateTensorValueFromMemory(values[i], shapes[i])
            : OrtValue.CreateTensorValueFromMemory(values[i].Select(v => (float)v).ToArray(), shapes[i])).ToArray();
        using var run = new RunOptions();
        using var results = session.Run(run, names, inputs, outputs);
        foreach (var input in inputs)
            input.Dispose();
        return [.. results.Select(r => type == DataType.Double
            ? r.GetTensorDataAsSpan<double>().ToArray()
            : [.. r.GetTensorDataAsSpan<float>().ToArray().Select(v => (double)v)])];
    }
}
