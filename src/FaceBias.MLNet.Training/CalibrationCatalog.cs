using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.MLNet.Calibration;

namespace Microsoft.ML;

/// <summary>Calibration of scores on rows that the model was not trained on, as <c>facebias uncertainty</c> does it:
/// <code>
/// var calibrated = context.MulticlassClassification.Calibrators.Temperature("gender").Fit(model.Transform(validation));
/// </code>
/// </summary>
public static class CalibrationCatalog
{
    /// <param name="catalog">Classification of a context.</param>
    extension(MulticlassClassificationCatalog catalog)
    {
        /// <summary>Calibrators of probabilities.</summary>
        public MulticlassCalibrators Calibrators => catalog is null ? throw new ArgumentNullException(nameof(catalog))
            : default;
    }

    /// <param name="catalog">ML.NET's calibrators of a yes or no, beside Platt, Naive and Isotonic.</param>
    extension(BinaryClassificationCatalog.CalibratorsCatalog catalog)
    {
        /// <summary>Temperature scaling (Guo et al. 2017): probabilities 1 / (1 + exp(-score / T)) with the T of the
        /// smallest log-loss. Unlike Platt's it has no offset, so that the predicted label stays the same, and it can
        /// be one per group.</summary>
        /// <param name="labelColumnName">The column of the truth: a boolean, 0 and 1, or true and false.</param>
        /// <param name="scoreColumnName">The column of log odds, or of any margin whose sign decides: a
        /// Single.</param>
        /// <param name="groupColumnName">A column whose groups get temperatures of their own; the same picture's
        /// probability then depends on the group that is said of the person, which can be unlawful. Null for one
        /// temperature.</param>
        /// <param name="outputColumnName">The new column of probabilities, a Single; it hides the probability that a
        /// trainer wrote.</param>
        /// <param name="notice">Told the temperatures.</param>
        public ScoreCalibrator Temperature(string labelColumnName = "Label", string scoreColumnName = "Score",
            string? groupColumnName = null, string outputColumnName = "Probability", Action<string>? notice = null) =>
            new(CalibratedScores.LogOdds, labelColumnName, [scoreColumnName], [outputColumnName], null,
                groupColumnName, notice);

        /// <summary>Prediction sets of false and true that hold the truth at a nominal rate, overall, per class, or per
        /// group.</summary>
        /// <param name="labelColumnName">The column of the truth: a boolean, 0 and 1, or true and false.</param>
        /// <param name="probabilityColumnName">The column of the probability of true, a Single.</param>
        /// <param name="options">The rate, the score, and the columns of groups; null for 90% of all rows.</param>
        /// <param name="outputColumnName">The new column, a vector of two Single: 1 for each of false and true in the
        /// set, else 0.</param>
        /// <param name="notice">Told what the calibration rests on.</param>
        public ScoreCalibrator Conformal(string labelColumnName = "Label",
            string probabilityColumnName = "Probability", ConformalOptions? options = null,
            string outputColumnName = "Set", Action<string>? notice = null) =>
            new(CalibratedScores.Probability, labelColumnName, [probabilityColumnName], [outputColumnName],
                options ?? new(), null, notice);
    }

    /// <param name="catalog">Regression of a context.</param>
    extension(RegressionCatalog catalog)
    {
        /// <summary>Calibrators of predicted numbers.</summary>
        public RegressionCalibrators Calibrators => catalog is null ? throw new ArgumentNullException(nameof(catalog))
            : default;
    }
}

/// <summary>Calibrators of probabilities of classes.</summary>
public readonly struct MulticlassCalibrators
{
    /// <summary>Temperature scaling (Guo et al. 2017): probabilities p^(1/T), normalised, with the T of the smallest
    /// log-loss. The most likely class stays the same.</summary>
    /// <param name="labelColumnName">The column of the truth.</param>
    /// <param name="scoreColumnName">The column of probabilities.</param>
    /// <param name="groupColumnName">A column whose groups get temperatures of their own; the same picture's
    /// probability then depends on the group that is said of the person, which can be unlawful. Null for one
    /// temperature.</param>
    /// <param name="outputColumnName">The new column of calibrated probabilities.</param>
    /// <param name="notice">Told the temperatures.</param>
    public ScoreCalibrator Temperature(string labelColumnName = "Label", string scoreColumnName = "Score",
        string? groupColumnName = null, string outputColumnName = "Probability", Action<string>? notice = null) =>
        new(CalibratedScores.Classes, labelColumnName, [scoreColumnName], [outputColumnName], null, groupColumnName,
            notice);

    /// <summary>Prediction sets that hold the true class at a nominal rate, overall, per class, or per group.</summary>
    /// <param name="labelColumnName">The column of the truth.</param>
    /// <param name="scoreColumnName">The column of probabilities.</param>
    /// <param name="options">The rate, the score, and the columns of groups; null for 90% of all rows.</param>
    /// <param name="outputColumnName">The new column: 1 for each class in the set, else 0, with the classes as slot
    /// names.</param>
    /// <param name="notice">Told what the calibration rests on.</param>
    public ScoreCalibrator Conformal(string labelColumnName = "Label", string scoreColumnName = "Score",
        ConformalOptions? options = null, string outputColumnName = "Set", Action<string>? notice = null) =>
        new(CalibratedScores.Classes, labelColumnName, [scoreColumnName], [outputColumnName], options ?? new(), null,
            notice);
}

/// <summary>Calibrators of predicted numbers.</summary>
public readonly struct RegressionCalibrators
{
    /// <summary>Prediction intervals of one width, overall or per group, that hold the truth at a nominal rate (Lei et
    /// al. 2018): score - c to score + c.</summary>
    /// <param name="labelColumnName">The column of the truth.</param>
    /// <param name="scoreColumnName">The column of predictions, a Single.</param>
    /// <param name="options">The rate and the columns of groups; null for 90% of all rows.</param>
    /// <param name="lowColumnName">The new column of the lower ends, in the unit of the label.</param>
    /// <param name="highColumnName">The new column of the upper ends.</param>
    /// <param name="notice">Told what the calibration rests on.</param>
    /// <exception cref="ArgumentException">The options are of another score of numbers.</exception>
    public ScoreCalibrator Conformal(string labelColumnName = "Label", string scoreColumnName = "Score",
        ConformalOptions? options = null, string lowColumnName = "Low", string highColumnName = "High",
        Action<string>? notice = null) =>
        options?.Numbers is not (null or IntervalScore.Absolute)
            ? throw new ArgumentException(
                $"{options.Numbers} intervals need more than the column of predictions; call ConformalNormalized with a "
                    + "column of deviations, or ConformalQuantile with two columns of quantiles.", nameof(options))
            : new(CalibratedScores.Number, labelColumnName, [scoreColumnName], [lowColumnName, highColumnName],
                options ?? new(), null, notice);

    /// <summary>Prediction intervals that are wider where the model is less sure (Lei et al. 2018, section 5.2):
    /// score - c deviation to score + c deviation.</summary>
    /// <param name="deviationColumnName">The column of the standard deviation, or of any other positive measure of how
    /// uncertain the prediction is, a Single: such as the spread of an ensemble, or what a second regression
    /// predicts for the absolute error.</param>
    /// <param name="labelColumnName">The column of the truth.</param>
    /// <param name="scoreColumnName">The column of predictions, a Single.</param>
    /// <param name="options">The rate and the columns of groups; null for 90% of all rows. Its score of numbers is not
    /// read.</param>
    /// <param name="lowColumnName">The new column of the lower ends, in the unit of the label.</param>
    /// <param name="highColumnName">The new column of the upper ends.</param>
    /// <param name="notice">Told what the calibration rests on.</param>
    public ScoreCalibrator ConformalNormalized(string deviationColumnName, string labelColumnName = "Label",
        string scoreColumnName = "Score", ConformalOptions? options = null, string lowColumnName = "Low",
        string highColumnName = "High", Action<string>? notice = null) =>
        new(CalibratedScores.NumberAndDeviation, labelColumnName, [scoreColumnName, deviationColumnName],
            [lowColumnName, highColumnName], (options ?? new()) with { Numbers = IntervalScore.Normalized }, null,
            notice);

    /// <summary>Conformalised quantile regression (Romano, Patterson and Candes 2019): predicted quantiles, moved by
    /// one number so that the truth lies between them at a nominal rate.</summary>
    /// <param name="lowQuantileColumnName">The column of the predicted lower quantile, such as that of 5% for a rate of
    /// 90%, a Single.</param>
    /// <param name="highQuantileColumnName">The column of the predicted upper quantile.</param>
    /// <param name="labelColumnName">The column of the truth.</param>
    /// <param name="options">The rate and the columns of groups; null for 90% of all rows. Its score of numbers is not
    /// read.</param>
    /// <param name="lowColumnName">The new column of the lower ends, in the unit of the label.</param>
    /// <param name="highColumnName">The new column of the upper ends.</param>
    /// <param name="notice">Told what the calibration rests on.</param>
    public ScoreCalibrator ConformalQuantile(string lowQuantileColumnName, string highQuantileColumnName,
        string labelColumnName = "Label", ConformalOptions? options = null, string lowColumnName = "Low",
        string highColumnName = "High", Action<string>? notice = null) =>
        new(CalibratedScores.Quantiles, labelColumnName, [lowQuantileColumnName, highQuantileColumnName],
            [lowColumnName, highColumnName], (options ?? new()) with { Numbers = IntervalScore.Quantile }, null,
            notice);
}
