namespace FaceBias.Auditing;

/// <summary>What would be if a score were cut elsewhere: of all rows, and of the groups of one attribute.</summary>
/// <param name="Threshold">Rows at or above it are predicted to be positive.</param>
/// <param name="Attribute">The attribute; empty for all rows.</param>
/// <param name="Group">The group; "all" for all rows.</param>
/// <param name="N">Rows with a score, and a truth where there is one.</param>
/// <param name="SelectionRate">The share at or above the threshold.</param>
/// <param name="Recall">That share among the truly positive; null without a truth or with too few of them.</param>
/// <param name="Fpr">That share among the truly negative.</param>
/// <param name="Accuracy">The share that is right.</param>
internal sealed record ThresholdRates(double Threshold, string Attribute, string Group, int N, double? SelectionRate,
    double? Recall, double? Fpr, double? Accuracy);

/// <summary>Rates of all rows and of every single attribute's groups at thresholds over the range of a score.</summary>
internal static class ThresholdSweep
{
    private const int Steps = 19;

    /// <summary>At the steps of 0.05 of a probability, at the twentieths of another score's distribution, and at the
    /// threshold that is used.</summary>
    public static List<ThresholdRates> Of(TargetData target, IReadOnlyList<Grouping> singles, AuditOptions options)
    {
        var found = new List<ThresholdRates>();
        if (target.Threshold is not { } used || (target.Probabilities ?? target.Scores)?[1] is not { } score)
            return found;
        int[] rows = [.. Enumerable.Range(0, score.Length).Where(r => target.HasTruth(r) && target.HasPrediction(r))];
        double[] sorted = [.. rows.Select(r => score[r]).Order()];
        if (sorted.Length == 0)
            return found;
        var steps = Enumerable.Range(1, Steps).Select(
            i => target.Probabilities is not null ? i / 20.0 : Quantiles.Linear(sorted, i / 20.0))
            .Append(used).Distinct().Order().ToArray();
        foreach (var threshold in steps)
        {
            found.Add(Rates(target, threshold, "", "all", rows, score, options));
            foreach (var grouping in singles)
            {
                var cells = rows.ToLookup(r => (int)grouping.Cells[r]);
                for (var cell = 0; cell < grouping.CellCount; cell++)
                    found.Add(Rates(target, threshold, grouping.Attributes[0], grouping.Levels(cell)[0],
                        [.. cells[cell]], score, options));
            }
        }
        return found;
    }

    private static ThresholdRates Rates(TargetData target, double threshold, string attribute, string group,
        int[] rows, double[] score, AuditOptions options)
    {
        int selected = 0, positive = 0, hits = 0;
        foreach (var row in rows)
        {
            var above = score[row] >= threshold;
            selected += above ? 1 : 0;
            if (target.NoTruth || target.Truth[row] != 1)
                continue;
            positive++;
            hits += above ? 1 : 0;
        }
        double? Share(int part, int of) => of < options.MinimumCount ? null : (double)part / of;
        var negative = rows.Length - positive;
        return new(threshold, attribute, group, rows.Length, Share(selected, rows.Length),
            target.NoTruth ? null : Share(hits, positive),
            target.NoTruth ? null : Share(selected - hits, negative),
            target.NoTruth ? null : Share(hits + negative - (selected - hits), rows.Length));
    }
}
