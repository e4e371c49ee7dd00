using System.Diagnostics;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Fit;

/// <summary>The one training loop: epochs of steps, a judgement after each, the best epoch kept, patience, and
/// checkpoints from which an interrupted training resumes bit for bit. What is trained, on what, and what is good come
/// from its <see cref="TrainingPlan"/>.</summary>
internal sealed class TrainingLoop
{
    /// <summary>An interruption without warning costs at most this much work.</summary>
    private static readonly TimeSpan SaveInterval = TimeSpan.FromMinutes(1);

    private readonly TrainingPlan _plan;
    private readonly TrainingSession _session;
    private TrainingState _state;
    private IReadOnlyDictionary<string, float[]>? _best;
    private bool _ended;

    private TrainingLoop(TrainingPlan plan)
    {
        (_plan, _session) = (plan, plan.Session);
        _state = plan.Checkpoint?.Load(_session) ?? Begin();
    }

    /// <summary>Trains, or resumes; the kept epoch's parameters are in the session afterwards.</summary>
    /// <exception cref="FaceBiasException">It diverged, and the plan says that this is an error.</exception>
    public static TrainingResult Run(TrainingPlan plan) => new TrainingLoop(plan).Run();

    private TrainingResult Run()
    {
        _plan.Started?.Invoke(_state);
        while (!_ended && _state.Epoch <= _plan.Epochs
            && !(_plan.KeepBest && _state.Epoch - _state.BestEpoch > _plan.Patience))
            if (!TrainEpoch() || !EndEpoch())
            {
                if (_plan.Diverged?.Invoke(_state.Epoch) is { } error)
                    throw error;
                break;
            }
        if (_best is not null)
            _session.SetParameters(_best);
        return new(_state.History, _plan.KeepBest ? _state.BestEpoch : _state.Epoch - 1);
    }

    private TrainingState Begin()
    {
        // JSON knows no infinity; the largest number stands for "none yet".
        _state = new(_plan.Checkpoint?.Key ?? "", 1, 0, 0, 0, double.MaxValue, 0, []);
        if (_plan.Checkpoint is not { } checkpoint)
            return _state;
        // The start is what training has to beat.
        var judged = _plan.Judge(0, double.MaxValue);
        _state.History.AddRange(judged.Points);
        _state = _state with { BestLoss = Finite(judged.Loss) };
        _ended = judged.Stop;
        checkpoint.SaveBest(_session.GetParameters());
        checkpoint.Save(_session, _state);
        return _state;
    }

    /// <returns>False if a loss was not finite.</returns>
    private bool TrainEpoch()
    {
        var order = _plan.Order(_state.Epoch);
        var steps = order.Length / _plan.Batch;
        var rest = new ArraySegment<int>(order, _state.Step * _plan.Batch, (steps - _state.Step) * _plan.Batch);
        var (saved, clock, before) = (Stopwatch.StartNew(), Stopwatch.StartNew(), _state.Seconds);
        _plan.Cancel.ThrowIfCancellationRequested();
        foreach (var rows in _plan.Feed.Batches(_session, rest, _state.Epoch))
        {
            _plan.BeforeStep?.Invoke(rows);
            var loss = _session.Step(_plan.Rate[_session.StepCount]);
            if (!float.IsFinite(loss))
                return false;
            _state = _state with { Step = _state.Step + 1, LossSum = _state.LossSum + loss,
                Seconds = before + clock.Elapsed.TotalSeconds };
            _plan.AfterStep?.Invoke(rows, _state);
            if (_plan.Checkpoint is { } checkpoint
                && (_plan.Cancel.IsCancellationRequested || saved.Elapsed > SaveInterval))
            {
                checkpoint.Save(_session, _state);
                saved.Restart();
            }
            _plan.Cancel.ThrowIfCancellationRequested();
        }
        return true;
    }

    /// <returns>False if the judgement is not a number.</returns>
    private bool EndEpoch()
    {
        // Whoever is stopped during the judgement resumes from here.
        _plan.Checkpoint?.Save(_session, _state);
        var epoch = _state.Epoch;
        var mean = _state.LossSum / _state.Step;
        var trained = _plan.Averages ? _session.GetParameters() : null;
        if (trained is not null)
            _session.SetParameters(_session.GetAverages());
        var judged = _plan.Judge(epoch, mean);
        if (double.IsNaN(judged.Loss))
            return false;
        _state.History.Add(new(epoch, $"{_plan.Stage}loss/train", mean));
        _state.History.AddRange(judged.Points);
        if (_plan.Checkpoint is not null)
            _state.History.Add(new(epoch, "seconds/train", Math.Round(_state.Seconds, 1)));
        if (judged.Loss < _state.BestLoss)
        {
            if (_plan.Checkpoint is { } checkpoint)
                checkpoint.SaveBest(_session.GetParameters());
            else if (_plan.KeepBest)
                _best = _session.GetParameters();
            _state = _state with { BestLoss = judged.Loss, BestEpoch = epoch };
        }
        if (trained is not null)
            _session.SetParameters(trained);
        _ended = judged.Stop;
        _state = _state with { Epoch = epoch + 1, Step = 0, LossSum = 0, Seconds = 0 };
        _plan.Checkpoint?.Save(_session, _state);
        return true;
    }

    private static double Finite(double loss) => double.IsFinite(loss) ? loss : double.MaxValue;
}
