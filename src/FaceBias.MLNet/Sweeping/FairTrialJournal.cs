using System.Text;
using System.Text.Json;
using FaceBias.Primitives.Json;

namespace FaceBias.MLNet.Sweeping;

/// <summary>Finished trials, a line of JSON each, so that an interrupted sweep goes on. Lines of other data or options, and a
/// line that was cut off, prove nothing and are passed over.</summary>
internal sealed class FairTrialJournal
{
    private readonly string _path;
    private readonly string _key;
    private readonly Dictionary<string, FairTrialResult> _done = [];

    /// <param name="path">The file; created with the first trial.</param>
    /// <param name="key">Stands for the data and the options.</param>
    public FairTrialJournal(string path, string key)
    {
        (_path, _key) = (path, key);
        if (!File.Exists(path))
            return;
        foreach (var text in File.ReadLines(path))
        {
            try
            {
                if (JsonSerializer.Deserialize<Line>(text, CoreJson.Compact) is { Result: { } result } line && line.Key == key)
                    _done[Name(result.Trial)] = result;
            }
            catch (JsonException)
            {
                // Cut off when the power went.
            }
        }
    }

    /// <summary>The result of a trial that was finished before, or null.</summary>
    public FairTrialResult? Find(FairTrial trial) => _done.GetValueOrDefault(Name(trial));

    /// <summary>Adds a finished trial.</summary>
    /// <exception cref="FaceBiasException">The file cannot be written.</exception>
    public void Add(FairTrialResult result)
    {
        _done[Name(result.Trial)] = result;
        try
        {
            using var file = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            // A line that was cut off must not swallow the next one.
            var cut = file.Length > 0 && file.Seek(-1, SeekOrigin.End) >= 0 && file.ReadByte() != '\n';
            file.Write(Encoding.UTF8.GetBytes((cut ? "\n" : "") + JsonSerializer.Serialize(new Line(_key, result), CoreJson.Compact) + "\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaceBiasException($"Cannot write the journal '{_path}': {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static string Name(FairTrial trial) => JsonSerializer.Serialize(trial, CoreJson.Compact);

    private sealed record Line(string Key, FairTrialResult? Result);
}
