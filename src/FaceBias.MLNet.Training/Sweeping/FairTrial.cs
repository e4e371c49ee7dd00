namespace FaceBias.MLNet.Sweeping;

/// <summary>Trainers of ML.NET that a sweep chooses from; all of them take weights of rows.</summary>
public enum FairTrainer
{
    /// <summary>L-BFGS, maximum entropy.</summary>
    Lbfgs,

    /// <summary>Stochastic dual coordinate ascent, maximum entropy.</summary>
    Sdca,

    /// <summary>LightGBM.</summary>
    LightGbm,

    /// <summary>FastTree, one tree ensemble per class against the rest.</summary>
    FastTree,
}

/// <summary>The settings of one trial.</summary>
public sealed record FairTrial
{
    /// <summary>Column of the features: one per backbone, such as <c>ApplyBackbone</c> writes.</summary>
    public required string Features { get; init; }

    /// <summary>The trainer.</summary>
    public FairTrainer Trainer { get; init; } = FairTrainer.Lbfgs;

    /// <summary>How much rare groups weigh: a row of a cell (label and groups) with n of N rows weighs (N / (cells
    /// n))^w. 0 leaves all rows alike, 1 gives every cell the same total (re-weighting, Kamiran and Calders
    /// 2012).</summary>
    public double GroupWeight { get; init; }

    /// <summary>L2 regularisation of the linear trainers, above 0.</summary>
    public double L2 { get; init; } = 1e-3;

    /// <summary>Leaves of a tree.</summary>
    public int Leaves { get; init; } = 20;

    /// <summary>Trees, or boosting rounds.</summary>
    public int Trees { get; init; } = 100;

    /// <summary>Shrinkage of the trees.</summary>
    public double LearningRate { get; init; } = 0.2;
}

/// <summary>What a trial gave on the validation data.</summary>
/// <param name="Trial">Its settings.</param>
/// <param name="Average">Share of right labels.</param>
/// <param name="WorstGroup">Share of right labels in the worst group with enough rows.</param>
/// <param name="WorstGroupName">That group's levels, with commas between.</param>
/// <param name="Loss">What is minimised: 1 - ((1 - w) average + w worst), w being the options' weight of the worst
/// group.</param>
/// <param name="Seconds">Time of training and evaluation.</param>
public sealed record FairTrialResult(
    FairTrial Trial, double Average, double WorstGroup, string WorstGroupName, double Loss, double Seconds);

/// <summary>What a sweep's trials share.</summary>
public sealed record FairTrialOptions
{
    /// <summary>Column of the label, a key.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>Columns whose crossings are the groups.</summary>
    public required IReadOnlyList<string> GroupColumns { get; init; }

    /// <summary>Columns of features to choose from, one per backbone.</summary>
    public required IReadOnlyList<string> FeatureColumns { get; init; }

    /// <summary>Weight of the worst group in the loss, 0 (average) to 1 (worst group alone).</summary>
    public double WorstGroupWeight { get; init; } = 1;

    /// <summary>Groups with fewer validation rows are not the worst.</summary>
    public int MinimumCount { get; init; } = 20;

    /// <summary>Seed of the trainers.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>File of finished trials, one line of JSON each; a trial that stands there is not run again. Null for
    /// none.</summary>
    public string? Journal { get; init; }
}
