using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Training;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Finetuning;

/// <summary>
/// Trains the last layers of a backbone, or all, together with heads that were trained on its frozen features before
/// (Kumar et al. 2022: heads first, or their random start distorts the features). The epoch with the lowest validation
/// loss is kept, the start included. An interrupted training goes on where it was, bit for bit.
/// </summary>
internal sealed class FinetuneTrainer : IDisposable
{
    /// <summary>An interruption without warning costs at most this much work.</summary>
    private static readonly TimeSpan SaveInterval = TimeSpan.FromMinutes(1);

    private readonly FinetuneJob _job;
    private readonly FinetuneNetwork _network;
    private readonly ModelMetadata _metadata;
    private readonly TrainingFeed _feed;
    private readonly TrainingSession _session;
    private readonly FinetuneCheckpoint _checkpoint;
    private readonly IProgress<StepProgress>? _progress;
    private readonly CancellationToken _cancel;
    private readonly int _steps;
    private readonly Schedule _schedule;
    private readonly EpochWatch? _watch;
    private FinetuneProgress _state = null!;
    private bool _stop;
    private long _resumedAt;

    private FinetuneTrainer(FinetuneJob job, ModelMetadata metadata, IProgress<StepProgress>? progress, CancellationToken cancel, EpochWatch? watch)
    {
        (_job, _metadata, _progress, _cancel, _watch) = (job, metadata, progress, cancel, watch);
        _network = FinetuneNetwork.Build(job);
        _session = _network.CreateSession();
        _feed = _network.Cut is not null && job.Options.Views > 0
            ? new ActivationFeed(job, _network, progress, cancel) : new PixelFeed(job, _network);
        _checkpoint = new FinetuneCheckpoint(job.Folder);
        _steps = job.Train.Count / job.Batch;
        _schedule = Schedule.Cosine(job.Options.LearningRate, (long)_steps * job.Options.Epochs).WarmUp(Math.Min(_steps, 100));
    }

    /// <summary>Trains, or goes on training.</summary>
    /// <param name="job">What, on what, how.</param>
    /// <param name="metadata">What the model shall say about itself.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancel">Ends after the step in flight, with a checkpoint.</param>
    /// <param name="watch">Looks at the start, as epoch 0, and at every epoch, and may end the training. It does not hear again of
    /// the epochs before an interruption.</param>
    /// <returns>The file of the best model, and the training curves.</returns>
    public static (string Model, IReadOnlyList<TrainingPoint> History) Train(
        FinetuneJob job, ModelMetadata metadata, IProgress<StepProgress>? progress = null, CancellationToken cancel = default, EpochWatch? watch = null)
    {
        using var trainer = new FinetuneTrainer(job, metadata, progress, cancel, watch);
        return trainer.Fit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _feed.Dispose();
    }

    private (string, IReadOnlyList<TrainingPoint>) Fit()
    {
        _state = _checkpoint.Load(_session, _job.Key) ?? Begin();
        _resumedAt = ImagesDone;
        while (!_stop && _state.Epoch <= _job.Options.Epochs && _state.Epoch - _state.BestEpoch <= _job.Options.Patience)
        {
            TrainEpoch();
            EndEpoch();
        }
        _progress?.Report(new StepProgress("fine-tuning", AllImages, AllImages, "images"));
        return (_checkpoint.Best, _state.History);
    }

    private long ImagesDone => ((long)(_state.Epoch - 1) * _steps + _state.Step) * _job.Batch;

    private long AllImages => (long)_job.Options.Epochs * _steps * _job.Batch;

    /// <summary>The heads on the frozen features are what has to be beaten.</summary>
    private FinetuneProgress Begin()
    {
        _state = new FinetuneProgress(_job.Key, 1, 0, 0, 0, double.PositiveInfinity, 0, []);
        if (_job.Validation.Count > 0)
        {
            var (figures, outputs) = Validate();
            _state = _state with { BestLoss = Score(0, figures.Loss, outputs) };
            _state.History.AddRange(figures.ToPoints(0));
        }
        else
        {
            // Without validation the last epochs decide; a number that JSON knows stands for "none yet".
            _state = _state with { BestLoss = _watch is null ? double.MaxValue : Score(0, double.MaxValue, new PredictionColumns(Outputs, 0)) };
        }
        _checkpoint.SaveBest(_network.Finish(_session.GetParameters(), _metadata));
        _checkpoint.Save(_session, _state);
        return _state;
    }

    private void TrainEpoch()
    {
        var order = _job.Train.ToArray();
        new Random(unchecked((int)(_job.HeadOptions.Seed * 1_000_003 + (ulong)_state.Epoch))).Shuffle(order);
        var rest = new ArraySegment<int>(order, _state.Step * _job.Batch, (_steps - _state.Step) * _job.Batch);
        var (saved, clock, before) = (Stopwatch.StartNew(), Stopwatch.StartNew(), _state.Seconds);
        foreach (var images in _feed.Batches(_session, rest, _state.Epoch))
        {
            TargetLosses.Fill(_session, _job.Targets, _job.HeadOptions, images);
            var loss = _session.Step(_schedule[_session.StepCount]);
            if (!float.IsFinite(loss))
                throw new FaceBiasException(
                    $"Fine-tuning diverged in epoch {_state.Epoch} (the loss is not a number); lower --finetune-rate and delete '{_job.Folder}'.");
            _state = _state with
            {
                Step = _state.Step + 1,
                LossSum = _state.LossSum + loss,
                Seconds = before + clock.Elapsed.TotalSeconds,
            };
            _progress?.Report(new StepProgress("fine-tuning", ImagesDone, AllImages, "images", _resumedAt, string.Create(
                CultureInfo.InvariantCulture, $"epoch {_state.Epoch}, loss {_state.LossSum / _state.Step:0.0000}, best validation {_state.BestLoss:0.0000}")));
            if (_cancel.IsCancellationRequested || saved.Elapsed > SaveInterval)
            {
                _checkpoint.Save(_session, _state);
                saved.Restart();
            }
            _cancel.ThrowIfCancellationRequested();
        }
    }

    private void EndEpoch()
    {
        // Whoever is stopped during the validation goes on from here.
        _checkpoint.Save(_session, _state);
        var epoch = _state.Epoch;
        var mean = _state.LossSum / _steps;
        var trained = _session.GetParameters();
        var kept = _session.GetAverages();
        _session.SetParameters(kept);
        var (figures, outputs) = _job.Validation.Count > 0 ? Validate() : (null, new PredictionColumns(Outputs, 0));
        var loss = figures?.Loss ?? mean;
        if (double.IsNaN(loss))
            throw new FaceBiasException($"Fine-tuning diverged in epoch {epoch}; lower --finetune-rate and delete '{_job.Folder}'.");
        _state.History.Add(new TrainingPoint(epoch, "loss/train", mean));
        if (figures is not null)
            _state.History.AddRange(figures.ToPoints(epoch));
        _state.History.Add(new TrainingPoint(epoch, "seconds/train", Math.Round(_state.Seconds, 1)));
        var score = Score(epoch, loss, outputs);
        if (score < _state.BestLoss)
        {
            _checkpoint.SaveBest(_network.Finish(kept, _metadata));
            _state = _state with { BestLoss = score, BestEpoch = epoch };
        }
        _session.SetParameters(trained);
        _state = _state with { Epoch = epoch + 1, Step = 0, LossSum = 0, Seconds = 0 };
        _checkpoint.Save(_session, _state);
    }

    private OutputSpec[] Outputs => [.. _job.Targets.Select(t => t.Output)];

    /// <summary>By what an epoch is compared with others; smaller is better.</summary>
    private double Score(int epoch, double loss, PredictionColumns outputs)
    {
        if (_watch is null)
            return loss;
        var verdict = _watch(new EpochReport(epoch, loss, outputs));
        _stop |= verdict.Stop;
        return verdict.Score;
    }

    private (ValidationFigures Figures, PredictionColumns Outputs) Validate()
    {
        var figures = new ValidationFigures(_job.Targets);
        var outputs = new PredictionColumns(Outputs, _watch is null ? 0 : _job.Validation.Count);
        var done = 0;
        foreach (var images in _feed.Batches(_session, _job.Validation.ToArray(), TrainingFeed.Unchanged))
        {
            _cancel.ThrowIfCancellationRequested();
            TargetLosses.Fill(_session, _job.Targets, _job.HeadOptions, images);
            figures.Add(_session, images);
            if (_watch is not null)
                outputs.Set([.. Enumerable.Range(done, images.Count)], [.. _job.Targets.Select(t => _session.Output<float>(t.Output.Name).ToArray())]);
            done += images.Count;
        }
        return (figures, outputs);
    }
}
