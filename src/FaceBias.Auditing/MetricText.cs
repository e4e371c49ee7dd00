namespace FaceBias.Auditing;

/// <summary>How numbers are written for people.</summary>
internal static class MetricText
{
    public static string Count(long n) => n.ToString("N0", CultureInfo.InvariantCulture);

    public static string Value(double value, Metric metric) => metric.IsRate
        ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + "%"
        : value.ToString("0.00", CultureInfo.InvariantCulture);

    public static string Value(Estimate estimate) =>
        estimate.Value is { } v ? Value(v, Metrics.Find(estimate.Metric)) : "–";

    public static string Shrunken(Estimate estimate) =>
        estimate.Shrunken is { } v ? Value(v, Metrics.Find(estimate.Metric)) : "–";

    public static string Interval(Estimate estimate) => estimate is { Low: { } low, High: { } high }
        ? $"{(estimate.Rough == true ? "≈ " : "")}{Value(low, Metrics.Find(estimate.Metric))} to "
            + $"{Value(high, Metrics.Find(estimate.Metric))}" : "–";

    /// <summary>"94.1% (93.0% to 95.0%)", or the reason why there is no value.</summary>
    public static string Full(Estimate estimate) =>
        estimate.Value is null ? estimate.Reason ?? "–" : $"{Value(estimate)} ({Interval(estimate)})";

    /// <summary>A difference without its unit: 4.2 for 4.2 points of a rate, 1.30 for a number.</summary>
    public static string Difference(double? value, Metric metric) => value switch
    {
        null => "–",
        { } v when metric.IsRate => (100 * v).ToString("0.0", CultureInfo.InvariantCulture),
        { } v => v.ToString("0.00", CultureInfo.InvariantCulture),
    };

    /// <summary>The unit of a difference with a blank before it, or nothing.</summary>
    public static string Unit(TargetAudit target, Metric metric) =>
        metric.IsRate ? " points" : target.Unit is { } unit ? " " + unit : "";

    public static string P(double? p) => p switch
    {
        null => "–",
        < 0.001 => "< 0.001",
        { } v => v.ToString("0.000", CultureInfo.InvariantCulture),
    };

    public static string Words(Verdict? verdict) => verdict switch
    {
        Verdict.GapShown => "gap shown",
        Verdict.WithinMargin => "within the margin shown",
        Verdict.NotEnoughData => "not enough data",
        _ => "not estimable",
    };

    public static string Title(string name) => name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..];
}
