using System.Text.Json;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Choosing;
using FaceBias.Core.Uncertainty.Novelty;
using FaceBias.Core.Uncertainty.Resampling;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Randomness;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Train;

/// <summary>What is trained on what, and what says that it is done.</summary>
internal sealed partial class TrainRun
{
    /// <summary>The run's images by their place in the manifest, for what is fitted beside the heads.</summary>
    private FittingRows Rows(RunData data, ImageFeatures features) => new()
    {
        Features = image => features[data.Manifest.Sha256[image]],
        Width = features.Count,
        LastLayer = features.Backbone.LastLayerCount,
        Train = data.Images(Split.Train),
        Validation = data.Images(Split.Validation),
        Targets = data.Targets,
        Groups = data.Groups,
        Seed = _options.Training.Seed,
        Threads = _options.Threads,
        Progress = _progress,
        Cancel = _cancel,
    };

    private bool IsConformal => _options.Uncertainty.Contains(UncertaintyWrappers.ConformalName);

    /// <summary>Half of the validation rows choose the epoch, the others are kept for guarantees, which rows that chose
    /// anything cannot give.</summary>
    private FittingRows Apart(FittingRows rows)
    {
        if (!IsConformal)
            return rows;
        int[] order = [.. rows.Validation];
        new RandomSource(_options.Training.Seed).Stream("calibration rows").Shuffle(order.AsSpan());
        return rows with { Validation = [.. order[(order.Length / 2)..].Order()],
            Calibration = [.. order[..(order.Length / 2)].Order()] };
    }

    /// <summary>What wrappers and resampling measured or assumed when the heads were trained, which a later call of the
    /// same run says again.</summary>
    private static string[] HeadNotices(ModelProto model) => model.Metadata(NoticesKey) is { } json
        ? JsonSerializer.Deserialize<string[]>(json, CoreJson.Options) ?? [] : [];

    private ModelProto TrainHeads(
        RunData data, Backbone backbone, ImageFeatures features, IReadOnlyList<TrainingTarget> targets,
        string headsFile, string historyFile)
    {
        var rows = Apart(Rows(data, features));
        using var resampling = _options.Resample is { } resample ? new AdaptiveResampling(rows, resample) : null;
        var heads = HeadTrainer.Train(
            rows.Features, backbone.FeatureCount, rows.Train, rows.Validation, targets, _options.Training,
            _options.Threads, _progress, _cancel,
            order: resampling is null ? null : epoch => (resampling.Order(epoch), resampling.Note));
        if (resampling is not null)
        {
            // The control, for the report: the same training with every image once per epoch.
            OnnxFile.Write(HeadTrainer.Train(rows.Features, backbone.FeatureCount, rows.Train, rows.Validation, targets,
                _options.Training, _options.Threads, _progress, _cancel).Graph, Out(RunFolder.PlainHeadsFile));
            TableFile.Write(Out(RunFolder.ResamplingFile),
                ResamplingSummaries.Weights(data, rows.Train, resampling.Weights));
        }
        var model = new UncertainModel(heads.Graph, heads.Outputs, rows);
        if (_options.Finetune is null)
        {
            if (rows.Train.Count >= NoveltyScore.FewestRows)
                model = model.With(NoveltyScore.Mahalanobis());
            model = UncertaintyWrappers.Parse(_options.Uncertainty, _options.Conformal)
                .Where(w => model.Outputs.All(o => o.Wrapper != w.Name)).Aggregate(model, (m, w) => m.With(w));
        }
        string[] said = [.. (resampling?.Notices ?? []).Concat(model.Notices)];
        if (said.Length > 0)
            model.Heads.SetMetadata(NoticesKey, JsonSerializer.Serialize(said, CoreJson.Compact));
        OnnxFile.Write(model.Heads, Out(headsFile));
        AtomicFile.WriteText(Out(historyFile),
            JsonSerializer.Serialize(heads.History.Concat(resampling?.History ?? []), CoreJson.Options));
        return model.Heads;
    }

    private void Finetune(RunData data, Backbone backbone, IReadOnlyList<TrainingTarget> targets,
        FinetuneOptions options, string key)
    {
        var manifest = data.Manifest;
        var trained = FinetuneTrainer.Train(
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
                Folder = Out(RunFolder.Finetune),
                Home = _options.Home,
                Key = key,
                Threads = _options.Threads,
                Device = _options.Device,
            },
            Metadata(backbone, [.. targets.Select(t => t.Output)]), _progress, _cancel);
        AtomicFile.WriteText(Out(RunFolder.HistoryFile), JsonSerializer.Serialize(trained.History, CoreJson.Options));
        OnnxFile.Write(trained.Graph, Out(RunFolder.ModelFile));
    }

    private static ModelMetadata Metadata(Backbone backbone, IReadOnlyList<OutputSpec> outputs) => new(
        1, ModelInput.From(backbone.Input), outputs, backbone.Name, backbone.WeightsLicence,
        "Outputs are perceived attributes as annotators labelled them; see card/MODEL_CARD.md for whom the model fails.");

    // What is not asked for stays out of the key: a run of before is done.
    private object?[] HeadsKey(string dataKey, Backbone backbone) =>
        [dataKey, backbone.Key, _options.Training, .. _options.Uncertainty,
            .. IsConformal ? new object[] { _options.Conformal } : [],
            .. _options.Resample is { } resample ? new object[] { resample } : []];

    private object?[] TrainKey(string dataKey, Backbone backbone) => _options.Finetune is { } finetune
        ? [.. HeadsKey(dataKey, backbone), finetune] : HeadsKey(dataKey, backbone);

    /// <summary>Resuming takes something to resume.</summary>
    private static void RequireCheckpoint(TrainRunOptions options)
    {
        if (options.Finetune is null)
            throw new FaceBiasException(
                "‹Resume› resumes a fine-tuning; give its ‹Finetune› all or ‹Finetune› last:N too.");
        if (FinetuneCheckpoint.KeyIn(Path.Combine(options.Out, RunFolder.Finetune)) is null)
            throw new FaceBiasException(
                $"'{options.Out}' holds no fine-tuning to resume; check ‹Out›, or leave ‹Resume› out to begin one.");
    }

    private void RequireSame(string key)
    {
        if (FinetuneCheckpoint.KeyIn(Out(RunFolder.Finetune)) != key)
            throw new FaceBiasException(
                $"The fine-tuning in '{_options.Out}' was begun with other images, labels or options; give the same "
                    + "ones ('options' in its run.json), or leave ‹Resume› out to begin anew.");
    }
}
