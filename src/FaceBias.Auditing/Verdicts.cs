namespace FaceBias.Auditing;

/// <summary>Corrects p for the number of comparisons and decides each gap.</summary>
internal static class Verdicts
{
    /// <summary>
    /// The gaps of the primary metric over single attributes are what a report prints as findings: one family, corrected
    /// by max-T. All other gaps screen for more and are corrected for the share of false discoveries.
    /// </summary>
    /// <param name="targets">The audited targets.</param>
    /// <param name="options">Alpha and the correction of the screening.</param>
    /// <param name="maxT">Corrects gaps by the joint distribution of all of them; null where that cannot be had.</param>
    public static TargetAudit[] Decide(IReadOnlyList<TargetAudit> targets, AuditOptions options, Func<IReadOnlyList<Printed>, double[]?> maxT)
    {
        Printed[] printed = [.. from t in Enumerable.Range(0, targets.Count)
                                from grouping in targets[t].Groupings
                                where grouping.Attributes.Count == 1
                                from gap in grouping.Gaps
                                where gap.P is not null && gap.Class is null && gap.Metric == Metrics.Primary(targets[t].Kind).Key
                                select new Printed(t, grouping, gap)];
        var holm = Holm([.. printed.Select(f => f.Gap.P!.Value)]);
        var joint = maxT(printed) ?? holm;
        var decided = new Dictionary<Gap, Gap>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < printed.Length; i++)
            decided[printed[i].Gap] = Judge(printed[i].Gap, joint[i]) with { HolmP = holm[i] };
        Gap[] screened = [.. targets.SelectMany(t => t.Groupings).SelectMany(g => g.Gaps).Where(g => g.P is not null && !decided.ContainsKey(g))];
        double[] p = [.. screened.Select(g => g.P!.Value)];
        foreach (var (gap, adjusted) in screened.Zip(options.Screening == FalseDiscovery.BenjaminiHochberg ? BenjaminiHochberg(p) : BenjaminiYekutieli(p)))
            decided[gap] = Judge(gap, adjusted);
        return [.. targets.Select(t => t with
        {
            Groupings = [.. t.Groupings.Select(g => g with { Gaps = [.. g.Gaps.Select(x => decided.GetValueOrDefault(x, x))] })],
        })];

        Gap Judge(Gap gap, double adjusted) => gap with
        {
            AdjustedP = adjusted,
            Verdict = gap.Verdict ?? (adjusted <= options.Alpha ? Verdict.GapShown : Verdict.NotEnoughData),
        };
    }

    /// <summary>A gap that a report prints, with the number of its target.</summary>
    public sealed record Printed(int Target, GroupingAudit Grouping, Gap Gap);

    /// <summary>Holm's step-down adjustment (1979): the family-wise error rate holds under any dependence.</summary>
    public static double[] Holm(double[] p)
    {
        var adjusted = new double[p.Length];
        double running = 0;
        var order = Enumerable.Range(0, p.Length).OrderBy(i => p[i]).ToArray();
        for (var k = 0; k < order.Length; k++)
            adjusted[order[k]] = running = Math.Max(running, Math.Min(1, p[order[k]] * (p.Length - k)));
        return adjusted;
    }

    /// <summary>Benjamini and Hochberg's step-up adjustment (1995): the share of false discoveries.</summary>
    public static double[] BenjaminiHochberg(double[] p)
    {
        var adjusted = new double[p.Length];
        double running = 1;
        var order = Enumerable.Range(0, p.Length).OrderByDescending(i => p[i]).ToArray();
        for (var k = 0; k < order.Length; k++)
            adjusted[order[k]] = running = Math.Min(running, p[order[k]] * p.Length / (p.Length - k));
        return adjusted;
    }

    /// <summary>Benjamini and Yekutieli's adjustment (2001): that of Hochberg's times 1 + 1/2 + ... + 1/m.</summary>
    public static double[] BenjaminiYekutieli(double[] p)
    {
        var factor = Enumerable.Range(1, p.Length).Sum(i => 1.0 / i);
        return BenjaminiHochberg([.. p.Select(x => x * factor)]);
    }
}
