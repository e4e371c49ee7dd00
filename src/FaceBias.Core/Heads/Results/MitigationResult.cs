using FaceBias.Auditing;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Heads.Results;

/// <summary>A metric over seeds.</summary>
/// <param name="Deviation">Its standard deviation over seeds; null for one seed.</param>
internal sealed record Spread(double Mean, double? Deviation)
{
    internal static Spread Of(IEnumerable<double> values)
    {
        var moments = Moments.Of([.. values]);
        return new(moments.Mean, moments.Count < 2 ? null : Math.Sqrt(moments.Variance));
    }
}

/// <summary>What was chosen with one seed, measured on the test rows.</summary>
/// <param name="Score">Their score by the selection rule.</param>
/// <param name="Epoch">The kept epoch; 0 where there are no epochs.</param>
/// <param name="Worst">The worst group's metric.</param>
/// <param name="GroupAverage">Unweighted mean over groups.</param>
/// <param name="TrainingAverage">Mean over groups by their share of the training rows.</param>
/// <param name="Groups">Metric of each group; null without rows.</param>
/// <param name="Seconds">Time of this training on one core.</param>
/// <param name="Head">The head's file, relative to the folder.</param>
internal sealed record SeedResult(
    ulong Seed, IReadOnlyDictionary<string, double> Settings, double Score, int Epoch, double Worst,
    double GroupAverage, double TrainingAverage,
    IReadOnlyList<double?> Groups, double Seconds, string Head, IReadOnlyDictionary<string, double> Notes,
    IReadOnlyList<TrainingPoint> History)
{
    /// <summary>What the weights of the fit amount to; null where none are recorded.</summary>
    public ImpliedWeights? Weights { get; init; }
}

/// <summary>The gap between the best and the worst served group.</summary>
/// <param name="Value">Difference of their metrics, averaged over seeds.</param>
/// <param name="Low">Lower end of the 95% interval.</param>
/// <param name="High">Upper end of it.</param>
internal sealed record GroupGap(string Best, string Worst, double Value, double? Low, double? High);

/// <summary>A method against ERM, row by row, on the test rows of the group that ERM serves worst on
/// validation.</summary>
/// <param name="Difference">Mean difference of the metrics, averaged over seeds; above zero is more than ERM.</param>
/// <param name="Low">Lower end of the 95% interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="P">Paired t test over rows.</param>
/// <param name="AdjustedP">Corrected by Holm for all methods of the table.</param>
internal sealed record PairedWithErm(string Group, int N, double Difference, double Low, double High, double P,
    double AdjustedP);

/// <summary>A line of the table.</summary>
internal sealed record MethodResult
{
    /// <summary>Short name.</summary>
    public required string Name { get; init; }

    /// <summary>Name for tables.</summary>
    public required string Title { get; init; }

    /// <summary>Where it was published.</summary>
    public required string Source { get; init; }

    /// <summary>Where it differs from its source.</summary>
    public required string Deviation { get; init; }

    /// <summary>Where group labels were seen, selection included.</summary>
    public required string GroupLabels { get; init; }

    /// <summary>What was chosen with each seed.</summary>
    public required IReadOnlyList<SeedResult> Seeds { get; init; }

    /// <summary>The worst group's metric over seeds.</summary>
    public required Spread Worst { get; init; }

    /// <summary>The unweighted mean over groups, over seeds.</summary>
    public required Spread GroupAverage { get; init; }

    /// <summary>The mean weighted by the training rows, over seeds.</summary>
    public required Spread TrainingAverage { get; init; }

    /// <summary>Metric of each group, averaged over seeds; null without test rows.</summary>
    public required IReadOnlyList<double?> Groups { get; init; }

    /// <summary>The gap between groups.</summary>
    public required GroupGap Gap { get; init; }

    /// <summary>Against ERM; null for ERM itself and where ERM is not in the comparison.</summary>
    public PairedWithErm? VersusErm { get; init; }

    /// <summary>How much of the way from ERM's to the oracle's worst group the method goes, 1 for all of it; null
    /// without an oracle, or where it is no better than ERM.</summary>
    public double? Recovered { get; init; }

    /// <summary>Which test rows it moved; null for ERM itself and where ERM is not in the comparison.</summary>
    public MovedRows? Moved { get; init; }

    /// <summary>Mean time of one training on one core, in seconds.</summary>
    public required double Seconds { get; init; }
}

/// <summary>A comparison: how it was made and its table.</summary>
internal sealed record MitigationResult
{
    public required string Target { get; init; }

    /// <summary>Name of the bias attribute; empty if none.</summary>
    public required string Bias { get; init; }

    /// <summary>"accuracy", or "mean absolute error".</summary>
    public required string Metric { get; init; }

    /// <summary>By what epochs and settings were chosen.</summary>
    public required string Selection { get; init; }

    /// <summary>Settings tried per method and seed, at most.</summary>
    public required int Trials { get; init; }

    public required int SeedCount { get; init; }

    public required IReadOnlyList<string> GroupNames { get; init; }

    /// <summary>Rows per group in training, validation and test.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> GroupSizes { get; init; }

    public required IReadOnlyList<MethodResult> Methods { get; init; }

    /// <summary>Why methods were left out, one sentence each.</summary>
    public required IReadOnlyList<string> Skipped { get; init; }

    /// <summary>Which head is exported, and whether it was shown to be better than ERM; null before that is
    /// decided.</summary>
    public ExportDecision? Export { get; init; }

    /// <summary>ERM on training rows without the correlation, measured on the same test rows; null if none was
    /// given.</summary>
    public MethodResult? Oracle { get; init; }

    /// <summary>The same comparison beside an oracle.</summary>
    public MitigationResult WithOracle(MethodResult oracle)
    {
        var erm = Methods.FirstOrDefault(m => m.Name == "erm");
        var gap = erm is null ? 0 : oracle.Worst.Mean - erm.Worst.Mean;
        // A gap in the other direction says that the oracle is none; nothing can be recovered then.
        var real = IsError ? gap < 0 : gap > 0;
        return this with
        {
            Oracle = oracle with { Name = "oracle", Title = "Oracle" },
            Methods = [.. Methods.Select(
                m => m with { Recovered = real && m != erm ? (m.Worst.Mean - erm!.Worst.Mean) / gap : null })],
        };
    }

    /// <summary>Whether metrics are errors.</summary>
    public bool IsError => Metric != "accuracy";

    internal const string Choosing = "choosing on validation";

    internal static MitigationResult From(
        HeadData data, SelectionRule rule, int trialCount, int seedCount,
        IReadOnlyList<(MitigationMethod Method, IReadOnlyList<ChosenTrial> Chosen)> chosen,
        IReadOnlyList<string> skipped)
    {
        var groups = data.Groups(data.Test);
        var sizes = new[] { data.Train, data.Validation, data.Test }.Select(p => (IReadOnlyList<int>)data.GroupSizes(p))
            .ToArray();
        var lines = new List<(MethodResult Line, double[] Outcomes)>();
        var erms = chosen.FirstOrDefault(c => c.Method.Name == "erm").Chosen ?? [];
        foreach (var (method, trials) in chosen.Where(c => c.Chosen.Count > 0))
        {
            var (line, outcomes) = Line(data, rule, method, trials, groups, sizes[0]);
            lines.Add((line with { Moved = method.Name == "erm" ? null : MovedRows.Of(data, groups, erms, trials) },
                outcomes));
        }
        var compared = Compare(data, lines, groups, WorstOnValidation(data, erms));
        return new()
        {
            Target = data.Target,
            Bias = data.Bias,
            Metric = data.IsNumeric ? "mean absolute error" : "accuracy",
            Selection = Heads.Methods.Selection.Words(rule),
            Trials = trialCount,
            SeedCount = seedCount,
            GroupNames = [.. Enumerable.Range(0, data.GroupCount).Select(data.GroupName)],
            GroupSizes = sizes,
            Methods = compared,
            Skipped = skipped,
        };
    }

    private static (MethodResult, double[]) Line(
        HeadData data, SelectionRule rule, MitigationMethod method, IReadOnlyList<ChosenTrial> trials, int[] groups,
        IReadOnlyList<int> trainingSizes)
    {
        var metrics = trials.Select(t => GroupMetrics.Of(t.Outcomes, groups, data.GroupCount, data.IsNumeric))
            .ToArray();
        var mean = Enumerable.Range(0, groups.Length).Select(i => trials.Average(t => t.Outcomes[i])).ToArray();
        var overall = GroupMetrics.Of(mean, groups, data.GroupCount, data.IsNumeric);
        var seeds = trials.Zip(metrics, (t, f) => new SeedResult(
            t.Seed, t.Settings.Values, t.Score, t.Trial.Metrics.Epoch, f.Worst, f.GroupAverage,
            f.Weighted(trainingSizes),
            [.. f.Values.Select(v => double.IsNaN(v) ? default(double?) : v)], (t.Trial.Metrics.Seconds ?? 0), t.Head,
            t.Notes, t.History)
        { Weights = ImpliedWeights.Of(data, t) }).ToArray();
        return (new MethodResult
        {
            Name = method.Name,
            Title = method.Title,
            Source = method.Source,
            Deviation = method.Deviation,
            GroupLabels = Labels(method.Groups, rule),
            Seeds = seeds,
            Worst = Spread.Of(seeds.Select(s => s.Worst)),
            GroupAverage = Spread.Of(seeds.Select(s => s.GroupAverage)),
            TrainingAverage = Spread.Of(seeds.Select(s => s.TrainingAverage)),
            Groups = [.. overall.Values.Select(v => double.IsNaN(v) ? default(double?) : v)],
            Gap = Gap(data, overall, mean, groups),
            Seconds = trials.Average(t => (t.Trial.Metrics.Seconds ?? 0)),
        }, mean);
    }

    private static string Labels(GroupUse use, SelectionRule rule)
    {
        var places = new List<string>();
        if (use.HasFlag(GroupUse.Training))
            places.Add("training");
        if (use.HasFlag(GroupUse.Fitting))
            places.Add("fitting on validation");
        if (Heads.Methods.Selection.NeedsGroups(rule))
            places.Add(Choosing);
        if (use.HasFlag(GroupUse.Prediction))
            places.Add("every prediction");
        return places.Count == 0 ? "nowhere" : string.Join(", ", places);
    }

    private static GroupGap Gap(HeadData data, GroupMetrics metrics, double[] outcomes, int[] groups)
    {
        var (best, worst) = (metrics.BestGroup, metrics.WorstGroup);
        double[] Of(int group) => [.. outcomes.Where((_, i) => groups[i] == group)];
        Interval? interval = null;
        if (best != worst && !metrics.IsError)
            interval = Interval.Newcombe(metrics.Values[best] * metrics.Counts[best], metrics.Counts[best],
                metrics.Values[worst] * metrics.Counts[worst], metrics.Counts[worst], Interval.Z(0.95));
        else if (best != worst && metrics.Counts[best] > 1 && metrics.Counts[worst] > 1)
            interval = Interval.Welch(Moments.Of(Of(worst)), Moments.Of(Of(best)), 0.95);
        return new(data.GroupName(best), data.GroupName(worst), Math.Abs(metrics.Best - metrics.Worst), interval?.Low,
            interval?.High);
    }

    /// <summary>The group that ERM serves worst on the validation rows, over all seeds. Of the test rows the group in
    /// which ERM happens to be worst would flatter every other method.</summary>
    private static int WorstOnValidation(HeadData data, IReadOnlyList<ChosenTrial> erms)
    {
        if (erms.Count == 0)
            return -1;
        var sizes = data.GroupSizes(data.Validation);
        double[] sums = [
            .. sizes.Select(
                (n, g) => n == 0 ? 0
                    : n * erms.Average(t => t.Trial.Metrics.Groups.GetValueOrDefault(data.GroupName(g))))];
        return GroupMetrics.Of(sums, sizes, data.IsNumeric).WorstGroup;
    }

    private static MethodResult[] Compare(HeadData data, List<(MethodResult Line, double[] Outcomes)> lines,
        int[] groups, int worst)
    {
        if (lines.FindIndex(l => l.Line.Name == "erm") is not (>= 0 and var erm))
            return [.. lines.Select(l => l.Line)];
        int[] rows = [.. Enumerable.Range(0, groups.Length).Where(i => groups[i] == worst)];
        if (rows.Length < 2)
            return [.. lines.Select(l => l.Line)];
        var tests = lines.Select(l => PairedTest.Of([.. rows.Select(r => l.Outcomes[r] - lines[erm].Outcomes[r])]))
            .ToArray();
        double[] adjusted = Verdicts.Holm([.. tests.Where((_, i) => i != erm).Select(t => t.P)]);
        return [.. lines.Select((l, i) => i == erm ? l.Line : l.Line with
        {
            VersusErm = new(data.GroupName(worst), rows.Length, tests[i].Mean, tests[i].Low, tests[i].High, tests[i].P,
                adjusted[i < erm ? i : i - 1]),
        })];
    }
}
