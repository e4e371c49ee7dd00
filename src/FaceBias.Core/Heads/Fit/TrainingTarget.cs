using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Heads.Fit;

/// <summary>A target's labels with the output that predicts it, and the numbers that bring its loss to a scale where
/// the best constant prediction costs 1 more than a perfect one: so no target drowns another.</summary>
internal sealed class TrainingTarget
{
    private TrainingTarget(OutputSpec output, int[] codes, double[] values) =>
        (Output, Codes, Values) = (output, codes, values);

    /// <summary>The model's output.</summary>
    public OutputSpec Output { get; }

    /// <summary>Class per image, -1 where missing; empty for a numeric target.</summary>
    public int[] Codes { get; }

    /// <summary>Value per image, NaN where missing; empty for a categorical target.</summary>
    public double[] Values { get; }

    /// <summary>Weight per class, or null for all equal.</summary>
    public float[]? ClassWeights { get; private init; }

    /// <summary>Share of this target in the loss, relative to the others.</summary>
    public double LossWeight { get; private init; } = 1;

    /// <summary>Whether each class is a question of its own: a sigmoid per class, whose weights are those of its
    /// positives. A code below <see cref="MissingCode"/> is none of the classes, where a missing one says
    /// nothing.</summary>
    public bool OneVersusRest { get; private init; }

    /// <summary>The code of a missing class.</summary>
    public const int MissingCode = -1;

    /// <summary>Weight per image, or null for all equal.</summary>
    public float[]? ImageWeights { get; private init; }

    /// <summary>By how much the cross-entropy of the best constant distribution over the training images is above that
    /// of a perfect prediction, in nats; the latter is 0 for classes, and the entropy of the smoothed labels for a
    /// number.</summary>
    public double BaselineCrossEntropy { get; private init; }

    /// <summary>Mean absolute deviation from the median over the training images; 0 for a categorical target.</summary>
    public double BaselineAbsoluteError { get; private init; }

    /// <summary>Whether an image has no label for this target.</summary>
    public bool IsMissing(int image) => Output is CategoricalOutput ? Codes[image] < 0 : double.IsNaN(Values[image]);

    /// <summary>How much an image counts.</summary>
    public float Weight(int image) => ImageWeights is null ? 1 : ImageWeights[image];

    /// <summary>The same categorical target with its own part in the loss, not divided by that of its best constant
    /// prediction.</summary>
    /// <param name="lossWeight">Share in the loss, relative to the others.</param>
    /// <param name="oneVersusRest">Whether each class is a question of its own.</param>
    /// <param name="classWeights">Weight per class, or null for all equal.</param>
    internal TrainingTarget Shaped(double lossWeight, bool oneVersusRest, float[]? classWeights) =>
        new(Output, Codes, Values)
    {
        ClassWeights = classWeights,
        ImageWeights = ImageWeights,
        BaselineCrossEntropy = 1,
        LossWeight = lossWeight,
        OneVersusRest = oneVersusRest,
    };

    /// <summary>The same target with a weight for every image.</summary>
    public TrainingTarget Weighted(float[] imageWeights) => new(Output, Codes, Values)
    {
        ClassWeights = ClassWeights,
        LossWeight = LossWeight,
        OneVersusRest = OneVersusRest,
        ImageWeights = imageWeights,
        BaselineCrossEntropy = BaselineCrossEntropy,
        BaselineAbsoluteError = BaselineAbsoluteError,
    };

    /// <summary>Prepares a target.</summary>
    /// <exception cref="FaceBiasException">The training images show only one class or value.</exception>
    public static TrainingTarget Create(Target target, IReadOnlyList<int> train, TrainOptions options)
    {
        var known = train.Where(i => !target.IsMissing(i)).ToList();
        if (target.Kind == TargetKind.Categorical)
        {
            var counts = new long[target.Classes.Count];
            foreach (var i in known)
                counts[target.Codes[i]]++;
            var present = counts.Count(c => c > 0);
            if (present < 2)
                throw new FaceBiasException(
                    $"Target '{target.Name}' has {(present == 0 ? "no label" : "one class only")} among the training "
                        + "images; add images of other classes or leave it out of ‹Targets›.");
            var entropy = counts.Where(c => c > 0).Sum(
                c => -(double)c / known.Count * Math.Log((double)c / known.Count));
            // Inverse frequency with mean 1 over the images; a class that training never shows keeps weight 1.
            var weights = counts.Select(c => c == 0 ? 1f : (float)((double)known.Count / present / c)).ToArray();
            return new TrainingTarget(new CategoricalOutput(target.Name, target.Classes), target.Codes, [])
            {
                ClassWeights = options.ClassWeights ? weights : null,
                BaselineCrossEntropy = entropy,
            };
        }
        var labels = known.Select(i => target.Values[i]).ToList();
        if (labels.Distinct().Take(2).Count() < 2)
            throw new FaceBiasException(
                $"Target '{target.Name}' has {(labels.Count == 0 ? "no value" : "one value only")} among the training "
                    + "images; there is nothing to learn, so leave it out of ‹Targets›.");
        var output = NumericOutput.For(target.Name, labels);
        var median = labels.Order().ElementAt(labels.Count / 2);
        var mean = new double[output.Bins];
        var row = new float[output.Bins];
        var perfect = 0.0;
        foreach (var value in labels)
        {
            Distribution(output, value, options.LabelSmoothing, row);
            for (var b = 0; b < mean.Length; b++)
            {
                mean[b] += row[b] / labels.Count;
                perfect += row[b] > 0 ? -row[b] * Math.Log(row[b]) / labels.Count : 0;
            }
        }
        return new TrainingTarget(output, [], target.Values)
        {
            BaselineCrossEntropy = -mean.Sum(p => p > 0 ? p * Math.Log(p) : 0) - perfect,
            BaselineAbsoluteError = labels.Average(v => Math.Abs(v - median)),
        };
    }

    /// <summary>The smoothed label of a numeric target: a normal density around the value over the bins, summing to
    /// 1.</summary>
    /// <param name="deviation">Standard deviation in steps.</param>
    /// <param name="destination">One probability per bin.</param>
    public static void Distribution(NumericOutput output, double value, double deviation, Span<float> destination)
    {
        var sum = 0.0;
        for (var b = 0; b < output.Bins; b++)
        {
            var z = (output.Value(b) - value) / (output.Step * deviation);
            sum += destination[b] = (float)Math.Exp(-0.5 * z * z);
        }
        if (sum <= 1e-20)
        {
            // Far outside the range that training saw (a validation label): all weight on the nearest bin.
            destination.Clear();
            destination[value < output.Minimum ? 0 : output.Bins - 1] = 1;
            return;
        }
        for (var b = 0; b < output.Bins; b++)
            destination[b] = (float)(destination[b] / sum);
    }
}
