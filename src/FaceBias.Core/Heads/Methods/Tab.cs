using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Primitives.Clustering;

namespace FaceBias.Core.Heads.Methods;

/// <summary>TAB: the losses of every training row over all epochs of a helper are clustered into two within each class,
/// and a second training draws both clusters of a class equally often. It has no hyperparameters of its own.</summary>
internal sealed class Tab() : MitigationMethod("tab", "TAB",
    "Zarlenga et al. 2024, bias mitigation without privileged information",
    deviation: "Rows of the smaller cluster are drawn more often; the authors add augmented copies of their images.")
{
    internal override IReadOnlyList<Parameter> Space => Common();

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        var histories = new List<float[]>();
        using (var helper = Erm.Network(task, settings))
        {
            HeadFit.Run(task, helper, Erm.Plan(task, settings, helper) with
            {
                Epochs = task.Epochs,
                KeepBest = false,
                Stage = "first",
                EpochEnd = _ =>
                {
                    histories.Add(RowLosses(helper.Predict(task.Train), task.Train.Target, task.Data.Outputs));
                    return false;
                },
            });
        }
        var clusters = Clusters(histories, task.Train.Target, task.Data.Outputs, task.Seed);
        using var net = Erm.Network(task, settings);
        var fit = HeadFit.Run(task, net, Erm.Plan(task, settings, net) with
        {
            Sampler = BatchSampler.Weighted(AllRows(task), Odds(clusters), task.Seed),
        });
        return Finish(task, net, fit) with { Notes = ClusterNotes.Of(task.Train, clusters) };
    }

    /// <summary>The cross-entropy of each row.</summary>
    internal static float[] RowLosses(float[] logits, int[] truth, int classes) =>
        [.. truth.Select(
            (y, i) => (float)-Math.Log(Math.Max(LastLayer.Softmax(logits.AsSpan(i * classes, classes))[y], 1e-12)))];

    /// <summary>Two clusters of loss histories within each class, numbered 2 · class and 2 · class + 1.</summary>
    internal static int[] Clusters(IReadOnlyList<float[]> histories, int[] truth, int classes, ulong seed)
    {
        var clusters = new int[truth.Length];
        for (var c = 0; c < classes; c++)
        {
            int[] rows = [.. Enumerable.Range(0, truth.Length).Where(i => truth[i] == c)];
            float[] points = [.. rows.SelectMany(r => histories.Select(h => h[r]))];
            var assignment = KMeans.Fit(points, histories.Count, Math.Min(2, rows.Length), seed).Assignment;
            for (var i = 0; i < rows.Length; i++)
                clusters[rows[i]] = 2 * c + assignment[i];
        }
        return clusters;
    }

    /// <summary>Odds that bring the smaller cluster of each class to the size of the larger.</summary>
    internal static double[] Odds(int[] clusters)
    {
        var sizes = new double[clusters.Max() / 2 * 2 + 2];
        foreach (var c in clusters)
            sizes[c]++;
        return [.. clusters.Select(c => Math.Max(sizes[c], sizes[c ^ 1]) / sizes[c])];
    }
}
