using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

/// <summary>What cannot be trained is named by the operator that is in the way.</summary>
public class RefusedTrainingTests
{
    private static string Message(Func<GraphBuilder, string, string> behind)
    {
        var g = new GraphBuilder("refused");
        var x = g.Input("x", DataType.Float, 2, 3);
        var w = g.Initializer(Tensors.Float("w", [1, 2, 3, 4, 5, 6, 7, 8, 9], 3, 3));
        var y = behind(g, g.Add("MatMul", x, w));
        g.Add("ReduceMean", [g.Add("Mul", y, y)], [("keepdims", 0L)], output: "loss");
        return Assert.Throws<FaceBiasException>(
            () => new TrainingSession(g.Model, "loss", ["w"], new Sgd(), new TrainingSessionOptions())).Message;
    }

    [Fact]
    public void Quantised_values_have_no_gradient()
    {
        var message = Message((g, y) =>
        {
            var (scale, zero) = (g.Constant(0.1f), g.Initializer(new TensorProto
                { DataType = (int)DataType.Int8, RawData = Google.Protobuf.ByteString.CopyFrom(0) }));
            return g.Add("DequantizeLinear", g.Add("QuantizeLinear", y, scale, zero), scale, zero);
        });
        Assert.Contains("QuantizeLinear", message, StringComparison.Ordinal);
        Assert.Contains("not quantised", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nor_has_a_choice_between_two_graphs()
    {
        var message = Message((g, y) =>
        {
            var condition = g.Add("Greater", g.Add("ReduceSum", [y], [("keepdims", 0L)]), g.Constant(0f));
            var node = new NodeProto { OpType = "If", Name = "choice" };
            node.Input.Add(condition);
            node.Output.Add("chosen");
            node.Attribute.Add([Branch("then_branch", "Neg", y), Branch("else_branch", "Exp", y)]);
            g.Graph.Node.Add(node);
            return "chosen";
        });
        Assert.Contains("The operator If (node 'choice')", message, StringComparison.Ordinal);
    }

    private static AttributeProto Branch(string name, string op, string value)
    {
        var graph = new GraphProto { Name = name };
        graph.Node.Add(new NodeProto { OpType = op });
        graph.Node[0].Input.Add(value);
        graph.Node[0].Output.Add($"{name}/y");
        graph.Output.Add(GraphBuilder.ValueInfo($"{name}/y", DataType.Float, 2, 3));
        return new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };
    }
}
