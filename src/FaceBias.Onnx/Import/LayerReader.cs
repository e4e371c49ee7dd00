using System.Text.Json;

namespace FaceBias.Onnx.Import;

/// <summary>Configuration, inputs and weights of one call of a Keras layer.</summary>
internal sealed class LayerReader(JsonElement layer, TfjsFile file, ChannelsFirstEmitter emit,
    IReadOnlyList<GraphValue> inputs)
{
    private const int MaxExtent = 4096;

    private readonly JsonElement _config = layer.Get("config");

    public string Class { get; } = layer.Text("class_name");

    public string Name { get; } = NameOf(layer);

    public IReadOnlyList<GraphValue> Inputs => inputs;

    public GraphValue Input => inputs.Count == 1 ? inputs[0]
        : throw emit.Refuse($"has {inputs.Count} inputs but takes one; the file is damaged.");

    public static string NameOf(JsonElement layer) =>
        layer.Text("name") is { Length: > 0 } name ? name : layer.Get("config").Text("name");

    public string Text(string name, string standard = "") =>
        _config.Text(name) is { Length: > 0 } text ? text : standard;

    public bool Flag(string name, bool standard) => _config.Get(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => standard,
    };

    /// <summary>A number, or null where it is absent or null.</summary>
    public double? Number(string name) => _config.Get(name) is { ValueKind: JsonValueKind.Number } number
        ? number.GetDouble() : null;

    public double Number(string name, double standard) => Number(name) ?? standard;

    /// <summary>Integers, of which "axis": 3 is a list of one.</summary>
    public long[] Longs(string name)
    {
        var value = _config.Get(name);
        JsonElement[] items = value.ValueKind == JsonValueKind.Number ? [value] : [.. value.Items()];
        return [.. items.Select(
            i => i.ValueKind == JsonValueKind.Number && i.TryGetInt64(out var number) ? number
                : throw Unreadable(name))];
    }

    /// <summary>Height and width, of which one number stands for both.</summary>
    public int[] Pair(string name, int[]? standard = null)
    {
        if (_config.Get(name).ValueKind is JsonValueKind.Undefined or JsonValueKind.Null && standard is not null)
            return standard;
        int[] values = [.. Longs(name).Select(v => v is >= 0 and <= MaxExtent ? (int)v : throw Unreadable(name))];
        return values.Length switch { 1 => [values[0], values[0]], 2 => values, _ => throw Unreadable(name) };
    }

    /// <summary>Padding as one number, [height, width], or [[top, bottom], [left, right]].</summary>
    public (int Before, int After)[] Padding()
    {
        int[] flat = [.. _config.Get("padding").Items().SelectMany(
            i => i.ValueKind == JsonValueKind.Array ? i.Items() : [])
            .Select(i => i.ValueKind == JsonValueKind.Number && i.TryGetInt32(out var number) ? number
                : throw Unreadable("padding"))];
        if (flat.Length == 0 && Pair("padding", [1, 1]) is [var height, var width])
            flat = [height, height, width, width];
        return flat.Length == 4 ? [(flat[0], flat[1]), (flat[2], flat[3])] : throw Unreadable("padding");
    }

    public Window Window(int[]? strides = null) => new(
        Pair("strides", strides ?? [1, 1]),
        Text("padding", "valid") switch
        {
            "same" => WindowPadding.Same,
            "valid" => WindowPadding.Valid,
            var other => throw emit.Refuse($"has the padding '{other}', which is not supported."),
        },
        Pair("dilation_rate", [1, 1]), [0, 0, 0, 0]);

    public void NeedChannelsLast()
    {
        if (Text("data_format", "channels_last") != "channels_last")
            throw emit.Refuse("stores pictures in planes (channels_first), which is not supported.");
    }

    /// <summary>A weight of this layer: "conv1/kernel", also under the names of the models around it or twice its
    /// own.</summary>
    public GraphValue Weight(string name)
    {
        if (file.Weights.TryGetValue($"{Name}/{name}", out var exact))
            return GraphValue.Of(exact);
        var matches = file.Weights.Where(
            w => w.Key.EndsWith($"/{name}", StringComparison.Ordinal) && w.Key.Split('/').Contains(Name)).ToList();
        return matches.Count == 1
            ? GraphValue.Of(matches[0].Value)
            : throw emit.Refuse(
                $"has {(matches.Count == 0 ? "no" : "more than one")} weight '{name}' in the manifest; the file is damaged.");
    }

    private FaceBiasException Unreadable(string name) =>
        emit.Refuse($"has an unreadable '{name}'; the file is damaged.");
}
