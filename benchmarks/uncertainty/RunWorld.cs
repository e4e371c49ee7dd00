using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Resampling;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows.Uncertainty;

namespace FaceBias.Benchmarks.Uncertainty;

/// <summary>The features, labels and splits of a run, to train heads on part of them.</summary>
internal sealed class RunWorld : IDisposable
{
    private readonly RunRows _run;

    private RunWorld(RunRows run) => _run = run;

    public FittingRows Rows => _run.Rows;

    public IReadOnlyList<int> Test => _run.Test;

    public IReadOnlyList<string> Ids => _run.Ids;

    public RunRows Run => _run;

    public static RunWorld Of(string folder) => new(RunRows.Read(folder));

    public void Dispose() => _run.Dispose();

    public Target Labels(string name) => Rows.Targets.Concat(Rows.Groups).First(t => t.Name == name);

    public bool Is(int row, string column, string level)
    {
        var target = Labels(column);
        return target.Codes[row] >= 0 && target.Classes[target.Codes[row]] == level;
    }

    /// <summary>Some of the training rows, with a group thinned to a share of them.</summary>
    public int[] Thinned(Func<int, bool> group, double share, int seed, int most = int.MaxValue)
    {
        int[] others = [.. Rows.Train.Where(r => !group(r))], of = [.. Rows.Train.Where(group)];
        new RandomSource(seed).Stream("others").Shuffle(others.AsSpan());
        others = others[..(int)Math.Min(others.Length, (1 - share) * most)];
        new RandomSource(seed).Stream("thinning").Shuffle(of.AsSpan());
        var kept = (int)Math.Min(of.Length, share / (1 - share) * others.Length);
        return [.. others.Concat(of[..kept]).Order()];
    }

    /// <summary>Heads for some targets on some rows.</summary>
    public TrainedModel Train(IReadOnlyList<int> train, IReadOnlyList<string> targets, TrainOptions options,
        ResampleOptions? resample = null)
    {
        var rows = Rows with { Train = train, Seed = options.Seed };
        return Fit(rows, targets, options, resample);
    }

    /// <summary>The same with a column "rare" of the group, for the oracle.</summary>
    public TrainedModel TrainWith(IReadOnlyList<int> train, IReadOnlyList<string> targets, TrainOptions options,
        ResampleOptions? resample, Func<int, bool> rare)
    {
        var groups = Target.Of("rare", ["other", "rare"],
            [.. Enumerable.Range(0, Ids.Count).Select(r => rare(r) ? 1 : 0)]);
        return Fit(Rows with { Train = train, Seed = options.Seed, Groups = [groups] }, targets, options, resample);
    }

    private TrainedModel Fit(FittingRows rows, IReadOnlyList<string> targets, TrainOptions options,
        ResampleOptions? resample)
    {
        var train = rows.Train;
        using var resampling = resample is null ? null : new AdaptiveResampling(rows, resample);
        return HeadTrainer.Train(rows.Features, rows.Width, train, Rows.Validation,
            [.. targets.Select(t => TrainingTarget.Create(Labels(t), train, options))], options, 0,
            order: resampling is null ? null : epoch => (resampling.Order(epoch), resampling.Note));
    }

    /// <summary>How often a row of a kind has a larger score than another, by ranks.</summary>
    public static double Auc(IReadOnlyList<double> scores, Func<int, bool> isOfKind)
    {
        int[] order = [.. Enumerable.Range(0, scores.Count).OrderBy(i => scores[i])];
        double ranks = 0, of = 0;
        for (var start = 0; start < order.Length;)
        {
            var end = start;
            while (end < order.Length && scores[order[end]] == scores[order[start]])
                end++;
            for (var i = start; i < end; i++)
                if (isOfKind(order[i]))
                    (ranks, of) = (ranks + (start + end + 1) / 2.0, of + 1);
            start = end;
        }
        return (ranks - of * (of + 1) / 2) / of / (scores.Count - of);
    }
}
