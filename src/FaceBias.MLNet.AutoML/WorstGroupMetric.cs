using FaceBias.MLNet.Evaluation;
using Microsoft.ML;
using Microsoft.ML.AutoML;

namespace FaceBias.MLNet.Sweeping.AutoML;

/// <summary>Where a metric finds its columns.</summary>
/// <param name="Label">The truth.</param>
/// <param name="Predicted">The predicted label, or the score of a number.</param>
/// <param name="Groups">Columns whose crossings are the groups.</param>
/// <param name="MinimumCount">Labelled rows that a group needs to be compared.</param>
internal sealed record WorstGroupColumns(string Label, string Predicted, IReadOnlyList<string> Groups,
    int MinimumCount)
{
    /// <summary>ML.NET's metrics of classes read it too.</summary>
    public const string Score = "Score";

    public void Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(Label);
        ArgumentException.ThrowIfNullOrEmpty(Predicted);
        ArgumentOutOfRangeException.ThrowIfLessThan(MinimumCount, 1);
        if (Groups is null or { Count: 0 })
            throw new ArgumentException("The worst group needs at least one column of groups.", nameof(Groups));
    }
}

/// <summary>A metric of the group that it is worst for. Which groups are compared depends on the labels alone, so that
/// no model gains by giving a group no metric.</summary>
/// <param name="name">The metric.</param>
/// <param name="isMaximize">Whether more is better.</param>
/// <param name="columns">What is read.</param>
/// <param name="labels">The labels as text, null where one is missing.</param>
/// <param name="isDefined">Whether labels of a group define the metric.</param>
/// <param name="evaluate">The metric of some rows; not a number where the model's scores are not.</param>
/// <param name="further">A further column to read; null for none.</param>
internal sealed class WorstGroupMetric(
    string name, bool isMaximize, WorstGroupColumns columns, Func<MemoryView, string?[]> labels,
    Func<IReadOnlyCollection<string>, bool> isDefined,
    Func<MLContext, MemoryView, int[], double> evaluate, string? further) : IEvaluateMetricManager
{
    public bool IsMaximize => isMaximize;

    public string MetricName => $"WorstGroup{name}";

    public double Evaluate(MLContext context, IDataView eval)
    {
        var rows = MemoryView.Read(eval,
            [columns.Label, columns.Predicted, .. columns.Groups, .. further is null ? [] : new[] { further }]);
        var (truth, groups) = (labels(rows), SubgroupColumns.Labels(rows, columns.Groups));
        double[] values = [.. Enumerable.Range(0, truth.Length).Where(i => truth[i] is not null)
            .GroupBy(i => groups[i], StringComparer.Ordinal)
            .Where(g => g.Count() >= columns.MinimumCount && isDefined([.. g.Select(i => truth[i]!)]))
            .Select(g => evaluate(context, rows, [.. g]))];
        if (values.Length == 0)
            throw new FaceBiasException(
                $"No group of {string.Join(" and ", columns.Groups.Select(g => $"'{g}'"))} has {columns.MinimumCount} "
                    + $"labelled rows that define {name}; give more validation rows, fewer group columns or a smaller "
                    + "minimum count.");
        // As ML.NET scores a trial that failed: it is never the best.
        if (values.Any(double.IsNaN))
            return isMaximize ? -double.MaxValue : double.MaxValue;
        return isMaximize ? values.Min() : values.Max();
    }
}
