using FaceBias.Core.Training;

namespace FaceBias.Core.Mitigation;

/// <summary>How a network is fitted.</summary>
internal sealed record FitPlan
{
    /// <summary>The rows of each epoch.</summary>
    public required BatchSampler Sampler { get; init; }

    /// <summary>Learning rate of every step.</summary>
    public required double Rate { get; init; }

    /// <summary>Most epochs; the task's if null.</summary>
    public int? Epochs { get; init; }

    /// <summary>Whether the epoch with the best score is kept, or the last one.</summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>Fills a method's own inputs before a step.</summary>
    public Action<int[]>? Before { get; init; }

    /// <summary>Reads a method's own outputs after a step.</summary>
    public Action<int[]>? After { get; init; }

    /// <summary>Called with the outputs on the validation rows after an epoch; true ends the stage.</summary>
    public Func<float[], bool>? EpochEnd { get; init; }

    /// <summary>Put before the names of the curves of an inner stage; null for the method's own curves.</summary>
    public string? Stage { get; init; }
}

/// <summary>The training loop of all methods: epochs of steps, figures on the validation rows, the best epoch kept.</summary>
internal static class HeadFit
{
    /// <summary>Fits and leaves the kept parameters in the network.</summary>
    /// <returns>Curves and the kept epoch.</returns>
    public static (List<TrainingPoint> History, int BestEpoch, double Score) Run(MitigationTask task, HeadNetwork net, FitPlan plan)
    {
        var history = new List<TrainingPoint>();
        var steps = plan.Sampler.Count / net.Batch;
        if (steps == 0)
            throw new FaceBiasException($"{plan.Sampler.Count} training rows do not fill a batch of {net.Batch}; use a smaller --batch.");
        var rows = new int[net.Batch];
        var epochs = plan.Epochs ?? task.FinalEpochs ?? task.Epochs;
        var keepBest = plan.KeepBest && task.FinalEpochs is null;
        var best = (Score: double.NegativeInfinity, Epoch: 0, Parameters: default(Dictionary<string, float[]>));
        var stage = plan.Stage is null ? "" : plan.Stage + " ";
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            var order = plan.Sampler.Epoch(epoch);
            var sum = 0.0;
            for (var step = 0; step < steps; step++)
            {
                task.Cancel.ThrowIfCancellationRequested();
                order.AsSpan(step * net.Batch, net.Batch).CopyTo(rows);
                net.Fill(task.Train, rows);
                plan.Before?.Invoke(rows);
                sum += net.Session.Step(plan.Rate);
                plan.After?.Invoke(rows);
            }
            if (!double.IsFinite(sum))
                break;
            var outputs = net.Predict(task.Validation);
            var (figures, score) = task.Assess(outputs);
            history.Add(new(epoch, $"{stage}loss/train", sum / steps));
            history.Add(new(epoch, $"{stage}worst group/validation", figures.Worst));
            history.Add(new(epoch, $"{stage}group average/validation", figures.GroupAverage));
            if (score > best.Score)
                best = (score, epoch, keepBest ? net.Session.GetParameters() : null);
            var ended = plan.EpochEnd?.Invoke(outputs) == true;
            if (ended || (plan.Stage is null && task.OnEpoch?.Invoke(new(epoch, sum / steps, figures, score)) == false))
                break;
            if (keepBest && epoch - best.Epoch >= task.Patience)
                break;
        }
        if (best.Epoch == 0)
            throw new TrainingDivergedException();
        if (best.Parameters is { } kept)
            net.Session.SetParameters(kept);
        return (history, keepBest ? best.Epoch : history[^1].Epoch, best.Score);
    }
}

/// <summary>The loss of a trial became infinite or not a number in its first epoch: its settings do not work.</summary>
public sealed class TrainingDivergedException() : FaceBiasException("Training diverged in its first epoch: the loss is not a number; use a smaller learning rate.");
