using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

public class ScheduleTests
{
    [Fact]
    public void Schedules_at_their_corners()
    {
        Assert.Equal(0.3, Schedule.Constant(0.3)[99]);
        var cosine = Schedule.Cosine(1, 101, 0.2);
        Assert.Equal((1, 0.6, 0.2, 0.2),
            (cosine[0], Math.Round(cosine[50], 12), Math.Round(cosine[100], 12), Math.Round(cosine[500], 12)));
        var step = Schedule.Step(1, 10, 0.5);
        Assert.Equal((1, 0.5, 0.25), (step[9], step[10], step[29]));
        var warm = Schedule.Constant(1).WarmUp(4);
        Assert.Equal([0.2, 0.4, 0.6, 0.8, 1], Enumerable.Range(0, 5).Select(i => Math.Round(warm[i], 12)));
        var cycle = Schedule.OneCycle(1, 100);
        Assert.Equal(1.0 / 25, cycle[0], 1e-12);
        Assert.Equal(1, cycle[29], 1e-12);
        Assert.Equal(1.0 / 25e4, cycle[99], 1e-12);
    }

    [Fact]
    public void A_plateau_lowers_the_rate_after_its_patience()
    {
        var plateau = new Plateau(patience: 2, factor: 0.5);
        Assert.True(plateau.Report(1));
        Assert.True(plateau.Report(0.9));
        Assert.False(plateau.Report(0.95));
        Assert.False(plateau.Report(double.NaN));
        Assert.Equal(1, plateau.Factor);
        Assert.False(plateau.Report(0.9));
        Assert.Equal((0.5, 0.9), (plateau.Factor, plateau.Best));
    }

    [Fact]
    public void The_rate_finder_proposes_a_rate_below_the_explosion_and_puts_parameters_back()
    {
        var g = new GraphBuilder("square");
        g.Input("x", DataType.Float, 4);
        g.Add("Identity", [Losses.MeanSquared(g, g.Initializer(Tensors.Float("p", [3, -2, 1, 4], 4)), "x")], [],
            output: "loss");
        using var session = new TrainingSession(g.Model, "loss", ["p"], new Sgd());
        // The loss is mean((p - x)²), whose steps diverge above rate 4.
        var batches = 0;
        var (rate, curve) = LearningRateFinder.Find(
            session, () => session.Input<float>("x").Fill(batches++ % 2 == 0 ? 1 : 1.2f), 1e-4, 100);
        Assert.InRange(rate, 0.05, 4);
        Assert.True(curve[^1].Rate < 100);
        Assert.Equal([3, -2, 1, 4], session.GetParameter("p"));
    }
}
