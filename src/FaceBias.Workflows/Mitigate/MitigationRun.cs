using System.Diagnostics;
using FaceBias.Auditing;
using FaceBias.Core.Backbones;
using FaceBias.Core.Mitigation.Methods;
using FaceBias.Core.Mitigation.Results;
using FaceBias.Core.Mitigation;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Workflows.Mitigate;

/// <summary>
/// Compares methods on the same data with the same seeds and number of trials. Trials run side by side, each on one
/// thread; every finished one goes into the journal <c>trials.jsonl</c>, and the best head of each method and seed into
/// <c>heads/</c>.
/// </summary>
public sealed class MitigationRun
{
    /// <summary>Changes when the same settings give other results.</summary>
    private const int Version = 2;

    // As many as CAML begins with.
    private const int ErmClusters = 8;

    private readonly HeadData _data;
    private readonly MitigationRunOptions _options;
    private readonly MitigationTask _task;
    private readonly CancellationToken _cancel;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string, ulong), Trial> _best = [];

    private MitigationRun(HeadData data, MitigationRunOptions options, CancellationToken cancel)
    {
        (_data, _options, _cancel) = (data, options, cancel);
        var task = MitigationTask.Prepare(data);
        var rule = options.RuleFor(data);
        if (Selection.NeedsGroups(rule))
        {
            if (!data.HasGroups)
                throw new FaceBiasException("Choosing by groups needs their labels; name them with --bias, with --features add _bias.npy files, or use --select class.");
            if (HeadDataCheck.AbsentGroup(data, data.Validation) is >= 0 and var absent)
                throw new FaceBiasException($"No validation row is in group '{data.GroupName(absent)}', so nothing can be chosen by groups; add some, or use --select class.");
        }
        _task = task.With(rule, epochs: options.Epochs, patience: options.Patience, batch: options.Batch, cancel: cancel);
    }

    /// <summary>Runs whatever is not in the journal yet.</summary>
    /// <exception cref="FaceBiasException">The data or options cannot be used.</exception>
    public static MitigationResult Execute(
        HeadData data, MitigationRunOptions options, IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return new MitigationRun(data, options, cancel).Execute(progress);
    }

    /// <summary>Trains ERM on an oracle's training rows with the same search and puts it beside the comparison.</summary>
    /// <param name="result">The comparison.</param>
    /// <param name="data">What was compared on.</param>
    /// <param name="oracle">The same test rows, and training rows without the correlation.</param>
    /// <param name="options">The comparison's options.</param>
    /// <param name="progress">Trials.</param>
    /// <param name="cancel">Ends after the trials in flight.</param>
    public static MitigationResult AddOracle(
        MitigationResult result, HeadData data, HeadData oracle, MitigationRunOptions options,
        IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        CheckOracle(data, oracle);
        var own = Execute(oracle, options with { Methods = MitigationMethods.Find(["erm"]), Out = Path.Combine(options.Out, "oracle") }, progress, cancel);
        return result.WithOracle(own.Methods[0]);
    }

    /// <summary>Refuses an oracle that is measured on other test rows than the comparison.</summary>
    public static void CheckOracle(HeadData data, HeadData oracle)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(oracle);
        if (!oracle.Test.Features.AsSpan().SequenceEqual(data.Test.Features) || oracle.GroupCount != data.GroupCount)
            throw new FaceBiasException("The oracle's test rows are not those of the comparison; draw both with the same seed and sizes of validation and test.");
    }

    private MitigationResult Execute(IProgress<StepProgress>? progress)
    {
        var skipped = new List<string>();
        var usable = new List<MitigationMethod>();
        foreach (var method in _options.Methods)
            if (method.Unusable(_data) is { } reason)
                skipped.Add(reason);
            else
                usable.Add(method);
        if (usable.Count == 0)
            throw new FaceBiasException(skipped.Count == 1 ? skipped[0] : $"No method can be used: {string.Join(" ", skipped)}");
        if (_options.Methods.FirstOrDefault(m => m.Name == _options.Export)?.Unusable(_data) is { } unusable)
            throw new FaceBiasException($"--export {_options.Export}: {unusable}");
        var print = _data.Fingerprint();
        var trials = (from method in usable
                      from seed in Enumerable.Range(1, _options.Seeds)
                      from trial in Plan(method, (ulong)seed, print)
                      select (Method: method, Trial: trial)).ToList();
        using var journal = new TrialJournal(Path.Combine(_options.Out, "trials.jsonl"));
        var open = new List<(MitigationMethod Method, Trial Trial)>();
        foreach (var (method, trial) in trials)
            if (journal.Find(trial.Key) is { } done)
                Consider(done with { Index = trial.Index }, null);
            else
                open.Add((method, trial));
        var finished = trials.Count - open.Count;
        progress?.Report(new("mitigation", finished, trials.Count, "trials", trials.Count - open.Count));
        Parallel.ForEach(
            // One at a time from the list, so that a method's trials run together and its first table row comes early.
            System.Collections.Concurrent.Partitioner.Create(open, System.Collections.Concurrent.EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = _options.Threads == 0 ? Environment.ProcessorCount : _options.Threads, CancellationToken = _cancel },
            job =>
            {
                var (trial, head) = Run(job.Method, job.Trial);
                Consider(trial, head);
                journal.Add(trial);
                progress?.Report(new("mitigation", Interlocked.Increment(ref finished), trials.Count, "trials", trials.Count - open.Count, job.Method.Title));
            });
        // A head that was lost is trained again: the same trial gives the same head.
        foreach (var trial in _best.Values.Where(t => !File.Exists(HeadFile(t))))
            OnnxFile.Write(Head(usable.Single(m => m.Name == trial.Method), trial).Graph, HeadFile(trial));
        var chosen = usable.Select(m => (m, (IReadOnlyList<Trial>)[.. Enumerable.Range(1, _options.Seeds)
            .Select(s => _best.GetValueOrDefault((m.Name, (ulong)s))).OfType<Trial>().Select(t => m.Name == "erm" ? Clustered(t) : t)])).ToList();
        return MitigationResult.From(_data, _task.Rule, _options.Trials, _options.Seeds, chosen, skipped);
    }

    /// <summary>The distinct settings of a method's search with a seed.</summary>
    private IEnumerable<Trial> Plan(MitigationMethod method, ulong seed, string print) =>
        Enumerable.Range(0, _options.Trials).Select(t => (Index: t, Settings: Settings.Draw(method.Space, method.Name, seed, t).With(_options.Fixed)))
            .DistinctBy(t => t.Settings.ToString())
            .Select(t => new Trial(
                Sha256.OfJson([Version, print, method.Name, seed, t.Settings.ToString(), _task.Rule, _task.Epochs, _task.Patience, _task.Batch]),
                method.Name, seed, t.Index, t.Settings.Values));

    private TrainedHead Head(MitigationMethod method, Trial trial) => method.Train(_task.With(seed: trial.Seed), new Settings(trial.Settings));

    private (Trial Trial, TrainedHead? Head) Run(MitigationMethod method, Trial trial)
    {
        var clock = Stopwatch.StartNew();
        TrainedHead head;
        try
        {
            head = Head(method, trial);
        }
        catch (TrainingDivergedException e)
        {
            return (trial with { Failure = e.Message, Seconds = clock.Elapsed.TotalSeconds }, null);
        }
        var seconds = clock.Elapsed.TotalSeconds;
        var (figures, score) = Assess(head);
        return (trial with
        {
            Score = head.HeldOutScore ?? score,
            BestEpoch = head.BestEpoch,
            Seconds = Math.Round(seconds, 3),
            Validation = [.. figures.Values.Select(v => double.IsNaN(v) ? default(double?) : Math.Round(v, 5))],
            Outcomes = [.. GroupFigures.Outcomes(_data.Test, head.Predict(_data.Test), _data.Outputs).Select(o => Math.Round(o, 4))],
            History = head.History,
            Notes = head.Notes,
        }, head);
    }

    private (GroupFigures Figures, double Score) Assess(TrainedHead head)
    {
        var outcomes = GroupFigures.Outcomes(_data.Validation, head.Predict(_data.Validation), _data.Outputs);
        var figures = GroupFigures.Of(outcomes, _task.ValidationGroups, _data.GroupCount, _data.IsNumeric);
        return (figures, Selection.Score(_task.Rule, _data, figures, outcomes, _data.IsNumeric ? new int[outcomes.Length] : _data.Validation.Target));
    }

    /// <summary>Keeps a trial if it is the best of its method and seed so far; of equals the earlier one of the search.</summary>
    private void Consider(Trial trial, TrainedHead? head)
    {
        if (trial.Score is not { } score)
            return;
        lock (_gate)
        {
            var key = (trial.Method, trial.Seed);
            if (_best.TryGetValue(key, out var best) && (best.Score > score || (best.Score == score && best.Index <= trial.Index)))
                return;
            _best[key] = trial;
            if (head is not null)
                OnnxFile.Write(head.Graph, HeadFile(trial));
            if (best is not null && File.Exists(HeadFile(best)))
                File.Delete(HeadFile(best));
        }
    }

    /// <summary>What clusters of ERM's hidden vectors have to do with the shortcut, beside CAML's bias-amplified ones.</summary>
    private Trial Clustered(Trial trial) => _data.IsNumeric ? trial
        : trial with { Notes = ClusterNotes.OfHead(_task, OnnxFile.Read(HeadFile(trial)), ErmClusters, trial.Seed) };

    private string HeadFile(Trial trial) => MitigationResult.HeadFile(_options.Out, trial);
}
