using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Fit;

/// <summary>What the training loop does, in parts.</summary>
internal sealed record TrainingPlan
{
    public required TrainingSession Session { get; init; }

    /// <summary>Brings rows into the session.</summary>
    public required BatchFeed Feed { get; init; }

    /// <summary>The rows of an epoch from 1, in order; what does not fill a batch is left out.</summary>
    public required Func<int, int[]> Order { get; init; }

    /// <summary>Rows per step.</summary>
    public required int Batch { get; init; }

    /// <summary>Learning rate of every step.</summary>
    public required Schedule Rate { get; init; }

    /// <summary>Maximum number of epochs.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs without a better judgement before training ends; for <see cref="KeepBest"/>.</summary>
    public int Patience { get; init; } = int.MaxValue;

    /// <summary>Whether the best epoch is kept, or the last one.</summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>Whether epochs are judged and kept with the moving averages of the parameters.</summary>
    public bool Averages { get; init; }

    /// <summary>Judges an epoch from its number and mean training loss; by that loss unless set.</summary>
    public Func<int, double, Judgement> Judge { get; init; } = (_, mean) => new(mean, [], false);

    /// <summary>Fills inputs of the batch that do not belong to its rows.</summary>
    public Action<ReadOnlyMemory<int>>? BeforeStep { get; init; }

    /// <summary>Reads outputs of the batch.</summary>
    public Action<ReadOnlyMemory<int>, TrainingState>? AfterStep { get; init; }

    /// <summary>Told where training begins or resumes.</summary>
    public Action<TrainingState>? Started { get; init; }

    /// <summary>The error that a loss which is no number is, by epoch; null where training then ends with the best
    /// epoch so far.</summary>
    public Func<int, FaceBiasException>? Diverged { get; init; }

    /// <summary>Keeps the state and the best epoch on disk; null to keep the best in memory and nothing else.</summary>
    public ITrainingCheckpoint? Checkpoint { get; init; }

    /// <summary>Put before the name of the loss's curve.</summary>
    public string Stage { get; init; } = "";

    /// <summary>Ends after the step in flight, with a checkpoint where there are any.</summary>
    public CancellationToken Cancel { get; init; }
}

/// <summary>What an epoch is worth.</summary>
/// <param name="Loss">By what epochs are compared; smaller is better. NaN means that training diverged.</param>
/// <param name="Points">Its points of the training curves.</param>
/// <param name="Stop">Whether training ends here.</param>
internal readonly record struct Judgement(double Loss, IEnumerable<TrainingPoint> Points, bool Stop);

/// <summary>Where a training stands, beside the parameters and the optimizer's state.</summary>
/// <param name="Key">Of what it depends on; see <see cref="ITrainingCheckpoint.Key"/>.</param>
/// <param name="Epoch">The epoch in progress, from 1.</param>
/// <param name="Seconds">Time that they took.</param>
/// <param name="BestLoss">Lowest judgement so far.</param>
/// <param name="BestEpoch">Its epoch; 0 for the start.</param>
/// <param name="History">The training curves so far.</param>
internal sealed record TrainingState(
    string Key, int Epoch, int Step, double LossSum, double Seconds, double BestLoss, int BestEpoch,
    List<TrainingPoint> History);

/// <summary>How a training went.</summary>
/// <param name="BestEpoch">The kept epoch; 0 if none was better than the start.</param>
internal sealed record TrainingResult(IReadOnlyList<TrainingPoint> History, int BestEpoch)
{
    /// <summary>What each training row weighed in the steps up to the kept epoch, in no particular unit; null where
    /// that is not recorded.</summary>
    public double[]? RowWeights { get; init; }
}

/// <summary>Keeps a training on disk.</summary>
internal interface ITrainingCheckpoint
{
    /// <summary>Names what the training depends on; a state with another key is not resumed.</summary>
    string Key { get; }

    /// <summary>Takes up the last state, if there is one of this key.</summary>
    TrainingState? Load(TrainingSession session);

    /// <summary>Writes the last state.</summary>
    void Save(TrainingSession session, TrainingState state);

    /// <summary>Keeps the parameters of the best epoch. It comes before <see cref="Save"/>: should that be prevented,
    /// the same epoch is done again and keeps the same.</summary>
    void SaveBest(IReadOnlyDictionary<string, float[]> parameters);
}
