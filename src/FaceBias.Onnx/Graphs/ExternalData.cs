using Google.Protobuf;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Graphs;

/// <summary>Weights that an ONNX file keeps in other files, as PyTorch writes them by default since 2.9: read into the
/// model, from the model's own folder and nowhere else, since a model may come from an unknown author.</summary>
internal static class ExternalData
{
    /// <summary>More does not fit into one message of a runtime.</summary>
    private const long MostBytes = int.MaxValue - (1L << 24);

    /// <summary>Reads what is missing in a model.</summary>
    /// <param name="model">The model, which is changed.</param>
    /// <exception cref="FaceBiasException">A file is missing, shorter than the tensors say, or elsewhere.</exception>
    public static void Load(ModelProto model, string path)
    {
        var tensors = model.Graph.AllTensors().Where(t => t.DataLocation == DataLocation.External).ToList();
        if (tensors.Count == 0)
            return;
        var total = 0L;
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            string? Entry(string key) => tensor.ExternalData.FirstOrDefault(e => e.Key == key)?.Value;
            var location = Entry("location") ?? "";
            if (!files.TryGetValue(location, out var bytes))
                files.Add(location, bytes = Read(path, location));
            long start = 0, length = 0;
            if (Entry("offset") is { } offset && !long.TryParse(offset, out start)
                || Entry("length") is { } size && !long.TryParse(size, out length))
                throw Damaged(tensor, path, "names a place that is no number");
            if (Entry("length") is null)
                length = bytes.Length - start;
            if (start < 0 || length < 0 || start > bytes.Length - length)
                throw Damaged(tensor, path,
                    $"should lie at {start:N0} to {start + length:N0} of '{location}', which has {bytes.Length:N0} "
                        + "bytes and may be cut off");
            if (tensor.ByteCount() is { } needed && needed != length)
                throw Damaged(tensor, path,
                    $"has {length:N0} bytes in '{location}' where its dimensions ask for {needed:N0}");
            if ((total += length) > MostBytes)
                throw new FaceBiasException(
                    $"'{path}' has more than 2 GB of weights, which is not read; export it with smaller weights, such "
                        + "as float16.");
            tensor.RawData = ByteString.CopyFrom(bytes, (int)start, (int)length);
            tensor.ClearDataLocation();
            tensor.ExternalData.Clear();
        }
    }

    private static byte[] Read(string model, string location)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(model))!;
        var file = Path.GetFullPath(Path.Combine(folder, location.Replace('\\', '/')));
        if (location.Length == 0 || Path.IsPathRooted(location) || !IsBelow(file, folder))
            throw new FaceBiasException(
                $"'{model}' keeps weights in '{location}', which is not in its own folder; nothing is read from "
                    + "elsewhere: put both into one folder and save the model again.");
        try
        {
            // A download cache links both the model and its weights to one other folder.
            var real = RegularFile.Real(file);
            if (!IsBelow(real, folder)
                && Path.GetDirectoryName(real) != Path.GetDirectoryName(RegularFile.Real(Path.GetFullPath(model))))
                throw new FaceBiasException(
                    $"'{file}' is a link that leads out of the folder of '{model}'; nothing is read from elsewhere: "
                        + "put the file itself there.");
            var bytes = RegularFile.ReadAllBytes(file, MostBytes, out var problem);
            return problem is null ? bytes
                : throw new FaceBiasException($"The weights '{file}' of '{model}' cannot be used: {problem}.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FaceBiasException(
                $"'{model}' keeps its weights in '{location}', which is not beside it; copy that file into the same folder.", e);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"The weights '{file}' of '{model}' cannot be read", e);
        }
    }

    private static bool IsBelow(string file, string folder) =>
        file.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar,
            StringComparison.Ordinal);

    private static FaceBiasException Damaged(TensorProto tensor, string path, string what) =>
        new($"The weights '{tensor.Name}' of '{path}' {what}; download or export the model again.");
}
