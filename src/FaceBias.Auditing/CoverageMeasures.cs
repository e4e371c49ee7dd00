using System.Text.Json.Serialization;
using MathNet.Numerics.Distributions;

namespace FaceBias.Auditing;

/// <summary>What the data say about a coverage that should be nominal.</summary>
internal enum CoverageVerdict
{
    /// <summary>The nominal coverage lies inside the interval of the measured one.</summary>
    Nominal,

    /// <summary>The whole interval lies below it: the truth is missed more often than promised.</summary>
    Below,

    /// <summary>The whole interval lies above it: sets are larger than they need be.</summary>
    Above,
}

/// <summary>How often the sets or intervals of a group hold the truth, and how large they are.</summary>
internal sealed record GroupCoverage
{
    /// <summary>The share of rows whose truth is inside, with its exact interval (Clopper and Pearson).</summary>
    public required Estimate Coverage { get; init; }

    /// <summary>The mean number of classes, or the mean width of the intervals that are finite.</summary>
    public required Estimate Size { get; init; }

    /// <summary>Rows whose set is empty, or whose interval holds nothing.</summary>
    public int Empty { get; init; }

    /// <summary>Rows whose set holds every class, or whose interval has no end.</summary>
    public int Full { get; init; }

    /// <summary>What the nominal coverage is set against the interval; null where too few rows or no nominal level are
    /// known.</summary>
    public CoverageVerdict? Verdict { get; init; }

    /// <summary>Two-sided p of the exact binomial test of the nominal coverage.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? P { get; init; }

    /// <summary>P corrected: among all groups of single attributes by Holm, among crossed ones for the share of false
    /// discoveries.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? AdjustedP { get; init; }

    /// <summary>The fewest calibration rows behind the group's sets, where the table says it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Calibration { get; init; }

    /// <summary>Where the true coverage lies by the luck of so many calibration rows alone: the central 95% of Beta(n +
    /// 1 - l, l), l = floor((n + 1)(1 - level)).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Interval? Expected { get; init; }
}

/// <summary>The coverage of a target's sets or intervals.</summary>
/// <param name="Kind">set or interval.</param>
/// <param name="Level">The nominal coverage, or null.</param>
/// <param name="Overall">All rows.</param>
/// <param name="Gaps">For each single attribute the mean over groups of |coverage - level|, plain and weighted by
/// rows.</param>
/// <param name="Sentence">What was found.</param>
internal sealed record CoverageAudit(string Kind, double? Level, GroupCoverage Overall, IReadOnlyList<CoverageGap> Gaps,
    string Sentence);

/// <summary>How far the coverage of an attribute's groups is from the nominal one (CovGap, Ding et al. 2023).</summary>
/// <param name="Attribute">The attribute.</param>
/// <param name="Mean">Mean over the groups with rows; null without a nominal level.</param>
/// <param name="Weighted">The same, weighted by rows.</param>
internal sealed record CoverageGap(string Attribute, double? Mean, double? Weighted);

/// <summary>Measures the coverage of groups.</summary>
internal static class CoverageMeasures
{
    /// <summary>The coverage of each cell; empty where the target has no sets.</summary>
    public static GroupCoverage[] Of(GroupedRows data, AuditOptions options)
    {
        if (data.Target.Coverage is not { } coverage)
            return [];
        var cells = data.Grouping.CellCount;
        var (hit, all, empty, full) = (new long[cells], new long[cells], new int[cells], new int[cells]);
        var sizes = Enumerable.Range(0, cells).Select(_ => new List<double>()).ToArray();
        var calibration = new int?[cells];
        // A row without an answer has its set all the same: coverage is promised over all rows, not over those that
        // were answered.
        foreach (var row in data.IsPlain ? Enumerable.Range(0, coverage.Covered.Length) : data.Ranks.Scored)
        {
            if (double.IsNaN(coverage.Covered[row]))
                continue;
            var cell = data.Grouping.Cells[row];
            all[cell]++;
            hit[cell] += coverage.Covered[row] > 0 ? 1 : 0;
            var size = coverage.Size[row];
            empty[cell] += coverage.Interval ? size < 0 ? 1 : 0 : size == 0 ? 1 : 0;
            full[cell] += coverage.Interval ? double.IsInfinity(size) ? 1 : 0
                : size == data.Target.Classes.Length ? 1 : 0;
            if (double.IsFinite(size))
                sizes[cell].Add(Math.Max(0, size));
            if (coverage.Calibration is { } rows && rows[row] is >= 0 and < int.MaxValue)
                calibration[cell] = Math.Min(calibration[cell] ?? int.MaxValue, (int)rows[row]);
        }
        return [.. Enumerable.Range(0, cells).Select(cell => new GroupCoverage
        {
            Coverage = Rate(data, cell, hit[cell], all[cell], coverage, options),
            Size = Size(coverage.Interval ? Metrics.IntervalWidth.Key : Metrics.SetSize.Key, [.. sizes[cell].Order()],
                options),
            Empty = empty[cell],
            Full = full[cell],
            Calibration = calibration[cell],
        }).Select(g => Judge(g, coverage.Level, options))];
    }

    private static Estimate Rate(GroupedRows data, int cell, long hit, long all, CoverageData coverage,
        AuditOptions options)
    {
        var rate = data.Rate(Metrics.Coverage.Key, cell, hit, all, options,
            r => double.IsNaN(coverage.Covered[r]) ? (0, 0) : (coverage.Covered[r] > 0 ? 1 : 0, 1));
        // Rows that are clustered or weighted have no exact interval.
        if (!data.IsPlain || all == 0)
            return rate;
        var exact = Interval.ClopperPearson(hit, all, options.Confidence);
        return rate with { Low = exact.Low, High = exact.High, Method = "clopper-pearson", Rough = null };
    }

    private static Estimate Size(string metric, double[] sorted, AuditOptions options) =>
        GroupMeasures.Mean(metric, sorted, options);

    private static GroupCoverage Judge(GroupCoverage group, double? level, AuditOptions options)
    {
        if (level is not { } nominal)
            return group;
        var c = group.Coverage;
        var expected = group.Calibration is { } n ? ConformalQuantile.Fluctuation(n, nominal, 0.95) : (Interval?)null;
        return group with
        {
            Expected = expected,
            P = c.Denominator >= options.MinimumCount && c.EffectiveN is null
                ? BinomialTest(c.Numerator ?? 0, c.Denominator, nominal) : null,
            Verdict = c.Value is null || c.Low is null ? null
                : c.High < nominal ? CoverageVerdict.Below
                    : c.Low > nominal ? CoverageVerdict.Above : CoverageVerdict.Nominal,
        };
    }

    /// <summary>The exact two-sided binomial test, twice the smaller tail, which agrees with the interval of Clopper
    /// and Pearson.</summary>
    internal static double BinomialTest(long successes, long n, double p)
    {
        // Binomial tails as incomplete beta functions, for Binomial's own takes 32-bit counts.
        double below = successes >= n ? 1 : 1 - Beta.CDF(successes + 1, n - successes, p),
            above = successes == 0 ? 1 : Beta.CDF(successes, n - successes + 1, p);
        return Math.Min(1, 2 * Math.Min(below, above));
    }

    /// <summary>Corrects p and says what was found; the grouping of everything comes first.</summary>
    public static (GroupingAudit[] Groupings, CoverageAudit? Audit) Finish(TargetData target, GroupCoverage? overall,
        GroupingAudit[] groupings, AuditOptions options)
    {
        if (target.Coverage is not { } coverage || overall is null)
            return (groupings, null);
        GroupingAudit[] single = [.. groupings.Where(g => g.Attributes.Count == 1)],
            crossed = [.. groupings.Where(g => g.Attributes.Count > 1)];
        var adjusted = new Dictionary<GroupCoverage, GroupCoverage>(ReferenceEqualityComparer.Instance);
        foreach (var (family, correct) in new[] { (single, (Func<double[], double[]>)Verdicts.Holm),
            (crossed, Verdicts.BenjaminiHochberg) })
        {
            GroupCoverage[] tested = [.. family.SelectMany(g => g.Coverage).Where(c => c.P is not null)];
            foreach (var (group, p) in tested.Zip(correct([.. tested.Select(c => c.P!.Value)])))
                adjusted[group] = group with { AdjustedP = p };
        }
        GroupingAudit[] done =
            [.. groupings.Select(
                g => g with { Coverage = [.. g.Coverage.Select(c => adjusted.GetValueOrDefault(c, c))] })];
        CoverageGap[] gaps =
            [.. done.Where(g => g.Attributes.Count == 1).Select(g => Gap(g.Attributes[0], g.Coverage, coverage.Level))];
        return (done, new(coverage.Interval ? "interval" : "set", coverage.Level, overall, gaps,
            CoverageText.Sentence(target.Name, coverage, overall, done, options)));
    }

    internal static CoverageGap Gap(string attribute, IReadOnlyList<GroupCoverage> groups, double? level)
    {
        GroupCoverage[] filled = [.. groups.Where(g => g.Coverage.Denominator > 0)];
        if (level is not { } nominal || filled.Length == 0)
            return new(attribute, null, null);
        double Off(GroupCoverage g) =>
            Math.Abs((g.Coverage.Value ?? ((double)g.Coverage.Numerator! / g.Coverage.Denominator)) - nominal);
        return new(attribute, filled.Average(Off),
            filled.Sum(g => g.Coverage.Denominator * Off(g)) / filled.Sum(g => g.Coverage.Denominator));
    }
}
