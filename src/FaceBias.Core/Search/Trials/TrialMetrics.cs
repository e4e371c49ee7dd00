
namespace FaceBias.Core.Search.Trials;

/// <summary>What a trial's model is worth on the rows that choose, and what it costs. What does not apply is null or
/// empty.</summary>
public sealed record TrialMetrics
{
    /// <summary>Accuracy over all rows, or the mean absolute error.</summary>
    public double? Average { get; init; }

    /// <summary>That of the worst group.</summary>
    public double? Worst { get; init; }

    /// <summary>Best less worst group.</summary>
    public double? Gap { get; init; }

    /// <summary>That of every group with enough rows.</summary>
    public IReadOnlyDictionary<string, double> Groups { get; init; } = new Dictionary<string, double>();

    /// <summary>The epoch that was kept; of fine-tuning, where there was one.</summary>
    public int Epoch { get; init; }

    /// <summary>The epoch of the heads that fine-tuning began with.</summary>
    public int? HeadEpoch { get; init; }

    /// <summary>Epochs that were trained.</summary>
    public int? Epochs { get; init; }

    /// <summary>Size of the exported model.</summary>
    public long? Bytes { get; init; }

    /// <summary>Its time for one image on one thread.</summary>
    public double? Milliseconds { get; init; }

    /// <summary>Time of training on one core.</summary>
    public double? Seconds { get; init; }

    /// <summary>Training curves: for each series one value per epoch.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double?>> Curves
        { get; init; } = new Dictionary<string, IReadOnlyList<double?>>();

    /// <summary>The share of each group in the weights of the fit.</summary>
    public IReadOnlyDictionary<string, double> Shares { get; init; } = new Dictionary<string, double>();

    /// <summary>Rows with a weight in the fit.</summary>
    public int? WeighedRows { get; init; }

    /// <summary>Kish's effective number of those rows.</summary>
    public double? EffectiveRows { get; init; }

    /// <summary>What a method found out on the way, by name.</summary>
    public IReadOnlyDictionary<string, double> Notes { get; init; } = new Dictionary<string, double>();
}
