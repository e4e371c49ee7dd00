using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;

namespace FaceBias.Core.Heads.Methods;

/// <summary>ERM with every class, or every group, of the same weight in the loss.</summary>
internal sealed class Reweighting(bool byGroup) : MitigationMethod(byGroup ? "group-reweighting" : "class-balanced",
    byGroup ? "Group re-weighting" : "Class-balanced ERM",
    byGroup ? "Idrissi et al. 2022 (RWG)" : "Idrissi et al. 2022 (RWY)",
    groups: byGroup ? GroupUse.Training : GroupUse.None, numbers: byGroup)
{
    internal override IReadOnlyList<Parameter> Space => Common();

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        var weights = Groups == GroupUse.Training
            ? InverseSizes(task.TrainGroups, task.Data.GroupCount)
            : InverseSizes(task.Train.Target, task.Data.Outputs);
        using var net = Erm.Network(task, settings);
        return Finish(task, net, HeadFit.Run(task, net, Erm.Plan(task, settings, net, weights: weights)));
    }
}

/// <summary>ERM on rows drawn so that every group is equally likely.</summary>
internal sealed class GroupResampling() : MitigationMethod("group-resampling", "Sampling balanced by group",
    "Idrissi et al. 2022 (SUBG's sampling variant, RWG by sampling)", groups: GroupUse.Training, numbers: true)
{
    internal override IReadOnlyList<Parameter> Space => Common();

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        using var net = Erm.Network(task, settings);
        return Finish(task, net,
            HeadFit.Run(task, net, Erm.Plan(task, settings, net) with { Sampler = Sampler(task) }));
    }

    /// <summary>Draws rows with every group equally likely.</summary>
    internal static BatchSampler Sampler(MitigationTask task) =>
        BatchSampler.Weighted(AllRows(task), InverseSizes(task.TrainGroups, task.Data.GroupCount), task.Seed);
}
