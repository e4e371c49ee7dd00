using System.Numerics.Tensors;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Fit;

/// <summary>Judges epochs by the validation images: the mean loss, or whatever a watch makes of the outputs; without
/// such images by the training loss.</summary>
/// <param name="session">A session whose graph ends as <see cref="TargetLosses"/> adds it.</param>
/// <param name="images">The validation images.</param>
/// <param name="watch">Looks at every epoch; null to compare losses.</param>
internal sealed class TargetValidation(
    TrainingSession session, BatchFeed feed, IReadOnlyList<TrainingTarget> targets, TrainOptions options,
    IReadOnlyList<int> images,
    EpochWatch? watch, CancellationToken cancel)
{
    /// <summary>Judges the parameters that the session has.</summary>
    /// <param name="epoch">The epoch; 0 for the start.</param>
    /// <param name="trainingLoss">Its mean training loss.</param>
    public Judgement Judge(int epoch, double trainingLoss)
    {
        var outputs = new PredictionColumns([.. targets.Select(t => t.Output)], watch is null ? 0 : images.Count);
        var (loss, points) = images.Count == 0 ? (trainingLoss, []) : Evaluate(epoch, outputs);
        if (watch is null || double.IsNaN(loss))
            return new(loss, points, false);
        var verdict = watch(new EpochReport(epoch, loss, outputs));
        return new(double.IsNaN(verdict.Score) ? double.MaxValue : verdict.Score, points, verdict.Stop);
    }

    private (double Loss, List<TrainingPoint> Points) Evaluate(int epoch, PredictionColumns outputs)
    {
        var metrics = new (double Sum, int Count)[targets.Count];
        var (loss, done) = (0.0, 0);
        foreach (var batch in feed.Batches(session, images.ToArray(), BatchFeed.Unchanged))
        {
            cancel.ThrowIfCancellationRequested();
            TargetLosses.Fill(session, targets, options, batch);
            loss += session.Evaluate() * batch.Count;
            for (var t = 0; t < targets.Count; t++)
                Add(ref metrics[t], targets[t], session.Output<float>(targets[t].Output.Name), batch);
            if (watch is not null)
                outputs.Set([.. Enumerable.Range(done, batch.Count)],
                    [.. targets.Select(t => session.Output<float>(t.Output.Name).ToArray())]);
            done += batch.Count;
        }
        var points = new List<TrainingPoint> { new(epoch, "loss/validation", loss / done) };
        for (var t = 0; t < targets.Count; t++)
            if (metrics[t].Count > 0)
                points.Add(new(epoch,
                    $"{targets[t].Output.Name} "
                        + $"{(targets[t].Output is CategoricalOutput ? "accuracy" : "MAE")}/validation",
                    metrics[t].Sum / metrics[t].Count));
        return (loss / done, points);
    }

    private static void Add(ref (double Sum, int Count) metric, TrainingTarget target, ReadOnlySpan<float> output,
        ReadOnlySpan<int> images)
    {
        for (var i = 0; i < images.Length; i++)
        {
            if (target.IsMissing(images[i]))
                continue;
            metric.Count++;
            metric.Sum += target.Output is CategoricalOutput c
                ? TensorPrimitives.IndexOfMax(
                    output.Slice(i * c.Classes.Count, c.Classes.Count)) == target.Codes[images[i]] ? 1 : 0
                : Math.Abs(output[i] - target.Values[images[i]]);
        }
    }
}
