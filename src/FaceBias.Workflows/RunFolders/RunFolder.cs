using System.Diagnostics;
using System.Text.Json;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;

namespace FaceBias.Workflows.RunFolders;

/// <summary>The folder of a run: where its files are, and <c>run.json</c>, its record: inputs, options, versions and
/// seeds, which steps are done, and the SHA-256 of every file they wrote. A step whose key (a hash of everything it
/// depends on) is recorded and whose files are as recorded is skipped; anything else is done again. One process writes
/// at a time.</summary>
internal sealed class RunFolder : IDisposable
{
    public const string RecordFile = "run.json", ManifestFile = "manifest.parquet", CurationFile = "curation.json",
        ModelFile = "model.onnx",
        HeadsFile = "heads.onnx", HistoryFile = "history.json", PredictionsFile = "predictions.parquet",
        AuditFile = "audit.json",
        PlainHeadsFile = "heads.plain.onnx", PlainPredictionsFile = "predictions.plain.parquet",
        ResamplingFile = "resampling.parquet",
        ReportFile = "report.html", PdfFile = "report.pdf", CardFile = "card/MODEL_CARD.md";

    public const string Features = "features", Events = "events", Finetune = "finetune";

    /// <summary>The command whose runs others begin with.</summary>
    public const string TrainJob = "train";

    /// <summary>The steps whose files others look for.</summary>
    public const string FeaturesStep = "features", TrainStep = "train";

    private const int Version = 2;

    /// <summary>The command line that runs within this flow; hosts without one leave it null.</summary>
    internal static AsyncLocal<CommandArguments?> Typed { get; } = new();

    private readonly FolderLock? _lock;
    private readonly bool _force;
    private readonly State _state;
    private readonly Lock _gate = new();
    private readonly List<string> _skipped = [], _notices = [];

    private RunFolder(string folder, State state, FolderLock? writing, bool force) =>
        (Folder, _state, _lock, _force) = (folder, state, writing, force);

    public string Folder { get; }

    /// <summary>Steps that this process skipped because they were done.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    /// <summary>Files that were not as recorded and were made again, one sentence each.</summary>
    public IReadOnlyList<string> Notices => _notices;

    /// <summary>The backbone whose features the run has, as it was named to the run.</summary>
    /// <exception cref="FaceBiasException">The record does not say it.</exception>
    public string Backbone => Text(_state, "backbone") ?? throw new FaceBiasException(
        $"'{this[RecordFile]}' does not say which backbone the features are from; run 'facebias train' again.");

    /// <summary>The column, of persons say, whose images the run kept on one side of its splits; null for
    /// none.</summary>
    public string? Together => Text(_state, TogetherOption);

    /// <summary>The same of a folder that may be none of a run.</summary>
    internal static string? TogetherIn(string folder) => Load(folder) is { } state ? Text(state, TogetherOption) : null;

    /// <summary>The name in the record of the column that is kept together.</summary>
    internal const string TogetherOption = "keepTogether";

    private static string? Text(State state, string option) => state.Options.GetValueOrDefault(option) switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => null,
    };

    /// <summary>The path of a file of the run.</summary>
    public string this[string file] => Path.Combine(Folder, file);

    /// <summary>Opens a folder to write a run to it, or to resume one.</summary>
    /// <param name="folder">The folder; made if need be.</param>
    /// <param name="options">What the user asked for, as it shall stand in the record.</param>
    /// <param name="force">Whether files of another run may be replaced; null where the command does not let the user
    /// say so.</param>
    /// <exception cref="FaceBiasException">It cannot be written to, another process writes to it, or it holds the run
    /// of another command.</exception>
    public static RunFolder Begin(string folder, string job, IReadOnlyDictionary<string, object?> options,
        bool? force = null)
    {
        if (options.GetValueOrDefault("images") is IEnumerable<string> images)
            RequireApart(folder, images);
        var writing = FolderLock.Take(folder);
        try
        {
            var known = Load(folder);
            if (known is not null && known.Job != job && force != true)
            {
                throw new FaceBiasException(
                    $"'{folder}' holds what 'facebias {known.Job}' wrote; give another "
                        + $"‹Out›{(force is null ? "" : ", or ‹Force› to write over it")}.");
            }
            var same = known?.Job == job ? known : null;
            return new(folder,
                new(Version, job, Versions(), options, same?.Steps ?? [], same?.Artefacts ?? [])
                {
                    Before = same?.Options,
                    Arguments = Typed.Value is { } typed && typed.Command == job ? typed.Values : null,
                },
                writing, force == true);
        }
        catch
        {
            writing.Dispose();
            throw;
        }
    }

    /// <summary>Refuses to write into a folder of images: pictures written there would be data of the next
    /// run.</summary>
    internal static void RequireApart(string folder, IEnumerable<string> images)
    {
        static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!string.IsNullOrWhiteSpace(folder) && images.FirstOrDefault(
            i => Directory.Exists(i) && Full(i) == Full(folder)) is { } same)
            throw new FaceBiasException(
                $"‹Out› '{folder}' is the folder of images '{same}' itself, in which what is written would be taken for "
                    + "images the next time; give another folder.");
    }

    /// <summary>Opens a run of <c>facebias train</c> to read it.</summary>
    /// <param name="option">The option that named it, for sentences.</param>
    /// <exception cref="FaceBiasException">There is no such folder, no record in it, or that of another
    /// command.</exception>
    public static RunFolder Open(string folder, string option = "‹Run›")
    {
        if (!Directory.Exists(folder))
            throw new FaceBiasException(
                $"There is no folder '{folder}'; give {option} the folder of a finished 'facebias train'.",
                ErrorKind.Missing);
        var path = Path.Combine(folder, RecordFile);
        var known = Load(folder);
        if (known is { Job: not TrainJob })
            throw new FaceBiasException(
                $"'{folder}' is the folder of a 'facebias {known.Job}'; give {option} the ‹Out› folder of 'facebias train'.");
        return new(folder, known ?? throw new FaceBiasException(File.Exists(path)
            ? $"'{path}' is damaged or of another version, so the run's files cannot be trusted; run the same "
                + "'facebias train' again."
            : $"'{folder}' is no finished run: it has no {RecordFile}; give the ‹Out› folder of 'facebias train'.",
            File.Exists(path) ? ErrorKind.BadInput : ErrorKind.Missing),
            null, false);
    }

    /// <summary>The command whose run a folder holds; null where there is none.</summary>
    internal static string? JobIn(string folder) => Load(folder)?.Job;

    /// <summary>The path of a file that others use, after a look at whether it is the one that the run wrote.</summary>
    /// <exception cref="FaceBiasException">It is missing, or another.</exception>
    public string Checked(string file)
    {
        var path = this[file];
        if (!File.Exists(path) || !_state.Artefacts.ContainsKey(file))
            throw new FaceBiasException(
                $"'{Folder}' is no finished run: it has no {file}; run the same 'facebias {_state.Job}' again to "
                    + "finish it.", ErrorKind.Missing);
        return IsIntact(file) ? path : throw new FaceBiasException(
            $"'{path}' is not the file that the run wrote: its SHA-256 is not that of {RecordFile}. Run the same "
                + $"'facebias {_state.Job}' again, which writes it anew.");
    }

    /// <summary>The features of the run and the table of the images that their rows belong to; of several backbones
    /// those of the last.</summary>
    /// <exception cref="FaceBiasException">There are none, or they are not those that the run wrote.</exception>
    public (string Matrix, string Rows) FeatureFiles() =>
        _state.Steps.Find(s => s.Name == FeaturesStep) is { Files: [var matrix, var rows] }
        ? (Checked(matrix), Checked(rows))
        : throw new FaceBiasException(
            $"'{Folder}' is no finished run: it has no features; run the same 'facebias {_state.Job}' again to finish it.",
            ErrorKind.Missing);

    /// <summary>Where a run writes the features of a backbone.</summary>
    /// <param name="backbone">Its name, which may come from a file and hold anything.</param>
    internal static (string Matrix, string Rows) FeatureFiles(string backbone)
    {
        var name = string.Concat(backbone.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'));
        return (Path.Combine(Features, name + ".npy"), Path.Combine(Features, name + ".rows.parquet"));
    }

    /// <summary>Refuses to do a step that was done with another key, unless files may be replaced.</summary>
    /// <param name="dependsOn">What its result depends on now.</param>
    /// <exception cref="FaceBiasException">It was; the sentence says which options differ.</exception>
    public void RequireSame(string step, IEnumerable<object?> dependsOn)
    {
        if (!_force && _state.Steps.Find(s => s.Name == step) is { } done
            && done.Key != Sha256.OfJson(dependsOn.Prepend(step)))
            throw Replaced(Differences(), "other options, images or labels");
    }

    /// <summary>Refuses options that make another model than the one that is there, before any work is done for
    /// it.</summary>
    /// <param name="names">The options that decide about the model.</param>
    /// <exception cref="FaceBiasException">One of them differs.</exception>
    public void RequireSame(IReadOnlyCollection<string> names)
    {
        if (!_force && _state.Steps.Exists(s => s.Name == TrainStep)
            && Differences(names) is { Count: > 0 } differences)
            throw Replaced(differences, "");
    }

    private FaceBiasException Replaced(IReadOnlyList<string> differences, string otherwise) => new(
        $"'{Folder}' holds a model made with {(differences.Count > 0 ? string.Join(", ", differences) : otherwise)}; "
            + "give another ‹Out›, or ‹Force› to replace it.");

    private List<string> Differences(IReadOnlyCollection<string>? names = null)
    {
        var before = JsonSerializer.SerializeToElement(_state.Before ?? new Dictionary<string, object?>(),
            CoreJson.Compact);
        var now = JsonSerializer.SerializeToElement(_state.Options, CoreJson.Compact);
        return [.. now.EnumerateObject().Where(o => names?.Contains(o.Name) ?? true)
            .SelectMany(o => before.TryGetProperty(o.Name, out var old) ? Compare(o.Name, old, o.Value) : [])];

        static IEnumerable<string> Compare(string name, JsonElement old, JsonElement now) =>
            JsonElement.DeepEquals(old, now) ? []
            : old.ValueKind == JsonValueKind.Object && now.ValueKind == JsonValueKind.Object
                ? now.EnumerateObject().SelectMany(
                    o => old.TryGetProperty(o.Name, out var was) ? Compare(o.Name, was, o.Value) : [])
            : [$"{name} {Short(old)} instead of {Short(now)}"];

        static string Short(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? text[..60] + "..."
            : value.GetRawText();
    }

    /// <summary>Does a step, or skips it if it was done with the same key and its files are those it wrote.</summary>
    /// <param name="dependsOn">Everything that its result depends on.</param>
    /// <param name="files">The files it writes, relative to the run's folder.</param>
    /// <exception cref="FaceBiasException">A file is there that no step wrote, and may not be replaced.</exception>
    public void Do(string name, IEnumerable<object?> dependsOn, IReadOnlyList<string> files, Action work)
    {
        var key = Sha256.OfJson(dependsOn.Prepend(name));
        if (_state.Steps.Find(s => s.Name == name) is { } done && done.Key == key && done.Files.SequenceEqual(files))
        {
            var changed = files.Where(f => !IsIntact(f)).ToArray();
            if (changed.Length == 0)
            {
                _skipped.Add(name);
                return;
            }
            _notices.AddRange(
                changed.Where(f => File.Exists(this[f])).Select(
                    f => $"'{f}' was damaged or changed since the run wrote it and is written anew."));
        }
        if (!_force && files.FirstOrDefault(f => File.Exists(this[f]) && !_state.Artefacts.ContainsKey(f)) is
            { } foreign)
            throw new FaceBiasException(
                $"'{this[foreign]}' is there and not of this run ({RecordFile} does not know it); give another ‹Out›, "
                    + "or ‹Force› to replace it.");
        _state.Steps.RemoveAll(s => s.Name == name);
        var clock = Stopwatch.StartNew();
        // So that a run that is killed within the step finds files of its own.
        foreach (var file in files)
            _state.Artefacts.TryAdd(file, "");
        Save();
        work();
        foreach (var file in files)
            _state.Artefacts[file] = Sha256.OfFile(this[file]);
        _state.Steps.Add(new Step(name, key, files, Math.Round(clock.Elapsed.TotalSeconds, 2)));
        Save();
    }

    /// <summary>Records a file that was just written, as it is; may be called from several threads.</summary>
    internal void Seal(string file)
    {
        var hash = Sha256.OfFile(this[file]);
        lock (_gate)
        {
            _state.Artefacts[file] = hash;
            Save();
        }
    }

    /// <summary>Whether a file is there and as it was recorded.</summary>
    internal bool IsIntact(string file)
    {
        string? hash;
        lock (_gate)
            _state.Artefacts.TryGetValue(file, out hash);
        return hash is { Length: > 0 } && File.Exists(this[file]) && Sha256.OfFile(this[file]) == hash;
    }

    /// <summary>The key of a step that is done, for steps that depend on it.</summary>
    public string KeyOf(string name) => _state.Steps.Find(s => s.Name == name)?.Key ?? "";

    public void Dispose() => _lock?.Dispose();

    /// <summary>Writes the record.</summary>
    internal void Save() => AtomicFile.WriteText(this[RecordFile], JsonSerializer.Serialize(_state, CoreJson.Options));

    /// <summary>The record of a folder; null where there is none, or one that cannot be read and so proves
    /// nothing.</summary>
    private static State? Load(string folder)
    {
        var path = Path.Combine(folder, RecordFile);
        try
        {
            return File.Exists(path) && JsonSerializer.Deserialize<State>(File.ReadAllText(path), CoreJson.Options) is
                { Version: Version, Job: not null, Options: not null, Steps: { } steps, Artefacts: not null } state
                && steps.TrueForAll(s => s is { Name: not null, Key: not null, Files: not null }) ? state : null;
        }
        catch (JsonException)
        {
            return null;
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read '{path}'", e, "check its permissions");
        }
    }

    private static Dictionary<string, string> Versions() => new()
    {
        ["facebias"] = typeof(RunFolder).Assembly.GetName().Version?.ToString(3) ?? "",
        ["dotnet"] = Environment.Version.ToString(),
        ["onnxRuntime"] = Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetVersionString(),
        [PictureCodecs.Default.Name] = PictureCodecs.Default.Version,
    };

    private sealed record State(
        int Version, string Job, Dictionary<string, string> Versions, IReadOnlyDictionary<string, object?> Options,
        List<Step> Steps,
        SortedDictionary<string, string> Artefacts)
    {
        /// <summary>Options by their names on the command line, from which 'facebias --config' runs the same
        /// again.</summary>
        [System.Text.Json.Serialization.JsonIgnore(
            Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
        public IReadOnlyDictionary<string, object>? Arguments { get; init; }

        /// <summary>The options of the run that is resumed.</summary>
        [System.Text.Json.Serialization.JsonIgnore]
        public IReadOnlyDictionary<string, object?>? Before { get; init; }
    }

    private sealed record Step(string Name, string Key, IReadOnlyList<string> Files, double Seconds);
}
