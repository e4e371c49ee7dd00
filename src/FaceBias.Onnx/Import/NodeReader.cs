using System.Text;
using System.Text.Json;

namespace FaceBias.Onnx.Import;

/// <summary>Inputs and attributes of one node of a TensorFlow graph in JSON.</summary>
internal sealed class NodeReader(JsonElement node, ChannelsFirstEmitter emit, IReadOnlyList<GraphValue> inputs)
    : OperatorInputs(emit, inputs)
{
    public string Op { get; } = node.Text("op");

    public IReadOnlyList<GraphValue> Inputs { get; } = inputs;

    public bool Flag(string name) => Attribute(name).Get("b").ValueKind == JsonValueKind.True;

    public float Number(string name, float standard) =>
        Attribute(name).Get("f").TryNumber(out var value) ? (float)value : standard;

    public long[] Longs(string name) => [.. Attribute(name).Get("list").Get("i").Items().Select(i =>
        i.TryNumber(out var value) && Math.Abs(value) < int.MaxValue ? (long)value
            : throw Emit.Refuse($"has an unreadable attribute '{name}'; the file is damaged."))];

    /// <summary>Texts, which TensorFlow.js writes in base64.</summary>
    public string[] Strings(string name) => [.. Attribute(name).Get("list").Get("s").Items().Select(s => Decode(s))];

    /// <summary>Height and width of an attribute for all four dimensions [1, h, w, 1].</summary>
    public int[] Pair(string name)
    {
        var values = Longs(name);
        if (values.Length == 0)
            return [1, 1];
        return values is [1, _, _, 1] ? [(int)values[1], (int)values[2]]
            : throw Emit.Refuse($"has the {name} [{string.Join(", ", values)}]; only [1, h, w, 1] is supported.");
    }

    public Window Window()
    {
        if (Decode(Attribute("data_format").Get("s")) is not ("" or "NHWC"))
            throw Emit.Refuse("stores pictures in planes (data_format NCHW), which is not supported.");
        var pads = Longs("explicit_paddings");
        return Decode(Attribute("padding").Get("s")) switch
        {
            "SAME" => new Window(Pair("strides"), WindowPadding.Same, Pair("dilations"), [0, 0, 0, 0]),
            "VALID" => new Window(Pair("strides"), WindowPadding.Valid, Pair("dilations"), [0, 0, 0, 0]),
            "EXPLICIT" when pads is [0, 0, var top, var bottom, var left, var right, 0, 0]
                && pads.All(p => p is >= 0 and <= 4096)
                => new Window(Pair("strides"), WindowPadding.Explicit, Pair("dilations"),
                    [(int)top, (int)left, (int)bottom, (int)right]),
            var padding => throw Emit.Refuse($"has the padding '{padding}', which is not supported."),
        };
    }

    /// <summary>The declared shape of a placeholder; empty where there is none.</summary>
    public int[] Shape() => [.. Attribute("shape").Get("shape").Get("dim").Items().Select(d =>
        d.Get("size").TryNumber(out var size) && size is >= -1 and < int.MaxValue ? (int)size : -1)];

    private JsonElement Attribute(string name) => node.Get("attr").Get(name);

    private string Decode(JsonElement text)
    {
        if (text.ValueKind != JsonValueKind.String)
            return "";
        var buffer = new byte[text.GetString()!.Length];
        return Convert.TryFromBase64String(text.GetString()!, buffer, out var length)
            ? Encoding.UTF8.GetString(buffer, 0, length)
            : throw Emit.Refuse("has an unreadable text attribute; the file is damaged.");
    }
}
