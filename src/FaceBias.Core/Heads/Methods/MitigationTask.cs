using FaceBias.Auditing;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Core.Heads.Methods;

/// <summary>How one epoch ended, for curves and for stopping hopeless trials.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Loss">Mean training loss.</param>
/// <param name="WorstGroup">Accuracy, or mean absolute error, of the worst group of validation rows.</param>
/// <param name="GroupAverage">Its mean over groups.</param>
/// <param name="Score">By the selection rule; larger is better.</param>
public sealed record EpochResult(int Epoch, double Loss, double WorstGroup, double GroupAverage, double Score)
{
    /// <summary>Metrics of every group of validation rows.</summary>
    internal GroupMetrics Validation { get; init; } = null!;
}

/// <summary>Everything a method is given to train with: the data, scaled once for all trials, the selection rule, a
/// seed and limits.</summary>
internal sealed class MitigationTask
{
    private readonly Environments _environments = new();

    private MitigationTask(HeadData data, FeatureScaling scaling)
    {
        (Data, Scaling) = (data, scaling);
        var mean = data.IsNumeric ? Moments.Of(data.Train.Values) : default;
        Number = data.IsNumeric ? new(mean.Mean, Math.Sqrt(mean.Variance)) : new(0, 1);
        (Train, Validation) = (Scaled(data.Train), Scaled(data.Validation));
        TrainGroups = data.Groups(data.Train);
        ValidationGroups = data.Groups(data.Validation);
    }

    private MitigationTask(MitigationTask other)
    {
        (Data, Scaling, Number, Train, Validation) =
            (other.Data, other.Scaling, other.Number, other.Train, other.Validation);
        (TrainGroups, ValidationGroups) = (other.TrainGroups, other.ValidationGroups);
        (Rule, Seed, Epochs, Patience, Batch) = (other.Rule, other.Seed, other.Epochs, other.Patience, other.Batch);
        (Cancel, OnEpoch, FinalEpochs, _environments) =
            (other.Cancel, other.OnEpoch, other.FinalEpochs, other._environments);
    }

    /// <summary>Prepares data: checks it, and scales features (and a numeric target) by the training rows.</summary>
    /// <exception cref="FaceBiasException">The data cannot be used; see <see cref="HeadDataCheck"/>.</exception>
    public static MitigationTask Prepare(HeadData data)
    {
        HeadDataCheck.Check(data);
        return new(data, FeatureScaling.Of(data.Train));
    }

    public HeadData Data { get; }

    public FeatureScaling Scaling { get; }

    /// <summary>Scaled training rows.</summary>
    public HeadPart Train { get; }

    /// <summary>Scaled validation rows.</summary>
    public HeadPart Validation { get; }

    /// <summary>By what epochs are chosen.</summary>
    public SelectionRule Rule { get; private init; } = SelectionRule.WorstGroup;

    /// <summary>Decides first weights and the order of rows.</summary>
    public ulong Seed { get; private init; } = 1;

    /// <summary>Maximum number of epochs of one stage.</summary>
    public int Epochs { get; private init; } = 50;

    /// <summary>Epochs of the last stage, after which it ends and is kept as it is; null to keep the epoch that was
    /// best on the validation rows. For training on these rows too.</summary>
    public int? FinalEpochs { get; private init; }

    /// <summary>Epochs without a better score before a stage ends.</summary>
    public int Patience { get; private init; } = 12;

    /// <summary>Rows per step.</summary>
    public int Batch { get; private init; } = 256;

    /// <summary>Ends after the step in flight.</summary>
    public CancellationToken Cancel { get; private init; }

    /// <summary>Called after every epoch; false ends training with the best epoch so far.</summary>
    public Func<EpochResult, bool>? OnEpoch { get; private init; }

    internal NumberScale Number { get; }

    internal int[] TrainGroups { get; }

    internal int[] ValidationGroups { get; }

    /// <summary>The same data under another rule, seed and limits.</summary>
    public MitigationTask With(
        SelectionRule? rule = null, ulong? seed = null, int? epochs = null, int? patience = null, int? batch = null,
        CancellationToken? cancel = null, Func<EpochResult, bool>? onEpoch = null, int? finalEpochs = null) => new(this)
        {
            Rule = rule ?? Rule,
            Seed = seed ?? Seed,
            Epochs = epochs ?? Epochs,
            Patience = patience ?? Patience,
            Batch = batch ?? Batch,
            FinalEpochs = finalEpochs ?? FinalEpochs,
            Cancel = cancel ?? Cancel,
            OnEpoch = onEpoch ?? OnEpoch,
        };

    /// <summary>Metrics and score of outputs, as a network gives them, for the validation rows, or for some of
    /// them.</summary>
    internal (GroupMetrics Metrics, double Score) Assess(float[] outputs, Func<int, bool>? only = null)
    {
        var outcomes = GroupMetrics.Outcomes(Validation, outputs, Data.Outputs);
        if (Data.IsNumeric)
            for (var i = 0; i < outcomes.Length; i++)
                outcomes[i] *= Number.Deviation;
        return Judge(outcomes, only);
    }

    /// <summary>The same from what each validation row is worth: 1 or 0, or the absolute error.</summary>
    internal (GroupMetrics Metrics, double Score) Judge(double[] outcomes, Func<int, bool>? only = null)
    {
        int[] rows = [.. Enumerable.Range(0, outcomes.Length).Where(i => only is null || only(i))];
        double[] chosen = [.. rows.Select(i => outcomes[i])];
        var metrics = GroupMetrics.Of(chosen, [.. rows.Select(i => ValidationGroups[i])], Data.GroupCount,
            Data.IsNumeric);
        var strata = Strata();
        return (metrics, Selection.Score(Rule, metrics, chosen, [.. rows.Select(i => strata[i])]));
    }

    /// <summary>Of rules without group labels what each validation row is counted with.</summary>
    private int[] Strata()
    {
        var classes = Data.IsNumeric ? new int[Validation.Rows] : Validation.Target;
        return Rule != SelectionRule.Environments ? classes
            : [.. classes.Zip(_environments.Of(this), (c, e) => 2 * c + e)];
    }

    private HeadPart Scaled(HeadPart part)
    {
        var scaled = Scaling.Apply(part);
        return Data.IsNumeric
            ? new(scaled.Features, scaled.Width, [], [.. part.Values.Select(v => (v - Number.Mean) / Number.Deviation)],
                part.Bias)
            : scaled;
    }
}
