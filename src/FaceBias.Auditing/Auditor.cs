namespace FaceBias.Auditing;

/// <summary>Audits a table of predictions, whoever made it: for whom does the model fail, and how sure is
/// that?</summary>
public static class Auditor
{
    /// <summary>
    /// Runs the audit. The table has a row per image with the columns <c>id</c>; for a label T <c>T</c>,
    /// <c>T_p_CLASS</c> (optional) and <c>T_true</c>; for a number <c>T</c> and <c>T_true</c>; optionally <c>split</c>,
    /// <c>path</c> and further grouping columns.
    /// </summary>
    /// <param name="table">The predictions.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="progress">Told about each finished combination of target and attributes.</param>
    /// <param name="cancellationToken">Stops the audit between two of them.</param>
    /// <exception cref="FaceBiasException">The table lacks what an audit needs; the message names it.</exception>
    public static AuditResult Run(Table table, AuditOptions? options = null, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => Run(table, options, progress, cancellationToken, null);

    /// <summary>Draws what one target's rows in one grouping need, for an audit to
    /// replay.</summary>
    /// <param name="table">The predictions.</param>
    /// <param name="options">The options.</param>
    /// <returns>The names of all pairs of target and grouping, and what draws blocks of the replicates of one of them
    /// (pair, first block, end); safe for several threads.</returns>
    internal static (IReadOnlyList<string> Names, Func<int, int, int, DrawLog> Draw) Drawing(Table table,
        AuditOptions options)
    {
        options.Check();
        var data = new PredictionTable(table, options);
        var (groupings, ranks) = Divide(data, options);
        var each = groupings.Count + 1;
        string Name(int job) => (job % each) is > 0 and var g
            ? $"{data.Targets[job / each].Name} by {string.Join(" x ", groupings[g - 1].Attributes)}"
            : $"{data.Targets[job / each].Name}, all rows";
        return ([.. Enumerable.Range(0, each * data.Targets.Count).Select(Name)], (job, from, to) =>
        {
            var log = new DrawLog(from, to);
            Measure(ranks, groupings, data, job, options with { Draws = log });
            return log;
        });
    }

    private static (List<Grouping> Groupings, TargetRanks[] Ranks) Divide(PredictionTable data, AuditOptions options) =>
        (Grouping.All(data.Attributes, options.Depth(data.Attributes.Count), data.RowCount),
        [.. data.Targets.Select(t => new TargetRanks(t, data.RowCount, data.Clusters) { Weights = data.Weights })]);

    /// <summary>Runs the audit, and looks for clusters of look-alikes that the model fails on.</summary>
    /// <param name="features">A vector per image; null to look for no clusters.</param>
    /// <param name="draws">The draws of each pair of target and grouping, where they were made elsewhere; null draws
    /// here.</param>
    internal static AuditResult Run(Table table, AuditOptions? options, IProgress<StepProgress>? progress,
        CancellationToken cancellationToken, AuditFeatures? features, Func<int, DrawLog>? draws = null)
    {
        options ??= new();
        options.Check();
        var otherRows = table.RowCount;
        var data = new PredictionTable(table, options);
        otherRows -= data.RowCount;
        var (groupings, ranks) = Divide(data, options);
        if (options.Reference is { } reference and not ("overall" or "majority")
            && !groupings.Exists(
                g => Enumerable.Range(0, g.CellCount).Any(c => string.Join(", ", g.Levels(c)) == reference)))
            throw new FaceBiasException(
                $"There is no group '{reference}' to be the reference; name one of the groups "
                    + $"({string.Join(", ", data.Attributes.SelectMany(a => a.Levels).Take(20))}), 'majority' or "
                    + "'overall'.");
        Grouping[] singles = [.. groupings.Where(g => g.Attributes.Length == 1)];
        var everything = Grouping.Everything(data.RowCount);
        // One job per target and grouping; the grouping of everything comes first.
        var measured = new GroupingAudit[data.Targets.Count, groupings.Count + 1];
        var jobs = measured.Length;
        var done = 0;
        Parallel.For(0, jobs, new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
        }, job =>
        {
            var (t, g) = Math.DivRem(job, groupings.Count + 1);
            measured[t, g] = Measure(ranks, groupings, data, job, options with { Draws = draws?.Invoke(job) });
            progress?.Report(new("audit", Interlocked.Increment(ref done), jobs, "groupings"));
        });

        // Whether groups are covered is one question about all of them.
        var coverage = data.Targets.Select(
            (target, t) => CoverageMeasures.Finish(target, measured[t, 0].Coverage is [var all, ..] ? all : null,
            [.. Enumerable.Range(1, groupings.Count).Select(g => measured[t, g] with
            {
                Disparities = [.. measured[t, g].Disparities,
                    .. MetricDisparities.Of(measured[t, g].Groups, measured[t, 0].Groups[0],
                        target.Detailed ? target.Classes : [], options)],
            })], options)).ToArray();
        TargetAudit[] targets = [.. data.Targets.Select((target, t) => new TargetAudit
        {
            Name = target.Name,
            Kind = target.Kind,
            Unit = target.Kind == TargetKind.Numeric ? target.Unit : null,
            Classes = target.Classes,
            NoTruth = target.NoTruth,
            Threshold = target.Threshold,
            Thresholds = ThresholdSweep.Of(target, singles, options),
            FindingMetrics = FindingMetric.Of(target, options),
            Labelled = Enumerable.Range(0, data.RowCount).Count(target.HasTruth),
            Overall = measured[t, 0].Groups[0],
            Groupings = coverage[t].Groupings,
            Coverage = coverage[t].Audit,
            Selective = SelectiveMeasures.Of(ranks[t], singles, options),
            Errors = target is { Kind: TargetKind.Numeric, NoTruth: false } ? ErrorDistribution.Of(ranks[t], options)
                : null,
            Calibration = [.. singles.Prepend(everything).SelectMany(
                g => Calibration.Curves(new(ranks[t], g), options))],
            Worst = WorstPredictionList.Of(target, data, options.WorstPredictions),
        })];
        (targets, var conditional) = Verdicts.Decide(targets, options,
            printed => data.Clusters is not null || data.Weights is not null
                || printed.Any(f => f.Gap.Class is not null || f.Gap.Metric is not ("accuracy" or "mae")) ? null
                : MaxT.Adjust(ranks, singles, data.RowCount, [.. printed.Select(f => Subject(f, singles))], options),
            ConditionalGaps.Of(data, ranks, options));
        return new()
        {
            Options = options,
            Rows = data.RowCount,
            OtherRows = otherRows,
            Attributes = [.. data.Attributes.Select(a => new AuditAttribute(a.Name, a.Column,
                [.. a.Levels.Select((level, i) => new AttributeLevel(level, a.Codes.Count(c => c == i)))]))],
            Ignored = data.Ignored,
            Notices = [.. table.Notices.Select(n => n.Sentence), .. data.Notices.Select(n => n.Named())],
            Targets = targets,
            Conditional = conditional,
            Findings = FindingText.All(targets, conditional),
            Data = data,
            Slices = options.FindSlices && data.Weights is null ? new SliceFinder(data, features, options).Find(ranks)
                : [],
        };
    }

    private static MaxT.Subject Subject(Verdicts.Printed finding, Grouping[] singles) => new(finding.Target,
        Array.FindIndex(singles, s => s.Attributes[0] == finding.Grouping.Attributes[0]), finding.Gap.Value!.Value,
        [.. finding.Grouping.Groups.Select(g => (long)g.N)],
        [.. finding.Grouping.Groups.Select(g => g.Find(finding.Gap.Metric)!.Value is not null)]);

    /// <summary>One target's rows in one grouping; that of everything comes first.</summary>
    private static GroupingAudit Measure(TargetRanks[] ranks, List<Grouping> groupings, PredictionTable table, int job,
        AuditOptions options)
    {
        var (t, g) = Math.DivRem(job, groupings.Count + 1);
        var grouping = g == 0 ? Grouping.Everything(table.RowCount) : groupings[g - 1];
        options = options.In(table.Targets[t].Unit);
        var data = new GroupedRows(ranks[t], grouping);
        var groups = GroupMeasures.Of(data, options);
        var gaps = GapMeasures.Of(data, groups, options);
        groups = Shrinkage.Add(groups, options);
        (groups, var disparities) = ComposedMeasures.Add(data, groups, options);
        return new(grouping.Attributes, groups, gaps, disparities, grouping.IsOrdered ? TrendTest.Of(data, groups) : [])
        {
            Structured = StructuredEstimates.Of(data, groups, table.Attributes,
                [.. table.Attributes.Where(a => options.Control.Contains(a.Name))], options),
            Tests = GroupTests.Of(data, options),
            Coverage = CoverageMeasures.Of(data, options),
        };
    }
}
