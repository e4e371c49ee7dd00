using FaceBias.Core.Mitigation;
using System.Globalization;
using FaceBias.Core.Sweeps.Reporting;
using FaceBias.Core.Sweeps.Spaces;
using FaceBias.Core.Sweeps.Studies;
using FaceBias.Core.Training;
using FaceBias.Onnx.Graphs;
using Google.Protobuf;

namespace FaceBias.Core.Sweeps.Heads;

/// <summary>Trains heads by a configuration and says how well they serve the groups of the validation split. Trials share the
/// run's cached features; each trains on one thread, so that several can run side by side.</summary>
internal sealed class HeadTrials(
    SweepData data, MethodTrainer? methods, Objective objective, SweepConstraints constraints, ulong seed, string folder)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, IReadOnlyList<double>> _kept = [];

    /// <summary>What the objective judges on validation rows.</summary>
    public TrialResult Measure(TrialContext context)
    {
        var last = HeadSpace.Options(context.Configuration, seed).Epochs;
        var (graph, figures, epoch) = Train(
            context.Configuration, (e, now) => context.Report(e, objective.Scalar(now), e == last), context.Cancel);
        var result = Describe(figures, graph, epoch, context);
        if (!context.IsPruned && result.Violation == 0)
            Keep(context.Number, result, graph);
        return result;
    }

    /// <summary>The heads of a finished trial: from its file, or trained again, which gives the same.</summary>
    public ModelProto Heads(Trial trial, CancellationToken cancel)
    {
        var file = File(trial.Number);
        return System.IO.File.Exists(file) ? OnnxFile.Read(file) : Train(trial.Configuration, (_, _) => false, cancel).Graph;
    }

    private (ModelProto Graph, GroupFigures Figures, int Epoch) Train(
        Configuration configuration, Func<int, GroupFigures, bool> epochEnd, CancellationToken cancel) =>
        HeadSpace.Choice(configuration, MethodSpace.Method, MethodSpace.Plain) == MethodSpace.Plain
            ? TrainPlain(configuration, epochEnd, cancel) : methods!.Train(configuration, epochEnd, cancel);

    private GroupFigures Judge(PredictionColumns outputs)
    {
        var spec = data.Judged.Kind == Data.TargetKind.Categorical
            ? (OutputSpec)new CategoricalOutput(data.Judged.Name, data.Judged.Classes) : new NumericOutput(data.Judged.Name, 0, 1, 2, null);
        return data.Figures(data.Outcomes(data.Validation, outputs.Values(0), spec), data.Validation);
    }

    private (ModelProto Graph, GroupFigures Figures, int Epoch) TrainPlain(
        Configuration configuration, Func<int, GroupFigures, bool> epochEnd, CancellationToken cancel)
    {
        var options = HeadSpace.Options(configuration, seed);
        var byObjective = HeadSpace.Choice(configuration, HeadSpace.Keep, "loss") == "objective";
        var power = HeadSpace.Value(configuration, HeadSpace.GroupWeights, 0);
        var weights = power == 0 ? null : GroupWeights(power);
        var targets = data.Targets.Select(t => TrainingTarget.Create(t, data.Train, options))
            .Select(t => weights is null ? t : t.Weighted(weights)).ToList();
        var best = double.PositiveInfinity;
        GroupFigures? figures = null;
        var heads = HeadTrainer.Train(
            row => data.Features(row), data.Width, data.Train, data.Validation, targets, options, threads: 1, cancel: cancel,
            watch: epoch =>
            {
                var now = Judge(epoch.Validation);
                var score = byObjective ? objective.Scalar(now) : epoch.Loss;
                if (score < best)
                    (best, figures) = (score, now);
                return new EpochVerdict(epochEnd(epoch.Epoch, now), score);
            });
        return (heads.Graph, figures ?? throw new FaceBiasException("the loss was no number in any epoch; lower the learning rate"), heads.BestEpoch);
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

    private TrialResult Describe(GroupFigures figures, ModelProto graph, int epoch, TrialContext context)
    {
        var shown = new Dictionary<string, double>
        {
            ["average"] = figures.RowAverage,
            ["worst"] = figures.Worst,
            ["gap"] = figures.Gap,
            ["epochs"] = context.Reports.Count,
            ["epoch"] = epoch,
            ["bytes"] = graph.CalculateSize(),
        };
        foreach (var g in figures.Compared)
            shown[FrontierFigures.Key(data.Cells.Names[g])] = figures.Values[g];
        if (constraints.MaximumMilliseconds is not null && !context.IsPruned)
            shown["milliseconds"] = HeadLatency.Measure(graph, data.Width);
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
