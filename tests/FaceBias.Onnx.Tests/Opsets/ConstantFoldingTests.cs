using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Opsets;
using FaceBias.Onnx.Training;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Opsets;

public class ConstantFoldingTests
{
    private static readonly float[] Weights = [.. Enumerable.Range(0, 96).Select(i => MathF.Sin(i))];

    [Fact]
    public void Constant_nodes_of_all_kinds_become_initializers()
    {
        var g = new GraphBuilder("constants");
        var x = g.Input("x", DataType.Float, "N", 2);
        var two = g.Add("Constant", [], [("value_float", 2f)]);
        var row = g.Add("Constant", [], [("value", Tensors.Float("", [3f, 4f], 1, 2))]);
        var axes = g.Add("Constant", [], [("value_ints", new long[] { 1 })]);
        g.Output(g.Add("ReduceSum", g.Add("Add", g.Add("Mul", x, two), row), axes), DataType.Float, "N", 1);
        Folded(g.Model, "Mul", "Add", "ReduceSum");
        Assert.Equal([2 * 1 + 3 + 2 * 5 + 4f], Run(g.Model, [1f, 5], 1, 2));
    }

    [Theory]
    [InlineData("Transpose")]
    [InlineData("Cast")]
    [InlineData("DequantizeLinear")]
    [InlineData("Identity")]
    public void A_weight_behind_a_node_becomes_a_weight(string op)
    {
        var g = new GraphBuilder("weights");
        var x = g.Input("x", DataType.Float, "N", 8);
        var w = op switch
        {
            "Transpose" => g.Add("Transpose", g.Constant(Weights, 12, 8)),
            "Identity" => g.Add("Identity", g.Constant(Weights, 8, 12)),
            "Cast" =>
                g.Add("Cast", [g.Initializer(Of<Half>(DataType.Float16, [.. Weights.Select(v => (Half)v)], 8, 12))],
                    [("to", 1L)]),
            _ => g.Add("DequantizeLinear",
                g.Initializer(Of<sbyte>(DataType.Int8, [.. Weights.Select(v => (sbyte)(v * 100))], 8, 12)),
                g.Constant(0.01f)),
        };
        g.Output(g.Add("MatMul", x, w), DataType.Float, "N", 12);
        Folded(g.Model, "MatMul");
        Assert.Equal([12 * 8L], WeightedLayers.Of(g.Model, g.Graph.Output[0].Name).Single().Parameters
            .Select(p => g.Graph.Initializer.Single(t => t.Name == p).ElementCount()));
    }

    [Fact]
    public void A_weight_that_is_shared_stays_one()
    {
        var g = new GraphBuilder("shared");
        var x = g.Input("x", DataType.Float, "N", 8);
        g.Initializer(Tensors.Float("w", Weights[..64], 8, 8));
        var y = g.Add("MatMul", g.Add("MatMul", x, "w"), g.Add("Identity", g.Add("Identity", "w")));
        g.Output(y, DataType.Float, "N", 8);
        Folded(g.Model, "MatMul", "MatMul");
        Assert.Equal(["w"], g.Graph.Initializer.Select(t => t.Name));
    }

    [Fact]
    public void Rows_picked_from_a_table_of_weights_are_no_weights_of_their_own()
    {
        var g = new GraphBuilder("table");
        var x = g.Input("x", DataType.Float, 4, 12);
        var bias = g.Add("Gather", g.Constant(Weights, 8, 12), g.Constant(1L, 1L, 2L, 7L));
        g.Output(g.Add("Add", x, bias), DataType.Float, 4, 12);
        Folded(g.Model, "Gather", "Add");
    }

    [Fact]
    public void Shapes_are_put_together_and_what_grows_beyond_measure_is_not()
    {
        var g = new GraphBuilder("shapes");
        var x = g.Input("x", DataType.Float, "N", 6);
        var shape = g.Add("Concat", [g.Add("Neg", g.Constant(1L)), g.Constant(2L), g.Constant(3L)], [("axis", 0L)]);
        var huge = g.Add("ConstantOfShape", g.Add("Mul", g.Constant(100_000L, 100_000L), g.Constant(1000L)));
        g.Output(g.Add("Reshape", x, shape), DataType.Float, "N", 2, 3);
        g.Output(huge, DataType.Float, "a", "b");
        g.Output(g.Add("Size", huge), DataType.Int64);
        Folded(g.Model, "ConstantOfShape", "Reshape", "Size");
    }

    [Fact]
    public void A_condition_that_is_known_decides_a_branch()
    {
        var g = new GraphBuilder("if");
        var x = g.Input("x", DataType.Float, "N", 2);
        var condition = g.Add("Equal", g.Constant(3L), g.Constant(3L));
        var node = new NodeProto { OpType = "If", Name = "if" };
        node.Input.Add(g.Add("Squeeze", condition));
        node.Output.Add("y");
        foreach (var (name, op) in new[] { ("then_branch", "Neg"), ("else_branch", "Abs") })
        {
            var branch = new GraphBuilder(name);
            branch.Graph.Output.Add(new ValueInfoProto { Name = branch.Add(op, [x], [], output: "same") });
            node.Attribute.Add(
                new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = branch.Graph });
        }
        g.Graph.Node.Add(node);
        g.Output("y", DataType.Float, "N", 2);
        ConstantFolding.Run(g.Model);
        Assert.DoesNotContain(g.Graph.Node, n => n.OpType == "If");
        Assert.Equal([-1f, -5], Run(g.Model, [1f, 5], 1, 2));
    }

    [Fact]
    public void What_the_runtime_cannot_compute_stays()
    {
        var g = new GraphBuilder("odd");
        var x = g.Input("x", DataType.Float, 2, 2);
        var wrong = g.Add("Reshape", g.Constant([1f, 2, 3], 3), g.Constant(2L, 2L));
        g.Output(g.Add("Mul", g.Add("Add", x, wrong), g.Add("Neg", g.Constant(2f))), DataType.Float, 2, 2);
        ConstantFolding.Run(g.Model);
        Assert.Equal(["Reshape", "Add", "Mul"], g.Graph.Node.Select(n => n.OpType));
    }

    private static void Folded(ModelProto model, params string[] operators)
    {
        ConstantFolding.Run(model);
        Assert.Equal(operators.Order(), model.Graph.Node.Select(n => n.OpType).Order());
    }

    private static TensorProto Of<T>(DataType type, T[] values, params long[] shape) where T : unmanaged
    {
        var tensor = new TensorProto { DataType = (int)type,
            RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<T>(values)) };
        tensor.Dims.Add(shape);
        return tensor;
    }

    private static float[] Run(ModelProto model, float[] x, params long[] shape)
    {
        using var session = new InferenceSession(OnnxFile.ToBytes(model));
        using var input = OrtValue.CreateTensorValueFromMemory(x, shape);
        using var options = new RunOptions();
        using var results = session.Run(options, ["x"], [input], [model.Graph.Output[0].Name]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
