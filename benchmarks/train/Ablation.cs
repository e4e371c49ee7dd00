using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Heads.Fit;
using FaceBias.Workflows.Uncertainty;

namespace FaceBias.Benchmarks.Train;

/// <summary>What each default of the heads is worth: a run's features, labels and split, one option changed at a time,
/// measured on the validation images alone.</summary>
internal static class Ablation
{
    private static readonly (string Name, TrainOptions Options)[] s_variants =
    [
        ("defaults", new()),
        ("expectation weight 0", new() { ExpectationWeight = 0 }),
        ("expectation weight 1", new() { ExpectationWeight = 1 }),
        ("expectation weight 4", new() { ExpectationWeight = 4 }),
        ("labels smoothed by 2.5 years", new() { LabelSmoothing = 2.5 }),
        ("labels smoothed by 4 years", new() { LabelSmoothing = 4 }),
        ("dropout .4, of features .3", new() { Dropout = 0.4, InputDropout = 0.3 }),
        ("batches of 256", new() { BatchSize = 256 }),
        ("weight decay 0.1", new() { WeightDecay = 0.1 }),
        ("learning rate 2e-3", new() { LearningRate = 2e-3 }),
        ("512 hidden units", new() { Hidden = 512 }),
        ("one network", new() { Members = 1 }),
        ("balanced by age", new() { Balance = "age" }),
        ("focal loss, exponent 2", new() { Focal = 2 }),
        ("class weights", new() { ClassWeights = true }),
    ];

    public static void Run(string folder, int seeds)
    {
        using var run = RunRows.Read(folder);
        var rows = run.Rows;
        string[]? series = null;
        foreach (var (name, variant) in s_variants)
        {
            var clock = Stopwatch.StartNew();
            var kept = new List<Dictionary<string, double>>();
            for (var s = 0; s < seeds; s++)
            {
                var options = variant with { Seed = (ulong)s + 7 };
                var trained = HeadTrainer.Train(rows.Features, rows.Width, rows.Train, rows.Validation,
                    [.. rows.Targets.Select(t => TrainingTarget.Create(t, rows.Train, options))], options);
                kept.Add(trained.History.Where(p => p.Epoch == trained.BestEpoch
                    && p.Series.EndsWith("/validation", StringComparison.Ordinal) && p.Series[0] != 'l')
                    .ToDictionary(p => p.Series, p => p.Value));
            }
            if (series is null)
            {
                series = [.. kept[0].Keys];
                Console.WriteLine(
                    $"{rows.Validation.Count:N0} validation images, mean of {seeds} seeds on one split\n");
                Console.WriteLine($"| what | {string.Join(" | ", series)} | s per training |");
                Console.WriteLine("|---" + string.Concat(series.Select(_ => "|---")) + "|---|");
            }
            Console.WriteLine($"| {name} | " + string.Join(" | ", series.Select(
                s => kept.Average(k => k[s]).ToString("0.0000", CultureInfo.InvariantCulture)))
                + string.Create(CultureInfo.InvariantCulture, $" | {clock.Elapsed.TotalSeconds / seeds:0.0} |"));
        }
    }
}
