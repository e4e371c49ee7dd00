using System.Text.Json.Nodes;
using FaceBias.Core.Explaining.Groups;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Tests.Reporting;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Randomness;
using FaceBias.Tests;
using FaceBias.Workflows.Explain;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Runs;

/// <summary>Explanations from files to files, with models that look at the background and nothing else.</summary>
public class ExplainRunTests(Browser browser)
{
    private const int Side = 32, Cells = 4;

    private static readonly Lazy<TinyWorld> s_world = new(() => new TinyWorld("""{"size": 48}""", 24));

    /// <summary>A foreign classifier that calls a face warm by the colour of the upper left corner, or a regressor of
    /// it.</summary>
    private static string Model(bool regressor, string? extraInput = null, bool squeezed = false,
        bool constant = false)
    {
        var g = new GraphBuilder("foreign");
        g.Input("image", DataType.Float, "N", 3, Side, Side);
        if (extraInput is not null)
            g.Input(extraInput, DataType.Float, "N", 3, Side, Side);
        long[] cell = [Side / Cells, Side / Cells];
        var pooled = g.Add("AveragePool", ["image"], [("kernel_shape", cell), ("strides", cell)]);
        if (extraInput is not null)
            pooled = g.Add("Add", pooled,
                g.Add("AveragePool", [extraInput], [("kernel_shape", cell), ("strides", cell)]));
        var features = g.Add("Flatten", pooled);
        var columns = regressor ? 1 : 2;
        var weights = new float[3 * Cells * Cells * columns];
        // Red of the corner against its blue.
        weights[columns - 1] = 0.05f;
        weights[2 * Cells * Cells * columns + columns - 1] = -0.05f;
        var scores = g.Add("Gemm", [features, g.Constant(weights, 3 * Cells * Cells, columns)], []);
        if (constant)
            scores = g.Add("Mul", scores, g.Constant([0f], 1, 1));
        if (squeezed)
            g.Output(g.Add("Reshape", scores, g.Initializer(Tensors.Int64("all", [-1L], 1))), DataType.Float, "N");
        else
            g.Output(regressor ? scores : g.Add("Softmax", [scores], [("axis", 1L)]), DataType.Float, "N", columns);
        var path = Path.Combine(TestPaths.NewFolder("foreign"), "model.onnx");
        OnnxFile.Write(g.Model, path);
        return path;
    }

    private static ExplainRunOptions Options(string model) => new()
    {
        Model = model,
        Images = [s_world.Value.Images],
        Out = TestPaths.NewFolder("explain"),
        Limit = 2,
        CurveSteps = 4,
        Road = false,
        Explain = new() { Samples = 60, Superpixels = SuperpixelMethod.Grid, Segments = 16, Fill = HiddenFill.Grey },
        Home = Path.Combine(s_world.Value.Folder, "home"),
        Import = new() { Mean = [0f], Scale = [1f] },
    };

    [Fact]
    public async Task A_foreign_classifier_is_explained_by_every_method()
    {
        var options = Options(Model(regressor: false)) with
        {
            Classes = "backdrop=cool,warm",
            Methods = [ExplanationMethod.Lime, ExplanationMethod.KernelShap, ExplanationMethod.Occlusion,
                ExplanationMethod.Rise, ExplanationMethod.IntegratedGradients, ExplanationMethod.GradCam],
            Class = "warm",
            EmitOnnx = Path.Combine(TestPaths.NewFolder("emit"), "map.onnx"),
        };
        var lines = ExplainRun.Execute(options);
        var record = JsonNode.Parse(File.ReadAllText(Path.Combine(options.Out, "explain.json")))!;
        Assert.Equal("backdrop", (string?)record["target"]);
        var pictures = record["pictures"]!.AsArray();
        Assert.Equal(12, pictures.Count);
        Assert.All(pictures, p =>
        {
            Assert.True(File.Exists(Path.Combine(options.Out, (string)p!["map"]!)));
            // Grad-CAM weighs a map by its mean gradient, and here the gradient differs from place to place.
            if ((string?)p!["method"] == "gradCam")
                return;
            var grid = p!["grid"]!.AsArray().Select(v => Math.Abs((double)v!)).ToArray();
            var top = Array.IndexOf(grid, grid.Max());
            Assert.InRange(top % 16, 0, 5);
            Assert.InRange(top / 16, 0, 5);
        });
        Assert.Contains(lines, l => l.StartsWith("gradcam: 2 heat maps"));
        Assert.Contains("data:image/jpeg", File.ReadAllText(Path.Combine(options.Out, "explain.html")));
        await browser.Judge(Path.Combine(options.Out, "explain.html"));
        using var session = new OnnxSession(options.EmitOnnx!);
        Assert.Contains(session.Outputs, o => o.Name == "heatmap");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_answer_that_never_changes_is_refused_and_no_inner_value_taken_for_it(bool regressor)
    {
        var options = Options(Model(regressor, constant: true)) with
            { Number = regressor ? "warmth" : null, Classes = regressor ? null : "backdrop=cool,warm" };
        Assert.Contains("is the same for two different pictures",
            Assert.Throws<FaceBiasException>(() => ExplainRun.Execute(options)).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_foreign_regressor_is_explained_as_a_number(bool squeezed)
    {
        var options = Options(Model(regressor: true, squeezed: squeezed)) with
            { Number = "warmth", Methods = [ExplanationMethod.Occlusion, ExplanationMethod.IntegratedGradients] };
        ExplainRun.Execute(options);
        Assert.Contains("\"explained\": \"warmth\"", File.ReadAllText(Path.Combine(options.Out, "explain.json")));
    }

    [Fact]
    public void The_causal_check_finds_the_background_and_nothing_else_that_is_not_there()
    {
        var options = Options(Model(regressor: false)) with { Classes = "backdrop=cool,warm", Class = "warm",
            Images = [], Causal = 40 };
        var lines = ExplainRun.Execute(options);
        Assert.Contains(lines,
            l => l.StartsWith("drawn faces, background cool to warm: probability of warm +")
                && l.EndsWith(", a change is shown"));
        Assert.Contains(lines, l => l.StartsWith("drawn faces, glasses no to yes") && l.EndsWith("no change is shown"));
    }

    [Fact]
    public void Groups_are_compared_by_parts_of_the_face()
    {
        var options = Options(Model(regressor: false)) with
        {
            Classes = "backdrop=cool,warm", Class = "warm", Labels = s_world.Value.Labels, GroupBy = "gender",
            Limit = 16, Methods = [ExplanationMethod.GradCam], CurveSteps = 0, Repeats = 1,
            Permutations = 200, Aligned = true,
        };
        var lines = ExplainRun.Execute(options);
        Assert.Contains(lines,
            l => l.StartsWith("gradcam, gender") && (l.Contains("no difference") || l.Contains("not compared")));
        Assert.Contains(lines, l => l.StartsWith("The parts of the face are those of an aligned crop"));
        Assert.Contains("those of an aligned crop", File.ReadAllText(Path.Combine(options.Out, "explain.html")));
    }

    [Theory]
    [InlineData("Class", "tepid", "has no class 'tepid'; it has cool, warm")]
    [InlineData("Target", "race", "does not answer 'race'")]
    [InlineData("GroupBy", "height", "who belongs to which")]
    [InlineData("Images", "", "nothing to explain")]
    public void What_does_not_exist_is_said(string option, string value, string says)
    {
        var options = Options(Model(regressor: false)) with { Classes = "backdrop=cool,warm" };
        options = option switch
        {
            "Class" => options with { Class = value },
            "Target" => options with { Target = value },
            "GroupBy" => options with { GroupBy = value },
            _ => options with { Images = [] },
        };
        Assert.Contains(says, Assert.Throws<FaceBiasException>(() => ExplainRun.Execute(options)).Message);
    }

    [Fact]
    public void A_model_of_two_inputs_is_refused_and_a_picture_of_one_colour_is_that_pictures_fault()
    {
        Assert.Contains("input",
            Assert.Throws<FaceBiasException>(
                () => ExplainRun.Execute(
                    Options(Model(regressor: false, extraInput: "second")) with
                        { Classes = "backdrop=cool,warm" })).Message);
        var folder = TestPaths.NewFolder("one-colour");
        File.Copy(Directory.GetFiles(s_world.Value.Images).Order().First(), Path.Combine(folder, "a.jpg"));
        File.WriteAllText(Path.Combine(folder, "b.ppm"),
            "P3\n2 2\n255\n" + string.Concat(Enumerable.Repeat("90 80 70\n", 4)));
        File.WriteAllText(Path.Combine(folder, "c.jpg"), "no picture");
        var options = Options(Model(regressor: false)) with { Classes = "backdrop=cool,warm", Images = [folder],
            Limit = 0, Methods = [ExplanationMethod.Occlusion] };
        var lines = ExplainRun.Execute(options);
        Assert.Contains(lines, l => l.StartsWith("'b.ppm' was not explained") && l.Contains("one colour"));
        Assert.Contains(lines, l => l.StartsWith("'c.jpg' was not explained"));
        Assert.Contains(lines, l => l.StartsWith("occlusion: 1 heat maps"));
    }

    [Fact]
    public void A_difference_between_groups_is_found_and_chance_is_not()
    {
        var random = new RandomSource(3).Stream("shares");
        double[] Row(double mouth)
        {
            var row = Enumerable.Range(0, FaceRegions.Names.Count).Select(_ => 0.1 + 0.02 * random.NextNormal())
                .ToArray();
            row[^1] += mouth;
            return row;
        }
        double[][] Rows(double mouth) => [.. Enumerable.Range(0, 40).Select(_ => Row(mouth))];
        var found = GroupRelevance.Compare("a", "b", FaceRegions.Names, Rows(0), Rows(0.02), 500, 1);
        Assert.Equal("mouth", found.Regions.MinBy(r => r.AdjustedP)!.Name);
        Assert.InRange(found.Regions[^1].AdjustedP, 0, 0.05);
        var alarms = Enumerable.Range(0, 60).Count(
            i => GroupRelevance.Compare("a", "b", FaceRegions.Names, Rows(0), Rows(0), 99, i).Regions.Any(
                r => r.AdjustedP <= 0.05));
        // Nominal 3 of 60; more than 9 has a probability below 0.2%.
        Assert.InRange(alarms, 0, 9);
        Assert.NotNull(GroupRelevance.Compare("a", "b", FaceRegions.Names, Rows(0)[..3], Rows(0), 99, 1).Reason);
    }
}
