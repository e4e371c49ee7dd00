namespace FaceBias.Auditing;

/// <summary>Corrects p for the number of comparisons and decides each gap.</summary>
internal static class Verdicts
{
    /// <summary>
    /// The gaps of the metrics of findings over single attributes are what a report prints: one family, corrected
    /// by max-T. All other gaps screen for more and are corrected for the share of false discoveries.
    /// </summary>
    /// <param name="options">Alpha and the correction of the screening.</param>
    /// <param name="maxT">Corrects gaps by the joint distribution of all of them; null where that cannot be
    /// had.</param>
    /// <param name="conditional">Gaps within levels of control attributes, of the same family.</param>
    public static (TargetAudit[] Targets, ConditionalGap[] Conditional) Decide(IReadOnlyList<TargetAudit> targets,
        AuditOptions options, Func<IReadOnlyList<Printed>, double[]?> maxT,
        IReadOnlyList<ConditionalGap> conditional)
    {
        Printed[] printed = [.. from t in Enumerable.Range(0, targets.Count)
                                from grouping in targets[t].Groupings
                                where grouping.Attributes.Count == 1
                                from gap in grouping.Gaps
                                where gap.P is not null
                                    && targets[t].FindingMetrics.Any(
                                        f => f.Metric == gap.Metric && f.Class == gap.Class)
                                select new Printed(t, grouping, gap)];
        ConditionalGap[] within = [.. conditional.Where(c => c.Gap.P is not null)];
        var holm = Holm([.. printed.Select(f => f.Gap.P!.Value), .. within.Select(c => c.Gap.P!.Value)]);
        var family = holm.Length;
        // One gap alone is corrected for nothing.
        var joint = (family == 1 || within.Length > 0 ? null : maxT(printed)) ?? holm;
        var decided = new Dictionary<Gap, Gap>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < printed.Length; i++)
            decided[printed[i].Gap] = Judge(printed[i].Gap, Math.Max(joint[i], printed[i].Gap.P!.Value), family) with
                { HolmP = holm[i] };
        for (var i = 0; i < within.Length; i++)
            decided[within[i].Gap] = Judge(within[i].Gap, holm[printed.Length + i], family) with
                { HolmP = holm[printed.Length + i] };
        Gap[] screened =
            [.. targets.SelectMany(t => t.Groupings).SelectMany(g => g.Gaps)
                .Where(g => g.P is not null && !decided.ContainsKey(g))];
        double[] p = [.. screened.Select(g => g.P!.Value)];
        foreach (var (gap, adjusted) in screened.Zip(
            options.Screening == FalseDiscovery.BenjaminiHochberg ? BenjaminiHochberg(p) : BenjaminiYekutieli(p)))
            decided[gap] = Judge(gap, adjusted, null);
        return ([.. targets.Select(t => t with
        {
            Groupings = [.. t.Groupings.Select(
                g => g with { Gaps = [.. g.Gaps.Select(x => decided.GetValueOrDefault(x, x))] })],
        })], [.. conditional.Select(c => c with { Gap = decided.GetValueOrDefault(c.Gap, c.Gap) })]);

        Gap Judge(Gap gap, double adjusted, int? family)
        {
            if (gap.Verdict is null && adjusted > options.Alpha && family is { } findings)
                adjusted = Math.Min(adjusted, OfPairs(gap, findings, options.Alpha));
            var verdict = gap.Verdict ?? (adjusted <= options.Alpha ? Verdict.GapShown : Verdict.NotEnoughData);
            var bounds = verdict == Verdict.WithinMargin ? gap.Bounds!(1 - (2 * options.Alpha))
                : gap.Bounds!(1 - ((1 - options.Confidence) / (family ?? 1) / GapMeasures.Pairs(gap.Compared)));
            // A gap that is not shown may be none, whatever an interval of another construction says.
            return gap with { AdjustedP = adjusted, Verdict = verdict,
                Low = verdict == Verdict.NotEnoughData ? 0 : bounds.Low, High = bounds.High };
        }
    }

    /// <summary>p by the differences of all pairs, corrected for pairs and tests (Bonferroni); 1 where it is above
    /// alpha. A tiny group makes gaps as large as any by chance, so that the shuffled gap cannot show what is plain
    /// between two large groups. For that a fifth of alpha is set aside.</summary>
    private static double OfPairs(Gap gap, int tests, double alpha)
    {
        const double share = 0.2, smallest = 1e-6;
        if (gap.Compared < 3)
            return 1; // one pair, which is what is shuffled
        bool Differ(double p) => gap.Bounds!(1 - (share * p / tests / GapMeasures.Pairs(gap.Compared))).Low > 0;
        if (!Differ(alpha))
            return 1;
        var found = alpha;
        while (found > smallest && Differ(found / 2))
            found /= 2;
        return found;
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
