using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Deep feature reweighting: the last layer anew, as logistic regression on held-out rows in which all groups
/// weigh the same. Settings are scored on each half of the validation rows after fitting on the other.</summary>
internal sealed class Dfr() : MitigationMethod("dfr", "DFR", "Kirichenko, Izmailov, Wilson 2023",
    deviation: "All rows take part with weights instead of averaging 20 balanced subsamples; the layer may also be "
        + "L2-penalised, sit on ERM's hidden layer, or see the training rows too.",
    groups: GroupUse.Fitting, numbers: true)
{
    internal override IReadOnlyList<Parameter> Space =>
    [
        Log("penalty", 1e-2, 3e-4, 0.5),
        Choice("hidden", 0, 0, 128),
        Choice("l1", 1, 0, 1),
        Choice("with-training", 0, 0, 1),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        HeadNetwork? net = null;
        try
        {
            if (settings.Count("hidden") > 0)
            {
                var erm = new Settings(
                    new Dictionary<string, double> { ["rate"] = 1e-3, ["decay"] = 1e-3,
                        ["hidden"] = settings["hidden"] });
                net = Erm.Network(task, erm);
                HeadFit.Run(task, net, Erm.Plan(task, erm, net) with { Stage = "first" });
            }
            return Fit(task, settings, net);
        }
        finally
        {
            net?.Dispose();
        }
    }

    private static TrainedModel Fit(MitigationTask task, Settings settings, HeadNetwork? net)
    {
        var training = settings.Count("with-training") == 1 ? Layer(task.Train, net) : null;
        var (l1, l2) = settings.Count("l1") == 1 ? (settings["penalty"], 0.0) : (0.0, settings["penalty"]);
        using var fit = new CrossFit(task, Layer(task.Validation, net), training, l1, l2);
        var equal = Enumerable.Repeat(1.0, task.Data.GroupCount).ToArray();
        var heldOut = fit.HeldOut(equal);
        var parameters = new Dictionary<string, float[]>(fit.Fit(equal));
        if (net is not null)
            foreach (var (name, values) in net.Parameters().Where(
                p => p.Key.StartsWith("hidden", StringComparison.Ordinal)))
                parameters[name] = values;
        var shape = net?.Main.Shape ?? new HeadShape(task.Data.Width, 0, task.Data.Outputs);
        return TrainedHead.Of(task, shape, parameters, new([], 0)) with
        {
            HeldOutScore = task.Assess(heldOut).Score,
            Weights = fit.RowWeights(equal),
        };
    }

    private static HeadPart Layer(HeadPart part, HeadNetwork? net) => net is null ? part
        : new(net.Hidden(part), net.Main.Shape.Hidden, part.Target, part.Values, part.Bias);
}
