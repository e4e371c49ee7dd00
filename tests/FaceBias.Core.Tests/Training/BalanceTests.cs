using FaceBias.Core.Heads.Fit;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Tables;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Training;

public class BalanceTests
{
    [Fact]
    public void A_class_is_drawn_as_often_as_the_root_of_its_size()
    {
        // 900 and 100 rows: 30 to 10.
        var codes = Target.From(
            new TextColumn("t", [.. Enumerable.Range(0, 1000).Select(i => (string?)(i < 900 ? "many" : "few"))]), null);
        int[] images = [.. Enumerable.Range(0, 1000)];
        var order = BalancedOrder.Of(images, TrainingTarget.Create(codes, images, new()), 3);
        var few = Enumerable.Range(1, 20).Sum(epoch => order.Draw(epoch).Rows.Count(i => i >= 900)) / 20_000.0;
        Assert.Equal(0.25, few, 0.02);
        Assert.Equal(order.Draw(4).Rows,
            BalancedOrder.Of(images, TrainingTarget.Create(codes, images, new()), 3).Draw(4).Rows);
        Assert.NotEqual(order.Draw(4).Rows, order.Draw(5).Rows);
    }

    [Fact]
    public void A_number_is_balanced_over_ten_bands_of_its_range()
    {
        double[] ages = [.. Enumerable.Range(0, 400).Select(i => i < 360 ? i % 10 : 90.0 + (i % 10))];
        var target = Target.From(new NumberColumn("age", ages), TargetKind.Numeric);
        int[] images = [.. Enumerable.Range(0, 400)];
        var order = BalancedOrder.Of(images, TrainingTarget.Create(target, images, new()), 1);
        var old = Enumerable.Range(1, 20).Sum(epoch => order.Draw(epoch).Rows.Count(i => i >= 360)) / 8000.0;
        // 0-9 lies within the first band of 0 to 99, 90-99 in the last: √40 / (√40 + √360) = 1/4.
        Assert.Equal(0.25, old, 0.03);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2.5)]
    public void The_focal_loss_weighs_the_cross_entropy(double gamma)
    {
        var g = new GraphBuilder("focal");
        g.Input("labels", DataType.Int64, 2);
        // Probabilities of the labels: 3/4 and 1/2.
        g.Initializer(Tensors.Float("logits", [(float)Math.Log(3), 0, 1, 1], 2, 2));
        var loss = Losses.SoftmaxCrossEntropy(g, "logits", "labels", 2, focal: gamma);
        using var session = new TrainingSession(g.Model, loss, ["logits"], new Sgd(), new() { Threads = 1 });
        session.Input<long>("labels")[1] = 1;
        double F(double p) => Math.Pow(1 - p, gamma) * -Math.Log(p);
        Assert.Equal((F(0.75) + F(0.5)) / 2, session.Step(1), 1e-5);
        // The gradient by a difference quotient of the first logit.
        double At(double x) => (F(Math.Exp(x) / (Math.Exp(x) + 1)) + F(0.5)) / 2;
        var slope = (At(Math.Log(3) + 1e-4) - At(Math.Log(3) - 1e-4)) / 2e-4;
        Assert.Equal(Math.Log(3) - slope, session.GetParameter("logits")[0], 1e-4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2.5)]
    public void A_numbers_loss_counts_what_can_be_learnt_alone(double smoothing)
    {
        // Two values that smoothing does not join, as often as each other: a coin, whatever the width of the labels.
        var target = Target.From(
            new NumberColumn("age", [20, 60, 20, 60, 1, 80]), TargetKind.Numeric);
        var options = new TrainOptions { LabelSmoothing = smoothing };
        Assert.Equal(Math.Log(2), TrainingTarget.Create(target, [0, 1, 2, 3], options).BaselineCrossEntropy, 1e-5);
    }
}
