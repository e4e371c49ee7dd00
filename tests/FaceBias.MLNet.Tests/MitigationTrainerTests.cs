using FaceBias.Core.Heads.Methods;
using FaceBias.MLNet.Evaluation;
using FaceBias.MLNet.Mitigation;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet.Tests;

public class MitigationTrainerTests
{
    private sealed class Bird
    {
        public string Label { get; set; } = "";
        public bool IsWater { get; set; }
        public float Weight { get; set; }
        public string Background { get; set; } = "";
        [VectorType(6)] public float[] Features { get; set; } = [];
    }

    private readonly MLContext _context = new(seed: 1);

    /// <summary>The first feature says the label with noise, the second the background plainly, which agrees with the
    /// label in a share of the rows.</summary>
    private IDataView Birds(int count, double agree, int seed)
    {
        var random = new Random(seed);
        return _context.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i =>
        {
            var (water, aligned) = (i % 2 == 1, random.NextDouble() < agree);
            float own = (water ? 1 : 0) + (random.NextSingle() - 0.5f) * 1.4f,
                place = (water == aligned ? 1 : 0) + (random.NextSingle() - 0.5f) * 0.2f;
            return new Bird
            {
                Label = water ? "water" : "land", IsWater = water, Weight = 10 * own,
                Background = water == aligned ? "sea" : "forest",
                Features = [own, place, .. Enumerable.Range(0, 4).Select(_ => random.NextSingle())],
            };
        }).ToList());
    }

    private MitigationTrainerOptions Options(string label) => new()
    {
        LabelColumnName = label, GroupColumnName = "Background", ValidationSet = Birds(400, 0.5, 2),
        MaximumNumberOfEpochs = 15,
    };

    public static TheoryData<string> Methods() =>
        [.. MitigationMethods.All.Where(m => !m.Groups.HasFlag(GroupUse.Prediction)).Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Every_method_is_a_trainer_with_ML_NETs_columns(string method)
    {
        IDataView train = Birds(500, 0.9, 1), test = Birds(300, 0.5, 3);
        var model = _context.MulticlassClassification.Trainers.Mitigate(method, Options("Label")).Fit(train);
        var evaluation = _context.MulticlassClassification.EvaluateBySubgroup(model.Transform(test), s_options,
            "Background");
        Assert.True(evaluation.Overall.MicroAccuracy > 0.5, $"{method}: {evaluation.Overall.MicroAccuracy}");
        Assert.True(model.Graph.Span.SequenceEqual(
            _context.MulticlassClassification.Trainers.Mitigate(method, Options("Label")).Fit(train).Graph.Span),
            method);
    }

    [Fact]
    public void Group_dro_serves_the_worst_group_better_than_a_plain_head()
    {
        IDataView train = Birds(800, 0.95, 1), test = Birds(600, 0.5, 3);
        double Worst(string method)
        {
            var options = Options("Label");
            options.MaximumNumberOfEpochs = 40;
            // The plain head is chosen without a look at groups.
            options.Selection = method == "erm" ? SelectionRule.WorstClass : null;
            var view = _context.MulticlassClassification.Trainers.Mitigate(method, options).Fit(train).Transform(test);
            return _context.MulticlassClassification.EvaluateBySubgroup(view, s_options, "Background", "Label").Groups
                .Where(g => g.Attributes.Count == 2).Min(g => g.Metrics!.MicroAccuracy);
        }
        var (plain, robust) = (Worst("erm"), Worst("group-dro"));
        Assert.True(robust > plain + 0.05, $"{plain} to {robust}");
    }

    [Fact]
    public void A_binary_label_goes_into_evaluation_calibration_feature_importance_and_the_zip()
    {
        IDataView train = Birds(600, 0.9, 1), test = Birds(400, 0.5, 3);
        var trainer = _context.BinaryClassification.Trainers.Dfr("Background", "IsWater");
        var model = trainer.Fit(train);
        var view = model.Transform(test);
        var metrics = _context.BinaryClassification.Evaluate(view, "IsWater");
        Assert.True(metrics.AreaUnderRocCurve > 0.8 && metrics.LogLoss < 0.69,
            $"{metrics.AreaUnderRocCurve}, {metrics.LogLoss}");
        var (scores, probabilities) =
            (view.GetColumn<float>("Score").ToArray(), view.GetColumn<float>("Probability").ToArray());
        Assert.All(scores.Zip(probabilities), p => Assert.Equal(1 / (1 + Math.Exp(-p.First)), p.Second, 1e-4));
        Assert.Equal(scores.Select(s => s > 0), view.GetColumn<bool>("PredictedLabel"));
        var calibrated = _context.BinaryClassification.Calibrators.Platt("IsWater").Fit(view)
            .Transform(model.Transform(test));
        Assert.True(_context.BinaryClassification.Evaluate(calibrated, "IsWater").LogLoss <= metrics.LogLoss + 0.05);
        // The feature that tells the label counts most.
        var importance = _context.BinaryClassification.PermutationFeatureImportance(model, view, "IsWater",
            permutationCount: 2);
        Assert.Equal(0, Enumerable.Range(0, importance.Length).MinBy(i => importance[i].AreaUnderRocCurve.Mean));
        Assert.All(_context.BinaryClassification.CrossValidate(train, trainer, 3, "IsWater"),
            m => Assert.True(m.Metrics.Accuracy > 0.7));

        var zip = Path.Combine(TestPaths.NewFolder(), "model.zip");
        _context.Model.Save(model, train.Schema, zip);
        Assert.Equal(scores, new MLContext().Model.Load(zip, out _).Transform(test).GetColumn<float>("Score"));
    }

    [Theory]
    [InlineData("group-dro")]
    [InlineData("erm")]
    public void Feature_importance_of_a_chain_ranks_the_planted_feature_first(string method)
    {
        IDataView train = Split(Birds(600, 0.5, 1)), test = Split(Birds(400, 0.5, 3));
        var options = Options("IsWater");
        (options.ValidationSet, options.MaximumNumberOfEpochs) = (null, 30);
        var features = _context.Transforms.Concatenate("Features", "Noise", "Place", "Own");
        ITransformer binary = features
            .Append(_context.BinaryClassification.Trainers.Mitigate(method, options)).Fit(train);
        Ranks(_context.BinaryClassification.PermutationFeatureImportanceNonCalibrated(binary, binary.Transform(test),
            "IsWater", permutationCount: 2).ToDictionary(f => f.Key, f => f.Value.AreaUnderRocCurve.Mean), -0.1);

        // A calibrator behind the trainer is no predictor, and a zip gives transformers of the same kinds.
        var zip = Path.Combine(TestPaths.NewFolder(), "model.zip");
        _context.Model.Save(features.Append(_context.BinaryClassification.Trainers.Mitigate(method, options))
            .Append(_context.BinaryClassification.Calibrators.Temperature("IsWater")).Fit(train), train.Schema, zip);
        var loaded = _context.Model.Load(zip, out _);
        Ranks(_context.BinaryClassification.PermutationFeatureImportanceNonCalibrated(loaded, loaded.Transform(test),
            "IsWater").ToDictionary(f => f.Key, f => f.Value.AreaUnderRocCurve.Mean), -0.1);

        options.LabelColumnName = "Key";
        ITransformer classes = _context.Transforms.Conversion.MapValueToKey("Key", "Label").Append(features)
            .Append(_context.MulticlassClassification.Trainers.Mitigate(method, options))
            .Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(train);
        Ranks(_context.MulticlassClassification.PermutationFeatureImportance(classes, classes.Transform(test), "Key")
            .ToDictionary(f => f.Key, f => f.Value.MicroAccuracy.Mean), -0.1);

        options.LabelColumnName = "Weight";
        ITransformer number = features.Append(_context.Regression.Trainers.Mitigate(method, options)).Fit(train);
        Ranks(_context.Regression.PermutationFeatureImportance(number, number.Transform(test), "Weight")
            .ToDictionary(f => f.Key, f => f.Value.RSquared.Mean), -0.5);

        // The features as columns: one of noise, one that says the background, one that says the label.
        IDataView Split(IDataView birds) => _context.Data.LoadFromEnumerable(
            _context.Data.CreateEnumerable<Bird>(birds, false).Select(b => new
            {
                b.Label, b.IsWater, b.Weight, b.Background, Noise = b.Features[2], Place = b.Features[1],
                Own = b.Features[0],
            }).ToArray());

        static void Ranks(Dictionary<string, double> changes, double most)
        {
            Assert.Equal(["Noise", "Own", "Place"], changes.Keys.Order(StringComparer.Ordinal));
            Assert.Equal("Own", changes.MinBy(c => c.Value).Key);
            Assert.True(changes["Own"] < most && changes["Noise"] > most / 2,
                string.Join(", ", changes.Select(c => $"{c.Key} {c.Value}")));
        }
    }

    [Fact]
    public void A_number_and_keys_of_other_types_work_too()
    {
        IDataView train = Birds(500, 0.9, 1), test = Birds(300, 0.5, 3);
        var patient = Options("Weight");
        patient.MaximumNumberOfEpochs = 60;
        var number = _context.Regression.Trainers.Mitigate("group-dro", patient).Fit(train).Transform(test);
        var metrics = _context.Regression.Evaluate(number, "Weight");
        Assert.True(metrics.RSquared > 0.5, $"{metrics.RSquared}");
        // A key keeps its values and their order.
        var keys = _context.Data.LoadFromEnumerable(new[] { new { Label = "water" }, new { Label = "land" } });
        var keyed = _context.Transforms.Conversion.MapValueToKey("Key", "Label", keyData: keys).Fit(train)
            .Transform(train);
        var options = Options("Key");
        options.ValidationSet = null;
        var view = _context.MulticlassClassification.Trainers.Mitigate("jtt", options).Fit(keyed).Transform(keyed);
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema["Score"].GetSlotNames(ref names);
        Assert.Equal(["water", "land"], names.DenseValues().Select(n => n.ToString()));
        Assert.True(_context.MulticlassClassification.Evaluate(view, "Key").MicroAccuracy > 0.6);
    }

    [Fact]
    public void Rows_in_another_order_each_time_are_read_once()
    {
        var rows = _context.Data.CreateEnumerable<Bird>(Birds(400, 0.5, 1), false).ToArray();
        var view = _context.Data.LoadFromEnumerable(rows.OrderBy(_ => Random.Shared.Next()));
        var model = _context.BinaryClassification.Trainers.Erm("IsWater").Fit(view);
        Assert.True(_context.BinaryClassification.Evaluate(model.Transform(Birds(200, 0.5, 2)), "IsWater").Accuracy
            > 0.75);
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        var data = Birds(60, 0.9, 1);
        Says("There is no trainer 'magic'", () => _context.BinaryClassification.Trainers.Mitigate("magic"));
        Says("There is no trainer 'thresholds'", () => _context.BinaryClassification.Trainers.Mitigate("thresholds"));
        Says("needs the labels of groups", () => _context.BinaryClassification.Trainers.Mitigate("group-dro"));
        Says("not for numbers", () => _context.Regression.Trainers.Mitigate("jtt"));
        Says("no hyperparameter 'speed'",
            () => _context.BinaryClassification.Trainers.Mitigate("jtt",
                new() { Hyperparameters = new Dictionary<string, double> { ["speed"] = 1 } }));
        Says("no column 'Nothing'", () => _context.BinaryClassification.Trainers.Jtt("IsWater", "Nothing").Fit(data));
        Says("a binary label is a boolean", () => _context.BinaryClassification.Trainers.Jtt("Label").Fit(data));
        var none = _context.Data.FilterRowsByColumn(data, "Weight", 1000, 2000);
        Says("None of the 0 rows has a label in column 'Label'",
            () => _context.MulticlassClassification.Trainers.Erm().Fit(none));
        Says("features are a vector", () => _context.BinaryClassification.Trainers.Jtt("IsWater", "Weight").Fit(data));

        static void Says(string part, Action action)
        {
            var thrown = Assert.ThrowsAny<Exception>(action);
            Assert.True(thrown is FaceBiasException or ArgumentException, thrown.ToString());
            Assert.Contains(part, thrown.Message, StringComparison.Ordinal);
        }
    }

    private static readonly SubgroupOptions s_options =
        new() { Audit = new() { MinimumCount = 1, BootstrapReplicates = 100, Permutations = 100 } };
}
