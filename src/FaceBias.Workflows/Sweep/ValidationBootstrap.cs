using System.Numerics.Tensors;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Trials;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Workflows.Sweep;

/// <summary>What chance does to a choice among trials, by drawing the validation rows anew, without any further
/// training: which trials are as good as the best, and by how much the best looks better than it is. Rows are drawn
/// within groups, the same for all trials: a sample is how often each row was drawn, and a trial's sums are its
/// products with that.</summary>
internal sealed class ValidationBootstrap
{
    private const int Replicates = 500;

    private readonly SweepData _data;
    private readonly Objective _objective;
    private readonly Trial[] _trials;
    private readonly int[] _counts;

    /// <summary>What came of every row of a trial, group after group.</summary>
    private readonly double[][] _outcomes;
    private readonly ulong _seed;
    private readonly IProgress<StepProgress>? _progress;
    private readonly CancellationToken _cancel;

    /// <param name="trials">All trials; those that can win and have kept what came of every row take part.</param>
    public ValidationBootstrap(
        IReadOnlyList<Trial> trials, SweepData data, Objective objective, ulong seed,
        IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        (_data, _objective, _seed, _progress, _cancel) = (data, objective, seed, progress, cancel);
        _trials = [.. trials.Where(t => t.IsFeasible && t.Result!.Outcomes?.Count == data.Validation.Length)];
        int[][] members =
            [.. Enumerable.Range(0, data.Cells.Names.Count).Select(g => Enumerable.Range(0, data.Validation.Length)
            .Where(i => data.Cells.Codes[data.Validation[i]] == g && !data.Judged.IsMissing(data.Validation[i]))
            .ToArray())];
        _counts = [.. members.Select(m => m.Length)];
        int[] order = [.. members.SelectMany(m => m)];
        _outcomes = [.. _trials.Select(t => Array.ConvertAll(order, row => (double)t.Result!.Outcomes![row]))];
    }

    /// <summary>The winner by the rule of one standard error (Breiman et al. 1984): of the trials whose objective is
    /// within one standard error of the best, in pairs on the same rows, the one that is best by the tie break. The
    /// smallest of several metrics of small groups is noisy, and the very best of many trials by it is the luckiest
    /// more than the best.</summary>
    /// <returns>Null if no trial can win.</returns>
    public Trial? Winner(IReadOnlyList<Trial> trials)
    {
        if (TrialOrder.Best(trials) is not { } best || Array.IndexOf(_trials, best) is not (>= 0 and var at))
            return TrialOrder.Best(trials);
        var moments = new (double Sum, double Squares)[_trials.Length];
        foreach (var losses in Samples("winner"))
        {
            for (var t = 0; t < losses.Length; t++)
            {
                var difference = losses[t] - losses[at];
                moments[t] = (moments[t].Sum + difference, moments[t].Squares + difference * difference);
            }
        }
        double Error(int t) =>
            Math.Sqrt(Math.Max(0, moments[t].Squares / Replicates - Math.Pow(moments[t].Sum / Replicates, 2)));
        return Enumerable.Range(0, _trials.Length).Where(t => _trials[t].Loss - best.Loss <= Error(t))
            .Select(t => _trials[t])
            .OrderBy(t => t.Result!.TieBreak).ThenBy(t => t.Loss).ThenBy(t => t.Number).First();
    }

    /// <summary>The optimism of the best: what is best on one bootstrap sample is measured on a second (Efron 1983; for
    /// the choice among configurations Tsamardinos et al. 2018). Both samples are of one size, so that the noise which
    /// makes a worst group look worse is in both and cancels.</summary>
    /// <returns>Null where fewer than two trials could have won.</returns>
    public SweepOptimism? Optimism(Trial winner)
    {
        if (_trials.Length < 2)
            return null;
        var optimism = 0.0;
        foreach (var (chosenOn, measuredOn) in Samples("chosen").Zip(Samples("measured")))
        {
            var best = Array.IndexOf(chosenOn, chosenOn.Min());
            optimism += (measuredOn[best] - chosenOn[best]) / Replicates;
        }
        // Chance alone makes it negative only where nothing could be chosen.
        optimism = Math.Max(0, optimism);
        var loss = _objective.Kind != ObjectiveKind.Pareto ? winner.Loss
            : _data.IsError ? winner.Metrics.Worst!.Value : 1 - winner.Metrics.Worst!.Value;
        double Readable(double x) => _data.IsError ? x : 1 - x;
        return new(_trials.Length, optimism, Readable(loss), Readable(loss + optimism));
    }

    /// <summary>The loss of every trial on each of some samples of rows.</summary>
    private double[][] Samples(string name)
    {
        var losses = new double[Replicates][];
        var done = 0;
        Parallel.For(0, Replicates, new ParallelOptions { CancellationToken = _cancel }, r =>
        {
            losses[r] = Losses(new RandomSource(_seed).Stream("validation " + name, r));
            _progress?.Report(
                new StepProgress("bootstrap of the validation images", Interlocked.Increment(ref done), Replicates,
                    "samples"));
        });
        return losses;
    }

    private double[] Losses(SeededRandom random)
    {
        var drawn = new double[_counts.Sum()];
        for (int g = 0, start = 0; g < _counts.Length; start += _counts[g++])
            for (var i = 0; i < _counts[g]; i++)
                drawn[start + random.NextInt(_counts[g])]++;
        var losses = new double[_trials.Length];
        var sums = new double[_counts.Length];
        for (var t = 0; t < losses.Length; t++)
        {
            for (int g = 0, start = 0; g < _counts.Length; start += _counts[g++])
                sums[g] = TensorPrimitives.Dot<double>(drawn.AsSpan(start, _counts[g]),
                    _outcomes[t].AsSpan(start, _counts[g]));
            losses[t] = _objective.Scalar(GroupMetrics.Of(sums, _counts, _data.IsError, Objective.MinimumCount));
        }
        return losses;
    }
}
