using System.Numerics.Tensors;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Core.Heads.Methods;

/// <summary>What AFR and SELF share: ERM on part of the training rows, then the last layer refitted to its optimum on
/// others, pulled towards where ERM left it.</summary>
internal static class LastLayer
{
    /// <summary>Two parts of the training rows, drawn at random.</summary>
    public static (int[] First, int[] Second) Cut(MitigationTask task, double share)
    {
        var random = new RandomSource(task.Seed).Stream("cut", 0);
        var keys = Enumerable.Range(0, task.Train.Rows).Select(_ => random.NextUInt64()).ToArray();
        int[] order = [.. Enumerable.Range(0, task.Train.Rows).OrderBy(r => keys[r])];
        var first = (int)(share * order.Length);
        return ([.. order[..first].Order()], [.. order[first..].Order()]);
    }

    /// <summary>Refits the last layer of a network on scaled rows with weights: the minimum of the weighted mean loss
    /// plus λ/2 · ‖w - w₀‖².</summary>
    public static TrainedModel Refit(
        MitigationTask task, HeadNetwork net, HeadPart part, double[] weights, double lambda, TrainingResult erm)
    {
        var offsets = net.Predict(part);
        var shape = net.Main.Shape;
        var layer = shape.Hidden == 0 ? part
            : new HeadPart(net.Hidden(part), shape.Hidden, part.Target, part.Values, part.Bias);
        using var fit = new ConvexFit(task, layer, 0, lambda, offsets);
        var step = fit.Run(weights, ConvexFit.LargestEigenvalue(layer, weights));
        var parameters = new Dictionary<string, float[]>(net.Parameters());
        foreach (var (name, change) in step)
            parameters[name] = [.. parameters[name].Zip(change, (a, b) => a + b)];
        return TrainedHead.Of(task, shape, parameters, erm);
    }

    /// <summary>Weights of some rows of a split as weights of all its rows.</summary>
    public static double[] Spread(int rows, int[] chosen, double[] weights)
    {
        var all = new double[rows];
        for (var i = 0; i < chosen.Length; i++)
            all[chosen[i]] = weights[i];
        return all;
    }

    /// <summary>Softmax probabilities from logits.</summary>
    public static double[] Softmax(ReadOnlySpan<float> logits)
    {
        var p = new double[logits.Length];
        TensorPrimitives.ConvertTruncating(logits, p);
        Distributions.Softmax(p, p);
        return p;
    }
}

/// <summary>Automatic feature reweighting: the last layer refitted on held-out training rows that weigh more the less
/// likely ERM thinks their truth, μ ~ β_class · exp(-γ p).</summary>
internal sealed class Afr() : MitigationMethod("afr", "AFR", "Qiu et al. 2023",
    deviation: "The layer is fitted to its optimum instead of for a number of steps.")
{
    internal override IReadOnlyList<Parameter> Space =>
    [
        .. Common(),
        Log("gamma", 4, 0.5, 15),
        Log("lambda", 0.05, 1e-3, 1),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        var (first, second) = LastLayer.Cut(task, 0.8);
        using var net = Erm.Network(task, settings, first.Length);
        var erm = HeadFit.Run(task, net, Erm.Plan(task, settings, net, first));
        var part = task.Train.Take(second);
        var weights = Weights(net.Predict(part), part.Target, task.Data.Outputs, settings["gamma"]);
        return LastLayer.Refit(task, net, part, weights, settings["lambda"], erm) with
        {
            Weights = new(LastLayer.Spread(task.Train.Rows, second, weights)),
        };
    }

    /// <summary>exp(-γ p of the truth) / (size of the class), summing to 1.</summary>
    internal static double[] Weights(float[] logits, int[] truth, int classes, double gamma)
    {
        var sizes = new int[classes];
        foreach (var y in truth)
            sizes[y]++;
        var weights = truth.Select(
            (y, i) => Math.Exp(-gamma * LastLayer.Softmax(logits.AsSpan(i * classes, classes))[y]) / sizes[y])
            .ToArray();
        var sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }
}

/// <summary>Selective last-layer fine-tuning: of held-out rows those on which ERM and an early-stopped copy disagree
/// most are taken, classes in equal parts, and the last layer is refitted on them. As in its source one half of the
/// validation rows, without their groups, is what is held out; the other half chooses.</summary>
internal sealed class Self() : MitigationMethod("self", "SELF", "LaBonte, Muthukumar, Kumar 2023",
    deviation: "The layer is fitted to its optimum near ERM's instead of for a number of steps.")
{
    public override bool FitsOnValidation => true;

    internal override IReadOnlyList<Parameter> Space =>
    [
        .. Common(),
        Choice("points", 100, 20, 50, 100, 200, 500),
        Choice("early-epochs", 1, 1, 2, 5),
        Log("lambda", 1e-3, 1e-4, 1),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        var half = CrossFit.Halves(task.Validation.Target, task.Data.Outputs, task.Seed);
        int[] held = [.. Enumerable.Range(0, half.Length).Where(i => half[i] == 0)];
        var part = task.Validation.Take(held);
        var early = Erm.First(task, settings, "early-epochs", copy => copy.Predict(part));
        using var net = Erm.Network(task, settings);
        var erm = HeadFit.Run(task, net, Erm.Plan(task, settings, net));
        var weights = Chosen(net.Predict(part), early, part.Target, task.Data.Outputs, settings.Count("points"));
        var head = LastLayer.Refit(task, net, part, weights, settings["lambda"], erm);
        return head with
        {
            HeldOutScore = task.Assess(head.Predict(task.Data.Validation), i => half[i] == 1).Score,
            Weights = new(null, LastLayer.Spread(half.Length, held, weights)),
        };
    }

    /// <summary>Weights of the chosen points, each class with the same sum: in each class those with the largest
    /// Kullback-Leibler divergence of ERM's probabilities from the early ones.</summary>
    internal static double[] Chosen(float[] late, float[] early, int[] truth, int classes, int points)
    {
        var divergence = truth.Select((_, i) =>
        {
            var (p, q) = (LastLayer.Softmax(late.AsSpan(i * classes, classes)),
                LastLayer.Softmax(early.AsSpan(i * classes, classes)));
            return p.Zip(q, (a, b) => a > 0 ? a * Math.Log(a / Math.Max(b, 1e-12)) : 0).Sum();
        }).ToArray();
        var weights = new double[truth.Length];
        for (var c = 0; c < classes; c++)
        {
            int[] chosen = [
                .. Enumerable.Range(0, truth.Length).Where(i => truth[i] == c).OrderByDescending(i => divergence[i])
                    .Take(Math.Max(1, points / classes))];
            foreach (var i in chosen)
                weights[i] = 1.0 / chosen.Length;
        }
        return weights;
    }
}
