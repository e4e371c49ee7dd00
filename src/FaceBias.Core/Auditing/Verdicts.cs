namespace FaceBias.Core.Auditing;

/// <summary>Corrects p for the number of comparisons and decides each gap.</summary>
internal static class Verdicts
{
    /// <summary>
    /// The gaps of the primary metric over single attributes are what a report prints as findings: one family, corrected
    /// by Holm. All other gaps screen for more and are corrected by Benjamini and Hochberg.
    /// </summary>
    public static TargetAudit[] Decide(IReadOnlyList<TargetAudit> targets, AuditOptions options)
    {
        bool IsPrinted(TargetAudit target, GroupingAudit grouping, Gap gap) =>
            grouping.Attributes.Count == 1 && gap.Class is null && gap.Metric == Metrics.Primary(target.Kind).Key;
        var decided = new Dictionary<Gap, Gap>(ReferenceEqualityComparer.Instance);
        var families = from target in targets
                       from grouping in target.Groupings
                       from gap in grouping.Gaps
                       where gap.P is not null
                       group gap by IsPrinted(target, grouping, gap);
        foreach (var family in families)
        {
            double[] p = [.. family.Select(g => g.P!.Value)];
            var adjusted = family.Key ? Holm(p) : BenjaminiHochberg(p);
            foreach (var (gap, value) in family.Zip(adjusted))
            {
                decided[gap] = gap with
                {
                    AdjustedP = value,
                    Verdict = gap.Verdict ?? (value <= options.Alpha ? Verdict.GapShown : Verdict.NotEnoughData),
                };
            }
        }
        return [.. targets.Select(t => t with
        {
            Groupings = [.. t.Groupings.Select(g => g with { Gaps = [.. g.Gaps.Select(x => decided.GetValueOrDefault(x, x))] })],
        })];
    }

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
}
