using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Finetune;

/// <summary>Trains the last layers of a backbone, or all, together with heads that were trained on its frozen features
/// before (Kumar et al. 2022: heads first, or their random start distorts the features). The epoch with the lowest
/// validation loss is kept, the start included. An interrupted training resumes bit for bit.</summary>
internal static class FinetuneTrainer
{
    /// <summary>Trains, or resumes.</summary>
    /// <param name="job">What, on what, how.</param>
    /// <param name="metadata">What the model shall say about itself.</param>
    /// <param name="watch">Looks at the start, as epoch 0, and at every epoch, and may end the training. It does not
    /// hear again of the epochs before an interruption.</param>
    /// <returns>The whole model of the best epoch.</returns>
    public static TrainedModel Train(
        FinetuneJob job, ModelMetadata metadata, IProgress<StepProgress>? progress = null,
        CancellationToken cancel = default, EpochWatch? watch = null)
    {
        FinetunePhase.Check(job.Options, job.Backbone);
        var phases = FinetunePhase.Of(job.Options, job.Backbone);
        for (var i = 0; ; i++)
        {
            var last = i == phases.Count - 1;
            // Phases that are over were done before an interruption.
            if (!last && FinetuneCheckpoint.EpochIn(job.Folder, job.Key) > phases[i].LastEpoch)
                continue;
            var input = phases.Count == 1 ? job.Backbone.Input
                : job.Backbone.Input with { Width = phases[i].Side, Height = phases[i].Side };
            var sized = job with { Backbone = job.Backbone with { Input = input } };
            var (trained, stopped) = Train(sized, phases[i], input != job.Backbone.Input, metadata, progress, watch,
                cancel);
            if (last || stopped)
                return trained;
        }
    }

    /// <summary>Trains one phase, from where the one before it ended.</summary>
    /// <param name="smaller">Whether pictures are smaller than the backbone's, and epochs not judged.</param>
    /// <returns>The best model so far, and whether the watch ends the training.</returns>
    private static (TrainedModel Model, bool Stopped) Train(FinetuneJob job, FinetunePhase phase, bool smaller,
        ModelMetadata metadata, IProgress<StepProgress>? progress, EpochWatch? watch, CancellationToken cancel)
    {
        var network = FinetuneNetwork.Build(job);
        using var session = network.CreateSession();
        using BatchFeed feed = network.Cut is not null && job.Options.Views > 0
            ? new ActivationFeed(job, network, progress, cancel) : new PixelFeed(job, network);
        var steps = job.Train.Count / job.Batch;
        var all = (long)job.Options.Epochs * steps * job.Batch;
        var cost = new FinetuneCost(network, session.Bytes, steps, job.Batch);
        progress?.Report(new StepProgress("fine-tuning", 0, all, "images", 0, cost.Expected));
        long ImagesDone(TrainingState state) => ((long)(state.Epoch - 1) * steps + state.Step) * job.Batch;
        var (resumedAt, stopped) = (0L, false);
        var validation = new TargetValidation(session, feed, job.Targets, job.HeadOptions, job.Validation, watch,
            cancel);
        var checkpoint = new FinetuneCheckpoint(job.Folder, job.Key,
            parameters => network.Finish(parameters, metadata));
        var result = TrainingLoop.Run(new()
        {
            Session = session,
            Feed = feed,
            Batch = job.Batch,
            Order = epoch =>
            {
                var order = job.Train.ToArray();
                BatchOrder.Shuffle(order, job.HeadOptions.Seed, epoch);
                return order;
            },
            Rate = Schedule.Cosine(job.Options.LearningRate, (long)steps * job.Options.Epochs)
                .WarmUp(Math.Min(steps, 100)),
            Epochs = phase.LastEpoch,
            // Epochs of smaller pictures are not judged.
            Patience = job.Options.Patience + (job.Options.StartSize == 0 ? 0 : job.Options.Epochs),
            Averages = true,
            BeforeStep = images => TargetLosses.Fill(session, job.Targets, job.HeadOptions, images.Span),
            AfterStep = (_, state) =>
                progress?.Report(
                    new StepProgress("fine-tuning", ImagesDone(state), all, "images", resumedAt, string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {state.Epoch}, loss {state.LossSum / state.Step:0.0000}, best validation "
                    + $"{state.BestLoss:0.0000}{cost.AfterStep()}"))),
            Started = state => resumedAt = ImagesDone(state),
            Judge = (epoch, loss) =>
            {
                var judged = smaller ? new(double.MaxValue, [], false) : validation.Judge(epoch, loss);
                stopped |= judged.Stop;
                return judged;
            },
            Diverged = epoch =>
                new($"Fine-tuning diverged in epoch {epoch} (the loss is not a number); lower "
                    + $"‹FinetuneOptions.LearningRate› and delete '{job.Folder}'."),
            Checkpoint = checkpoint,
            Cancel = cancel,
        });
        if (stopped || phase.LastEpoch == job.Options.Epochs)
            progress?.Report(new StepProgress("fine-tuning", all, all, "images"));
        return (new(OnnxFile.Read(checkpoint.Best), [.. job.Targets.Select(t => t.Output)], result.History,
            result.BestEpoch), stopped);
    }
}
