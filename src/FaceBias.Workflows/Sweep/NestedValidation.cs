using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Workflows.Sweep;

/// <summary>Nested cross-validation (Varma and Simon 2006; Cawley and Talbot 2010): the whole search, choice of the
/// winner included, is done again on all training and validation images but one fold, and its winner is measured on
/// that fold, which took no part in it. That is the worth of the search, not of the one winner, and costs as much as
/// the search for every fold.</summary>
internal static class NestedValidation
{
    /// <summary>What a search within a fold came to.</summary>
    public sealed record Search(HeadTrials Runner, IReadOnlyList<Trial> Trials);

    /// <summary>The rows of a fold: those to search on, with as many validation images as the sweep has, and those held
    /// out.</summary>
    public static (SweepData Inner, int[] Outer) Fold(SweepData data, SweepOptions options, int fold)
    {
        var order = RepeatedValidation.ByGroup(data, new RandomSource(options.Seed).Stream("nested", 0));
        // Rows stand by group, so that every fold has its share of each.
        var rest = order.Where((_, i) => i % options.Folds != fold).ToList();
        var (train, validation) = RepeatedValidation.HoldOut(rest, Math.Min(data.Validation.Length, rest.Count / 2));
        return (data.With(train, validation), [.. order.Where((_, i) => i % options.Folds == fold).Order()]);
    }

    /// <summary>Searches within every fold.</summary>
    /// <param name="data">The images; test rows are not looked at.</param>
    /// <param name="options">Number of folds, objective, seed.</param>
    /// <param name="search">Searches on the rows of a fold.</param>
    /// <param name="winner">Chooses among a search's trials; null if none can win.</param>
    public static SweepNested Run(
        SweepData data, SweepOptions options, Configuration baseline, Func<SweepData, int, Search> search,
        Func<SweepData, IReadOnlyList<Trial>, Trial?> winner, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        var metrics = new (double Worst, double Average)[2, options.Folds];
        var optimism = new double[options.Folds];
        for (var fold = 0; fold < options.Folds; fold++)
        {
            var (inner, outer) = Fold(data, options, fold);
            var (runner, trials) = search(inner, fold);
            var best = winner(inner, trials) ?? throw new FaceBiasException(
                $"Fold {fold + 1} of the nested validation has no trial that could win: all {trials.Count} failed or "
                    + "broke the constraints; leave ‹Validate› out, or loosen the constraints.");
            GroupMetrics Measure(Onnx.Graphs.ModelProto model, Configuration c)
            {
                var outputs = SweepModel.Predict(model, c, inner, outer, options, progress, cancel);
                return data.MetricsOf(data.Outcomes(outer, outputs.Values(0), data.JudgedOutput), outer);
            }
            GroupMetrics found = Measure(runner.Heads(best, cancel), best.Configuration),
                plain = Measure(runner.Train(baseline, (_, _) => false, cancel).Graph, baseline);
            (metrics[0, fold], metrics[1, fold]) = ((found.Worst, found.RowAverage), (plain.Worst, plain.RowAverage));
            optimism[fold] = (best.Metrics.Worst!.Value - found.Worst) * (data.IsError ? -1 : 1);
        }
        return new(RepeatedValidation.Compare(metrics, options.Folds, 1.0 / options.Folds + 1.0 / (options.Folds - 1)),
            optimism.Average());
    }
}
