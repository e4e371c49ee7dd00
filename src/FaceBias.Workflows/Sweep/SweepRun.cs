using System.Text.Json;
using System.Text.Json.Nodes;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Search.Pruners;
using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Samplers;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Storage;
using FaceBias.Core.Search.Studies;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Json;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Sweep;

/// <summary>Searches head options under a fairness objective: trials on cached features, chosen on validation, reported
/// once on test against the run that the sweep began with, or against the default options.</summary>
internal sealed class SweepRun
{
    /// <summary>Name of the step that reports trials.</summary>
    public const string Step = "sweep";

    private const string JournalFile = "journal.jsonl";

    private readonly SweepOptions _options;
    private readonly SweepData _data;
    private readonly RunFolder _folder;
    private readonly MethodTrainer? _methods;
    private readonly SearchSpace _space;

    private SweepRun(SweepOptions options, SweepData data, RunFolder folder)
    {
        (_options, _data, _folder, _methods) = (options, data, folder, MethodTrainer.For(data, options.Seed));
        IReadOnlyList<Parameter> known =
        [
            FeatureSpace.Backbones(data.Features.Own.Name, FeatureSpace.Names(options.Home)),
            .. MethodSpace.Join(
                [
                    .. HeadSpace.Known(data.Targets.Any(t => t.Kind == TargetKind.Numeric)), FeatureSpace.Mirroring,
                    .. options.SpaceFile is null ? [] : FinetuneSpace.Known(data.Features.Own.Backbone),
                ],
                _methods?.Methods ?? []),
        ];
        _space = options.SpaceFile is null ? new(known.Where(p => !p.OnRequest))
            : SpaceFile.Read(options.SpaceFile, known);
    }

    /// <summary>Runs a sweep, or resumes one.</summary>
    /// <param name="options">What is asked.</param>
    /// <param name="watch">Told of every finished trial with all that are known so far.</param>
    /// <param name="progress">One report per trial.</param>
    /// <param name="cancellationToken">Gives up the running trials.</param>
    /// <exception cref="FaceBiasException">The run cannot be used, or no trial could be measured.</exception>
    public static SweepReport Execute(
        SweepOptions options, Action<SweepStatus>? watch = null, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => Execute(options, [], watch, progress, cancellationToken);

    /// <summary>Measures some trials while others measure the rest.</summary>
    /// <param name="wait">Gives the line of a trial that others measure when it has ended; null where the space was
    /// used up before it.</param>
    /// <returns>The lines of the trials by number; fewer where the space is used up.</returns>
    internal static IReadOnlyDictionary<int, string> Measure(SweepOptions options, int first, int count,
        Func<int, string?> wait, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        using var folder = RunFolder.Begin(options.Out, "sweep", Describe(options));
        using var data = SweepData.Open(options.Run!, options.Targets, options.Groups, options.Home);
        var run = new SweepRun(options, data, folder);
        data.Features.Add(run._space, data, options.Run!, options.Home, progress, cancel);
        var done = 0;
        var share = new StudyShare(first, count,
            n => wait(n) is { } line ? StudyJournal.FromLine(run._space, line)
                ?? throw new FaceBiasException($"Trial {n} is of another space; make the plan again.",
                    ErrorKind.Permanent) : null);
        var trials = Study.Run(run.Options() with { Share = share },
            run.Runner(data, run._methods, HeadTrials.Folder).Measure, null,
            _ => progress?.Report(new(Step, ++done, count, "trials")), cancel);
        return trials.Where(t => share.Has(t.Number)).ToDictionary(t => t.Number, StudyJournal.ToLine);
    }

    /// <summary>Looks at everything that a sweep of a finished run needs, without a trial.</summary>
    internal static void Check(SweepOptions options)
    {
        options.Check();
        if (options.Run is null || options.Minutes is not null)
            throw new FaceBiasException(options.Run is null
                ? "A sweep is planned from ‹Run›, a finished 'facebias train', and not from ‹Images›."
                : "How many trials fit into ‹Minutes› depends on the machine, so they cannot be planned; give ‹Trials›.");
        using var data = SweepData.Open(options.Run, options.Targets, options.Groups, options.Home);
        options.Constraints.Check(data.IsError);
        OlderModel.Check(options.Opset, data.Features.Backbones);
        // Reads the space.
        _ = new SweepRun(options, data, null!);
    }

    /// <summary>Runs a sweep of which trials were measured elsewhere.</summary>
    /// <param name="watch">Told of every finished trial.</param>
    internal static SweepReport Execute(SweepOptions options, IReadOnlyList<string> known, Action<SweepStatus>? watch,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        options.Check();
        options.Pages.Check();
        // Before anything is computed for it.
        using var folder = RunFolder.Begin(options.Out, "sweep", Describe(options));
        if (options.Resume && !File.Exists(folder[JournalFile]))
            throw new FaceBiasException(
                $"'{options.Out}' holds no sweep to resume; check ‹Out›, or leave ‹Resume› out to begin one.");
        IReadOnlyList<string> notices = [];
        if (options.Prepare is { } prepare)
        {
            notices = TrainRun.Prepare(prepare, progress, cancel);
            options = options with { Run = prepare.Out };
        }
        using var data = options.Prepare is null
            ? SweepData.Open(options.Run!, options.Targets, options.Groups, options.Home)
            : SweepData.OpenPrepared(options.Prepare, options.Groups);
        options.Constraints.Check(data.IsError);
        if (data.Features.Missing is { } missing
            && options.Constraints is not { MaximumBytes: null, MaximumMilliseconds: null })
            throw new FaceBiasException(
                $"‹MaximumBytes› and ‹MaximumMilliseconds› are of the exported model, and the backbone cannot be had: {missing}");
        var run = new SweepRun(options, data, folder);
        OlderModel.Check(options.Opset, data.Features.Backbones);
        data.Features.Add(run._space, data, options.Run!, options.Home, progress, cancel);
        OlderModel.Check(options.Opset, data.Features.Backbones);
        run.Take(known);
        return run.Execute(notices, watch, progress, cancel);
    }

    /// <summary>Puts trials that were measured elsewhere into the journal.</summary>
    private void Take(IReadOnlyList<string> known)
    {
        if (known.Count == 0)
            return;
        using var journal = StudyJournal.Open(Path.Combine(_options.Out, JournalFile), _space, Identity());
        var there = journal.Trials.Select(t => t.Number).ToHashSet();
        foreach (var trial in known.Select(line => StudyJournal.FromLine(_space, line)).OfType<Trial>())
            if (!there.Contains(trial.Number))
                journal.Add(trial);
    }

    private SweepReport Execute(IReadOnlyList<string> notices, Action<SweepStatus>? watch,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        CheckGroups(_data.Validation, "validation images");
        CheckGroups(_data.Test, "test images");
        for (var fold = 0; fold < _options.Folds; fold++)
        {
            var (inner, outer) = NestedValidation.Fold(_data, _options, fold);
            CheckGroups(inner.Validation,
                $"validation images in fold {fold + 1} of ‹Validate› nested:{_options.Folds}");
            CheckGroups(outer, $"images in fold {fold + 1} of ‹Validate› nested:{_options.Folds}");
        }
        var runner = Runner(_data, _methods, HeadTrials.Folder);
        var status = new SweepStatus(_options.Objective, _data.IsError);
        IReadOnlyList<Trial> trials;
        using (var journal = StudyJournal.Open(Path.Combine(_options.Out, JournalFile), _space, Identity()))
        {
            if (journal.Damage is { } damage)
                notices = [.. notices, damage];
            var known = journal.Trials.Count;
            status.AddRange(journal.Trials);
            trials = Study.Run(Options(), runner.Measure, journal, trial =>
            {
                status.Add(trial);
                watch?.Invoke(status);
                progress?.Report(
                    new StepProgress(Step, status.Trials.Count, _options.Trials, "trials", known, status.BestText));
            }, cancel);
        }
        return new SweepEnding(_options, _data, runner, (inner, fold) => SearchFold(inner, fold, progress, cancel),
            notices, progress, cancel).Conclude(trials);
    }

    /// <summary>The same search on the rows of a fold, with a journal of its own.</summary>
    private NestedValidation.Search SearchFold(SweepData inner, int fold, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        var folder = Path.Combine("nested", string.Create(CultureInfo.InvariantCulture, $"fold-{fold + 1}"));
        Directory.CreateDirectory(Path.Combine(_options.Out, folder));
        var runner = Runner(inner, MethodTrainer.For(inner, _options.Seed), folder);
        var identity = Identity();
        identity["fold"] = $"{fold + 1} of {_options.Folds}";
        using var journal = StudyJournal.Open(Path.Combine(_options.Out, folder, JournalFile), _space, identity);
        var (known, done) = (journal.Trials.Count, journal.Trials.Count);
        var trials = Study.Run(Options(), runner.Measure, journal, _ => progress?.Report(
            new StepProgress($"nested validation, fold {fold + 1} of {_options.Folds}", ++done, _options.Trials,
                "trials", known)), cancel);
        return new(runner, trials);
    }

    private HeadTrials Runner(SweepData data, MethodTrainer? methods, string folder) =>
        new(data, methods, _options.Objective, _options.Constraints, _options.Seed, _folder, folder, _options.Home);

    private StudyOptions Options() => new()
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
    };

    /// <summary>Without two groups to compare there is no gap to report, whatever the objective: better said before the
    /// first trial than after the last.</summary>
    private void CheckGroups(int[] rows, string what)
    {
        var compared = _data.Counts(rows).Count(n => n >= Objective.MinimumCount);
        if (compared < 2)
            throw new FaceBiasException(
                $"Only {compared} of the {_data.Cells.Names.Count} groups "
                    + $"{string.Join(" x ", _data.Cells.Attributes)} have at least {Objective.MinimumCount} {what}, "
                    + "and a sweep compares at least 2; name fewer or coarser ‹Groups›.");
    }

    /// <summary>A cheap configuration for a first result within seconds, then the defaults, which everything else has
    /// to beat.</summary>
    private IReadOnlyList<Configuration> First() =>
        _options.Sampler == "grid" ? [] : [.. new[] { _space.Cheapest, _space.Defaults }.Distinct()];

    private ISampler Sampler() => _options.Sampler switch
    {
        "random" => new RandomSampler(),
        "grid" => new GridSampler(),
        "tpe" => new TpeSampler(),
        "cfo" => new CostFrugalSampler(),
        "nsga2" => new GeneticSampler(),
        var other =>
            throw new FaceBiasException($"‹Sampler› '{other}' is none; choose tpe, cfo, nsga2, random or grid."),
    };

    private IPruner Pruner() => _options.Pruner switch
    {
        "asha" => new HalvingPruner(minimum: 2),
        "median" => new MedianPruner(),
        "none" => new NoPruner(),
        var other => throw new FaceBiasException($"‹Pruner› '{other}' is none; choose asha, median or none."),
    };

    private static Dictionary<string, object?> Describe(SweepOptions o) => new()
    {
        ["run"] = o.Run,
        ["images"] = o.Prepare?.Images,
        ["labels"] = o.Prepare?.Labels.Sources,
        ["targets"] = o.Targets ?? o.Prepare?.Targets,
        ["groups"] = o.Groups,
        ["backbone"] = o.Prepare?.Backbone,
        ["objective"] = o.Objective.ToString(),
        ["trials"] = o.Trials,
        ["sampler"] = o.Sampler,
        ["pruner"] = o.Pruner,
        ["seed"] = o.Seed,
    };

    /// <summary>Everything that the trials depend on; not their number and not the time.</summary>
    private JsonObject Identity() => new()
    {
        ["run"] = Path.GetFileName(Path.GetFullPath(_options.Run!).TrimEnd(Path.DirectorySeparatorChar)),
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
        ["losses"] = TargetLosses.Version,
    };
}
