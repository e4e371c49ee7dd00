using System.Diagnostics;
using System.Text.Json.Nodes;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Heads.Results;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Storage;
using FaceBias.Core.Search.Studies;
using FaceBias.Core.Search.Trials;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Hashing;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Mitigate;

/// <summary>Compares methods on the same data with the same seeds and number of trials. Trials run side by side, each
/// on one thread; every finished one goes into the journal <c>journal.jsonl</c>, and the best head of each method and
/// seed into <c>heads/</c>.</summary>
internal sealed class MitigationRun
{
    /// <summary>Changes when the same settings give other results.</summary>
    private const int Version = 3;

    private const string JournalFile = "journal.jsonl";

    // As many as CAML begins with.
    private const int ErmClusters = 8;

    private readonly HeadData _data;
    private readonly MitigationRunOptions _options;
    private readonly MitigationTask _task;
    private readonly RunFolder _folder;
    private readonly CancellationToken _cancel;
    private readonly string _print;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string, ulong), Trial> _best = [];
    private ComparisonPlan _plan = null!;

    private MitigationRun(HeadData data, MitigationRunOptions options, RunFolder folder, CancellationToken cancel)
    {
        (_data, _options, _folder, _cancel, _print) = (data, options, folder, cancel, data.Fingerprint());
        var task = MitigationTask.Prepare(data);
        var rule = options.RuleFor(data);
        if (Selection.NeedsGroups(rule))
        {
            if (!data.HasGroups)
                throw new FaceBiasException(
                    "Choosing by groups needs their labels; name them with ‹Bias›, with ‹Features› add _bias.npy "
                        + "files, or use ‹Rule› class.");
            if (HeadDataCheck.AbsentGroup(data, data.Validation) is >= 0 and var absent)
                throw new FaceBiasException(
                    $"No validation row is in group '{data.GroupName(absent)}', so nothing can be chosen by groups; "
                        + "add some, or use ‹Rule› class.");
        }
        _task = task.With(rule, epochs: options.Epochs, patience: options.Patience, batch: options.BatchSize,
            cancel: cancel);
    }

    /// <summary>Runs whatever is not in the journal yet.</summary>
    /// <exception cref="FaceBiasException">The data or options cannot be used.</exception>
    public static MitigationResult Execute(
        HeadData data, MitigationRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancel = default)
    {
        options.Check();
        using var folder = RunFolder.Begin(options.Out, "mitigate", Describe(options, data));
        return new MitigationRun(data, options, folder, cancel).Execute(progress);
    }

    /// <summary>Trains ERM on an oracle's training rows with the same search and puts it beside the
    /// comparison.</summary>
    /// <param name="oracle">The same test rows, and training rows without the correlation.</param>
    public static MitigationResult AddOracle(
        MitigationResult result, HeadData data, HeadData oracle, MitigationRunOptions options,
        IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        CheckOracle(data, oracle);
        var own = Execute(oracle,
            options with { Methods = ["erm"], Out = Path.Combine(options.Out, "oracle") },
            progress, cancel);
        return result.WithOracle(own.Methods[0]);
    }

    /// <summary>Refuses an oracle that is measured on other test rows than the comparison.</summary>
    public static void CheckOracle(HeadData data, HeadData oracle)
    {
        if (!oracle.Test.Features.AsSpan().SequenceEqual(data.Test.Features) || oracle.GroupCount != data.GroupCount)
            throw new FaceBiasException(
                "The oracle's test rows are not those of the comparison; draw both with the same seed and sizes of "
                    + "validation and test.");
    }

    private MitigationResult Execute(IProgress<StepProgress>? progress)
    {
        var skipped = new List<string>();
        var usable = new List<MitigationMethod>();
        foreach (var method in _options.Compared)
            if (method.Unusable(_data) is { } reason)
                skipped.Add(reason);
            else
                usable.Add(method);
        if (usable.Count == 0)
            throw new FaceBiasException(
                skipped.Count == 1 ? skipped[0] : $"No method can be used: {string.Join(" ", skipped)}");
        if (_options.Compared.FirstOrDefault(m => m.Name == _options.Export)?.Unusable(_data) is { } unusable)
            throw new FaceBiasException($"‹Export› {_options.Export}: {unusable}");
        _plan = new(usable, _options);
        using var journal = StudyJournal.Open(Path.Combine(_options.Out, JournalFile), _plan.Space, Identity());
        var known = _plan.Trials.Select((c, i) => journal.Find(c) is { } t ? t with { Number = i } : null)
            .OfType<Trial>().ToList();
        known.ForEach(t => Consider(t, null));
        var finished = known.Count;
        progress?.Report(new("mitigation", finished, _plan.Trials.Count, "trials", known.Count));
        var trials = Study.Run(
            new()
            {
                Space = _plan.Space,
                First = _plan.Trials,
                Trials = _plan.Trials.Count,
                IsIndependent = true,
                Jobs = _options.Threads == 0 ? Environment.ProcessorCount : _options.Threads,
                Lookahead = _plan.Trials.Count,
            },
            Measure, journal,
            t => progress?.Report(
                new("mitigation", ++finished, _plan.Trials.Count, "trials", known.Count,
                    _plan.Read(t.Configuration).Method.Title)),
            _cancel);
        string[] left = [.. skipped, .. Failed(usable, trials)];
        if (_best.Count == 0)
            throw new FaceBiasException(string.Join(" ", left));
        // A head that was lost or changed is trained again: the same trial gives the same head.
        foreach (var trial in _best.Values.Where(t => !_folder.IsIntact(HeadName(t))))
            Write(trial, Head(trial.Configuration));
        return MitigationResult.From(_data, _task.Rule, _options.Trials, _options.Seeds,
            [.. usable.Select(m => (m, Chosen(m)))], left);
    }

    /// <summary>The best trial of every seed.</summary>
    private IReadOnlyList<ChosenTrial> Chosen(MitigationMethod method) => [.. Enumerable.Range(1, _options.Seeds)
        .Select(s => _best.GetValueOrDefault((method.Name, (ulong)s))).OfType<Trial>().Select(t =>
        {
            var (_, seed, settings) = _plan.Read(t.Configuration);
            var notes = method.Name == "erm" && !_data.IsNumeric
                ? ClusterNotes.OfHead(_task, OnnxFile.Read(HeadFile(t)), ErmClusters, seed) : t.Metrics.Notes;
            return new ChosenTrial(seed, settings, HeadName(t), t, notes);
        })];

    private IEnumerable<string> Failed(IEnumerable<MitigationMethod> methods, IReadOnlyList<Trial> trials) =>
        from method in methods
        where !_best.Keys.Any(k => k.Item1 == method.Name)
        let first = trials.First(t => _plan.Read(t.Configuration).Method == method)
        select $"{method.Title} failed with all its settings; the first because: {first.Reason}";

    /// <summary>Everything that a trial depends on beside its configuration.</summary>
    private JsonObject Identity() => new()
    {
        ["version"] = Version,
        ["data"] = _print,
        ["rule"] = _task.Rule.ToString(),
        ["epochs"] = _task.Epochs,
        ["patience"] = _task.Patience,
        ["batch"] = _task.Batch,
    };

    private TrainedModel Head(Configuration c)
    {
        var (method, seed, settings) = _plan.Read(c);
        return method.Train(_task.With(seed: seed), settings);
    }

    private TrialResult Measure(TrialContext context)
    {
        var clock = Stopwatch.StartNew();
        var head = Head(context.Configuration);
        var seconds = Math.Round(clock.Elapsed.TotalSeconds, 3);
        var (metrics, score) = Assess(head);
        var result = new TrialResult
        {
            Losses = [-(head.HeldOutScore ?? score)],
            Outcomes = [.. GroupMetrics.Outcomes(_data.Test, head.Predict(_data.Test), _data.Outputs)
                .Select(o => (float)Math.Round(o, 4))],
            Metrics = new()
            {
                Epoch = head.BestEpoch,
                Seconds = seconds,
                Groups = metrics.Compared.ToDictionary(_data.GroupName, g => Math.Round(metrics.Values[g], 5)),
                Curves = ChosenTrial.Curves(head.History),
                Notes = head.Notes,
                Shares = Shares(head.Weights),
                WeighedRows = head.Weights?.Rows,
                EffectiveRows = head.Weights is { } weights ? Math.Round(weights.EffectiveRows, 1) : null,
            },
        };
        Consider(new(context.Number, context.Configuration, TrialState.Complete, [], result, null, 0), head);
        return result;
    }

    private Dictionary<string, double> Shares(RowWeights? weights)
    {
        if (weights is null || !_data.HasGroups)
            return [];
        var shares = weights.Shares(_task.TrainGroups, _task.ValidationGroups, _data.GroupCount);
        return Enumerable.Range(0, shares.Length).ToDictionary(_data.GroupName, g => Math.Round(shares[g], 5));
    }

    private (GroupMetrics Metrics, double Score) Assess(TrainedModel head) =>
        _task.Judge(GroupMetrics.Outcomes(_data.Validation, head.Predict(_data.Validation), _data.Outputs));

    /// <summary>Keeps a trial if it is the best of its method and seed so far; of equals the earlier one of the
    /// search.</summary>
    private void Consider(Trial trial, TrainedModel? head)
    {
        if (trial.State != TrialState.Complete)
            return;
        lock (_gate)
        {
            var (method, seed, _) = _plan.Read(trial.Configuration);
            var key = (method.Name, seed);
            if (_best.TryGetValue(key, out var best)
                && (best.Loss < trial.Loss || (best.Loss == trial.Loss && best.Number <= trial.Number)))
                return;
            _best[key] = trial;
            if (head is not null)
                Write(trial, head);
            if (best is not null && File.Exists(HeadFile(best)))
                File.Delete(HeadFile(best));
        }
    }

    private void Write(Trial trial, TrainedModel head)
    {
        OnnxFile.Write(head.Graph, HeadFile(trial));
        _folder.Seal(HeadName(trial));
    }

    private static Dictionary<string, object?> Describe(MitigationRunOptions o, HeadData data) => new()
    {
        ["target"] = data.Target,
        ["bias"] = data.Bias,
        ["backbone"] = data.Backbone,
        ["methods"] = o.Compared.Select(m => m.Name),
        ["seeds"] = o.Seeds,
        ["trials"] = o.Trials,
        ["fixed"] = o.Fixed,
        ["epochs"] = o.Epochs,
        ["patience"] = o.Patience,
        ["batch"] = o.BatchSize,
    };

    private string HeadFile(Trial trial) => _folder[HeadName(trial)];

    private string HeadName(Trial trial)
    {
        var (method, seed, settings) = _plan.Read(trial.Configuration);
        var key = Sha256.OfJson([Version, _print, method.Name, seed, settings.ToString(), _task.Rule, _task.Epochs,
            _task.Patience, _task.Batch]);
        return Path.Combine("heads", $"{method.Name}-seed{seed}-{key[..8]}.onnx");
    }
}
