using System.Text.Json;
using FaceBias.Core.Training;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Json;

namespace FaceBias.Core.Finetuning;

/// <summary>Where a fine-tuning stands, beside the parameters and the optimizer's state.</summary>
/// <param name="Key">Of the job.</param>
/// <param name="Epoch">The epoch in progress, from 1.</param>
/// <param name="Step">Steps done in it.</param>
/// <param name="LossSum">Sum of their losses.</param>
/// <param name="Seconds">Time that they took.</param>
/// <param name="BestLoss">Lowest validation loss so far.</param>
/// <param name="BestEpoch">Its epoch; 0 before fine-tuning.</param>
/// <param name="History">The training curves so far.</param>
internal sealed record FinetuneProgress(
    string Key, int Epoch, int Step, double LossSum, double Seconds, double BestLoss, int BestEpoch, List<TrainingPoint> History);

/// <summary>The two checkpoints of a fine-tuning: <c>last.safetensors</c>, from which it goes on bit for bit, and
/// <c>best.onnx</c>, the whole model of the best epoch.</summary>
internal sealed class FinetuneCheckpoint(string folder)
{
    private const string LastFile = "last.safetensors";

    private readonly string _last = Path.Combine(folder, LastFile);

    /// <summary>The model of the best epoch.</summary>
    public string Best { get; } = Path.Combine(folder, "best.onnx");

    /// <summary>Writes the best model. It comes before <see cref="Save"/>: should that be prevented, the same epoch is done
    /// again and writes the same model.</summary>
    public void SaveBest(ModelProto model) => OnnxFile.Write(model, Best);

    /// <summary>Writes the last state.</summary>
    public void Save(TrainingSession session, FinetuneProgress progress) =>
        session.SaveCheckpoint(_last, JsonSerializer.Serialize(progress, CoreJson.Compact));

    /// <summary>Takes up the last state, if there is one of this job.</summary>
    public FinetuneProgress? Load(TrainingSession session, string key)
    {
        if (!File.Exists(Best) || Progress(_last) is not { } progress || progress.Key != key)
            return null;
        session.LoadCheckpoint(_last);
        return progress;
    }

    /// <summary>The key of the job whose last state is in a folder; null if there is none.</summary>
    public static string? KeyIn(string folder) => Progress(Path.Combine(folder, LastFile))?.Key;

    private static FinetuneProgress? Progress(string last) => File.Exists(last)
        ? JsonSerializer.Deserialize<FinetuneProgress>(TrainingSession.ReadProgress(last), CoreJson.Options) : null;
}
