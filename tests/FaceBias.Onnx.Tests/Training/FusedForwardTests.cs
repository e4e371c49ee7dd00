using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

/// <summary>Layer norms and Gaussian error units that exporters take apart train as one node and by the same
/// gradients.</summary>
public class FusedForwardTests
{
    private static readonly string[] Trained = ["w", "scale", "shift", "last"];

    [Theory]
    [InlineData("Pow", "Div", false)]
    [InlineData("Mul", "Mul", true)]
    public void What_was_taken_apart_trains_the_same_as_one_node(string square, string root, bool halfFirst)
    {
        var model = Block(square, root, halfFirst);
        Assert.Contains(Operators(model, []), o => o == "Gelu");
        Assert.Contains(Operators(model, []), o => o == "LayerNormalization");
        // What is fetched in between keeps the nodes apart.
        Assert.DoesNotContain(Operators(model, ["variance", "unit"]), o => o is "Gelu" or "LayerNormalization");
        var (one, apart) = (Stepped(model, []), Stepped(model, ["variance", "unit"]));
        foreach (var name in Trained)
        {
            var largest = apart[name].Max(Math.Abs);
            Assert.All(one[name].Zip(apart[name]), p => Assert.Equal(p.First, p.Second, 2e-6f * largest));
        }
    }

    [Fact]
    public void A_mean_over_another_axis_stays_as_it_is()
    {
        var model = Block("Pow", "Div", false, axis: 0);
        Assert.DoesNotContain(Operators(model, []), o => o == "LayerNormalization");
    }

    private static ModelProto Block(string square, string root, bool halfFirst, long axis = -1)
    {
        var g = new GraphBuilder("block");
        var x = g.Add("MatMul", g.Input("x", DataType.Float, 6, 8),
            g.Initializer(Initialisation.Uniform("w", 1, 1, 8, 8)));
        string Mean(string value) => g.Add("ReduceMean", value, g.Constant(axis));
        var centred = g.Add("Sub", x, Mean(x));
        var squared = square == "Pow" ? g.Add("Pow", centred, g.Constant(2f)) : g.Add("Mul", centred, centred);
        var variance = g.Add("ReduceMean", [squared, g.Constant(axis)], [], output: "variance");
        var normal = g.Add("Div", centred, g.Add("Sqrt", g.Add("Add", variance, g.Constant(1e-5f))));
        x = g.Add("Add", g.Add("Mul", normal, g.Initializer(Initialisation.Uniform("scale", 2, 1, 8))),
            g.Initializer(Initialisation.Uniform("shift", 3, 1, 8)));
        var scaled = root == "Div" ? g.Add("Div", x, g.Constant(MathF.Sqrt(2)))
            : g.Add("Mul", x, g.Constant(MathF.Sqrt(0.5f)));
        var unit = g.Add("Erf", [scaled], [], output: "unit");
        var sum = g.Add("Add", unit, g.Constant(1f));
        x = halfFirst ? g.Add("Mul", g.Add("Mul", x, g.Constant(0.5f)), sum)
            : g.Add("Mul", g.Add("Mul", x, sum), g.Constant(0.5f));
        var y = g.Add("MatMul", x, g.Initializer(Initialisation.Uniform("last", 4, 1, 8, 3)));
        g.Add("Identity", [g.Add("ReduceMean", [g.Add("Mul", y, y)], [("keepdims", 0L)])], [], output: "loss");
        return g.Model;
    }

    private static IEnumerable<string> Operators(ModelProto model, string[] fetch) => TrainingGraph.Build(
        model, "loss", Trained, new Sgd(), new TrainingSessionOptions { Fetch = fetch }).Step.Graph.Node.Select(
            n => n.OpType);

    private static Dictionary<string, float[]> Stepped(ModelProto model, string[] fetch)
    {
        using var session = new TrainingSession(model, "loss", Trained, new Sgd(),
            new TrainingSessionOptions { Fetch = fetch });
        var input = session.Input<float>("x");
        for (var i = 0; i < input.Length; i++)
            input[i] = MathF.Sin(i * 1.3f);
        // A long step: of the parameters only the gradients are left.
        session.Step(1e6);
        return session.GetParameters();
    }
}
