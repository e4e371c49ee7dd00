using System.Numerics.Tensors;

namespace FaceBias.Core.Curation.Labels;

/// <summary>Which labels are more likely wrong than right, given scores of a model that never saw them. Labels are
/// taken to be drawn from (1 - e) softmax(steepness (score - share) + log share) + e share: clean ones by the scores, a
/// fraction e at random by the classes' shares (N. Lawrence and B. Schölkopf, 2001, with a uniform flip; J. Bootkrajang
/// and A. Kabán, 2012). Both numbers are those that make the labels most likely. Scores that tell nothing get a
/// steepness of 0, and no label is then more likely wrong than right, because e is at most
/// <see cref="MostNoise"/>.</summary>
internal sealed class LabelNoise
{
    /// <summary>A larger fraction of wrong labels could not be told from features that do not tell the
    /// label.</summary>
    public const double MostNoise = 0.3;

    private const double FlattestLog = -6, SteepestLog = 6;

    private readonly int _classes;
    private readonly double[] _shares;
    private readonly int[] _given;

    /// <param name="scores">[n, classes], out of fold.</param>
    /// <param name="given">Class per row, -1 where unknown.</param>
    public LabelNoise(float[] scores, int[] given, int classes)
    {
        (_classes, _given, _shares) = (classes, given, new double[classes]);
        var known = given.Count(g => g >= 0);
        foreach (var g in given)
            if (g >= 0)
                _shares[g] += 1.0 / known;
        Probabilities = new float[scores.Length];
        // A grid first: the likelihood may have several maxima where there are few rows.
        var steps = Enumerable.Range(0, 13).Select(i => FlattestLog + i).ToArray();
        var best = steps.MaxBy(s => Fit(scores, s).LogLikelihood);
        const double Golden = 0.6180339887498949;
        double low = best - 1, high = Math.Min(best + 1, SteepestLog);
        double a = high - Golden * (high - low), b = low + Golden * (high - low);
        double atA = Fit(scores, a).LogLikelihood, atB = Fit(scores, b).LogLikelihood;
        while (high - low > 1e-2)
        {
            if (atA > atB)
            {
                (high, b, atB) = (b, a, atA);
                a = high - Golden * (high - low);
                atA = Fit(scores, a).LogLikelihood;
            }
            else
            {
                (low, a, atA) = (a, b, atB);
                b = low + Golden * (high - low);
                atB = Fit(scores, b).LogLikelihood;
            }
        }
        Noise = Fit(scores, (low + high) / 2).Noise;
        BalancedAccuracy = Balanced();
    }

    /// <summary>The estimated fraction of labels that are drawn at random, up to <see cref="MostNoise"/>.</summary>
    public double Noise { get; }

    /// <summary>Probabilities of the classes where the label is clean, [n, classes].</summary>
    public float[] Probabilities { get; }

    /// <summary>Mean recall of the classes where each row takes the class with the largest ratio of probability to
    /// share; 1 over the number of classes by chance.</summary>
    public double BalancedAccuracy { get; }

    /// <summary>Number of classes that a row has.</summary>
    public int Classes => _shares.Count(s => s > 0);

    /// <summary>The share of what chance leaves of the balanced accuracy: 0 by chance, 1 for a model without
    /// error.</summary>
    public double Skill => Classes < 2 ? 0 : (BalancedAccuracy - 1.0 / Classes) / (1 - 1.0 / Classes);

    /// <summary>The probability that the given label of a row is a random one, and the most likely other
    /// class.</summary>
    public (double Probability, int Expected) Of(int row)
    {
        var p = Probabilities.AsSpan(row * _classes, _classes);
        var given = _given[row];
        if (given < 0)
            return (0, -1);
        var random = Noise * _shares[given];
        var expected = TensorPrimitives.IndexOfMax<float>(p);
        return expected == given ? (0, given) : (random / ((1 - Noise) * p[given] + random), expected);
    }

    /// <summary>Fills <see cref="Probabilities"/> and finds the fraction of noise that fits them best; the likelihood
    /// is concave in it.</summary>
    private (double LogLikelihood, double Noise) Fit(float[] scores, double logSteepness)
    {
        var steepness = (float)Math.Exp(logSteepness);
        Span<float> logits = new float[_classes];
        for (var c = 0; c < _classes; c++)
            logits[c] = _shares[c] > 0 ? (float)(Math.Log(_shares[c]) - steepness * _shares[c])
                : float.NegativeInfinity;
        double[] clean = new double[_given.Length], share = new double[_given.Length];
        var n = 0;
        for (var i = 0; i < _given.Length; i++)
        {
            var p = Probabilities.AsSpan(i * _classes, _classes);
            TensorPrimitives.MultiplyAdd(scores.AsSpan(i * _classes, _classes), steepness, logits, p);
            TensorPrimitives.SoftMax<float>(p, p);
            if (_given[i] >= 0)
                (clean[n], share[n++]) = (Math.Max(p[_given[i]], 1e-30f), _shares[_given[i]]);
        }
        double low = 0, high = MostNoise;
        for (var step = 0; step < 24; step++)
        {
            var noise = (low + high) / 2;
            var slope = 0.0;
            for (var i = 0; i < n; i++)
                slope += (share[i] - clean[i]) / ((1 - noise) * clean[i] + noise * share[i]);
            (low, high) = slope > 0 ? (noise, high) : (low, noise);
        }
        var log = 0.0;
        for (var i = 0; i < n; i++)
            log += Math.Log((1 - low) * clean[i] + low * share[i]);
        return (log, low);
    }

    private double Balanced()
    {
        int[] right = new int[_classes], all = new int[_classes];
        for (var i = 0; i < _given.Length; i++)
        {
            if (_given[i] < 0)
                continue;
            var best = -1;
            for (var c = 0; c < _classes; c++)
                if (_shares[c] > 0 && (best < 0 || Ratio(i, c) > Ratio(i, best)))
                    best = c;
            all[_given[i]]++;
            right[_given[i]] += best == _given[i] ? 1 : 0;
        }
        return Enumerable.Range(0, _classes).Where(c => all[c] > 0).Select(c => (double)right[c] / all[c])
            .DefaultIfEmpty(0).Average();
    }

    private double Ratio(int row, int c) => Probabilities[row * _classes + c] / _shares[c];
}
