using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;

namespace FaceBias.Core.Heads.Methods;

/// <summary>DFR's last layer with GroupDRO's weights: groups weigh the same at first, and their shares then move
/// towards those that the layer errs on, q ← q · exp(η error), normalised. The errors are those on each half of the
/// validation rows after a fit without it, for a layer that can fit its own rows makes none there. The round that is
/// best by the rule of selection is kept.</summary>
internal sealed class DfrDro() : MitigationMethod("dfr-dro", "DFR with GroupDRO",
    "Kirichenko, Izmailov, Wilson 2023, with the group weights of Sagawa et al. 2020",
    deviation: "Both in one: the weights follow held-out errors instead of training losses, round by round, each "
        + "fitted to its optimum.",
    groups: GroupUse.Fitting, numbers: true)
{
    private const int Rounds = 8;

    internal override IReadOnlyList<Parameter> Space =>
    [
        Log("penalty", 0.1, 1e-2, 1),
        Choice("with-training", 1, 0, 1),
        Choice("eta", 2, 1, 2, 4),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        using var fit = new CrossFit(
            task, task.Validation, settings.Count("with-training") == 1 ? task.Train : null, 0, settings["penalty"]);
        var shares = Enumerable.Repeat(1.0 / task.Data.GroupCount, task.Data.GroupCount).ToArray();
        var history = new List<TrainingPoint>();
        (double Score, int Round, double[] Shares) best = (double.NegativeInfinity, 0, shares);
        for (var round = 1; round <= Rounds; round++)
        {
            var (metrics, score) = task.Assess(fit.HeldOut(shares));
            if (score > best.Score)
                best = (score, round, shares);
            history.Add(new(round, "worst group/validation", metrics.Worst));
            history.Add(new(round, "group average/validation", metrics.GroupAverage));
            // An error of a number is in units of its deviation, where it is of the size of a share of wrong answers.
            shares = Next(shares,
                [.. metrics.Values.Select(v => metrics.Loss(v) / (metrics.IsError ? task.Number.Deviation : 1))],
                settings["eta"]);
        }
        var shape = new HeadShape(task.Data.Width, 0, task.Data.Outputs);
        return TrainedHead.Of(task, shape, fit.Fit(best.Shares), new(history, best.Round)) with
        {
            HeldOutScore = best.Score,
            Weights = fit.RowWeights(best.Shares),
        };
    }

    /// <summary>The shares of the next round.</summary>
    internal static double[] Next(double[] shares, double[] errors, double eta)
    {
        var grown = shares.Zip(errors, (q, e) => q * Math.Exp(eta * e)).ToArray();
        var sum = grown.Sum();
        return [.. grown.Select(q => q / sum)];
    }
}
