using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Opsets;
using FaceBias.Tests;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Opsets;

/// <summary>Models for older runtimes, as files.</summary>
public class OpsetFileTests
{
    [Fact]
    public void A_model_is_written_beside_itself_in_an_older_set()
    {
        var path = Model("Softmax");
        var said = OpsetFile.Write(path, 11);
        var older = Path.ChangeExtension(path, ".opset11.onnx");
        Assert.StartsWith($"{older}: operator set 18 to 11; outputs ", said, StringComparison.Ordinal);
        Assert.Equal(11, OpsetConverter.OpsetOf(OnnxFile.Read(older)));
        Assert.Equal(18, OpsetConverter.OpsetOf(OnnxFile.Read(path)));
    }

    [Fact]
    public void What_an_older_set_has_not_is_named_and_nothing_is_written()
    {
        var path = Model("Trilu");
        Assert.Contains("Trilu", Assert.Throws<FaceBiasException>(() => OpsetFile.Check(path, 13)).Message,
            StringComparison.Ordinal);
        Assert.Throws<FaceBiasException>(() => OpsetFile.Write(path, 13));
        Assert.False(File.Exists(OpsetFile.Beside(path, 13)));
    }

    private static string Model(string op)
    {
        var g = new GraphBuilder("older");
        var x = g.Input("x", DataType.Float, "N", 3);
        g.Output(g.Add(op, [x], [], output: "y"), DataType.Float, "N", 3);
        var path = Path.Combine(TestPaths.NewFolder(), "model.onnx");
        OnnxFile.Write(g.Model, path);
        return path;
    }
}
