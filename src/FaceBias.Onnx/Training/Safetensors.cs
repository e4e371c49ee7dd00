using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FaceBias.Onnx.Training;

/// <summary>Named float tensors in a file of the safetensors format: the length of the header, a JSON header, raw data.
/// A checksum of the data stands in the metadata, because a torn or flipped byte would otherwise train on.</summary>
internal static class Safetensors
{
    private const string Checksum = "sha256";

    /// <summary>One tensor, row-major.</summary>
    public sealed record Entry(string Name, long[] Shape, float[] Values);

    /// <summary>Writes under a temporary name and renames.</summary>
    public static void Write(string path, IReadOnlyList<Entry> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var header = new JsonObject();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long offset = 0;
        foreach (var t in tensors)
        {
            var bytes = MemoryMarshal.AsBytes<float>(t.Values);
            hash.AppendData(bytes);
            header[t.Name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. t.Shape.Select(d => JsonValue.Create(d))]),
                ["data_offsets"] = new JsonArray(offset, offset + bytes.Length),
            };
            offset += bytes.Length;
        }
        var meta = new JsonObject { [Checksum] = Convert.ToHexString(hash.GetHashAndReset()) };
        foreach (var (key, value) in metadata)
            meta[key] = value;
        header["__metadata__"] = meta;
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        AtomicFile.Write(path, temporary =>
        {
            using var stream = File.Create(temporary);
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
            stream.Write(length);
            stream.Write(json);
            foreach (var t in tensors)
                stream.Write(MemoryMarshal.AsBytes<float>(t.Values));
        });
    }

    /// <summary>Reads a file and checks it.</summary>
    /// <exception cref="FaceBiasException">It is missing, no such file, or damaged.</exception>
    public static (List<Entry> Tensors, Dictionary<string, string> Metadata) Read(string path)
    {
        if (!File.Exists(path))
            throw new FaceBiasException($"The checkpoint '{path}' does not exist; check the path.", ErrorKind.Missing);
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or ArgumentException or FormatException
            or KeyNotFoundException or InvalidDataException or OverflowException or NullReferenceException)
        {
            throw new FaceBiasException(
                $"The checkpoint '{path}' is damaged or no checkpoint; delete it to start anew.", e);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read the checkpoint '{path}'", e);
        }
    }

    private static (List<Entry>, Dictionary<string, string>) Parse(ReadOnlySpan<byte> file)
    {
        if (file.Length < 8 || BinaryPrimitives.ReadInt64LittleEndian(file) is var length
            && (length < 2 || length > file.Length - 8))
            throw new InvalidDataException("The header is incomplete.");
        using var header = JsonDocument.Parse(file.Slice(8, (int)length).ToArray());
        var data = file[(8 + (int)length)..];
        var tensors = new List<Entry>();
        var metadata = new Dictionary<string, string>();
        foreach (var item in header.RootElement.EnumerateObject())
        {
            if (item.Name == "__metadata__")
            {
                foreach (var m in item.Value.EnumerateObject())
                    metadata[m.Name] = m.Value.GetString()!;
                continue;
            }
            var offsets = item.Value.GetProperty("data_offsets");
            var (start, end) = (offsets[0].GetInt32(), offsets[1].GetInt32());
            var values = MemoryMarshal.Cast<byte, float>(data[start..end]).ToArray();
            long[] shape = [.. item.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            if (item.Value.GetProperty("dtype").GetString() != "F32"
                || shape.Aggregate(1L, (a, d) => a * d) != values.Length)
                throw new InvalidDataException($"The tensor '{item.Name}' does not fit its shape.");
            tensors.Add(new Entry(item.Name, shape, values));
        }
        if (metadata.GetValueOrDefault(Checksum) != Convert.ToHexString(SHA256.HashData(data)))
            throw new InvalidDataException("The checksum differs.");
        return (tensors, metadata);
    }
}
