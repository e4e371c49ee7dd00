using FaceBias.Core.Reporting;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Training;

/// <summary>The features of an image, valid until the next call.</summary>
/// <param name="image">Index of the image.</param>
public delegate ReadOnlySpan<float> FeatureRow(int image);

/// <summary>Trained heads.</summary>
/// <param name="Graph">features [N, D] to one named output per target.</param>
/// <param name="Outputs">The outputs.</param>
/// <param name="History">Training curves.</param>
/// <param name="BestEpoch">The epoch whose parameters were kept.</param>
public sealed record TrainedHeads(
    ModelProto Graph, IReadOnlyList<OutputSpec> Outputs, IReadOnlyList<TrainingPoint> History, int BestEpoch);

/// <summary>
/// Trains a shared layer and one head per target on frozen features, by the graph engine of FaceBias.Onnx. Each target's
/// loss is divided by that of its best constant prediction, then they are averaged; training stops when the validation
/// loss no longer falls, and the best epoch's parameters are kept.
/// </summary>
public sealed class HeadTrainer : IDisposable
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
        FeatureRow features, int width, IReadOnlyList<int> train, IReadOnlyList<TrainingTarget> targets, TrainOptions options, int threads)
    {
        (_features, _width, _targets, _options) = (features, width, targets, options);
        (_mean, _scale) = Scaling(features, width, train);
        _batch = Math.Min(options.BatchSize, train.Count);
        _session = new TrainingSession(
            BuildTrainingGraph(), "loss", [.. HeadGraph.Parameters(width, options, Outputs).Select(p => p.Name)],
            new AdamW
            {
                WeightDecay = options.WeightDecay,
                ClipNorm = 1,
                Group = name => name.EndsWith(".bias", StringComparison.Ordinal) ? ParameterGroup.NoDecay : new ParameterGroup(),
            },
            new TrainingSessionOptions { Seed = options.Seed, Threads = threads, Fetch = [.. Outputs.Select(o => o.Name)] });
    }

    private IReadOnlyList<OutputSpec> Outputs => [.. _targets.Select(t => t.Output)];

    /// <summary>Trains.</summary>
    /// <param name="features">Features of any image by index.</param>
    /// <param name="width">Features per image.</param>
    /// <param name="train">Training images.</param>
    /// <param name="validation">Validation images; if empty, the training loss decides.</param>
    /// <param name="targets">What to predict.</param>
    /// <param name="options">How.</param>
    /// <param name="threads">Threads; 0 for one per core.</param>
    /// <param name="progress">One report per epoch.</param>
    /// <param name="cancel">Ends after the step in flight.</param>
    public static TrainedHeads Train(
        FeatureRow features, int width, IReadOnlyList<int> train, IReadOnlyList<int> validation,
        IReadOnlyList<TrainingTarget> targets, TrainOptions options, int threads = 0,
        IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (train.Count == 0)
            throw new FaceBiasException("No training image is left after curation and splitting; give more images or a smaller --near-distance.");
        using var trainer = new HeadTrainer(features, width, train, targets, options, threads);
        return trainer.Fit(train, validation, progress, cancel);
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private TrainedHeads Fit(
        IReadOnlyList<int> train, IReadOnlyList<int> validation, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var history = new List<TrainingPoint>();
        var order = train.ToArray();
        var steps = order.Length / _batch;
        var schedule = Schedule.Cosine(_options.LearningRate, (long)steps * _options.Epochs).WarmUp(steps);
        var best = (Loss: double.PositiveInfinity, Epoch: 0, Parameters: _session.GetParameters());
        for (var epoch = 1; epoch <= _options.Epochs && epoch - best.Epoch <= _options.Patience; epoch++)
        {
            new Random(unchecked((int)(_options.Seed * 1_000_003 + (ulong)epoch))).Shuffle(order);
            var sum = 0.0;
            for (var step = 0; step < steps; step++)
            {
                cancel.ThrowIfCancellationRequested();
                Fill(order.AsSpan(step * _batch, _batch));
                sum += _session.Step(schedule[_session.StepCount]);
            }
            history.Add(new TrainingPoint(epoch, "loss/train", sum / steps));
            var loss = validation.Count == 0 ? sum / steps : Validate(validation, epoch, history, cancel);
            if (double.IsNaN(loss))
                throw new FaceBiasException(
                    $"Training diverged in epoch {epoch} (the loss is not a number); lower --learning-rate.");
            if (loss < best.Loss)
                best = (loss, epoch, _session.GetParameters());
            progress?.Report(new StepProgress(
                "training", epoch, _options.Epochs, "epochs", Note: FormattableString.Invariant($"loss {loss:0.0000}")));
        }
        // Early stopping leaves epochs undone; the step is complete all the same.
        progress?.Report(new StepProgress("training", _options.Epochs, _options.Epochs, "epochs"));
        var heads = HeadGraph.ForInference(_mean, _scale, Outputs, best.Parameters, _options);
        return new TrainedHeads(heads, Outputs, history, best.Epoch);
    }

    private double Validate(IReadOnlyList<int> images, int epoch, List<TrainingPoint> history, CancellationToken cancel)
    {
        var rows = images.ToArray();
        var losses = 0.0;
        var figures = _targets.Select(t => (Sum: 0.0, Count: 0)).ToArray();
        for (var start = 0; start < rows.Length; start += _batch)
        {
            cancel.ThrowIfCancellationRequested();
            var part = rows.AsSpan(start, Math.Min(_batch, rows.Length - start));
            Fill(part);
            losses += _session.Evaluate() * part.Length;
            for (var t = 0; t < _targets.Count; t++)
            {
                var output = _session.Output<float>(_targets[t].Output.Name);
                for (var i = 0; i < part.Length; i++)
                {
                    if (_targets[t].IsMissing(part[i]))
                        continue;
                    figures[t].Count++;
                    figures[t].Sum += _targets[t].Output is CategoricalOutput c
                        ? Largest(output.Slice(i * c.Classes.Count, c.Classes.Count)) == _targets[t].Codes[part[i]] ? 1 : 0
                        : Math.Abs(output[i] - _targets[t].Values[part[i]]);
                }
            }
        }
        history.Add(new TrainingPoint(epoch, "loss/validation", losses / rows.Length));
        for (var t = 0; t < _targets.Count; t++)
            if (figures[t].Count > 0)
                history.Add(new TrainingPoint(
                    epoch, $"{_targets[t].Output.Name} {(_targets[t].Output is CategoricalOutput ? "accuracy" : "MAE")}/validation",
                    figures[t].Sum / figures[t].Count));
        return losses / rows.Length;
    }

    /// <summary>Fills the batch; rows beyond the images given weigh nothing.</summary>
    private void Fill(ReadOnlySpan<int> images)
    {
        var features = _session.Input<float>("features");
        for (var i = 0; i < images.Length; i++)
            _features(images[i]).CopyTo(features.Slice(i * _width, _width));
        foreach (var target in _targets)
        {
            var name = target.Output.Name;
            var weights = _session.Input<float>(name + ".weights");
            weights.Clear();
            if (target.Output is NumericOutput n)
            {
                var distributions = _session.Input<float>(name + ".distribution");
                var values = _session.Input<float>(name + ".value");
                distributions.Clear();
                for (var i = 0; i < images.Length; i++)
                {
                    if (target.IsMissing(images[i]))
                        continue;
                    weights[i] = 1;
                    values[i] = (float)target.Values[images[i]];
                    TrainingTarget.Distribution(n, target.Values[images[i]], _options.LabelSmoothing, distributions.Slice(i * n.Bins, n.Bins));
                }
            }
            else
            {
                var labels = _session.Input<long>(name + ".label");
                labels.Clear();
                for (var i = 0; i < images.Length; i++)
                {
                    if (target.IsMissing(images[i]))
                        continue;
                    weights[i] = 1;
                    labels[i] = target.Codes[images[i]];
                }
            }
        }
    }

    private ModelProto BuildTrainingGraph()
    {
        var g = new GraphBuilder("heads");
        g.Input("features", DataType.Float, _batch, _width);
        foreach (var (name, shape) in HeadGraph.Parameters(_width, _options, Outputs))
        {
            long[] dims = [.. shape.Select(d => (long)d)];
            g.Initializer(shape.Length == 1
                ? Initialisation.Constant(name, 0, dims)
                : name.StartsWith("hidden.", StringComparison.Ordinal)
                    ? Initialisation.He(name, _options.Seed, dims[0], dims)
                    : Initialisation.Xavier(name, _options.Seed, dims[0], dims[1], dims));
        }
        var logits = HeadGraph.AddLogits(g, "features", _mean, _scale, _options.Members, Outputs, (value, where) =>
        {
            var rate = where == "input" ? _options.InputDropout : _options.Dropout;
            return rate > 0 ? g.Add("Dropout", value, g.Constant((float)rate)) : value;
        });
        var losses = _targets.Select(t =>
        {
            var members = HeadGraph.AddOutput(g, t.Output, logits[t.Output.Name]);
            return (Loss(g, t, logits[t.Output.Name], members), 1.0 / _targets.Count);
        }).ToArray();
        g.Output(g.Add("Identity", [Losses.Combine(g, losses)], [], "loss"), DataType.Float);
        return g.Model;
    }

    /// <summary>The mean of the members' losses, each of which learns for itself.</summary>
    private string Loss(GraphBuilder g, TrainingTarget target, string[] logits, string[] outputs)
    {
        var name = target.Output.Name;
        var weights = g.Input(name + ".weights", DataType.Float, _batch);
        if (target.Output is NumericOutput n)
        {
            var distribution = g.Input(name + ".distribution", DataType.Float, _batch, n.Bins);
            var value = g.Input(name + ".value", DataType.Float, _batch, 1);
            var share = 1 / (1 + _options.ExpectationWeight);
            return Losses.Combine(g, [.. logits.Select((l, m) => (Losses.Combine(g,
                (Losses.SoftCrossEntropy(g, l, distribution, weights), share / target.BaselineCrossEntropy),
                (Losses.L1(g, outputs[m], value, weights), (1 - share) / target.BaselineAbsoluteError)), 1.0 / logits.Length))]);
        }
        var label = g.Input(name + ".label", DataType.Int64, _batch);
        return Losses.Combine(g, [.. logits.Select(l => (Losses.SoftmaxCrossEntropy(
            g, l, label, HeadGraph.Logits(target.Output), target.ClassWeights, sampleWeights: weights),
            1 / (target.BaselineCrossEntropy * logits.Length)))]);
    }

    /// <summary>Mean of each feature and one over the root mean variance of all, over the training images.</summary>
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
        // One factor for all: a feature that hardly ever varies says little, and a deviation of one each would make it as
        // loud as the others.
        var common = Math.Sqrt(variances.Average());
        for (var i = 0; i < width; i++)
            scale[i] = Math.Sqrt(variances[i]) > 1e-6 * (1 + Math.Abs(mean[i])) ? (float)(1 / common) : 0;
        return (mean, scale);
    }

    private static int Largest(ReadOnlySpan<float> values)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
            if (values[i] > values[best])
                best = i;
        return best;
    }
}
