using FaceBias.Core.Training;

namespace FaceBias.Core.Mitigation.Results;

/// <summary>One training of one method with one seed and settings, as the journal keeps it.</summary>
/// <param name="Key">Hash of everything its result depends on.</param>
/// <param name="Method">Name of the method.</param>
/// <param name="Seed">Seed.</param>
/// <param name="Index">Place in the random search; 0 are the published settings.</param>
/// <param name="Settings">Values of the hyperparameters.</param>
public sealed record Trial(string Key, string Method, ulong Seed, int Index, IReadOnlyDictionary<string, double> Settings)
{
    /// <summary>By the selection rule on held-out rows; null if training failed.</summary>
    public double? Score { get; init; }

    /// <summary>The epoch that was kept.</summary>
    public int BestEpoch { get; init; }

    /// <summary>Time of training on one core.</summary>
    public double Seconds { get; init; }

    /// <summary>Figure per group on the validation rows; null where a group has none.</summary>
    public IReadOnlyList<double?> Validation { get; init; } = [];

    /// <summary>What the head made of each test row: 1 or 0 per row, or absolute errors.</summary>
    public IReadOnlyList<double> Outcomes { get; init; } = [];

    /// <summary>Training curves.</summary>
    public IReadOnlyList<TrainingPoint> History { get; init; } = [];

    /// <summary>What the method found out.</summary>
    public IReadOnlyDictionary<string, double> Notes { get; init; } = new Dictionary<string, double>();

    /// <summary>Why training failed, or null.</summary>
    public string? Failure { get; init; }
}
