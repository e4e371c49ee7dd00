using System.Text.Json;
using FaceBias.Auditing;
using FaceBias.Core.Backbones;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Core.Finetuning;
using FaceBias.Core.Training;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Tables;
using FaceBias.Reporting;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Train;

/// <summary>What a finished run says.</summary>
/// <param name="Audit">The audit of the test split.</param>
/// <param name="Summary">Lines for the console.</param>
public sealed record TrainRunResult(AuditResult Audit, IReadOnlyList<string> Summary);

/// <summary>
/// The main job: a folder of images and labels becomes a curated manifest, cached features, a model, predictions, an
/// audit and a report. Steps that are done are skipped, an interrupted run goes on.
/// </summary>
public sealed class TrainRun
{
    private const string ManifestFile = "manifest.parquet", CurationFile = "curation.json", ModelFile = "model.onnx",
        HeadsFile = "heads.onnx", HistoryFile = "history.json", PredictionsFile = "predictions.parquet",
        AuditFileName = "audit.json", ReportFile = "report.html", CardFile = "MODEL_CARD.md";

    private const string FinetuneFolder = "finetune";

    private static readonly string FinetuneHeadsFile = Path.Combine(FinetuneFolder, "heads.onnx"),
        FinetuneHeadsHistoryFile = Path.Combine(FinetuneFolder, "heads.json");

    private readonly TrainRunOptions _options;
    private readonly IProgress<StepProgress>? _progress;
    private readonly CancellationToken _cancel;
    private RunRecord _record = null!;

    private TrainRun(TrainRunOptions options, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        (_options, _progress, _cancel) = (options, progress, cancel);
        OutputFolder.Prepare(options.Out);
    }

    /// <summary>Runs all steps.</summary>
    public static TrainRunResult Execute(TrainRunOptions options, IProgress<StepProgress>? progress = null, CancellationToken cancel = default) =>
        Create(options, progress, cancel).Execute();

    /// <summary>Runs the steps up to the features; <see cref="Execute(TrainRunOptions, IProgress{StepProgress}?, CancellationToken)"/>
    /// goes on from there.</summary>
    /// <returns>Images and labels that did not fit, one sentence each.</returns>
    internal static IReadOnlyList<string> Prepare(TrainRunOptions options, IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        var run = Create(options, progress, cancel);
        using var features = ImageFeatures.Open(options.Home, options.Backbone, options.Threads, progress, cancel);
        return run.Prepare(features).Notices;
    }

    private static TrainRun Create(TrainRunOptions options, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Training.Check();
        options.Finetune?.Check();
        if (options is { Finetune.Precision: TrainingPrecision.Mixed, Device: ExecutionDevice.Cpu })
            throw new FaceBiasException("--precision mixed needs --device cuda: on the processor ONNX Runtime computes in 32 bits, and casts would only slow it down.");
        if (options.Resume)
            RequireCheckpoint(options);
        if (options.NearDistance is < 0 or > NearDuplicates.WidestDistance)
            throw new FaceBiasException($"--near-distance must be from 0 to {NearDuplicates.WidestDistance}, not {options.NearDistance}.");
        if (options.Targets.Count == 0)
            throw new FaceBiasException("--targets names no column; give at least one, such as --targets gender.");
        var repeated = options.Targets.GroupBy(t => t).FirstOrDefault(g => g.Count() > 1);
        if (repeated is not null)
            throw new FaceBiasException($"--targets names '{repeated.Key}' twice; name each column once.");
        return new TrainRun(options, progress, cancel);
    }

    /// <summary>Curates, splits and computes features.</summary>
    private (RunData Data, string Key, List<string> Notices) Prepare(ImageFeatures features)
    {
        var backbone = features.Backbone;
        var data = RunData.Load(_options, _options.ConfirmNear ? features : null, _progress, _cancel);
        var manifest = data.Manifest;
        var dataKey = Sha256.OfJson(Enumerable.Range(0, manifest.Count)
            .Select(i => (object)$"{manifest.Files[i].Id} {manifest.Sha256[i]} {manifest.Splits[i]} {manifest.Flags[i]}")
            .Concat(data.Targets.Concat(data.Groups).Select(t => (object)new { t.Name, t.Kind, t.Classes, t.Codes, Values = Array.ConvertAll(t.Values, BitConverter.DoubleToInt64Bits) })));
        if (_options.Resume)
            RequireSame(Sha256.OfJson(TrainKey(dataKey, backbone)));
        // Only now: a run that cannot be gone on with is left as it is.
        _record = RunRecord.Open(_options.Out, Describe(_options));
        _record.Do("curate", [dataKey, data.Summary], [ManifestFile, CurationFile], () =>
        {
            manifest.Write(Out(ManifestFile));
            data.Summary.Write(Out(CurationFile));
        });

        var notices = data.Notices.ToList();
        if (features.DamagedRows > 0)
            notices.Add($"{features.DamagedRows:N0} rows of the feature cache were damaged and are computed again.");
        Extract(data, features, notices);

        _record.Do("features", [dataKey, backbone.Key], [FeaturesFile(backbone), FeatureRowsFile(backbone)], () => WriteFeatures(data, features));
        return (data, dataKey, notices);
    }

    private TrainRunResult Execute()
    {
        using var features = ImageFeatures.Open(_options.Home, _options.Backbone, _options.Threads, _progress, _cancel);
        var backbone = features.Backbone;
        var (data, dataKey, notices) = Prepare(features);
        var train = data.Images(Split.Train);
        var targets = data.Targets.Select(t => TrainingTarget.Create(t, train, _options.Training)).ToList();
        var outputs = targets.Select(t => t.Output).ToList();
        var trainKey = TrainKey(dataKey, backbone);
        if (_options.Finetune is { } finetune)
        {
            _record.Do("heads", HeadsKey(dataKey, backbone), [FinetuneHeadsFile, FinetuneHeadsHistoryFile], () => TrainHeads(data, backbone, features, targets, FinetuneHeadsFile, FinetuneHeadsHistoryFile));
            _record.Do("train", trainKey, [HistoryFile, ModelFile], () => Finetune(data, backbone, targets, finetune, Sha256.OfJson(trainKey)));
        }
        else
        {
            _record.Do("train", trainKey, [HeadsFile, HistoryFile, ModelFile], () => OnnxFile.Write(
                ModelExport.Join(
                    OnnxFile.Read(backbone.OnnxPath), TrainHeads(data, backbone, features, targets, HeadsFile, HistoryFile), Metadata(backbone, outputs)),
                Out(ModelFile)));
        }
        _record.Do("predict", [_record.KeyOf("train")], [PredictionsFile], () => TableFile.Write(
            Out(PredictionsFile),
            _options.Finetune is null
                ? RunPredictions.FromFeatures(data, OnnxFile.Read(Out(HeadsFile)), outputs, features, _options.Threads, _cancel)
                : RunPredictions.FromImages(data, Out(ModelFile), backbone.Input, outputs, Out(FinetuneFolder), _options.Threads, _progress, _cancel)));

        var predictions = TableFile.Read(Out(PredictionsFile));
        var auditOptions = new AuditOptions
        {
            Targets = _options.Targets,
            Seed = unchecked((long)_options.Training.Seed),
            BootstrapReplicates = _options.Replicates,
            Permutations = _options.Replicates,
            Threads = _options.Threads,
        };
        _record.Do("audit", [_record.KeyOf("predict"), auditOptions], [AuditFileName], () => AuditFile.Write(
            Out(AuditFileName), Auditor.Run(predictions, auditOptions, _progress, _cancel)));
        var audit = AuditFile.Read(Out(AuditFileName));
        var history = JsonSerializer.Deserialize<List<TrainingPoint>>(File.ReadAllText(Out(HistoryFile)), CoreJson.Options)!;
        var report = RunReport.Input(_options, data, features, audit, predictions, history, notices, _cancel);
        _record.Do("report", [_record.KeyOf("audit"), report.Provenance, report.Curation, report.Planted], [ReportFile, CardFile], () =>
        {
            var illustrated = report with { Thumbnails = RunReport.Thumbnails(data.Manifest, audit) };
            HtmlReport.Write(Out(ReportFile), illustrated);
            ModelCard.Write(Out(CardFile), illustrated);
            RunReport.WriteEvents(Out("events"), history, audit);
        });
        return new TrainRunResult(audit, RunReport.Summary(_options, data, report, audit, notices, _record));
    }

    private void Extract(RunData data, ImageFeatures features, List<string> notices)
    {
        var manifest = data.Manifest;
        int[] used = [.. Enumerable.Range(0, manifest.Count).Where(i => manifest.Splits[i] != Split.None)];
        foreach (var (i, reason) in features.Ensure(manifest, used, _progress, _cancel).OrderBy(f => f.Key))
        {
            notices.Add($"'{manifest.Files[i].Id}' was left out: {reason}.");
            manifest.Splits[i] = Split.None;
        }
    }

    /// <summary>The run's features for other programs: one row per image that has a split, in the manifest's order.</summary>
    private void WriteFeatures(RunData data, ImageFeatures features)
    {
        var manifest = data.Manifest;
        var backbone = features.Backbone;
        var images = Enumerable.Range(0, manifest.Count).Where(i => manifest.Splits[i] != Split.None).ToArray();
        AtomicFile.Write(Out(FeaturesFile(backbone)), temporary =>
        {
            using var writer = new NpyMatrixWriter(temporary, images.Length, backbone.FeatureCount);
            foreach (var image in images)
                writer.Append(features[manifest.Sha256[image]]);
        });
        TableFile.Write(Out(FeatureRowsFile(backbone)), new Table(
        [
            new NumberColumn("row", [.. Enumerable.Range(0, images.Length).Select(i => (double)i)]),
            new TextColumn("id", [.. Enumerable.Range(0, images.Length)], [.. images.Select(i => manifest.Files[i].Id)]),
            new TextColumn("split", [.. images.Select(i => manifest.Splits[i].ToString().ToLowerInvariant())]),
        ]));
    }

    private static string FeaturesFile(Backbone backbone) => Path.Combine("features", FileName(backbone) + ".npy");

    private static string FeatureRowsFile(Backbone backbone) => Path.Combine("features", FileName(backbone) + ".rows.parquet");

    // A backbone's name may come from a file and hold anything.
    private static string FileName(Backbone backbone) =>
        string.Concat(backbone.Name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'));

    private ModelProto TrainHeads(
        RunData data, Backbone backbone, ImageFeatures features, IReadOnlyList<TrainingTarget> targets, string headsFile, string historyFile)
    {
        var manifest = data.Manifest;
        var heads = HeadTrainer.Train(
            image => features[manifest.Sha256[image]], backbone.FeatureCount, data.Images(Split.Train), data.Images(Split.Validation),
            targets, _options.Training, _options.Threads, _progress, _cancel);
        OnnxFile.Write(heads.Graph, Out(headsFile));
        AtomicFile.WriteText(Out(historyFile), JsonSerializer.Serialize(heads.History, CoreJson.Options));
        return heads.Graph;
    }

    private void Finetune(RunData data, Backbone backbone, IReadOnlyList<TrainingTarget> targets, FinetuneOptions options, string key)
    {
        var manifest = data.Manifest;
        var (model, history) = FinetuneTrainer.Train(
            new FinetuneJob
            {
                Backbone = backbone,
                Heads = OnnxFile.Read(Out(FinetuneHeadsFile)),
                Targets = targets,
                HeadOptions = _options.Training,
                Options = options,
                Paths = [.. manifest.Files.Select(f => f.Path)],
                Sha256 = manifest.Sha256,
                Train = data.Images(Split.Train),
                Validation = data.Images(Split.Validation),
                Folder = Out(FinetuneFolder),
                Home = _options.Home,
                Key = key,
                Threads = _options.Threads,
                Device = _options.Device,
            },
            Metadata(backbone, [.. targets.Select(t => t.Output)]), _progress, _cancel);
        AtomicFile.WriteText(Out(HistoryFile), JsonSerializer.Serialize(history, CoreJson.Options));
        AtomicFile.Write(Out(ModelFile), temporary => File.Copy(model, temporary));
    }

    private static ModelMetadata Metadata(Backbone backbone, IReadOnlyList<OutputSpec> outputs) => new(
        1, ModelInput.From(backbone.Input), outputs, backbone.Name, backbone.WeightsLicence,
        "Outputs are perceived attributes as annotators labelled them; see MODEL_CARD.md for whom the model fails.");

    private object?[] HeadsKey(string dataKey, Backbone backbone) => [dataKey, backbone.Key, _options.Training];

    private object?[] TrainKey(string dataKey, Backbone backbone) => _options.Finetune is { } finetune
        ? [.. HeadsKey(dataKey, backbone), finetune] : HeadsKey(dataKey, backbone);

    /// <summary>Going on takes something to go on with.</summary>
    private static void RequireCheckpoint(TrainRunOptions options)
    {
        if (options.Finetune is null)
            throw new FaceBiasException("--resume goes on with a fine-tuning; give its --finetune all or --finetune last:N too.");
        if (FinetuneCheckpoint.KeyIn(Path.Combine(options.Out, FinetuneFolder)) is null)
            throw new FaceBiasException($"'{options.Out}' holds no fine-tuning to go on with; check --out, or leave --resume out to begin one.");
    }

    private void RequireSame(string key)
    {
        if (FinetuneCheckpoint.KeyIn(Out(FinetuneFolder)) != key)
            throw new FaceBiasException(
                $"The fine-tuning in '{_options.Out}' was begun with other images, labels or options; give the same ones ('options' in its run.json), or leave --resume out to begin anew.");
    }

    private string Out(string file) => Path.Combine(_options.Out, file);

    private static Dictionary<string, object?> Describe(TrainRunOptions o) => new()
    {
        ["images"] = o.Images,
        ["labels"] = o.Labels,
        ["targets"] = o.Targets,
        ["groups"] = o.Groups,
        ["backbone"] = o.Backbone,
        ["nearDistance"] = o.NearDistance,
        ["keepOneOfNear"] = o.KeepOneOfNear,
        ["confirmNear"] = o.ConfirmNear,
        ["drop"] = o.Drop.Columns(),
        ["review"] = o.Review,
        ["replicates"] = o.Replicates,
        ["training"] = o.Training,
        ["finetune"] = o.Finetune,
    };
}
