using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Fit;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Synthesis;
using FaceBias.Tests;
using FaceBias.Workflows.Train;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Runs;

/// <summary>A run small enough for seconds: drawn faces, and a backbone that averages the pixels of a coarse
/// grid.</summary>
internal sealed class TinyWorld
{
    private const int Side = 32, Cell = 8;

    public TinyWorld(string spec = """{"size": 48, "planted": {"exact_duplicates": 0.05, "unreadable": 0.05}}""",
        int count = 80)
    {
        Folder = TestPaths.NewFolder("run");
        SynthDataSet.Write(SynthSpec.Parse(spec, "test"), count, 1, Data);
        WriteBackbone(Backbone, hasFeatures: true);
    }

    public string Folder { get; }

    public string Data => Path.Combine(Folder, "data");

    public string Images => Path.Combine(Data, "images");

    public string Labels => Path.Combine(Data, "labels.csv");

    public string Backbone => Path.Combine(Folder, "tiny.onnx");

    public TrainRunOptions Options => new()
    {
        Images = [Images],
        Labels = Labels,
        Targets = ["gender", "age"],
        Groups = ["glasses"],
        Backbone = Backbone,
        Out = Path.Combine(Folder, "out"),
        Home = Path.Combine(Folder, "home"),
        Replicates = 200,
        Training = new TrainOptions { Epochs = 3, Hidden = 8, BatchSize = 16 },
    };

    public string Out(string file) => Path.Combine(Options.Out, file);

    public static void WriteBackbone(string path, bool hasFeatures, int side = Side)
    {
        var g = new GraphBuilder("tiny");
        g.Input("pixels", DataType.Float, "N", 3, side, side);
        long[] cell = [Cell, Cell];
        var cells = g.Add("AveragePool", ["pixels"], [("kernel_shape", cell), ("strides", cell)]);
        var name = hasFeatures ? "features" : "cells";
        g.Output(g.Add("Flatten", [cells], [("axis", 1L)], name), DataType.Float, "N",
            3 * (side / Cell) * (side / Cell));
        g.Model.SetMetadata(BackboneMetadata.Input, "pixels");
        g.Model.SetMetadata(BackboneMetadata.Name, "tiny");
        OnnxFile.Write(g.Model, path);
    }

    /// <summary>A backbone with weights: one convolution, then the means of its maps.</summary>
    public static string WriteTrainableBackbone(string folder)
    {
        const int Maps = 8;
        var g = new GraphBuilder("trainable");
        var scaled = g.Add("Div", g.Input("pixels", DataType.Float, "N", 3, Side, Side), g.Constant(255f));
        var weights = g.Initializer(Tensors.Float("conv.weight",
            [.. Enumerable.Range(0, Maps * 27).Select(i => (float)Math.Sin(i))], Maps, 3, 3, 3));
        var maps = g.Add("Relu", g.Add("Conv", [scaled, weights, g.Initializer(Tensors.Float("conv.bias", new float[Maps],
            Maps))], [("pads", new long[] { 1, 1, 1, 1 }), ("strides", new long[] { 2, 2 }),
            ("kernel_shape", new long[] { 3, 3 })]));
        g.Add("Flatten", [g.Add("GlobalAveragePool", maps)], [], output: "features");
        g.Output("features", DataType.Float, "N", Maps);
        g.Model.SetMetadata(BackboneMetadata.Input, "pixels");
        g.Model.SetMetadata(BackboneMetadata.Name, "trainable");
        var path = Path.Combine(folder, "trainable.onnx");
        OnnxFile.Write(g.Model, path);
        return path;
    }
}
