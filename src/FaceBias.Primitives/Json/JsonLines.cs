using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FaceBias.Primitives.Json;

/// <summary>A journal on disk: JSON objects, one line each, only ever appended and flushed. Reading stops at the first
/// line that is cut or damaged and writing resumes there, so an interruption costs at most what was being written. One
/// process at a time.</summary>
internal sealed class JsonLines : IDisposable
{
    private readonly FileStream _stream;
    private readonly Lock _gate = new();

    private JsonLines(FileStream stream)
    {
        _stream = stream;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var (lines, good) = (new List<JsonObject>(), 0);
        for (int end; (end = Array.IndexOf(bytes, (byte)'\n', good)) >= 0 && Parse(bytes.AsSpan(good..end)) is { } line;
            good = end + 1)
            lines.Add(line);
        Lines = lines;
        IsForeign = good == 0 && bytes.Contains((byte)'\n');
        // A last line without an end is what an interruption leaves.
        Damaged = bytes.AsSpan(good).Count((byte)'\n');
        // What follows is cut off by the first line that is written, not by looking at a file.
        stream.Position = good;
    }

    /// <summary>The whole lines that the file held when it was opened.</summary>
    public IReadOnlyList<JsonObject> Lines { get; }

    /// <summary>Whether the file has lines of which not even the first is such an object.</summary>
    public bool IsForeign { get; }

    /// <summary>Lines from the first one that is no such object on; they are not read, and the next that is written
    /// takes their place.</summary>
    public int Damaged { get; }

    /// <summary>Opens a journal, or begins one.</summary>
    /// <param name="busy">What to do where another process has it, for the sentence.</param>
    /// <exception cref="FaceBiasException">It cannot be opened for writing.</exception>
    public static JsonLines Open(string path, string busy)
    {
        FileStream? stream = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new(stream);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            stream?.Dispose();
            throw FileFault.Of($"Cannot open the journal '{path}'", e, $"{busy}");
        }
    }

    /// <exception cref="FaceBiasException">It cannot be written.</exception>
    public void Append(string json)
    {
        lock (_gate)
        {
            try
            {
                if (_stream.Position < _stream.Length)
                    _stream.SetLength(_stream.Position);
                _stream.Write(Encoding.UTF8.GetBytes(json + "\n"));
                _stream.Flush();
            }
            catch (IOException e)
            {
                throw FileFault.Of($"Cannot write the journal '{_stream.Name}'", e,
                    "free some disk space and resume with what it has");
            }
        }
    }

    public void Dispose() => _stream.Dispose();

    private static JsonObject? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
