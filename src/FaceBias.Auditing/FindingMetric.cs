namespace FaceBias.Auditing;

/// <summary>A metric whose gaps between groups are findings.</summary>
/// <param name="Metric">The metric's key.</param>
/// <param name="Class">The class set against the rest, or null.</param>
internal sealed record FindingMetric(string Metric, string? Class = null)
{
    private static readonly Dictionary<string, string[]> s_names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["accuracy"] = ["accuracy"], ["recall"] = ["recall"], ["tpr"] = ["recall"], ["equal_opportunity"] = ["recall"],
        ["fnr"] = ["fnr"], ["fpr"] = ["fpr"],
        ["tnr"] = ["tnr"], ["specificity"] = ["tnr"], ["sensitivity"] = ["recall"], ["precision"] = ["precision"],
        ["ppv"] = ["precision"], ["predictive_parity"] = ["precision"],
        ["npv"] = ["npv"], ["selection_rate"] = ["selection_rate"], ["demographic_parity"] = ["selection_rate"],
        ["equalized_odds"] = ["recall", "fpr"],
    };

    /// <summary>The metrics that can be asked for, besides those of numbers.</summary>
    public static IEnumerable<string> Names => s_names.Keys;

    /// <summary>What the findings of a target are about: what was asked for where it is of this kind; else accuracy, or
    /// the mean absolute error; without a truth the selection rate, or the mean prediction.</summary>
    /// <remarks>Of two classes the positive one stands for both.</remarks>
    internal static IReadOnlyList<FindingMetric> Of(TargetData target, AuditOptions options)
    {
        var asked = options.Metric?.Replace('-', '_').ToLowerInvariant();
        if (target.Kind == TargetKind.Numeric)
            return [new(target.NoTruth ? Metrics.MeanPrediction.Key
                : asked is "signed_error" || asked?.StartsWith("within_", StringComparison.Ordinal) == true ? asked
                    : Metrics.MeanAbsoluteError.Key)];
        var keys = target.NoTruth ? ["selection_rate"]
            : !target.Detailed ? ["accuracy"] : asked is not null && s_names.TryGetValue(asked, out var named) ? named
                : ["accuracy"];
        string[] classes = target.Classes.Length == 2 ? [Positive(target.Classes, options)] : target.Classes;
        return [.. keys.SelectMany(
            k => k == "accuracy" ? [new FindingMetric(k)] : classes.Select(c => new FindingMetric(k, c)))];
    }

    /// <summary>The class of two that a rate is of: the one that was named, a known one, or the last in
    /// order.</summary>
    internal static string Positive(string[] classes, AuditOptions options) =>
        options.Positive is { } given && classes.Contains(given) ? given : KnownPositive(classes) ?? classes[^1];

    /// <summary>The one of two classes that is known to be the positive one.</summary>
    internal static string? KnownPositive(IReadOnlyList<string> classes)
    {
        foreach (var (no, yes) in new[] { ("0", "1"), ("-1", "1"), ("false", "true"), ("no", "yes"), ("n", "y"),
            ("f", "t"), ("negative", "positive"), ("neg", "pos"), ("-", "+") })
        {
            if (classes.Count == 2 && classes.Contains(no, StringComparer.OrdinalIgnoreCase)
                && classes.Contains(yes, StringComparer.OrdinalIgnoreCase))
                return classes.First(c => c.Equals(yes, StringComparison.OrdinalIgnoreCase));
        }
        return null;
    }

    /// <summary>Ends where a metric is asked for that findings cannot be about.</summary>
    internal static void Check(string? metric)
    {
        var key = metric?.Replace('-', '_').ToLowerInvariant();
        if (key is not null && !s_names.ContainsKey(key) && key is not ("mae" or "signed_error")
            && !key.StartsWith("within_", StringComparison.Ordinal))
            throw new FaceBiasException(
                $"Findings cannot be about '{metric}'; ‹Metric› takes {string.Join(", ", s_names.Keys)}, mae, "
                    + "signed_error or within_N.");
    }
}
