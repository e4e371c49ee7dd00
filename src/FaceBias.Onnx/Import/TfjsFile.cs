using System.Buffers.Binary;
using System.Text.Json;

namespace FaceBias.Onnx.Import;

/// <summary>A TensorFlow.js model as saved: <c>model.json</c> with the topology and a weights manifest, and the shards
/// beside it. Weights quantized to float16, uint8 or uint16 are brought back to float32 (value = stored * scale +
/// min).</summary>
internal sealed class TfjsFile
{
    private readonly JsonElement _root;

    private TfjsFile(string path, JsonElement root, Dictionary<string, ConstantTensor> weights) =>
        (Path, _root, Weights) = (path, root, weights);

    public string Path { get; }

    public string Name => System.IO.Path.GetFileName(Path);

    public IReadOnlyDictionary<string, ConstantTensor> Weights { get; }

    /// <summary>"graph-model" or "layers-model"; older files lack it, then it is told by the topology.</summary>
    public string Format => _root.ValueKind == JsonValueKind.Array ? TfjsFaceRecognition.Format
        : _root.Text("format") is { Length: > 0 } format ? format
        : Topology.Has("node") ? "graph-model" : "layers-model";

    /// <summary>Whether a file is such a model by its name.</summary>
    public static bool IsOne(string path) => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    public JsonElement Root => _root;

    public JsonElement Topology => _root.Get("modelTopology");

    /// <exception cref="FaceBiasException">The JSON is damaged or is no TF.js model; a shard is missing, too short, or
    /// outside the folder; a weight has an absurd size or an unknown type.</exception>
    public static TfjsFile Read(string path)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            root = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new FaceBiasException($"'{path}' is not valid JSON or is cut off; download it again.", e);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw new FaceBiasException($"Cannot read the model file '{path}'; check the path and its permissions.", e);
        }
        // face-api.js writes the manifest of the weights alone.
        var manifest = root.ValueKind == JsonValueKind.Array ? root : root.Get("weightsManifest");
        if (manifest.ValueKind != JsonValueKind.Array
            || (root.ValueKind == JsonValueKind.Object && root.Get("modelTopology").ValueKind != JsonValueKind.Object))
            throw new FaceBiasException(
                $"'{path}' is not a TensorFlow.js model: it lacks 'modelTopology' or 'weightsManifest'; give the "
                    + "model.json of the model.");

        var weights = new Dictionary<string, ConstantTensor>(StringComparer.Ordinal);
        foreach (var group in manifest.Items())
            ReadGroup(path, group, weights);
        return new TfjsFile(path, root, weights);
    }

    private static void ReadGroup(string path, JsonElement group, Dictionary<string, ConstantTensor> weights)
    {
        var entries = group.Get("weights").Items().Select(w => new WeightEntry(path, w)).ToList();
        var needed = entries.Sum(e => e.Bytes);
        var bytes = ReadShards(path,
            [.. group.Get("paths").Items().Select(p => p.ValueKind == JsonValueKind.String ? p.GetString()! : "")],
            needed);
        var offset = 0;
        foreach (var entry in entries)
        {
            if (!weights.TryAdd(entry.Name, entry.Decode(bytes.AsSpan(offset, (int)entry.Bytes))))
                throw new FaceBiasException($"'{path}' lists the weight '{entry.Name}' twice; the file is damaged.");
            offset += (int)entry.Bytes;
        }
    }

    private static byte[] ReadShards(string path, string[] shards, long needed)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var files = new List<FileInfo>();
        foreach (var shard in shards)
        {
            var full = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, shard));
            if (shard.Length == 0
                || !full.StartsWith(folder + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new FaceBiasException(
                    $"'{path}' names the weight file '{shard}', which is not in the model's folder; the file is damaged.");
            var file = new FileInfo(full);
            if (!file.Exists)
                throw new FaceBiasException(
                    $"The weight file '{shard}' of '{path}' is missing; put it beside the model file.",
                    ErrorKind.Missing);
            files.Add(file);
        }
        var total = files.Sum(f => f.Length);
        if (total < needed)
            throw new FaceBiasException(
                $"The weight files of '{path}' "
                    + $"({string.Join(", ", shards.Take(3))}{(shards.Length > 3 ? ", ..." : "")}) hold {total} bytes "
                    + $"but {needed} are needed; download them again.");
        // The sum of the files is checked first, so a manifest cannot ask for more memory than the files have bytes.
        if (needed > Array.MaxLength)
            throw new FaceBiasException(
                $"The weights of '{path}' take {needed} bytes; models above 2 GB are not supported.",
                ErrorKind.Unsupported);
        var bytes = new byte[needed];
        var filled = 0;
        try
        {
            foreach (var file in files)
            {
                using var stream = file.OpenRead();
                filled += stream.ReadAtLeast(bytes.AsSpan(filled), (int)Math.Min(file.Length, needed - filled),
                    throwOnEndOfStream: true);
            }
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read the weight files of '{path}'", e);
        }
        return bytes;
    }

    /// <summary>One weight of the manifest.</summary>
    private sealed class WeightEntry
    {
        private readonly int[] _shape;
        private readonly string _type;
        private readonly string _stored;
        private readonly int _count;
        private readonly double _scale = 1, _min;

        public WeightEntry(string path, JsonElement weight)
        {
            Name = weight.Text("name");
            if (Name.Length == 0 || weight.Get("shape").ValueKind != JsonValueKind.Array)
                throw new FaceBiasException($"A weight of '{path}' lacks its name or shape; the file is damaged.");
            long count = 1;
            _shape = new int[weight.Get("shape").GetArrayLength()];
            for (var i = 0; i < _shape.Length; i++)
            {
                var dim = weight.Get("shape")[i];
                if (dim.ValueKind != JsonValueKind.Number || !dim.TryGetInt32(out _shape[i]) || _shape[i] < 0
                    || (count *= _shape[i]) > Array.MaxLength / 4)
                    throw new FaceBiasException(
                        $"The weight '{Name}' of '{path}' has the impossible shape "
                            + $"{weight.Get("shape").GetRawText()}; the file is damaged.");
            }
            _count = (int)count;
            _type = weight.Text("dtype");
            _stored = _type;
            if (_type is not ("float32" or "int32" or "bool"))
                throw new FaceBiasException(
                    $"The weight '{Name}' of '{path}' has the type '{_type}', which is not supported.",
                    ErrorKind.Unsupported);
            if (weight.Get("quantization") is { ValueKind: JsonValueKind.Object } quantization)
            {
                _stored = quantization.Text("dtype");
                if (_stored is not ("float16" or "uint8" or "uint16"))
                    throw new FaceBiasException(
                        $"The weight '{Name}' of '{path}' is quantized to '{_stored}', which is not supported.",
                        ErrorKind.Unsupported);
                if (_stored != "float16"
                    && !(quantization.Get("scale").TryNumber(out _scale)
                        && quantization.Get("min").TryNumber(out _min)))
                    throw new FaceBiasException(
                        $"The quantized weight '{Name}' of '{path}' lacks its scale or min; the file is damaged.");
            }
        }

        public string Name { get; }

        public long Bytes =>
            (long)_count * _stored switch { "uint8" or "bool" => 1, "float16" or "uint16" => 2, _ => 4 };

        public ConstantTensor Decode(ReadOnlySpan<byte> bytes)
        {
            var values = new double[_type == "float32" ? 0 : _count];
            var floats = new float[_type == "float32" ? _count : 0];
            for (var i = 0; i < _count; i++)
            {
                var value = _stored switch
                {
                    "float32" => BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]),
                    "float16" => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]),
                    "uint16" => BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) * _scale + _min,
                    "int32" => BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]),
                    "uint8" => bytes[i] * _scale + _min,
                    _ => bytes[i],
                };
                if (floats.Length > 0)
                    floats[i] = (float)value;
                else
                    values[i] = value;
            }
            return _type == "float32"
                ? new ConstantTensor(_shape, floats)
                : new ConstantTensor(_shape, [.. values.Select(v => (long)Math.Round(v))]);
        }
    }
}

/// <summary>Reading JSON of unknown quality: what is absent or of another kind is an empty element, text or
/// list.</summary>
internal static class LooseJson
{
    public static JsonElement Get(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    public static bool Has(this JsonElement element, string name) =>
        element.Get(name).ValueKind != JsonValueKind.Undefined;

    public static string Text(this JsonElement element, string name) =>
        element.Get(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : "";

    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];

    /// <summary>A number, which converters also write as text ("i": "2").</summary>
    public static bool TryNumber(this JsonElement element, out double value)
    {
        value = 0;
        return element.ValueKind switch
        {
            JsonValueKind.Number => element.TryGetDouble(out value),
            JsonValueKind.String =>
                double.TryParse(element.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out value),
            _ => false,
        };
    }
}
