using System.Numerics.Tensors;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Cluster-based adaptive margin loss: a net that is made to take the shortcut (strong weight decay) gives
/// clusters; a fresh net with cosine outputs then has to win, in every cluster, by a margin of 1 - (share of the class
/// there), so that a class that is rare in its cluster is pushed hardest.</summary>
internal sealed class Caml() : MitigationMethod("caml", "CAML",
    "Cluster-based adaptive margin loss, as its authors' code computes it",
    deviation: "Features are brought to one scale first.")
{
    private const int Width = 128;

    internal override IReadOnlyList<Parameter> Space =>
    [
        Log("rate", 1e-3, 1e-4, 3e-3),
        Log("decay", 0.15, 2e-2, 0.6),
        Log("amplifier-rate", 8e-3, 1e-3, 2e-2),
        Log("amplifier-decay", 3e-2, 1e-2, 0.3),
        Choice("clusters", 8, 4, 8, 12),
        Choice("scale", 4, 4, 6, 8),
        Choice("sigma", 0.15, 0.15, 0.2),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        var (clusters, notes) = Clusters(task, settings);
        var shares = Shares(clusters, task.Train.Target, task.Data.Outputs);
        var (classes, batch) = (task.Data.Outputs, Batch(task));
        var shape = new HeadShape(task.Data.Width, Width, classes) { Cosine = true, LogitScale = settings["scale"] };
        using var net = new HeadNetwork(task, batch, [("", shape)],
            new Adam { WeightDecay = settings["decay"], ClipNorm = 0.25 }, v => Loss(v, settings["scale"]));
        var draws = 0UL;
        var plan = new FitPlan
        {
            Sampler = BatchSampler.Shuffled(AllRows(task), task.Seed),
            Rate = settings["rate"],
            Before = rows =>
            {
                var random = new RandomSource(task.Seed).Stream("margins", (long)draws++);
                var margins = net.Session.Input<float>("margin");
                for (var i = 0; i < rows.Length; i++)
                    for (var j = 0; j < classes; j++)
                        margins[i * classes + j] =
                            (float)(1 - (shares[clusters[rows[i]], j] + settings["sigma"] * random.NextNormal()));
                FillMargins(net.Session);
            },
        };
        return Finish(task, net, HeadFit.Run(task, net, plan)) with { Notes = notes };
    }

    /// <summary>The clusters of the training rows on the normalised hidden vectors of a bias-amplified net.</summary>
    internal static (int[] Assignment, Dictionary<string, double> Notes) Clusters(MitigationTask task,
        Settings settings)
    {
        var shape = new HeadShape(task.Data.Width, Width, task.Data.Outputs) { Tanh = true };
        using var net = new HeadNetwork(task, Batch(task), [("", shape)],
            new Adam { WeightDecay = settings["amplifier-decay"] });
        var best = (Accuracy: -1.0, Parameters: net.Session.GetParameters());
        HeadFit.Run(task, net, new FitPlan
        {
            Sampler = BatchSampler.Weighted(AllRows(task), InverseSizes(task.Train.Target, task.Data.Outputs),
                task.Seed),
            Rate = settings["amplifier-rate"],
            Epochs = Math.Min(task.Epochs, 20),
            KeepBest = false,
            Stage = "amplified",
            Before = rows => net.FillWeights(rows, null),
            EpochEnd = _ =>
            {
                // The epoch with the best training accuracy is kept: the shortcut is to be learnt, not avoided.
                var accuracy = GroupMetrics.Outcomes(task.Train, net.Predict(task.Train), task.Data.Outputs).Average();
                if (accuracy > best.Accuracy)
                    best = (accuracy, net.Session.GetParameters());
                return false;
            },
        });
        net.Session.SetParameters(best.Parameters);
        var assignment = ClusterNotes.ByDirection(net.Hidden(task.Train), Width, settings.Count("clusters"), task.Seed);
        return (assignment, ClusterNotes.Of(task.Train, assignment));
    }

    /// <summary>Share of each class in each cluster.</summary>
    internal static double[,] Shares(int[] clusters, int[] classes, int classCount)
    {
        var shares = new double[clusters.Max() + 1, classCount];
        var sizes = new int[shares.GetLength(0)];
        for (var i = 0; i < clusters.Length; i++)
        {
            sizes[clusters[i]]++;
            shares[clusters[i], classes[i]]++;
        }
        for (var k = 0; k < sizes.Length; k++)
            for (var j = 0; j < classCount; j++)
                shares[k, j] = sizes[k] == 0 ? 1.0 / classCount : shares[k, j] / sizes[k];
        return shares;
    }

    /// <summary>Cross-entropy of s · cos(θ + m), and of the straight line cos θ - m sin(π - m) where θ + m passes
    /// π.</summary>
    internal static string Loss(HeadValues v, double scale)
    {
        var g = v.G;
        var cosine = v.Heads[""].Logits;
        var margin = v.Input("margin", v.Batch, v.Outputs);
        string cos = v.Input("margin.cos", v.Batch, v.Outputs), sin = v.Input("margin.sin", v.Batch, v.Outputs);
        // cos(π - m) = -cos m and sin(π - m) = sin m.
        var inside = g.Add("Max", g.Add("Sub", g.Constant(1f), g.Add("Mul", cosine, cosine)), g.Constant(1e-7f));
        var turned = g.Add("Sub", g.Add("Mul", cosine, cos), g.Add("Mul", g.Add("Sqrt", inside), sin));
        var straight = g.Add("Sub", cosine, g.Add("Mul", margin, sin));
        var phi = g.Add("Where", g.Add("Greater", cosine, g.Add("Neg", cos)), turned, straight);
        return Losses.SoftmaxCrossEntropy(g, g.Add("Mul", phi, g.Constant((float)scale)), v.Truth, v.Outputs);
    }

    /// <summary>Sines and cosines of the margins, which the graph would compute more slowly.</summary>
    internal static void FillMargins(TrainingSession session)
    {
        var margin = session.Input<float>("margin");
        TensorPrimitives.Cos(margin, session.Input<float>("margin.cos"));
        TensorPrimitives.Sin(margin, session.Input<float>("margin.sin"));
    }
}
