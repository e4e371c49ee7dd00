using FaceBias.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Graphs;

public class GraphEditingTests
{
    [Fact]
    public void Outputs_that_are_not_kept_take_their_nodes_and_weights_with_them()
    {
        var model = TwoOutputs().KeepOutputs("sum");
        Assert.Equal(["Add"], model.Graph.Node.Select(n => n.OpType));
        Assert.Equal(["one"], model.Graph.Initializer.Select(t => t.Name));
        Assert.Equal([3f], Run(model, [2f], "sum"));
    }

    [Fact]
    public void An_unknown_output_gets_one_sentence_with_those_there_are()
    {
        var e = Assert.Throws<FaceBiasException>(() => TwoOutputs().KeepOutputs("features"));
        Assert.Contains("'sum', 'product'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_model_runs_on_the_output_of_another()
    {
        var first = TwoOutputs().Rename(n => n == "x" ? n : "first/" + n);
        var second = TwoOutputs();
        var joined = first.Then(second, new Dictionary<string, string> { ["x"] = "first/product" });
        Assert.Equal([21f], Run(joined, [2f], "sum"));       // 2 * 10 + 1
        Assert.Equal([200f], Run(joined, [2f], "product"));  // 2 * 10 * 10
    }

    private static ModelProto TwoOutputs()
    {
        var g = new GraphBuilder("two");
        g.Input("x", DataType.Float, "N");
        g.Initializer(Tensors.Float("one", [1f]));
        g.Initializer(Tensors.Float("ten", [10f]));
        g.Output(g.Add("Add", ["x", "one"], [], "sum"), DataType.Float, "N");
        g.Output(g.Add("Mul", ["x", "ten"], [], "product"), DataType.Float, "N");
        return g.Model;
    }

    private static float[] Run(ModelProto model, float[] x, string output)
    {
        using var session = new InferenceSession(OnnxFile.ToBytes(model));
        using var input = OrtValue.CreateTensorValueFromMemory(x, [x.Length]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["x"], [input], [output]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
