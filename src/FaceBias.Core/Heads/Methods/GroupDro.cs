using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Distributionally robust optimisation over groups: the loss is the sum of the groups' mean losses, weighted
/// by q, and q moves towards the groups that lose most: q ← q · exp(η L), normalised.</summary>
internal sealed class GroupDro() : MitigationMethod("group-dro", "GroupDRO", "Sagawa et al. 2020",
    deviation: "Batches are drawn with every group equally likely, as the authors do; the adjustment C/√n is a "
        + "hyperparameter.",
    groups: GroupUse.Training, numbers: true)
{
    internal override IReadOnlyList<Parameter> Space =>
    [
        .. Common(rate: 1e-3, decay: 0.1),
        Log("eta", 0.01, 1e-3, 0.3),
        Choice("adjustment", 0, 0, 1, 2, 4),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings) =>
        Train(task, settings, task.TrainGroups, task.Data.GroupCount, Shape(task, settings));

    /// <summary>GroupDRO over any groups of the training rows; GEORGE's are clusters.</summary>
    internal static TrainedModel Train(MitigationTask task, Settings settings, int[] groups, int groupCount,
        HeadShape shape)
    {
        var batch = Batch(task);
        var sizes = new int[groupCount];
        foreach (var g in groups)
            sizes[g]++;
        string next = "";
        using var net = new HeadNetwork(task, batch, [("", shape)], Optimizer(settings),
            v => Loss(v, groupCount, settings["eta"], out next), _ => [next]);
        var q = net.Session.Input<float>("q");
        for (var g = 0; g < groupCount; g++)
        {
            q[g] = sizes[g] == 0 ? 0 : 1f / sizes.Count(s => s > 0);
            net.Session.Input<float>("adjustment")[g] = sizes[g] == 0 ? 0
                : (float)(settings["adjustment"] / Math.Sqrt(sizes[g]));
        }
        var present = new int[groupCount];
        var plan = new FitPlan
        {
            Sampler = BatchSampler.Weighted(AllRows(task), InverseSizes(groups, groupCount), task.Seed),
            Rate = settings["rate"],
            Before = rows =>
            {
                var membership = net.Session.Input<float>("membership");
                membership.Clear();
                Array.Clear(present);
                for (var i = 0; i < rows.Length; i++)
                {
                    membership[groups[rows[i]] * batch + i] = 1;
                    present[groups[rows[i]]]++;
                }
            },
            After = _ => net.Session.Output<float>(next).CopyTo(net.Session.Input<float>("q")),
            // The loss is the sum of q times each group's mean.
            RowWeight = (row, _) => net.Session.Output<float>(next)[groups[row]] / present[groups[row]],
        };
        return Finish(task, net, HeadFit.Run(task, net, plan));
    }

    /// <summary>The loss of a batch as a graph. Its new q is a constant to the gradient.</summary>
    /// <param name="v">The values; gets the inputs q [1, groups], adjustment [1, groups] and membership [groups,
    /// N].</param>
    /// <param name="eta">Step size of q.</param>
    /// <param name="next">Name of the new q.</param>
    internal static string Loss(HeadValues v, int groups, double eta, out string next)
    {
        var g = v.G;
        string q = v.Input("q", 1, groups), adjustment = v.Input("adjustment", 1, groups),
            membership = v.Input("membership", groups, v.Batch);
        var each = g.Add("Reshape", v.Each(v.Heads[""].Logits), g.Constant(v.Batch, 1L));
        var shape = g.Constant(1L, groups);
        var counts = g.Add("Max", g.Add("ReduceSum", [membership, g.Constant(1L)], [("keepdims", 1L)]), g.Constant(1f));
        var losses = g.Add("Reshape", g.Add("Div", g.Add("MatMul", membership, each), counts), shape);
        var grown = g.Add("Mul", q,
            g.Add("Exp", g.Add("Mul", g.Add("Add", losses, adjustment), g.Constant((float)eta))));
        next = g.StopGradient(g.Add("Div", grown, g.Add("ReduceSum", [grown], [("keepdims", 1L)])));
        return g.Add("ReduceSum", [g.Add("Mul", next, losses)], [("keepdims", 0L)]);
    }
}
