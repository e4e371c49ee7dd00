using FaceBias.Auditing;
using FaceBias.MLNet.Evaluation;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet.Tests;

public class SubgroupEvaluatorsTests
{
    private const int Rows = 900;
    private static readonly string[] s_skins = ["dark", "light", "medium"];
    private static readonly SubgroupOptions s_options =
        new() { Audit = new AuditOptions { MinimumCount = 1, BootstrapReplicates = 100, Permutations = 100 } };

    private sealed class Face
    {
        public string Label { get; set; } = "";
        public bool Yes { get; set; }
        public float Age { get; set; }
        public string Skin { get; set; } = "";
        public bool Glasses { get; set; }
        [VectorType(3)] public float[] Features { get; set; } = [];
    }

    /// <summary>Faces whose features say less about the label where the skin is dark.</summary>
    private static List<Face> Faces()
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, Rows).Select(i =>
        {
            var (skin, kind) = (s_skins[i % 3], random.Next(3));
            var noise = skin == "dark" ? 2.5f : 0.7f;
            return new Face
            {
                Label = ((string[])["child", "adult", "old"])[kind],
                Yes = kind > 0,
                // Whole years, as ages are: ML.NET squares a label in single precision, which is exact for them.
                Age = 20 * kind + random.Next(10),
                Skin = skin,
                Glasses = random.Next(4) == 0,
                Features = [.. Enumerable.Range(0, 3).Select(
                    f => (f == kind ? 1 : 0) + noise * (random.NextSingle() - 0.5f))],
            };
        })];
    }

    [Fact]
    public void Several_classes_equal_the_core_in_every_group_and_intersection()
    {
        var context = new MLContext(seed: 1);
        var data = context.Data.LoadFromEnumerable(Faces());
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.MulticlassClassification.Trainers.LbfgsMaximumEntropy());
        var view = pipeline.Fit(data).Transform(data);
        var evaluation = context.MulticlassClassification.EvaluateBySubgroup(view, s_options, "Skin", "Glasses");

        Assert.Equal(3 + 2 + 6, evaluation.Groups.Count);
        Assert.Equal(Rows, evaluation.Groups.Where(g => g.Attributes is ["Skin"]).Sum(g => g.N));
        foreach (var group in evaluation.Groups)
        {
            Same(group.Audit, Metrics.Accuracy, group.Metrics!.MicroAccuracy);
            Same(group.Audit, Metrics.BalancedAccuracy, group.Metrics.MacroAccuracy);
            Same(group.Audit, Metrics.LogLoss, group.Metrics.LogLoss);
            Same(group.Audit, Metrics.LogLossReduction, group.Metrics.LogLossReduction);
            Assert.Equal(group.Audit.Confusion!.SelectMany(r => r.Select(v => (double)v)),
                group.Metrics.ConfusionMatrix.Counts.SelectMany(r => r));
        }
        Same(evaluation.Audit.Targets[0].Overall, Metrics.Accuracy,
            context.MulticlassClassification.Evaluate(view).MicroAccuracy);
        Assert.Equal("dark",
            Assert.IsType<SubgroupMetrics<MulticlassClassificationMetrics>>(
                evaluation.Worst(m => m.MicroAccuracy)).Levels[0]);
        var gap = evaluation.Audit.Targets[0].Groupings[0].Gaps[0];
        Assert.Equal((Verdict.GapShown, "dark"), (gap.Verdict!.Value, gap.Worst));
    }

    [Fact]
    public void Yes_or_no_equals_the_core_in_every_group_and_intersection()
    {
        var context = new MLContext(seed: 1);
        var data = context.Data.LoadFromEnumerable(Faces());
        var view = context.BinaryClassification.Trainers.LbfgsLogisticRegression(nameof(Face.Yes)).Fit(data)
            .Transform(data);
        var evaluation = context.BinaryClassification.EvaluateBySubgroup(view,
            s_options with { LabelColumnName = nameof(Face.Yes) }, "Skin", "Glasses");
        Assert.Equal(3 + 2 + 6, evaluation.Groups.Count);
        foreach (var group in evaluation.Groups)
        {
            Assert.IsType<CalibratedBinaryClassificationMetrics>(group.Metrics);
            Same(group.Audit, Metrics.Accuracy, group.Metrics!.Accuracy);
            Same(group.Audit, Metrics.Auc, group.Metrics.AreaUnderRocCurve, "true");
            Same(group.Audit, Metrics.Recall, group.Metrics.PositiveRecall, "true");
            Same(group.Audit, Metrics.Recall, group.Metrics.NegativeRecall, "false");
            Same(group.Audit, Metrics.Precision, group.Metrics.PositivePrecision, "true");
            Same(group.Audit, Metrics.F1, group.Metrics.F1Score, "true");
        }
    }

    [Fact]
    public void A_number_equals_the_core_in_every_group_and_intersection()
    {
        var context = new MLContext(seed: 1);
        var data = context.Data.LoadFromEnumerable(Faces());
        var view = context.Regression.Trainers.LbfgsPoissonRegression(nameof(Face.Age)).Fit(data).Transform(data);
        var options = s_options with
        {
            LabelColumnName = nameof(Face.Age),
            Audit = s_options.Audit with
                { Bands = new Dictionary<string, IReadOnlyList<double>> { ["Age"] = [0, 20, 100] } },
        };
        var evaluation = context.Regression.EvaluateBySubgroup(view, options, "Skin", "Glasses", "Age");
        foreach (var group in evaluation.Groups.Where(g => g.N > 2))
        {
            Same(group.Audit, Metrics.MeanAbsoluteError, group.Metrics!.MeanAbsoluteError);
            Same(group.Audit, Metrics.RSquared, group.Metrics.RSquared);
        }
        var none = evaluation.Groups.First(g => g.N == 0);
        Assert.Equal((null, "not estimable: no rows"), (none.Metrics, none.Reason));
        Assert.Equal("dark", evaluation.Worst(m => -m.MeanAbsoluteError)!.Levels[0]);
    }

    [Fact]
    public void A_group_that_ML_NET_refuses_says_why_and_the_others_are_evaluated()
    {
        var faces = Faces();
        foreach (var face in faces.Where(f => f.Skin == "light"))
            face.Yes = false;
        var context = new MLContext(seed: 1);
        var data = context.Data.LoadFromEnumerable(faces);
        var view = context.BinaryClassification.Trainers.LbfgsLogisticRegression(nameof(Face.Yes)).Fit(data)
            .Transform(data);
        var groups = context.BinaryClassification.EvaluateBySubgroup(view,
            s_options with { LabelColumnName = nameof(Face.Yes) }, "Skin").Groups;
        var light = groups.Single(g => g.Levels[0] == "light");
        Assert.Null(light.Metrics);
        Assert.StartsWith("not estimable by ML.NET: ", light.Reason, StringComparison.Ordinal);
        Assert.NotNull(light.Audit.Find(Metrics.Accuracy.Key)!.Value);
        Assert.All(groups.Where(g => g != light), g => Assert.NotNull(g.Metrics));

        var one = context.Data.LoadFromEnumerable(faces.Where(f => !f.Yes));
        Assert.Contains("ML.NET has no metrics of 'Yes': AUC", Assert.Throws<FaceBiasException>(
            () => context.BinaryClassification.EvaluateBySubgroup(context.BinaryClassification.Trainers
                .LbfgsLogisticRegression(nameof(Face.Yes)).Fit(data).Transform(one),
                s_options with { LabelColumnName = nameof(Face.Yes) }, "Skin")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_yes_or_no_without_a_label_or_a_score_is_passed_over()
    {
        var context = new MLContext(seed: 1);
        var answers = Enumerable.Range(0, 200).Select(i => new Answer
        {
            Label = i % 10 == 0 ? "" : i % 2 == 0 ? "true" : "false", Group = i % 3 == 0 ? "a" : "b",
            Score = i % 10 == 1 ? float.NaN : i % 7 == 0 ? -1 : 1, PredictedLabel = i % 10 != 1 && i % 7 != 0,
        }).ToArray();
        var known = answers.Where(a => a.Label.Length > 0 && !float.IsNaN(a.Score)).ToArray();
        var evaluation = context.BinaryClassification.EvaluateBySubgroup(context.Data.LoadFromEnumerable(answers),
            s_options, "Group");
        foreach (var group in evaluation.Groups)
        {
            var rows = known.Where(a => a.Group == group.Levels[0]).ToArray();
            Assert.Equal(rows.Length, group.Audit.N);
            Same(group.Audit, Metrics.Accuracy, group.Metrics!.Accuracy);
            Assert.Equal(rows.Average(a => a.Label == "true" == a.PredictedLabel ? 1.0 : 0),
                group.Metrics.Accuracy, 1e-9);
        }
    }

    private sealed class Answer
    {
        public string Label { get; set; } = "";
        public string Group { get; set; } = "";
        public float Score { get; set; }
        public bool PredictedLabel { get; set; }
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable(Faces());
        Says("no column 'Score'", () => context.Regression.EvaluateBySubgroup(data, "Skin"));
        Says("at least one column", () => context.Regression.EvaluateBySubgroup(data));
        Says("not a number",
            () => context.Regression.EvaluateBySubgroup(data, new SubgroupOptions { ScoreColumnName = "Age" }, "Skin"));
        Says("must be a key: evaluate before", () => context.MulticlassClassification.EvaluateBySubgroup(
            data, new SubgroupOptions { ScoreColumnName = "Features", PredictedLabelColumnName = "Label" }, "Skin"));
        Says("cannot group or label rows", () => context.Regression.EvaluateBySubgroup(
            data, new SubgroupOptions { LabelColumnName = "Age", ScoreColumnName = "Age" }, "Features"));

        static void Says(string part, Action action) =>
            Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(action).Message, StringComparison.Ordinal);
    }

    private static void Same(GroupAudit group, Metric metric, double expected, string? @class = null)
    {
        var estimate = group.Find(metric.Key, @class)
            ?? throw new InvalidOperationException($"No {metric.Key} of {group.Name()}.");
        Assert.True(estimate.Value is { } value && Math.Abs(value - expected) <= 1e-9,
            $"{group.Name()}: {metric.Key} {estimate.Value} {estimate.Reason} where ML.NET has {expected}");
    }
}
