using FaceBias.Core.Tests.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Tests;
using Google.Protobuf;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Backbones;

/// <summary>Runs every line of docs/reference/reads.md about models.</summary>
public class ReadsModelsTests
{
    private const int Side = 8, Filters = 6;

    private readonly string _folder = TestPaths.NewFolder();

    [Fact]
    public void Every_line_about_models_holds()
    {
        var lines = ReadsPicturesTests.Lines("Models").ToList();
        Assert.InRange(lines.Count, 15, 100);
        foreach (var line in lines)
        {
            var (said, model) = Import(Save(line[0]), Wishes(line[1].Trim('`')));
            var wanted = line[2].Split(": ", 2);
            var held = wanted switch
            {
                ["asked" or "refused", var sentence] =>
                    model is null && said.Contains(sentence, StringComparison.Ordinal),
                ["features", "what the last layer takes"] =>
                    said.Contains("what the last layer Gemm", StringComparison.Ordinal) && model is not null,
                ["an open batch"] => Batch(model) is null,
                ["a batch of 1"] => Batch(model) == 1,
                ["float32 inside"] => model!.Graph.Initializer.All(t => t.DataType != (int)DataType.Float16),
                ["the first token" or "the mean of the tokens"] =>
                    said.Contains("of which --pool", StringComparison.Ordinal),
                ["weights from the folder of the file" or "constants are folded first"] => model is not null,
                _ => model is not null && said.Contains(line[2], StringComparison.Ordinal),
            };
            Assert.True(held, $"{string.Join(" | ", line)}: {said}");
        }
    }

    private static long? Batch(ModelProto? model) =>
        model!.Graph.Input[0].Type.TensorType.Shape.Dim[0] is { HasDimValue: true } dim ? dim.DimValue : null;

    private static (string Said, ModelProto? Model) Import(string path, ImportOverrides overrides)
    {
        try
        {
            var proposal = ImportProposal.For(path, overrides);
            return (string.Join("\n", proposal.Reasons), ModelImporter.ImportFile(path, proposal.Spec));
        }
        catch (FaceBiasException e)
        {
            // the flag is named for one of them
            return (e.Typed().Replace("--constants ", "--constant ", StringComparison.Ordinal), null);
        }
    }

    private static ImportOverrides Wishes(string options) => options switch
    {
        "--constant scale=2" => new() { Constants = new Dictionary<string, IReadOnlyList<float>> { ["scale"] = [2] } },
        "--pool token" => new() { Pool = FeaturePooling.Token },
        "--pool mean" => new() { Pool = FeaturePooling.Mean },
        "" => new(),
        _ => throw new InvalidOperationException($"Nothing reads '{options}'; add it here."),
    };

    private string Save(string name)
    {
        var g = new GraphBuilder("people");
        var random = new Random(1);
        float[] Weights(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
        string Kernel() => g.Constant(Weights(Filters * 27), Filters, 3, 3, 3);
        string Rows(string planes, string? kernel = null) =>
            g.Add("Flatten", [g.Add("GlobalAveragePool", g.Add("Relu", g.Add("Conv", planes, kernel ?? Kernel())))],
                [("axis", 1)]);
        string Scores(string rows) => g.Add("Gemm", rows, g.Constant(Weights(Filters * 5), Filters, 5));
        string Planes(object batch) => g.Input("x", DataType.Float, batch, 3, Side, Side);
        string ToPlanes(string nhwc) => g.Add("Transpose", [nhwc], [("perm", new long[] { 0, 3, 1, 2 })]);
        void Out(string value, DataType type = DataType.Float) =>
            g.Output(g.Add("Identity", [value], [], output: "out"), type);
        switch (name)
        {
            case "classifier.onnx" or "external.onnx" or "outside.onnx" or "half.onnx" or "cut.onnx":
                Out(Scores(Rows(Planes("n"))));
                break;
            case "channels-last.onnx":
                Out(Scores(Rows(ToPlanes(g.Input("x", DataType.Float, "n", Side, Side, 3)))));
                break;
            case "bytes.onnx":
                Out(Scores(Rows(
                    ToPlanes(g.Add("Cast", [g.Input("x", DataType.Uint8, "n", Side, Side, 3)], [("to", 1L)])))));
                break;
            case "grey.onnx":
                Out(Scores(Rows(g.Input("x", DataType.Float, "n", 1, Side, Side),
                    g.Constant(Weights(Filters * 9), Filters, 1, 3, 3))));
                break;
            case "single.onnx":
                Out(Scores(Rows(g.Add("Unsqueeze", g.Input("x", DataType.Float, 3, Side, Side), g.Constant(0L)))));
                break;
            case "batch8.onnx":
                Out(Scores(g.Add("Reshape", g.Add("GlobalAveragePool", g.Add("Conv", Planes(8), Kernel())),
                    g.Constant(8L, Filters))));
                break;
            case "label-first.onnx":
                g.Output(g.Add("ArgMax", [Scores(Rows(Planes("n")))], [("axis", 1)]), DataType.Int64);
                break;
            case "hidden-weights.onnx":
                var constant = g.Add("Constant", [], [("value", Tensors.Float("", Weights(Filters * 5), 5, Filters))]);
                Out(g.Add("MatMul", Rows(Planes("n"), g.Add("Identity", Kernel())),
                    g.Add("Transpose", [constant], [("perm", new long[] { 1, 0 })])));
                break;
            case "second-input.onnx":
                Out(Scores(g.Add("Mul", Rows(Planes("n")), g.Input("scale", DataType.Float, 1))));
                break;
            case "tokens.onnx":
                var tokens = g.Add("Reshape", g.Add("Relu", g.Add("Conv", Planes("n"), Kernel())),
                    g.Constant(0L, Filters, -1L));
                g.Output(g.Add("Transpose", [tokens], [("perm", new long[] { 0, 2, 1 })], output: "out"),
                    DataType.Float, "n", (Side - 2) * (Side - 2), Filters);
                break;
            case "training.onnx":
                var maps = Planes("n");
                var ones = g.Constant(1f);
                Out(Scores(Rows(g.AddMany("BatchNormalization", [maps, ones, ones, ones, ones], 3,
                    [("training_mode", 1L)])[0])));
                break;
            case "loop.onnx":
                Out(g.Add("Loop", g.Constant(1L << 62), "", Rows(Planes("n"))));
                break;
            case "giant.onnx":
                var wide = g.Add("Expand", g.Add("Unsqueeze", Rows(Planes("n")), g.Constant(2L)),
                    g.Constant(1L, Filters, 1L << 40));
                Out(Scores(g.Add("ReduceMean", [wide, g.Constant(2L)], [("keepdims", 0L)])));
                break;
            default:
                throw new InvalidOperationException($"Nothing makes '{name}'; add it here.");
        }
        var path = Path.Combine(_folder, name);
        if (name == "half.onnx")
            Halve(g.Model);
        if (name is "external.onnx" or "outside.onnx")
            Externalise(g.Model.Graph.Initializer[0], name == "outside.onnx" ? "../weights.data" : "weights.data");
        OnnxFile.Write(g.Model, path);
        if (name == "cut.onnx")
            File.WriteAllBytes(path, File.ReadAllBytes(path)[..^200]);
        return path;
    }

    private void Externalise(TensorProto tensor, string location)
    {
        File.WriteAllBytes(Path.Combine(_folder, "weights.data"), tensor.RawData.ToByteArray());
        tensor.ClearRawData();
        tensor.DataLocation = DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
    }

    private static void Halve(ModelProto model)
    {
        foreach (var tensor in model.Graph.Initializer)
        {
            byte[] half = [.. tensor.ToFloats().SelectMany(v => BitConverter.GetBytes((Half)v))];
            (tensor.DataType, tensor.RawData) = ((int)DataType.Float16, ByteString.CopyFrom(half));
        }
        model.Graph.Input[0].Type.TensorType.ElemType = (int)DataType.Float16;
        model.Graph.Output[0].Type.TensorType.ElemType = (int)DataType.Float16;
    }
}
