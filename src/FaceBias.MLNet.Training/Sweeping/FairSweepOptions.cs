using FaceBias.Core.Search.Trials;

namespace FaceBias.MLNet.Sweeping;

/// <summary>What a fair sweep is after, and for how long.</summary>
public sealed class FairSweepOptions
{
    /// <summary>Column of the truth: a key, text, a boolean, or a number for a regression.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Column of the predicted label; for a regression of the score.</summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

    /// <summary>Whether a number is predicted: trials are judged by the mean absolute error of
    /// <see cref="PredictedLabelColumnName"/>, such as <c>Score</c>.</summary>
    public bool IsRegression { get; set; }

    /// <summary>Columns whose crossings are the groups; at least one.</summary>
    public IReadOnlyList<string> GroupColumnNames { get; set; } = [];

    /// <summary><c>worst-group</c>, <c>average</c>, or a weight above 0 and the gap, such as <c>0.5*gap</c>.</summary>
    public string Objective { get; set; } = "worst-group";

    /// <summary>Validation rows that a group needs to be compared.</summary>
    public int MinimumCount { get; set; } = 20;

    /// <summary>Trials in all, those of the journal included.</summary>
    public int MaximumTrials { get; set; } = 30;

    /// <summary>No trial begins after this time, and a running one is given up; null for no limit.</summary>
    public TimeSpan? Time { get; set; }

    /// <summary><c>tpe</c>, <c>random</c>, <c>grid</c> or <c>cost-frugal</c>.</summary>
    public string Sampler { get; set; } = "tpe";

    /// <summary>Seed of the proposals and of each trial's context.</summary>
    public int Seed { get; set; } = 7;

    /// <summary>A file in which finished trials are kept; a sweep of the same data, space and options resumes from it.
    /// Null for none.</summary>
    public string? Journal { get; set; }

    /// <summary>Told of every trial that ends.</summary>
    public Action<Trial>? TrialCallback { get; set; }

    internal void Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(LabelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(PredictedLabelColumnName);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumTrials, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MinimumCount, 1);
        if (GroupColumnNames is null or { Count: 0 })
            throw new ArgumentException("A fair sweep needs at least one column of groups.", nameof(GroupColumnNames));
    }
}
