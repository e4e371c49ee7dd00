using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Tests;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Training;

/// <summary>Metadata that do not fit the graph are a sentence when a file is opened, not a failure behind its first
/// picture.</summary>
public class ModelMetadataTests
{
    private static readonly ModelMetadata Sound = new(1, ModelInput.From(new ImageSpec(8, 6)),
        [new CategoricalOutput("gender", ["f", "m"]), new NumericOutput("age", 0, 9, 10, null)], "tiny", "none",
        "made by a test");

    private static string? Refusal(ModelMetadata metadata, Action<ModelProto>? change = null)
    {
        var g = new GraphBuilder("trained");
        var rows = g.Add("Flatten", [g.Add("GlobalAveragePool", g.Input("pixels", DataType.Float, "N", 3, 6, 8))],
            [("axis", 1)]);
        g.Output(g.Add("Gemm", [rows, g.Constant(new float[6], 3, 2)], [], output: "gender"), DataType.Float, "N", 2);
        g.Output(g.Add("Gemm", [rows, g.Constant(new float[3], 3, 1)], [], output: "age"), DataType.Float, "N", 1);
        metadata.WriteTo(g.Model);
        change?.Invoke(g.Model);
        try
        {
            ModelMetadata.Read(g.Model, "model.onnx");
            return null;
        }
        catch (FaceBiasException e)
        {
            return e.Message;
        }
    }

    [Fact]
    public void Metadata_are_held_against_the_graph()
    {
        Assert.Null(Refusal(Sound));
        Assert.Contains("3 classes of 'gender', and the output is gender: float [N, 2]",
            Refusal(Sound with { Targets = [new CategoricalOutput("gender", ["f", "m", "x"])] }),
            StringComparison.Ordinal);
        Assert.Contains("pictures of 9 x 6, and the input is pixels: float [N, 3, 6, 8]",
            Refusal(Sound with { Input = Sound.Input with { Width = 9 } }), StringComparison.Ordinal);
        Assert.Contains("no input 'image'", Refusal(Sound with { Input = Sound.Input with { Name = "image" } }),
            StringComparison.Ordinal);
        Assert.Contains("no output 'race'",
            Refusal(Sound with { Targets = [new CategoricalOutput("race", ["a", "b"])] }), StringComparison.Ordinal);
        Assert.Contains("'gender' is a number",
            Refusal(Sound with { Targets = [new NumericOutput("gender", 0, 9, 10, null)] }), StringComparison.Ordinal);
        Assert.Contains("BGR", Refusal(Sound with { Input = Sound.Input with { Channels = "BGR" } }),
            StringComparison.Ordinal);
        Assert.Contains("one name", Refusal(Sound with { Targets = [Sound.Targets[0], Sound.Targets[0]] }),
            StringComparison.Ordinal);
        Assert.Contains("loop", Refusal(Sound, model => model.Graph.Node[0].OpType = "Loop"), StringComparison.Ordinal);
        Assert.Null(Refusal(Sound, model => model.Graph.Output[0].Type.TensorType.Shape.Dim[1].DimParam = "open"));
    }

    [Theory]
    [InlineData("44_pmeta", "do not fit its graph")]
    [InlineData("84_pinshape", "do not fit its graph")]
    public void Models_of_the_fault_collection_are_refused(string name, string reason)
    {
        var path = Path.Combine(TestPaths.RealData("faults/models"), $"{name}.onnx");
        Assert.Contains(reason,
            Assert.Throws<FaceBiasException>(() => ModelMetadata.Read(OnnxFile.Read(path), path)).Message,
            StringComparison.Ordinal);
    }
}
