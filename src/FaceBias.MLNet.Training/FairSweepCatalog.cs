using System.Text.Json.Nodes;
using FaceBias;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Samplers;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Storage;
using FaceBias.Core.Search.Studies;
using FaceBias.Core.Search.Trials;
using FaceBias.MLNet.Sweeping;
using FaceBias.MLNet.Training;
using FaceBias.Primitives.Hashing;
// The plain name is that of a namespace of Microsoft.ML.AutoML here.
using FairSpace = FaceBias.Core.Search.Spaces.SearchSpace;

namespace Microsoft.ML;

/// <summary>Sweeps by the worst group, on the project's own search: no Microsoft.ML.AutoML is needed.</summary>
public static class FairSweepCatalog
{
    /// <summary>
    /// Tries pipelines with values that a search proposes and keeps the one that serves the worst group best:
    /// <code>
    /// var space = new SearchSpace([new NumberParameter("l2", 1e-6, 1, Log: true) { Default = 1e-3 }]);
    /// var result = context.FairSweep(train, validation, space,
    ///     (c, p) => c.MulticlassClassification.Trainers.LbfgsMaximumEntropy(l2Regularization: (float)p.Number("l2")),
    ///     new() { GroupColumnNames = ["gender"] });
    /// </code>
    /// Groups are of <em>perceived</em> attributes. The defaults of the space are tried first.
    /// </summary>
    /// <param name="context">The context; the winner is made in one of the options' seed.</param>
    /// <param name="train">Training rows; cache what is dear to compute, such as features.</param>
    /// <param name="validation">Validation rows, which choose.</param>
    /// <param name="space">What may vary.</param>
    /// <param name="build">A pipeline from values. Each trial has a context of its own, so that a trial does not depend
    /// on those before it.</param>
    /// <param name="options">Columns, objective, trials, journal.</param>
    /// <param name="cancellationToken">Ends the sweep while a trial reads rows; finished trials are in the
    /// journal.</param>
    /// <exception cref="ArgumentException">A column is missing, or an option is out of its range.</exception>
    /// <exception cref="FaceBiasException">No trial worked; the sentence says why the first did not.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static FairSweepResult FairSweep(
        this MLContext context, IDataView train, IDataView validation, FairSpace space,
        Func<MLContext, Configuration, IEstimator<ITransformer>> build,
        FairSweepOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(build);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return FairSweep(validation, space,
            (fresh, values, cancel) => build(fresh, values).Fit(new CancellableView(train, cancel)),
            Key(MemoryView.Read(train, [options.LabelColumnName, .. options.GroupColumnNames]), [], options), options,
            cancellationToken);
    }

    private static FairSweepResult FairSweep(
        IDataView validation, FairSpace space, Func<MLContext, Configuration, CancellationToken, ITransformer> fit,
        string trainKey, FairSweepOptions options,
        CancellationToken cancellationToken)
    {
        var objective = Objective.Parse(options.Objective);
        if (objective.Kind == ObjectiveKind.Pareto)
            throw new ArgumentException(
                "A sweep in ML.NET has one objective: worst-group, average, or a weight and the gap.", nameof(options));
        var judge = new GroupOutcomes(validation, options.LabelColumnName, options.GroupColumnNames,
            options.IsRegression, options.MinimumCount);
        using var journal = options.Journal is { } path
            ? StudyJournal.Open(path, space, Identity(space, trainKey, judge, options)) : null;
        ITransformer? last = null;
        (ITransformer? Model, Trial? Trial) best = default;
        var trials = Study.Run(
            new StudyOptions
            {
                Space = space, Sampler = Sampler(options.Sampler), First = [space.Defaults],
                Trials = options.MaximumTrials, Time = options.Time, Seed = unchecked((ulong)options.Seed),
            },
            trial =>
            {
                last = null;
                last = Fit(trial.Configuration, trial.Cancel);
                return Result(objective, judge.Judge(last.Transform(validation), options.PredictedLabelColumnName));
            },
            journal,
            trial =>
            {
                // One trial at a time: the model is the one that was just judged, if one was made.
                if (trial.IsFeasible && (best.Trial is null || TrialOrder.Best([best.Trial, trial]) == trial))
                {
                    (best.Model as IDisposable)?.Dispose();
                    best = (last, trial);
                }
                else
                {
                    (last as IDisposable)?.Dispose();
                }
                options.TrialCallback?.Invoke(trial);
            },
            cancellationToken);
        var winner = TrialOrder.Best(trials) ?? throw new FaceBiasException(
            trials.Count == 0 ? "The time was used up before the first trial ended."
                : $"None of the {trials.Count} trials worked; the first: {trials[0].Reason}.");
        // A winner of the journal is fitted again.
        var kept = best.Trial == winner ? best.Model! : Fit(winner.Configuration, cancellationToken);
        return new(kept, winner, trials);

        ITransformer Fit(Configuration values, CancellationToken cancel)
        {
            try
            {
                return fit(new MLContext(options.Seed), values, cancel);
            }
            catch (Exception e) when (cancel.IsCancellationRequested && e is not OperationCanceledException)
            {
                // Thrown on a thread of a trainer's, it comes wrapped.
                throw new OperationCanceledException("The trial was cancelled.", e, cancel);
            }
        }
    }

    /// <summary>The same over named trainers on one or more columns of features, with weights that let rare groups
    /// count more.</summary>
    /// <param name="context">The context.</param>
    /// <param name="train">Training rows: features, label, groups.</param>
    /// <param name="validation">Validation rows, which choose.</param>
    /// <param name="featureColumnNames">Columns of features, one per backbone.</param>
    /// <param name="options">Columns, objective, trials, journal.</param>
    /// <param name="trainers">The trainers; all if none is named. The first is tried first.</param>
    /// <param name="cancellationToken">Ends the sweep while a trial reads rows.</param>
    public static FairSweepResult FairSweep(
        this MLContext context, IDataView train, IDataView validation, IReadOnlyList<string> featureColumnNames,
        FairSweepOptions options,
        IReadOnlyList<FairTrainer>? trainers = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (featureColumnNames is null or { Count: 0 })
            throw new ArgumentException("Name at least one column of features.", nameof(featureColumnNames));
        if (options.IsRegression)
            throw new ArgumentException(
                "The named trainers are classifiers; give a space and pipelines for a regression.", nameof(options));
        string[] columns = [options.LabelColumnName, .. options.GroupColumnNames, .. featureColumnNames];
        var (rows, judged) = (MemoryView.Read(train, columns), MemoryView.Read(validation, columns));
        if (rows.Schema[options.LabelColumnName].Type is not KeyDataViewType)
        {
            // The trainers take keys alone.
            var labels = TrainerColumns.Read(rows, options.LabelColumnName, [], isNumber: false);
            rows = rows.With(options.LabelColumnName, new KeyDataViewType(typeof(uint), labels.Classes!.Count),
                labels.Codes.Select(c => (uint)(c + 1)), labels.Classes.KeyValues());
        }
        var weights = new GroupWeights(rows, options.LabelColumnName, options.GroupColumnNames);
        var space = FairTrialSpace.Of(featureColumnNames,
            trainers is { Count: > 0 } ? trainers : Enum.GetValues<FairTrainer>());
        return FairSweep(judged, space, (fresh, values, cancel) =>
        {
            var trial = FairTrialSpace.Read(values);
            return FairTrainers.Of(fresh, trial, options.LabelColumnName).Fit(weights.Apply(trial.GroupWeight, cancel));
        }, Key(rows, featureColumnNames, options), options, cancellationToken);
    }

    /// <summary>A hash of the training rows: labels, groups, and a sum of each column of features.</summary>
    private static string Key(MemoryView rows, IReadOnlyList<string> features, FairSweepOptions options) =>
        Sha256.OfJson(
    [
        new[] { options.LabelColumnName }.Concat(options.GroupColumnNames).Select(c => SubgroupColumns.Texts(rows, c)),
        features.Select(f => rows.Values<VBuffer<float>>(f).Sum(v => v.DenseValues().Sum(x => (double)x))),
    ]);

    private static TrialResult Result(Objective objective, GroupMetrics metrics) => new()
    {
        Losses = objective.Losses(metrics),
        TieBreak = objective.TieBreak(metrics),
        Metrics = new()
        {
            Average = metrics.RowAverage, Worst = metrics.Worst, Gap = double.IsNaN(metrics.Gap) ? null : metrics.Gap,
        },
    };

    private static ISampler Sampler(string name) => name switch
    {
        "tpe" => new TpeSampler(),
        "random" => new RandomSampler(),
        "grid" => new GridSampler(),
        "cost-frugal" => new CostFrugalSampler(),
        _ => throw new ArgumentException($"There is no sampler '{name}'; it can be tpe, random, grid or cost-frugal.",
            nameof(FairSweepOptions.Sampler)),
    };

    private static JsonObject Identity(FairSpace space, string trainKey, GroupOutcomes judge,
        FairSweepOptions options) => new()
    {
        ["space"] = string.Join("; ", space.Parameters.Select(p => p.ToString())),
        ["label"] = options.LabelColumnName,
        ["groups"] = string.Join(", ", options.GroupColumnNames),
        ["objective"] = options.Objective,
        ["seed"] = options.Seed,
        ["sampler"] = options.Sampler,
        ["training rows"] = trainKey,
        ["validation rows"] = Sha256.OfJson([judge.Truth, judge.Groups]),
    };
}
