using Google.Protobuf;

namespace FaceBias.Onnx.Graphs;

/// <summary>Reads and writes ONNX files.</summary>
internal static class OnnxFile
{
    /// <summary>Reads a model with its weights.</summary>
    /// <exception cref="FaceBiasException">The file is missing or is no ONNX model, or files that it keeps weights in
    /// are missing or outside its folder.</exception>
    public static ModelProto Read(string path)
    {
        ModelProto model;
        try
        {
            if (!File.Exists(path))
                throw new FaceBiasException(
                    $"The model file '{path}' "
                        + $"{(Directory.Exists(path) ? "is a folder; give the file" : "does not exist; check the path")}.",
                        Directory.Exists(path) ? ErrorKind.BadInput : ErrorKind.Missing);
            if (RegularFile.Length(path) == 0)
                throw new FaceBiasException($"'{path}' cannot be a model: {RegularFile.Nothing}.");
            using var stream = File.OpenRead(path);
            var coded = CodedInputStream.CreateWithLimits(stream, sizeLimit: int.MaxValue, recursionLimit: 100);
            model = ModelProto.Parser.ParseFrom(coded);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new FaceBiasException(NotOnnx(path), e);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read '{path}'", e);
        }
        if (model.Graph is null || model.Graph.Node.Count == 0 || model.OpsetImport.Count == 0)
            throw new FaceBiasException(NotOnnx(path));
        ExternalData.Load(model, path);
        foreach (var tensor in model.Graph.AllTensors())
        {
            if (tensor.Contradiction() is { } contradiction)
                throw new FaceBiasException(
                    $"The weights '{tensor.Name}' of '{path}' are damaged: the tensor {contradiction}; export or "
                        + "download the model again.");
        }
        return model;
    }

    private static string NotOnnx(string path) => path.EndsWith(".tflite", StringComparison.OrdinalIgnoreCase)
        ? $"'{path}' is a TensorFlow Lite file, not an ONNX model; make it one with 'facebias models import'."
        : path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
        ? $"'{path}' is not an ONNX model; if it is the model.json of a TensorFlow.js model, make it one with 'facebias "
            + "models import'."
        : $"'{path}' is not an ONNX model, or is damaged; export or download it again.";

    /// <summary>Writes a model under a temporary name and renames it.</summary>
    public static void Write(ModelProto model, string path) => AtomicFile.Write(path, temporary =>
    {
        using var stream = File.Create(temporary);
        model.WriteTo(stream);
    });

    /// <summary>The model as bytes, for an inference session without a file.</summary>
    public static byte[] ToBytes(ModelProto model) => model.ToByteArray();

    /// <summary>The value of a metadata property, or null.</summary>
    public static string? Metadata(this ModelProto model, string key) =>
        model.MetadataProps.FirstOrDefault(p => p.Key == key)?.Value;

    /// <summary>Sets a metadata property.</summary>
    public static void SetMetadata(this ModelProto model, string key, string value)
    {
        var entry = model.MetadataProps.FirstOrDefault(p => p.Key == key);
        if (entry is null)
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        else
            entry.Value = value;
    }
}
