using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FaceBias.Onnx.Tests.Import;

/// <summary>Writes small TensorFlow.js models, graph or layers, as a converter would.</summary>
internal sealed class TfjsWriter(int height, int width)
{
    private readonly JsonArray _nodes = [];
    private readonly JsonArray _layers = [];
    private readonly JsonArray _weights = [];
    private readonly MemoryStream _bytes = new();

    /// <summary>Stores a weight as float32, or quantized to float16, uint8 or uint16, and returns what it
    /// becomes.</summary>
    public Weights Weight(string name, Weights weight, string? quantization = null, string type = "float32")
    {
        var entry = new JsonObject { ["name"] = name,
            ["shape"] = new JsonArray([.. weight.Shape.Select(d => (JsonNode)d)]), ["dtype"] = type };
        var low = weight.Values.DefaultIfEmpty().Min();
        var steps = quantization == "uint8" ? 255 : 65535;
        var scale = Math.Max((weight.Values.DefaultIfEmpty().Max() - low) / steps, 1e-6);
        if (quantization is not null)
        {
            entry["quantization"] = quantization == "float16" ? new JsonObject { ["dtype"] = quantization }
                : new JsonObject { ["dtype"] = quantization, ["min"] = (double)low, ["scale"] = scale };
        }
        _weights.Add(entry);
        var buffer = new byte[4];
        var stored = weight.Values.Select(v =>
        {
            var step = Math.Round((v - low) / scale);
            switch (quantization ?? type)
            {
                case "float16":
                    BinaryPrimitives.WriteHalfLittleEndian(buffer, (Half)v);
                    _bytes.Write(buffer, 0, 2);
                    return (float)(Half)v;
                case "uint8":
                    _bytes.WriteByte((byte)step);
                    return (float)(step * scale + low);
                case "uint16":
                    BinaryPrimitives.WriteUInt16LittleEndian(buffer, (ushort)step);
                    _bytes.Write(buffer, 0, 2);
                    return (float)(step * scale + low);
                case "int32":
                    BinaryPrimitives.WriteInt32LittleEndian(buffer, (int)v);
                    break;
                default:
                    BinaryPrimitives.WriteSingleLittleEndian(buffer, v);
                    break;
            }
            _bytes.Write(buffer);
            return v;
        }).ToArray();
        return weight with { Values = stored };
    }

    /// <summary>A constant of a graph model.</summary>
    public Weights Const(string name, Weights weight, string? quantization = null)
    {
        _nodes.Add(new JsonObject { ["name"] = name, ["op"] = "Const" });
        return Weight(name, weight, quantization);
    }

    public void Ints(string name, params int[] values)
    {
        _nodes.Add(new JsonObject { ["name"] = name, ["op"] = "Const" });
        Weight(name, new Weights([values.Length], [.. values.Select(v => (float)v)]), type: "int32");
    }

    public void Placeholder(string name = "x") => Node("Placeholder", name, [], ("shape", new JsonObject
    {
        ["shape"] = new JsonObject
        {
            ["dim"] = new JsonArray(
                [.. new[] { -1, height, width, 3 }.Select(d => (JsonNode)new JsonObject { ["size"] = $"{d}" })]),
        },
    }));

    public void Node(string op, string name, string[] inputs, params (string Name, JsonNode Value)[] attributes)
    {
        var attr = new JsonObject();
        foreach (var (key, value) in attributes)
            attr[key] = value;
        _nodes.Add(new JsonObject { ["name"] = name, ["op"] = op,
            ["input"] = new JsonArray([.. inputs.Select(i => (JsonNode)i)]), ["attr"] = attr });
    }

    /// <summary>The attributes of a window operator.</summary>
    public static (string, JsonNode)[] Window(int stride, bool same, int dilation = 1, int? size = null,
        string[]? fused = null)
    {
        List<(string, JsonNode)> all =
        [
            ("strides", List("i", 1, stride, stride, 1)), ("dilations", List("i", 1, dilation, dilation, 1)),
            ("padding", Text(same ? "SAME" : "VALID")), ("data_format", Text("NHWC")),
        ];
        if (size is { } s)
            all.Add(("ksize", List("i", 1, s, s, 1)));
        if (fused is not null)
            all.Add(Fused(fused));
        return [.. all];
    }

    public static (string, JsonNode) Fused(params string[] operators) => ("fused_ops", new JsonObject
    {
        ["list"] = new JsonObject
            { ["s"] = new JsonArray(
                [.. operators.Select(o => (JsonNode)Convert.ToBase64String(Encoding.UTF8.GetBytes(o)))]) },
    });

    private static JsonObject List(string kind, params int[] values) =>
        new() { ["list"] = new JsonObject { [kind] = new JsonArray([.. values.Select(v => (JsonNode)$"{v}")]) } };

    private static JsonObject Text(string text) =>
        new() { ["s"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) };

    /// <summary>A layer with its configuration as JSON and the layers it takes.</summary>
    public void Layer(string type, string name, string config, params string[] inputs)
    {
        var own = (JsonObject)JsonNode.Parse(config)!;
        own["name"] = name;
        if (type == "InputLayer")
            own["batch_input_shape"] = new JsonArray(null, height, width, 3);
        var inbound = new JsonArray([.. inputs.Select(i => (JsonNode)new JsonArray(i, 0, 0, new JsonObject()))]);
        _layers.Add(new JsonObject { ["class_name"] = type, ["name"] = name, ["config"] = own,
            ["inbound_nodes"] = inputs.Length == 0 ? [] : new JsonArray(inbound) });
    }

    /// <summary>A model as a layer of this one, which holds its weights.</summary>
    public void Model(string name, TfjsWriter inner, bool sequential, params string[] inputs)
    {
        Layer(sequential ? "Sequential" : "Functional", name, "{}", inputs);
        var config = (JsonObject)_layers[^1]!["config"]!;
        config["layers"] = inner._layers.DeepClone();
        config["output_layers"] = new JsonArray(new JsonArray(inner._layers[^1]!["name"]!.GetValue<string>(), 0, 0));
    }

    /// <summary>Writes the graph model and returns the path of its model.json.</summary>
    public string WriteGraph(string folder) =>
        Write(folder, "graph-model", new JsonObject { ["node"] = _nodes.DeepClone() });

    public string WriteLayers(string folder, bool sequential = false) => Write(folder, "layers-model", new JsonObject
    {
        ["model_config"] = new JsonObject
        {
            ["class_name"] = sequential ? "Sequential" : "Model",
            ["config"] = new JsonObject { ["layers"] = _layers.DeepClone(),
                ["output_layers"] = new JsonArray(new JsonArray(_layers[^1]!["name"]!.GetValue<string>(), 0, 0)) },
        },
    });

    private string Write(string folder, string format, JsonObject topology)
    {
        var bytes = _bytes.ToArray();
        // Two shards, the cut in the middle of a number.
        var cut = bytes.Length / 2 | 1;
        File.WriteAllBytes(Path.Combine(folder, "a.bin"), bytes[..Math.Min(cut, bytes.Length)]);
        File.WriteAllBytes(Path.Combine(folder, "b.bin"), bytes[Math.Min(cut, bytes.Length)..]);
        var root = new JsonObject
        {
            ["format"] = format,
            ["modelTopology"] = topology,
            ["weightsManifest"] =
                new JsonArray(new JsonObject { ["paths"] = new JsonArray("a.bin", "b.bin"),
                    ["weights"] = _weights.DeepClone() }),
        };
        var path = Path.Combine(folder, "model.json");
        File.WriteAllText(path, root.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        return path;
    }
}
