using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Studies;
using FaceBias.Core.Search.Trials;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;
using FaceBias.Workflows.RunFolders;
using Google.Protobuf;

namespace FaceBias.Workflows.Sweep;

/// <summary>Heads that a configuration led to.</summary>
/// <param name="Graph"><c>features</c> to one output per target; the whole model, pixels to outputs, where layers of
/// the backbone were trained too.</param>
/// <param name="Metrics">How well they serve the groups of the validation split.</param>
/// <param name="Outcomes">What came of every validation row.</param>
/// <param name="Epoch">The epoch that was kept; of fine-tuning, where there was one.</param>
/// <param name="HeadEpoch">The epoch of the heads that fine-tuning began with; null without it.</param>
internal sealed record TrialHeads(ModelProto Graph, GroupMetrics Metrics, double[] Outcomes, int Epoch,
    int? HeadEpoch = null);

/// <summary>Trains heads by a configuration and says how well they serve the groups of the validation split. Trials
/// share cached features; each trains on one thread, so that several can run side by side.</summary>
internal sealed class HeadTrials(
    SweepData data, MethodTrainer? methods, Objective objective, SweepConstraints constraints, ulong seed,
    RunFolder run, string folder, string home)
{
    /// <summary>Name of the folder of a sweep in which trials keep what they trained.</summary>
    public const string Folder = "trials";

    /// <summary>The folder of the sweep.</summary>
    public RunFolder Run => run;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, IReadOnlyList<double>> _kept = [];
    private readonly FinetuneTrials _finetune = new(data, run[folder], home);

    /// <summary>What the objective judges on validation rows.</summary>
    public TrialResult Measure(TrialContext context)
    {
        var last = HeadSpace.Options(context.Configuration, seed).Epochs
            + (FinetuneSpace.Options(context.Configuration)?.Epochs ?? 0);
        var heads = Train(
            context.Configuration, (e, now) => context.Report(e, objective.Scalar(now), e == last), context.Cancel);
        var result = Describe(heads, context);
        if (!context.IsPruned && result.Violation == 0)
            Keep(context.Number, result, heads.Graph);
        return result;
    }

    /// <summary>The heads of a finished trial: from its file if that is as it was written, or trained again, which
    /// gives the same.</summary>
    public ModelProto Heads(Trial trial, CancellationToken cancel)
    {
        var file = File(trial.Number);
        return run.IsIntact(file) ? OnnxFile.Read(run[file])
            : Train(trial.Configuration, (_, _) => false, cancel).Graph;
    }

    /// <param name="epochEnd">Told of every epoch; true ends the training.</param>
    public TrialHeads Train(Configuration configuration, Func<int, GroupMetrics, bool> epochEnd,
        CancellationToken cancel) =>
        IsPlain(configuration) ? TrainPlain(configuration, epochEnd, cancel)
            : methods!.Train(configuration, epochEnd, cancel);

    /// <summary>Whether a configuration is plain training, by no method of mitigation.</summary>
    public static bool IsPlain(Configuration c) =>
        HeadSpace.Choice(c, MethodSpace.Method, MethodSpace.Plain) == MethodSpace.Plain;

    /// <summary>Whether a configuration can be trained on validation rows too.</summary>
    public bool CanRefit(Configuration c) => IsPlain(c) || methods!.CanRefit(c);

    /// <summary>Trains on training and validation rows together, for as many epochs as were best before.</summary>
    public ModelProto Refit(Trial trial, CancellationToken cancel)
    {
        int[] all = [.. data.Train, .. data.Validation];
        EpochWatch Until(int epochs) => e => new(e.Epoch == epochs, -e.Epoch);
        var (c, epoch) = (trial.Configuration, trial.Metrics.Epoch);
        if (!IsPlain(c))
            return methods!.Refit(c, epoch, cancel);
        if (FinetuneSpace.Options(c) is not { } options)
            return TrainHeads(c, all, [], Until(epoch), cancel).Graph;
        var heads = TrainHeads(c, all, [], Until(trial.Metrics.HeadEpoch ?? epoch), cancel).Graph;
        return _finetune.Train(c, options, HeadSpace.Options(c, seed), heads, Targets(c), all, [], Until(epoch),
            cancel);
    }

    private TrialHeads TrainPlain(Configuration configuration, Func<int, GroupMetrics, bool> epochEnd,
        CancellationToken cancel)
    {
        var byObjective = HeadSpace.Choice(configuration, HeadSpace.Keep, "loss") == "objective";
        var best = double.PositiveInfinity;
        (double[] Outcomes, GroupMetrics Metrics, int Epoch)? kept = null;
        var ended = false;
        EpochVerdict Look(EpochReport epoch, int before)
        {
            var outcomes = data.Outcomes(data.Validation, epoch.Validation.Values(0), data.JudgedOutput);
            var now = data.MetricsOf(outcomes, data.Validation);
            var score = byObjective ? objective.Scalar(now) : epoch.Loss;
            if (score < best)
                (best, kept) = (score, (outcomes, now, epoch.Epoch));
            // Epoch 0 of fine-tuning is the state that it starts from, which was reported before.
            return new EpochVerdict(epoch.Epoch > 0 && (ended = epochEnd(before + epoch.Epoch, now)), score);
        }
        var heads = TrainHeads(configuration, data.Train, data.Validation, epoch => Look(epoch, 0), cancel);
        if (kept is not { } ofHeads)
            throw new FaceBiasException("the loss was no number in any epoch; lower the learning rate");
        if (ended || FinetuneSpace.Options(configuration) is not { } options)
            return new(heads.Graph, ofHeads.Metrics, ofHeads.Outcomes, heads.BestEpoch);
        // A step is an epoch, first of the heads and then of the backbone with them.
        var head = HeadSpace.Options(configuration, seed);
        (best, kept) = (double.PositiveInfinity, null);
        var whole = _finetune.Train(
            configuration, options, head, heads.Graph, Targets(configuration), data.Train, data.Validation,
            epoch => Look(epoch, head.Epochs), cancel);
        return kept is { } k ? new(whole, k.Metrics, k.Outcomes, k.Epoch, heads.BestEpoch)
            : throw new FaceBiasException("the loss was no number in any epoch; lower finetune-rate");
    }

    private List<TrainingTarget> Targets(Configuration configuration)
    {
        var power = HeadSpace.Value(configuration, HeadSpace.GroupWeights, 0);
        var weights = power == 0 ? null : GroupWeights(power);
        return [.. data.Targets.Select(
            t => TrainingTarget.Create(t, data.Train, HeadSpace.Options(configuration, seed)))
            .Select(t => weights is null ? t : t.Weighted(weights))];
    }

    private TrainedModel TrainHeads(Configuration configuration, int[] train, int[] validation, EpochWatch watch,
        CancellationToken cancel)
    {
        var set = data.Features.Of(configuration);
        var rows = HeadSpace.Choice(configuration, FeatureSpace.Mirror, "false") == "true" ? Mirrored(set, train)
            : set.Row;
        return HeadTrainer.Train(rows, set.Width, train, validation, Targets(configuration),
            HeadSpace.Options(configuration, seed), threads: 1, cancel: cancel, watch: watch);
    }

    /// <summary>Training rows as they are or mirrored, by one coin per look at them: an epoch sees about half of them
    /// mirrored.</summary>
    private FeatureRow Mirrored(FeatureSet set, int[] train)
    {
        var isTraining = new bool[data.Table.RowCount];
        foreach (var row in train)
            isTraining[row] = true;
        var coins = new RandomSource(seed).Counter("mirror");
        var looks = 0UL;
        return row => isTraining[row] && coins.Uniform(looks++) < 0.5 ? set.Mirrored!(row) : set.Row(row);
    }

    /// <summary>Weights n_g^-power with mean 1 over the training rows: 0 leaves every image alike, 1 every
    /// group.</summary>
    private float[] GroupWeights(double power)
    {
        var counts = new double[data.Cells.Names.Count];
        foreach (var row in data.Train)
            counts[data.Cells.Codes[row]]++;
        // A group without training rows still has a weight for its validation rows.
        var weights = counts.Select(c => Math.Pow(Math.Max(1, c), -power)).ToArray();
        var mean = counts.Zip(weights, (c, w) => c * w).Sum() / data.Train.Length;
        return [.. data.Cells.Codes.Select(c => (float)(weights[c] / mean))];
    }

    private TrialResult Describe(TrialHeads heads, TrialContext context)
    {
        var estimates = heads.Metrics;
        var set = data.Features.Of(context.Configuration);
        var metrics = new TrialMetrics
        {
            Average = Known(estimates.RowAverage),
            Worst = Known(estimates.Worst),
            Gap = Known(estimates.Gap),
            Groups = estimates.Compared.ToDictionary(g => data.Cells.Names[g], g => estimates.Values[g]),
            Epochs = context.Reports.Count,
            Epoch = heads.Epoch,
            HeadEpoch = heads.HeadEpoch,
            Bytes = (heads.HeadEpoch is null ? set.BackboneBytes : 0) + heads.Graph.CalculateSize(),
            Milliseconds = constraints.MaximumMilliseconds is null || context.IsPruned ? null
                : heads.HeadEpoch is null ? set.BackboneMilliseconds.Value
                    + HeadLatency.Measure(heads.Graph, BackboneMetadata.Features)
                : HeadLatency.Measure(heads.Graph, BackboneMetadata.Pixels),
        };
        return new()
        {
            Losses = objective.Losses(estimates),
            TieBreak = objective.TieBreak(estimates),
            Violation = constraints.Violation(estimates, metrics),
            Outcomes = context.IsPruned ? null : [.. heads.Outcomes.Select(o => (float)o)],
            Metrics = metrics,
        };

        static double? Known(double value) => double.IsFinite(value) ? value : null;
    }

    /// <summary>Writes the heads if no other trial is better; those that no longer are best go.</summary>
    private void Keep(int number, TrialResult result, ModelProto graph)
    {
        lock (_gate)
        {
            if (_kept.Values.Any(k => Dominates(k, result.Losses)))
                return;
            foreach (var worse in _kept.Where(k => Dominates(result.Losses, k.Value)).Select(k => k.Key).ToList())
            {
                _kept.Remove(worse);
                System.IO.File.Delete(run[File(worse)]);
            }
            _kept[number] = result.Losses;
            OnnxFile.Write(graph, run[File(number)]);
            run.Seal(File(number));
        }
    }

    private static bool Dominates(IReadOnlyList<double> a, IReadOnlyList<double> b) =>
        a.Zip(b).All(x => x.First <= x.Second) && a.Zip(b).Any(x => x.First < x.Second);

    private string File(int number) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{number:0000}.onnx"));
}
