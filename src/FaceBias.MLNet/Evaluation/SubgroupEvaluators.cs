using FaceBias;
using FaceBias.Auditing;
using FaceBias.MLNet.Evaluation;
using FaceBias.MLNet.Scoring;
using FaceBias.Primitives.Tables;

namespace Microsoft.ML;

/// <summary>ML.NET's evaluators by group and intersection:
/// <code>
/// var evaluation = context.MulticlassClassification.EvaluateBySubgroup(model.Transform(test), "gender", "skin_tone");
/// Console.WriteLine(evaluation.Worst(m => m.MicroAccuracy)!.Levels[0]);
/// foreach (var finding in evaluation.Audit.Findings)
///     Console.WriteLine(finding.Sentence);
/// </code>
/// Groups are of <em>perceived</em> attributes.</summary>
public static class SubgroupEvaluators
{
    /// <summary>Evaluates a label of several classes.</summary>
    /// <param name="catalog">The task of a context.</param>
    /// <param name="data">Predictions: a label (key, text, boolean or number), a key prediction, and a vector of
    /// scores. Labels are matched with the prediction's classes by name, in whatever order they are.</param>
    /// <param name="groupColumns">Columns to group by; intersections too, as deep as the audit's options say.</param>
    /// <exception cref="ArgumentException">A column is missing, or of another type.</exception>
    public static SubgroupEvaluation<MulticlassClassificationMetrics> EvaluateBySubgroup(
        this MulticlassClassificationCatalog catalog, IDataView data, params string[] groupColumns) =>
        catalog.EvaluateBySubgroup(data, new SubgroupOptions(), groupColumns);

    /// <inheritdoc cref="EvaluateBySubgroup(MulticlassClassificationCatalog, IDataView, string[])"/>
    public static SubgroupEvaluation<MulticlassClassificationMetrics> EvaluateBySubgroup(
        this MulticlassClassificationCatalog catalog, IDataView data, SubgroupOptions options,
        params string[] groupColumns)
    {
        Check(catalog, data, options, groupColumns);
        var (label, score, predicted) =
            (options.LabelColumnName, options.ScoreColumnName, options.PredictedLabelColumnName);
        var memory = MemoryView.Read(data, [label, score, predicted, .. groupColumns]);
        Require<KeyDataViewType>(memory, predicted, "a key: evaluate before MapKeyToValue");
        Require<VectorDataViewType>(memory, score, "a vector with one score per class");
        // The scores stand in the order of the prediction's keys, whatever order the label's have.
        var classes = ClassNames.Of(memory.Schema[predicted]);
        var scores = memory.Values<VBuffer<float>>(score);
        if (scores.Count > 0 && scores[0].Length != classes.Count)
            throw new ArgumentException(
                $"'{score}' has {scores[0].Length} scores but '{predicted}' has {classes.Count} classes; give the "
                    + "scores of the same trainer.", nameof(data));
        var (truth, found) = (SubgroupColumns.Texts(memory, label), SubgroupColumns.Texts(memory, predicted));
        Column[] columns =
        [
            new TextColumn(label, found),
            new TextColumn($"{label}_true", truth),
            .. Probabilities(label, classes.Texts, scores),
        ];
        var labels = memory.With(label, new KeyDataViewType(typeof(uint), classes.Count), Keys(label, truth, classes),
            classes.KeyValues());
        return Evaluate(memory, labels, columns, options, groupColumns,
            view => catalog.Evaluate(view, label, score, predicted));
    }

    /// <summary>Evaluates a yes or no.</summary>
    /// <param name="catalog">The task of a context.</param>
    /// <param name="data">Predictions: a label (boolean, 0 and 1, or true and false), a boolean prediction, a score
    /// and, of a calibrated model, a probability.</param>
    /// <param name="groupColumns">Columns to group by; intersections too, as deep as the audit's options say.</param>
    /// <returns>Of a calibrated model the metrics are <see cref="CalibratedBinaryClassificationMetrics"/>.</returns>
    /// <exception cref="ArgumentException">A column is missing, or of another type.</exception>
    public static SubgroupEvaluation<BinaryClassificationMetrics> EvaluateBySubgroup(
        this BinaryClassificationCatalog catalog, IDataView data, params string[] groupColumns) =>
        catalog.EvaluateBySubgroup(data, new SubgroupOptions(), groupColumns);

    /// <inheritdoc cref="EvaluateBySubgroup(BinaryClassificationCatalog, IDataView, string[])"/>
    public static SubgroupEvaluation<BinaryClassificationMetrics> EvaluateBySubgroup(
        this BinaryClassificationCatalog catalog, IDataView data, SubgroupOptions options, params string[] groupColumns)
    {
        Check(catalog, data, options, groupColumns);
        var (label, score, predicted, probability) =
            (options.LabelColumnName, options.ScoreColumnName, options.PredictedLabelColumnName,
                options.ProbabilityColumnName);
        var calibrated = data.Schema.GetColumnOrNull(probability) is not null;
        var memory = MemoryView.Read(data,
            [label, score, predicted, .. calibrated ? new[] { probability } : [], .. groupColumns]);
        Require<BooleanDataViewType>(memory, predicted, "a boolean");
        var truth = SubgroupColumns.YesOrNo(memory, label);
        var (scores, found) = (SubgroupColumns.Numbers(memory, score), memory.Values<bool>(predicted));
        var positive = calibrated ? SubgroupColumns.Numbers(memory, probability) : [];
        Column[] columns =
        [
            // A boolean cannot be missing: of a row that was not scored it says no all the same.
            new TextColumn(label,
                [.. found.Select((f, i) => double.IsNaN(scores[i]) ? null : SubgroupColumns.Word(f))]),
            new TextColumn($"{label}_true", [.. truth.Select(t => t < 0 ? null : SubgroupColumns.Word(t == 1))]),
            .. calibrated ? new[] { new NumberColumn($"{label}_p_false", [.. positive.Select(p => 1 - p)]),
                new NumberColumn($"{label}_p_true", positive) } : [],
        ];
        // As Single, a label can be missing, and ML.NET passes the row over.
        var labels = memory.With(label, NumberDataViewType.Single, truth.Select(t => t < 0 ? float.NaN : t));
        return Evaluate(memory, labels, columns, options, groupColumns, view => calibrated
            ? catalog.Evaluate(view, label, score, probability, predicted)
            : catalog.EvaluateNonCalibrated(view, label, score, predicted));
    }

    /// <summary>Evaluates a number.</summary>
    /// <param name="catalog">The task of a context.</param>
    /// <param name="data">Predictions: a label and a score, both numbers.</param>
    /// <param name="groupColumns">Columns to group by; intersections too, as deep as the audit's options say.</param>
    /// <exception cref="ArgumentException">A column is missing, or of another type.</exception>
    public static SubgroupEvaluation<RegressionMetrics> EvaluateBySubgroup(
        this RegressionCatalog catalog, IDataView data, params string[] groupColumns) =>
        catalog.EvaluateBySubgroup(data, new SubgroupOptions(), groupColumns);

    /// <inheritdoc cref="EvaluateBySubgroup(RegressionCatalog, IDataView, string[])"/>
    public static SubgroupEvaluation<RegressionMetrics> EvaluateBySubgroup(
        this RegressionCatalog catalog, IDataView data, SubgroupOptions options, params string[] groupColumns)
    {
        Check(catalog, data, options, groupColumns);
        var (label, score) = (options.LabelColumnName, options.ScoreColumnName);
        var memory = MemoryView.Read(data, [label, score, .. groupColumns]);
        var truth = SubgroupColumns.Numbers(memory, label);
        Column[] columns = [new NumberColumn(label, SubgroupColumns.Numbers(memory, score)),
            new NumberColumn($"{label}_true", truth)];
        // ML.NET's evaluator takes labels of type Single alone.
        var labels = memory.With(label, NumberDataViewType.Single, truth.Select(v => (float)v));
        return Evaluate(memory, labels, columns, options, groupColumns, view => catalog.Evaluate(view, label, score));
    }

    private static SubgroupEvaluation<TMetrics> Evaluate<TMetrics>(
        MemoryView memory, MemoryView labelled, Column[] columns, SubgroupOptions options, string[] groupColumns,
        Func<IDataView, TMetrics> evaluate)
        where TMetrics : class
    {
        var label = options.LabelColumnName;
        var audit = options.Audit with { Targets = [label], Groups = [.. groupColumns.Distinct()], Split = null };
        var table = new Table(columns.Concat(groupColumns.Distinct().Where(g => g != label)
            .Select(g => SubgroupColumns.Group(memory, g, audit.Bands.ContainsKey(g)))));
        var result = Auditor.Run(table, audit);
        var target = result.Targets[0];
        var groups = new List<SubgroupMetrics<TMetrics>>();
        foreach (var (grouping, rows) in target.Groupings.Zip(GroupRows.Of(table, audit)))
        {
            for (var cell = 0; cell < grouping.Groups.Count; cell++)
            {
                var (metrics, reason) = Try(evaluate, labelled, rows[cell]);
                groups.Add(new(grouping.Attributes, grouping.Groups[cell].Levels, rows[cell].Length, metrics, reason,
                    grouping.Groups[cell]));
            }
        }
        try
        {
            return new(evaluate(labelled), groups, result);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            throw new FaceBiasException(
                $"ML.NET has no metrics of '{label}': {Reason(e)}. Give rows of every class, or audit the predictions "
                    + "without ML.NET (facebias audit).", e);
        }
    }

    private static (TMetrics? Metrics, string? Reason) Try<TMetrics>(Func<IDataView, TMetrics> evaluate,
        MemoryView memory, int[] rows)
        where TMetrics : class
    {
        if (rows.Length == 0)
            return (null, "not estimable: no rows");
        try
        {
            return (evaluate(memory.Take(rows)), null);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // ML.NET refuses the whole of a group where one metric is undefined, such as AUC without a positive row.
            return (null, $"not estimable by ML.NET: {Reason(e)}");
        }
    }

    private static string Reason(Exception e) =>
        e.Message.Split('\n', 2)[0].Split(" (Parameter '", 2)[0].TrimEnd('\r', '.');

    private static IEnumerable<Column> Probabilities(string label, IReadOnlyList<string> classes,
        IReadOnlyList<VBuffer<float>> scores)
    {
        // Scores of trainers that are not calibrated are no probabilities; the core is not given them as such.
        if (!scores.All(
            s => Math.Abs(s.DenseValues().Sum(v => (double)v) - 1) <= 0.01
                && s.DenseValues().All(v => v is >= 0 and <= 1)))
            return [];
        return classes.Select(
            (name, k) => new NumberColumn($"{label}_p_{name}", [.. scores.Select(s => (double)s.GetItemOrDefault(k))]));
    }

    private static void Require<T>(MemoryView data, string name, string what)
    {
        if (data.Schema[name].Type is not T)
            throw new ArgumentException($"Column '{name}' is of type {data.Schema[name].Type}; it must be {what}.",
                nameof(data));
    }

    private static void Check(object catalog, IDataView data, SubgroupOptions options, string[] groupColumns)
    {
        if (groupColumns is null or { Length: 0 })
            throw new ArgumentException("Name at least one column to group by.", nameof(groupColumns));
    }

    /// <summary>Labels as keys of the predicted classes.</summary>
    private static uint[] Keys(string label, IReadOnlyList<string?> truth, ClassNames classes)
    {
        var keys = classes.Texts.Select((text, i) => (text, Key: (uint)i + 1)).ToDictionary(k => k.text, k => k.Key,
            StringComparer.Ordinal);
        return [.. truth.Select(
            t => t is null ? 0 : keys.TryGetValue(t, out var key) ? key : throw new ArgumentException(
            $"Column '{label}' holds '{t}', which the model does not know; its classes are "
                + $"{classes.Texts.Quoted()}. Map the labels, or take such rows out."))];
    }
}
