using System.Text.Json;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Options;
using FaceBias.Primitives.Storage;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Train;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Workflows.Bounty;

/// <summary>The 8-bit Bias Bounty from its folders to a submission: persons are told from other pictures, settings are
/// searched under the competition's score, 17 outputs are trained, the test images are predicted, scored, and audited
/// for what the score does not look at.</summary>
internal sealed partial class BountyRun
{
    /// <summary>Files of a run.</summary>
    public const string ResultFile = "bounty.json", SubmissionFile = "submission.csv",
        ProbabilitiesNpy = "probabilities.npy", ProbabilitiesCsv = "probabilities.csv",
        LabelsNpy = "labels.npy";

    /// <summary>The name of the output [N, 17] of the model.</summary>
    public const string Outputs = "outputs";

    private const string FacesFile = "faces.csv", AuditFolder = "audit";

    private const double ValidationShare = 0.2, PseudoLabelFrom = 0.9;

    /// <summary>Epochs at most of the network that labels: with few images, fewer leave it sure about none.</summary>
    private const int FirstEpochs = 100;

    private readonly BountyRunOptions _options;
    private readonly RunFolder _folder;
    private readonly ImageFeatures _features;
    private readonly IProgress<StepProgress>? _progress;
    private readonly CancellationToken _cancel;
    private readonly List<string> _lines = [];

    private BountyRun(BountyRunOptions options, RunFolder folder, ImageFeatures features,
        IProgress<StepProgress>? progress, CancellationToken cancel) =>
        (_options, _folder, _features, _progress, _cancel) = (options, folder, features, progress, cancel);

    /// <summary>Runs it; what is done already is not done again.</summary>
    /// <returns>The result, and lines for the console.</returns>
    /// <exception cref="FaceBiasException">A folder, its labels or an option is at fault.</exception>
    public static (BountyResult Result, IReadOnlyList<string> Lines) Execute(
        BountyRunOptions options, IProgress<StepProgress>? progress = null,
            CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        using var folder = RunFolder.Begin(options.Out, "bounty8bit", Describe(options));
        var (train, test) = options.Render > 0
            ? BountyRendering.Write(options.Render, options.Seed, Path.Combine(options.Out, "data"), options.Threads,
                progress, cancellationToken) : (options.Train!, options.Test!);
        // Both, before anything is computed.
        var (training, testing) = (BountyImages.Read(train), BountyImages.Read(test));
        using var features = ImageFeatures.Open(options.Home, options.Backbone, options.Threads, progress,
            cancellationToken);
        return new BountyRun(options, folder, features, progress, cancellationToken).Execute(train, training, testing);
    }

    private static void Check(BountyRunOptions o)
    {
        OptionSchema.Check(o);
        if (o.Render == 0 && (o.Train is null || o.Test is null))
            throw new FaceBiasException(
                "Name the folders of the competition, ‹Train› and ‹Test›, or by ‹Render› a number of drawn pictures in their layout.");
        if (o.Render is > 0 and < 500)
            throw new FaceBiasException(
                $"‹Render› must be at least 500, not {o.Render}: fewer do not tell what is unlike the others.");
        if (o.Render > 0 && (o.Train ?? o.Test) is not null)
            throw new FaceBiasException("‹Render› draws the pictures itself; leave ‹Train› and ‹Test› out.");
        if (o.Review is { } review && !File.Exists(review))
            throw new FaceBiasException($"There is no file '{review}'; check ‹Review›.", ErrorKind.Missing);
        FaceBiasHome.Check(o.Home);
    }

    private (BountyResult, IReadOnlyList<string>) Execute(string train, BountyImages training, BountyImages testing)
    {
        var (noise, curated) = BountyNoise.Find(_options, train, _progress, _cancel);
        var manifest = noise.Manifest;
        int[] readable = [.. Enumerable.Range(0, manifest.Count).Where(i => !noise.Unreadable[i])];
        Report(_features.Ensure(manifest, readable, _progress, _cancel), manifest);
        var tests = Hashed(testing.Files);
        if (_features.Ensure(tests, [.. Enumerable.Range(0, tests.Count)], _progress, _cancel) is { Count: > 0 } failed)
            throw new FaceBiasException(
                $"'{tests.Files[failed.Keys.Min()].Id}' of the test images cannot be used: {failed[failed.Keys.Min()]}; every one needs a prediction.");

        int[] labelled = [.. readable.Where(i => !noise.IsNoise[i] && training.IsLabelled(i))],
            others = [.. readable.Where(i => noise.IsNoise[i])];
        var unlabelled = readable.Length - labelled.Length - others.Length;
        var rows = Split(manifest, training, noise.IsNoise, labelled, others);
        var pseudo = 0;
        if (_options.SemiSupervised)
            (rows, pseudo) =
                WithPseudoLabels(rows, [.. readable.Where(i => !noise.IsNoise[i] && !training.IsLabelled(i))],
                    manifest);

        var data = BountySearch.Identity(rows, manifest.Sha256);
        var (best, validation, entryValidation, trials) = BountySearch.Run(_options, rows, data, _progress, _cancel);
        var settings = BountySettings.Of(best, _options.Seed);
        object?[] key = [data, _features.Backbone.Key, best.ToString(), _options.Finetune, _options.Seed];
        _folder.Do("train", key, [RunFolder.HeadsFile, RunFolder.ModelFile],
            () => Train(rows, settings, manifest, Sha256.OfJson(key)));
        var model = _folder[RunFolder.ModelFile];

        BountyPredictions Predict(PredictionColumns outputs) => new(testing.Files, outputs, _options.Objects);
        var heads = OnnxFile.Read(_folder[RunFolder.HeadsFile]);
        var found = Predict(_options.Finetune is null ? OfHeads(heads, tests)
            : WholeModel.Predict(model, _features.Backbone.Input, BountyClasses.Outputs,
                [.. tests.Files.Select(f => f.Path)], tests.Sha256, _folder[RunFolder.Finetune], _options.Threads,
                _progress, _cancel));
        _folder.Do("predict", [_folder.KeyOf("train"), _options.Objects,
            .. tests.Sha256.Select(s => (object?)s.ToString())],
            [ProbabilitiesNpy, ProbabilitiesCsv, LabelsNpy, SubmissionFile],
            () => found.Write(_folder[ProbabilitiesNpy], _folder[ProbabilitiesCsv], _folder[LabelsNpy],
                _folder[SubmissionFile]));

        var result = new BountyResult
        {
            Training = new(manifest.Count, labelled.Length, others.Length, unlabelled, pseudo,
                manifest.Count - readable.Length, rows.Validation.Length),
            Noise = noise.Against(training),
            Settings = best.ToString(),
            Trials = trials.Count,
            ValidationScore = validation,
            EntryValidationScore = entryValidation,
        };
        if (Enumerable.Range(0, testing.Files.Count).Any(testing.IsLabelled))
        {
            var entry = Predict(
                OfHeads(BountyHeads.Train(rows, BountySettings.Of(BountySettings.Space.Defaults, _options.Seed),
                    _options.Threads, null, _cancel).Graph, tests));
            result = Judge(result, testing, found, entry);
        }
        AtomicFile.WriteText(_folder[ResultFile], JsonSerializer.Serialize(result, CoreJson.Options) + "\n");
        return (result, [.. curated.TakeLast(1), .. _lines, .. Lines(result)]);
    }

    /// <summary>Training and validation images, the same share of every skin tone and of the pictures without a
    /// person.</summary>
    private BountyRows Split(Manifest manifest, BountyImages training, bool[] isNoise, int[] labelled, int[] others)
    {
        if (labelled.Length < 50)
            throw new FaceBiasException(
                $"Only {labelled.Length} training images show a person and have all labels; at least 50 are needed. Look at {BountyNoise.Folder}/curation.html and review.csv.");
        var validation = new HashSet<int>();
        foreach (var stratum in labelled.Concat(others).GroupBy(i => isNoise[i] ? -1 : training.Codes[0][i]))
        {
            var drawn = stratum.OrderBy(
                i => Sha256.Of(FormattableString.Invariant($"{_options.Seed} {manifest.Sha256[i]}")),
                StringComparer.Ordinal).ToArray();
            validation.UnionWith(drawn.Take((int)Math.Round(ValidationShare * drawn.Length)));
        }
        int[] all = [.. labelled.Concat(others).Order()];
        return new(i => _features[manifest.Sha256[i]], _features.Count, training.Codes, isNoise,
            [.. all.Where(i => !validation.Contains(i))], [.. validation.Order()]);
    }

    /// <summary>Images without labels get those that a first network, of the entry's loss and usual settings, gives a
    /// probability of at least .9.</summary>
    private (BountyRows Rows, int Used) WithPseudoLabels(BountyRows rows, int[] unlabelled, Manifest manifest)
    {
        var settings = new BountySettings(new() { Seed = _options.Seed, Epochs = FirstEpochs }, BountyLoss.Softmax,
            ClassWeights: false);
        // The epoch of the least loss: that of the best score may be an early one, which is sure about no image.
        var first = HeadTrainer.Train(rows.Features, rows.Width, rows.Train, rows.Validation,
            BountyHeads.Targets(rows, settings), settings.Options, _options.Threads, null, _cancel);
        var outputs = HeadInference.Run(first.Graph, BountyClasses.Outputs, unlabelled.Length, _features.Count,
            r => _features[manifest.Sha256[unlabelled[r]]], _options.Threads, _cancel);
        int[][] codes = [.. rows.Codes.Select(c => (int[])c.Clone())];
        var used = new List<int>();
        for (var r = 0; r < unlabelled.Length; r++)
        {
            var sure = false;
            for (var t = 0; t < codes.Length; t++)
            {
                var width = BountyClasses.Tasks[t].Classes.Length;
                var values = outputs.Values(t).Slice(r * width, width);
                var largest = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(values);
                if (codes[t][unlabelled[r]] >= 0 || values[largest] < PseudoLabelFrom)
                    continue;
                codes[t][unlabelled[r]] = largest;
                sure = true;
            }
            if (sure)
                used.Add(unlabelled[r]);
        }
        return (rows with { Codes = codes, Train = [.. rows.Train.Concat(used).Order()] }, used.Count);
    }

    private void Train(BountyRows rows, BountySettings settings, Manifest manifest, string key)
    {
        var trained = BountyHeads.Train(rows, settings, _options.Threads, null, _cancel);
        OnnxFile.Write(trained.Graph, _folder[RunFolder.HeadsFile]);
        var backbone = _features.Backbone;
        var metadata = new ModelMetadata(1, ModelInput.From(backbone.Input), BountyClasses.Outputs, backbone.Name,
            backbone.WeightsLicence,
            "Outputs are perceived attributes as annotators of the 8-bit Bias Bounty labelled them.");
        var model = _options.Finetune is not { } finetune
            ? ModelExport.Join(OnnxFile.Read(backbone.OnnxPath), trained.Graph, metadata) : FinetuneTrainer.Train(new()
        {
            Backbone = backbone,
            Heads = trained.Graph,
            Targets = BountyHeads.Targets(rows, settings),
            HeadOptions = settings.Options,
            Options = finetune,
            Paths = [.. manifest.Files.Select(f => f.Path)],
            Sha256 = manifest.Sha256,
            Train = rows.Train,
            Validation = rows.Validation,
            Folder = _folder[RunFolder.Finetune],
            Home = _options.Home,
            Key = key,
            Threads = _options.Threads,
        }, metadata, _progress, _cancel).Graph;
        AddOutputs(model);
        OnnxFile.Write(model, _folder[RunFolder.ModelFile]);
    }

    /// <summary>The 17 numbers side by side, as the entry has them.</summary>
    private static void AddOutputs(ModelProto model)
    {
        var g = new GraphBuilder(model);
        // As a tensor: Constant would take the number for a float.
        var no = g.Add("Gather", [BountyClasses.Person, g.Initializer(Tensors.Int64(Outputs + "/no", [1L], 1))],
            [("axis", 1L)], Outputs + "/person");
        g.Output(g.Add("Concat", [.. BountyClasses.Tasks.Select(t => t.Name), no], [("axis", 1L)], Outputs),
            DataType.Float, "N", BountyClasses.Count);
    }

    private PredictionColumns OfHeads(ModelProto heads, Manifest images) =>
        HeadInference.Run(heads, BountyClasses.Outputs, images.Count, _features.Count, i => _features[images.Sha256[i]],
            _options.Threads, _cancel);

    private static Manifest Hashed(IReadOnlyList<ImageFile> files)
    {
        var manifest = new Manifest(files);
        Parallel.For(0, files.Count, i => manifest.Sha256[i] = StoredFile.Sha256(files[i].Path));
        return manifest;
    }

    private void Report(IReadOnlyDictionary<int, string> failures, Manifest manifest)
    {
        if (failures.Count > 0)
            throw new FaceBiasException(
                $"'{manifest.Files[failures.Keys.Min()].Id}' was readable before and is not now: {failures[failures.Keys.Min()]}; restore it and run the same command again.");
    }

    private static Dictionary<string, object?> Describe(BountyRunOptions o) => new()
    {
        ["train"] = o.Train, ["test"] = o.Test, ["render"] = o.Render, ["backbone"] = o.Backbone,
        ["detector"] = o.Detector, ["review"] = o.Review,
        ["semiSupervised"] = o.SemiSupervised, ["objects"] = o.Objects, ["trials"] = o.Trials,
        ["finetune"] = o.Finetune, ["seed"] = o.Seed,
    };
}
