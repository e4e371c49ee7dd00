using System.Numerics.Tensors;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Core.Curation.Labels;

/// <summary>Confident learning (C. Northcutt, L. Jiang and I. Chuang, 2021): a label is suspicious where a model that
/// never saw the image gives another class more than the mean that images labelled so get. Scores become probabilities
/// by a softmax whose steepness makes the given labels most likely.</summary>
internal static class ConfidentLabels
{
    /// <summary>A suspicion is to be right at least this often.</summary>
    private const double LeastPrecision = 0.5;

    private const int MarginSteps = 1000, FewestSeen = 20;

    /// <param name="scores">[n, classes].</param>
    /// <param name="given">Class per row, -1 where unknown.</param>
    public static float[] Probabilities(float[] scores, int[] given, int classes)
    {
        // The loss has a single minimum over the logarithm of the steepness: golden section.
        const double Golden = 0.6180339887498949;
        double low = 0, high = Math.Log(300);
        double a = high - Golden * (high - low), b = low + Golden * (high - low);
        double atA = Loss(scores, given, classes, Math.Exp(a)), atB = Loss(scores, given, classes, Math.Exp(b));
        while (high - low > 1e-3)
        {
            if (atA < atB)
            {
                (high, b, atB) = (b, a, atA);
                a = high - Golden * (high - low);
                atA = Loss(scores, given, classes, Math.Exp(a));
            }
            else
            {
                (low, a, atA) = (a, b, atB);
                b = low + Golden * (high - low);
                atB = Loss(scores, given, classes, Math.Exp(b));
            }
        }
        var probabilities = new float[scores.Length];
        for (var i = 0; i < given.Length; i++)
            Distributions.Softmax(scores.AsSpan(i * classes, classes), probabilities.AsSpan(i * classes, classes),
                Math.Exp((low + high) / 2));
        return probabilities;
    }

    /// <summary>The class that each row should rather have, or -1 where nothing is suspicious.</summary>
    /// <param name="probabilities">[n, classes], out of fold.</param>
    /// <param name="given">Class per row, -1 where unknown.</param>
    public static int[] Expected(float[] probabilities, int[] given, int classes)
    {
        var sums = new double[classes];
        var counts = new int[classes];
        for (var i = 0; i < given.Length; i++)
        {
            if (given[i] >= 0)
            {
                sums[given[i]] += probabilities[i * classes + given[i]];
                counts[given[i]]++;
            }
        }
        // A class that nobody has cannot be expected.
        var thresholds = sums.Select((s, c) => counts[c] > 0 ? s / counts[c] : double.PositiveInfinity).ToArray();
        var expected = new int[given.Length];
        for (var i = 0; i < given.Length; i++)
        {
            var best = -1;
            for (var c = 0; c < classes; c++)
            {
                var p = probabilities[i * classes + c];
                if (p >= thresholds[c] && (best < 0 || p > probabilities[i * classes + best]))
                    best = c;
            }
            expected[i] = given[i] >= 0 && best != given[i] ? best : -1;
        }
        return expected;
    }

    /// <summary>Least margin (probability of the most likely class less that of the given one) of a label that is more
    /// likely wrong than right. How often a wrong label has such a margin is known, because any other class may be put
    /// in place of the given one; if a share e of the labels were wrong, at least e times that would be seen of the
    /// given ones, so e is at most the least ratio of the two over all margins. With this e the expected share of wrong
    /// labels among those with at least a margin is that ratio's reciprocal times e. Wrong labels are taken to be like
    /// those of other images drawn at random.</summary>
    public static float LeastMargin(float[] probabilities, int[] given, int classes)
    {
        int[] known = [.. Enumerable.Range(0, given.Length).Where(i => given[i] >= 0)];
        var counts = new double[classes];
        foreach (var i in known)
            counts[given[i]]++;
        // Per step of margin: given labels, and wrong ones by the weight with which each class would be drawn.
        double[] seen = new double[MarginSteps + 1], wrong = new double[MarginSteps + 1];
        foreach (var i in known)
        {
            var p = probabilities.AsSpan(i * classes, classes);
            var best = TensorPrimitives.Max<float>(p);
            for (var c = 0; c < classes; c++)
            {
                if (c == given[i])
                    seen[Step(best - p[c])]++;
                else if (known.Length > counts[given[i]])
                    wrong[Step(best - p[c])] += counts[c] / (known.Length - counts[given[i]]);
            }
        }
        for (var m = MarginSteps - 1; m >= 0; m--)
            (seen[m], wrong[m]) = (seen[m] + seen[m + 1], wrong[m] + wrong[m + 1]);
        var noise = 1.0;
        for (var m = 0; m <= MarginSteps && seen[m] >= FewestSeen; m++)
            noise = wrong[m] > 0 ? Math.Min(noise, seen[m] / wrong[m]) : noise;
        var least = 0;
        while (least < MarginSteps && noise * wrong[least] < LeastPrecision * seen[least])
            least++;
        return (float)least / MarginSteps;

        static int Step(float margin) => Math.Clamp((int)(margin * MarginSteps), 0, MarginSteps);
    }

    private static double Loss(float[] scores, int[] given, int classes, double steepness)
    {
        var loss = 0.0;
        Span<float> p = stackalloc float[classes];
        for (var i = 0; i < given.Length; i++)
        {
            if (given[i] < 0)
                continue;
            Distributions.Softmax(scores.AsSpan(i * classes, classes), p, steepness);
            loss -= Math.Log(Math.Max(p[given[i]], 1e-30f));
        }
        return loss;
    }
}
