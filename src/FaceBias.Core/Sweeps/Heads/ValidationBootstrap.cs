using FaceBias.Core.Auditing;
using FaceBias.Core.Mitigation;
using FaceBias.Core.Sweeps.Studies;

namespace FaceBias.Core.Sweeps.Heads;

/// <summary>
/// What chance does to a choice among trials, by drawing the validation rows anew, without any further training: which trials are
/// as good as the best, and by how much the best looks better than it is. Rows are drawn within groups, the same for all trials.
/// </summary>
internal sealed class ValidationBootstrap
{
    private const int Replicates = 500;

    private readonly SweepData _data;
    private readonly Objective _objective;
    private readonly Trial[] _trials;
    private readonly int[][] _members;
    private readonly int[] _counts;
    private SeededRandom _random;

    /// <param name="trials">All trials; those that can win and have kept what came of every row take part.</param>
    /// <param name="data">The rows.</param>
    /// <param name="objective">What trials are compared by.</param>
    /// <param name="seed">Seed of the draws.</param>
    public ValidationBootstrap(IReadOnlyList<Trial> trials, SweepData data, Objective objective, ulong seed)
    {
        (_data, _objective) = (data, objective);
        _trials = [.. trials.Where(t => t.IsFeasible && t.Result!.Outcomes?.Count == data.Validation.Length)];
        _members = [.. Enumerable.Range(0, data.Cells.Names.Count).Select(g => Enumerable.Range(0, data.Validation.Length)
            .Where(i => data.Cells.Codes[data.Validation[i]] == g && !data.Judged.IsMissing(data.Validation[i])).ToArray())];
        _counts = [.. _members.Select(m => m.Length)];
        _random = new(unchecked((long)seed), SeededRandom.Stream("validation", _trials.Length));
    }

    /// <summary>
    /// The winner by the rule of one standard error (Breiman et al. 1984): of the trials whose objective is within one standard
    /// error of the best, in pairs on the same rows, the one that is best by the tie break. The smallest of several figures of
    /// small groups is noisy, and the very best of many trials by it is the luckiest more than the best.
    /// </summary>
    /// <returns>Null if no trial can win.</returns>
    public Trial? Winner(IReadOnlyList<Trial> trials)
    {
        if (TrialOrder.Best(trials) is not { } best || Array.IndexOf(_trials, best) is not (>= 0 and var at))
            return TrialOrder.Best(trials);
        var moments = new (double Sum, double Squares)[_trials.Length];
        for (var r = 0; r < Replicates; r++)
        {
            var losses = Losses();
            for (var t = 0; t < losses.Length; t++)
            {
                var difference = losses[t] - losses[at];
                moments[t] = (moments[t].Sum + difference, moments[t].Squares + difference * difference);
            }
        }
        double Error(int t) => Math.Sqrt(Math.Max(0, moments[t].Squares / Replicates - Math.Pow(moments[t].Sum / Replicates, 2)));
        return Enumerable.Range(0, _trials.Length).Where(t => _trials[t].Loss - best.Loss <= Error(t)).Select(t => _trials[t])
            .OrderBy(t => t.Result!.TieBreak).ThenBy(t => t.Loss).ThenBy(t => t.Number).First();
    }

    /// <summary>
    /// The optimism of the best: what is best on one bootstrap sample is measured on a second (Efron 1983; for the choice among
    /// configurations Tsamardinos et al. 2018). Both samples are of one size, so that the noise which makes a worst group look
    /// worse is in both and cancels.
    /// </summary>
    /// <returns>Null where fewer than two trials could have won.</returns>
    public SweepOptimism? Optimism(Trial winner)
    {
        if (_trials.Length < 2)
            return null;
        var optimism = 0.0;
        for (var r = 0; r < Replicates; r++)
        {
            double[] chosenOn = Losses(), measuredOn = Losses();
            var best = Array.IndexOf(chosenOn, chosenOn.Min());
            optimism += (measuredOn[best] - chosenOn[best]) / Replicates;
        }
        // Chance alone makes it negative only where nothing could be chosen.
        optimism = Math.Max(0, optimism);
        var loss = _objective.Kind != ObjectiveKind.Pareto ? winner.Loss : _data.IsError ? winner.Result!.Figures["worst"] : 1 - winner.Result!.Figures["worst"];
        double Readable(double x) => _data.IsError ? x : 1 - x;
        return new(_trials.Length, optimism, Readable(loss), Readable(loss + optimism));
    }

    /// <summary>The loss of every trial on one sample of rows.</summary>
    private double[] Losses()
    {
        var sums = new double[_trials.Length][];
        for (var t = 0; t < sums.Length; t++)
            sums[t] = new double[_members.Length];
        for (var g = 0; g < _members.Length; g++)
            foreach (var _ in _members[g])
            {
                var row = _members[g][_random.NextInt(_members[g].Length)];
                for (var t = 0; t < sums.Length; t++)
                    sums[t][g] += _trials[t].Result!.Outcomes![row];
            }
        return [.. sums.Select(s => _objective.Scalar(GroupFigures.Of(s, _counts, _data.IsError, SweepData.MinimumCount)))];
    }
}
