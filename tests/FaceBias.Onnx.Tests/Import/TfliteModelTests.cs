using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;

namespace FaceBias.Onnx.Tests.Import;

public class TfliteModelTests
{
    private const byte Same = 0, Valid = 1, Relu = 1, Relu6 = 3, Tanh = 4;

    [Theory]
    [InlineData(8, 7, 3, 2, true, 1)]
    [InlineData(7, 8, 3, 2, true, 1)]
    [InlineData(9, 9, 5, 3, true, 1)]
    [InlineData(9, 8, 3, 1, true, 2)]
    [InlineData(9, 8, 3, 2, false, 1)]
    [InlineData(9, 9, 3, 1, false, 2)]
    public void Convolutions_pad_as_TensorFlow_does(int height, int width, int kernel, int stride, bool same,
        int dilation)
    {
        var picture = Picture.Random(height, width, 1);
        var writer = new TfliteWriter(height, width);
        var w = Weights.Random(2, kernel, kernel, 3, 4);
        writer.Constant("w", OutFirst(w));
        writer.Node("CONV_2D", "conv", ["x", "w"],
            (0, same ? Same : Valid), (1, stride), (2, stride), (4, dilation), (5, dilation));
        var expected = picture.Map(v => v / 255).Conv(w, stride, same, dilation);
        writer.Integers("shape", [2], 1, expected.Values.Length);
        writer.Node("RESHAPE", "flat", ["conv", "shape"]);
        Running.AssertClose(expected.Values, Running.Run(Import(writer, height, width, "flat"), "features", picture));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_network_like_MobileNet_becomes_convolutions_and_clips_only(bool half)
    {
        var pictures = new[] { Picture.Random(9, 10, 1), Picture.Random(9, 10, 2), Picture.Random(9, 10, 3) };
        var writer = new TfliteWriter(9, 10);
        string Stored(string name, Weights weights)
        {
            writer.Constant(name, weights, half ? TfliteType.Float16 : TfliteType.Float32);
            if (!half)
                return name;
            writer.Node("DEQUANTIZE", $"{name}/float", [name]);
            return $"{name}/float";
        }
        Weights Rounded(Weights w) => !half ? w : w with { Values = [.. w.Values.Select(v => (float)(Half)v)] };
        Weights conv = Rounded(Weights.Random(4, 3, 3, 3, 8)), shift = Rounded(Weights.Random(5, 8)),
            depthwise = Rounded(Weights.Random(6, 3, 3, 8, 2));
        var names = new[] { Stored("w", OutFirst(conv)), Stored("b", shift),
            Stored("dw", new Weights([1, 3, 3, 16], depthwise.Values)) };
        writer.Integers("axes", [2], 1, 2);
        writer.Node("CONV_2D", "c1", ["x", names[0], names[1]], (0, Same), (1, 2), (2, 2), (3, Relu6));
        writer.Node("DEPTHWISE_CONV_2D", "c2", ["c1", names[2]], (0, Same), (1, 1), (2, 1), (3, 2), (4, Relu6));
        writer.Node("MEAN", "mean", ["c2", "axes"], (0, false));
        var model = Import(writer, 9, 10, "mean");

        Assert.Equal(["Conv", "Clip", "Conv", "Clip", "GlobalAveragePool", "Flatten"], Running.Operators(model));
        var expected = pictures.SelectMany(p => p.Map(v => v / 255)
            .Conv(conv, 2, true).PerChannel((v, c) => Math.Clamp(v + shift.Values[c], 0, 6))
            .Depthwise(depthwise, 1, true).Map(v => Math.Clamp(v, 0, 6)).Mean()).ToArray();
        Running.AssertClose(expected, Running.Run(model, "features", pictures));
    }

    [Fact]
    public void Windows_may_be_oblong_and_move_by_different_strides()
    {
        var picture = Picture.Random(8, 12, 1);
        var writer = new TfliteWriter(8, 12);
        writer.Node("AVERAGE_POOL_2D", "mean", ["x"], (0, Valid), (1, 3), (2, 2), (3, 3), (4, 2));
        writer.Node("MAX_POOL_2D", "most", ["mean"], (0, Same), (1, 4), (2, 4), (3, 4), (4, 4), (5, Relu));
        writer.Node("SQUEEZE", "flat", ["most"], (0, new[] { 1, 2 }));
        double Mean(int y, int x, int c) =>
            Enumerable.Range(0, 6).Average(i => picture[2 * y + i / 3, 3 * x + i % 3, c] / 255);
        double[] expected =
            [.. Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, 16).Max(i => Mean(i / 4, i % 4, c)))];
        Running.AssertClose(expected, Running.Run(Import(writer, 8, 12, "flat"), "features", picture));
    }

    /// <summary>Each operator on the same channel means, against its formula.</summary>
    [Theory]
    [InlineData("RELU")]
    [InlineData("RELU6")]
    [InlineData("RELU_N1_TO_1")]
    [InlineData("HARD_SWISH")]
    [InlineData("LOGISTIC")]
    [InlineData("TANH")]
    [InlineData("ELU")]
    [InlineData("ABS")]
    [InlineData("EXP")]
    [InlineData("NEG")]
    [InlineData("SQUARE")]
    public void Activations_follow_their_formulas(string op)
    {
        Func<double, double> formula = op switch
        {
            "RELU" => v => Math.Max(v, 0),
            "RELU6" => v => Math.Clamp(v, 0, 6),
            "RELU_N1_TO_1" => v => Math.Clamp(v, -1, 1),
            "HARD_SWISH" => v => v * Math.Clamp(v + 3, 0, 6) / 6,
            "LOGISTIC" => v => 1 / (1 + Math.Exp(-v)),
            "TANH" => Math.Tanh,
            "ELU" => v => v > 0 ? v : Math.Exp(v) - 1,
            "ABS" => Math.Abs,
            "EXP" => Math.Exp,
            "NEG" => v => -v,
            _ => v => v * v,
        };
        var picture = Picture.Random(4, 4, 1);
        var writer = new TfliteWriter(4, 4);
        writer.Integers("axes", [2], 1, 2);
        writer.Node("MEAN", "mean", ["x", "axes"]);
        var shift = writer.Constant("shift", Weights.Of(-5, -0.7f, 7));
        writer.Node("ADD", "moved", ["mean", "shift"]);
        writer.Node(op, "y", ["moved"]);
        double[] expected = [.. picture.Map(v => v / 255).Mean().Select((v, c) => formula(v + shift.Values[c]))];
        Running.AssertClose(expected, Running.Run(Import(writer, 4, 4, "y"), "features", picture));
    }

    [Fact]
    public void Dense_layers_sums_products_and_joins()
    {
        var pictures = new[] { Picture.Random(3, 4, 1), Picture.Random(3, 4, 2) };
        var writer = new TfliteWriter(3, 4);
        Weights w = Weights.Random(1, 36, 5), b = Weights.Random(2, 5), factor = Weights.Random(3, 5);
        // Rows of a dense layer's weights are its outputs.
        writer.Constant("w",
            new Weights([5, 36], [.. Enumerable.Range(0, 180).Select(i => w.Values[i % 36 * 5 + i / 36])]));
        writer.Constant("b", b);
        writer.Constant("factor", factor);
        writer.Node("FULLY_CONNECTED", "dense", ["x", "w", "b"], (0, Tanh));
        writer.Node("MUL", "scaled", ["dense", "factor"], (0, Relu));
        writer.Node("SUB", "less", ["dense", "scaled"]);
        writer.Node("CONCATENATION", "joined", ["less", "scaled"], (0, -1), (1, (byte)0));
        writer.Node("SOFTMAX", "share", ["dense"], (0, 2f));
        var model = Import(writer, 3, 4, "joined", new NamedOutput("share", "share"));
        double[][] dense =
            [.. pictures.Select(
                p => Weights.Times([.. p.Values.Select(v => v / 255)], w).Select((v, i) => Math.Tanh(v + b.Values[i]))
                    .ToArray())];
        double[] Scaled(double[] d) => [.. d.Select((v, i) => Math.Max(v * factor.Values[i], 0))];
        Running.AssertClose([.. dense.SelectMany(d => d.Zip(Scaled(d), (v, s) => v - s).Concat(Scaled(d)))],
            Running.Run(model, "features", pictures));
        Running.AssertClose([.. dense.SelectMany(d => d.Select(v => Math.Exp(2 * v) / d.Sum(o => Math.Exp(2 * o))))],
            Running.Run(model, "share", pictures));
    }

    [Fact]
    public void A_dense_layer_without_bias_and_padding_with_a_value()
    {
        var picture = Picture.Random(3, 3, 1);
        var writer = new TfliteWriter(3, 3);
        writer.Integers("around", [4, 2], 0, 0, 1, 0, 0, 2, 0, 0);
        writer.Constant("minus", new Weights([], [-1]));
        writer.Constant("w", Weights.Random(1, 2, 60));
        writer.Node("PADV2", "padded", ["x", "around", "minus"]);
        writer.Node("FULLY_CONNECTED", "dense", ["padded", "w", ""], (0, (byte)0));
        var padded = picture.Map(v => v / 255).Pad(1, 0, 0, 2, -1).Values;
        var w = Weights.Random(1, 2, 60).Values;
        double[] expected = [.. Enumerable.Range(0, 2).Select(o => padded.Select((v, i) => v * w[o * 60 + i]).Sum())];
        Running.AssertClose(expected, Running.Run(Import(writer, 3, 3, "dense"), "features", picture));
    }

    [Fact]
    public void Means_of_earlier_maps_follow_the_features()
    {
        var picture = Picture.Random(6, 7, 1);
        var writer = new TfliteWriter(6, 7);
        writer.Constant("w", OutFirst(Weights.Random(1, 3, 3, 3, 4)));
        writer.Node("CONV_2D", "conv", ["x", "w"], (0, Same), (1, 1), (2, 1));
        writer.Integers("axes", [2], 1, 2);
        writer.Node("REDUCE_MAX", "most", ["conv", "axes"]);
        var map = picture.Map(v => v / 255).Conv(Weights.Random(1, 3, 3, 3, 4), 1, true);
        double[] most = [.. Enumerable.Range(0, 4).Select(c => map.Values.Where((_, i) => i % 4 == c).Max())];
        var spec = new ImportSpec(Running.Plain(6, 7), "most", []) { Pooled = ["conv"] };
        Running.AssertClose([.. most, .. map.Mean()],
            Running.Run(ModelImporter.ImportTflite(writer.Write(), spec), "features", picture));
    }

    /// <summary>[kh, kw, in, out] as [out, kh, kw, in].</summary>
    internal static Weights OutFirst(Weights w) =>
        new([w.Shape[3], w.Shape[0], w.Shape[1], w.Shape[2]],
            new ConstantTensor(w.Shape, w.Values).Transposed(3, 0, 1, 2));

    private static ModelProto Import(TfliteWriter writer, int height, int width, string features,
        params NamedOutput[] outputs) =>
        ModelImporter.ImportTflite(writer.Write(), new ImportSpec(Running.Plain(height, width), features, outputs));

    [Theory]
    [InlineData(10, true, "mean", "fully connected")]
    [InlineData(64, false, "out", "embedding")]
    [InlineData(64, true, "mean", "fully connected")]
    public void A_file_is_proposed_with_its_size_and_features(int columns, bool softmax, string features, string why)
    {
        var writer = new TfliteWriter(9, 10);
        writer.Integers("axes", [2], 1, 2);
        writer.Node("MEAN", "mean", ["x", "axes"], (0, false));
        var weights = writer.Constant("w", Weights.Random(4, columns, 3));
        writer.Node("FULLY_CONNECTED", "out", ["mean", "w"]);
        if (softmax)
            writer.Node("SOFTMAX", "probabilities", ["out"], (0, 1f));
        var path = writer.Write();
        var proposal = ImportProposal.For(path, new ImportOverrides());
        Assert.Equal((10, 9, features),
            (proposal.Spec.Input.Width, proposal.Spec.Input.Height, proposal.Spec.Features));
        Assert.Contains(proposal.Reasons, r => r.Contains(why, StringComparison.Ordinal));
        var picture = Picture.Random(9, 10, 1);
        var mean = picture.Map(v => v / 127.5 - 1).Mean();
        var expected = features == "mean" ? mean
            : [.. Enumerable.Range(0, columns).Select(
                c => (float)Enumerable.Range(0, 3).Sum(i => weights.Values[c * 3 + i] * mean[i]))];
        Running.AssertClose(expected, Running.Run(ModelImporter.ImportFile(path, proposal.Spec), "features", picture),
            5e-6);
    }

    [Fact]
    public void Wishes_go_before_what_is_proposed_and_impossible_ones_are_refused()
    {
        var writer = new TfliteWriter(9, 10);
        writer.Integers("axes", [2], 1, 2);
        writer.Node("MEAN", "mean", ["x", "axes"], (0, false));
        var path = writer.Write();
        var spec = ImportProposal.For(path,
            new ImportOverrides { Mean = [5], Channels = ChannelOrder.Bgr, Features = "mean" }).Spec;
        Assert.Equal([5f, 5, 5], spec.Input.Mean);
        Assert.Equal([1f, 1, 1], spec.Input.Scale);
        Assert.Equal(ChannelOrder.Bgr, spec.Input.Channels);
        string Refusal(Action action) => Assert.Throws<FaceBiasException>(action).Message;
        Assert.Contains("Layout",
            Refusal(() => ImportProposal.For(path, new ImportOverrides { Layout = PixelLayout.Nchw })),
            StringComparison.Ordinal);
        Assert.Contains("Pool", Refusal(() => ModelImporter.ImportFile(path, spec with { Pool = FeaturePooling.Mean })),
            StringComparison.Ordinal);
        var none = new TfliteWriter(9, 10);
        none.Node("RELU", "out", ["x"]);
        Assert.Contains("Features", Refusal(() => ImportProposal.For(none.Write(), new ImportOverrides())),
            StringComparison.Ordinal);
    }
}
