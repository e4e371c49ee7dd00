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
internal sealed record FairTrial
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
