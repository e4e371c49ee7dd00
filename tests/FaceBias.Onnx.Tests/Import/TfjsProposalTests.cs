using FaceBias.Onnx.Import;
using FaceBias.Tests;

namespace FaceBias.Onnx.Tests.Import;

/// <summary>TensorFlow.js models of other people: where their features are, and models within models, as transfer
/// learning and Teachable Machine make them.</summary>
public class TfjsProposalTests
{
    private const int Side = 5;

    private static readonly Picture Face = Picture.Random(Side, Side, 3);

    private static readonly ImportOverrides Unit = new() { Mean = [0], Scale = [1 / 255f] };

    private static float[] Features(string path, string expected)
    {
        var proposal = ImportProposal.For(path, Unit);
        Assert.Equal(expected, proposal.Spec.Features);
        return Running.Run(ModelImporter.ImportFile(path, proposal.Spec), "features", Face);
    }

    private static double[] Relu(double[] values) => [.. values.Select(v => Math.Max(0, v))];

    [Fact]
    public void Sequential_models_of_a_backbone_and_a_head_are_one_chain()
    {
        var backbone = new TfjsWriter(Side, Side);
        backbone.Layer("InputLayer", "in", "{}");
        backbone.Layer("Conv2D", "c", """{"padding":"same","use_bias":false,"activation":"relu"}""", "in");
        var features = new TfjsWriter(Side, Side);
        features.Model("backbone", backbone, sequential: false);
        features.Layer("GlobalAveragePooling2D", "gap", "{}");
        var head = new TfjsWriter(Side, Side);
        head.Layer("Dense", "fc1", """{"units":6,"use_bias":false,"activation":"relu"}""");
        head.Layer("Dense", "fc2", """{"units":2,"use_bias":false,"activation":"softmax"}""");
        var w = new TfjsWriter(Side, Side);
        w.Model("features", features, sequential: true);
        w.Model("head", head, sequential: true);
        var kernel = w.Weight("c/kernel", Weights.Random(1, 3, 3, 3, 4));
        var first = w.Weight("fc1/kernel", Weights.Random(2, 4, 6));
        w.Weight("fc2/kernel", Weights.Random(3, 6, 2));
        var path = w.WriteLayers(TestPaths.NewFolder(), sequential: true);
        var means = Face.Map(v => v / 255).Conv(kernel, 1, true).Map(v => Math.Max(0, v)).Mean();
        var expected = Relu(Weights.Times(means, first));
        Running.AssertClose(expected, Features(path, "fc1"), 5e-6);
        // What is asked for may lie within, or be a model's own value.
        var inner = Running.ImportTfjs(path, Running.Plain(Side, Side), "gap", new NamedOutput("head", "scores"));
        Assert.Equal(4, Running.Run(inner, "features", Face).Length);
        Assert.Equal(1, Running.Run(inner, "scores", Face).Sum(), 1e-6);
    }

    /// <summary>The layers of a model within a model may be named like those around it.</summary>
    [Fact]
    public void A_model_within_a_functional_one_is_called_with_its_value()
    {
        var backbone = new TfjsWriter(Side, Side);
        backbone.Layer("InputLayer", "in", "{}");
        backbone.Layer("Conv2D", "c", """{"padding":"same","use_bias":false}""", "in");
        var w = new TfjsWriter(Side, Side);
        w.Layer("InputLayer", "in", "{}");
        w.Layer("Rescaling", "scaled", """{"scale":0.5,"offset":1}""", "in");
        w.Model("backbone", backbone, sequential: false, "scaled");
        w.Layer("GlobalMaxPooling2D", "max", "{}", "backbone");
        w.Layer("Dense", "fc", """{"units":2,"use_bias":false}""", "max");
        var kernel = w.Weight("c/kernel", Weights.Random(1, 3, 3, 3, 4));
        w.Weight("fc/kernel", Weights.Random(3, 4, 2));
        var path = w.WriteLayers(TestPaths.NewFolder());
        var map = Face.Map(v => v / 255 * 0.5 + 1).Conv(kernel, 1, true);
        var expected = Enumerable.Range(0, 4).Select(c => (from y in Enumerable.Range(0, Side)
                                                           from x in Enumerable.Range(0, Side)
                                                           select map[y, x, c]).Max()).ToArray();
        Running.AssertClose(expected, Features(path, "max"), 5e-6);
        Assert.Contains("scaled", ImportProposal.For(path, new ImportOverrides()).Reasons.Single(
            r => r.Contains("normalises by itself", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void Graph_models_too_and_their_outputs_are_listed_for_scores()
    {
        var w = new TfjsWriter(Side, Side);
        w.Placeholder();
        w.Ints("places", 1, 2);
        var kernel = w.Const("k", Weights.Random(1, 3, 3, 3, 4));
        w.Const("m", Weights.Random(2, 4, 2));
        w.Node("Conv2D", "conv", ["x", "k"], TfjsWriter.Window(1, same: true));
        w.Node("Mean", "mean", ["conv", "places"]);
        w.Node("MatMul", "scores", ["mean", "m"]);
        w.Node("Softmax", "probabilities", ["scores"]);
        var path = w.WriteGraph(TestPaths.NewFolder());
        Running.AssertClose(Face.Map(v => v / 255).Conv(kernel, 1, true).Mean(), Features(path, "mean"), 5e-6);
        var usable = Assert.Single(UsableValues.Find(path, ImportProposal.For(path, Unit with { Features = "" }).Spec));
        Assert.Equal(("probabilities", "[N, 2]"), (usable.Name, usable.Shape));
    }

    [Fact]
    public void Two_pictures_are_refused_by_name()
    {
        var w = new TfjsWriter(Side, Side);
        w.Layer("InputLayer", "left", "{}");
        w.Layer("InputLayer", "right", "{}");
        w.Layer("Add", "sum", "{}", "left", "right");
        var message = Assert.Throws<FaceBiasException>(
            () => ImportProposal.For(w.WriteLayers(TestPaths.NewFolder()), Unit)).Message;
        Assert.Contains("takes 2 inputs: 'left', 'right'", message, StringComparison.Ordinal);
    }
}
