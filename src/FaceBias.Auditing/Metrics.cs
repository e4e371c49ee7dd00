namespace FaceBias.Auditing;

/// <summary>A metric: its key in files, its name for people, and which way is better.</summary>
/// <param name="Key">The key in <c>audit.json</c>.</param>
/// <param name="HigherIsBetter">True for rates of right answers, false for errors; null where neither is.</param>
/// <param name="IsRate">Whether the value is a proportion of counts.</param>
internal sealed record Metric(string Key, string Title, bool? HigherIsBetter, bool IsRate);

/// <summary>The metrics an audit computes. Those of one class against the rest are given for every class.</summary>
internal static class Metrics
{
    /// <summary>Share of right labels; ML.NET's MicroAccuracy.</summary>
    public static Metric Accuracy { get; } = new("accuracy", "accuracy", true, true);

    /// <summary>Mean recall over the classes that occur; ML.NET's MacroAccuracy.</summary>
    public static Metric BalancedAccuracy { get; } = new("balanced_accuracy", "balanced accuracy", true, false);

    /// <summary>Mean F1 over the classes that occur or are predicted.</summary>
    public static Metric MacroF1 { get; } = new("macro_f1", "macro F1", true, false);

    /// <summary>Largest minus smallest recall among the classes that occur; the disparity of the 8-bit Bias
    /// Bounty.</summary>
    public static Metric ClassRecallDifference
        { get; } = new("class_recall_difference", "difference of recall between classes", false, false);

    /// <summary>(TP + FP) / n.</summary>
    public static Metric SelectionRate { get; } = new("selection_rate", "selection rate", null, true);

    /// <summary>TP / (TP + FN), the true positive rate.</summary>
    public static Metric Recall { get; } = new("recall", "recall", true, true);

    /// <summary>FN / (TP + FN).</summary>
    public static Metric FalseNegativeRate { get; } = new("fnr", "false negative rate", false, true);

    /// <summary>FP / (FP + TN).</summary>
    public static Metric FalsePositiveRate { get; } = new("fpr", "false positive rate", false, true);

    /// <summary>TN / (FP + TN).</summary>
    public static Metric TrueNegativeRate { get; } = new("tnr", "true negative rate", true, true);

    /// <summary>TP / (TP + FP), the positive predictive value.</summary>
    public static Metric Precision { get; } = new("precision", "precision", true, true);

    /// <summary>TN / (TN + FN).</summary>
    public static Metric NegativePredictiveValue { get; } = new("npv", "negative predictive value", true, true);

    /// <summary>2 TP / (2 TP + FP + FN).</summary>
    public static Metric F1 { get; } = new("f1", "F1", true, false);

    /// <summary>Area under the ROC curve within the group; ties count one half.</summary>
    public static Metric Auc { get; } = new("auc", "AUC", true, false);

    /// <summary>AUC of the background's positives against the group's negatives (Borkan et al. 2019): low where the
    /// group's negatives score too high.</summary>
    public static Metric AucBpsn
        { get; } = new("auc_bpsn", "AUC, background positives and group negatives", true, false);

    /// <summary>AUC of the group's positives against the background's negatives: low where the group's positives score
    /// too low.</summary>
    public static Metric AucBnsp
        { get; } = new("auc_bnsp", "AUC, background negatives and group positives", true, false);

    /// <summary>Mean of -ln p(truth), p clipped at 1e-15 as ML.NET does.</summary>
    public static Metric LogLoss { get; } = new("log_loss", "log-loss", false, false);

    /// <summary>(H - LogLoss) / H with H the entropy of the group's labels.</summary>
    public static Metric LogLossReduction { get; } = new("log_loss_reduction", "log-loss reduction", true, false);

    /// <summary>Mean over rows of the sum over classes of (p - truth)^2.</summary>
    public static Metric Brier { get; } = new("brier", "Brier score", false, false);

    /// <summary>Expected calibration error of the predicted label's probability in ten bins of equal mass. It is above
    /// zero by chance in small groups.</summary>
    public static Metric CalibrationError { get; } = new("calibration_error", "calibration error", false, false);

    /// <summary>Mean probability of the predicted label minus the share of right labels: positive where the model is
    /// too sure.</summary>
    public static Metric CalibrationOffset { get; } = new("calibration_offset", "overconfidence", null, false);

    /// <summary>Slope of a logistic regression of being right on the logit of the predicted label's probability: 1
    /// where calibrated, below 1 where too extreme.</summary>
    public static Metric CalibrationSlope { get; } = new("calibration_slope", "calibration slope", null, false);

    /// <summary>Mean of |prediction - truth|.</summary>
    public static Metric MeanAbsoluteError { get; } = new("mae", "mean absolute error", false, false);

    /// <summary>Mean of prediction - truth: positive where the model says too much.</summary>
    public static Metric SignedError { get; } = new("signed_error", "mean signed error", null, false);

    /// <summary>Mean of the prediction, where no truth is known.</summary>
    public static Metric MeanPrediction { get; } = new("mean_prediction", "mean prediction", null, false);

    /// <summary>1 - sum of squared errors / sum of squares about the group's mean.</summary>
    public static Metric RSquared { get; } = new("r2", "R²", true, false);

    /// <summary>Share of rows whose truth is in their prediction set or interval.</summary>
    public static Metric Coverage { get; } = new("coverage", "coverage", null, true);

    /// <summary>Mean number of classes in the prediction sets.</summary>
    public static Metric SetSize { get; } = new("set_size", "set size", false, false);

    /// <summary>Mean width of the prediction intervals that are finite.</summary>
    public static Metric IntervalWidth { get; } = new("interval_width", "interval width", false, false);

    private static readonly Dictionary<string, Metric> Named = new Metric[]
    {
        Accuracy, BalancedAccuracy, MacroF1, ClassRecallDifference, SelectionRate, Recall, FalseNegativeRate,
        FalsePositiveRate, TrueNegativeRate,
        Precision, NegativePredictiveValue, F1, Auc, AucBpsn, AucBnsp, LogLoss, LogLossReduction, Brier,
        CalibrationError,
        CalibrationOffset, CalibrationSlope, MeanAbsoluteError, SignedError, MeanPrediction, RSquared, Coverage,
        SetSize, IntervalWidth,
    }.ToDictionary(m => m.Key);

    /// <summary>Share of predictions with |prediction - truth| at most <paramref name="tolerance"/>.</summary>
    public static Metric Within(double tolerance) => new(
        FormattableString.Invariant($"within_{tolerance}"), FormattableString.Invariant($"share within ±{tolerance}"),
        true, true);

    /// <summary>Share of rows whose truth is among the <paramref name="k"/> most probable classes; a class tied with
    /// the truth counts as more probable only if it comes first.</summary>
    public static Metric TopK(int k) => new(
        FormattableString.Invariant($"top_{k}"), FormattableString.Invariant($"top-{k} accuracy"), true, true);

    /// <summary>The metric whose gaps are the findings of a target.</summary>
    public static Metric Primary(TargetKind kind) => kind == TargetKind.Categorical ? Accuracy : MeanAbsoluteError;

    /// <summary>The few metrics of a target that a report shows on top: those that all rows have.</summary>
    internal static IReadOnlyList<Metric> Headline(TargetAudit target, AuditOptions options) =>
        target.Kind == TargetKind.Categorical
        ? [.. new[] { Accuracy, BalancedAccuracy }.Where(m => target.Overall.Find(m.Key) is not null)]
        : target.NoTruth ? [MeanPrediction]
            : [MeanAbsoluteError, SignedError, .. options.In(target.Unit).Tolerances!.Select(Within)];

    /// <summary>The keys of all metrics but those that carry a number of their own, such as within_5 and
    /// top_3.</summary>
    internal static IReadOnlyCollection<string> Keys => Named.Keys;

    /// <exception cref="FaceBiasException">There is none.</exception>
    public static Metric Find(string key)
    {
        if (Named.TryGetValue(key, out var metric))
            return metric;
        var at = key.IndexOf('_', StringComparison.Ordinal) + 1;
        if (key.StartsWith("within_", StringComparison.Ordinal)
            && double.TryParse(key[at..], CultureInfo.InvariantCulture, out var tolerance))
            return Within(tolerance);
        if (key.StartsWith("top_", StringComparison.Ordinal)
            && int.TryParse(key[at..], CultureInfo.InvariantCulture, out var k))
            return TopK(k);
        throw new FaceBiasException($"There is no metric '{key}'; use one named in docs/reference/metrics.md.");
    }
}
