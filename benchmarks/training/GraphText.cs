using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.AttributeProto.Types;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Benchmarks.Training;

/// <summary>A graph as JSON and bytes, as <c>torch_graph.py</c> reads it.</summary>
internal static class GraphText
{
    private const int Classes = 10;

    /// <summary>Writes a backbone with a random head, and returns it with a cross-entropy on the head, and what is
    /// trained.</summary>
    public static (ModelProto Model, IReadOnlyList<string> Trained) Write(ModelProto backbone,
        IReadOnlyList<WeightedLayer> layers, int batch, string stem)
    {
        var model = backbone.KeepOutputs(BackboneMetadata.Features);
        // Random masks are not compared.
        foreach (var dropout in model.Graph.Node.Where(n => n.OpType == "Dropout"))
        {
            dropout.OpType = "Identity";
            while (dropout.Input.Count > 1)
                dropout.Input.RemoveAt(1);
            dropout.Attribute.Clear();
        }
        var width = model.Graph.Output[0].Type.TensorType.Shape.Dim[1].DimValue;
        var random = new Random(5);
        var g = new GraphBuilder(model);
        g.Initializer(Tensors.Float("head",
            [.. Enumerable.Range(0, (int)width * Classes).Select(
                _ => (random.NextSingle() - 0.5f) / MathF.Sqrt(width))], width, Classes));
        string[] trained = [.. layers.SelectMany(l => l.Parameters), "head"];
        var tensors = new JsonArray();
        using (var bytes = File.Create(stem + ".graph.bin"))
            foreach (var tensor in model.Graph.Initializer)
            {
                var (type, content) = Content(tensor);
                bytes.Write(new byte[(8 - bytes.Position % 8) % 8]);
                tensors.Add(new JsonObject
                {
                    ["name"] = tensor.Name, ["type"] = type, ["offset"] = bytes.Position,
                    ["shape"] = new JsonArray([.. tensor.Dims.Select(d => (JsonNode)d)]),
                });
                bytes.Write(content);
            }
        var nodes = model.Graph.Node.Select(n => (JsonNode)new JsonObject
        {
            ["op"] = n.OpType,
            ["inputs"] = new JsonArray([.. n.Input.Select(i => (JsonNode)i)]),
            ["outputs"] = new JsonArray([.. n.Output.Select(o => (JsonNode)o)]),
            ["attributes"] = new JsonObject(n.Attribute.Select(a => KeyValuePair.Create(a.Name, Attribute(a)))),
        });
        var input = model.Graph.Input[0];
        File.WriteAllText(stem + ".graph.json", new JsonObject
        {
            ["input"] = input.Name, ["features"] = BackboneMetadata.Features, ["batch"] = batch,
            ["shape"] = new JsonArray([.. input.Type.TensorType.Shape.Dim.Skip(1).Select(d => (JsonNode)d.DimValue)]),
            ["trained"] = new JsonArray([.. trained.Select(t => (JsonNode)t)]), ["tensors"] = tensors,
            ["nodes"] = new JsonArray([.. nodes]),
        }.ToJsonString());
        g.Graph.Output.Clear();
        g.Input("labels", DataType.Int64, batch);
        g.Add("Identity",
            [Losses.SoftmaxCrossEntropy(g, g.Add("MatMul", BackboneMetadata.Features, "head"), "labels", Classes)], [],
            output: "loss");
        return (model, trained);
    }

    private static (string Type, byte[] Content) Content(TensorProto tensor) => (DataType)tensor.DataType switch
    {
        DataType.Float => ("f", MemoryMarshal.AsBytes<float>(tensor.ToFloats()).ToArray()),
        DataType.Bool => ("b", [.. tensor.ToInt64s().Select(v => (byte)v)]),
        DataType.Int64 or DataType.Int32 => ("q", MemoryMarshal.AsBytes<long>(tensor.ToInt64s()).ToArray()),
        var type => throw new InvalidOperationException($"torch_graph.py: constants of type {type}"),
    };

    private static JsonNode? Attribute(AttributeProto a) => a.Type switch
    {
        AttributeType.Int => a.I,
        AttributeType.Float => a.F,
        AttributeType.String => a.S.ToStringUtf8(),
        AttributeType.Ints => new JsonArray([.. a.Ints.Select(i => (JsonNode)i)]),
        AttributeType.Floats => new JsonArray([.. a.Floats.Select(f => (JsonNode)f)]),
        _ => null,
    };
}
