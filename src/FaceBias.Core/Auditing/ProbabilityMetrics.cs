namespace FaceBias.Core.Auditing;

/// <summary>What the probabilities of a label are worth: losses and calibration.</summary>
internal static class ProbabilityMetrics
{
    private const int Bins = 10;

    public static IEnumerable<Estimate> Of(TargetData target, int[] rows, AuditOptions options)
    {
        if (target.Probabilities is not { } p)
            yield break;
        rows = [.. rows.Where(r => !double.IsNaN(p[0][r]))];
        // ML.NET clips at 1e-15 too, so that one impossible answer does not make the loss infinite.
        var loss = GroupMeasures.Mean(Metrics.LogLoss.Key, [.. rows.Select(r => -Math.Log(Math.Max(p[target.Truth[r]][r], 1e-15)))], options);
        yield return loss;
        yield return Reduction(target, rows, loss);
        yield return GroupMeasures.Mean(Metrics.Brier.Key, [.. rows.Select(r => Squares(p, target.Truth[r], r))], options);
        for (var k = 2; k <= 3 && k < p.Length; k++)
            yield return GroupMeasures.Rate(Metrics.TopK(k).Key, rows.Count(r => Rank(p, target.Truth[r], r) < k), rows.Length, options);
        (double P, double Right)[] sure = [.. rows
            .Select(r => (p[target.Predicted[r]][r], target.Predicted[r] == target.Truth[r] ? 1.0 : 0.0)).Order()];
        yield return CalibrationError(sure, options);
        yield return GroupMeasures.Mean(Metrics.CalibrationOffset.Key, [.. sure.Select(s => s.P - s.Right)], options);
        yield return CalibrationSlope(sure, options);
    }

    private static double Squares(double[][] p, int truth, int row)
    {
        double sum = 0;
        for (var k = 0; k < p.Length; k++)
            sum += (p[k][row] - (k == truth ? 1 : 0)) * (p[k][row] - (k == truth ? 1 : 0));
        return sum;
    }

    private static int Rank(double[][] p, int truth, int row)
    {
        var rank = 0;
        for (var k = 0; k < p.Length; k++)
            rank += p[k][row] > p[truth][row] || (p[k][row] == p[truth][row] && k < truth) ? 1 : 0;
        return rank;
    }

    /// <summary>The loss is divided by the entropy of the group's own labels, which is taken as known.</summary>
    private static Estimate Reduction(TargetData target, int[] rows, Estimate loss)
    {
        var entropy = rows.GroupBy(r => target.Truth[r]).Select(g => (double)g.Count() / rows.Length).Sum(q => -q * Math.Log(q));
        return loss with
        {
            Metric = Metrics.LogLossReduction.Key,
            Value = entropy > 0 ? 1 - (loss.Value / entropy) : null,
            Low = entropy > 0 ? 1 - (loss.High / entropy) : null,
            High = entropy > 0 ? 1 - (loss.Low / entropy) : null,
            Reason = loss.Reason ?? (entropy > 0 ? null : "not estimable: all rows have one label"),
        };
    }

    /// <summary>Sum over bins of equal mass of (n of bin / n) |mean probability - share right|; its interval comes from
    /// drawing each bin's difference from its own normal distribution.</summary>
    private static Estimate CalibrationError((double P, double Right)[] sure, AuditOptions options)
    {
        var key = Metrics.CalibrationError.Key;
        if (GroupMeasures.Refuse(key, sure.Length, options, Math.Max(options.MinimumCount, 5 * Bins)) is { } refusal)
            return refusal;
        var bins = Enumerable.Range(0, Bins).Select(b => Moments.Of(
            [.. sure[(b * sure.Length / Bins)..((b + 1) * sure.Length / Bins)].Select(s => s.P - s.Right)])).ToArray();
        double Error(Func<Moments, double> difference) => bins.Sum(b => b.Count * Math.Abs(difference(b))) / sure.Length;
        var random = new SeededRandom(options.Seed, SeededRandom.Stream(key, sure.Length));
        var draws = new double[options.BootstrapReplicates];
        for (var i = 0; i < draws.Length; i++)
            draws[i] = Error(b => b.Mean + (Math.Sqrt(b.Variance / b.Count) * random.NextNormal()));
        var value = Error(b => b.Mean);
        var interval = Bootstrap.Percentile(draws, value, options.Confidence);
        return new(key, value, interval.Low, interval.High, sure.Length, null, "parametric bootstrap");
    }

    /// <summary>Logistic regression by Newton's method; the interval is Wald's.</summary>
    private static Estimate CalibrationSlope((double P, double Right)[] sure, AuditOptions options)
    {
        var key = Metrics.CalibrationSlope.Key;
        if (GroupMeasures.Refuse(key, sure.Length, options, Math.Max(options.MinimumCount, 20)) is { } refusal)
            return refusal;
        double a = 0, b = 1, waa = 0, wab = 0, wbb = 0;
        for (var step = 0; step < 50; step++)
        {
            double ga = 0, gb = 0;
            (waa, wab, wbb) = (0, 0, 0);
            foreach (var (p, right) in sure)
            {
                var x = Math.Log(Math.Clamp(p, 1e-9, 1 - 1e-9) / (1 - Math.Clamp(p, 1e-9, 1 - 1e-9)));
                var q = 1 / (1 + Math.Exp(-(a + (b * x))));
                ga += right - q;
                gb += (right - q) * x;
                waa += q * (1 - q);
                wab += q * (1 - q) * x;
                wbb += q * (1 - q) * x * x;
            }
            var determinant = (waa * wbb) - (wab * wab);
            if (determinant < 1e-9 * waa * wbb || double.IsNaN(determinant))
                return new(key, null, null, null, sure.Length, Reason: "not estimable: answers or probabilities do not vary enough");
            double da = ((wbb * ga) - (wab * gb)) / determinant, db = ((waa * gb) - (wab * ga)) / determinant;
            (a, b) = (a + da, b + db);
            if (Math.Abs(da) + Math.Abs(db) < 1e-10)
            {
                var half = Interval.Z(options.Confidence) * Math.Sqrt(waa / determinant);
                return new(key, b, b - half, b + half, sure.Length, null, "wald");
            }
        }
        return new(key, null, null, null, sure.Length, Reason: "not estimable: the regression does not converge");
    }
}
