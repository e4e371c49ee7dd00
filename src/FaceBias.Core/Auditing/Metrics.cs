namespace FaceBias.Core.Auditing;

/// <summary>A metric: its key in files, its name for people, and which way is better.</summary>
/// <param name="Key">The key in <c>audit.json</c>.</param>
/// <param name="Title">The name in reports.</param>
/// <param name="HigherIsBetter">True for rates of right answers, false for errors; null where zero is best.</param>
/// <param name="IsRate">Whether the value is a proportion of counts.</param>
public sealed record Metric(string Key, string Title, bool? HigherIsBetter, bool IsRate);

/// <summary>The metrics an audit computes.</summary>
public static class Metrics
{
    /// <summary>Share of right labels: (TP + TN) / n.</summary>
    public static Metric Accuracy { get; } = new("accuracy", "accuracy", true, true);

    /// <summary>Mean of |prediction - truth|.</summary>
    public static Metric MeanAbsoluteError { get; } = new("mae", "mean absolute error", false, false);

    /// <summary>Mean of prediction - truth: positive where the model says too much.</summary>
    public static Metric SignedError { get; } = new("signed_error", "mean signed error", null, false);

    /// <summary>Share of predictions with |prediction - truth| at most <paramref name="tolerance"/>.</summary>
    public static Metric Within(double tolerance) => new(
        FormattableString.Invariant($"within_{tolerance}"), FormattableString.Invariant($"share within ±{tolerance}"),
        true, true);

    /// <summary>The metric whose gaps are the findings of a target.</summary>
    public static Metric Primary(TargetKind kind) => kind == TargetKind.Categorical ? Accuracy : MeanAbsoluteError;

    /// <summary>The metric of a key.</summary>
    public static Metric Find(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key switch
        {
            "accuracy" => Accuracy,
            "mae" => MeanAbsoluteError,
            "signed_error" => SignedError,
            _ when key.StartsWith("within_", StringComparison.Ordinal) => Within(
                double.Parse(key["within_".Length..], System.Globalization.CultureInfo.InvariantCulture)),
            _ => throw new FaceBiasException($"There is no metric '{key}'; use one named in docs/auditing.md."),
        };
    }
}
