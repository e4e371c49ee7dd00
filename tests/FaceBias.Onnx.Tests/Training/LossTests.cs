using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

/// <summary>Losses against numbers worked out by hand.</summary>
public class LossTests
{
    private static readonly double Log2 = Math.Log(2);

    private static float Value(Func<GraphBuilder, string> build)
    {
        var g = new GraphBuilder("loss");
        g.Add("Identity", [build(g)], [], output: "loss");
        g.Output("loss", DataType.Float);
        using var session = new OnnxSession(g.Model, new OnnxSessionOptions { Threads = 1 });
        using var batch = session.CreateBatch(1);
        batch.Run();
        return batch.Output<float>("loss")[0];
    }

    private static string Labels(GraphBuilder g, params long[] labels) => g.Constant(labels.AsSpan());

    private static string Floats(GraphBuilder g, params float[] values) => g.Constant(values, values.Length);

    /// <summary>Probabilities 1/2, 1/4, 1/4 and 1/4, 1/4, 1/2.</summary>
    private static string Logits(GraphBuilder g) => g.Constant(
        [(float)Log2, 0, 0, 0, 0, (float)Log2], 2, 3);

    [Fact]
    public void Cross_entropy_is_the_mean_of_minus_log_p() =>
        Assert.Equal((Log2 + 2 * Log2) / 2, Value(g => Losses.SoftmaxCrossEntropy(g, Logits(g), Labels(g, 0, 1), 3)),
            1e-6);

    [Fact]
    public void Class_weights_weigh_the_mean_by_the_labels()
    {
        var loss = Value(g => Losses.SoftmaxCrossEntropy(g, Logits(g), Labels(g, 0, 1), 3, classWeights: [3, 1, 1]));
        Assert.Equal((3 * Log2 + 2 * Log2) / 4, loss, 1e-6);
    }

    [Fact]
    public void Label_smoothing_spreads_a_share_over_all_classes()
    {
        // 0.7 for the label and 0.1 for every class: 0.7 * 1 + 0.1 * (1 + 2 + 2) = 1.2 log 2.
        var loss = Value(g => Losses.SoftmaxCrossEntropy(g, Logits(g), Labels(g, 0, 2), 3, labelSmoothing: 0.3));
        Assert.Equal(1.2 * Log2, loss, 1e-6);
    }

    [Fact]
    public void A_sample_of_weight_zero_does_not_count()
    {
        var loss = Value(
            g => Losses.SoftmaxCrossEntropy(g, Logits(g), Labels(g, 0, -1), 3, sampleWeights: Floats(g, 1, 0)));
        Assert.Equal(Log2, loss, 1e-6);
        Assert.Equal(0, Value(g => Losses.L1(g, Floats(g, 1, 2), Floats(g, 4, 4), Floats(g, 0, 0))));
    }

    [Fact]
    public void Soft_targets_mix_the_classes()
    {
        var loss = Value(g => Losses.SoftCrossEntropy(g, Logits(g), g.Constant([0.5f, 0.5f, 0, 0, 0, 1], 2, 3)));
        Assert.Equal((1.5 * Log2 + Log2) / 2, loss, 1e-6);
    }

    [Fact]
    public void Binary_cross_entropy_stays_finite_for_large_logits()
    {
        var loss = Value(g => Losses.BinaryCrossEntropy(g, Floats(g, 0, 1000, -1000), Floats(g, 1, 1, 1)));
        Assert.Equal((Log2 + 0 + 1000) / 3, loss, 1e-4);
    }

    [Fact]
    public void Weights_of_positives_weigh_the_targets_share_alone()
    {
        // Logit 0: log 2 each. Targets 1, 0 with weights 3, 5: (3 log 2 + log 2) / 2; half a target: (3/2 + 1/2) log 2.
        var loss = Value(
            g => Losses.BinaryCrossEntropy(g, g.Constant([0f, 0], 1, 2), g.Constant([1f, 0], 1, 2),
                positiveWeights: [3, 5]));
        Assert.Equal(2 * Log2, loss, 1e-6);
        Assert.Equal(2 * Log2,
            Value(g => Losses.BinaryCrossEntropy(g, g.Constant([0f], 1, 1), g.Constant([0.5f], 1, 1),
                positiveWeights: [3])), 1e-6);
        Assert.Equal(3 * Math.Log(1 + Math.Exp(-2)),
            Value(g => Losses.BinaryCrossEntropy(g, g.Constant([2f], 1, 1), g.Constant([1f], 1, 1),
                positiveWeights: [3])), 1e-6);
    }

    [Fact]
    public void Distances()
    {
        Assert.Equal(2.5, Value(g => Losses.L1(g, Floats(g, 1, 2), Floats(g, 3, -1))), 1e-6);
        Assert.Equal(6.5, Value(g => Losses.MeanSquared(g, Floats(g, 1, 2), Floats(g, 3, -1))), 1e-6);
        // e = 0.5 is within delta = 1, e = 3 is not: (0.125 + 2.5) / 2.
        Assert.Equal(1.3125, Value(g => Losses.Huber(g, Floats(g, 1, 2), Floats(g, 1.5f, -1))), 1e-6);
    }

    [Fact]
    public void Gaussian_likelihood_and_divergence()
    {
        // log variance 0 and error 2: 2; log variance log 4 and error 2: (log 4 + 1) / 2.
        var s = (float)Math.Log(4);
        Assert.Equal((2 + (2 * Log2 + 1) / 2) / 2,
            Value(g => Losses.GaussianNegativeLogLikelihood(g, Floats(g, 0, 0), Floats(g, 0, s), Floats(g, 2, 2))),
            1e-6);
        // Mean 1, variance 1 and mean 0, variance 4: 1/2 + (3 - log 4)/2.
        Assert.Equal(0.5 + (3 - 2 * Log2) / 2,
            Value(g => Losses.GaussianDivergence(g, g.Constant([1, 0], 1, 2), g.Constant([0, s], 1, 2))), 1e-6);
    }

    [Fact]
    public void Generalized_cross_entropy_lies_between_mean_absolute_error_and_cross_entropy()
    {
        // q = 1: 1 - p; q = 1/2: 2 (1 - sqrt p).
        Assert.Equal((0.5 + 0.75) / 2, Value(g => Losses.GeneralizedCrossEntropy(g, Logits(g), Labels(g, 0, 1), 3, 1)),
            1e-6);
        Assert.Equal((2 * (1 - Math.Sqrt(0.5)) + 1) / 2,
            Value(g => Losses.GeneralizedCrossEntropy(g, Logits(g), Labels(g, 0, 1), 3, 0.5)), 1e-6);
        Assert.Equal(1.5 * Log2, Value(g => Losses.GeneralizedCrossEntropy(g, Logits(g), Labels(g, 0, 1), 3, 1e-3)),
            1e-3);
    }

    [Fact]
    public void Combined_losses_are_weighted() =>
        Assert.Equal(2 + 0.5 * 3, Value(g => Losses.Combine(g, (g.Constant(2f), 1), (g.Constant(3f), 0.5))), 1e-6);
}
