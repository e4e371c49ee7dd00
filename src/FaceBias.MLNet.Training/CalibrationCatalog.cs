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
        new(labelColumnName, scoreColumnName, [outputColumnName], null, groupColumnName, notice);

    /// <summary>Prediction sets that hold the true class at a nominal rate, overall, per class, or per group.</summary>
    /// <param name="labelColumnName">The column of the truth.</param>
    /// <param name="scoreColumnName">The column of probabilities.</param>
    /// <param name="options">The rate, the score, and the columns of groups; null for 90% of all rows.</param>
    /// <param name="outputColumnName">The new column: 1 for each class in the set, else 0, with the classes as slot
    /// names.</param>
    /// <param name="notice">Told what the calibration rests on.</param>
    public ScoreCalibrator Conformal(string labelColumnName = "Label", string scoreColumnName = "Score",
        ConformalOptions? options = null, string outputColumnName = "Set", Action<string>? notice = null) =>
        new(labelColumnName, scoreColumnName, [outputColumnName], options ?? new(), null, notice);
}

/// <summary>Calibrators of predicted numbers.</summary>
public readonly struct RegressionCalibrators
{
    /// <summary>Prediction intervals that hold the truth at a nominal rate, overall or per group.</summary>
    /// <param name="labelColumnName">The column of the truth.</param>
    /// <param name="scoreColumnName">The column of predictions.</param>
    /// <param name="options">The rate and the columns of groups; null for 90% of all rows.</param>
    /// <param name="lowColumnName">The new column of the lower ends.</param>
    /// <param name="highColumnName">The new column of the upper ends.</param>
    /// <param name="notice">Told what the calibration rests on.</param>
    public ScoreCalibrator Conformal(string labelColumnName = "Label", string scoreColumnName = "Score",
        ConformalOptions? options = null, string lowColumnName = "Low", string highColumnName = "High",
        Action<string>? notice = null) =>
        new(labelColumnName, scoreColumnName, [lowColumnName, highColumnName], options ?? new(), null, notice);
}
