using System.Numerics.Tensors;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Just train twice: the rows that a short ERM training gets wrong weigh λ times as much in a second
/// one.</summary>
internal sealed class Jtt() : MitigationMethod("jtt", "JTT", "Liu et al. 2021",
    deviation: "Rows of the error set are drawn λ times as often with epochs of unchanged length, instead of being "
        + "copied λ times.")
{
    internal override IReadOnlyList<Parameter> Space =>
    [
        .. Common(decay: 0.1),
        Choice("first-epochs", 5, 1, 2, 5, 10, 20),
        Log("lambda", 20, 3, 100),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        var wrong = Erm.First(task, settings, "first-epochs",
            first => ErrorSet(first.Predict(task.Train), task.Train.Target, task.Data.Outputs));
        using var second = Erm.Network(task, settings);
        double[] odds = [.. wrong.Select(w => w ? settings["lambda"] : 1)];
        var fit = HeadFit.Run(task, second, Erm.Plan(task, settings, second) with
        {
            Sampler = BatchSampler.Weighted(AllRows(task), odds, task.Seed),
        });
        return Finish(task, second, fit) with
            { Notes = new Dictionary<string, double> { ["error set"] = wrong.Count(w => w) } };
    }

    /// <summary>Which rows are misclassified.</summary>
    internal static bool[] ErrorSet(ReadOnlySpan<float> outputs, int[] truth, int classes)
    {
        var wrong = new bool[truth.Length];
        for (var i = 0; i < wrong.Length; i++)
            wrong[i] = TensorPrimitives.IndexOfMax(outputs.Slice(i * classes, classes)) != truth[i];
        return wrong;
    }
}
