using System.Text.Json;

namespace FaceBias.Onnx.Import;

/// <summary>One use of a layer: a layer may be called several times, with the same weights.</summary>
internal readonly record struct LayerCall(string Name, int Call);

/// <summary>The layers of a Keras model and what each call of them takes. Layers of a model within the model, as
/// transfer learning makes them, stand among the others.</summary>
internal sealed class KerasLayers
{
    private readonly string _path;
    private readonly Dictionary<LayerCall, LayerStep> _steps = [];

    // A model's name stands for its output, its input layer for what the model is called with.
    private readonly Dictionary<LayerCall, LayerCall> _same = [];

    private KerasLayers(string path) => _path = path;

    /// <param name="Layer">Its JSON.</param>
    /// <param name="Sources">The calls whose values it takes; none for the picture.</param>
    public sealed record LayerStep(LayerCall Call, JsonElement Layer, LayerCall[] Sources);

    public int Count => _steps.Count;

    /// <summary>The layers that take the picture itself.</summary>
    public IEnumerable<LayerStep> Inputs => _steps.Values.Where(s => s.Sources.Length == 0);

    /// <exception cref="FaceBiasException">The model is of another class, or damaged.</exception>
    public static KerasLayers Of(TfjsFile file)
    {
        var layers = new KerasLayers(file.Path);
        layers.Add(Model(file), []);
        return layers;
    }

    /// <summary>The layers whose values the model gives.</summary>
    public static IReadOnlyList<string> OutputsOf(TfjsFile file)
    {
        var (layers, sequential) = LayersOf(Model(file), file.Path);
        return sequential ? [LayerReader.NameOf(layers[^1])]
            : [.. Declared(Model(file), "output_layers").Select(o => o.Name)];
    }

    /// <summary>The first call of the layer of that name; null if there is none.</summary>
    public LayerCall? Find(string name) =>
        Real(new LayerCall(name, 0)) is var call && _steps.ContainsKey(call) ? call : null;

    /// <exception cref="FaceBiasException">There is no such call.</exception>
    public LayerStep Step(LayerCall call) => _steps.TryGetValue(Real(call), out var step)
        ? step
        : throw Unknown(call.Name);

    public IEnumerable<LayerStep> UsersOf(LayerCall call) => _steps.Values.Where(s => s.Sources.Contains(call));

    /// <summary>Adds the layers of a model that is called with values of others.</summary>
    /// <returns>The call whose value the model gives first.</returns>
    private LayerCall Add(JsonElement model, LayerCall[] inputs)
    {
        var (layers, sequential) = LayersOf(model, _path);
        var twice = layers.CountBy(LayerReader.NameOf).FirstOrDefault(n => n.Value > 1);
        if (twice.Value > 1)
            throw new FaceBiasException($"'{_path}' has two layers named '{twice.Key}'; the file is damaged.");
        // Layers of models within models may be named like others.
        var own = layers.Select(LayerReader.NameOf).ToDictionary(n => n,
            n => _steps.Keys.Concat(_same.Keys).Any(k => k.Name == n) ? $"{LayerReader.NameOf(model)}/{n}" : n);
        string Own(string name) => own.TryGetValue(name, out var unique) ? unique
            : throw Unknown(name);
        var last = default(LayerCall);
        var given = new Queue<LayerCall>(inputs);
        foreach (var layer in layers)
        {
            var calls = sequential ? [last.Name is null ? [] : new[] { last }]
                : Calls(layer).Select(c => c.Select(s => s with { Name = Own(s.Name) }).ToArray()).ToList();
            for (var i = 0; i < calls.Count; i++)
            {
                last = new LayerCall(Own(LayerReader.NameOf(layer)), i);
                var sources = calls[i].Length == 0 && given.TryDequeue(out var outer) ? [outer] : calls[i];
                if (layer.Text("class_name") is "Sequential" or "Model" or "Functional")
                {
                    if (i > 0)
                        throw new FaceBiasException(
                            $"'{_path}' calls the model '{last.Name}' more than once, which is not supported.",
                            ErrorKind.Unsupported);
                    _same[last] = Add(layer, sources);
                }
                else if (layer.Text("class_name") == "InputLayer" && sources.Length > 0)
                    _same[last] = sources[0];
                else
                    _steps[last] = new LayerStep(last, layer, sources);
            }
        }
        foreach (var (call, step) in _steps.ToList())
            _steps[call] = step with { Sources = [.. step.Sources.Select(Real)] };
        return sequential ? last
            : Declared(model, "output_layers").Select(o => o with { Name = Own(o.Name) }).FirstOrDefault();
    }

    private FaceBiasException Unknown(string layer) =>
        new($"'{_path}' uses a layer '{layer}' that it does not have; the file is damaged.");

    private LayerCall Real(LayerCall call)
    {
        for (var steps = 0; _same.TryGetValue(call, out var other) && steps <= _same.Count; steps++)
            call = other;
        return call;
    }

    private static JsonElement Model(TfjsFile file) =>
        file.Topology.Get("model_config") is { ValueKind: JsonValueKind.Object } model ? model : file.Topology;

    private static (List<JsonElement> Layers, bool Sequential) LayersOf(JsonElement model, string path)
    {
        var type = model.Text("class_name");
        if (type is not ("Model" or "Functional" or "Sequential"))
            throw new FaceBiasException(
                $"'{path}' holds a model of class '{type}'; functional and Sequential models are supported.");
        var config = model.Get("config");
        // Old Keras wrote a Sequential model's configuration as the bare list of its layers.
        List<JsonElement> layers =
            [.. (config.ValueKind == JsonValueKind.Array ? config : config.Get("layers")).Items()];
        return layers.Count > 0 ? (layers, type == "Sequential")
            : throw new FaceBiasException($"'{path}' has no layers; the file is damaged.");
    }

    /// <summary>Layers that a model declares as its inputs or outputs: [["name", 0, 0], ...], or the only one
    /// bare.</summary>
    private static IEnumerable<LayerCall> Declared(JsonElement model, string what)
    {
        var declared = model.Get("config").Get(what);
        var lists = declared.Items().FirstOrDefault().ValueKind == JsonValueKind.String ? [declared] : declared.Items();
        return lists.Select(o => o.Items().ToList()).Where(o => o is [{ ValueKind: JsonValueKind.String }, ..])
            .Select(o => new LayerCall(o[0].GetString()!,
                o.Count > 1 && o[1].ValueKind == JsonValueKind.Number && o[1].TryGetInt32(out var call) ? call : 0));
    }

    /// <summary>Per call of a layer, the calls whose values it takes. Keras 2 writes [["conv1", 0, 0, {}], ...] per
    /// call, Keras 3 tensors with a "keras_history" of the same meaning.</summary>
    private List<LayerCall[]> Calls(JsonElement layer)
    {
        var calls = layer.Get("inbound_nodes").Items().Select(call => Sources(call).ToArray()).ToList();
        return calls.Count > 0 ? calls : [[]];
    }

    private IEnumerable<LayerCall> Sources(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            var history = element.Get("keras_history");
            return history.ValueKind == JsonValueKind.Array
                ? Sources(history)
                : element.EnumerateObject().Where(p => p.Name is "args" or "config").SelectMany(p => Sources(p.Value));
        }
        JsonElement[] items = [.. element.Items()];
        if (items is [{ ValueKind: JsonValueKind.String } name, { ValueKind: JsonValueKind.Number } call,
            { ValueKind: JsonValueKind.Number } tensor, ..])
        {
            return tensor.TryGetInt32(out var t) && t == 0 && call.TryGetInt32(out var c)
                ? [new(name.GetString()!, c)]
                : throw new FaceBiasException(
                    $"'{_path}' uses a second output of layer '{name.GetString()}', which is not supported.",
                    ErrorKind.Unsupported);
        }
        return items.SelectMany(Sources);
    }
}
