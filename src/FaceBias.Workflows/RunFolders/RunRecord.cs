using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;

namespace FaceBias.Workflows.RunFolders;

/// <summary>
/// <c>run.json</c>: inputs, options, versions and seeds of a run, and which steps are done. A step whose key (a hash of
/// everything it depends on) is recorded and whose files are there is skipped; anything else is done again.
/// </summary>
public sealed class RunRecord
{
    private readonly string _path;
    private readonly string _folder;
    private readonly State _state;

    private RunRecord(string folder, State state)
    {
        _folder = folder;
        _path = Path.Combine(folder, "run.json");
        _state = state;
    }

    /// <summary>Steps that this process skipped because they were done.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    private readonly List<string> _skipped = [];

    /// <summary>Opens the record of a run's folder, or starts one. A damaged record is started anew: the steps are done
    /// again.</summary>
    /// <param name="folder">The run's folder; created if need be.</param>
    /// <param name="options">What the user asked for, as it shall stand in the record.</param>
    public static RunRecord Open(string folder, IReadOnlyDictionary<string, object?> options)
    {
        OutputFolder.Prepare(folder);
        var path = Path.Combine(folder, "run.json");
        var steps = new List<Step>();
        try
        {
            if (File.Exists(path))
                steps = JsonSerializer.Deserialize<State>(File.ReadAllText(path), CoreJson.Options)?.Steps ?? [];
        }
        catch (JsonException)
        {
            // A record that cannot be read proves no step.
        }
        var record = new RunRecord(folder, new State(1, Versions(), options, steps));
        record.Save();
        return record;
    }

    /// <summary>Does a step, or skips it if it was done with the same key and its files are there.</summary>
    /// <param name="name">Name of the step.</param>
    /// <param name="dependsOn">Everything that its result depends on.</param>
    /// <param name="files">The files it writes, relative to the run's folder.</param>
    /// <param name="work">Writes the files.</param>
    public void Do(string name, IEnumerable<object?> dependsOn, IReadOnlyList<string> files, Action work)
    {
        var key = Sha256.OfJson(dependsOn.Prepend(name));
        var done = _state.Steps.Find(s => s.Name == name);
        if (done?.Key == key && files.All(f => File.Exists(Path.Combine(_folder, f))))
        {
            _skipped.Add(name);
            return;
        }
        _state.Steps.RemoveAll(s => s.Name == name);
        var clock = Stopwatch.StartNew();
        work();
        _state.Steps.Add(new Step(name, key, files, Math.Round(clock.Elapsed.TotalSeconds, 2)));
        Save();
    }

    /// <summary>The key of a step that is done, for steps that depend on it.</summary>
    public string KeyOf(string name) => _state.Steps.Find(s => s.Name == name)?.Key ?? "";

    private void Save() => AtomicFile.WriteText(_path, JsonSerializer.Serialize(_state, CoreJson.Options));

    private static Dictionary<string, string> Versions() => new()
    {
        ["facebias"] = typeof(RunRecord).Assembly.GetName().Version?.ToString(3) ?? "",
        ["dotnet"] = Environment.Version.ToString(),
        ["onnxRuntime"] = Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetVersionString(),
        [PictureCodecs.Default.Name] = PictureCodecs.Default.Version,
    };

    private sealed record State(
        int Version, Dictionary<string, string> Versions, IReadOnlyDictionary<string, object?> Options, List<Step> Steps);

    private sealed record Step(string Name, string Key, IReadOnlyList<string> Files, double Seconds);
}
