using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Opsets;
using FaceBias.Primitives.Tables;
using FaceBias.Synthesis;
using FaceBias.Tests;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Core.Tests;

/// <summary>Failures say what kind they are, so that a program can tell what to do: ask for another file, give up, or
/// try again.</summary>
public class ErrorKindTests
{
    private static readonly ImportSpec s_spec =
        new(new PixelInput(4, 4, ChannelOrder.Rgb, PixelLayout.Nhwc, [0, 0, 0], [1, 1, 1]), "out", []);

    private static readonly Dictionary<string, Action<string>> s_failures = new()
    {
        ["a table"] = folder => TableFile.Read(Path.Combine(folder, "none.csv")),
        ["a folder of images"] = folder => ImageFolder.List(Path.Combine(folder, "none")),
        ["a model file"] = folder => OnnxFile.Read(Path.Combine(folder, "none.onnx")),
        ["a model's name"] = folder => new ModelStore(folder).Get("none"),
        ["a column"] = folder => _ = new Table([new TextColumn("a", ["x"])])["b"].Count,
        ["a spec"] = folder => SynthSpec.Read(Path.Combine(folder, "none.json")),
        ["a run"] = folder => RunFolder.Open(folder),
        ["npm's package"] = _ => throw NpmPackageSource.Failure(new("tiny", "1.0.0"), "npm error code E404"),
        ["a format of TensorFlow.js"] = folder => ModelImporter.ImportTfjs(
            Json(folder, """{"format":"savedmodel","modelTopology":{},"weightsManifest":[]}"""), s_spec),
        ["an old operator set"] = _ => OpsetConverter.Convert(Old(), OpsetConverter.Newest),
        ["a server"] = _ => throw NpmPackageSource.Failure(new("tiny", "1.0.0"), "npm error code ENOTFOUND"),
        ["a file that is a folder"] = folder => TableFile.Read(folder),
    };

    [Theory]
    [InlineData("a table", "Missing")]
    [InlineData("a folder of images", "Missing")]
    [InlineData("a model file", "Missing")]
    [InlineData("a model's name", "Missing")]
    [InlineData("a column", "Missing")]
    [InlineData("a spec", "Missing")]
    [InlineData("a run", "Missing")]
    [InlineData("npm's package", "Missing")]
    [InlineData("a format of TensorFlow.js", "Unsupported")]
    [InlineData("an old operator set", "Unsupported")]
    [InlineData("a server", "Busy")]
    [InlineData("a file that is a folder", "BadInput")]
    public void A_failure_says_its_kind(string what, string kind) => Assert.Equal(kind,
        Assert.Throws<FaceBiasException>(() => s_failures[what](TestPaths.NewFolder())).Kind.ToString());

    private static string Json(string folder, string text)
    {
        var path = Path.Combine(folder, "model.json");
        File.WriteAllText(path, text);
        return path;
    }

    private static ModelProto Old() =>
        new() { Graph = new(), OpsetImport = { new OperatorSetIdProto { Version = 5 } } };
}
