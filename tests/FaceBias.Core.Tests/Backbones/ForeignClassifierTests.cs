using FaceBias.Core.Backbones;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Tests;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Backbones;

/// <summary>Anybody's classifier: scores are found, classes named, numbers made probabilities.</summary>
public class ForeignClassifierTests
{
    private readonly string _folder = TestPaths.NewFolder();

    private string Save(int classes, Func<GraphBuilder, string, string> last, Action<ModelProto>? change = null)
    {
        var g = new GraphBuilder("classifier");
        var random = new Random(1);
        float[] Weights(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
        var map = g.Add("Relu",
            g.Add("Conv", g.Input("x", DataType.Float, "N", 3, 8, 8), g.Constant(Weights(6 * 27), 6, 3, 3, 3)));
        var rows = g.Add("Flatten", [g.Add("GlobalAveragePool", map)], [("axis", 1)]);
        var scores = last(g, g.Add("Gemm", rows, g.Constant(Weights(6 * classes), 6, classes)));
        g.Output(g.Add("Identity", [scores], [], output: "out"), DataType.Float, "N", classes);
        change?.Invoke(g.Model);
        var path = Path.Combine(_folder, "model.onnx");
        OnnxFile.Write(g.Model, path);
        return path;
    }

    [Fact]
    public void Logits_become_probabilities_and_probabilities_stay()
    {
        var logits = ForeignClassifier.Open(Save(3, (_, v) => v), new(), ["a", "b", "c"]);
        Assert.Equal(6, logits.FeatureCount);
        Assert.Contains(logits.Notes, n => n.Contains("softmax", StringComparison.Ordinal));
        var read = logits.ToProbabilities([0, 0, MathF.Log(2), 1, 1, 1]);
        float[] expected = [0.25f, 0.25f, 0.5f, 1 / 3f, 1 / 3f, 1 / 3f];
        for (var i = 0; i < read.Length; i++)
            Assert.Equal(expected[i], read[i], 1e-6f);
        var softmax = ForeignClassifier.Open(Save(3, (g, v) => g.Add("Softmax", v)), new(), ["a", "b", "c"]);
        Assert.Equal([0.2f, 0.3f, 0.5f], softmax.ToProbabilities([0.2f, 0.3f, 0.5f]));
    }

    [Theory]
    [InlineData(true, 0.7f)]
    [InlineData(false, 0.668188f)]
    public void One_score_is_of_the_second_class(bool sigmoid, float expected)
    {
        var one = ForeignClassifier.Open(Save(1, (g, v) => sigmoid ? g.Add("Sigmoid", v) : v), new(), ["no", "yes"]);
        var read = one.ToProbabilities([0.7f]);
        Assert.Equal(1 - expected, read[0], 1e-5f);
        Assert.Equal(expected, read[1], 1e-5f);
    }

    [Fact]
    public void Scores_behind_the_name_of_a_class_are_found_and_the_file_may_name_them()
    {
        var path = Save(3, (_, v) => v, model =>
        {
            var g = new GraphBuilder(model);
            model.Graph.Output.Clear();
            g.Output(g.Add("ArgMax", ["out"], [("axis", 1)]), DataType.Int64, "N", 1);
            model.SetMetadata("names", "{0: 'cat', 1: 'dog', 2: 'bird'}");
        });
        Assert.Equal(["cat", "dog", "bird"], ForeignClassifier.Open(path, new(), null).Classes);
    }

    [Fact]
    public void What_is_missing_is_asked_for_with_the_option()
    {
        var path = Save(3, (_, v) => v);
        Assert.Contains("Classes",
            Assert.Throws<FaceBiasException>(() => ForeignClassifier.Open(path, new(), null)).Message,
            StringComparison.Ordinal);
        Assert.Contains("no value of 5 scores per picture; it has 'out' [N, 3]",
            Assert.Throws<FaceBiasException>(
                () => ForeignClassifier.Open(path, new(), ["a", "b", "c", "d", "e"])).Message,
                StringComparison.Ordinal);
        Assert.Contains("all different",
            Assert.Throws<FaceBiasException>(() => ForeignClassifier.Open(path, new(), ["a", "a", "c"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("does not fit 2 classes",
            Assert.Throws<FaceBiasException>(
                () => ForeignClassifier.Open(path, new ImportOverrides { Features = "out" }, ["a", "b"])).Message,
                StringComparison.Ordinal);
    }
}
