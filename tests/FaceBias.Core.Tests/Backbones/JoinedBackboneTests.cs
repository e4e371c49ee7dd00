using FaceBias.Core.Backbones;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Backbones;

public class JoinedBackboneTests
{
    [Fact]
    public void Features_lie_side_by_side_each_from_pictures_of_its_own_size()
    {
        var (wide, narrow) = (Part("wide", 8, 1), Part("narrow", 4, 10));
        using var session = new OnnxSession(JoinedBackbone.Build("wide+narrow", [wide, narrow]),
            new OnnxSessionOptions { Threads = 1 });
        using var batch = session.CreateBatch(2);
        var pixels = batch.Input<float>(BackboneMetadata.Pixels);
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = i < pixels.Length / 2 ? 1 + (i / 64 % 3) : i % 8;
        batch.Run();
        // Each part gives the means of the channels, the second one ten times as large. The second picture is a ramp
        // 0..7 from left to right: its mean is 3.5 at any size.
        Assert.Equal([1, 2, 3, 10, 20, 30, 3.5f, 3.5f, 3.5f, 35, 35, 35],
            batch.Output<float>(BackboneMetadata.Features).ToArray().Select(v => MathF.Round(v, 3)));
    }

    [Fact]
    public void A_smaller_picture_is_made_as_the_decoder_makes_it()
    {
        var model = JoinedBackbone.Build("a+b", [Part("a", 8, 1), Pixels("b", 4)]);
        using var session = new OnnxSession(model, new OnnxSessionOptions { Threads = 1 });
        using var batch = session.CreateBatch(1);
        batch.Input<float>(BackboneMetadata.Pixels)[8 * 3 + 2] = 64;
        batch.Run();
        // Half the size: a triangle of two pixels each side weighs 1/8, 3/8, 3/8, 1/8, and at the edge the last three
        // of them, 3/7, 3/7, 1/7. Row 3 is 3/8 of row 1 and 1/8 of row 2; column 2 is 3/8 of column 1 and 1/7 of column
        // 0.
        var small = batch.Output<float>(BackboneMetadata.Features).ToArray()[3..];
        Assert.Equal(64 * 9 / 64f, small[1 * 4 + 1], 1e-4);
        Assert.Equal(64 * 3 / 56f, small[1 * 4 + 0], 1e-4);
        Assert.Equal(64 * 3 / 64f, small[2 * 4 + 1], 1e-4);
        Assert.Equal(64 * 1 / 56f, small[2 * 4 + 0], 1e-4);
        Assert.Equal(0, small[16..].Sum(), 1e-6);
    }

    [Fact]
    public void Licences_of_all_parts_are_stated()
    {
        var model = JoinedBackbone.Build("a+b", [Part("a", 8, 1), Part("b", 4, 2)]);
        Assert.Equal("a: weights of a. b: weights of b.", model.Metadata(BackboneMetadata.WeightsLicence));
        Assert.Equal("a+b", model.Metadata(BackboneMetadata.Name));
    }

    [Fact]
    public void What_cannot_be_joined_is_refused()
    {
        var (a, tall) = (Part("a", 8, 1), Part("tall", 8, 2));
        tall.Backbone = tall.Backbone with { Input = new ImageSpec(8, 16) };
        Assert.Contains("twice", Assert.Throws<FaceBiasException>(() => JoinedBackbone.Build("a+a", [a, a])).Message,
            StringComparison.Ordinal);
        Assert.Contains("another shape",
            Assert.Throws<FaceBiasException>(() => JoinedBackbone.Build("a+tall", [a, tall])).Message,
            StringComparison.Ordinal);
        a.Backbone = a.Backbone with { FeatureCount = 0, Key = "c" };
        Assert.Contains("detector",
            Assert.Throws<FaceBiasException>(() => JoinedBackbone.Build("a+b", [a, Part("b", 4, 2)])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("faceres+sface", 2)]
    [InlineData("a+b+c", 3)]
    [InlineData("faceres", 0)]
    [InlineData("faceres+", 0)]
    [InlineData("../a+b", 0)]
    public void A_joined_name_is_names_with_a_plus(string name, int parts) =>
        Assert.Equal(parts, JoinedBackbone.Parts(name)?.Count ?? 0);

    [Theory]
    [InlineData("faceres+nothing")]
    [InlineData(ModelStore.Auto)] // begins with faceres
    public void A_part_that_is_not_there_is_named(string name)
    {
        var home = FaceBias.Tests.TestPaths.NewFolder();
        var error = Assert.Throws<FaceBiasException>(() => new ModelStore(home, new Catalogue([])).Get(name));
        Assert.Contains("no model 'faceres'", error.Message, StringComparison.Ordinal);
    }

    private static (Backbone Backbone, ModelProto Model) Part(string name, int side, float factor)
    {
        var g = Begin(side);
        var mean = g.Add("GlobalAveragePool", BackboneMetadata.Pixels);
        g.Add("Mul", [g.Add("Flatten", mean), g.Constant(factor)], [], BackboneMetadata.Features);
        return End(g, name, side, 3);
    }

    private static (Backbone Backbone, ModelProto Model) Pixels(string name, int side)
    {
        var g = Begin(side);
        g.Add("Flatten", [BackboneMetadata.Pixels], [], BackboneMetadata.Features);
        return End(g, name, side, 3 * side * side);
    }

    private static GraphBuilder Begin(int side)
    {
        var g = new GraphBuilder("part");
        g.Input(BackboneMetadata.Pixels, DataType.Float, "N", 3, side, side);
        return g;
    }

    private static (Backbone, ModelProto) End(GraphBuilder g, string name, int side, int count)
    {
        g.Output(BackboneMetadata.Features, DataType.Float, "N", count);
        return (new Backbone(name, "", new ImageSpec(side, side), count, name, null, [], "MIT", $"weights of {name}"),
            g.Model);
    }
}
