using FaceBias.Core.Mitigation;
using FaceBias.Core.Mitigation.Methods;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Mitigation;

/// <summary>The methods' formulas by numbers computed by hand.</summary>
public class FormulaTests
{
    [Fact]
    public void GroupDro_moves_its_weights_towards_the_group_that_loses_most()
    {
        // Two groups of one sample each, logits (0, 0) and (ln 3, 0), truth 0 and 1: losses ln 2 and ln 4.
        var g = new GraphBuilder("dro");
        g.Input("x", DataType.Float, 2, 1);
        g.Input("truth", DataType.Int64, 2);
        g.Initializer(Tensors.Float("w", [(float)Math.Log(3), 0], 1, 2));
        var logits = g.Add("MatMul", "x", "w");
        var loss = GroupDro.Loss(new HeadValues(g, 2, 2, false, new Dictionary<string, (string, string)> { [""] = ("x", logits) }), 2, 1, out var next);
        using var session = new TrainingSession(g.Model, loss, ["w"], new Sgd(), new() { Fetch = [next], Threads = 1 });
        session.Input<float>("x")[1] = 1;
        session.Input<long>("truth")[1] = 1;
        session.Input<float>("q").Fill(0.5f);
        session.Input<float>("membership")[0] = session.Input<float>("membership")[3] = 1;
        var value = session.Step(1);
        // q = (.5 · 2, .5 · 4) / 3 = (1/3, 2/3); loss = ln 2 / 3 + 2 ln 4 / 3 = 5/3 ln 2.
        Assert.Equal([1 / 3f, 2 / 3f], session.Output<float>(next).ToArray().Select(v => MathF.Round(v, 6)), new Near(1e-5f));
        Assert.Equal(5 / 3.0 * Math.Log(2), value, 1e-5);
        // q is a constant: dL/dw = 2/3 · (p - truth) x with p = (3/4, 1/4), so w moves by -2/3 · (3/4, -3/4).
        Assert.Equal([(float)(Math.Log(3) - 0.5), 0.5f], session.GetParameter("w"), new Near(1e-5f));
    }

    [Fact]
    public void The_error_set_of_JTT_is_what_is_misclassified() => Assert.Equal(
        [false, true, true, false], Jtt.ErrorSet([2, 1, 2, 1, 1, 1, 0, 3], [0, 1, 1, 1], 2));

    [Fact]
    public void A_balanced_weighting_gives_every_group_the_same_sum() => Assert.Equal(
        [1 / 3.0, 1 / 3.0, 1 / 3.0, 1, 0], Dfr.Balanced([0, 0, 0, 1, 1], 2, i => i != 4));

    [Fact]
    public void Averages_are_what_their_names_say()
    {
        var figures = GroupFigures.Of([1, 1, 1, 0, 1, 0], [0, 0, 0, 0, 1, 1], 3, isError: false);
        Assert.Equal([0.75, 0.5, double.NaN], figures.Values);
        Assert.Equal((0.5, 0.75, 0.625), (figures.Worst, figures.Best, figures.GroupAverage));
        Assert.Equal(4 / 6.0, figures.RowAverage, 12);
        Assert.Equal(0.1 * 0.75 + 0.9 * 0.5, figures.Weighted([1, 9, 5]), 12);
        var errors = GroupFigures.Of([1, 3, 5], [0, 1, 1], 2, isError: true);
        Assert.Equal((4.0, 1.0, 1), (errors.Worst, errors.Best, errors.WorstGroup));
    }

    [Fact]
    public void A_search_begins_with_the_published_values_and_hangs_on_seed_and_trial_alone()
    {
        var space = new Jtt().Space;
        Assert.Equal(Settings.Defaults(space).ToString(), Settings.Draw(space, "jtt", 5, 0).ToString());
        Assert.Equal(Settings.Draw(space, "jtt", 5, 3).ToString(), Settings.Draw(space, "jtt", 5, 3).ToString());
        Assert.NotEqual(Settings.Draw(space, "jtt", 5, 3).ToString(), Settings.Draw(space, "jtt", 6, 3).ToString());
        foreach (var h in space)
            for (var t = 1; t < 50; t++)
                Assert.InRange(Settings.Draw(space, "jtt", 5, t)[h.Name], h.Low, h.High);
    }

    private sealed class Near(float tolerance) : IEqualityComparer<float>
    {
        public bool Equals(float x, float y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(float value) => 0;
    }
}
