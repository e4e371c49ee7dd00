using FaceBias.Core.Heads.Fit;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Something done with the rows of a batch.</summary>
internal delegate void RowAction(ReadOnlySpan<int> rows);

/// <summary>How a network is fitted.</summary>
internal sealed record FitPlan
{
    /// <summary>The rows of each epoch.</summary>
    public required BatchSampler Sampler { get; init; }

    /// <summary>Learning rate of every step.</summary>
    public required double Rate { get; init; }

    /// <summary>Maximum number of epochs; the task's if null.</summary>
    public int? Epochs { get; init; }

    /// <summary>Whether the epoch with the best score is kept, or the last one.</summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>Fills a method's own inputs before a step.</summary>
    public RowAction? Before { get; init; }

    /// <summary>Reads a method's own outputs after a step.</summary>
    public RowAction? After { get; init; }

    /// <summary>What a row weighed in the step just made, from the row and its place in the batch; null where the input
    /// "weight" says it, or all rows weigh the same.</summary>
    public Func<int, int, double>? RowWeight { get; init; }

    /// <summary>Called with the outputs on the validation rows after an epoch; true ends the stage.</summary>
    public Func<float[], bool>? EpochEnd { get; init; }

    /// <summary>Put before the names of the curves of an inner stage; null for the method's own curves.</summary>
    public string? Stage { get; init; }
}

/// <summary>Fits the network of a method: the training loop, judged by the rule of selection on the validation
/// rows.</summary>
internal static class HeadFit
{
    /// <summary>Fits and leaves the kept parameters in the network.</summary>
    public static TrainingResult Run(MitigationTask task, HeadNetwork net, FitPlan plan)
    {
        if (plan.Sampler.Count < net.Batch)
            throw new FaceBiasException(
                $"{plan.Sampler.Count} training rows do not fill a batch of {net.Batch}; use a smaller ‹BatchSize›.");
        var stage = plan.Stage is null ? "" : plan.Stage + " ";
        var weights = new double[task.Train.Rows];
        (double Score, double[] Weights) kept = (double.NegativeInfinity, weights);
        using var feed = new RowFeed(net.Batch, rows => net.Fill(task.Train, rows.Span));
        var result = TrainingLoop.Run(new()
        {
            Session = net.Session,
            Feed = feed,
            Batch = net.Batch,
            Order = plan.Sampler.Epoch,
            Rate = Schedule.Constant(plan.Rate),
            Epochs = plan.Epochs ?? task.FinalEpochs ?? task.Epochs,
            Patience = task.Patience,
            KeepBest = plan.KeepBest && task.FinalEpochs is null,
            BeforeStep = rows => plan.Before?.Invoke(rows.Span),
            AfterStep = (rows, _) =>
            {
                plan.After?.Invoke(rows.Span);
                Weigh(rows.Span);
            },
            Stage = stage,
            Judge = Judge,
            Cancel = task.Cancel,
        });
        return result.BestEpoch > 0 ? result with { RowWeights = kept.Weights } : throw new TrainingDivergedException();

        void Weigh(ReadOnlySpan<int> rows)
        {
            var input = net.IsWeighted ? net.Session.Input<float>(HeadNetwork.WeightInput) : [];
            for (var i = 0; i < rows.Length; i++)
                weights[rows[i]] += plan.RowWeight?.Invoke(rows[i], i) ?? (input.IsEmpty ? 1 : input[i]);
        }

        Judgement Judge(int epoch, double loss)
        {
            var outputs = net.Predict(task.Validation);
            var (metrics, score) = task.Assess(outputs);
            // The same comparison as the loop's, so that the weights are those up to the epoch that it keeps.
            if (plan.KeepBest && task.FinalEpochs is null && score > kept.Score)
                kept = (score, [.. weights]);
            var ended = plan.EpochEnd?.Invoke(outputs) == true
                || (plan.Stage is null && task.OnEpoch?.Invoke(
                    new(epoch, loss, metrics.Worst, metrics.GroupAverage, score) { Validation = metrics }) == false);
            return new(-score, [new(epoch, $"{stage}worst group/validation", metrics.Worst),
                new(epoch, $"{stage}group average/validation", metrics.GroupAverage)], ended);
        }
    }
}

/// <summary>The loss of a trial became infinite or not a number in its first epoch: its settings do not work.</summary>
internal sealed class TrainingDivergedException()
    : FaceBiasException("Training diverged in its first epoch: the loss is not a number; use a smaller learning rate.");
