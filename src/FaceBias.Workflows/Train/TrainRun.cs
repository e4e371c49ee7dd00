using System.Text.Json;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Choosing;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Core.Uncertainty.Resampling;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Opsets;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;
using FaceBias.Reporting;
using FaceBias.Reporting.Cards;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Train;

/// <summary>What a finished run says.</summary>
/// <param name="Audit">The audit of the test split.</param>
/// <param name="Summary">Lines for the console.</param>
public sealed record TrainRunResult(AuditResult Audit, IReadOnlyList<string> Summary);

/// <summary>The main job: a folder of images and labels becomes a curated manifest, cached features, a model,
/// predictions, an audit and a report. Steps that are done are skipped, an interrupted run is resumed.</summary>
internal sealed partial class TrainRun : IDisposable
{
    private static readonly string FinetuneHeadsFile = Path.Combine(RunFolder.Finetune, "heads.onnx"),
        FinetuneHeadsHistoryFile = Path.Combine(RunFolder.Finetune, "heads.json");

    /// <summary>The metadata property of heads and model that keeps what was said when they were trained.</summary>
    private const string NoticesKey = "facebias.notices";

    // What a model depends on beside the images and labels.
    private static readonly string[] s_deciding =
        ["targets", "kinds", "multiLabel", "stratify", RunFolder.TogetherOption, "splitColumn", "splitValues", "backbone",
            "nearDistance", "near", "confirmNear", "drop", "training", "finetune", "uncertainty", "conformal",
            "resample"];

    private readonly TrainRunOptions _options;
    private readonly TrainInput _input;
    private readonly IProgress<StepProgress>? _progress;
    private readonly CancellationToken _cancel;
    private readonly RunFolder _folder;

    private TrainRun(TrainRunOptions options, TrainInput input, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        (_options, _input, _progress, _cancel) = (options, input, progress, cancel);
        _folder = RunFolder.Begin(options.Out, RunFolder.TrainJob, Describe(options), options.Force);
    }

    /// <summary>Runs all steps.</summary>
    public static TrainRunResult Execute(TrainRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using var run = Create(options, progress, cancellationToken);
        run._folder.RequireSame(s_deciding);
        return run.Execute();
    }

    /// <summary>Runs the steps up to the features;
    /// <see cref="Execute(TrainRunOptions, IProgress{StepProgress}?, CancellationToken)"/> resumes from
    /// there.</summary>
    /// <returns>Images and labels that did not fit, one sentence each.</returns>
    internal static IReadOnlyList<string> Prepare(TrainRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancel = default)
    {
        using var run = Create(options, progress, cancel);
        using var features = ImageFeatures.Open(options.Home, options.Backbone, options.Threads, progress, cancel);
        return run.Prepare(features).Notices;
    }

    /// <summary>Looks at images and labels without training on them.</summary>
    /// <returns>What was found, for the console.</returns>
    /// <exception cref="FaceBiasException">Everything that is wrong.</exception>
    public static IReadOnlyList<string> Check(TrainRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var input = TrainCheck.Look(options, progress, cancellationToken);
        var labels = input.Labels;
        return
        [
            string.Create(CultureInfo.InvariantCulture,
                $"{input.Listing.Files.Count:N0} images, {labels.Labelled.Count(l => l):N0} of them with labels."),
            .. input.Targets.Concat(input.Groups).Select(n => TrainCheck.Describe(labels.Group(n), labels.Given)),
            input.Columns(),
            .. labels.Given is { } given ? [given.Sentence] : Array.Empty<string>(),
            .. labels.Notices.Select(n => n.Sentence),
            .. TrainDoubts.Of(input),
            "Nothing is wrong. Copies and damaged images are found by curation, with which training begins.",
        ];
    }

    private static TrainRun Create(TrainRunOptions options, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Resume)
            RequireCheckpoint(options);
        return new TrainRun(options, TrainCheck.Look(options, progress, cancel), progress, cancel);
    }

    /// <summary>Curates, splits and computes features.</summary>
    private (RunData Data, string Key, List<string> Notices) Prepare(ImageFeatures features)
    {
        var backbone = features.Backbone;
        var data = RunData.Load(_options, _input, _options.ConfirmNear ? features : null, _progress, _cancel);
        var manifest = data.Manifest;
        var dataKey = Sha256.OfJson(Enumerable.Range(0, manifest.Count)
            .Select(i =>
                (object)$"{manifest.Files[i].Id} {manifest.Sha256[i]} {manifest.Splits[i]} {manifest.Flags[i]}")
                .Concat(Values(data.Targets)));
        if (_options.Resume)
            RequireSame(Sha256.OfJson(TrainKey(dataKey, backbone)));
        // Only now: a run that cannot be resumed is left as it is.
        _folder.RequireSame(RunFolder.TrainStep, TrainKey(dataKey, backbone));
        _folder.Do("curate", [dataKey, data.Summary, .. Values(manifest.Labels.Select(l => Target.From(l, null)))],
            [RunFolder.ManifestFile, RunFolder.CurationFile], () =>
        {
            manifest.Write(Out(RunFolder.ManifestFile));
            data.Summary.Write(Out(RunFolder.CurationFile));
        });

        var notices = data.Notices.ToList();
        if (features.DamagedRows > 0)
            notices.Add($"{features.DamagedRows:N0} rows of the feature cache were damaged and are computed again.");
        Extract(data, features, notices);

        var (matrix, rows) = RunFolder.FeatureFiles(backbone.Name);
        _folder.Do(RunFolder.FeaturesStep, [dataKey, backbone.Key], [matrix, rows],
            () => WriteFeatures(data, features, Out(matrix), Out(rows)));
        return (data, dataKey, notices);
    }

    private TrainRunResult Execute()
    {
        using var features = ImageFeatures.Open(_options.Home, _options.Backbone, _options.Threads, _progress, _cancel);
        var backbone = features.Backbone;
        OlderModel.Check(_options.Opset, backbone);
        if (_options.Finetune is { } sizes)
            FinetunePhase.Check(sizes, backbone);
        var (data, dataKey, notices) = Prepare(features);
        if (_options.Backbone == ModelStore.Auto && backbone.Name != ModelStore.Auto)
            notices.Add($"‹Backbone› {ModelStore.Auto} takes {backbone.Name}.");
        var train = data.Images(Split.Train);
        var targets = data.Targets.Select(t => TrainingTarget.Create(t, train, _options.Training)).ToList();
        var outputs = targets.Select(t => t.Output).ToList();
        var trainKey = TrainKey(dataKey, backbone);
        if (_options.Finetune is { } finetune)
        {
            _folder.Do("heads", HeadsKey(dataKey, backbone), [FinetuneHeadsFile, FinetuneHeadsHistoryFile],
                () => TrainHeads(data, backbone, features, targets, FinetuneHeadsFile, FinetuneHeadsHistoryFile));
            _folder.Do(RunFolder.TrainStep, trainKey, [RunFolder.HistoryFile, RunFolder.ModelFile],
                () => Finetune(data, backbone, targets, finetune, Sha256.OfJson(trainKey)));
        }
        else
        {
            _folder.Do(RunFolder.TrainStep, trainKey,
                [RunFolder.HeadsFile, RunFolder.HistoryFile, RunFolder.ModelFile,
                    .. _options.Resample is null ? Array.Empty<string>()
                        : [RunFolder.PlainHeadsFile, RunFolder.ResamplingFile]], () => OnnxFile.Write(
                ModelExport.Join(
                    OnnxFile.Read(backbone.OnnxPath),
                    TrainHeads(data, backbone, features, targets, RunFolder.HeadsFile, RunFolder.HistoryFile),
                    Metadata(backbone, outputs)),
                Out(RunFolder.ModelFile)));
        }
        if (_options.Opset is { } opset)
            _folder.Do("opset", [_folder.KeyOf(RunFolder.TrainStep), opset],
                [OpsetFile.Beside(RunFolder.ModelFile, opset)],
                () => OpsetFile.Write(Out(RunFolder.ModelFile), opset));
        _folder.Do("predict", [_folder.KeyOf(RunFolder.TrainStep), .. Values(data.Groups),
            .. data.Together is { } kept ? new object[] { kept.Name, kept.Levels, kept.Codes } : []],
            [RunFolder.PredictionsFile],
            () => TableFile.Write(
            Out(RunFolder.PredictionsFile),
            _options.Finetune is null
                ? RunPredictions.FromFeatures(data, OnnxFile.Read(Out(RunFolder.HeadsFile)), outputs, features,
                    _options.Threads, _cancel)
                : RunPredictions.FromImages(data, Out(RunFolder.ModelFile), backbone.Input, outputs,
                    Out(RunFolder.Finetune), _options.Threads, _progress, _cancel)));

        if (_options.Resample is not null)
            _folder.Do("predict plain", [_folder.KeyOf("predict")], [RunFolder.PlainPredictionsFile],
                () => TableFile.Write(Out(RunFolder.PlainPredictionsFile), RunPredictions.FromFeatures(data,
                    OnnxFile.Read(Out(RunFolder.PlainHeadsFile)), outputs, features, _options.Threads, _cancel)));

        var predictions = TableFile.Read(Out(RunFolder.PredictionsFile));
        var auditOptions = new AuditOptions
        {
            Targets = _input.Targets,
            Kinds = new() { Categorical = [.. outputs.OfType<CategoricalOutput>().Select(o => o.Name)],
                Numeric = [.. outputs.OfType<NumericOutput>().Select(o => o.Name)] },
            Seed = unchecked((long)_options.Training.Seed),
            BootstrapReplicates = _options.Replicates,
            Permutations = _options.Replicates,
            Threads = _options.Threads,
        };
        (predictions, auditOptions) = RunClusters.Of(_input.Together, predictions, auditOptions);
        notices.AddRange(predictions.Notices.Select(n => n.Sentence));
        _folder.Do("audit", [_folder.KeyOf("predict"), auditOptions], [RunFolder.AuditFile], () => AuditFile.Write(
            Out(RunFolder.AuditFile), Auditor.Run(predictions, auditOptions, _progress, cancellationToken: _cancel)));
        var audit = AuditFile.Read(Out(RunFolder.AuditFile)).WithRows(predictions);
        var history = JsonSerializer.Deserialize<List<TrainingPoint>>(File.ReadAllText(Out(RunFolder.HistoryFile)),
            CoreJson.Options)!;
        var model = OnnxFile.Read(Out(RunFolder.ModelFile));
        var uncertainty = UncertaintyOutput.Read(model);
        var report = RunReport.Input(_options, data, features, audit, predictions, history, uncertainty, notices,
            _cancel);
        if (_options.Resample is not null)
            report = report with
            {
                Resampling = ResamplingSummaries.Of(data, TableFile.Read(Out(RunFolder.ResamplingFile)),
                    _options.Pages.Pictures),
                Comparison = ModelComparison.Of(predictions, TableFile.Read(Out(RunFolder.PlainPredictionsFile)),
                    auditOptions),
                ComparedWith = "the same training without resampling",
            };
        _folder.Do("report",
            [_folder.KeyOf("audit"), report.Provenance, report.Curation, report.Planted, _options.Pages,
                .. report.Resampling is { Groups: var drawn } ? new object[] { drawn, report.Comparison } : []],
            [RunFolder.ReportFile, .. _options.Pages.Pdf ? [RunFolder.PdfFile] : Array.Empty<string>()], () =>
        {
            var illustrated =
                report with { Thumbnails =
                    RunReport.Thumbnails(data.Manifest, audit, report.Uncertainty, _options.Pages) };
            HtmlReport.Write(Out(RunFolder.ReportFile), illustrated);
            _options.Pages.Print(Out(RunFolder.ReportFile), _progress, _cancel);
            RunReport.WriteEvents(Out(RunFolder.Events), history, audit, Describe(_options));
        });
        notices.AddRange(HeadNotices(model));
        notices.AddRange(Resampled(history));
        // First, for what follows is about this model.
        notices.InsertRange(0, UselessModel.Of(predictions, _input.Targets));
        WriteCard(notices);
        return new TrainRunResult(audit,
            RunReport.Summary(_options, data, report, audit, [.. notices, .. _folder.Notices], _folder));
    }

    /// <summary>The cards, when the record is complete from which they cite. Answers that a person damaged do not end a
    /// training that is done.</summary>
    private void WriteCard(List<string> notices)
    {
        try
        {
            CardFolder.Write(_options.Out, strict: false);
        }
        catch (FaceBiasException e)
        {
            notices.Add($"The cards were not written. {e.Message}");
        }
    }

    /// <summary>Exponent and effective share of every epoch, in a sentence.</summary>
    private static IEnumerable<string> Resampled(List<TrainingPoint> history)
    {
        string Of(string series, string format) =>
            string.Join(", ",
                history.Where(p => p.Series == series).Select(
                    p => (p.Series == AdaptiveResampling.Share ? 100 * p.Value : p.Value).ToString(format,
                        CultureInfo.InvariantCulture)));
        if (history.Exists(p => p.Series == AdaptiveResampling.Share))
            yield return "Resampling, epoch by epoch: "
                + $"{(Of(AdaptiveResampling.Exponent, "0.000") is { Length: > 0 } exponents ? $"exponent {exponents}; " : "")}effective sample {Of(AdaptiveResampling.Share, "0")} percent.";
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

    /// <summary>The run's features for other programs: one row per image that has a split, in the manifest's
    /// order.</summary>
    private static void WriteFeatures(RunData data, ImageFeatures features, string matrix, string rows)
    {
        var manifest = data.Manifest;
        var images = Enumerable.Range(0, manifest.Count).Where(i => manifest.Splits[i] != Split.None).ToArray();
        AtomicFile.Write(matrix, temporary =>
        {
            using var writer = new NpyMatrixWriter(temporary, images.Length, features.Count);
            foreach (var image in images)
                writer.Append(features[manifest.Sha256[image]]);
        });
        TableFile.Write(rows, new Table(
        [
            new NumberColumn("row", [.. Enumerable.Range(0, images.Length).Select(i => (double)i)]),
            new TextColumn("id", [.. Enumerable.Range(0, images.Length)],
                [.. images.Select(i => manifest.Files[i].Id)]),
            new TextColumn("split", [.. images.Select(i => manifest.Splits[i].ToString().ToLowerInvariant())]),
        ]));
    }

    private string Out(string file) => _folder[file];

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static IEnumerable<object> Values(IEnumerable<Target> targets) => targets.Select(
        t => (object)new { t.Name, t.Kind, t.Classes, t.Codes,
            Values = Array.ConvertAll(t.Values, BitConverter.DoubleToInt64Bits) });

    private static Dictionary<string, object?> Describe(TrainRunOptions o) => new()
    {
        ["images"] = o.Images,
        ["labels"] = o.Labels.Sources,
        ["targets"] = o.Targets,
        ["groups"] = o.Groups,
        ["stratify"] = o.Stratify,
        [RunFolder.TogetherOption] = o.KeepTogether,
        ["imageColumn"] = o.Labels.ImageColumn,
        ["splitColumn"] = o.Labels.SplitColumn,
        ["splitValues"] = o.Labels.SplitValues,
        ["multiLabel"] = o.Labels.MultiLabel,
        ["kinds"] = o.Labels.Kinds,
        ["reading"] = o.Labels.Reading,
        ["backbone"] = o.Backbone,
        ["nearDistance"] = o.NearDistance,
        ["near"] = o.Near,
        ["confirmNear"] = o.ConfirmNear,
        ["drop"] = o.Drop.Columns(),
        ["review"] = o.Review,
        ["replicates"] = o.Replicates,
        ["drawings"] = o.PlantedFile is not null,
        ["training"] = o.Training,
        ["finetune"] = o.Finetune,
        ["uncertainty"] = o.Uncertainty,
        ["conformal"] = o.Uncertainty.Contains(UncertaintyWrappers.ConformalName) ? o.Conformal : null,
        ["resample"] = o.Resample,
    };
}
