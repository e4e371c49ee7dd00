using FaceBias.Core.Heads.Methods;

namespace FaceBias.MLNet.Mitigation;

/// <summary>How <see cref="MitigationTrainer"/> trains.</summary>
public sealed class MitigationTrainerOptions
{
    /// <summary>The column of the label.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The column of features, such as ApplyBackbone writes.</summary>
    public string FeatureColumnName { get; set; } = "Features";

    /// <summary>The column of the attribute whose shortcut is to go: text, a key, a boolean or a number. Null where it
    /// is not known, for methods that do without it.</summary>
    public string? GroupColumnName { get; set; }

    /// <summary>The column of scores.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>The column of the predicted label.</summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

    /// <summary>The column of a binary label's probability.</summary>
    public string ProbabilityColumnName { get; set; } = "Probability";

    /// <summary>Rows that choose epochs, and that some methods fit their last layer on; null for a part of the training
    /// rows.</summary>
    public IDataView? ValidationSet { get; set; }

    /// <summary>The share of rows that are held out for it where there is none, stratified by label and
    /// group.</summary>
    public double ValidationSetFraction { get; set; } = 0.2;

    /// <summary>By what epochs are chosen; null for the worst group where groups are known, else the worst
    /// class.</summary>
    public SelectionRule? Selection { get; set; }

    /// <summary>Values of the method's hyperparameters by name; those that are left out keep their published
    /// value.</summary>
    public IReadOnlyDictionary<string, double> Hyperparameters { get; set; } = new Dictionary<string, double>();

    /// <summary>Maximum number of epochs of one stage.</summary>
    public int MaximumNumberOfEpochs { get; set; } = 50;

    /// <summary>Epochs without a better score before a stage ends.</summary>
    public int Patience { get; set; } = 12;

    /// <summary>Rows per step.</summary>
    public int BatchSize { get; set; } = 256;

    /// <summary>Seed of first weights and of the order of rows.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Told of every epoch with the groups' metrics on the validation rows.</summary>
    public Action<EpochResult>? MetricsCallback { get; set; }

    /// <summary>Ends a fit after the step in flight.</summary>
    public CancellationToken CancellationToken { get; set; }

    internal void Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(LabelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(FeatureColumnName);
        ArgumentException.ThrowIfNullOrEmpty(ScoreColumnName);
        ArgumentException.ThrowIfNullOrEmpty(PredictedLabelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(ProbabilityColumnName);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumNumberOfEpochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Patience, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        if (ValidationSetFraction is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(ValidationSetFraction), ValidationSetFraction,
                "The share of validation rows must be above 0 and below 1.");
    }
}
