using System.Text;
using System.Text.Json;
using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;
using FaceBias.Reporting;

namespace FaceBias.Workflows.RunFolders;

/// <summary>Writes a run into a folder of MLflow's file store (<c>mlflow ui --backend-store-uri mlruns</c>), whose
/// layout is that of mlflow/store/tracking/file_store.py: a folder per run with <c>meta.yaml</c>, a file per parameter
/// and tag, a line "milliseconds value step" per metric, and <c>artifacts</c>.</summary>
internal static class MlflowExport
{
    private const string Experiment = "0";

    /// <summary>The longest text of a parameter that older MLflow takes.</summary>
    private const int LongestParameter = 500;

    private static readonly string[] s_artifacts = [RunFolder.ReportFile, RunFolder.AuditFile, RunFolder.CardFile,
        RunFolder.RecordFile, RunFolder.ModelFile];

    /// <summary>Writes a run; one that was written before is replaced.</summary>
    /// <param name="run">The folder of a finished 'facebias train'.</param>
    /// <param name="store">The folder that MLflow calls mlruns; made if need be.</param>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException">There is no such run, or the store cannot be written.</exception>
    public static IReadOnlyList<string> Write(string run, string store)
    {
        using var folder = RunFolder.Open(run);
        var audit = AuditFile.Read(folder.Checked(RunFolder.AuditFile));
        var path = Path.GetFullPath(Path.TrimEndingDirectorySeparator(run));
        // The same run is the same entry however often it is exported.
        var id = Sha256.OfJson([path])[..32];
        string experiment = Path.Combine(Path.GetFullPath(store), Experiment), own = Path.Combine(experiment, id);
        using var record = JsonDocument.Parse(File.ReadAllText(folder[RunFolder.RecordFile]));
        var seconds = record.RootElement.GetProperty("steps").EnumerateArray()
            .Sum(s => s.GetProperty("seconds").GetDouble());
        var end = new DateTimeOffset(File.GetLastWriteTimeUtc(folder[RunFolder.RecordFile])).ToUnixTimeMilliseconds();
        if (!File.Exists(Path.Combine(experiment, "meta.yaml")))
            Meta(experiment, ("artifact_location", Uri(experiment)), ("creation_time", end),
                ("experiment_id", Experiment), ("last_update_time", end), ("lifecycle_stage", "active"), ("name", "Default"));
        if (Directory.Exists(own))
            Directory.Delete(own, recursive: true);
        var name = Path.GetFileName(path);
        Meta(own, ("artifact_uri", Uri(Path.Combine(own, "artifacts"))), ("end_time", end), ("entry_point_name", ""),
            ("experiment_id", Experiment), ("lifecycle_stage", "active"), ("run_id", id), ("run_name", name),
            ("run_uuid", id), ("source_name", ""), ("source_type", 4), ("source_version", ""),
            ("start_time", end - (long)(1000 * seconds)), ("status", 3), ("tags", null),
            ("user_id", Environment.UserName));
        foreach (var (key, value) in Parameters(record.RootElement.GetProperty("options")))
            File.WriteAllText(Place(own, "params", key), value);
        foreach (var metric in Metrics(folder, audit).GroupBy(m => m.Name))
            File.WriteAllLines(Place(own, "metrics", metric.Key),
                metric.Select(m => FormattableString.Invariant($"{end} {m.Value:R} {m.Step}")));
        foreach (var (key, value) in new[] { ("mlflow.runName", name), ("mlflow.source.name", path),
            ("mlflow.source.type", "LOCAL"), ("mlflow.user", Environment.UserName),
            ("mlflow.note.content", string.Join("\n\n", audit.Findings.Take(20).Select(f => f.Sentence))) })
            File.WriteAllText(Place(own, "tags", key), value);
        Directory.CreateDirectory(Path.Combine(own, "artifacts"));
        foreach (var file in s_artifacts.Where(f => File.Exists(folder[f])))
            File.Copy(folder[file], Place(own, "artifacts", file));
        return [$"Wrote {own}", $"Next: mlflow ui --backend-store-uri {store}"];
    }

    /// <summary>Options by name, those of a record within as "training.epochs".</summary>
    internal static IEnumerable<(string Name, string Value)> Parameters(JsonElement value, string name = "") =>
        value.ValueKind switch
        {
            JsonValueKind.Object => value.EnumerateObject()
                .SelectMany(p => Parameters(p.Value, name.Length == 0 ? p.Name : $"{name}.{p.Name}")),
            JsonValueKind.Null => [],
            JsonValueKind.Array => [(name, Short(string.Join(", ", value.EnumerateArray().Select(Text))))],
            _ => [(name, Short(Text(value)))],
        };

    private static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static string Short(string text) =>
        text.ReplaceLineEndings(" ") is var line && line.Length > LongestParameter ? line[..LongestParameter] : line;

    /// <summary>Metrics of the test images, gaps between groups, and the curves of training.</summary>
    internal static IEnumerable<(string Name, double Value, long Step)> Metrics(RunFolder folder, AuditResult audit)
    {
        foreach (var target in audit.Targets)
        {
            foreach (var e in FindingTable.Headline(target))
                if (e.Value is { } value)
                    yield return ($"test/{target.Name} {e.Metric}", value, 0);
            foreach (var grouping in target.Groupings.Where(g => g.Attributes.Count == 1))
                foreach (var gap in grouping.Gaps.Where(
                    g => g.Metric == target.Main.Metric && g.Class == target.Main.Class))
                    if (gap.Value is { } value)
                        yield return ($"gap/{target.Name} {gap.Metric} by {grouping.Attributes[0]}", value, 0);
        }
        if (File.Exists(folder[RunFolder.HistoryFile]))
            foreach (var point in JsonSerializer.Deserialize<List<TrainingPoint>>(
                File.ReadAllText(folder[RunFolder.HistoryFile]), CoreJson.Options) ?? [])
                yield return ($"training/{point.Series}", point.Value, point.Epoch);
    }

    private static string Uri(string path) => new Uri(path).AbsoluteUri;

    /// <summary>The file of a name, in which MLflow takes letters, digits and "_-. /:" only.</summary>
    private static string Place(string run, string kind, string name)
    {
        var allowed = string.Concat(name.Select(
            c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ' ' or '/' ? c : '_'));
        var path = Path.Combine(run, kind, allowed);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    private static void Meta(string folder, params (string Key, object? Value)[] fields)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in fields)
            text.Append(CultureInfo.InvariantCulture, $"{key}: {value switch
            {
                null => "[]",
                string s => $"'{s.Replace("'", "''", StringComparison.Ordinal)}'",
                _ => Convert.ToString(value, CultureInfo.InvariantCulture),
            }}\n");
        AtomicFile.WriteText(Path.Combine(folder, "meta.yaml"), text.ToString());
    }
}
