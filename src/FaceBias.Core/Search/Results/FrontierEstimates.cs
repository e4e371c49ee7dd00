using FaceBias.Auditing;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Core.Search.Results;

/// <summary>Intervals of a trial's average and gap, from the counts that the journal keeps per group.</summary>
internal static class FrontierEstimates
{
    /// <summary>Wilson's interval for the average and Newcombe's for the best less the worst group; none for an error,
    /// whose spread the journal does not keep.</summary>
    /// <param name="onFront">Whether no other trial betters it.</param>
    /// <param name="isError">Whether its metrics are errors.</param>
    /// <param name="validation">The groups and their validation rows.</param>
    public static FrontierPoint Of(Trial trial, bool onFront, bool isError,
        IReadOnlyList<(string Name, int N)> validation)
    {
        SweepEstimate average = Bare(trial.Metrics.Average!.Value), gap = Bare(trial.Metrics.Gap!.Value);
        if (isError)
            return new(trial.Number, onFront, average, gap);
        var z = Interval.Z(0.95);
        var groups = validation.Select(g => (g.N, Value: trial.Metrics.Groups.GetValueOrDefault(g.Name, double.NaN)))
            .Where(g => g.N >= Objective.MinimumCount && !double.IsNaN(g.Value)).OrderBy(g => g.Value).ToList();
        var n = validation.Sum(g => g.N);
        var overall = Interval.Wilson(Math.Round(average.Value * n), n, z);
        average = average with { Low = Math.Min(overall.Low, average.Value),
            High = Math.Max(overall.High, average.Value) };
        if (groups.Count > 1)
        {
            var (worst, best) = (groups[0], groups[^1]);
            var difference = Interval.Newcombe(Math.Round(best.Value * best.N), best.N,
                Math.Round(worst.Value * worst.N), worst.N, z);
            gap = gap with { Low = Math.Clamp(difference.Low, 0, gap.Value),
                High = Math.Max(difference.High, gap.Value) };
        }
        return new(trial.Number, onFront, average, gap);
    }

    private static SweepEstimate Bare(double value) => new(value, value, value);
}

/// <summary>A trial in the plane of average and gap, on validation.</summary>
internal sealed record FrontierPoint(int Trial, bool OnFront, SweepEstimate Average, SweepEstimate Gap);
