using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Tests.Imaging;
using FaceBias.Onnx.Graphs;
using Google.Protobuf;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Benchmarks.Robustness;

/// <summary>Damaged ONNX files, imported as backbones, inspected, and asked for predictions.</summary>
internal sealed class ModelCases : Cases
{
    private const int Side = 16;

    private readonly List<(string Name, byte[] Bytes)> _models = [];

    protected override void Prepare(string folder)
    {
        // No network, and nothing of the user's own.
        Environment.SetEnvironmentVariable(FaceBiasHome.Variable, Path.Combine(folder, "home"));
        Directory.CreateDirectory(Path.Combine(folder, "pictures"));
        File.WriteAllBytes(Path.Combine(folder, "pictures", "a.png"), TestImages.Png(20, 20));
        Add("classifier", Network(DataType.Float, channelsLast: false));
        Add("bytes", Network(DataType.Uint8, channelsLast: true));
        Add("tokens", Tokens());
        var trained = Network(DataType.Float, channelsLast: false, "pixels", "gender");
        new ModelMetadata(1, ModelInput.From(new ImageSpec(Side, Side)), [new CategoricalOutput("gender", ["f", "m"])],
            "tiny", "none", "made by code").WriteTo(trained);
        Add("trained", trained);

        void Add(string name, ModelProto model) => _models.Add((name, OnnxFile.ToBytes(model)));
    }

    private static ModelProto Network(DataType type, bool channelsLast, string input = "x", string output = "y")
    {
        var g = new GraphBuilder("network");
        var x = channelsLast ? g.Input(input, type, "N", Side, Side, 3) : g.Input(input, type, "N", 3, Side, Side);
        if (type != DataType.Float)
            x = g.Add("Cast", [x], [("to", 1L)]);
        if (channelsLast)
            x = g.Add("Transpose", [x], [("perm", new long[] { 0, 3, 1, 2 })]);
        var random = new Random(3);
        float[] Weights(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5) / 50)];
        var map = g.Add("Relu",
            g.Add("Conv", [x, g.Constant(Weights(8 * 27), 8, 3, 3, 3), g.Constant(Weights(8), 8)],
                [("pads", new long[] { 1, 1, 1, 1 }), ("strides", new long[] { 2, 2 })]));
        var rows = g.Add("Flatten",
            [g.Add("GlobalAveragePool", g.Add("MaxPool", [map], [("kernel_shape", new long[] { 2, 2 })]))],
            [("axis", 1)]);
        g.Output(g.Add("Softmax", [g.Add("Gemm", rows, g.Constant(Weights(16), 8, 2))], [], output: output),
            DataType.Float, "N", 2);
        return g.Model;
    }

    private static ModelProto Tokens()
    {
        var g = new GraphBuilder("tokens");
        var random = new Random(4);
        float[] Weights(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5) / 50)];
        var patches = g.Add("Conv",
            [g.Input("x", DataType.Float, "N", 3, Side, Side), g.Constant(Weights(6 * 48), 6, 3, 4, 4)],
            [("strides", new long[] { 4, 4 })]);
        var tokens = g.Add("Transpose", [g.Add("Reshape", patches, g.Constant(0L, 6L, -1L))],
            [("perm", new long[] { 0, 2, 1 })]);
        g.Output(g.Add("Add",
            [tokens, g.Add("MatMul",
                g.Add("Softmax",
                    g.Add("MatMul", tokens, g.Add("Transpose", [tokens], [("perm", new long[] { 0, 2, 1 })]))),
                    tokens)], [], output: "y"), DataType.Float, "N", 16, 6);
        return g.Model;
    }

    protected override Outcome Run(Random random, string folder)
    {
        var (name, bytes) = _models[random.Next(_models.Count)];
        var path = Path.Combine(folder, $"{name}.onnx");
        File.WriteAllBytes(path,
            random.Next(3) == 0 ? Damage.Of(bytes, random) : Changed(ModelProto.Parser.ParseFrom(bytes), random));
        string[] arguments = random.Next(3) switch
        {
            0 => ["models", "inspect", path],
            1 => ["models", "import", path, "--name", "changed",
                .. name == "tokens" ? new[] { "--pool", "token" } : []],
            _ => ["predict", "--model", path, "--images", Path.Combine(folder, "pictures"), "--out",
                Path.Combine(folder, "out.csv")],
        };
        return CommandCases.RunAsync(arguments).GetAwaiter().GetResult();
    }

    /// <summary>A model that is well-formed and says something else.</summary>
    private static byte[] Changed(ModelProto model, Random random)
    {
        var graph = model.Graph;
        for (var times = random.Next(1, 4); times > 0 && graph.Node.Count > 0; times--)
        {
            var node = graph.Node[random.Next(graph.Node.Count)];
            var tensor = graph.Initializer.Count == 0 ? new TensorProto()
                : graph.Initializer[random.Next(graph.Initializer.Count)];
            switch (random.Next(16))
            {
                case 0:
                    node.OpType = new[] { "Loop", "Scan", "If", "Relu", "Swirl", "Reshape", "NonZero", "Identity",
                        "StringNormalizer", "Expand", "ConstantOfShape" }[random.Next(11)];
                    break;
                case 1:
                    node.Domain = new[] { "com.microsoft", "ai.onnx.ml", "x" }[random.Next(3)];
                    break;
                case 2 when node.Input.Count > 0:
                    node.Input[random.Next(node.Input.Count)] =
                        new[] { "", "nowhere", node.Output.FirstOrDefault() ?? "",
                            graph.Node[^1].Output.FirstOrDefault() ?? "" }[random.Next(4)];
                    break;
                case 3:
                    graph.Node.Remove(node);
                    break;
                case 4:
                    graph.Node.Add(node.Clone());
                    break;
                case 5 when node.Attribute.Count > 0:
                    var attribute = node.Attribute[random.Next(node.Attribute.Count)];
                    attribute.I = new[] { -1L, 0, 1L << 40, long.MinValue }[random.Next(4)];
                    for (var i = 0; i < attribute.Ints.Count; i++)
                        attribute.Ints[i] = random.Next(-3, 1000);
                    break;
                case 6 when tensor.Dims.Count > 0:
                    tensor.Dims[random.Next(tensor.Dims.Count)] =
                        new[] { -1L, 0, 7, 1L << 33, long.MaxValue }[random.Next(5)];
                    break;
                case 7:
                    tensor.DataType = random.Next(-1, 24);
                    break;
                case 8:
                    tensor.RawData = ByteString.CopyFrom(tensor.RawData.Span[..random.Next(tensor.RawData.Length + 1)]);
                    break;
                case 9:
                    var values = tensor.RawData.ToByteArray();
                    random.NextBytes(values.AsSpan(0, Math.Min(values.Length, random.Next(64))));
                    tensor.RawData = ByteString.CopyFrom(values);
                    break;
                case 10:
                    tensor.DataLocation = DataLocation.External;
                    tensor.ExternalData.Add(
                        new StringStringEntryProto { Key = "location",
                            Value = new[] { "../x", "/dev/zero", "", "gone.bin", "." }[random.Next(5)] });
                    break;
                case 11 when graph.Input.Count > 0:
                    var dims = graph.Input[0].Type.TensorType.Shape.Dim;
                    dims[random.Next(dims.Count)].DimValue =
                        new[] { -1L, 0, 1, 5, 3, 100_000, 1L << 40 }[random.Next(7)];
                    break;
                case 12 when graph.Input.Count > 0:
                    graph.Input[0].Type.TensorType.ElemType = random.Next(0, 20);
                    break;
                case 13:
                    foreach (var opset in model.OpsetImport)
                        opset.Version = new[] { -1L, 0, 1, 6, 7, 11, 13, 25, 999, long.MaxValue }[random.Next(10)];
                    break;
                case 14:
                    foreach (var property in model.MetadataProps)
                        property.Value = random.Next(3) switch { 0 => "{}",
                            1 => property.Value.Replace("16", "17", StringComparison.Ordinal),
                            _ => property.Value[..(property.Value.Length / 2)] };
                    break;
                default:
                    if (graph.Output.Count > 0 && random.Next(2) == 0)
                        graph.Output[0].Name = "other";
                    else
                        graph.Input.Add(GraphBuilder.ValueInfo("second", DataType.Float, 1));
                    break;
            }
        }
        return model.ToByteArray();
    }
}
