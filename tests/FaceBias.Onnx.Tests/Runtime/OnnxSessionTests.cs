using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Runtime;

public class OnnxSessionTests
{
    private static GraphBuilder Doubling()
    {
        var g = new GraphBuilder("doubling");
        var x = g.Input("x", DataType.Float, "N", 2);
        g.Add("Add", [x, x], [], output: "y");
        g.Output("y", DataType.Float, "N", 2);
        g.Add("Cast", [g.Add("ReduceSum", [x, g.Constant(1L)], [("keepdims", 0L)])], [("to", (long)DataType.Int64)],
            output: "total");
        g.Output("total", DataType.Int64, "elsewhere");
        return g;
    }

    [Fact]
    public void A_batch_is_filled_run_and_read_in_place()
    {
        using var session = new OnnxSession(Doubling().Model, new OnnxSessionOptions { Threads = 1 });
        using var batch = session.CreateBatch(3);
        for (var repeat = 1; repeat <= 2; repeat++)
        {
            for (var i = 0; i < 6; i++)
                batch.Input<float>("x")[i] = i * repeat;
            batch.Run();
            Assert.Equal([0, 2f * repeat, 4 * repeat, 6 * repeat, 8 * repeat, 10 * repeat],
                batch.Output<float>("y").ToArray());
            Assert.Equal([1L * repeat, 5 * repeat, 9 * repeat], batch.Output<long>("total").ToArray());
        }
        Assert.Equal([3L], batch.OutputShape("total").ToArray());
    }

    [Fact]
    public void Inputs_and_outputs_are_described()
    {
        using var session = new OnnxSession(Doubling().Model);
        var x = Assert.Single(session.Inputs);
        Assert.Equal(("x", DataType.Float), (x.Name, x.Type));
        Assert.Equal([-1, 2], x.Shape);
        Assert.Equal(["N", ""], x.Symbols);
    }

    [Fact]
    public void An_unknown_output_or_input_gets_one_sentence()
    {
        using var session = new OnnxSession(Doubling().Model);
        Assert.Contains("no output 'z'", Assert.Throws<FaceBiasException>(() => session.CreateBatch(1, ["z"])).Message,
            StringComparison.Ordinal);
        using var batch = session.CreateBatch(1, ["y"]);
        Assert.Contains("no input 'z'", Assert.Throws<FaceBiasException>(() => batch.Input<float>("z")).Message,
            StringComparison.Ordinal);
        Assert.Contains("no output 'total'",
            Assert.Throws<FaceBiasException>(() => batch.Output<long>("total").ToArray()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_that_the_runtime_refuses_gets_one_sentence()
    {
        var g = new GraphBuilder("wrong");
        g.Add("NoSuchOperator", [g.Input("x", DataType.Float, 1)], [], output: "y");
        g.Output("y", DataType.Float, 1);
        var e = Assert.Throws<FaceBiasException>(() => new OnnxSession(g.Model));
        Assert.StartsWith("ONNX Runtime cannot run the graph 'wrong':", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void A_failing_run_gets_one_sentence()
    {
        var g = new GraphBuilder("index");
        var i = g.Input("i", DataType.Int64, "N");
        g.Add("Gather", [g.Constant([1f, 2f], 2), i], [], output: "y");
        g.Output("y", DataType.Float, "N");
        using var session = new OnnxSession(g.Model);
        using var batch = session.CreateBatch(1);
        batch.Input<long>("i")[0] = 5;
        var e = Assert.Throws<FaceBiasException>(batch.Run);
        Assert.Contains("(Gather) fails", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Without_CUDA_one_sentence_says_what_is_missing()
    {
        Assert.SkipWhen(File.Exists("/proc/driver/nvidia/version"), "this machine may have CUDA");
        var e = Assert.Throws<FaceBiasException>(() =>
            new OnnxSession(Doubling().Model, new OnnxSessionOptions { Device = ExecutionDevice.Cuda }));
        Assert.StartsWith("CUDA cannot be used", e.Message, StringComparison.Ordinal);
    }
}
