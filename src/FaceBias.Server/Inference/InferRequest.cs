using FaceBias.Server.Tensors;
using System.Text.Json;
using FaceBias.Server.Http;

namespace FaceBias.Server.Inference;

/// <summary>An output that a request asks for.</summary>
internal sealed record WantedOutput(string Name, bool? Binary);

/// <summary>A request of the Open Inference Protocol: JSON, or JSON followed by the tensors' bytes where the header
/// <see cref="HeaderLength"/> says how long the JSON is (the binary extension of Triton and KServe).</summary>
internal sealed record InferRequest(string? Id, IReadOnlyList<InferTensor> Inputs, IReadOnlyList<WantedOutput>? Outputs,
    bool Binary, double? TimeoutSeconds)
{
    public const string HeaderLength = "Inference-Header-Content-Length";

    private const int MostTensors = 64;

    /// <param name="header">The header's value; null where there is none.</param>
    /// <exception cref="RequestProblem">It is malformed.</exception>
    public static InferRequest Parse(ReadOnlyMemory<byte> body, string? header)
    {
        var length = body.Length;
        if (header is not null
            && !(int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out length)
                && length <= body.Length))
            throw Bad($"{HeaderLength} must be the length of the JSON, at most that of the body ({body.Length} bytes).");
        try
        {
            using var json = JsonDocument.Parse(body[..length]);
            return Read(json.RootElement, body[length..]);
        }
        catch (JsonException)
        {
            throw Bad("The request is no JSON of the Open Inference Protocol; binary tensors need the header "
                + HeaderLength + ".");
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw Bad("A field of the request has a value of another type than the Open Inference Protocol says.");
        }
    }

    private static InferRequest Read(JsonElement root, ReadOnlyMemory<byte> binary)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("inputs", out var list)
            || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() is 0 or > MostTensors)
            throw Bad($"The request must be an object whose 'inputs' are 1 to {MostTensors} tensors.");
        var inputs = new List<InferTensor>();
        foreach (var input in list.EnumerateArray())
            inputs.Add(ReadTensor(input, ref binary));
        if (binary.Length > 0)
            throw Bad($"{binary.Length} bytes after the JSON belong to no tensor (binary_data_size).");
        if (inputs.Select(i => i.Name).Distinct(StringComparer.Ordinal).Count() < inputs.Count)
            throw Bad("Two inputs have one name.");
        var parameters = Find(root, "parameters");
        List<WantedOutput>? wanted = null;
        if (Find(root, "outputs") is { } outputs)
        {
            wanted = [.. outputs.EnumerateArray().Select(
                o => new WantedOutput(Text(o, "name"), Parameter(Find(o, "parameters"), "binary_data")?.GetBoolean()))];
            if (outputs.EnumerateArray().Any(o => Parameter(Find(o, "parameters"), "classification") is not null))
                throw Bad("The parameter 'classification' is not known here; ask for the output TARGET_label instead.");
        }
        // Microseconds, as Triton has it.
        var timeout = Parameter(parameters, "timeout") is { } micros ? micros.GetInt64() / 1e6 : (double?)null;
        return new(Find(root, "id")?.GetString(), inputs, wanted is { Count: > 0 } ? wanted : null,
            Parameter(parameters, "binary_data_output")?.GetBoolean() ?? false, timeout is > 0 ? timeout : null);
    }

    private static InferTensor ReadTensor(JsonElement tensor, ref ReadOnlyMemory<byte> binary)
    {
        var name = Text(tensor, "name");
        var type = TensorType.Find(Text(tensor, "datatype"))
            ?? throw Bad($"'{name}' has the datatype '{Text(tensor, "datatype")}', which is not known.");
        if (Find(tensor, "shape") is not { ValueKind: JsonValueKind.Array } dims || dims.GetArrayLength() > 8)
            throw Bad($"'{name}' has no shape of at most 8 dimensions.");
        long[] shape = [.. dims.EnumerateArray().Select(d => d.GetInt64())];
        var count = InferTensor.Count(shape) ?? throw Bad($"The shape of '{name}' is negative or too large.");
        if (Parameter(Find(tensor, "parameters"), "binary_data_size") is not { } size)
        {
            return Find(tensor, "data") is { } data ? new(name, type, shape, TensorJson.Read(name, type, count, data))
                : throw Bad($"'{name}' has neither 'data' nor the parameter 'binary_data_size'.");
        }
        var bytes = size.GetInt64();
        if (bytes < 0 || bytes > binary.Length)
            throw Bad($"The binary_data_size of '{name}' is {bytes}, and {binary.Length} bytes are left after the JSON.");
        if (type.Size > 0 && bytes != count * type.Size)
            throw Bad($"The binary_data_size of '{name}' is {bytes}, and its shape takes {count * type.Size} bytes.");
        var result = new InferTensor(name, type, shape, binary[..(int)bytes]);
        binary = binary[(int)bytes..];
        return result;
    }

    private static JsonElement? Parameter(JsonElement? parameters, string name) =>
        parameters is { ValueKind: JsonValueKind.Object } p && p.TryGetProperty(name, out var value)
            && value.ValueKind != JsonValueKind.Null ? value : null;

    private static JsonElement? Find(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)
            && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Text(JsonElement parent, string name) =>
        Find(parent, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()!
            : throw Bad($"A tensor has no '{name}'.");

    private static RequestProblem Bad(string sentence) => new(StatusCodes.Status400BadRequest, sentence);
}
