namespace FaceBias.Core.Auditing;

/// <summary>Corrects p for the number of comparisons and decides each gap.</summary>
internal static class Verdicts
{
    /// <summary>
    /// The gaps of the primary metric over single attributes are what a report prints as findings: one family, corrected
    /// by Holm. All other gaps screen for more and are corrected by Benjamini and Hochberg.
    /// </summary>
    public static void Decide(List<TargetAudit> targets, AuditOptions options)
    {
        var places = (from t in Enumerable.Range(0, targets.Count)
                      from g in Enumerable.Range(0, targets[t].Groupings.Count)
                      from i in Enumerable.Range(0, targets[t].Groupings[g].Gaps.Count)
                      let grouping = targets[t].Groupings[g]
                      where grouping.Gaps[i].P is not null
                      let printed = grouping.Attributes.Count == 1
                          && grouping.Gaps[i].Metric == Metrics.Primary(targets[t].Kind).Key
                      select (Grouping: grouping, Index: i, Printed: printed)).ToArray();
        foreach (var family in places.GroupBy(p => p.Printed))
        {
            double[] p = [.. family.Select(x => x.Grouping.Gaps[x.Index].P!.Value)];
            var adjusted = family.Key ? Holm(p) : BenjaminiHochberg(p);
            foreach (var ((grouping, index, _), value) in family.Zip(adjusted))
            {
                var gap = grouping.Gaps[index];
                var verdict = gap.Verdict
                    ?? (value <= options.Alpha ? Verdict.GapShown : Verdict.NotEnoughData);
                ((Gap[])grouping.Gaps)[index] = gap with { AdjustedP = value, Verdict = verdict };
            }
        }
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
