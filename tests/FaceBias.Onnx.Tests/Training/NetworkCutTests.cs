using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

public class NetworkCutTests
{
    /// <summary>Two residual blocks, a batch-dependent reshape and a dense layer: [N, 3, 16, 16] to [N, 5].</summary>
    private static ModelProto Residual()
    {
        var b = new NetworkBuilder("residual", 1, 0.3);
        var x = b.Graph.Input("x", DataType.Float, "N", 3, 16, 16);
        x = b.Graph.Add("Mul", x, b.Graph.Constant([2f, 2f, 2f], 1, 3, 1, 1));
        x = b.Relu(b.BatchNorm(b.Conv(x, 3, 4, 3), 4));
        for (var i = 0; i < 2; i++)
            x = b.Relu(b.Add(x, b.BatchNorm(b.Conv(x, 4, 4, 3), 4)));
        var batch = b.Graph.Add("Slice", b.Graph.Add("Shape", x), b.Graph.Constant(0L), b.Graph.Constant(1L));
        x = b.Graph.Add("Reshape", x, b.Graph.Add("Concat", [batch, b.Graph.Constant(-1L)], [("axis", 0L)]));
        b.Graph.Add("Identity", [b.Dense(x, 4 * 256, 5)], [], output: "y");
        b.Graph.Output("y", DataType.Float, "N", 5);
        return b.Graph.Model;
    }

    [Fact]
    public void Layers_come_in_order_with_their_norms_and_without_what_prepares_the_input()
    {
        var layers = WeightedLayers.Of(Residual(), "y");
        Assert.Equal([3, 3, 3, 2], layers.Select(l => l.Parameters.Count));
        Assert.Equal("conv1", layers[0].Parameters[0]);
        Assert.StartsWith("scale", layers[1].Parameters[1], StringComparison.Ordinal);
        Assert.StartsWith("dense", layers[3].Parameters[0], StringComparison.Ordinal);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Front_and_tail_in_turn_give_what_the_whole_gives(int trained)
    {
        var model = Residual();
        var parameters = WeightedLayers.Of(model, "y").TakeLast(trained).SelectMany(l => l.Parameters).ToList();
        var cut = NetworkCut.Before(model, "y", parameters);
        var names = cut.Tail.Graph.Initializer.Select(t => t.Name).ToHashSet();
        Assert.All(parameters, p => Assert.Contains(p, names));
        Assert.DoesNotContain(cut.Front.Graph.Initializer, t => parameters.Contains(t.Name));
        // Behind the first convolution, a block needs the image once for both of its ways.
        Assert.Equal(4 * 256, cut.Length);

        using var whole = new OnnxSession(model);
        using var front = new OnnxSession(cut.Front);
        using var tail = new OnnxSession(cut.Tail);
        using var a = whole.CreateBatch(2);
        using var b = front.CreateBatch(2);
        using var c = tail.CreateBatch(2);
        foreach (ref var value in a.Input<float>("x"))
            value = Random.Shared.NextSingle();
        a.Input<float>("x").CopyTo(b.Input<float>("x"));
        a.Run();
        b.Run();
        foreach (var (name, _) in cut.Values)
            b.Output<float>(name).CopyTo(c.Input<float>(name));
        c.Run();
        for (var i = 0; i < 10; i++)
            Assert.Equal(a.Output<float>("y")[i], c.Output<float>("y")[i], 1e-4);
    }
}
