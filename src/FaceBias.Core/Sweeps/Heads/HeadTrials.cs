using System.Globalization;
using FaceBias.Core.Sweeps.Spaces;
using FaceBias.Core.Sweeps.Studies;
using FaceBias.Core.Training;
using FaceBias.Onnx.Graphs;
using Google.Protobuf;

namespace FaceBias.Core.Sweeps.Heads;

/// <summary>Trains heads by a configuration and says how well they serve the groups of the validation split. Trials share the
/// run's cached features; each trains on one thread, so that several can run side by side.</summary>
internal sealed class HeadTrials(SweepData data, Objective objective, SweepConstraints constraints, ulong seed, string folder)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, IReadOnlyList<double>> _kept = [];

    /// <summary>What the objective judges on validation rows.</summary>
    public TrialResult Measure(TrialContext context)
    {
        FairnessFigures? figures = null;
        var last = HeadSpace.Options(context.Configuration, seed).Epochs;
        var heads = Train(context.Configuration, epoch =>
        {
            var now = Judge(epoch.Validation);
            var loss = objective.Scalar(now);
            var stop = context.Report(epoch.Epoch, loss, epoch.Epoch == last);
            var score = HeadSpace.Choice(context.Configuration, HeadSpace.Keep, "loss") == "objective" ? loss : epoch.Loss;
            return (new EpochVerdict(stop, score), now);
        }, ref figures, context.Cancel);
        if (figures is null)
            throw new FaceBiasException("the loss was no number in any epoch; lower the learning rate");
        var result = Describe(figures, heads, context);
        if (!context.IsPruned && result.Violation == 0)
            Keep(context.Number, result, heads.Graph);
        return result;
    }

    /// <summary>The heads of a finished trial: from its file, or trained again, which gives the same.</summary>
    public ModelProto Heads(Trial trial, CancellationToken cancel)
    {
        var file = File(trial.Number);
        if (System.IO.File.Exists(file))
            return OnnxFile.Read(file);
        FairnessFigures? figures = null;
        return Train(trial.Configuration, epoch =>
        {
            var now = Judge(epoch.Validation);
            return (new EpochVerdict(false, HeadSpace.Choice(trial.Configuration, HeadSpace.Keep, "loss") == "objective" ? objective.Scalar(now) : epoch.Loss), now);
        }, ref figures, cancel).Graph;
    }

    private FairnessFigures Judge(PredictionColumns outputs)
    {
        var spec = data.Judged.Kind == Data.TargetKind.Categorical
            ? (OutputSpec)new CategoricalOutput(data.Judged.Name, data.Judged.Classes) : new NumericOutput(data.Judged.Name, 0, 1, 2, null);
        return data.Figures(data.Outcomes(data.Validation, outputs.Values(0), spec), data.Validation);
    }

    private TrainedHeads Train(
        Configuration configuration, Func<EpochReport, (EpochVerdict Verdict, FairnessFigures Figures)> watch, ref FairnessFigures? kept, CancellationToken cancel)
    {
        var options = HeadSpace.Options(configuration, seed);
        var power = HeadSpace.Value(configuration, HeadSpace.GroupWeights, 0);
        var weights = power == 0 ? null : GroupWeights(power);
        var targets = data.Targets.Select(t => TrainingTarget.Create(t, data.Train, options))
            .Select(t => weights is null ? t : t.Weighted(weights)).ToList();
        var best = double.PositiveInfinity;
        FairnessFigures? figures = null;
        var heads = HeadTrainer.Train(
            row => data.Features(row), data.Width, data.Train, data.Validation, targets, options, threads: 1, cancel: cancel,
            watch: epoch =>
            {
                var (verdict, now) = watch(epoch);
                if (verdict.Score < best)
                    (best, figures) = (verdict.Score, now);
                return verdict;
            });
        kept = figures;
        return heads;
    }

    /// <summary>Weights n_g^-power with mean 1 over the training rows: 0 leaves every image alike, 1 every group.</summary>
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

    private TrialResult Describe(FairnessFigures figures, TrainedHeads heads, TrialContext context)
    {
        var shown = new Dictionary<string, double>
        {
            ["average"] = figures.Average,
            ["worst"] = figures.Worst,
            ["gap"] = figures.Gap,
            ["epochs"] = context.Reports.Count,
            ["epoch"] = heads.BestEpoch,
            ["bytes"] = heads.Graph.CalculateSize(),
        };
        if (constraints.MaximumMilliseconds is not null && !context.IsPruned)
            shown["milliseconds"] = HeadLatency.Measure(heads.Graph, data.Width);
        return new()
        {
            Losses = objective.Losses(figures),
            TieBreak = objective.TieBreak(figures),
            Violation = constraints.Violation(figures, shown),
            Figures = shown,
        };
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
                System.IO.File.Delete(File(worse));
            }
            _kept[number] = result.Losses;
            Directory.CreateDirectory(folder);
            OnnxFile.Write(graph, File(number));
        }
    }

    private static bool Dominates(IReadOnlyList<double> a, IReadOnlyList<double> b) =>
        a.Zip(b).All(x => x.First <= x.Second) && a.Zip(b).Any(x => x.First < x.Second);

    private string File(int number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{number:0000}.onnx"));
}
