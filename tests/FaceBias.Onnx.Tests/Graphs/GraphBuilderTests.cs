using FaceBias.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Onnx.Tests.Graphs;

public class GraphBuilderTests
{
    [Fact]
    public void A_built_graph_runs_in_ONNX_Runtime()
    {
        var g = new GraphBuilder("test");
        var x = g.Input("x", TensorProto.Types.DataType.Float, "N", 2);
        var w = g.Initializer(Tensors.Float("w", [1, 2, 3, 4], 2, 2));
        var y = g.Add("MatMul", [x, w], [], output: "y");
        g.Output(y, TensorProto.Types.DataType.Float, "N", 2);

        using var session = new InferenceSession(OnnxFile.ToBytes(g.Model));
        using var input = OrtValue.CreateTensorValueFromMemory(new float[] { 1, 1 }, [1, 2]);
        using var run = new RunOptions();
        using var outputs = session.Run(run, ["x"], [input], ["y"]);

        Assert.Equal([4f, 6f], outputs[0].GetTensorDataAsSpan<float>().ToArray());
    }

    [Fact]
    public void A_file_that_is_no_model_gets_one_sentence()
    {
        var path = Path.Combine(FaceBias.Tests.TestPaths.NewFolder(), "no.onnx");
        File.WriteAllText(path, "hello, I am not a model");
        var e = Assert.Throws<FaceBiasException>(() => OnnxFile.Read(path));
        Assert.Contains("is not an ONNX model", e.Message, StringComparison.Ordinal);
    }
}
