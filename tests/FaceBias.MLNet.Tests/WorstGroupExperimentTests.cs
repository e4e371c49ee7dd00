using FaceBias.Core.Heads.Fit;
using FaceBias.MLNet.Evaluation;
using FaceBias.MLNet.Training;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace.Option;
using Microsoft.ML.Trainers;
using SearchSpace = Microsoft.ML.SearchSpace.SearchSpace;
using TrialResult = Microsoft.ML.AutoML.TrialResult;

namespace FaceBias.MLNet.Tests;

/// <summary>The worst group's metric in experiments of ML.NET's AutoML.</summary>
public class WorstGroupExperimentTests
{
    private static readonly IDataView s_train = Birds.Of(400, 0.95, 1), s_validation = Birds.Of(300, 0.5, 2);

    private readonly MLContext _context = new(seed: 3);

    private static SearchSpace L2() => new() { ["l2"] = new UniformDoubleOption(1e-6, 1, logBase: true, 1e-3) };

    /// <summary>Two trainers behind a transform that is not swept.</summary>
    private SweepablePipeline Pipeline() => _context.Transforms.NormalizeMeanVariance("Features", "Small")
        .Append(
            new SweepableEstimator((c, p) => c.MulticlassClassification.Trainers.LbfgsMaximumEntropy(
                new LbfgsMaximumEntropyMulticlassTrainer.Options
                    { L2Regularization = p["l2"].AsType<float>(), NumberOfThreads = 1 }), L2()),
            new SweepableEstimator((c, p) => c.MulticlassClassification.Trainers.SdcaMaximumEntropy(
                new SdcaMaximumEntropyMulticlassTrainer.Options
                    { L2Regularization = p["l2"].AsType<float>(), NumberOfThreads = 1 }), L2()));

    [Theory]
    [InlineData("eci")]
    [InlineData("cost-frugal")]
    [InlineData("smac")]
    [InlineData("random")]
    [InlineData("grid")]
    public async Task Every_tuner_maximises_it_and_its_winner_carries_the_model(string tuner)
    {
        // Before the pipeline or after it, as with ML.NET's metrics.
        var experiment = _context.Auto().CreateExperiment()
            .SetWorstGroupMetric(MulticlassClassificationMetric.MicroAccuracy, ["Background"])
            .SetPipeline(Pipeline()).SetDataset(s_train, s_validation).SetMaxModelToExplore(tuner == "smac" ? 14 : 6);
        experiment = tuner switch
        {
            "cost-frugal" => experiment.SetCostFrugalTuner(),
            "smac" => experiment.SetSmacTuner(numberInitialPopulation: 12, fitModelEveryNTrials: 2,
                numRandomEISearchConfigurations: 50),
            "random" => experiment.SetRandomSearchTuner(seed: 3),
            "grid" => experiment.SetGridSearchTuner(step: 2),
            _ => experiment,
        };
        var watch = new Watch();
        var best = await experiment.SetMonitor(watch).RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(watch.Results.Max(r => r.Metric), best.Metric);
        Assert.Equal(-best.Metric, best.Loss);
        var worst = _context.MulticlassClassification.EvaluateBySubgroup(best.Model.Transform(s_validation),
            "Background").Worst(m => m.MicroAccuracy)!;
        Assert.Equal(worst.Metrics!.MicroAccuracy, best.Metric, 1e-12);
        Assert.Equal("unusual", worst.Levels[0]);
        var zip = Path.Combine(TestPaths.NewFolder(), "model.zip");
        _context.Model.Save(best.Model, s_train.Schema, zip);
        Assert.Equal(best.Model.Transform(s_validation).GetColumn<uint>("PredictedLabel"),
            new MLContext().Model.Load(zip, out _).Transform(s_validation).GetColumn<uint>("PredictedLabel"));
    }

    [Fact]
    public async Task It_is_averaged_over_folds()
    {
        var best = await _context.Auto().CreateExperiment().SetPipeline(Pipeline()).SetDataset(s_validation, 3)
            .SetWorstGroupMetric(MulticlassClassificationMetric.LogLoss, ["Background"]).SetMaxModelToExplore(2)
            .RunAsync(TestContext.Current.CancellationToken);
        Assert.InRange(best.Metric, 0.05, 0.7);
        Assert.Equal(best.Metric, best.Loss);
        Assert.NotNull(best.Model);
    }

    private sealed class Person
    {
        public bool Label { get; set; }
        public float Age { get; set; }
        public string Group { get; set; } = "";
        [VectorType(2)] public float[] Features { get; set; } = [];
    }

    private IDataView People()
    {
        var random = new Random(1);
        return _context.Data.LoadFromEnumerable(Enumerable.Range(0, 300).Select(i => new Person
        {
            // The last group has one class: it has an accuracy, and no area under a curve.
            Label = i % 5 == 4 || i % 2 == 0, Group = i % 5 == 4 ? "c" : i % 3 == 0 ? "b" : "a", Age = 20 + i % 50,
            Features = [(i % 2 == 0 ? 1 : 0) + random.NextSingle(),
                i % 50 + random.NextSingle() * (i % 3 == 0 ? 20 : 5)],
        }).ToList());
    }

    private static TrialResult Run(AutoMLExperiment experiment) =>
        experiment.SetMaxModelToExplore(1).RunAsync(TestContext.Current.CancellationToken).GetAwaiter().GetResult();

    [Fact]
    public void Metrics_of_a_yes_or_no_are_those_of_ML_NET_in_the_worst_group()
    {
        var data = People();
        var pipeline = SweepableExtension.Append(new EstimatorChain<ITransformer>(),
            new SweepableEstimator((c, p) => c.BinaryClassification.Trainers.LbfgsLogisticRegression(
                new LbfgsLogisticRegressionBinaryTrainer.Options
                    { L2Regularization = p["l2"].AsType<float>(), NumberOfThreads = 1 }), L2()));
        foreach (var metric in Enum.GetValues<BinaryClassificationMetric>())
        {
            var best = Run(_context.Auto().CreateExperiment().SetPipeline(pipeline).SetDataset(data, data)
                .SetWorstGroupMetric(metric, ["Group"]));
            var scored = best.Model.Transform(data);
            var expected = new[] { "a", "b" }.Min(group => Of(metric, _context.BinaryClassification.Evaluate(
                _context.Data.FilterByCustomPredicate<Person>(scored, p => p.Group != group))));
            var rows = _context.Data.CreateEnumerable<Person>(scored, false).Zip(scored.GetColumn<bool>("PredictedLabel"))
                .Where(r => r.First.Group == "c").ToList();
            var ofOneClass = (double)rows.Count(r => r.Second) / rows.Count;
            if (metric is BinaryClassificationMetric.Accuracy or BinaryClassificationMetric.PositiveRecall)
                expected = Math.Min(expected, ofOneClass);
            else if (metric == BinaryClassificationMetric.F1Score)
                expected = Math.Min(expected, 2 * ofOneClass / (1 + ofOneClass));
            else if (metric == BinaryClassificationMetric.NegativePrecision && ofOneClass < 1)
                expected = 0;
            Assert.Equal(expected, best.Metric, 1e-9);
        }

        static double Of(BinaryClassificationMetric metric, BinaryClassificationMetrics m) => metric switch
        {
            BinaryClassificationMetric.Accuracy => m.Accuracy,
            BinaryClassificationMetric.AreaUnderRocCurve => m.AreaUnderRocCurve,
            BinaryClassificationMetric.AreaUnderPrecisionRecallCurve => m.AreaUnderPrecisionRecallCurve,
            BinaryClassificationMetric.F1Score => m.F1Score,
            BinaryClassificationMetric.PositivePrecision => m.PositivePrecision,
            BinaryClassificationMetric.PositiveRecall => m.PositiveRecall,
            BinaryClassificationMetric.NegativePrecision => m.NegativePrecision,
            _ => m.NegativeRecall,
        };
    }

    [Fact]
    public void Metrics_of_a_number_are_those_of_ML_NET_in_the_worst_group()
    {
        var data = People();
        var pipeline = SweepableExtension.Append(new EstimatorChain<ITransformer>(),
            new SweepableEstimator((c, p) => c.Regression.Trainers.LbfgsPoissonRegression(
                new LbfgsPoissonRegressionTrainer.Options { LabelColumnName = "Age",
                    L2Regularization = p["l2"].AsType<float>(), NumberOfThreads = 1 }), L2()));
        foreach (var metric in Enum.GetValues<RegressionMetric>())
        {
            var best = Run(_context.Auto().CreateExperiment().SetPipeline(pipeline).SetDataset(data, data)
                .SetWorstGroupMetric(metric, ["Group"], labelColumn: "Age"));
            var groups = _context.Regression.EvaluateBySubgroup(best.Model.Transform(data),
                new SubgroupOptions { LabelColumnName = "Age" }, "Group").Groups.Select(g => metric switch
            {
                RegressionMetric.RSquared => -g.Metrics!.RSquared,
                RegressionMetric.MeanAbsoluteError => g.Metrics!.MeanAbsoluteError,
                RegressionMetric.MeanSquaredError => g.Metrics!.MeanSquaredError,
                _ => g.Metrics!.RootMeanSquaredError,
            });
            Assert.Equal(groups.Max(), metric == RegressionMetric.RSquared ? -best.Metric : best.Metric, 1e-5);
        }
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        AutoMLExperiment Create() =>
            _context.Auto().CreateExperiment().SetPipeline(Pipeline()).SetDataset(s_train, s_validation);
        const MulticlassClassificationMetric accuracy = MulticlassClassificationMetric.MicroAccuracy;
        Says("no column 'Race'", () => Run(Create().SetWorstGroupMetric(accuracy, ["Race"])));
        Says("No group of 'Background' has 999 labelled rows",
            () => Run(Create().SetWorstGroupMetric(accuracy, ["Background"], minimumCount: 999)));
        Says("at least one column of groups", () => Create().SetWorstGroupMetric(accuracy, []));
        Says("TopKAccuracy needs a k",
            () => Create().SetWorstGroupMetric(MulticlassClassificationMetric.TopKAccuracy, ["Background"]));
        Says("varies 'Momentum'", () => _context.Auto().FineTuneImageClassification(new(),
            new SearchSpace { ["Momentum"] = new UniformDoubleOption(0, 1) }));

        static void Says(string part, Action action) =>
            Assert.Contains(part, Assert.ThrowsAny<Exception>(action).Message, StringComparison.Ordinal);
    }

    private sealed class Picture
    {
        public string Path { get; set; } = "";
        public string Label { get; set; } = "";
        public string Group { get; set; } = "";
    }

    [Fact]
    public async Task Options_of_fine_tuning_are_swept_and_a_trial_is_cancelled_in_its_midst()
    {
        var (folder, home) = (TestPaths.NewFolder(), TestPaths.NewFolder("home"));
        var rows = Enumerable.Range(0, 80).Select(i =>
        {
            var level = (byte)(20 + 37 * i % 200);
            var path = Path.Combine(folder, $"{i}.png");
            File.WriteAllBytes(path, TestPictures.Solid(level, 16));
            return new Picture { Path = path, Label = level > 120 ? "light" : "dark", Group = i % 3 == 0 ? "a" : "b" };
        }).ToList();
        var data = _context.Data.LoadFromEnumerable(rows);
        data = _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        var seen = new List<ImageFineTuningMetrics>();
        var options = new ImageFineTuningOptions
        {
            FeatureColumnName = "Path", Backbone = TinyModel.WriteBackbone(TestPaths.NewFolder("backbone")),
            Layers = "head", Epoch = 3, Home = home, Threads = 1, MetricsCallback = seen.Add,
            Head = new TrainOptions { Members = 1, Hidden = 16, Patience = 100_000 },
        };
        var rate = new ChoiceOption(0.001, 0.05);
        AutoMLExperiment Create(SearchSpace space) => _context.Auto().CreateExperiment()
            .SetPipeline(SweepableExtension.Append(new EstimatorChain<ITransformer>(),
                _context.Auto().FineTuneImageClassification(options, space)))
            .SetDataset(data, data)
            .SetWorstGroupMetric(MulticlassClassificationMetric.MicroAccuracy, ["Group"]).SetGridSearchTuner();
        var watch = new Watch();
        var best = await Create(new() { ["LearningRate"] = rate, ["Epoch"] = new UniformIntOption(1, 2) })
            .SetMonitor(watch).SetMaxModelToExplore(2).RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, watch.Results.Count);
        // Of the space, not the three of the options.
        Assert.InRange(seen.Max(e => e.Epoch), 1, 2);
        Assert.Equal(80, best.Model.Transform(data).GetColumn<uint>("PredictedLabel").Count(k => k is 1 or 2));

        using var stop = new CancellationTokenSource();
        options.Epoch = 100_000;
        options.MetricsCallback = e =>
        {
            seen.Add(e);
            stop.Cancel();
        };
        seen.Clear();
        await Assert.ThrowsAsync<TimeoutException>(() => Create(new() { ["LearningRate"] = rate })
            .SetMaxModelToExplore(2).RunAsync(stop.Token));
        Assert.InRange(seen.Count, 1, 99_999);
    }

    private sealed class Watch : IMonitor
    {
        public List<TrialResult> Results { get; } = [];

        public void ReportCompletedTrial(TrialResult result) => Results.Add(result);

        public void ReportBestTrial(TrialResult result)
        {
        }

        public void ReportFailTrial(TrialSettings settings, Exception? exception = null) => Assert.Fail($"{exception}");

        public void ReportRunningTrial(TrialSettings setting)
        {
        }
    }
}
