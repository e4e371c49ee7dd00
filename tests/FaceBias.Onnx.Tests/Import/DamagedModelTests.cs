using FaceBias.Onnx.Import;
using FaceBias.Tests;

namespace FaceBias.Onnx.Tests.Import;

/// <summary>Damaged files: whatever is wrong with them, one sentence.</summary>
public class DamagedModelTests
{
    [Fact]
    public void An_unknown_operator_is_named_with_its_node()
    {
        var (writer, folder) = Small();
        writer.Node("NonMaxSuppressionV5", "mystery", ["conv"]);
        var e = Fails(writer.WriteGraph(folder), "mystery");
        Assert.Contains("'NonMaxSuppressionV5' (node 'mystery')", e, StringComparison.Ordinal);
    }

    [Fact]
    public void Operators_that_no_output_needs_do_not_matter()
    {
        var (writer, folder) = Small();
        writer.Node("NonMaxSuppressionV5", "mystery", ["conv"]);
        Assert.NotEmpty(Running.ImportTfjs(writer.WriteGraph(folder), Running.Plain(6, 6), "mean").Graph.Node);
    }

    [Theory]
    [InlineData("\"VkFMSUQ=\"", "\"WFhY\"", "'XXX'")]
    [InlineData("\"paths\"", "\"path\"", "hold 0 bytes")]
    [InlineData("\"a.bin\"", "\"../a.bin\"", "not in the model")]
    [InlineData("\"a.bin\"", "\"/etc/hostname\"", "not in the model")]
    [InlineData("\"a.bin\"", "\"c.bin\"", "'c.bin'")]
    [InlineData("\"name\": \"w\",\n          \"shape\": [\n            3,",
        "\"name\": \"w\",\n          \"shape\": [\n            -3,", "impossible shape")]
    [InlineData("\"name\": \"w\",\n          \"shape\": [\n            3,",
        "\"name\": \"w\",\n          \"shape\": [\n            2000000000,", "impossible shape")]
    [InlineData("\"name\": \"w\",\n          \"shape\": [\n            3,",
        "\"name\": \"w\",\n          \"shape\": [\n            3000000,", "bytes are needed|are needed")]
    [InlineData("\"dtype\": \"float32\"", "\"dtype\": \"string\"", "'string'")]
    [InlineData("\"dtype\": \"uint8\"", "\"dtype\": \"uint4\"", "'uint4'")]
    [InlineData("\"op\": \"Conv2D\"", "\"op\": \"Conv3D\"", "'Conv3D' (node 'conv')")]
    [InlineData("\"size\": \"6\"", "\"size\": \"7\"", "correct the input size")]
    [InlineData("\"graph-model\"", "\"saved-model\"", "'saved-model'")]
    [InlineData("\"modelTopology\"", "\"topology\"", "not a TensorFlow.js model")]
    [InlineData("\"x\",\n          \"w\"", "\"conv\",\n          \"w\"", "depends on itself")]
    [InlineData("\"x\",\n          \"w\"", "\"x\",\n          \"nothing\"", "'nothing'")]
    [InlineData("\"x\",\n          \"w\"", "\"w\"", "needs 2")]
    public void Damage_gets_one_sentence(string part, string instead, string expected)
    {
        var (writer, folder) = Small();
        var path = writer.WriteGraph(folder);
        var text = File.ReadAllText(path);
        Assert.Contains(part, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(part, instead, StringComparison.Ordinal));
        var e = Fails(path, "mean");
        Assert.Contains(expected.Split('|'), p => e.Contains(p, StringComparison.Ordinal));
    }

    [Fact]
    public void A_short_shard_and_a_missing_output_are_named()
    {
        var (writer, folder) = Small();
        var path = writer.WriteGraph(folder);
        Assert.Contains("'middle'", Fails(path, "middle"), StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(folder, "b.bin"), [1, 2, 3]);
        Assert.Contains("are needed", Fails(path, "mean"), StringComparison.Ordinal);
        File.Delete(Path.Combine(folder, "b.bin"));
        Assert.Contains("'b.bin'", Fails(path, "mean"), StringComparison.Ordinal);
    }

    /// <summary>The file cut off anywhere, and with bytes changed at random: a sentence or a model, never another
    /// exception.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_damage_gets_anything_but_a_sentence(bool layers)
    {
        var (writer, folder) = layers ? SmallLayers() : Small();
        var path = layers ? writer.WriteLayers(folder) : writer.WriteGraph(folder);
        var bytes = File.ReadAllBytes(path);
        var random = new Random(7);
        const string Characters = "{}[]\",:019-aexSx. ";
        for (var i = 0; i < 600; i++)
        {
            var damaged = (byte[])bytes.Clone();
            if (i < 100)
                damaged = damaged[..(bytes.Length * i / 100)];
            else
            {
                for (var k = 0; k <= i % 3; k++)
                    damaged[random.Next(damaged.Length)] = (byte)Characters[random.Next(Characters.Length)];
            }
            File.WriteAllBytes(path, damaged);
            try
            {
                Running.ImportTfjs(path, Running.Plain(6, 6), "mean");
            }
            catch (FaceBiasException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
    }

    private static string Fails(string path, string output) =>
        Assert.Throws<FaceBiasException>(() => Running.ImportTfjs(path, Running.Plain(6, 6), output)).Message;

    private static (TfjsWriter Writer, string Folder) SmallLayers()
    {
        var writer = new TfjsWriter(6, 6);
        writer.Layer("InputLayer", "x", "{}");
        writer.Layer("ZeroPadding2D", "pad", """{"padding":[[1,1],[2,0]]}""", "x");
        writer.Layer("Conv2D", "conv",
            """{"padding":"same","strides":[2,2],"dilation_rate":[1,1],"activation":"relu"}""", "pad");
        writer.Layer("BatchNormalization", "norm", """{"axis":[3],"epsilon":0.001}""", "conv");
        writer.Layer("MaxPooling2D", "pool", """{"pool_size":[2,2],"padding":"valid"}""", "norm");
        writer.Layer("GlobalAveragePooling2D", "mean", "{}", "pool");
        writer.Weight("conv/kernel", Weights.Random(1, 3, 3, 3, 4));
        foreach (var (name, i) in new[] { "conv/bias", "norm/gamma", "norm/beta", "norm/moving_mean" }.Select(
            (n, i) => (n, i)))
            writer.Weight(name, Weights.Random(i, 4));
        writer.Weight("norm/moving_variance", Weights.Of(1, 2, 3, 4), "uint16");
        return (writer, TestPaths.NewFolder());
    }

    private static (TfjsWriter Writer, string Folder) Small()
    {
        var writer = new TfjsWriter(6, 6);
        writer.Placeholder();
        writer.Const("w", Weights.Random(1, 3, 3, 3, 4));
        writer.Const("q", Weights.Random(2, 4), "uint8");
        writer.Ints("axes", 1, 2);
        writer.Node("Conv2D", "conv", ["x", "w"], TfjsWriter.Window(1, false));
        writer.Node("BiasAdd", "bias", ["conv", "q"]);
        writer.Node("Mean", "mean", ["bias", "axes"]);
        return (writer, TestPaths.NewFolder());
    }
}
