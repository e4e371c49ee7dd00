namespace FaceBias.Auditing;

/// <summary>One class against the rest: the four counts that every rate is made of.</summary>
internal readonly record struct BinaryCounts(long TruePositive, long FalsePositive, long FalseNegative,
    long TrueNegative)
{
    /// <summary>Rows of the class.</summary>
    public long Positive => TruePositive + FalseNegative;

    /// <summary>Rows of other classes.</summary>
    public long Negative => FalsePositive + TrueNegative;

    /// <summary>Rows taken for the class.</summary>
    public long Selected => TruePositive + FalsePositive;

    public long Total => Positive + Negative;

    /// <summary>The counts of class <paramref name="k"/> of a confusion matrix [truth][prediction].</summary>
    public static BinaryCounts Of(IReadOnlyList<IReadOnlyList<long>> confusion, int k)
    {
        long total = 0, selected = 0, positive = 0, hits = confusion[k][k];
        for (var i = 0; i < confusion.Count; i++)
        {
            selected += confusion[i][k];
            positive += confusion[k][i];
            for (var j = 0; j < confusion.Count; j++)
                total += confusion[i][j];
        }
        return new(hits, selected - hits, positive - hits, total - selected - positive + hits);
    }

    /// <summary>The counts of a single row.</summary>
    public static BinaryCounts OfRow(bool truth, bool predicted) =>
        new(truth && predicted ? 1 : 0, !truth && predicted ? 1 : 0, truth && !predicted ? 1 : 0,
            !truth && !predicted ? 1 : 0);

    /// <summary>F1 = 2 TP / (2 TP + FP + FN), or NaN where the class neither occurs nor is predicted.</summary>
    public double F1 => 2.0 * TruePositive / ((2 * TruePositive) + FalsePositive + FalseNegative);

    /// <summary>Generalized entropy index of the benefits b = prediction - truth + 1 (Speicher et al. 2018), which are
    /// 2 for a false positive, 0 for a false negative and 1 else. Alpha 1 is Theil's index, with 0 ln 0 = 0.</summary>
    public double GeneralizedEntropy(double alpha)
    {
        double n = Total, mean = (n + FalsePositive - FalseNegative) / n;
        if (n == 0 || mean == 0)
            return double.NaN;
        double right = TruePositive + TrueNegative, r1 = 1 / mean, r2 = 2 / mean;
        return alpha == 1
            ? ((right * r1 * Math.Log(r1)) + (FalsePositive * r2 * Math.Log(r2))) / n
            : ((right * (Math.Pow(r1, alpha) - 1)) + (FalsePositive * (Math.Pow(r2, alpha) - 1))
                + (FalseNegative * -1.0))
                / (n * alpha * (alpha - 1));
    }
}

/// <summary>A rate of counts: which are in the numerator and which in the denominator.</summary>
internal sealed record RateMetric(Metric Metric, Func<BinaryCounts, (long Numerator, long Denominator)> Counts)
{
    /// <summary>The rates of one class against the rest.</summary>
    public static IReadOnlyList<RateMetric> All { get; } =
    [
        new(Metrics.SelectionRate, c => (c.Selected, c.Total)),
        new(Metrics.Recall, c => (c.TruePositive, c.Positive)),
        new(Metrics.FalseNegativeRate, c => (c.FalseNegative, c.Positive)),
        new(Metrics.FalsePositiveRate, c => (c.FalsePositive, c.Negative)),
        new(Metrics.TrueNegativeRate, c => (c.TrueNegative, c.Negative)),
        new(Metrics.Precision, c => (c.TruePositive, c.Selected)),
        new(Metrics.NegativePredictiveValue, c => (c.TrueNegative, c.TrueNegative + c.FalseNegative)),
    ];

    /// <summary>The rate, NaN without a denominator.</summary>
    public double Value(BinaryCounts counts)
    {
        var (numerator, denominator) = Counts(counts);
        return (double)numerator / denominator;
    }
}
