using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Opsets;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Opsets;

/// <summary>ONNX Runtime runs its own operators, and what they are written as: the outputs must be the same.</summary>
public class RuntimeOperatorsTests
{
    private static readonly Dictionary<string,
        (string Op, long[] Shape, long[][] Weights, (string, object)[] Attributes)>
        Cases = new()
        {
            ["convolution"] = ("FusedConv", [1, 2, 5, 5], [[3, 2, 3, 3], [3]], [("strides", new long[] { 2, 2 })]),
            ["convolution and activation"] = ("FusedConv", [1, 2, 5, 5], [[3, 2, 3, 3]], [("activation", "LeakyRelu"),
                ("activation_params", new[] { 0.2f }), ("pads", new long[] { 1, 1, 1, 1 })]),
            ["convolution, limits"] = ("FusedConv", [1, 2, 5, 5], [[3, 2, 3, 3], [3]],
                [("activation", "Clip"), ("activation_params", new[] { -0.3f, 0.5f })]),
            ["convolution, sum and activation"] = ("FusedConv", [1, 2, 5, 5], [[3, 2, 3, 3], [3], [1, 3, 3, 3]],
                [("activation", "Relu")]),
            ["product and activation"] = ("FusedGemm", [4, 6], [[5, 6], [5]],
                [("transB", 1L), ("alpha", 0.5f), ("activation", "Relu")]),
            ["turned product"] = ("FusedMatMul", [2, 6, 4], [[5, 6]], [("transA", 1L), ("transB", 1L), ("alpha", 0.3f)]),
            ["Gelu"] = ("Gelu", [3, 4], [], []),
            ["Gelu with bias"] = ("BiasGelu", [3, 4], [[4]], []),
            ["Gelu by tanh"] = ("FastGelu", [3, 4], [[4]], []),
            ["Gelu by sigmoid"] = ("QuickGelu", [3, 4], [], [("alpha", 1.5f)]),
            ["norm of a sum"] = ("SkipLayerNormalization", [2, 3, 4], [[2, 3, 4], [4], [4], [4]], [("epsilon", 0.01f)]),
        };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void What_is_written_gives_the_same(string name)
    {
        var (op, shape, weights, attributes) = Cases[name];
        var g = new GraphBuilder("runtime");
        var seed = 1;
        string[] inputs = [g.Input("x", DataType.Float, [.. shape.Cast<object>()]),
            .. weights.Select(w => g.Constant(Noise(w, seed++), w))];
        g.Graph.Node.Add(new NodeProto { OpType = op, Domain = "com.microsoft" });
        g.Graph.Node[^1].Input.Add(inputs);
        g.Graph.Node[^1].Output.Add("y");
        g.Graph.Node[^1].Attribute.Add(attributes.Select(a => GraphBuilder.Attribute(a.Item1, a.Item2)));
        g.Output("y", DataType.Float);
        g.Graph.Output[0].Type.TensorType.Shape = null;
        g.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        var written = g.Model.Clone();
        Assert.Equal([op], RuntimeOperators.Lower(written));
        Assert.All(written.Graph.Node, n => Assert.Equal("", n.Domain));
        using var x = OrtValue.CreateTensorValueFromMemory(Noise(shape, 9), shape);
        Assert.InRange(OpsetProof.Difference(g.Model, written, [("x", x)], OnnxProbe.Limit) ?? 1, 0, 1e-6);
    }

    private static float[] Noise(long[] shape, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)Tensors.Count(shape)).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
