using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Opsets;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Opsets;

/// <summary>Each rule on a hand-made graph: ONNX Runtime runs both as declared, and the outputs must be the
/// same.</summary>
public class OpsetConverterTests
{
    private sealed record Case(string Name, int From, int To, long[] Shape, Func<GraphBuilder, string> Build,
        string? Without = null);

    private static readonly float[] Weights = [.. Enumerable.Range(0, 256).Select(i => MathF.Sin(i * 1.7f))];

    private static readonly Case[] Cases =
    [
        // Up: as old exporters wrote it.
        new("BatchNormalization per place", 8, 18, [2, 3, 4, 5], g => Add(g, "BatchNormalization",
            ["x", Row(g, 60, 3, 4, 5), Row(g, 60, 3, 4, 5), Row(g, 60, 3, 4, 5), Row(g, 60, 3, 4, 5, positive: true)],
            ("spatial", 0)), "BatchNormalization"),
        new("BatchNormalization", 8, 18, [2, 3, 4, 5], g => Add(g, "BatchNormalization",
            ["x", Row(g, 3, 3), Row(g, 3, 3), Row(g, 3, 3), Row(g, 3, 3, positive: true)], ("spatial", 1),
            ("momentum", 0.9f))),
        new("Upsample 7 nearest", 7, 18, [1, 2, 3, 4],
            g => Add(g, "Upsample", ["x"], ("mode", "nearest"), ("scales", new[] { 1f, 1, 2, 3 })), "Upsample"),
        new("Upsample 7 linear", 7, 18, [1, 2, 3, 4],
            g => Add(g, "Upsample", ["x"], ("mode", "linear"), ("scales", new[] { 1f, 1, 2, 3 })), "Upsample"),
        new("Upsample 9", 9, 18, [1, 2, 3, 4],
            g => Add(g, "Upsample", ["x", g.Constant([1f, 1, 2, 2], 4)], ("mode", "linear")), "Upsample"),
        new("Resize 10", 10, 18, [1, 2, 3, 4],
            g => Add(g, "Resize", ["x", g.Constant([1f, 1, 1.5f, 2], 4)], ("mode", "nearest"))),
        new("Resize 10 smaller", 10, 18, [1, 2, 8, 8],
            g => Add(g, "Resize", ["x", g.Constant([1f, 1, 0.6f, 0.5f], 4)], ("mode", "nearest"))),
        new("Resize 10 linear", 10, 18, [1, 2, 8, 8],
            g => Add(g, "Resize", ["x", g.Constant([1f, 1, 0.6f, 1.5f], 4)], ("mode", "linear"))),
        new("Slice 9", 9, 18, [4, 6],
            g => Add(g, "Slice", ["x"], ("starts", new long[] { 1, -4 }), ("ends", new long[] { 3, int.MaxValue }),
                ("axes", new long[] { 0, 1 }))),
        new("TopK 9", 9, 18, [4, 6], g => g.AddMany("TopK", ["x"], 2, [("k", 3L), ("axis", 1L)])[0]),
        new("Clip 6", 10, 18, [4, 6], g => Add(g, "Clip", ["x"], ("min", -0.5f), ("max", 0.7f))),
        new("Clip of one side", 9, 18, [4, 6], g => Add(g, "Clip", ["x"], ("min", -0.5f), ("max", float.MaxValue))),
        new("Pad 2", 10, 18, [2, 3, 4],
            g => Add(g, "Pad", ["x"], ("pads", new long[] { 0, 1, 2, 0, 0, 1 }), ("value", 3f))),
        new("Pad 2 reflect", 9, 18, [2, 3, 4],
            g => Add(g, "Pad", ["x"], ("pads", new long[] { 0, 1, 2, 0, 0, 1 }), ("mode", "reflect"))),
        new("Scatter", 9, 18, [3, 2],
            g => Add(g, "Scatter", ["x", g.Initializer(Tensors.Int64("", [1, 0], 1, 2)), g.Constant([5f, 6], 1, 2)],
                ("axis", 0)), "Scatter"),
        new("Dropout 7", 9, 18, [4, 6], g => Add(g, "Dropout", ["x"], ("ratio", 0.3f))),
        new("Softmax of rows", 11, 18, [2, 3, 4, 5], g => Add(g, "Softmax", ["x"], ("axis", 1))),
        new("Softmax by default", 9, 18, [2, 3, 4], g => Add(g, "Softmax", ["x"])),
        new("LogSoftmax of rows", 12, 18, [2, 3, 4], g => Add(g, "LogSoftmax", ["x"], ("axis", 1))),
        new("Softmax of the last", 11, 18, [2, 3, 4], g => Add(g, "Softmax", ["x"], ("axis", 2))),
        new("Hardmax", 11, 18, [2, 3, 4], g => Add(g, "Hardmax", ["x"], ("axis", 1))),
        new("Split 2", 11, 18, [2, 6],
            g => g.AddMany("Split", ["x"], 2, [("axis", 1L), ("split", new long[] { 2, 4 })])[1]),
        new("Split in equal parts", 13, 18, [2, 6], g => g.AddMany("Split", ["x"], 3, [("axis", 1L)])[1]),
        new("Squeeze 1", 11, 18, [2, 1, 6], g => Add(g, "Squeeze", ["x"], ("axes", new long[] { 1 }))),
        new("Unsqueeze 1", 11, 18, [2, 6], g => Add(g, "Unsqueeze", ["x"], ("axes", new long[] { 0, 3 }))),
        new("ReduceSum 11", 11, 18, [2, 3, 4],
            g => Add(g, "ReduceSum", ["x"], ("axes", new long[] { -1 }), ("keepdims", 0))),
        .. new[] { "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSumExp",
            "ReduceSumSquare" }
            .Select(op => new Case(op, 13, 18, [2, 3, 4], g => Add(g, op, ["x"], ("axes", new long[] { 0, 2 })))),
        new("ReduceMean of all", 9, 18, [2, 3, 4], g => Add(g, "ReduceMean", ["x"], ("keepdims", 0))),
        new("MaxPool, Conv and Gemm", 7, 18, [1, 3, 8, 8],
            g => Add(g, "Gemm", [Add(g, "Flatten", [Add(g, "MaxPool", [Add(g, "Conv", ["x", Row(g, 54, 2, 3, 3, 3)])],
            ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }))]), Row(g, 36, 18, 2),
            Row(g, 2, 2)])),
        new("Constant", 9, 18, [2, 3],
            g => Add(g, "Mul", ["x", Add(g, "Constant", [], ("value", Tensors.Float("", [2f, 3, 4], 3)))]), "Constant"),

        // Down: as it is written here.
        new("LayerNormalization to 16", 18, 16, [2, 3, 8],
            g => Add(g, "LayerNormalization", ["x", Row(g, 8, 8), Row(g, 8, 8)], ("epsilon", 1e-4f)),
            "LayerNormalization"),
        new("LayerNormalization to 11", 18, 11, [2, 3, 8],
            g => Add(g, "LayerNormalization", ["x", Row(g, 24, 3, 8)], ("axis", 1)), "LayerNormalization"),
        new("HardSwish", 18, 13, [4, 6], g => Add(g, "HardSwish", ["x"]), "HardSwish"),
        new("Reductions", 18, 9, [2, 3, 4],
            g => Add(g, "ReduceMean", [Add(g, "ReduceSum", ["x", g.Constant(-1L)], ("keepdims", 1)), g.Constant(1L)])),
        new("ReduceSum of nothing", 18, 12, [2, 3, 4], g => Add(g, "ReduceSum", ["x"], ("noop_with_empty_axes", 1))),
        new("Softmax to 11", 18, 11, [2, 3, 4], g => Add(g, "Softmax", ["x"], ("axis", 1))),
        new("Softmax to 9", 18, 9, [2, 3, 4], g => Add(g, "Softmax", ["x"])),
        new("Clip to 10", 18, 10, [4, 6], g => Add(g, "Clip", ["x", g.Constant(-0.5f), g.Constant(0.25f)])),
        new("Pad to 10", 18, 10, [2, 3, 4], g => Add(g, "Pad", ["x", g.Constant(0L, 1, 2, 0, 0, 1), g.Constant(2f)])),
        new("Pad of axes", 18, 16, [2, 3, 4],
            g => Add(g, "Pad", ["x", g.Constant(1L, 2L), g.Constant(2f), g.Constant(-1L)])),
        new("Slice to 9", 18, 9, [4, 6], g => Add(g, "Slice", ["x", g.Constant(1L), g.Constant(5L), g.Constant(1L)])),
        new("Split to 12", 18, 12, [2, 6], g => g.AddMany("Split", ["x"], 3, [("axis", -1L), ("num_outputs", 3L)])[2]),
        new("Squeeze and Unsqueeze to 9", 18, 9, [2, 6],
            g => Add(g, "Squeeze", [Add(g, "Unsqueeze", ["x", g.Constant(-1L, 0L)]), g.Constant(0L)])),
        new("Resize to 12", 18, 12, [1, 2, 4, 4],
            g => Add(g, "Resize", ["x", "", "", g.Initializer(Tensors.Int64("", [1, 2, 7, 8], 4))],
                ("mode", "linear"))),
        new("Resize to 9", 18, 9, [1, 2, 4, 4], g => Add(g, "Resize", ["x", "", g.Constant([1f, 1, 2, 2], 4)],
            ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")),
            "Resize"),
        new("Dropout to 11", 18, 11, [4, 6], g => Add(g, "Dropout", ["x", g.Constant(0.4f)]), "Dropout"),
        new("Mish", 18, 17, [4, 6], g => Add(g, "Mish", ["x"]), "Mish"),
        new("GroupNormalization", 18, 17, [2, 6, 4, 4],
            g => Add(g, "GroupNormalization", ["x", Row(g, 3, 3), Row(g, 3, 3)], ("num_groups", 3)),
            "GroupNormalization"),
        new("GroupNormalization 21", 21, 18, [2, 6, 4, 4],
            g => Add(g, "GroupNormalization", ["x", Row(g, 6, 6), Row(g, 6, 6)], ("num_groups", 3)),
            "GroupNormalization"),
        new("Gelu", 20, 18, [4, 6], g => Add(g, "Gelu", ["x"]), "Gelu"),
        new("Gelu by tanh", 20, 18, [4, 6], g => Add(g, "Gelu", ["x"], ("approximate", "tanh")), "Gelu"),
        new("RMSNormalization", 23, 18, [4, 6], g => Add(g, "RMSNormalization", ["x", Row(g, 6, 6)]),
            "RMSNormalization"),
        new("Shape of a part", 18, 13, [4, 6], g => Add(g, "Cast", [Add(g, "Shape", ["x"], ("start", 1))], ("to", 1))),
        new("GreaterOrEqual", 18, 11, [4, 6],
            g => Add(g, "Where", [Add(g, "GreaterOrEqual", ["x", g.Constant(0.3f)]), "x", g.Constant(2f)]),
            "GreaterOrEqual"),
        new("Gemm without a bias", 18, 10, [2, 6], g => Add(g, "Gemm", ["x", Row(g, 18, 6, 3)])),
        new("Pow of two types", 18, 11, [2, 6], g => Add(g, "Pow", ["x", g.Initializer(Tensors.Int64("", [2]))])),
        new("Negative axes", 18, 10, [2, 6],
            g => Add(g, "Concat", [Add(g, "Gather", ["x", g.Constant(0L, 3L)], ("axis", -1)), "x"], ("axis", -1))),
    ];

    public static TheoryData<string> Names => [.. Cases.Select(c => c.Name)];

    [Theory, MemberData(nameof(Names))]
    public void A_converted_operator_gives_the_same(string name)
    {
        var c = Cases.Single(x => x.Name == name);
        var g = new GraphBuilder("case");
        g.Model.OpsetImport[0].Version = c.From;
        g.Input("x", DataType.Float, [.. c.Shape.Cast<object>()]);
        g.Graph.Output.Add(new ValueInfoProto { Name = c.Build(g) });
        float[] expected;
        try
        {
            expected = Run(g.Model, c.Shape);
        }
        catch (OnnxRuntimeException e) when (c.From > GraphBuilder.Opset)
        {
            Assert.Skip($"the runtime at hand does not know operator set {c.From}: {e.Message}");
            return;
        }
        var converted = OpsetConverter.Convert(g.Model, c.To);
        Assert.Equal(c.To, OpsetConverter.OpsetOf(converted));
        var actual = Run(converted, c.Shape);
        Assert.Equal(expected.Length, actual.Length);
        var largest = expected.Max(MathF.Abs);
        Assert.True(largest > 0);
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-6f * largest + 1e-9f));
        Assert.DoesNotContain(converted.Graph.Node, n => n.OpType == c.Without);
        Assert.Equal(c.From, OpsetConverter.OpsetOf(g.Model));
    }

    [Theory]
    [InlineData("Trilu", 13, "exists from operator set 14 on")]
    [InlineData("Einsum", 11, "exists from operator set 12 on")]
    public void What_another_set_does_not_have_is_named(string op, int opset, string why)
    {
        var g = new GraphBuilder("young");
        g.Input("x", DataType.Float, 3, 3);
        g.Output(Add(g, op, ["x"], op == "Einsum" ? [("equation", "ij->ji")] : []), DataType.Float, 3, 3);
        var e = Assert.Throws<FaceBiasException>(() => OpsetConverter.Convert(g.Model, opset));
        Assert.Contains($"{op} {why}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_that_are_computed_cannot_become_attributes()
    {
        var g = new GraphBuilder("computed");
        g.Input("x", DataType.Float, 3, 3);
        g.Output(g.Add("Clip", "x", "", g.Add("ReduceMax", ["x"], [("keepdims", 0L)])), DataType.Float, 3, 3);
        Assert.Contains("Clip", Assert.Throws<FaceBiasException>(() => OpsetConverter.Convert(g.Model, 10)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Operators_of_other_domains_are_named_and_kept()
    {
        var g = new GraphBuilder("foreign");
        g.Model.OpsetImport[0].Version = 11;
        g.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        g.Input("x", DataType.Float, 3, 3);
        g.Output(g.Add("Gelu", "x"), DataType.Float, 3, 3);
        g.Graph.Node[0].Domain = "com.microsoft";
        Assert.Equal([("com.microsoft.Gelu", 1)], OpsetConverter.ForeignOperators(g.Model));
        Assert.Equal(Run(g.Model, [3, 3]), Run(OpsetConverter.Convert(g.Model, 18), [3, 3]));
    }

    [Fact]
    public void Rules_have_one_entry_per_operator_and_set() =>
        Assert.All(OpsetRules.All.GroupBy(r => (r.Version, r.Operator)), g => Assert.Single(g));

    private static string Add(GraphBuilder g, string op, ReadOnlySpan<string> inputs,
        params ReadOnlySpan<(string, object)> attributes) =>
        g.Add(op, inputs, attributes);

    private static string Row(GraphBuilder g, int count, long a, long b = 0, long c = 0, long d = 0,
        bool positive = false) =>
        g.Constant([.. Weights.Take(count).Select(v => positive ? Math.Abs(v) + 0.5f : v)],
            [.. new[] { a, b, c, d }.Where(v => v > 0)]);

    private static float[] Run(ModelProto model, long[] shape)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using var session = new InferenceSession(OnnxFile.ToBytes(model), options);
        using var input = OrtValue.CreateTensorValueFromMemory(
            Enumerable.Range(0, (int)shape.Aggregate(1L, (a, d) => a * d)).Select(i => MathF.Sin(i * 2.3f) * 2)
                .ToArray(), shape);
        using var run = new RunOptions();
        using var results = session.Run(run, ["x"], [input], [model.Graph.Output[0].Name]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
