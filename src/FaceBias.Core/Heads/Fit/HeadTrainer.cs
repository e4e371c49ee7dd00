using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Heads.Fit;

/// <summary>Trains a shared layer and one head per target on frozen features, by the graph engine of FaceBias.Onnx.
/// Each target's loss is divided by that of its best constant prediction, then they are averaged; training stops when
/// the validation loss no longer falls, and the best epoch's parameters are kept.</summary>
internal sealed class HeadTrainer : IDisposable
{
    private readonly FeatureRow _features;
    private readonly int _width;
    private readonly IReadOnlyList<TrainingTarget> _targets;
    private readonly TrainOptions _options;
    private readonly float[] _mean;
    private readonly float[] _scale;
    private readonly int _batch;
    private readonly TrainingSession _session;

    private HeadTrainer(
        FeatureRow features, int width, IReadOnlyList<int> train, IReadOnlyList<TrainingTarget> targets,
        TrainOptions options, int threads)
    {
        (_features, _width, _targets, _options) = (features, width, targets, options);
        (_mean, _scale) = Scaling(features, width, train);
        _batch = Math.Min(options.BatchSize, train.Count);
        _session = new TrainingSession(
            BuildTrainingGraph(), "loss", [.. HeadGraph.Layers(width, options, Outputs).SelectMany(l => l.Parameters).Select(p => p.Name)],
            (options.Optimizer == HeadOptimizer.Sgd ? new Sgd(options.Momentum, Nesterov: options.Momentum > 0)
                : (Optimizer)new AdamW()) with
            {
                WeightDecay = options.WeightDecay,
                ClipNorm = 1,
                Group = name => name.EndsWith(".bias", StringComparison.Ordinal) ? ParameterGroup.NoDecay
                    : new ParameterGroup(),
            },
            new TrainingSessionOptions { Seed = options.Seed, Threads = threads,
                Fetch = [.. Outputs.Select(o => o.Name)] });
    }

    private IReadOnlyList<OutputSpec> Outputs => [.. _targets.Select(t => t.Output)];

    /// <param name="features">Features of any image by index.</param>
    /// <param name="width">Features per image.</param>
    /// <param name="validation">Validation images; if empty, the training loss decides.</param>
    /// <param name="watch">Looks at every epoch and may end the training.</param>
    /// <param name="order">Chooses the training images of an epoch, as many as there are; null for all of them,
    /// shuffled.</param>
    public static TrainedModel Train(
        FeatureRow features, int width, IReadOnlyList<int> train, IReadOnlyList<int> validation,
        IReadOnlyList<TrainingTarget> targets, TrainOptions options, int threads = 0,
        IProgress<StepProgress>? progress = null, CancellationToken cancel = default, EpochWatch? watch = null,
        EpochOrder? order = null)
    {
        options.Check();
        if (train.Count == 0)
            throw new FaceBiasException(
                "No training image is left after curation and splitting; give more images or a smaller ‹NearDistance›.");
        using var trainer = new HeadTrainer(features, width, train, targets, options, threads);
        return trainer.Fit(train, validation, progress, cancel, watch, order);
    }

    public void Dispose() => _session.Dispose();

    private TrainedModel Fit(
        IReadOnlyList<int> train, IReadOnlyList<int> validation, IProgress<StepProgress>? progress,
        CancellationToken cancel,
        EpochWatch? watch, EpochOrder? chosen)
    {
        var order = train.ToArray();
        if (chosen is null && _options.Balance is { } name)
            chosen = BalancedOrder.Of(order,
                _targets.FirstOrDefault(t => t.Output.Name == name) ?? throw new FaceBiasException(
                $"‹Balance› names '{name}', which is no target; the targets are {string.Join(", ", _targets.Select(t => t.Output.Name))}."), _options.Seed).Draw;
        var steps = order.Length / _batch;
        var note = "";
        var planned = (long)steps * _options.Epochs;
        using var feed = new RowFeed(_batch, Fill);
        var judge = new TargetValidation(_session, feed, _targets, _options, validation, watch, cancel);
        var result = TrainingLoop.Run(new()
        {
            Session = _session,
            Feed = feed,
            Batch = _batch,
            Order = epoch =>
            {
                if (chosen is not null)
                {
                    (var rows, note) = chosen(epoch);
                    return rows;
                }
                // On from the order of the epoch before.
                BatchOrder.Shuffle(order, _options.Seed, epoch);
                return order;
            },
            Rate = _options.Schedule switch
            {
                HeadSchedule.Constant => Schedule.Constant(_options.LearningRate).WarmUp(steps),
                HeadSchedule.OneCycle => Schedule.OneCycle(_options.LearningRate, planned),
                _ => Schedule.Cosine(_options.LearningRate, planned).WarmUp(steps),
            },
            Epochs = _options.Epochs,
            Patience = _options.Patience,
            BeforeStep = images => TargetLosses.Fill(_session, _targets, _options, images.Span),
            Judge = (epoch, mean) =>
            {
                var judged = judge.Judge(epoch, mean);
                progress?.Report(new StepProgress(
                    "training", epoch, _options.Epochs, "epochs",
                    Note: FormattableString.Invariant(
                        $"loss {judged.Loss:0.0000}{(note.Length > 0 ? ", " + note : "")}")));
                return judged;
            },
            Diverged = epoch =>
                new($"Training diverged in epoch {epoch} (the loss is not a number); lower ‹TrainOptions.LearningRate›."),
            Cancel = cancel,
        });
        // Early stopping leaves epochs undone; the step is complete all the same.
        progress?.Report(new StepProgress("training", _options.Epochs, _options.Epochs, "epochs"));
        var heads = HeadGraph.ForInference(_mean, _scale, Outputs, _session.GetParameters(), _options);
        return new(heads, Outputs, result.History, result.BestEpoch);
    }

    private void Fill(ReadOnlyMemory<int> images)
    {
        var features = _session.Input<float>("features");
        for (var i = 0; i < images.Length; i++)
            _features(images.Span[i]).CopyTo(features.Slice(i * _width, _width));
    }

    private ModelProto BuildTrainingGraph()
    {
        var g = new GraphBuilder("heads");
        g.Input("features", DataType.Float, _batch, _width);
        foreach (var tensor in HeadGraph.Layers(_width, _options, Outputs).SelectMany(l => l.Uniform(_options.Seed)))
            g.Initializer(tensor);
        TargetLosses.Add(g, "features", _mean, _scale, _targets, _options, _batch);
        return g.Model;
    }

    /// <summary>Mean of each feature over the training images, and one over the geometric mean of its own deviation and
    /// the root mean variance of all; 0 for a feature that never varies.</summary>
    private static (float[] Mean, float[] Scale) Scaling(FeatureRow features, int width, IReadOnlyList<int> train)
    {
        var sum = new double[width];
        var squares = new double[width];
        foreach (var image in train)
        {
            var row = features(image);
            for (var i = 0; i < width; i++)
            {
                sum[i] += row[i];
                squares[i] += (double)row[i] * row[i];
            }
        }
        var mean = new float[width];
        var scale = new float[width];
        var variances = new double[width];
        for (var i = 0; i < width; i++)
        {
            var m = sum[i] / train.Count;
            mean[i] = (float)m;
            variances[i] = Math.Max(0, squares[i] / train.Count - m * m);
        }
        // Halfway between one factor for all, with which a layer of small numbers is not heard, and a deviation of one
        // each, with which a feature that hardly ever varies is as loud as the others. Measured better than either.
        var common = Math.Sqrt(variances.Average());
        for (var i = 0; i < width; i++)
            scale[i] = Math.Sqrt(variances[i]) > 1e-6 * (1 + Math.Abs(mean[i]))
                ? (float)(1 / Math.Sqrt(Math.Sqrt(variances[i]) * common)) : 0;
        return (mean, scale);
    }
}
