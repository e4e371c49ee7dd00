using FaceBias.Core.Search.Trials;
using FaceBias.MLNet.Sweeping;
using FaceBias.MLNet.Sweeping.AutoML;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.AutoML;

namespace FaceBias.MLNet.Tests;

/// <summary>Fair trials under ML.NET's tuners.</summary>
public class FairAutoMLTests
{
    private static readonly IDataView s_train = FairTrialRunnerTests.Birds(400, 0.95, 1),
        s_validation = FairTrialRunnerTests.Birds(300, 0.5, 2);

    private static FairTrialOptions Options(string journal) =>
        new() { GroupColumns = ["Background"], FeatureColumns = ["Small", "Large"], MinimumCount = 20,
            Journal = journal };

    private static (AutoMLExperiment Experiment, FairTrialRunner Runner) Create(string tuner, FairTrialOptions options,
        int trials)
    {
        var runner = new FairTrialRunner(s_train, s_validation, options);
        var experiment = new MLContext(seed: 3).Auto().CreateExperiment();
        experiment = tuner switch
        {
            "eci" => experiment.SetFairPipelines(runner, options),
            "smac" => experiment.SetFairTrials(runner, options).SetSmacTuner(numberInitialPopulation: 12,
                fitModelEveryNTrials: 2, numRandomEISearchConfigurations: 50),
            "random" => experiment.SetFairTrials(runner, options).SetRandomSearchTuner(seed: 3),
            "grid" => experiment.SetFairTrials(runner, options).SetGridSearchTuner(step: 2),
            _ => experiment.SetFairTrials(runner, options),
        };
        return (experiment.SetMaxModelToExplore(trials), runner);
    }

    [Theory]
    [InlineData("cost-frugal")]
    [InlineData("smac")]
    [InlineData("random")]
    [InlineData("grid")]
    [InlineData("eci")]
    public async Task Every_tuner_of_ML_NET_minimises_the_loss_and_its_winner_can_be_made_again(string tuner)
    {
        var options = Options(Path.Combine(TestPaths.NewFolder(), "journal.jsonl"));
        // SMAC learns from more trials than these before it proposes any of its own.
        var count = tuner == "smac" ? 15 : 8;
        var (experiment, runner) = Create(tuner, options, count);
        var best = await experiment.RunAsync(TestContext.Current.CancellationToken);
        var losses = File.ReadLines(options.Journal!).Skip(1)
            .Select(line =>
                System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("result")
                    .GetProperty("losses")[0].GetDouble()).ToArray();
        Assert.InRange(losses.Length, 1, count);
        Assert.Equal(losses.Min(), best.Loss, 1e-12);
        var again = runner.Run(FairAutoMLRunner.Read(best.TrialSettings), out var model,
            TestContext.Current.CancellationToken);
        Assert.Equal(best.Loss, again.Loss, 1e-12);
        Assert.NotNull(model);
    }

    [Fact]
    public async Task A_cancelled_experiment_gives_the_best_so_far_and_goes_on_from_its_journal()
    {
        var options = Options(Path.Combine(TestPaths.NewFolder(), "journal.jsonl"));
        using var stop = new CancellationTokenSource();
        var (experiment, _) = Create("random", options, 50);
        var watch = new Watch(completed: 3, stop.Cancel);
        var best = await experiment.SetMonitor(watch).RunAsync(stop.Token);
        Assert.True(best.Loss < 1);
        var before = File.ReadAllLines(options.Journal!);
        // What the study is, and the trials.
        Assert.InRange(before.Length, 4, 6);

        var second = new Watch(completed: int.MaxValue, () => { });
        var (again, _) = Create("random", options, before.Length + 1);
        await again.SetMonitor(second).RunAsync(TestContext.Current.CancellationToken);
        var after = File.ReadAllLines(options.Journal!);
        // The same seed proposes the same trials: those that were finished are not trained anew.
        Assert.Equal(before, after[..before.Length]);
        Assert.Equal(before.Length + 2, after.Length);
        Assert.Equal(after.Length - 1, second.Completed);
    }

    private sealed class Watch(int completed, Action then) : IMonitor
    {
        public int Completed { get; private set; }

        public void ReportCompletedTrial(TrialResult result)
        {
            if (++Completed == completed)
                then();
        }

        public void ReportBestTrial(TrialResult result)
        {
        }

        public void ReportFailTrial(TrialSettings settings, Exception? exception = null) => Assert.Fail($"{exception}");

        public void ReportRunningTrial(TrialSettings setting)
        {
        }
    }
}
