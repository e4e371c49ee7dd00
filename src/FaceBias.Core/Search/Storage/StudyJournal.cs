using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Json;

namespace FaceBias.Core.Search.Storage;

/// <summary>A study on disk: a line that says what the study is, then one per finished trial, only ever appended. A
/// trial without a line is tried again, so an interruption costs at most the trials that were running.</summary>
internal sealed class StudyJournal : IDisposable
{
    private const int Version = 2;
    private const string InUse = "end the other study that uses it or choose another ‹Out›";

    // A loss may be infinite.
    private static readonly JsonSerializerOptions s_json = new(CoreJson.Compact)
    { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly JsonLines _lines;
    private readonly Dictionary<Configuration, Trial> _byConfiguration = [];

    private StudyJournal(JsonLines lines) => _lines = lines;

    /// <summary>Finished trials that the journal held when it was opened, by number.</summary>
    public IReadOnlyList<Trial> Trials { get; private set; } = [];

    /// <summary>Opens a journal, resumed if it is there, or begins one.</summary>
    /// <param name="space">The space of its trials; lines that do not fit it are passed over.</param>
    /// <param name="identity">Everything that trials depend on; a journal of another identity is refused.</param>
    /// <exception cref="FaceBiasException">There is a journal of another study; the sentence names what
    /// differs.</exception>
    public static StudyJournal Open(string path, SearchSpace space, JsonObject identity)
    {
        var journal = new StudyJournal(JsonLines.Open(path, InUse));
        try
        {
            journal.Load(path, space, identity);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>What was lost to damage and is tried again, in a sentence; null where nothing was.</summary>
    public string? Damage { get; private set; }

    /// <summary>The trial of a configuration that the journal held when it was opened, or null.</summary>
    public Trial? Find(Configuration configuration) => _byConfiguration.GetValueOrDefault(configuration);

    /// <summary>Adds a finished trial.</summary>
    /// <exception cref="FaceBiasException">It cannot be written.</exception>
    public void Add(Trial trial) => _lines.Append(ToLine(trial));

    /// <summary>A trial as it stands in a journal.</summary>
    internal static string ToLine(Trial trial) => JsonSerializer.Serialize(
        new Line(trial.Number, trial.Configuration.ToJson(), trial.State, Math.Round(trial.Seconds, 3),
            trial.Reason, trial.Reports, trial.Result), s_json);

    /// <summary>The trial of a line; null for one of another space.</summary>
    internal static Trial? FromLine(SearchSpace space, string line) =>
        JsonNode.Parse(line) is JsonObject json ? Read(space, json) : null;

    public void Dispose() => _lines.Dispose();

    private void Load(string path, SearchSpace space, JsonObject identity)
    {
        var first = _lines.Lines.FirstOrDefault();
        if (first is null && !_lines.IsForeign)
        {
            _lines.Append(JsonSerializer.Serialize(new Header("study", Version, identity), s_json));
            return;
        }
        if (Text(first, "event") == "sweep" || first?.ContainsKey("key") == true)
            throw new FaceBiasException(
                $"The journal '{path}' is of an earlier version of facebias; choose another ‹Out›, or delete it to "
                    + "begin anew.");
        if (Text(first, "event") != "study")
            throw new FaceBiasException($"'{path}' is no journal of a study; choose another ‹Out›.");
        Trials = [.. _lines.Lines.Skip(1).Select(l => Read(space, l)).OfType<Trial>().OrderBy(t => t.Number)];
        if (_lines.Damaged > 0)
            Damage = $"The journal '{path}' is damaged from line {_lines.Lines.Count + 1} on; {_lines.Damaged:N0} "
                + "lines are lost, and their trials are tried again.";
        foreach (var trial in Trials)
            _byConfiguration.TryAdd(trial.Configuration, trial);
        Compare(path, first!["identity"] as JsonObject ?? [], identity);
    }

    /// <summary>The trial of a line; null for one of another space, and one that was changed, which is tried
    /// again.</summary>
    private static Trial? Read(SearchSpace space, JsonObject json)
    {
        try
        {
            return json.Deserialize<Line>(s_json) is { Values: not null, Reports: not null } line
                && line.Result?.Losses is not { Count: 0 }
                && line.State != TrialState.Complete | line.Result is not null
                && Configuration.FromJson(space, line.Values) is { } configuration
                ? new(line.Trial, configuration, line.State, line.Reports, line.Result, line.Reason, line.Seconds)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static string? Text(JsonObject? json, string name) =>
        json?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static void Compare(string path, JsonObject before, JsonObject now)
    {
        foreach (var name in now.Select(p => p.Key).Union(before.Select(p => p.Key)))
            if (!JsonNode.DeepEquals(JsonNode.Parse(before[name]?.ToJsonString() ?? "null"),
                JsonNode.Parse(now[name]?.ToJsonString() ?? "null")))
                throw new FaceBiasException(
                    $"The study in '{Path.GetDirectoryName(path)}' has another {name} ({Short(before[name])}, not "
                        + $"{Short(now[name])}); resume it with the same, or choose another ‹Out›.");
    }

    private static string Short(JsonNode? node)
    {
        var text = node?.ToJsonString(CoreJson.Compact) ?? "none";
        return text.Length <= 60 ? text : text[..57] + "...";
    }

    private sealed record Header(string Event, int Version, JsonObject Identity);

    private sealed record Line(
        int Trial, JsonObject Values, TrialState State, double Seconds, string? Reason,
        IReadOnlyList<StepReport> Reports, TrialResult? Result);
}
