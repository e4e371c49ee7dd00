using System.Text.Json;
using FaceBias.Core.Heads.Fit;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Json;

namespace FaceBias.Core.Heads.Finetune;

/// <summary>The two checkpoints of a fine-tuning: <c>last.safetensors</c>, from which it resumes bit for bit, and
/// <c>best.onnx</c>, the whole model of the best epoch.</summary>
/// <param name="key">Names what the fine-tuning depends on.</param>
/// <param name="model">The whole model of some parameters.</param>
internal sealed class FinetuneCheckpoint(string folder, string key,
    Func<IReadOnlyDictionary<string, float[]>, ModelProto> model) : ITrainingCheckpoint
{
    private const string LastFile = "last.safetensors", BestFile = "best.onnx";

    private readonly string _last = Path.Combine(folder, LastFile);

    /// <summary>The model of the best epoch.</summary>
    public string Best { get; } = Path.Combine(folder, BestFile);

    public string Key => key;

    public void SaveBest(IReadOnlyDictionary<string, float[]> parameters) => OnnxFile.Write(model(parameters), Best);

    public void Save(TrainingSession session, TrainingState state) =>
        session.SaveCheckpoint(_last, JsonSerializer.Serialize(state, CoreJson.Compact));

    public TrainingState? Load(TrainingSession session)
    {
        if (!File.Exists(Best) || Progress(_last) is not { } state || state.Key != key)
            return null;
        session.LoadCheckpoint(_last);
        return state;
    }

    /// <summary>The key of the job whose last state is in a folder; null if there is none.</summary>
    public static string? KeyIn(string folder) => Progress(Path.Combine(folder, LastFile))?.Key;

    /// <summary>The epoch that the last state of a job in a folder is in; 0 if there is none.</summary>
    public static int EpochIn(string folder, string key) =>
        File.Exists(Path.Combine(folder, BestFile)) && Progress(Path.Combine(folder, LastFile)) is { } state
            && state.Key == key ? state.Epoch : 0;

    private static TrainingState? Progress(string last) => File.Exists(last)
        ? JsonSerializer.Deserialize<TrainingState>(TrainingSession.ReadProgress(last), CoreJson.Options) : null;
}
