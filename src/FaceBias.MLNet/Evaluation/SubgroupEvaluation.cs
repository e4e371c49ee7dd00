using System.Diagnostics;
using FaceBias.Auditing;

namespace FaceBias.MLNet.Evaluation;

/// <summary>ML.NET's metrics of every group and intersection, with the audit's intervals, tests and verdicts over the
/// same rows.</summary>
/// <typeparam name="TMetrics">ML.NET's metrics of the task.</typeparam>
/// <param name="Overall">The metrics of all rows.</param>
/// <param name="Groups">Every group of every attribute, then of every intersection; those without rows too.</param>
/// <param name="Audit">The core's audit: intervals, gaps, verdicts, findings in sentences.</param>
public sealed record SubgroupEvaluation<TMetrics>(TMetrics Overall, IReadOnlyList<SubgroupMetrics<TMetrics>> Groups,
    AuditResult Audit)
    where TMetrics : class
{
    /// <summary>The group where a metric is lowest, among those with at least the audit's minimum count of rows; null
    /// where there is none. For an error, whose highest value is the worst, give its negative.</summary>
    public SubgroupMetrics<TMetrics>? Worst(Func<TMetrics, double> metric) =>
        Groups.Where(g => g.Metrics is not null && g.N >= Audit.Options.MinimumCount
            && !double.IsNaN(metric(g.Metrics)))
            .MinBy(g => metric(g.Metrics!));
}

/// <summary>One group.</summary>
/// <typeparam name="TMetrics">ML.NET's metrics of the task.</typeparam>
/// <param name="Attributes">The attributes that are crossed.</param>
/// <param name="Levels">The group's level of each.</param>
/// <param name="N">Its rows.</param>
/// <param name="Metrics">ML.NET's metrics; null with a <paramref name="Reason"/>.</param>
/// <param name="Reason">Why ML.NET has no metrics of this group.</param>
/// <param name="Audit">The core's metrics of the same rows, with intervals.</param>
[DebuggerDisplay("{string.Join(\", \", Levels),nq}: {N} rows {Reason}")]
public sealed record SubgroupMetrics<TMetrics>(
    IReadOnlyList<string> Attributes, IReadOnlyList<string> Levels, int N, TMetrics? Metrics, string? Reason,
    GroupAudit Audit)
    where TMetrics : class;

/// <summary>Where an evaluation finds its columns, and how it audits.</summary>
public sealed record SubgroupOptions
{
    /// <summary>Column of the truth.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>Column of the score: a vector per class, or one number.</summary>
    public string ScoreColumnName { get; init; } = "Score";

    /// <summary>Column of the predicted label.</summary>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>Column of the probability of a binary label; read only where the data have it.</summary>
    public string ProbabilityColumnName { get; init; } = "Probability";

    /// <summary>Intervals, margins, minimum counts, depth of intersections. Targets and groups are those of the
    /// evaluation.</summary>
    public AuditOptions Audit { get; init; } = new();
}
