using FaceBias.Core.Explaining;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Explaining;

/// <summary>Integrated gradients, Grad-CAM, and models that give their heat map.</summary>
public class GradientMethodTests
{
    private const int Side = 32, Channels = 8;
    private static readonly ImageSpec s_spec = new(Side, Side);
    private static readonly CategoricalOutput s_classes = new("kind", ["a", "b", "c"]);

    /// <summary>Two convolutions, a mean over places, and a head: linear, or with a hidden layer.</summary>
    private static ModelProto Network(bool linear, string last = "Softmax", int width = 3)
    {
        var b = new NetworkBuilder("net", 4, 0.3);
        var g = b.Graph;
        var x = g.Input("pixels", DataType.Float, "N", 3, Side, Side);
        x = g.Add("Mul", x, g.Constant(1 / 255f));
        x = b.Relu(b.Conv(x, 3, Channels, 3, 2, bias: true));
        x = b.Relu(b.Conv(x, Channels, Channels, 3, 2, bias: true));
        x = g.Add("Flatten", g.Add("GlobalAveragePool", x));
        if (!linear)
            x = b.Relu(b.Dense(x, Channels, 6));
        x = b.Dense(x, linear ? Channels : 6, width);
        x = last == "Softmax" ? g.Add("Softmax", [x], [("axis", 1L)]) : g.Add(last, x);
        g.Output(g.Add("Identity", [x], [], "kind"), DataType.Float, "N", width);
        return g.Model;
    }

    private static ExplainOptions Options(ExplanationMethod method) => new() { Method = method };

    [Fact]
    public void Integrated_gradients_add_up_to_the_difference_of_the_scores()
    {
        using var explainer = new GradientExplainer(new(Network(linear: false), "kind", s_classes), s_spec,
            Options(ExplanationMethod.IntegratedGradients));
        for (var column = 0; column < 3; column++)
        {
            var explanation = explainer.Explain(SuperpixelTests.Picture(Side, Side, 7), column);
            Assert.InRange(explanation.CompletenessError!.Value, 0, 0.01);
            Assert.Contains("before the softmax", explanation.Explained);
        }
    }

    [Fact]
    public void Quadrature_is_exact_for_polynomials()
    {
        var (points, weights) = IntegratedGradients.GaussLegendre(5);
        for (var power = 0; power < 10; power++)
            Assert.Equal(1.0 / (power + 1), points.Zip(weights).Sum(p => p.Second * Math.Pow(p.First, power)), 12);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void The_emitted_model_gives_the_map_of_Grad_CAM_and_the_same_answers(bool linear)
    {
        var model = Network(linear);
        var answer = new GraphAnswer(model, "kind", s_classes);
        var (extended, what) = ActivationMapModel.Extend(answer);
        Assert.Contains(linear ? "one per class" : "by the gradient in the graph", what);
        Assert.Equal(linear, extended.Graph.Node.Count == model.Graph.Node.Count + 2);
        using var plain = new OnnxSession(model);
        using var session = new OnnxSession(extended);
        using var before = plain.CreateBatch(1);
        using var after = session.CreateBatch(1);
        using var explainer = new GradientExplainer(answer, s_spec, Options(ExplanationMethod.GradCam));
        foreach (var seed in new[] { 1, 2, 3 })
        {
            var picture = SuperpixelTests.Picture(Side, Side, seed);
            picture.CopyTo(before.Input<float>("pixels"));
            picture.CopyTo(after.Input<float>("pixels"));
            before.Run();
            after.Run();
            var scores = before.Output<float>("kind").ToArray();
            Assert.All(after.Output<float>("kind").ToArray().Zip(scores), p => Assert.Equal(p.Second, p.First, 6));
            var top = Array.IndexOf(scores, scores.Max());
            for (var column = 0; column < 3; column++)
            {
                if (!linear && column != top)
                    continue;
                var map = explainer.Explain(picture, column).Layer!;
                Assert.Equal((Side / 4, Side / 4), (map.Width, map.Height));
                var emitted = after.Output<float>("heatmap").Slice(linear ? column * map.Values.Length : 0,
                    map.Values.Length).ToArray();
                Assert.All(emitted.Zip(map.Values), p => Assert.Equal(p.Second, p.First, 5));
            }
        }
    }

    [Fact]
    public void An_operator_without_a_gradient_names_the_methods_that_work()
    {
        var e = Assert.Throws<FaceBiasException>(() =>
        {
            using var explainer = new GradientExplainer(new(Network(linear: true, last: "Sin", width: 1), "kind", null),
                s_spec, Options(ExplanationMethod.GradCam));
            explainer.Explain(SuperpixelTests.Picture(Side, Side), 0);
        });
        Assert.Contains("Sin", e.Message);
        Assert.Contains("lime, kernelshap, occlusion, rise", e.Message);
    }

    [Fact]
    public void A_rounded_answer_has_no_gradient_and_that_is_said()
    {
        var model = Network(linear: true, last: "Floor", width: 1);
        foreach (var method in new[] { ExplanationMethod.GradCam, ExplanationMethod.IntegratedGradients })
        {
            var e = Assert.Throws<FaceBiasException>(() =>
            {
                using var explainer = new GradientExplainer(new(model, "kind", null), s_spec, Options(method));
                explainer.Explain(SuperpixelTests.Picture(Side, Side), 0);
            });
            Assert.Contains("zero", e.Message);
            Assert.Contains("lime", e.Message);
        }
    }
}
