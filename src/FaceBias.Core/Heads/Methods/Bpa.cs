using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Clustering;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Bias pseudo-attributes: clusters within each class on the features; a cluster weighs more the smaller it is
/// and the more it loses, w ~ (N / N_c) · (L_c / Σ L), smoothed over steps.</summary>
internal sealed class Bpa() : MitigationMethod("bpa", "BPA", "Seo, Lee, Han 2022",
    deviation: "Weights follow the losses one batch later, so that a step costs one pass; clusters are on ERM's "
        + "hidden vectors, or on the features of a linear head.")
{
    internal override IReadOnlyList<Parameter> Space =>
    [
        .. Common(decay: 2e-2),
        Choice("clusters", 8, 2, 4, 8),
        Choice("momentum", 0.3, 0.1, 0.3),
        Choice("first-epochs", 5, 1, 2, 5, 10),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        var clusters = Erm.First(task, settings, "first-epochs",
            first => WithinClasses(task, first.Hidden(task.Train), settings.Count("clusters")));
        var count = clusters.Max() + 1;
        var sizes = new int[count];
        foreach (var c in clusters)
            sizes[c]++;
        var batch = Batch(task);
        var each = "";
        using var net = new HeadNetwork(task, batch, [("", Shape(task, settings))], Optimizer(settings),
            v => Losses.Mean(v.G, each = v.Each(v.Heads[""].Logits), v.Input(HeadNetwork.WeightInput, v.Batch)),
            _ => [each]);
        var losses = new double[count];
        Array.Fill(losses, 1);
        double[] weights = Weights(losses, sizes);
        var plan = new FitPlan
        {
            Sampler = BatchSampler.Shuffled(AllRows(task), task.Seed),
            Rate = settings["rate"],
            Before = rows =>
            {
                var w = net.Session.Input<float>(HeadNetwork.WeightInput);
                for (var i = 0; i < rows.Length; i++)
                    w[i] = (float)weights[clusters[rows[i]]];
            },
            After = rows =>
            {
                var values = net.Session.Output<float>(each);
                var (sums, seen) = (new double[count], new int[count]);
                for (var i = 0; i < rows.Length; i++)
                {
                    sums[clusters[rows[i]]] += values[i];
                    seen[clusters[rows[i]]]++;
                }
                for (var c = 0; c < count; c++)
                    if (seen[c] > 0)
                        losses[c] = sums[c] / seen[c];
                weights = Smooth(weights, Weights(losses, sizes), settings["momentum"]);
            },
        };
        return Finish(task, net, HeadFit.Run(task, net, plan)) with { Notes = ClusterNotes.Of(task.Train, clusters) };
    }

    /// <summary>(N / N_c) · (L_c / Σ L) for each cluster.</summary>
    internal static double[] Weights(double[] losses, int[] sizes)
    {
        var (total, sum) = (sizes.Sum(), losses.Sum());
        return [.. losses.Select((l, c) => sizes[c] == 0 || sum == 0 ? 0 : (double)total / sizes[c] * (l / sum))];
    }

    private static double[] Smooth(double[] old, double[] next, double momentum) =>
        [.. old.Select((w, c) => (1 - momentum) * w + momentum * next[c])];

    private static int[] WithinClasses(MitigationTask task, float[] hidden, int k)
    {
        var width = hidden.Length / task.Train.Rows;
        var clusters = new int[task.Train.Rows];
        foreach (var (c, rows, part) in ByClass(task, hidden, width))
        {
            var assignment = KMeans.Fit(part, width, k, task.Seed, 3).Assignment;
            for (var i = 0; i < rows.Length; i++)
                clusters[rows[i]] = c * k + assignment[i];
        }
        return clusters;
    }
}
