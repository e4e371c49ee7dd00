using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Core.Heads.Results;

/// <summary>The best trial of a method and seed.</summary>
/// <param name="Head">File of the head in the folder of the comparison.</param>
internal sealed record ChosenTrial(ulong Seed, Settings Settings, string Head, Trial Trial,
    IReadOnlyDictionary<string, double> Notes)
{
    /// <summary>By the selection rule on held-out rows.</summary>
    public double Score => -Trial.Loss;

    /// <summary>What the head made of each test row: 1 or 0 per row, or absolute errors.</summary>
    public double[] Outcomes { get; } = [.. Trial.Result!.Outcomes!.Select(o => Math.Round((double)o, 4))];

    /// <summary>Training curves.</summary>
    public IReadOnlyList<TrainingPoint> History { get; } =
        [.. from epoch in Enumerable.Range(0, Trial.Metrics.Curves.Select(c => c.Value.Count).DefaultIfEmpty(0).Max())
            from curve in Trial.Metrics.Curves
            where epoch < curve.Value.Count && curve.Value[epoch] is not null
            select new TrainingPoint(epoch + 1, curve.Key, curve.Value[epoch]!.Value)];

    /// <summary>Training curves as a trial keeps them.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<double?>> Curves(IEnumerable<TrainingPoint> history) =>
        history.GroupBy(p => p.Series)
        .ToDictionary(g => g.Key,
            g => (IReadOnlyList<double?>)[.. g.Select(p => double.IsFinite(p.Value) ? p.Value : default(double?))]);
}
