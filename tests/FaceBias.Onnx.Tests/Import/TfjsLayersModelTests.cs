using FaceBias.Onnx.Import;
using FaceBias.Tests;

namespace FaceBias.Onnx.Tests.Import;

public class TfjsLayersModelTests
{
    private const string Same = """{"padding":"same","strides":[2,2],"use_bias":true,"activation":"relu"}""";

    [Fact]
    public void A_functional_model_gives_what_its_layers_say()
    {
        var pictures = new[] { Picture.Random(9, 8, 1), Picture.Random(9, 8, 2) };
        var w = new TfjsWriter(9, 8);
        w.Layer("InputLayer", "in", "{}");
        w.Layer("ZeroPadding2D", "pad", """{"padding":[[1,0],[2,1]]}""", "in");
        w.Layer("Conv2D", "c1", """{"padding":"valid","strides":[1,1],"use_bias":true,"activation":"linear"}""", "pad");
        w.Layer("BatchNormalization", "bn", """{"axis":[3],"epsilon":0.002,"center":true,"scale":true}""", "c1");
        w.Layer("ReLU", "relu", """{"max_value":6}""", "bn");
        w.Layer("ZeroPadding2D", "pad2", """{"padding":[1,1]}""", "relu");
        w.Layer("MaxPooling2D", "pool", """{"pool_size":[3,3],"strides":[2,2],"padding":"valid"}""", "pad2");
        w.Layer("SeparableConv2D", "c2", Same, "pool");
        w.Layer("DepthwiseConv2D", "c3", """{"padding":"same","strides":2,"use_bias":false}""", "pool");
        w.Layer("PReLU", "prelu", "{}", "c3");
        w.Layer("Concatenate", "cat", """{"axis":-1}""", "c2", "prelu");
        w.Layer("Add", "twice", "{}", "cat", "cat");
        w.Layer("GlobalAveragePooling2D", "gap", "{}", "twice");
        w.Layer("Dropout", "drop", """{"rate":0.5}""", "gap");
        w.Layer("Dense", "fc", """{"units":3,"use_bias":true,"activation":"sigmoid"}""", "drop");
        var c1 = w.Weight("c1/kernel", Weights.Random(1, 3, 3, 3, 4));
        var b1 = w.Weight("c1/bias", Weights.Random(2, 4));
        var gamma = w.Weight("bn/gamma", Weights.Random(3, 4));
        var beta = w.Weight("bn/beta", Weights.Random(4, 4));
        var mean = w.Weight("bn/moving_mean", Weights.Random(5, 4));
        var variance = w.Weight("bn/moving_variance", Weights.Of(0.5f, 1, 2, 3));
        var dw = w.Weight("c2/depthwise_kernel", Weights.Random(6, 3, 3, 4, 2));
        var pw = w.Weight("outer/c2/pointwise_kernel", Weights.Random(7, 1, 1, 8, 3));
        var b2 = w.Weight("c2/bias", Weights.Random(8, 3));
        var dw3 = w.Weight("c3/depthwise_kernel", Weights.Random(9, 3, 3, 4, 1));
        var alpha = w.Weight("prelu/alpha", Weights.Random(10, 1, 1, 4));
        var fc = w.Weight("fc/kernel", Weights.Random(11, 7, 3));
        var fcb = w.Weight("fc/bias", Weights.Random(12, 3));
        var model = Running.ImportTfjs(w.WriteLayers(TestPaths.NewFolder()), Running.Plain(9, 8), "gap",
            new NamedOutput("fc", "out"));

        double[][] gaps = [.. pictures.Select(picture =>
        {
            var relu = picture.Map(v => v / 255).Pad(1, 0, 2, 1).Conv(c1, 1, false)
                .PerChannel((v, c) => v + b1.Values[c])
                .PerChannel((v, c) => (v - mean.Values[c]) / Math.Sqrt(variance.Values[c] + 0.002) * gamma.Values[c]
                    + beta.Values[c])
                .Map(v => Math.Clamp(v, 0, 6));
            var pool = relu.Pad(1, 1, 1, 1).Pool(true, 3, 2, false);
            var left = pool.Depthwise(dw, 2, true).Conv(pw, 1, false).PerChannel(
                (v, c) => Math.Max(v + b2.Values[c], 0));
            var right = pool.Depthwise(dw3, 2, true).PerChannel((v, c) => v > 0 ? v : v * alpha.Values[c]);
            return (double[])[.. left.Mean().Select(v => 2 * v), .. right.Mean().Select(v => 2 * v)];
        })];
        Running.AssertClose([.. gaps.SelectMany(g => g)], Running.Run(model, "features", pictures), 5e-6);
        Running.AssertClose(
            [.. gaps.SelectMany(g => Weights.Times(g, fc).Select((v, i) => 1 / (1 + Math.Exp(-v - fcb.Values[i]))))],
            Running.Run(model, "out", pictures), 5e-6);
        // Both paddings went into the windows after them, and nothing was turned around.
        Assert.DoesNotContain("Pad", Running.Operators(model));
        Assert.DoesNotContain("Transpose", Running.Operators(model));
        Assert.DoesNotContain("Mul", Running.Operators(model));
    }

    /// <summary>Zeros around a map with negative values win against them, so the padding must stay a node.</summary>
    [Fact]
    public void Padding_before_a_maximum_of_negative_values_stays()
    {
        var picture = Picture.Random(4, 4, 1);
        var w = new TfjsWriter(4, 4);
        w.Layer("InputLayer", "in", "{}");
        w.Layer("Rescaling", "neg", """{"scale":-1,"offset":-0.5}""", "in");
        w.Layer("ZeroPadding2D", "pad", """{"padding":1}""", "neg");
        w.Layer("MaxPooling2D", "pool", """{"pool_size":2,"strides":null,"padding":"valid"}""", "pad");
        w.Layer("Flatten", "flat", "{}", "pool");
        var model = Running.ImportTfjs(w.WriteLayers(TestPaths.NewFolder()), Running.Plain(4, 4), "flat");
        var expected = picture.Map(v => -v / 255 - 0.5).Pad(1, 1, 1, 1).Pool(true, 2, 2, false);
        Running.AssertClose(expected.Values, Running.Run(model, "features", picture));
        Assert.Equal(0, expected[0, 0, 0]);
    }

    [Fact]
    public void A_sequential_model_is_a_chain()
    {
        var picture = Picture.Random(5, 5, 3);
        var w = new TfjsWriter(5, 5);
        w.Layer("Conv2D", "c",
            """{"batch_input_shape":[null,5,5,3],"padding":"same","strides":1,"use_bias":false,"activation":"tanh"}""");
        w.Layer("Flatten", "flat", "{}");
        w.Layer("Dense", "fc", """{"use_bias":false}""");
        var kernel = w.Weight("c/kernel", Weights.Random(1, 3, 3, 3, 2));
        var matrix = w.Weight("fc/kernel", Weights.Random(2, 50, 4));
        var model = Running.ImportTfjs(w.WriteLayers(TestPaths.NewFolder(), sequential: true), Running.Plain(5, 5),
            "fc");
        Running.AssertClose(
            Weights.Times(picture.Map(v => v / 255).Conv(kernel, 1, true).Map(Math.Tanh).Values, matrix),
            Running.Run(model, "features", picture), 5e-6);
    }

    [Theory]
    [InlineData("Conv2DTranspose", "{}", "'Conv2DTranspose' (layer 'odd')")]
    [InlineData("Activation", """{"activation":"mystery"}""", "'mystery'")]
    [InlineData("Conv2D", """{"padding":"same"}""", "no weight 'kernel'")]
    [InlineData("MaxPooling2D", """{"padding":"causal"}""", "'causal'")]
    [InlineData("MaxPooling2D", """{"pool_size":[99,99]}""", "larger than its input")]
    [InlineData("ZeroPadding2D", """{"padding":[[1,-5],[0,0]]}""", "padding")]
    [InlineData("GlobalAveragePooling2D", """{"data_format":"channels_first"}""", "channels_first")]
    [InlineData("Reshape", """{"target_shape":[7,7]}""", "does not fit")]
    public void What_cannot_be_imported_is_named(string type, string config, string expected)
    {
        var w = new TfjsWriter(4, 4);
        w.Layer("InputLayer", "in", "{}");
        w.Layer(type, "odd", config, "in");
        var path = w.WriteLayers(TestPaths.NewFolder());
        var e = Assert.Throws<FaceBiasException>(() => Running.ImportTfjs(path, Running.Plain(4, 4), "odd"));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }
}
