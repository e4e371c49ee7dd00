using FaceBias.Auditing;

namespace FaceBias.Reporting;

public static partial class HtmlReport
{
    /// <summary>What other thresholds of a score would do: to all rows, and to the gaps between the groups of each attribute.</summary>
    private static void Thresholds(HtmlWriter html, TargetAudit target)
    {
        if (target.Thresholds.Count == 0)
            return;
        html.Heading(3, "Other thresholds");
        html.Paragraph(FormattableString.Invariant($"The score was cut at {target.Threshold:0.###}; '{target.Classes[1]}' is predicted at or above it. A gap is the largest rate of a group minus the smallest, in points; groups too small for a rate are left out."));
        html.Raw("<details><summary>Rates and gaps at each threshold</summary>");
        foreach (var attribute in target.Thresholds.Select(t => t.Attribute).Where(a => a.Length > 0).Distinct())
        {
            html.Table($"Thresholds of {target.Name}, gaps by {attribute}", target.NoTruth ? ["Threshold", "Selected", "Gap"] : ["Threshold", "Selected", "Gap", "Recall", "Gap", "False positive rate", "Gap", "Accuracy"],
                target.Thresholds.GroupBy(t => t.Threshold).OrderBy(t => t.Key).Select(at =>
                {
                    var all = at.First(t => t.Attribute.Length == 0);
                    string Rate(Func<ThresholdFigures, double?> of) => of(all) is { } v ? Figures.Value(v, Metrics.Accuracy) : "–";
                    string Gap(Func<ThresholdFigures, double?> of)
                    {
                        double[] rates = [.. at.Where(t => t.Attribute == attribute).Select(of).OfType<double>()];
                        return rates.Length < 2 ? "–" : Figures.Difference(rates.Max() - rates.Min(), Metrics.Accuracy);
                    }
                    string[] selected = [FormattableString.Invariant($"{at.Key:0.###}{(at.Key == target.Threshold ? " (used)" : "")}"), Rate(t => t.SelectionRate), Gap(t => t.SelectionRate)];
                    return target.NoTruth ? selected : (string[])[.. selected, Rate(t => t.Recall), Gap(t => t.Recall), Rate(t => t.Fpr), Gap(t => t.Fpr), Rate(t => t.Accuracy)];
                }), 0, 1, 2, 3, 4, 5, 6, 7);
        }
        html.Raw("</details>");
    }
}
