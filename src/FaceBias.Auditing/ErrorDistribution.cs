namespace FaceBias.Auditing;

/// <summary>How the errors of a number are distributed, and how they depend on the true value.</summary>
internal static class ErrorDistribution
{
    private const int HistogramBins = 41;
    private const int TruthBins = 12;

    public static NumericErrors Of(TargetRanks ranks, AuditOptions options) =>
        new(Histogram(ranks.SignedError!.Values()), ByTruth(ranks.Target, ranks.Truth!, options));

    /// <summary>Bins of a round width centred on zero, wide enough that 99% of the errors lie within them; the outer
    /// two hold the rest.</summary>
    private static List<HistogramBin> Histogram(double[] sortedErrors)
    {
        if (sortedErrors.Length == 0)
            return [];
        var reach = Math.Max(Math.Abs(Quantiles.Linear(sortedErrors, 0.005)),
            Math.Abs(Quantiles.Linear(sortedErrors, 0.995)));
        var width = Round(2 * reach / HistogramBins);
        var half = HistogramBins / 2;
        var counts = new long[HistogramBins];
        foreach (var e in sortedErrors)
            counts[Math.Clamp((int)Math.Clamp(Math.Floor((e / width) + 0.5), -half, half) + half, 0,
                HistogramBins - 1)]++;
        return [.. counts.Select((c, i) => new HistogramBin((i - half - 0.5) * width, (i - half + 0.5) * width, c))];
    }

    private static List<ErrorBin> ByTruth(TargetData target, RankedRows byTruth, AuditOptions options)
    {
        var bins = new List<ErrorBin>();
        var (rows, truth) = (byTruth.Rows, byTruth.Values());
        if (rows.Length == 0)
            return bins;
        var width = Round((truth[^1] - truth[0]) / TruthBins);
        for (int start = 0, end; start < rows.Length; start = end)
        {
            var bin = Math.Floor(truth[start] / width);
            for (end = start + 1; end < rows.Length && Math.Floor(truth[end] / width) == bin;)
                end++;
            double[] errors =
                [.. rows[start..end].Select(r => target.PredictedValue[r] - target.TruthValue[r]).Order()];
            bins.Add(new(bin * width, (bin + 1) * width, errors.Length,
                Mean(Metrics.MeanAbsoluteError.Key, [.. errors.Select(Math.Abs).Order()], options),
                Mean(Metrics.SignedError.Key, errors, options)));
        }
        return bins;
    }

    /// <summary>Small bins are shown too, for the ends of a scale are where errors are worst; their intervals say how
    /// little they know.</summary>
    private static Estimate Mean(string metric, double[] sorted, AuditOptions options) => sorted.Length == 1
        ? new(metric, sorted[0], null, null, 1, Reason: "no interval: one row")
        : GroupMeasures.Mean(metric, sorted, options with { MinimumCount = 2 });

    /// <summary>The smallest of 1, 2 or 5 times a power of ten that is not below a width.</summary>
    private static double Round(double width)
    {
        if (width <= 0)
            return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(width)));
        return power * ((width / power) switch { <= 1 + 1e-9 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
    }
}
