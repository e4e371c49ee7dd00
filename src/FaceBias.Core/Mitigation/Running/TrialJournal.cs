using System.Text;
using System.Text.Json;

namespace FaceBias.Core.Mitigation.Running;

/// <summary>Finished trials, one JSON line each, appended and flushed as they finish: an interrupted comparison goes on, and
/// one with more methods, seeds or trials computes only those. A torn last line is dropped.</summary>
internal sealed class TrialJournal : IDisposable
{
    private readonly Dictionary<string, Trial> _done = new(StringComparer.Ordinal);
    private readonly StreamWriter _writer;
    private readonly Lock _gate = new();

    public TrialJournal(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var whole = 0L;
            if (File.Exists(path))
                whole = Load(File.ReadAllBytes(path));
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            stream.SetLength(whole);
            stream.Seek(0, SeekOrigin.End);
            _writer = new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaceBiasException($"Cannot write the journal '{path}': {e.Message.TrimEnd('.')}; choose another --out, or wait if another comparison is using it.", e);
        }
    }

    /// <summary>A finished trial, or null.</summary>
    public Trial? Find(string key)
    {
        lock (_gate)
            return _done.GetValueOrDefault(key);
    }

    public void Add(Trial trial)
    {
        var line = JsonSerializer.Serialize(trial, CoreJson.Compact);
        lock (_gate)
        {
            _writer.WriteLine(line);
            _done[trial.Key] = trial;
        }
    }

    public void Dispose() => _writer.Dispose();

    /// <summary>Reads whole lines and returns where they end.</summary>
    private long Load(byte[] bytes)
    {
        var start = 0;
        while (Array.IndexOf(bytes, (byte)'\n', start) is >= 0 and var end)
        {
            try
            {
                if (JsonSerializer.Deserialize<Trial>(bytes.AsSpan(start, end - start), CoreJson.Compact) is { Key: not null } trial)
                    _done[trial.Key] = trial;
            }
            catch (JsonException)
            {
                // A damaged line is a trial that is done again.
            }
            start = end + 1;
        }
        return start;
    }
}
