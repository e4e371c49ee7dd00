using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Empirical risk minimisation: the mean loss over all rows, the baseline that every table compares
/// with.</summary>
internal class Erm() : MitigationMethod("erm", "ERM", "Vapnik 1991; the baseline of every comparison", numbers: true)
{
    internal override IReadOnlyList<Parameter> Space => Common();

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        using var net = Network(task, settings);
        return Finish(task, net, HeadFit.Run(task, net, Plan(task, settings, net)));
    }

    /// <summary>A network with the plain mean loss, for methods that begin with one.</summary>
    /// <param name="settings">Shape of the head and decay.</param>
    /// <param name="rows">Rows that it will be fitted on; all training rows if null.</param>
    internal static HeadNetwork Network(MitigationTask task, Settings settings, int? rows = null) =>
        new(task, Math.Min(Batch(task), rows ?? int.MaxValue), [("", Shape(task, settings))], Optimizer(settings));

    /// <summary>What a first training of a few epochs says, for methods that begin with one.</summary>
    internal static T First<T>(MitigationTask task, Settings settings, string epochs, Func<HeadNetwork, T> read)
    {
        using var net = Network(task, settings);
        HeadFit.Run(task, net,
            Plan(task, settings, net) with { Epochs = settings.Count(epochs), KeepBest = false, Stage = "first" });
        return read(net);
    }

    /// <summary>The plan of an ordinary training, over all training rows or those given.</summary>
    internal static FitPlan Plan(MitigationTask task, Settings settings, HeadNetwork net,
        IReadOnlyList<int>? rows = null, double[]? weights = null) => new()
    {
        Sampler = BatchSampler.Shuffled(rows ?? AllRows(task), task.Seed),
        Rate = settings["rate"],
        Before = batch => net.FillWeights(batch, weights),
    };
}
