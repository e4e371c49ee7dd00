using FaceBias.Primitives.Randomness;

namespace FaceBias.Auditing;

/// <summary>Differences, ratios, worst and unweighted mean over groups of the metrics that are no counts: mean errors,
/// losses, calibration, AUC. Their intervals are composed of the groups' own: each group's metric is drawn from the two
/// normal halves that its interval stands for, and the statistic is taken of every draw.</summary>
internal static class MetricDisparities
{
    /// <summary>The power of the mean over groups in the bias metric of Borkan et al. (2019), which leans to the worst
    /// group.</summary>
    private const double Power = -5;

    private static readonly Metric[] Shared =
    [
        Metrics.MeanAbsoluteError, Metrics.SignedError, Metrics.LogLoss, Metrics.Brier, Metrics.CalibrationError,
        Metrics.CalibrationOffset,
    ];

    private static readonly string[] s_shares = [Metrics.Auc.Key, Metrics.AucBpsn.Key, Metrics.AucBnsp.Key,
        Metrics.CalibrationError.Key];

    /// <param name="classes">The target's classes; empty for a number.</param>
    /// <param name="options">Replicates, seed and confidence.</param>
    public static List<Disparity> Of(IReadOnlyList<GroupAudit> groups, GroupAudit overall,
        IReadOnlyList<string> classes, AuditOptions options)
    {
        var found = new List<Disparity>();
        foreach (var metric in Shared.Where(m => overall.Find(m.Key) is not null))
            found.AddRange(Across(metric, null, groups, overall, options));
        foreach (var label in classes.Where(c => overall.Find(Metrics.Auc.Key, c) is not null))
        {
            found.AddRange(Across(Metrics.Auc, label, groups, overall, options));
            found.Add(BiasAuc(label, groups, overall, options));
        }
        return found;
    }

    private static IEnumerable<Disparity> Across(Metric metric, string? label, IReadOnlyList<GroupAudit> groups,
        GroupAudit overall, AuditOptions options)
    {
        Estimate[] estimates = [.. groups.Select(g => g.Find(metric.Key, label)!).Where(e => e.Value is not null)];
        var all = overall.Find(metric.Key, label)!.Value;
        double total = estimates.Sum(f => f.Denominator);
        // Where groups draw high, so do all rows together.
        double Shift(double[] drawn) => estimates.Length == 0 ? 0
            : estimates.Select((f, i) => f.Denominator / total * (drawn[i] - f.Value!.Value)).Sum();
        List<(string Name, Func<double[], double> Of)> statistics =
        [
            ($"{metric.Key}_difference", v => v.Length < 2 ? double.NaN : v.Max() - v.Min()),
            ($"{metric.Key}_difference_to_overall", v => v.Length == 0 || all is null ? double.NaN
                : v.Max(x => Math.Abs(x - all.Value - Shift(v)))),
        ];
        if (metric.HigherIsBetter is { } higher)
        {
            statistics.Add(($"{metric.Key}_ratio", v => v.Length < 2 ? double.NaN : v.Min() / v.Max()));
            statistics.Add(($"{metric.Key}_ratio_to_overall", v => v.Length == 0 || all is null ? double.NaN
                : v.Min(x => Math.Min(x / (all.Value + Shift(v)), (all.Value + Shift(v)) / x))));
            statistics.Add(($"worst_group_{metric.Key}", v => v.Length == 0 ? double.NaN : higher ? v.Min() : v.Max()));
            statistics.Add(($"adjusted_{metric.Key}", v => v.Length == 0 ? double.NaN : v.Average()));
        }
        return Evaluate(statistics, label, estimates, options, metric.Key);
    }

    /// <summary>A quarter of the AUC of all rows and three quarters of the mean of the power means over groups of AUC,
    /// BPSN and BNSP: what the Jigsaw challenge scored.</summary>
    private static Disparity BiasAuc(string label, IReadOnlyList<GroupAudit> groups, GroupAudit overall,
        AuditOptions options)
    {
        Metric[] parts = [Metrics.Auc, Metrics.AucBpsn, Metrics.AucBnsp];
        GroupAudit[] whole = [.. groups.Where(g => parts.All(p => g.Find(p.Key, label)!.Value is not null))];
        Estimate[] estimates = [overall.Find(Metrics.Auc.Key, label)!,
            .. parts.SelectMany(p => whole.Select(g => g.Find(p.Key, label)!))];
        double Bias(double[] v)
        {
            if (whole.Length < 2)
                return double.NaN;
            double PowerMean(int part) =>
                Math.Pow(Enumerable.Range(0, whole.Length).Average(
                    g => Math.Pow(v[1 + (part * whole.Length) + g], Power)), 1 / Power);
            return (0.25 * v[0]) + (0.75 * Enumerable.Range(0, parts.Length).Average(PowerMean));
        }
        return Evaluate([("bias_auc", Bias)], label, estimates[0].Value is null ? [] : estimates, options, "bias_auc")
            .Single();
    }

    private static IEnumerable<Disparity> Evaluate(List<(string Name, Func<double[], double> Of)> statistics,
        string? label,
        Estimate[] estimates, AuditOptions options, string stream)
    {
        double[] values = [.. estimates.Select(f => f.Value!.Value)];
        var drawable = options.Resample && estimates.Length is > 0 and <= CountBootstrap.MaximumGroups
            && estimates.All(f => f.Low is not null);
        double[][] draws = drawable ? Draws(estimates, options, stream) : [];
        foreach (var (name, of) in statistics)
        {
            var value = of(values);
            if (!double.IsFinite(value))
            {
                yield return new(name, null, null, null,
                    "not estimable: too few groups with an estimate, or a ratio to zero", label);
                continue;
            }
            // A draw in which a ratio is 0 / 0 has no value.
            var interval = drawable
                ? CountBootstrap.Percentile([.. draws.Select(of).Select(v => double.IsFinite(v) ? v : double.NaN)],
                    value, options.Confidence) : null;
            yield return new(name, value, interval?.Low, interval?.High, interval is not null ? null
                : drawable ? "no interval: a ratio to a metric that may be zero"
                    : "no interval: a group has none, too many groups, or not resampled", label);
        }
    }

    private static double[][] Draws(Estimate[] estimates, AuditOptions options, string stream)
    {
        var z = Interval.Z(options.Confidence);
        // By size and value, so that the names of groups do not decide which random numbers they get.
        int[] order = [.. Enumerable.Range(0, estimates.Length).OrderBy(i => estimates[i].Denominator)
            .ThenBy(i => estimates[i].Value)];
        var random = new RandomSource(options.Seed).Stream("disparities of " + stream, estimates.Length);
        var draws = new double[options.BootstrapReplicates][];
        for (var r = 0; r < draws.Length; r++)
        {
            draws[r] = new double[estimates.Length];
            foreach (var i in order)
            {
                var (f, u) = (estimates[i], random.NextNormal());
                var drawn = f.Value!.Value
                    + (u / z * (u < 0 ? f.Value.Value - f.Low!.Value : f.High!.Value - f.Value.Value));
                // An error, a loss or an area is never negative, however wide its interval; an area is never above 1.
                drawn = f.Low >= 0 ? Math.Max(drawn, 0) : drawn;
                draws[r][i] = s_shares.Contains(f.Metric) ? Math.Min(drawn, 1) : drawn;
            }
        }
        return draws;
    }
}
