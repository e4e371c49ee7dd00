using FaceBias.Onnx.Gradients;
using FaceBias.Onnx.Graphs;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Gradients;

/// <summary>The way gradients take through a graph.</summary>
public class GradientTests
{
    [Fact]
    public void A_value_used_several_times_gets_the_sum() => GradientCheck.Check(
        [GradientCheck.Random(1, [3]), GradientCheck.Random(2, [3])], [[3], [3]],
        (g, _, x) =>
        {
            var square = g.Add("Mul", x[0], x[0]);
            var mixed = g.Add("Mul", square, x[1]);
            return g.Add("Add", g.Add("Mul", mixed, square), g.Add("Tanh", g.Add("Sub", mixed, x[0])));
        });

    [Fact]
    public void An_unknown_operator_on_the_way_is_named()
    {
        var g = new GraphBuilder("unknown");
        var x = g.Input("x", DataType.Float, 2, 2);
        var loss = g.Add("ReduceSum", [g.Add("Det", g.Add("Mul", x, x))], [("keepdims", 0L)]);
        var e = Assert.Throws<FaceBiasException>(() => Gradient.Of(g, loss, [x]));
        Assert.Contains("The operator Det (node 'Det_1')", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_operator_off_the_way_does_not_matter()
    {
        var g = new GraphBuilder("unknown");
        var x = g.Input("x", DataType.Float, 2, 2);
        var w = g.Input("w", DataType.Float);
        var loss = g.Add("ReduceSum", [g.Add("Mul", g.Add("Det", x), w)], [("keepdims", 0L)]);
        // Behind the loss it does not matter either.
        g.Add("Det", g.Add("Expand", loss, g.Constant(2, 2)));
        Assert.True(Gradient.Of(g, loss, [w]).ContainsKey(w));
    }

    [Fact]
    public void A_value_without_influence_is_left_out()
    {
        var g = new GraphBuilder("apart");
        var (a, b) = (g.Input("a", DataType.Float), g.Input("b", DataType.Float));
        Assert.Equal([a], Gradient.Of(g, g.Add("Exp", a), [a, b]).Keys);
    }

    [Fact]
    public void A_loss_with_several_elements_is_refused()
    {
        var g = new GraphBuilder("many");
        var a = g.Input("a", DataType.Float, 3);
        var loss = g.Add("Exp", a);
        Assert.Contains("has 3 elements", Assert.Throws<FaceBiasException>(() => Gradient.Of(g, loss, [a])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_dimension_that_may_vary_is_refused()
    {
        var g = new GraphBuilder("open");
        var a = g.Input("a", DataType.Float, "N");
        var loss = g.Add("ReduceSum", [a], [("keepdims", 0L)]);
        Assert.Contains("Input 'a'", Assert.Throws<FaceBiasException>(() => Gradient.Of(g, loss, [a])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Shapes_computed_in_the_graph_are_followed() => GradientCheck.Check(
        [GradientCheck.Random(1, [2, 3, 2])], [[2, 3, 2]],
        (g, _, x) =>
        {
            var first = g.Add("Slice", g.Add("Shape", x[0]), g.Constant(0L), g.Constant(1L));
            return g.Add("Reshape", g.Add("Exp", x[0]), g.Add("Concat", [first, g.Constant(-1L)], [("axis", 0L)]));
        });

    /// <summary>As queries, keys and values are cut from one product.</summary>
    [Fact]
    public void The_gradients_of_parts_of_one_value_are_joined()
    {
        static string Parts(GraphBuilder g, string x)
        {
            string Part(long from, long to) => g.Add("Slice", x, g.Constant(from), g.Constant(to), g.Constant(1L));
            return g.Add("Add", g.Add("Mul", g.Add("Exp", Part(2, 4)), Part(0, 2)), g.Add("Tanh", Part(4, 6)));
        }

        GradientCheck.Check([GradientCheck.Random(1, [3, 6])], [[3, 6]], (g, _, x) => Parts(g, x[0]));
        var built = new GraphBuilder("parts");
        var x = built.Input("x", DataType.Float, 3, 6);
        var found = Gradient.Of(built, built.Add("ReduceSum", [Parts(built, x)], [("keepdims", 0L)]), [x]);
        Assert.Equal("Concat", built.Graph.Node.Single(n => n.Output[0] == found[x]).OpType);
    }

    /// <summary>Parts that lie over each other, or leave something out, have to be added.</summary>
    [Theory]
    [InlineData(0, 3, 2, 6)]
    [InlineData(0, 2, 3, 6)]
    [InlineData(1, 3, 3, 6)]
    public void The_gradients_of_other_parts_are_added(long from, long to, long next, long end) => GradientCheck.Check(
        [GradientCheck.Random(1, [3, 6])], [[3, 6]],
        (g, _, x) =>
        {
            string Sum(long a, long b) =>
                g.Add("ReduceSum", [g.Add("Exp", g.Add("Slice", x[0], g.Constant(a), g.Constant(b), g.Constant(1L))),
                    g.Constant(1L)], []);
            return g.Add("Mul", Sum(from, to), Sum(next, end));
        });

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void An_attention_has_the_gradients_of_its_formula(int width)
    {
        long[][] shapes = [[2, 5, 3], [2, 5, 3], [2, 5, width]];
        GradientCheck.Check([.. shapes.Select((s, i) => GradientCheck.Random(i, s))], shapes, (g, _, x) =>
        {
            var scores = g.Add("MatMul", x[0], g.Add("Transpose", [x[1]], [("perm", new[] { 0L, 2, 1 })]));
            return g.Add("Tanh", g.Add("MatMul", g.Add("Softmax", [scores], [("axis", -1L)]), x[2]));
        });
    }
}
