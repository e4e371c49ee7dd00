using System.Text.Json.Nodes;
using FaceBias.Onnx.Import;
using FaceBias.Tests;

namespace FaceBias.Onnx.Tests.Import;

public class TfjsGraphModelTests
{
    [Theory]
    [InlineData(8, 7, 3, 2, true, 1)]
    [InlineData(7, 8, 3, 2, true, 1)]
    [InlineData(9, 9, 5, 3, true, 1)]
    [InlineData(8, 8, 2, 2, true, 1)]
    [InlineData(9, 8, 3, 1, true, 2)]
    [InlineData(8, 8, 1, 2, true, 1)]
    [InlineData(9, 8, 3, 2, false, 1)]
    [InlineData(9, 9, 3, 1, false, 2)]
    public void Convolutions_pad_as_TensorFlow_does(int height, int width, int kernel, int stride, bool same,
        int dilation)
    {
        var picture = Picture.Random(height, width, 1);
        var writer = new TfjsWriter(height, width);
        writer.Placeholder();
        var w = writer.Const("w", Weights.Random(2, kernel, kernel, 3, 4));
        writer.Node("Conv2D", "conv", ["x", "w"], TfjsWriter.Window(stride, same, dilation));
        AddFlatten(writer, "conv", picture.Map(v => v / 255).Conv(w, stride, same, dilation), out var expected);
        var model = Running.ImportTfjs(writer.WriteGraph(TestPaths.NewFolder()), Running.Plain(height, width), "flat");
        Running.AssertClose(expected, Running.Run(model, "features", picture));
    }

    [Fact]
    public void A_network_like_MobileNet_becomes_convolutions_and_clips_only()
    {
        var pictures = new[] { Picture.Random(9, 10, 1), Picture.Random(9, 10, 2), Picture.Random(9, 10, 3) };
        var writer = new TfjsWriter(9, 10);
        writer.Placeholder();
        var conv = writer.Const("w", Weights.Random(4, 3, 3, 3, 8), "float16");
        var shift = writer.Const("shift", Weights.Random(5, 8), "float16");
        var depthwise = writer.Const("dw", Weights.Random(6, 3, 3, 8, 1), "uint8");
        var scale = writer.Const("scale", Weights.Random(7, 8));
        var offset = writer.Const("offset", Weights.Random(8, 1, 1, 1, 8), "uint16");
        writer.Const("six", new Weights([], [6]));
        writer.Const("zero", new Weights([], [0]));
        writer.Ints("axes", 1, 2);
        writer.Node("Conv2D", "c1", ["x", "w"], TfjsWriter.Window(2, true));
        writer.Node("Add", "a1", ["c1", "shift"]);
        writer.Node("Relu", "r1", ["a1"]);
        writer.Node("Minimum", "m1", ["r1", "six"]);
        writer.Node("Maximum", "n1", ["m1", "zero"]);
        writer.Node("DepthwiseConv2dNative", "c2", ["n1", "dw"], TfjsWriter.Window(1, true));
        writer.Node("Mul", "s2", ["c2", "scale"]);
        writer.Node("AddV2", "a2", ["offset", "s2"]);
        writer.Node("Relu6", "r2", ["a2"]);
        writer.Node("Mean", "mean", ["r2", "axes"]);
        var model = Running.ImportTfjs(writer.WriteGraph(TestPaths.NewFolder()), Running.Plain(9, 10), "mean");

        Assert.Equal(["Conv", "Clip", "Conv", "Clip", "GlobalAveragePool", "Flatten"], Running.Operators(model));
        var expected = pictures.SelectMany(p => p.Map(v => v / 255)
            .Conv(conv, 2, true).PerChannel((v, c) => Math.Clamp(v + shift.Values[c], 0, 6))
            .Depthwise(depthwise, 1, true).PerChannel(
                (v, c) => Math.Clamp(v * scale.Values[c] + offset.Values[c], 0, 6)).Mean()).ToArray();
        Running.AssertClose(expected, Running.Run(model, "features", pictures));
    }

    [Fact]
    public void Means_of_earlier_maps_follow_the_features()
    {
        var pictures = new[] { Picture.Random(6, 7, 1), Picture.Random(6, 7, 2) };
        var writer = new TfjsWriter(6, 7);
        writer.Placeholder();
        var first = writer.Const("w1", Weights.Random(1, 3, 3, 3, 4));
        var second = writer.Const("w2", Weights.Random(2, 3, 3, 4, 5));
        writer.Ints("axes", 1, 2);
        writer.Node("Conv2D", "c1", ["x", "w1"], TfjsWriter.Window(1, true));
        writer.Node("Conv2D", "c2", ["c1", "w2"], TfjsWriter.Window(2, true));
        writer.Node("Mean", "mean", ["c2", "axes"]);
        var path = writer.WriteGraph(TestPaths.NewFolder());
        var spec = new ImportSpec(Running.Plain(6, 7), "mean", []) { Pooled = ["c1"] };
        var expected = pictures.Select(p => p.Map(v => v / 255).Conv(first, 1, true))
            .SelectMany(map => map.Conv(second, 2, true).Mean().Concat(map.Mean())).ToArray();
        Running.AssertClose(expected, Running.Run(ModelImporter.ImportTfjs(path, spec), "features", pictures));

        var flat = Assert.Throws<FaceBiasException>(
            () => ModelImporter.ImportTfjs(path, spec with { Pooled = ["mean"] }));
        Assert.Contains("'mean'", flat.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fused_operators_are_taken_apart()
    {
        var picture = Picture.Random(6, 6, 9);
        var writer = new TfjsWriter(6, 6);
        writer.Placeholder();
        var w1 = writer.Const("w1", Weights.Random(1, 3, 3, 3, 4));
        var b1 = writer.Const("b1", Weights.Random(2, 4));
        var slope = writer.Const("slope", Weights.Random(3, 1, 1, 4));
        var w2 = writer.Const("w2", Weights.Random(4, 3, 3, 4, 2));
        var b2 = writer.Const("b2", Weights.Random(5, 8));
        var matrix = writer.Const("matrix", Weights.Random(6, 8, 5));
        var b3 = writer.Const("b3", Weights.Random(7, 5));
        writer.Ints("axes", 1, 2);
        writer.Node("_FusedConv2D", "c1", ["x", "w1", "b1", "slope"],
            TfjsWriter.Window(1, true, fused: ["BiasAdd", "Prelu"]));
        writer.Node("_FusedDepthwiseConv2dNative", "c2", ["c1", "w2", "b2"],
            [.. TfjsWriter.Window(2, false, fused: ["BiasAdd", "LeakyRelu"]),
                ("leakyrelu_alpha", new JsonObject { ["f"] = 0.3 })]);
        writer.Node("Mean", "mean", ["c2", "axes"]);
        writer.Node("_FusedMatMul", "dense", ["mean", "matrix", "b3"], TfjsWriter.Fused("BiasAdd", "Relu"));
        writer.Node("Softmax", "soft", ["dense"]);
        var model = Running.ImportTfjs(writer.WriteGraph(TestPaths.NewFolder()), Running.Plain(6, 6), "mean",
            new NamedOutput("soft:0", "classes"));

        var mean = picture.Map(v => v / 255).Conv(w1, 1, true).PerChannel((v, c) => v + b1.Values[c])
            .PerChannel((v, c) => v > 0 ? v : v * slope.Values[c])
            .Depthwise(w2, 2, false).PerChannel((v, c) => v + b2.Values[c]).Map(v => v > 0 ? v : 0.3 * v).Mean();
        Running.AssertClose(mean, Running.Run(model, "features", picture));
        var dense = Weights.Times(mean, matrix).Select((v, i) => Math.Exp(Math.Max(v + b3.Values[i], 0))).ToArray();
        Running.AssertClose([.. dense.Select(d => d / dense.Sum())], Running.Run(model, "classes", picture));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Pools_leave_out_what_is_outside_and_normalisation_follows(bool maximum, bool same)
    {
        var picture = Picture.Random(7, 8, 3);
        var writer = new TfjsWriter(7, 8);
        writer.Placeholder();
        var p = new[] { "gamma", "beta", "mean", "variance" }.Select(
            (n, i) => writer.Const(n, new Weights([3], [.. Weights.Random(i, 3).Values.Select(v => v + 1.5f)])))
            .ToArray();
        writer.Node(maximum ? "MaxPool" : "AvgPool", "pool", ["x"], TfjsWriter.Window(2, same, size: 3));
        writer.Node("FusedBatchNormV3", "bn", ["pool", "gamma", "beta", "mean", "variance"],
            ("epsilon", new JsonObject { ["f"] = 0.01 }));
        var expected = picture.Map(v => v / 255 - 0.5).Pool(maximum, 3, 2, same)
            .PerChannel((v, c) => (v - p[2].Values[c]) / Math.Sqrt(p[3].Values[c] + 0.01f) * p[0].Values[c]
                + p[1].Values[c]);
        AddFlatten(writer, "bn", expected, out var flat);
        var input = Running.Plain(7, 8) with { Mean = [127.5f, 127.5f, 127.5f] };
        Running.AssertClose(flat,
            Running.Run(Running.ImportTfjs(writer.WriteGraph(TestPaths.NewFolder()), input, "flat"), "features",
                picture));
    }

    [Fact]
    public void Padding_and_channel_reductions_and_concatenation_keep_their_axes()
    {
        var picture = Picture.Random(5, 6, 4);
        var writer = new TfjsWriter(5, 6);
        writer.Placeholder();
        writer.Ints("pads", 0, 0, 1, 2, 0, 3, 0, 0);
        writer.Const("value", new Weights([], [0.25f]));
        writer.Ints("last", 3);
        writer.Ints("minus1", -1);
        writer.Node("PadV2", "pad", ["x", "pads", "value"]);
        writer.Node("Max", "max", ["pad", "last"], ("keep_dims", new JsonObject { ["b"] = true }));
        writer.Node("ConcatV2", "both", ["max", "pad", "minus1"]);
        var padded = picture.Map(v => v / 255).Pad(1, 2, 0, 3, 0.25);
        var expected = Picture.Make(8, 9, 4,
            (y, x, c) => c == 0 ? Enumerable.Range(0, 3).Max(k => padded[y, x, k]) : padded[y, x, c - 1]);
        AddFlatten(writer, "both", expected, out var flat);
        Running.AssertClose(flat,
            Running.Run(Running.ImportTfjs(writer.WriteGraph(TestPaths.NewFolder()), Running.Plain(5, 6), "flat"),
                "features", picture));
    }

    /// <summary>The mean may only go into the bias where nothing is padded; the border must be right in both
    /// cases.</summary>
    [Theory]
    [InlineData(true, ChannelOrder.Bgr)]
    [InlineData(false, ChannelOrder.Bgr)]
    [InlineData(true, ChannelOrder.Rgb)]
    [InlineData(false, ChannelOrder.Rgb)]
    public void Normalisation_is_exact_at_the_border(bool same, ChannelOrder channels)
    {
        float[] mean = [103.939f, 116.779f, 123.68f];
        float[] scale = [0.01f, 0.02f, 0.03f];
        var picture = Picture.Random(6, 6, 5);
        var writer = new TfjsWriter(6, 6);
        writer.Placeholder();
        var w = writer.Const("w", Weights.Random(2, 3, 3, 3, 2));
        writer.Node("Conv2D", "conv", ["x", "w"], TfjsWriter.Window(1, same));
        var seen = Picture.Make(6, 6, 3,
            (y, x, c) => (picture[y, x, channels == ChannelOrder.Bgr ? 2 - c : c] - mean[c]) * scale[c]);
        AddFlatten(writer, "conv", seen.Conv(w, 1, same), out var expected);
        var model = Running.ImportTfjs(writer.WriteGraph(TestPaths.NewFolder()),
            new PixelInput(6, 6, channels, PixelLayout.Nhwc, mean, scale), "flat");
        Running.AssertClose(expected, Running.Run(model, "features", picture));
        Assert.Equal(same ? 1 : 0, Running.Operators(model).Count(o => o == "Sub"));
        Assert.DoesNotContain("Gather", Running.Operators(model));
    }

    [Fact]
    public void A_picture_that_is_used_as_it_is_gets_its_normalisation_as_nodes()
    {
        var picture = Picture.Random(4, 4, 6);
        var writer = new TfjsWriter(4, 4);
        writer.Placeholder();
        writer.Ints("axes", 1, 2);
        writer.Node("Mean", "mean", ["x", "axes"]);
        var input = new PixelInput(4, 4, ChannelOrder.Bgr, PixelLayout.Nhwc, [1, 2, 3], [0.5f, 0.25f, 2]);
        var expected = Picture.Make(4, 4, 3, (y, x, c) => (picture[y, x, 2 - c] - (c + 1)) * input.Scale[c]).Mean();
        Running.AssertClose(expected,
            Running.Run(Running.ImportTfjs(writer.WriteGraph(TestPaths.NewFolder()), input, "mean"), "features",
                picture));
    }

    /// <summary>Adds a Reshape to rows, as traced with a batch of 1, so that every place of a map is
    /// compared.</summary>
    private static void AddFlatten(TfjsWriter writer, string node, Picture map, out double[] expected)
    {
        writer.Ints("shape", 1, map.Values.Length);
        writer.Node("Reshape", "flat", [node, "shape"]);
        expected = map.Values;
    }
}
