using FaceBias.Core.Heads.Fit;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Uncertainty.LastLayers;

/// <summary>Trains a further network beside finished heads, on the same rows and labels, by the one loop: the epoch
/// with the smallest validation loss is kept.</summary>
internal sealed class SideTraining
{
    private const int FewestEpochs = 18, MostEpochs = 200, FewestSteps = 2000, MostPerBatch = 128;
    private const double Rate = 1e-3, Decay = 1e-2;

    private readonly FittingRows _rows;
    private readonly string _name;
    private readonly TrainOptions _options = new();

    /// <summary>Looks at rows and labels.</summary>
    /// <param name="targets">Names of the targets to learn.</param>
    /// <param name="name">The wrapper's name, for the sentences.</param>
    public SideTraining(FittingRows rows, IEnumerable<string> targets, string name)
    {
        (_rows, _name) = (rows, name);
        if (rows.Train.Count == 0)
            throw new FaceBiasException(
                $"There is no training row, so '{name}' has nothing to learn from; give the images that the model was trained on.");
        Targets = [.. targets.Select(t => TrainingTarget.Create(rows.Labels(t), rows.Train, _options))];
        Batch = Math.Min(MostPerBatch, rows.Train.Count);
    }

    public IReadOnlyList<TrainingTarget> Targets { get; }

    /// <summary>Rows per step.</summary>
    public int Batch { get; }

    /// <param name="graph">Ends in <see cref="TargetLosses.Loss"/>; takes labels as <see cref="TargetLosses.Fill"/>
    /// gives them.</param>
    /// <param name="fill">Fills whatever stands for the features of some rows.</param>
    /// <returns>The trained values by name.</returns>
    public IReadOnlyDictionary<string, float[]> Run(
        ModelProto graph, IReadOnlyCollection<string> parameters, Action<TrainingSession, ReadOnlyMemory<int>> fill,
        Action<TrainingSession, ReadOnlyMemory<int>>? beforeStep = null)
    {
        using var session = new TrainingSession(graph, TargetLosses.Loss, parameters, new AdamW
        {
            WeightDecay = Decay,
            ClipNorm = 1,
            Group = name => name.EndsWith(".bias", StringComparison.Ordinal) ? ParameterGroup.NoDecay
                : new ParameterGroup(),
        }, new TrainingSessionOptions { Seed = _rows.Seed, Threads = _rows.Threads });
        using var feed = new RowFeed(Batch, rows =>
        {
            fill(session, rows);
            TargetLosses.Fill(session, Targets, _options, rows.Span);
        });
        // Few rows take more epochs: a network learns by steps.
        var steps = _rows.Train.Count / Batch;
        var epochs = Math.Clamp(FewestSteps / steps, FewestEpochs, MostEpochs);
        TrainingLoop.Run(new()
        {
            Session = session,
            Feed = feed,
            Batch = Batch,
            Order = epoch =>
            {
                var order = _rows.Train.ToArray();
                new RandomSource(_rows.Seed).Stream(_name + " order", epoch).Shuffle(order.AsSpan());
                return order;
            },
            Rate = Schedule.Cosine(Rate, (long)steps * epochs).WarmUp(steps),
            Epochs = epochs,
            Patience = epochs / 4,
            BeforeStep = beforeStep is null ? null : rows => beforeStep(session, rows),
            Judge = (epoch, mean) =>
            {
                var loss = _rows.Validation.Count == 0 ? mean : Validate(session, feed);
                _rows.Progress?.Report(
                    new StepProgress(_name, epoch, epochs, "epochs",
                        Note: FormattableString.Invariant($"loss {loss:0.0000}")));
                return new(loss, [], false);
            },
            Diverged = epoch =>
                new FaceBiasException(
                    $"'{_name}' diverged in epoch {epoch} (its loss is not a number); look for features or labels that are not finite."),
            Cancel = _rows.Cancel,
        });
        return session.GetParameters();
    }

    private double Validate(TrainingSession session, RowFeed feed)
    {
        var (sum, count) = (0.0, 0);
        foreach (var batch in feed.Batches(session, _rows.Validation.ToArray(), BatchFeed.Unchanged))
        {
            _rows.Cancel.ThrowIfCancellationRequested();
            sum += session.Evaluate() * batch.Count;
            count += batch.Count;
        }
        return sum / count;
    }
}
