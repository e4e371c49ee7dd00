using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FaceBias.Core.Data;
using FaceBias.Core.Sweeps.Heads;
using FaceBias.Core.Sweeps.Pruners;
using FaceBias.Core.Sweeps.Reporting;
using FaceBias.Core.Sweeps.Samplers;
using FaceBias.Core.Sweeps.Spaces;
using FaceBias.Core.Sweeps.Studies;
using FaceBias.Core.Training;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Sweeps;

/// <summary>
/// Searches head options under a fairness objective: trials on cached features, chosen on validation, reported once on test
/// against the run that the sweep began with.
/// </summary>
public sealed class SweepRun
{
    private readonly SweepOptions _options;
    private readonly SweepData _data;
    private readonly MethodTrainer? _methods;
    private readonly SearchSpace _space;

    private SweepRun(SweepOptions options, SweepData data)
    {
        (_options, _data, _methods) = (options, data, MethodTrainer.For(data, options.Seed));
        var known = MethodSpace.Join(HeadSpace.Known(data.Targets.Any(t => t.Kind == TargetKind.Numeric)), _methods?.Methods ?? []);
        _space = options.SpaceFile is null ? new(known) : SpaceFile.Read(options.SpaceFile, known);
    }

    /// <summary>Runs a sweep, or goes on with one.</summary>
    /// <param name="options">What is asked.</param>
    /// <param name="watch">Told of every finished trial with all that are known so far.</param>
    /// <param name="progress">One report per trial.</param>
    /// <param name="cancel">Gives up the running trials.</param>
    /// <exception cref="FaceBiasException">The run cannot be used, or no trial could be measured.</exception>
    public static SweepReport Execute(
        SweepOptions options, Action<SweepStatus>? watch = null, IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        using var data = SweepData.Open(options.Run, options.Targets, options.Groups);
        options.Constraints.Check(data.IsError);
        return new SweepRun(options, data).Execute(watch, progress, cancel);
    }

    private SweepReport Execute(Action<SweepStatus>? watch, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        CheckGroups();
        var runner = new HeadTrials(_data, _methods, _options.Objective, _options.Constraints, _options.Seed, Path.Combine(_options.Out, "trials"));
        var status = new SweepStatus(_options.Objective, _data.IsError);
        IReadOnlyList<Trial> trials;
        using (var journal = SweepJournal.Open(Path.Combine(_options.Out, "journal.jsonl"), _space, Identity(), _options.Resume))
        {
            var known = journal.Trials.Count;
            status.AddRange(journal.Trials);
            trials = Study.Run(
                new StudyOptions
                {
                    Space = _space,
                    Sampler = Sampler(),
                    Pruner = Pruner(),
                    First = First(),
                    Trials = _options.Trials,
                    Time = _options.Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
                    Seed = _options.Seed,
                    Jobs = _options.EffectiveJobs,
                    Lookahead = _options.Lookahead,
                },
                runner.Measure, journal, trial =>
                {
                    status.Add(trial);
                    watch?.Invoke(status);
                    progress?.Report(new StepProgress("sweep", status.Trials.Count, _options.Trials, "trials", known, status.BestText));
                }, cancel);
        }
        return Conclude(trials, runner, cancel);
    }

    private SweepReport Conclude(IReadOnlyList<Trial> trials, HeadTrials runner, CancellationToken cancel)
    {
        if (Winner(trials) is not { } winner)
            throw new FaceBiasException(trials.Count == 0 ? "No trial was finished within the time; give more --minutes and --resume."
                : trials.FirstOrDefault(t => t.State == TrialState.Failed) is { } failed && trials.All(t => t.State == TrialState.Failed)
                    ? $"All {trials.Count} trials failed; the first because {failed.Reason}"
                : $"None of {trials.Count} trials kept to the constraints; the closest was trial {TrialOrder.Sort(trials)[0].Number}. Loosen --min-average, --max-size or --max-latency, or give more --trials and --resume.");
        var heads = runner.Heads(winner, cancel);
        IReadOnlyList<OutputSpec> outputs = [.. _data.Targets.Select(t => TrainingTarget.Create(t, _data.Train, HeadSpace.Options(winner.Configuration, _options.Seed)).Output)];
        var predictions = HeadInference.Run(heads, outputs, _data.Table.RowCount, _data.Width, _data.Features, 0, cancel);
        var width = PredictionColumns.Width(outputs[0]);
        var values = predictions.Values(0);
        var ofTest = new float[_data.Test.Length * width];
        for (var i = 0; i < _data.Test.Length; i++)
            values.Slice(_data.Test[i] * width, width).CopyTo(ofTest.AsSpan(i * width));
        var test = SweepComparison.Of(
            _data.Outcomes(_data.Test, ofTest, outputs[0]), _data.OutcomesOfRun(_data.Test), _data.Test, _data, _options.Objective, _options.Seed);
        var report = new SweepReport
        {
            Objective = _options.Objective.ToString(),
            Target = _data.Judged.Name,
            IsError = _data.IsError,
            Groups = _data.Cells.Attributes,
            Complete = trials.Count(t => t.State == TrialState.Complete),
            Pruned = trials.Count(t => t.State == TrialState.Pruned),
            Failed = trials.Count(t => t.State == TrialState.Failed),
            Winner = winner.Number,
            Values = winner.Configuration.ToJson().ToDictionary(v => v.Key, v => winner.Configuration.Text(v.Key)),
            Validation = winner.Result!.Figures,
            Test = test,
            Frontier = [.. SweepStatus.Frontier(trials, _data.IsError).Select(t => t.Number)],
            Notes = SweepNotes.Of(_options, _data, trials, winner, test),
        };
        OnnxFile.Write(heads, Path.Combine(_options.Out, "heads.onnx"));
        TableFile.Write(Path.Combine(_options.Out, "predictions.parquet"), HeadPredictions.ToTable(predictions, _data));
        AtomicFile.WriteText(Path.Combine(_options.Out, "sweep.json"), JsonSerializer.Serialize(report, CoreJson.Options));
        SweepEvents.Write(Path.Combine(_options.Out, "events"), trials);
        new SweepPage(report, trials, _data, _options).Write(Path.Combine(_options.Out, "sweep.html"));
        return report;
    }

    /// <summary>The best feasible trial; of a frontier the one that serves its worst group best.</summary>
    private Trial? Winner(IReadOnlyList<Trial> trials) => _options.Objective.Kind != ObjectiveKind.Pareto ? TrialOrder.Best(trials)
        : TrialOrder.Frontier(trials).MinBy(t => _data.IsError ? t.Result!.Figures["worst"] : -t.Result!.Figures["worst"]);

    /// <summary>Objectives over groups need groups that can be compared.</summary>
    private void CheckGroups()
    {
        var figures = _data.Figures(_data.OutcomesOfRun(_data.Validation), _data.Validation);
        var compared = figures.Compared.Count();
        var needed = _options.Objective.NeedsGap ? 2 : 1;
        if (compared < needed)
            throw new FaceBiasException(
                $"Only {compared} of the {_data.Cells.Names.Count} groups {string.Join(" x ", _data.Cells.Attributes)} have at least {SweepData.MinimumCount} validation images, and --objective {_options.Objective} needs {needed}; name fewer or coarser --groups.");
    }

    /// <summary>A cheap configuration for a first result within seconds, then the defaults, which everything else has to beat.</summary>
    private IReadOnlyList<Configuration> First() =>
        _options.Sampler == "grid" ? [] : [.. new[] { _space.Cheapest, _space.Defaults }.Distinct()];

    private ISampler Sampler() => _options.Sampler switch
    {
        "random" => new RandomSampler(),
        "grid" => new GridSampler(),
        "tpe" => new TpeSampler(),
        "cfo" => new CostFrugalSampler(),
        "nsga2" => new GeneticSampler(),
        var other => throw new FaceBiasException($"--sampler '{other}' is none; choose tpe, cfo, nsga2, random or grid."),
    };

    private IPruner Pruner() => _options.Pruner switch
    {
        "asha" => new HalvingPruner(minimum: 2),
        "median" => new MedianPruner(),
        "none" => new NoPruner(),
        var other => throw new FaceBiasException($"--pruner '{other}' is none; choose asha, median or none."),
    };

    /// <summary>Everything that the trials depend on; not their number and not the time.</summary>
    private JsonObject Identity() => new()
    {
        ["run"] = Path.GetFileName(Path.GetFullPath(_options.Run).TrimEnd(Path.DirectorySeparatorChar)),
        ["data"] = _data.Fingerprint(),
        ["targets"] = new JsonArray([.. _data.Targets.Select(t => JsonValue.Create(t.Name))]),
        ["groups"] = new JsonArray([.. _data.Cells.Attributes.Select(a => JsonValue.Create(a))]),
        ["objective"] = _options.Objective.ToString(),
        ["constraints"] = JsonSerializer.SerializeToNode(_options.Constraints, CoreJson.Compact),
        ["space"] = new JsonArray([.. _space.Parameters.Select(p => JsonValue.Create(p is NumberParameter n
            ? string.Create(CultureInfo.InvariantCulture, $"{n.Name} {n.Low}-{n.High}{(n.Log ? " log" : "")}")
            : $"{p.Name} {string.Join("|", ((ChoiceParameter)p).Choices)}"))]),
        ["sampler"] = _options.Sampler,
        ["pruner"] = _options.Pruner,
        ["lookahead"] = Math.Max(_options.Lookahead, _options.EffectiveJobs),
        ["seed"] = _options.Seed,
    };
}
