using FaceBias.Core.Search.Trials;

namespace FaceBias.Core.Search.Results;

/// <summary>How far a sweep is, for whoever shows it.</summary>
internal sealed class SweepStatus
{
    private readonly List<Trial> _trials = [];

    internal SweepStatus(Objective objective, bool isError) => (Objective, IsError) = (objective, isError);

    /// <summary>What the sweep is after.</summary>
    public Objective Objective { get; }

    /// <summary>Whether metrics are errors, which are good when small.</summary>
    public bool IsError { get; }

    /// <summary>Finished trials in the order in which they ended.</summary>
    public IReadOnlyList<Trial> Trials => _trials;

    /// <summary>The best first.</summary>
    public IReadOnlyList<Trial> Sorted => TrialOrder.Sort(_trials);

    /// <summary>The best metric so far, for a line of progress; null before there is one.</summary>
    public string? BestText => TrialOrder.Best(_trials) is { } best
        ? $"best: worst group {Text(best.Metrics.Worst)}, average {Text(best.Metrics.Average)}" : null;

    /// <summary>A share in per cent, or an error in its unit.</summary>
    public string Text(double? value) => value is not { } v || double.IsNaN(v) ? "–" : IsError
        ? v.ToString("0.000", CultureInfo.InvariantCulture)
        : (100 * v).ToString("0.0", CultureInfo.InvariantCulture) + "%";

    /// <summary>The feasible trials that no other betters in both average and gap, whatever the objective.</summary>
    internal static IReadOnlyList<Trial> Frontier(IEnumerable<Trial> trials, bool isError) => TrialOrder.Frontier(trials
        .Where(t => t.IsFeasible && t.Metrics is { Average: not null, Gap: not null })
        .Select(t =>
            t with { Result =
                t.Result! with { Losses = [isError ? t.Metrics.Average!.Value : 1 - t.Metrics.Average!.Value,
                    t.Metrics.Gap!.Value] } }));

    internal void Add(Trial trial) => _trials.Add(trial);

    internal void AddRange(IEnumerable<Trial> trials) => _trials.AddRange(trials);
}
