using FaceBias.MLNet.Sweeping;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet.Tests;

public class FairTrialRunnerTests
{
    private static readonly FairTrialOptions s_options =
        new() { GroupColumns = ["Background"], FeatureColumns = ["Small", "Large"], MinimumCount = 20 };

    internal sealed class Bird
    {
        public string Label { get; set; } = "";
        public string Background { get; set; } = "";
        [VectorType(2)] public float[] Small { get; set; } = [];
        [VectorType(3)] public float[] Large { get; set; } = [];
    }

    /// <summary>The first feature says the label with noise, the second says the background plainly, which agrees with
    /// the label in 95% of the training rows and in half of the validation rows.</summary>
    internal static IDataView Birds(int count, double agree, int seed)
    {
        var random = new Random(seed);
        var context = new MLContext(seed: 1);
        var rows = Enumerable.Range(0, count).Select(i =>
        {
            var (label, aligned) = (i % 2, random.NextDouble() < agree);
            var background = aligned ? label : 1 - label;
            float own = label + (random.NextSingle() - 0.5f) * 1.6f,
                place = background + (random.NextSingle() - 0.5f) * 0.2f;
            return new Bird { Label = label == 0 ? "land" : "water", Background = aligned ? "usual" : "unusual",
                Small = [own, place], Large = [own, place, random.NextSingle()] };
        }).ToList();
        var view = context.Data.LoadFromEnumerable(rows);
        var keys = context.Data.LoadFromEnumerable(new[] { new { Label = "land" }, new { Label = "water" } });
        return context.Transforms.Conversion.MapValueToKey("Label", keyData: keys).Fit(view).Transform(view);
    }

    [Theory]
    [InlineData(FairTrainer.Sdca)]
    [InlineData(FairTrainer.Lbfgs)]
    [InlineData(FairTrainer.LightGbm)]
    [InlineData(FairTrainer.FastTree)]
    public void Weights_of_rare_groups_raise_the_worst_group_with_every_trainer(FairTrainer trainer)
    {
        var runner = new FairTrialRunner(Birds(1000, 0.95, 1), Birds(600, 0.5, 2), s_options);
        var plain = new FairTrial { Features = "Small", Trainer = trainer, Trees = 20, Leaves = 8 };
        var before = runner.Run(plain);
        var after = runner.Run(plain with { GroupWeight = 1 });
        Assert.Equal("unusual", before.WorstGroupName);
        Assert.True(after.WorstGroup > before.WorstGroup + 0.05, $"{before.WorstGroup} to {after.WorstGroup}");
        Assert.Equal(1 - after.WorstGroup, after.Loss, 1e-12);
        var again = new FairTrialRunner(Birds(1000, 0.95, 1), Birds(600, 0.5, 2), s_options).Run(
            plain with { GroupWeight = 1 });
        Assert.Equal(after with { Seconds = 0 }, again with { Seconds = 0 });
    }

    [Fact]
    public void The_journal_answers_for_finished_trials_of_the_same_data()
    {
        var journal = Path.Combine(TestPaths.NewFolder(), "journal.jsonl");
        var options = s_options with { Journal = journal, WorstGroupWeight = 0.5 };
        var trial = new FairTrial { Features = "Large", GroupWeight = 0.5 };
        var first = new FairTrialRunner(Birds(300, 0.9, 1), Birds(200, 0.5, 2), options).Run(trial);
        Assert.Equal(1 - (first.Average + first.WorstGroup) / 2, first.Loss, 1e-12);
        // Half a line, as after a power cut.
        File.AppendAllText(journal, "{\"trial\":");
        var resumed = new FairTrialRunner(Birds(300, 0.9, 1), Birds(200, 0.5, 2), options);
        Assert.Equal(first, resumed.Run(trial));
        resumed.Run(trial with { GroupWeight = 1 });
        Assert.Equal(3, File.ReadLines(journal).Count());
        Assert.Contains("another data and options", Assert.Throws<FaceBiasException>(
            () => new FairTrialRunner(Birds(300, 0.9, 7), Birds(200, 0.5, 2), options).Run(trial)).Message,
            StringComparison.Ordinal);
        Assert.Equal(3, File.ReadLines(journal).Count());
    }

    [Fact]
    public void A_trial_can_be_cancelled_and_leaves_no_trace()
    {
        var journal = Path.Combine(TestPaths.NewFolder(), "journal.jsonl");
        var runner = new FairTrialRunner(Birds(300, 0.9, 1), Birds(200, 0.5, 2), s_options with { Journal = journal });
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.Throws<OperationCanceledException>(() => runner.Run(new FairTrial { Features = "Small" }, cancel.Token));
        Assert.False(File.Exists(journal));
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        IDataView train = Birds(100, 0.9, 1), validation = Birds(60, 0.5, 2);
        Says("no features 'Huge'",
            () => new FairTrialRunner(train, validation, s_options).Run(new FairTrial { Features = "Huge" }));
        Says("No group has 1000 validation rows",
            () => _ = new FairTrialRunner(train, validation, s_options with { MinimumCount = 1000 }));
        Says("no column 'Race'",
            () => _ = new FairTrialRunner(train, validation, s_options with { GroupColumns = ["Race"] }));
        Says("between 0 and 1, not 2",
            () => _ = new FairTrialRunner(train, validation, s_options with { WorstGroupWeight = 2 }));
        Says("at least one column of groups",
            () => _ = new FairTrialRunner(train, validation, s_options with { GroupColumns = [] }));

        static void Says(string part, Action action) =>
            Assert.Contains(part, Assert.ThrowsAny<Exception>(action).Message, StringComparison.Ordinal);
    }
}
