using System.Collections.Concurrent;
using System.Text.Json;
using FaceBias.Primitives.Json;

namespace FaceBias.Core.Mitigation.Results;

/// <summary>Finished trials, a line each: an interrupted comparison goes on, and one with more methods, seeds or trials computes
/// only those.</summary>
internal sealed class TrialJournal : IDisposable
{
    private readonly JsonLines _lines;
    private readonly ConcurrentDictionary<string, Trial> _done = new(StringComparer.Ordinal);

    public TrialJournal(string path)
    {
        _lines = JsonLines.Open(path, "choose another --out, or wait if another comparison is using it");
        if (_lines.IsForeign)
        {
            _lines.Dispose();
            throw new FaceBiasException($"'{path}' is no journal of a comparison; choose another --out.");
        }
        foreach (var line in _lines.Lines)
        {
            try
            {
                if (line.Deserialize<Trial>(CoreJson.Compact) is { Key: not null } trial)
                    _done[trial.Key] = trial;
            }
            catch (JsonException)
            {
                // A line of something else is a trial that is done again.
            }
        }
    }

    /// <summary>A finished trial, or null.</summary>
    public Trial? Find(string key) => _done.GetValueOrDefault(key);

    public void Add(Trial trial)
    {
        _lines.Append(JsonSerializer.Serialize(trial, CoreJson.Compact));
        _done[trial.Key] = trial;
    }

    public void Dispose() => _lines.Dispose();
}
