using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Spaces;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Statistics;
using FaceBias.Workflows.RunFolders;
using MathNet.Numerics.Distributions;

namespace FaceBias.Workflows.Sweep;

/// <summary>Trains two configurations again on other splits of the training and validation images (repeated random
/// sub-sampling validation) and compares them on the rows held out. The intervals are those of the corrected resampled
/// t test (Nadeau and Bengio 2003), as repeats share rows. Within a repeat each training still keeps the epoch that was
/// best on the rows held out.</summary>
internal static class RepeatedValidation
{
    /// <summary>Trains <c>2 · repeats</c> heads.</summary>
    /// <param name="data">The images; test rows are not looked at.</param>
    /// <param name="options">Number of repeats, objective, seed, jobs.</param>
    public static SweepRepeats Run(
        SweepData data, Configuration winner, Configuration baseline, SweepOptions options, RunFolder run,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var metrics = new (double Worst, double Average)[2, options.Repeats];
        var done = 0;
        Parallel.For(0, 2 * options.Repeats,
            new ParallelOptions { MaxDegreeOfParallelism = options.EffectiveJobs, CancellationToken = cancel }, i =>
        {
            var (which, repeat) = (i % 2, i / 2);
            var split = Resplit(data, options.Seed, repeat);
            var configuration = which == 0 ? winner : baseline;
            var methods = HeadTrials.IsPlain(configuration) ? null : MethodTrainer.For(split, options.Seed);
            var heads = new HeadTrials(split, methods, options.Objective, new(), options.Seed, run,
                Path.Combine(HeadTrials.Folder, $"repeat-{i}"), options.Home).Train(configuration, (_, _) => false,
                    cancel);
            metrics[which, repeat] = (heads.Metrics.Worst, heads.Metrics.RowAverage);
            progress?.Report(
                new StepProgress("repeated validation", Interlocked.Increment(ref done), 2 * options.Repeats,
                    "trainings"));
        });
        return Compare(metrics, options.Repeats,
            1.0 / options.Repeats + (double)data.Validation.Length / data.Train.Length);
    }

    /// <summary>Means over trainings on overlapping rows, with intervals of the corrected resampled t test.</summary>
    /// <param name="metrics">[winner or baseline, training].</param>
    /// <param name="correction">What the variance of one is multiplied by: 1 / trainings + rows held out / rows trained
    /// on.</param>
    internal static SweepRepeats Compare((double Worst, double Average)[,] metrics, int count, double correction)
    {
        SweepEstimate Figure(Func<int, double> value)
        {
            var moments = Moments.Of([.. Enumerable.Range(0, count).Select(value)]);
            var half = StudentT.InvCDF(0, 1, count - 1, 0.975) * Math.Sqrt(correction * moments.Variance);
            return new(moments.Mean, moments.Mean - half, moments.Mean + half);
        }
        return new(count,
            Figure(r => metrics[0, r].Worst), Figure(r => metrics[1, r].Worst),
            Figure(r => metrics[0, r].Worst - metrics[1, r].Worst),
            Figure(r => metrics[0, r].Average), Figure(r => metrics[1, r].Average),
            Figure(r => metrics[0, r].Average - metrics[1, r].Average));
    }

    /// <summary>Training and validation rows dealt anew, as many of each as before, in every group by its
    /// share.</summary>
    internal static SweepData Resplit(SweepData data, ulong seed, int repeat)
    {
        var order = ByGroup(data, new RandomSource(seed).Stream("resplit", repeat));
        var (train, held) = HoldOut(order, data.Validation.Length);
        return data.With(train, held);
    }

    /// <summary>Training and validation rows group after group, each in an order of its own.</summary>
    internal static List<int> ByGroup(SweepData data, SeededRandom random)
    {
        var order = new List<int>();
        foreach (var group in data.Train.Concat(data.Validation).GroupBy(r => data.Cells.Codes[r]).OrderBy(g => g.Key))
        {
            int[] rows = [.. group.Order()];
            random.Shuffle(rows.AsSpan());
            order.AddRange(rows);
        }
        return order;
    }

    /// <summary>Holds some rows out, evenly spaced along rows that stand by group: each group gives its share, and the
    /// sum is right.</summary>
    internal static (int[] Kept, int[] Held) HoldOut(List<int> order, long held)
    {
        long all = order.Count;
        var isHeld = new bool[order.Count];
        for (var v = 0; v < held; v++)
            isHeld[(2 * v + 1) * all / (2 * held)] = true;
        return ([.. order.Where((_, i) => !isHeld[i]).Order()], [.. order.Where((_, i) => isHeld[i]).Order()]);
    }
}
