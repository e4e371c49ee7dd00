using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using FaceBias.Core.Search.Spaces;
using FaceBias.Primitives.Json;

namespace FaceBias.Core.Search.Trials;

/// <summary>
/// A sweep on disk: a line per event. The first says what the sweep is; then <c>start</c>, <c>report</c> and <c>end</c> of trials.
/// A trial without an end is tried again, so an interruption costs at most the trials that were running.
/// </summary>
public sealed class SweepJournal : IDisposable
{
    private const string InUse = "end the other sweep that uses it or choose another --out";

    private readonly SearchSpace _space;
    private readonly JsonLines _lines;

    private SweepJournal(SearchSpace space, JsonLines lines) => (_space, _lines) = (space, lines);

    /// <summary>Finished trials that the journal held when it was opened, by number.</summary>
    public IReadOnlyList<Trial> Trials { get; private set; } = [];

    /// <summary>Opens a journal to go on with it, or begins one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="space">The space of its trials.</param>
    /// <param name="identity">Everything that trials depend on; a journal of another identity is refused.</param>
    /// <param name="resume">Whether an existing journal may be gone on with.</param>
    /// <exception cref="FaceBiasException">There is a journal and <paramref name="resume"/> is false, or it belongs to another
    /// sweep; the sentence names what differs.</exception>
    public static SweepJournal Open(string path, SearchSpace space, JsonObject identity, bool resume)
    {
        ArgumentNullException.ThrowIfNull(identity);
        var journal = new SweepJournal(space, JsonLines.Open(path, InUse));
        try
        {
            journal.Load(path, identity, resume);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    internal void Start(int number, Configuration configuration) =>
        Append(new() { ["event"] = "start", ["trial"] = number, ["values"] = configuration.ToJson() });

    internal void Report(int number, StepReport report) =>
        Append(new() { ["event"] = "report", ["trial"] = number, ["step"] = report.Step, ["loss"] = Number(report.Loss) });

    internal void End(Trial trial)
    {
        var line = new JsonObject
        {
            ["event"] = "end",
            ["trial"] = trial.Number,
            ["state"] = JsonNamingPolicy.CamelCase.ConvertName(trial.State.ToString()),
            ["seconds"] = Math.Round(trial.Seconds, 3),
        };
        if (trial.Reason is not null)
            line["reason"] = trial.Reason;
        if (trial.Result is { } result)
        {
            line["losses"] = new JsonArray([.. result.Losses.Select(Number)]);
            line["tieBreak"] = Number(result.TieBreak);
            line["violation"] = Number(result.Violation);
            line["figures"] = new JsonObject(result.Figures.Where(f => double.IsFinite(f.Value)).Select(f => KeyValuePair.Create(f.Key, Number(f.Value))));
            if (result.Outcomes is { } outcomes)
                line["outcomes"] = Convert.ToBase64String(MemoryMarshal.AsBytes<float>([.. outcomes]));
        }
        Append(line);
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();

    private static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    private void Append(JsonObject line) => _lines.Append(line.ToJsonString(CoreJson.Compact));

    private void Load(string path, JsonObject identity, bool resume)
    {
        var events = _lines.Lines;
        var first = events.FirstOrDefault();
        if (_lines.IsForeign || first is not null && (string?)first["event"] != "sweep")
            throw new FaceBiasException($"'{path}' is no journal of a sweep; choose another --out.");
        if (first is not null)
        {
            List<Trial> trials;
            try
            {
                trials = Read(events);
            }
            catch (Exception e) when (e is InvalidOperationException or FormatException)
            {
                throw new FaceBiasException($"The journal '{path}' was changed: {e.Message.TrimEnd('.')}; choose another --out.", e);
            }
            if (!resume)
                throw NotResumed(path, events);
            Compare(path, first["identity"] as JsonObject ?? [], identity);
            Trials = trials;
        }
        else
        {
            Append(new() { ["event"] = "sweep", ["version"] = 1, ["identity"] = identity.DeepClone() });
        }
    }

    /// <summary>Refuses a journal that nobody asked to go on with, before anything is computed for it.</summary>
    /// <exception cref="FaceBiasException">There is one, and <paramref name="resume"/> is false.</exception>
    public static void RequireNone(string path, bool resume)
    {
        if (resume || !File.Exists(path))
            return;
        using var lines = JsonLines.Open(path, InUse);
        if (lines.Lines.Count > 0)
            throw NotResumed(path, lines.Lines);
    }

    private static FaceBiasException NotResumed(string path, IReadOnlyList<JsonObject> events) => new(
        $"'{Path.GetDirectoryName(path)}' holds a sweep with {events.Count(e => (string?)e["event"] == "end")} finished trials; add --resume to go on with it, or choose another --out.");

    private static void Compare(string path, JsonObject before, JsonObject now)
    {
        foreach (var name in now.Select(p => p.Key).Union(before.Select(p => p.Key)))
            if (!JsonNode.DeepEquals(JsonNode.Parse(before[name]?.ToJsonString() ?? "null"), JsonNode.Parse(now[name]?.ToJsonString() ?? "null")))
                throw new FaceBiasException($"The sweep in '{Path.GetDirectoryName(path)}' has another {name} ({Short(before[name])}, not {Short(now[name])}); resume it with the same, or choose another --out.");
    }

    private static string Short(JsonNode? node)
    {
        var text = node?.ToJsonString(CoreJson.Compact) ?? "none";
        return text.Length <= 60 ? text : text[..57] + "...";
    }

    private List<Trial> Read(IReadOnlyList<JsonObject> events)
    {
        var open = new Dictionary<int, (Configuration Configuration, List<StepReport> Reports)>();
        var trials = new SortedDictionary<int, Trial>();
        foreach (var e in events.Skip(1))
        {
            if (e["trial"] is not JsonValue value || !value.TryGetValue<int>(out var number))
                continue;
            switch ((string?)e["event"])
            {
                case "start" when Configuration.FromJson(_space, e["values"]) is { } configuration:
                    open[number] = (configuration, []);
                    break;
                case "report" when open.TryGetValue(number, out var trial):
                    trial.Reports.Add(new((int?)e["step"] ?? 0, (double?)e["loss"] ?? double.PositiveInfinity));
                    break;
                case "end" when open.TryGetValue(number, out var trial) && Enum.TryParse<TrialState>((string?)e["state"], true, out var state):
                    trials[number] = new(number, trial.Configuration, state, trial.Reports, Result(e), (string?)e["reason"], (double?)e["seconds"] ?? 0);
                    break;
            }
        }
        return [.. trials.Values];
    }

    private static TrialResult? Result(JsonObject e) => e["losses"] is not JsonArray losses ? null : new()
    {
        Losses = [.. losses.Select(l => (double?)l ?? double.PositiveInfinity)],
        TieBreak = (double?)e["tieBreak"] ?? 0,
        Violation = (double?)e["violation"] ?? 0,
        Outcomes = (string?)e["outcomes"] is { } text ? MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(text)).ToArray() : null,
        Figures = (e["figures"] as JsonObject ?? []).ToDictionary(f => f.Key, f => (double?)f.Value ?? double.NaN),
    };
}
