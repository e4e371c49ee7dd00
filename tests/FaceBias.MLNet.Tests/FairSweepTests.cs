using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;
using FaceBias.MLNet.Evaluation;
using FaceBias.MLNet.Sweeping;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace FaceBias.MLNet.Tests;

public class FairSweepTests
{
    private readonly MLContext _context = new(seed: 1);
    private readonly IDataView _train = Birds.Of(600, 0.95, 1),
        _validation = Birds.Of(400, 0.5, 2);

    private static readonly SearchSpace s_space =
        new([new NumberParameter("l2", 1e-6, 10, Log: true) { Default = 1 },
            new ChoiceParameter("features", ["Small", "Large"]) { Default = 0 }]);

    private static FairSweepOptions Options(string? journal = null) =>
        new() { GroupColumnNames = ["Background"], MaximumTrials = 6, Journal = journal };

    private static IEstimator<ITransformer> Build(MLContext context, Configuration values) =>
        context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(
        new LbfgsMaximumEntropyMulticlassTrainer.Options { FeatureColumnName = values.Text("features"),
            L2Regularization = (float)values.Number("l2"), NumberOfThreads = 1 });

    [Fact]
    public void Named_trainers_are_searched_and_the_winner_predicts_without_weights()
    {
        var seen = new List<Trial>();
        var options = Options();
        options.MaximumTrials = 10;
        options.TrialCallback = seen.Add;
        var result = _context.FairSweep(_train, _validation, ["Small", "Large"], options,
            [FairTrainer.Lbfgs, FairTrainer.LightGbm]);
        Assert.Equal(10, result.Trials.Count);
        Assert.Equal(result.Trials, seen);
        Assert.All(result.Trials, t => Assert.Equal(TrialState.Complete, t.State));
        // The first is cheap and plain; rare groups that weigh more win over it.
        Assert.Equal("Lbfgs", result.Trials[0].Configuration.Text("trainer"));
        Assert.True(result.WorstGroup > 1 - result.Trials[0].Loss + 0.05,
            $"{1 - result.Trials[0].Loss} to {result.WorstGroup}");
        Assert.Equal(result.Trials.Count, result.Trials.Select(t => t.Configuration).Distinct().Count());
        var test = Birds.Of(300, 0.5, 3);
        Assert.True(_context.MulticlassClassification.Evaluate(result.Model.Transform(test)).MicroAccuracy > 0.6);
    }

    [Theory]
    [InlineData(FairTrainer.Sdca)]
    [InlineData(FairTrainer.Lbfgs)]
    [InlineData(FairTrainer.LightGbm)]
    [InlineData(FairTrainer.FastTree)]
    public void Weights_of_rare_groups_raise_the_worst_group_with_every_trainer(FairTrainer trainer)
    {
        double Worst(double weight)
        {
            var data = new GroupWeights(MemoryView.Read(Birds.Of(1000, 0.95, 1), ["Label", "Background", "Small"]),
                "Label", ["Background"]).Apply(weight, default);
            var trial = new FairTrial { Features = "Small", Trainer = trainer, Trees = 20, Leaves = 8 };
            var model = FairTrainers.Of(new MLContext(1), trial, "Label").Fit(data);
            var evaluation = _context.MulticlassClassification.EvaluateBySubgroup(
                model.Transform(Birds.Of(600, 0.5, 2)), "Background");
            return evaluation.Worst(m => m.MicroAccuracy)!.Metrics!.MicroAccuracy;
        }
        var (before, after) = (Worst(0), Worst(1));
        Assert.True(after > before + 0.05, $"{before} to {after}");
        Assert.Equal(after, Worst(1));
    }

    [Fact]
    public void A_function_of_values_is_searched_resumed_from_its_journal_and_repeats()
    {
        var journal = Path.Combine(TestPaths.NewFolder(), "sweep.jsonl");
        var first = _context.FairSweep(_train, _validation, s_space, Build, Options(journal));
        Assert.Equal(6, first.Trials.Count);
        var options = Options(journal);
        options.MaximumTrials = 8;
        var told = 0;
        options.TrialCallback = _ => told++;
        var resumed = _context.FairSweep(_train, _validation, s_space, Build, options);
        Assert.Equal((8, 2), (resumed.Trials.Count, told));
        Assert.Equal(first.Trials.Select(t => t.Configuration), resumed.Trials.Take(6).Select(t => t.Configuration));
        options.Journal = null;
        var again = _context.FairSweep(_train, _validation, s_space, Build, options);
        Assert.Equal(again.Trials.Select(t => (t.Configuration, t.Loss)),
            resumed.Trials.Select(t => (t.Configuration, t.Loss)));
        // Whether its model was kept or fitted anew, the winner predicts the same.
        Assert.Equal(again.Model.Transform(_validation).GetColumn<uint>("PredictedLabel"),
            resumed.Model.Transform(_validation).GetColumn<uint>("PredictedLabel"));
        options.Journal = journal;
        Assert.Contains("another training rows",
            Assert.Throws<FaceBiasException>(
                () => _context.FairSweep(Birds.Of(600, 0.9, 9), _validation, s_space, Build,
                    options)).Message, StringComparison.Ordinal);
        options.Objective = "average";
        Assert.Contains("another objective",
            Assert.Throws<FaceBiasException>(
                () => _context.FairSweep(_train, _validation, s_space, Build, options)).Message,
                StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("yes", "no")]
    [InlineData(true, false)]
    [InlineData(1f, 0f)]
    public void Named_trainers_take_labels_of_any_type<T>(T first, T second)
    {
        var random = new Random(1);
        var rows = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 200).Select(i => new Labelled<T>
        {
            Label = i % 2 == 0 ? first : second, Group = i % 3 == 0 ? "a" : "b",
            Features = [i % 2, random.NextSingle()],
        }).ToList());
        var result = _context.FairSweep(rows, rows, ["Features"],
            new() { GroupColumnNames = ["Group"], MaximumTrials = 1 }, [FairTrainer.Lbfgs]);
        Assert.Equal(1, result.WorstGroup);
        Assert.StartsWith("best of 1: group-weight 0, l2 0.001: worst group 1", result.ToString(),
            StringComparison.Ordinal);
    }

    private sealed class Labelled<T>
    {
        public T Label { get; set; } = default!;
        public string Group { get; set; } = "";
        [VectorType(2)] public float[] Features { get; set; } = [];
    }

    [Fact]
    public void It_is_cancelled_within_a_trial_and_a_failing_trial_ends_nothing()
    {
        var journal = Path.Combine(TestPaths.NewFolder(), "sweep.jsonl");
        using var cancel = new CancellationTokenSource();
        var count = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => _context.FairSweep(_train, _validation, s_space, (c, p) =>
        {
            if (++count == 3)
                cancel.Cancel();
            return Build(c, p);
        }, Options(journal), cancel.Token));
        // What the study is, and two trials.
        Assert.Equal(3, File.ReadLines(journal).Count());

        // The best model so far outlives a trial that fails after it.
        count = 0;
        var chain = _context.FairSweep(_train, _validation, s_space,
            (c, p) => ++count > 1 ? throw new FaceBiasException("No more.")
            : c.MulticlassClassification.Trainers.Mitigate("erm",
                new() { FeatureColumnName = p.Text("features"), MaximumNumberOfEpochs = 3 }), Options());
        Assert.Equal(400, chain.Model.Transform(_validation).GetColumn<uint>("PredictedLabel").Count());

        count = 0;
        var result = _context.FairSweep(_train, _validation, s_space,
            (c, p) => ++count == 2 ? throw new FaceBiasException("This one cannot.") : Build(c, p), Options());
        Assert.Equal("This one cannot.", Assert.Single(result.Trials, t => t.State == TrialState.Failed).Reason);
        var none = Assert.Throws<FaceBiasException>(
            () => _context.FairSweep(_train, _validation, s_space, (_, _) => throw new FaceBiasException("Never."),
                Options()));
        Assert.Contains("Never", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_regression_is_judged_by_its_worst_group()
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, 300).Select(
            i => new { Label = (float)(i % 50), Group = i % 3 == 0 ? "few" : "many",
                Features = new float[] { i % 50 + random.Next(5), 1 } }).ToList();
        var definition = Microsoft.ML.Data.SchemaDefinition.Create(rows[0].GetType());
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2);
        var data = _context.Data.LoadFromEnumerable(rows, definition);
        var result = _context.FairSweep(data, data, s_space,
            (c, p) =>
                c.Regression.Trainers.Sdca(
                    new SdcaRegressionTrainer.Options { L2Regularization = (float)p.Number("l2"),
                        NumberOfThreads = 1 }),
            new() { GroupColumnNames = ["Group"], PredictedLabelColumnName = "Score", IsRegression = true,
                MaximumTrials = 3 });
        Assert.InRange(result.WorstGroup, 0, 25);
        Assert.Equal(result.Best.Loss, result.WorstGroup);
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        Says("at least one column of groups", () => _context.FairSweep(_train, _validation, s_space, Build, new()));
        Says("no column 'Race'",
            () => _context.FairSweep(_train, _validation, s_space, Build, new() { GroupColumnNames = ["Race"] }));
        Says("no sampler 'magic'",
            () => _context.FairSweep(_train, _validation, s_space, Build,
                new() { GroupColumnNames = ["Background"], Sampler = "magic" }));
        SaysOf("'l2' needs a low end below", () => new SearchSpace([new NumberParameter("l2", 1, 1) { Default = 1 }]));
        SaysOf("'l2' has a default outside", () => new SearchSpace([new NumberParameter("l2", 1, 2) { Default = 3 }]));
        SaysOf("'l2' is drawn by its logarithm",
            () => new SearchSpace([new NumberParameter("l2", 0, 2, Log: true) { Default = 1 }]));
        SaysOf("'kind' needs choices",
            () => new SearchSpace([new ChoiceParameter("kind", ["a", "a"]) { Default = 0 }]));
        SaysOf("'kind' has a default",
            () => new SearchSpace([new ChoiceParameter("kind", ["a", "b"]) { Default = 2 }]));
        Says("No group has 5000",
            () => _context.FairSweep(_train, _validation, s_space, Build,
                new() { GroupColumnNames = ["Background"], MinimumCount = 5000 }));

        static void SaysOf(string part, Func<object> make) => Assert.Contains(part,
            Assert.Throws<FaceBiasException>(() => { _ = make(); }).Message, StringComparison.Ordinal);
        static void Says(string part, Action action) =>
            Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(action).Message, StringComparison.Ordinal);
    }
}
