using System.Runtime.CompilerServices;
using FaceBias.MLNet.Evaluation;
using FaceBias.MLNet.Sweeping.AutoML;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.ML.AutoML;

/// <summary>The metric of the worst group as what an experiment optimises, for any pipeline, data set and tuner:
/// <code>
/// var experiment = context.Auto().CreateExperiment()
///     .SetPipeline(pipeline)
///     .SetDataset(train, validation)
///     .SetWorstGroupMetric(MulticlassClassificationMetric.MicroAccuracy, ["skin_tone"])
///     .SetTrainingTimeInSeconds(600);
/// var best = await experiment.RunAsync(cancel);   // best.Metric, best.Model
/// </code>
/// Groups are the crossings of the columns of <em>perceived</em> attributes. The best model was chosen on the
/// validation rows; judge it on others.</summary>
public static class WorstGroupExperiment
{
    /// <summary>Optimises a metric of several classes in the group that it is worst for.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="metric">Any but TopKAccuracy. LogLossReduction is maximised.</param>
    /// <param name="groupColumns">Columns whose crossings are the groups: text, keys, booleans or numbers. The pipeline
    /// must leave them in the data.</param>
    /// <param name="labelColumn">The column of the truth, a key.</param>
    /// <param name="predictedColumn">The column of the predicted label, a key.</param>
    /// <param name="minimumCount">Labelled rows of the validation data, or of each fold, that a group needs to be
    /// compared.</param>
    /// <exception cref="ArgumentException">There is no column of groups, or the metric needs a k.</exception>
    public static AutoMLExperiment SetWorstGroupMetric(this AutoMLExperiment experiment,
        MulticlassClassificationMetric metric, IReadOnlyList<string> groupColumns, string labelColumn = "Label",
        string predictedColumn = "PredictedLabel", int minimumCount = 20)
    {
        var columns = new WorstGroupColumns(labelColumn, predictedColumn, groupColumns, minimumCount);
        return metric == MulticlassClassificationMetric.TopKAccuracy
            ? throw new ArgumentException("TopKAccuracy needs a k, which experiments do not have; choose another metric.",
                nameof(metric))
            : experiment.Set(new(metric.ToString(), metric != MulticlassClassificationMetric.LogLoss, columns,
                rows => SubgroupColumns.Texts(rows, labelColumn),
                labels => metric != MulticlassClassificationMetric.LogLossReduction || labels.Distinct().Count() > 1,
                (context, rows, group) =>
                {
                    var m = context.MulticlassClassification.Evaluate(rows.Take(group), labelColumn,
                        predictedLabelColumnName: predictedColumn);
                    return metric switch
                    {
                        MulticlassClassificationMetric.MicroAccuracy => m.MicroAccuracy,
                        MulticlassClassificationMetric.MacroAccuracy => m.MacroAccuracy,
                        MulticlassClassificationMetric.LogLoss => m.LogLoss,
                        _ => m.LogLossReduction,
                    };
                }, WorstGroupColumns.Score), columns);
    }

    /// <summary>Optimises a metric of a yes or no in the group that it is worst for. A precision without a positive (or
    /// negative) prediction is 0; a group without a positive (or negative) label has no recall, and is not compared by
    /// it; areas under curves need both.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="groupColumns">Columns whose crossings are the groups.</param>
    /// <param name="labelColumn">The column of the truth, a boolean.</param>
    /// <param name="predictedColumn">The column of the predicted label, a boolean.</param>
    /// <param name="minimumCount">Labelled rows that a group needs to be compared.</param>
    /// <exception cref="ArgumentException">There is no column of groups.</exception>
    public static AutoMLExperiment SetWorstGroupMetric(this AutoMLExperiment experiment,
        BinaryClassificationMetric metric, IReadOnlyList<string> groupColumns, string labelColumn = "Label",
        string predictedColumn = "PredictedLabel", int minimumCount = 20)
    {
        var columns = new WorstGroupColumns(labelColumn, predictedColumn, groupColumns, minimumCount);
        var isArea = metric is BinaryClassificationMetric.AreaUnderRocCurve
            or BinaryClassificationMetric.AreaUnderPrecisionRecallCurve;
        return experiment.Set(new(metric.ToString(), true, columns,
            rows => [.. SubgroupColumns.YesOrNo(rows, labelColumn).Select(
                t => t < 0 ? null : SubgroupColumns.Word(t == 1))],
            labels => metric switch
            {
                BinaryClassificationMetric.PositiveRecall or BinaryClassificationMetric.F1Score =>
                    labels.Contains("true"),
                BinaryClassificationMetric.NegativeRecall => labels.Contains("false"),
                _ => !isArea || labels.Distinct().Count() == 2,
            },
            (context, rows, group) => isArea ? Area(context, rows.Take(group)) : Rate(rows, group),
            isArea ? WorstGroupColumns.Score : null), columns);

        double Area(MLContext context, IDataView rows)
        {
            var m = context.BinaryClassification.EvaluateNonCalibrated(rows, labelColumn,
                predictedLabelColumnName: predictedColumn);
            return metric == BinaryClassificationMetric.AreaUnderRocCurve ? m.AreaUnderRocCurve
                : m.AreaUnderPrecisionRecallCurve;
        }

        // Counted here: ML.NET's evaluator refuses a group of one class, since its AUC is undefined.
        double Rate(MemoryView rows, int[] group)
        {
            var (truth, found) = (SubgroupColumns.YesOrNo(rows, labelColumn), rows.Values<bool>(predictedColumn));
            double Count(bool label, bool prediction) =>
                group.Count(i => truth[i] == (label ? 1 : 0) && found[i] == prediction);
            var (tp, fp, fn, tn) = (Count(true, true), Count(false, true), Count(true, false), Count(false, false));
            return metric switch
            {
                BinaryClassificationMetric.Accuracy => Share(tp + tn, fp + fn),
                BinaryClassificationMetric.PositivePrecision => Share(tp, fp),
                BinaryClassificationMetric.PositiveRecall => Share(tp, fn),
                BinaryClassificationMetric.NegativePrecision => Share(tn, fn),
                BinaryClassificationMetric.NegativeRecall => Share(tn, fp),
                _ => Share(2 * tp, fp + fn),
            };
        }

        static double Share(double part, double rest) => part + rest > 0 ? part / (part + rest) : 0;
    }

    /// <summary>Optimises a metric of a number in the group that it is worst for. R² is compared among groups whose
    /// labels differ.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="groupColumns">Columns whose crossings are the groups.</param>
    /// <param name="labelColumn">The column of the truth, a number.</param>
    /// <param name="scoreColumn">The column of the prediction, a Single.</param>
    /// <param name="minimumCount">Labelled rows that a group needs to be compared.</param>
    /// <exception cref="ArgumentException">There is no column of groups.</exception>
    public static AutoMLExperiment SetWorstGroupMetric(this AutoMLExperiment experiment, RegressionMetric metric,
        IReadOnlyList<string> groupColumns, string labelColumn = "Label", string scoreColumn = "Score",
        int minimumCount = 20)
    {
        var columns = new WorstGroupColumns(labelColumn, scoreColumn, groupColumns, minimumCount);
        return experiment.Set(new(metric.ToString(), metric == RegressionMetric.RSquared, columns,
            rows => SubgroupColumns.Texts(rows, labelColumn),
            labels => metric != RegressionMetric.RSquared || labels.Distinct().Count() > 1,
            (_, rows, group) =>
            {
                var (truth, score) = (SubgroupColumns.Numbers(rows, labelColumn),
                    SubgroupColumns.Numbers(rows, scoreColumn));
                var squares = group.Average(i => Math.Pow(truth[i] - score[i], 2));
                var mean = group.Average(i => truth[i]);
                return metric switch
                {
                    RegressionMetric.MeanAbsoluteError => group.Average(i => Math.Abs(truth[i] - score[i])),
                    RegressionMetric.MeanSquaredError => squares,
                    RegressionMetric.RootMeanSquaredError => Math.Sqrt(squares),
                    _ => 1 - squares / group.Average(i => Math.Pow(truth[i] - mean, 2)),
                };
            }, null), columns);
    }

    private static AutoMLExperiment Set(this AutoMLExperiment experiment, WorstGroupMetric metric,
        WorstGroupColumns columns)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        columns.Check();
        // ML.NET's own metrics are registered so; there is no public way.
        Services(experiment).AddSingleton<IMetricManager>(metric).AddSingleton<IEvaluateMetricManager>(metric);
        return experiment;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_ServiceCollection")]
    private static extern IServiceCollection Services(AutoMLExperiment experiment);
}
