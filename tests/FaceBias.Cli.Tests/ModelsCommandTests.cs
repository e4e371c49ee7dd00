using System.CommandLine;
using FaceBias.Cli.Commands;
using FaceBias.Core.Backbones;
using FaceBias.Onnx.Graphs;
using FaceBias.Tests;

namespace FaceBias.Cli.Tests;

/// <summary>The verbs of <c>facebias models</c> in a home folder of their own.</summary>
public sealed class ModelsCommandTests : IDisposable
{
    private readonly string? _home = Environment.GetEnvironmentVariable(FaceBiasHome.Variable);
    private readonly string _folder = TestPaths.NewFolder();

    public ModelsCommandTests() =>
        Environment.SetEnvironmentVariable(FaceBiasHome.Variable, Path.Combine(_folder, "home"));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(FaceBiasHome.Variable, _home);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void List_shows_the_catalogue_and_imports_are_added_to_it()
    {
        Assert.Contains("faceres", Run("list"), StringComparison.Ordinal);
        var output = Run("import", SmallModel(), "--name", "mine", "--mean", "0", "--scale", "0.5");
        Assert.Contains("mine: pixels [N, 3, 8, 8] -> 4 features", output, StringComparison.Ordinal);
        Assert.Contains("layout nchw", output, StringComparison.Ordinal);
        Assert.Contains("mine", Run("list"), StringComparison.Ordinal);
        Assert.Contains("pixels: float [N, 3, 8, 8]", Run("inspect", "mine"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_options_an_import_says_what_it_assumed()
    {
        var output = Run("import", SmallModel());
        Assert.Contains("assumed as in torchvision", output, StringComparison.Ordinal);
        Assert.Contains("channels rgb: assumed", output, StringComparison.Ordinal);
        Assert.DoesNotContain("torchvision", Run("import", SmallModel(), "--name", "other", "--mean", "127"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Convert_writes_another_operator_set_beside_the_file_and_replaces_nothing()
    {
        var model = SmallModel();
        Assert.Contains("operator set 18 to 11; outputs are the same", Run("convert", model, "--opset", "11"),
            StringComparison.Ordinal);
        Assert.Equal(11, OnnxFile.Read(Path.ChangeExtension(model, ".opset11.onnx")).OpsetImport[0].Version);
        Assert.Contains("is there already",
            Assert.Throws<FaceBiasException>(() => Run("convert", model, "--opset", "11")).Message,
            StringComparison.Ordinal);
        Run("convert", model, "--opset", "11", "--force");
        Assert.Contains("Opset must be from 9 to 18",
            Assert.Throws<FaceBiasException>(() => Run("convert", model, "--opset", "5")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_reads_any_ONNX_file()
    {
        var output = Run("inspect", SmallModel());
        Assert.Contains("input       picture: float [N, 3, 8, 8]", output, StringComparison.Ordinal);
        Assert.Contains("parameters  12", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--size", "224xx")]
    [InlineData("--size", "0")]
    [InlineData("--mean", "1,2")]
    [InlineData("--scale", "red")]
    [InlineData("--layout", "round")]
    public void Unreadable_options_are_named(string option, string value)
    {
        var parsed = ModelsCommand.Create().Parse(["import", "x.onnx", option, value]);
        Assert.Contains(parsed.Errors, e => e.Message.Contains(value, StringComparison.Ordinal));
    }

    [Fact]
    public void An_unknown_model_gets_the_list_of_names()
    {
        var e = Assert.Throws<FaceBiasException>(() => Run("pull", "nosuch"));
        Assert.Contains("'nosuch'", e.Message, StringComparison.Ordinal);
        Assert.Contains("faceres", e.Message, StringComparison.Ordinal);
    }

    private static string Run(params string[] arguments)
    {
        var output = new StringWriter();
        var configuration = new InvocationConfiguration { Output = output, Error = TextWriter.Null,
            EnableDefaultExceptionHandler = false };
        Assert.Equal(0, ModelsCommand.Create().Parse(arguments).Invoke(configuration));
        return output.ToString();
    }

    /// <summary>A 1x1 convolution to 4 channels and a global mean.</summary>
    private string SmallModel()
    {
        var g = new GraphBuilder("small");
        var x = g.Input("picture", TensorProto.Types.DataType.Float, "N", 3, 8, 8);
        var map = g.Add("Conv", x, g.Constant([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1], 4, 3, 1, 1));
        var y = g.Add("Flatten", [g.Add("GlobalAveragePool", map)], [("axis", 1)], output: "mean");
        g.Output(y, TensorProto.Types.DataType.Float, "N", 4);
        var path = Path.Combine(_folder, "small.onnx");
        OnnxFile.Write(g.Model, path);
        return path;
    }
}
