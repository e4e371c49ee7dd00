using FaceBias.Onnx.Graphs;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.MLNet.Tests;

/// <summary>A model in the format of a finished run that fits on a screen: mean colour of the left and the right half,
/// then one linear layer per target.</summary>
internal static class TinyModel
{
    public const int Width = 8, Height = 6;

    /// <summary>The part of it that gives features, as an imported backbone.</summary>
    public static string WriteBackbone(string folder) => Write(folder, change: m =>
    {
        m.Graph.Output.Clear();
        m.Graph.Output.Add(GraphBuilder.ValueInfo("features", DataType.Float, "N", 6));
        m.MetadataProps.Clear();
        m.SetMetadata(FaceBias.Onnx.Import.BackboneMetadata.Input, "RGB 0-255");
        m.SetMetadata(FaceBias.Onnx.Import.BackboneMetadata.Name, "tiny");
    });

    /// <summary>A backbone with weights: one convolution, then the mean of its maps.</summary>
    public static string WriteTrainableBackbone(string folder)
    {
        var g = new GraphBuilder("trainable");
        var pixels = g.Input("pixels", DataType.Float, "N", 3, Height, Width);
        var scaled = g.Add("Div", pixels, g.Constant(255f));
        var weights = g.Initializer(
            Tensors.Float("conv.weight", [.. Enumerable.Range(0, 4 * 27).Select(i => (float)Math.Sin(i))], 4, 3, 3, 3));
        var bias = g.Initializer(Tensors.Float("conv.bias", [0.1f, 0.2f, 0.3f, 0.4f], 4));
        var maps = g.Add("Relu",
            g.Add("Conv", [scaled, weights, bias],
                [("pads", new long[] { 1, 1, 1, 1 }), ("kernel_shape", new long[] { 3, 3 })]));
        g.Add("Flatten", [g.Add("GlobalAveragePool", maps)], [], output: "features");
        g.Output("features", DataType.Float, "N", 4);
        g.Model.SetMetadata(FaceBias.Onnx.Import.BackboneMetadata.Input, "RGB 0-255");
        g.Model.SetMetadata(FaceBias.Onnx.Import.BackboneMetadata.Name, "trainable");
        var path = Path.Combine(folder, "trainable.onnx");
        OnnxFile.Write(g.Model, path);
        return path;
    }

    public static string Write(string folder, string fit = "cover", Action<ModelProto>? change = null)
    {
        var g = new GraphBuilder("tiny");
        var pixels = g.Input("pixels", DataType.Float, "N", 3, Height, Width);
        // [N, 3, 1, 2]: the order of channels and of columns both matter to the result.
        var halves = g.Add("AveragePool", [pixels],
            [("kernel_shape", new long[] { Height, Width / 2 }), ("strides", new long[] { Height, Width / 2 })]);
        var features = g.Add("Div", [g.Add("Flatten", halves), g.Constant(255f)], [], output: "features");
        var gender = g.Add("Gemm", features, g.Constant([1, -2, 3, 0.5f, 1, -1, -1, 2, 0, 1, 0.25f, 2], 6, 2),
            g.Constant([0.1f, -0.2f], 2));
        g.Add("Softmax", [gender], [("axis", 1)], output: "gender");
        g.Add("Gemm", [features, g.Constant([10, 20, 30, -5, 7, 11], 6, 1), g.Constant([20f], 1)], [], output: "age");
        g.Output("gender", DataType.Float, "N", 2);
        g.Output("age", DataType.Float, "N", 1);
        g.Model.SetMetadata("facebias.model", $$"""
            {"version":1,"input":{"name":"pixels","width":{{Width}},"height":{{Height}},"layout":"NCHW","channels":"RGB","range":"0-255","fit":"{{fit}}"},
             "targets":[{"kind":"categorical","name":"gender","classes":["female","male"]},{"kind":"numeric","name":"age","unit":"years"}]}
            """);
        change?.Invoke(g.Model);
        var path = Path.Combine(folder, "model.onnx");
        OnnxFile.Write(g.Model, path);
        return path;
    }
}
