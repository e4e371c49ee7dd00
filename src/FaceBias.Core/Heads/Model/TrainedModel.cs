using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Heads.Model;

/// <summary>What a training leaves behind, whatever was trained.</summary>
/// <param name="Graph">Heads, from unscaled <c>features</c> [N, D], or after fine-tuning the whole model, from
/// <c>pixels</c>, to one named output per target: probabilities [N, classes] or values [N, 1].</param>
/// <param name="BestEpoch">The epoch whose parameters were kept; 0 for the start, and where there are no
/// epochs.</param>
internal sealed record TrainedModel(
    ModelProto Graph, IReadOnlyList<OutputSpec> Outputs, IReadOnlyList<TrainingPoint> History, int BestEpoch)
{
    /// <summary>Decides from an output and the row's level of the bias attribute, for post-processing; null to take the
    /// largest output.</summary>
    public Func<float[], int, int>? Decide { get; init; }

    /// <summary>A score of the selection rule on rows that the head was not fitted on, for methods that fit it on
    /// validation rows; null where the validation rows themselves are held out.</summary>
    public double? HeldOutScore { get; init; }

    /// <summary>What each row weighed in the fit; null where that is not recorded.</summary>
    public RowWeights? Weights { get; init; }

    /// <summary>What a method found out on the way, such as the size of JTT's error set, by name.</summary>
    public IReadOnlyDictionary<string, double> Notes { get; init; } = new Dictionary<string, double>();
}
