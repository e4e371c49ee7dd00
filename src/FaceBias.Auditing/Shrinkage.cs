namespace FaceBias.Auditing;

/// <summary>What the other groups of a grouping suggest about each of them (empirical Bayes): a small group's estimate
/// is drawn towards that of all, a large one's hardly. It stands beside the raw estimate, never instead of it: whether
/// a group is treated like the others is just what is asked.</summary>
internal static class Shrinkage
{
    /// <summary>Fewer groups than this say nothing about how far groups differ.</summary>
    private const int FewestGroups = 3;

    public static GroupAudit[] Add(GroupAudit[] groups, AuditOptions options)
    {
        if (groups.Length < FewestGroups)
            return groups;
        Estimate[][] estimates = [.. groups.Select(g => g.Estimates.ToArray())];
        for (var i = 0; i < estimates[0].Length; i++)
        {
            var at = i;
            Estimate[] of = [.. estimates.Select(e => e[at])];
            double?[] shrunken = of.Any(e => e.Numerator is not null)
                ? Rates([.. of.Select(e => e.Numerator ?? 0)], [.. of.Select(e => e.Denominator)])
                : of[0].Metric is "mae" or "signed_error" ? Means(of, Interval.Z(options.Confidence))
                    : new double?[of.Length];
            for (var g = 0; g < estimates.Length; g++)
                estimates[g][i] = of[g] with { Shrunken = shrunken[g] };
        }
        return [.. groups.Select((g, i) => g with { Estimates = estimates[i] })];
    }

    /// <summary>Beta-binomial: (x + κ m) / (n + κ) with the pooled rate m, and κ from the moments (Kleinman 1973) of
    /// the groups' rates: ρ = (Σ n (p - m)² - m(1-m)(k-1)) / (m(1-m)(N - Σn²/N - k + 1)), κ = (1-ρ)/ρ.</summary>
    internal static double?[] Rates(long[] hits, long[] n)
    {
        var filled = n.Count(x => x > 0);
        double all = n.Sum(), m = hits.Sum() / all, spread = m * (1 - m), squares = 0, s = 0;
        if (filled < FewestGroups)
            return new double?[n.Length];
        for (var g = 0; g < n.Length; g++)
        {
            squares += (double)n[g] * n[g];
            s += n[g] == 0 ? 0 : n[g] * (((double)hits[g] / n[g]) - m) * (((double)hits[g] / n[g]) - m);
        }
        var rho = spread == 0 ? 0 : (s - (spread * (filled - 1))) / (spread * (all - (squares / all) - (filled - 1)));
        var kappa = rho >= 1 ? 0 : (1 - rho) / rho;
        return [.. n.Select((x, g) => x == 0 ? (double?)null : rho > 0 ? (hits[g] + (kappa * m)) / (x + kappa) : m)];
    }

    /// <summary>Normal means: τ² by DerSimonian and Laird (1986) from the means and their standard errors, which the
    /// intervals give; shrunken = (mean/v + m/τ²) / (1/v + 1/τ²).</summary>
    private static double?[] Means(Estimate[] of, double z)
    {
        var v = new double[of.Length];
        double w = 0, ww = 0, wm = 0, q = 0;
        var filled = 0;
        for (var g = 0; g < of.Length; g++)
        {
            v[g] = of[g] is { Value: not null, Low: { } low, High: { } high } ? Math.Pow((high - low) / (2 * z), 2) : 0;
            if (v[g] <= 0)
                continue;
            filled++;
            (w, ww, wm) = (w + (1 / v[g]), ww + (1 / (v[g] * v[g])), wm + (of[g].Value!.Value / v[g]));
        }
        if (filled < FewestGroups)
            return new double?[of.Length];
        var m = wm / w;
        for (var g = 0; g < of.Length; g++)
            q += v[g] > 0 ? (of[g].Value!.Value - m) * (of[g].Value!.Value - m) / v[g] : 0;
        var tau = Math.Max(0, (q - (filled - 1)) / (w - (ww / w)));
        return [.. of.Select(
            (e, g) => v[g] <= 0 ? (double?)null : ((tau * e.Value!.Value) + (v[g] * m)) / (tau + v[g]))];
    }
}
