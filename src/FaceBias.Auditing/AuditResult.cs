using System.Text.Json.Serialization;

namespace FaceBias.Auditing;

/// <summary>Everything an audit found; the content of <c>audit.json</c>. Undefined is not zero: a metric that cannot be
/// given is null and stands beside the reason.</summary>
public sealed record AuditResult
{
    /// <summary>The version of this schema that this library writes.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The schema's version.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The options the audit was run with.</summary>
    public required AuditOptions Options { get; init; }

    /// <summary>Rows audited, after choosing the split.</summary>
    public required int Rows { get; init; }

    /// <summary>Rows of the table that belong to other splits.</summary>
    public required int OtherRows { get; init; }

    /// <summary>The grouping attributes with their levels.</summary>
    [JsonInclude]
    internal IReadOnlyList<AuditAttribute> Attributes { get; init; } = [];

    /// <summary>What was assumed about the table, in sentences.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>The gaps within each level of the control attributes.</summary>
    public IReadOnlyList<ConditionalGap> Conditional { get; init; } = [];

    /// <summary>Columns that were not used to group, each with the reason.</summary>
    [JsonInclude]
    internal IReadOnlyList<IgnoredColumn> Ignored { get; init; } = [];

    /// <summary>One entry per audited target.</summary>
    public required IReadOnlyList<TargetAudit> Targets { get; init; }

    /// <summary>What is said in sentences, the gravest first: one per target and single attribute.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Parts of the data that nobody named in which the model does worse, the confirmed ones first.</summary>
    public IReadOnlyList<Slice> Slices { get; init; } = [];

    /// <summary>The audited rows, for pages that show them; null of an audit that was read from a file.</summary>
    internal PredictionTable? Data { get; init; }

    /// <summary>An audit that was read from a file, with the rows that it was made of.</summary>
    internal AuditResult WithRows(Table table) => this with { Data = new(table, Options) };
}

/// <summary>A grouping attribute. Levels are in their natural order and include those without rows.</summary>
internal sealed record AuditAttribute(string Name, string Column, IReadOnlyList<AttributeLevel> Levels);

/// <summary>One value of an attribute and the number of rows that have it.</summary>
internal sealed record AttributeLevel(string Name, int Rows);

/// <summary>A column that was not used to group, and why.</summary>
internal sealed record IgnoredColumn(string Column, string Reason);

/// <summary>The audit of one target.</summary>
public sealed record TargetAudit
{
    /// <summary>The target's name.</summary>
    public required string Name { get; init; }

    /// <summary>Label or number.</summary>
    public required TargetKind Kind { get; init; }

    /// <summary>The unit of a number, if it has a name: "years".</summary>
    public string? Unit { get; init; }

    /// <summary>The classes in order; empty for a number.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Whether no truth was given, so that only what is predicted for whom is compared.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NoTruth { get; init; }

    /// <summary>What the findings are about.</summary>
    [JsonInclude]
    internal IReadOnlyList<FindingMetric> FindingMetrics { get; init; } = [];

    /// <summary>The first of them, which charts show.</summary>
    [JsonIgnore]
    internal FindingMetric Main => FindingMetrics.Count > 0 ? FindingMetrics[0] : new(Metrics.Primary(Kind).Key);

    /// <summary>Rates and gaps at other thresholds of a score; empty where the target has none.</summary>
    [JsonInclude]
    internal IReadOnlyList<ThresholdRates> Thresholds { get; init; } = [];

    /// <summary>The threshold that predictions were made with; null where they were given.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Threshold { get; init; }

    /// <summary>Rows with a truth.</summary>
    public required int Labelled { get; init; }

    /// <summary>All rows together.</summary>
    public required GroupAudit Overall { get; init; }

    /// <summary>One entry per attribute, then per pair of attributes, and so on.</summary>
    public required IReadOnlyList<GroupingAudit> Groupings { get; init; }

    /// <summary>The distribution of the signed error of a number; null for a label.</summary>
    [JsonInclude]
    internal NumericErrors? Errors { get; init; }

    /// <summary>How often the model is right where it says how sure it is: of all rows, then of each group of every
    /// single attribute that is large enough; empty without probabilities.</summary>
    [JsonInclude]
    internal IReadOnlyList<CalibrationCurve> Calibration { get; init; } = [];

    /// <summary>Whether prediction sets or intervals hold the truth as often as they should; null without
    /// such.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonInclude]
    internal CoverageAudit? Coverage { get; init; }

    /// <summary>What abstaining on unsure rows does, by each column that says how sure the model is: first its
    /// probabilities.</summary>
    [JsonInclude]
    internal IReadOnlyList<SelectiveAudit> Selective { get; init; } = [];

    /// <summary>The worst predictions, worst first.</summary>
    public required IReadOnlyList<WorstPrediction> Worst { get; init; }
}

/// <summary>All groups that one combination of attributes makes, and the gaps among them.</summary>
/// <param name="Attributes">The crossed attributes.</param>
/// <param name="Groups">Every combination of their levels, those without rows included.</param>
/// <param name="Gaps">Worst against best, with tests and verdicts.</param>
/// <param name="Disparities">Fairness metrics, differences and ratios across the groups.</param>
/// <param name="Trends">Trends over the groups of one ordered attribute; empty where there is no order.</param>
public sealed record GroupingAudit(
    IReadOnlyList<string> Attributes, IReadOnlyList<GroupAudit> Groups, IReadOnlyList<Gap> Gaps,
    IReadOnlyList<Disparity> Disparities, IReadOnlyList<Trend> Trends)
{
    /// <summary>Every group as the sum of what its levels add, combined with its own rows; null for a single attribute,
    /// and where there are too few groups or too many.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonInclude]
    internal StructuredEstimates? Structured { get; init; }

    /// <summary>The coverage of each group's prediction sets or intervals, in the order of <see cref="Groups"/>; empty
    /// without such.</summary>
    [JsonInclude]
    internal IReadOnlyList<GroupCoverage> Coverage { get; init; } = [];

    /// <summary>Tests of whether probabilities are distributed and calibrated alike in the groups of a single
    /// attribute; empty without probabilities.</summary>
    [JsonInclude]
    internal IReadOnlyList<GroupTest> Tests { get; init; } = [];
}

/// <summary>A fairness metric across all groups of a grouping that are large enough.</summary>
/// <param name="Name">Its key, see docs/reference/metrics.md: "demographic_parity_difference", ...</param>
/// <param name="Value">The value, or null with a reason.</param>
/// <param name="Low">Lower end of the bootstrap interval.</param>
/// <param name="High">Upper end of it. Largest differences of many groups are biased upwards, and their intervals with
/// them; the gaps' expected value under equality says by how much.</param>
/// <param name="Reason">Why there is no value, or no interval.</param>
/// <param name="Class">The class set against the rest, or null.</param>
public sealed record Disparity(
    string Name, double? Value, double? Low, double? High,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Class = null);

/// <summary>One group: its levels in the order of the grouping's attributes, and its metrics.</summary>
/// <param name="Levels">One level per attribute; empty for all rows together.</param>
/// <param name="N">Rows with a truth and a prediction.</param>
/// <param name="Unpredicted">Rows with a truth but no prediction: faces that the model never saw.</param>
/// <param name="Estimates">One estimate per metric, those that cannot be estimated included.</param>
/// <param name="Confusion">Counts [truth][prediction] in the order of the target's classes; null for a number.</param>
public sealed record GroupAudit(
    IReadOnlyList<string> Levels, int N, int Unpredicted, IReadOnlyList<Estimate> Estimates,
    IReadOnlyList<IReadOnlyList<long>>? Confusion)
{
    /// <summary>The group's name for people: "Black, 61+".</summary>
    public string Name() => Levels.Count == 0 ? "all" : string.Join(", ", Levels);

    /// <summary>The estimate of a metric, or null where the metric is not of this target.</summary>
    public Estimate? Find(string metric, string? @class = null) =>
        Estimates.FirstOrDefault(e => e.Metric == metric && e.Class == @class);
}

/// <summary>An estimate of a metric with its interval.</summary>
/// <param name="Metric">The metric's key, see <see cref="Metrics"/>.</param>
/// <param name="Value">The point estimate, or null with a <paramref name="Reason"/>.</param>
/// <param name="Low">The interval's lower end; given wherever it has a meaning, also where the value is not.</param>
/// <param name="High">The interval's upper end.</param>
/// <param name="Denominator">The metric's own denominator: the rows that it averages over.</param>
/// <param name="Numerator">For a rate, the count above the denominator.</param>
/// <param name="Method">How the interval was made: "wilson", "bootstrap", ...</param>
/// <param name="Reason">Why there is no value, or no interval.</param>
/// <param name="Class">The class that is set against the rest; null where the metric is of all classes.</param>
/// <param name="Shrunken">An empirical-Bayes estimate, drawn towards the estimate of all groups the more the fewer rows
/// there are; of rates and mean errors, where at least three groups have rows.</param>
/// <param name="EffectiveN">How many independent rows the clustered rows of the denominator are worth; null where rows
/// are not clustered.</param>
/// <param name="Rough">True where fewer than 5 rows are above or below a rate: so few outcomes are likely then that a
/// nominal 95% interval holds the truth in 84% to 98% of cases, depending on the true rate; and of fewer than 30
/// clusters. Null elsewhere.</param>
public sealed record Estimate(
    string Metric, double? Value, double? Low, double? High, long Denominator,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Numerator = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Method = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Class = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Shrunken = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? EffectiveN = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Rough = null);

/// <summary>What the data say about a gap.</summary>
public enum Verdict
{
    /// <summary>The gap is larger than equal groups would show by chance.</summary>
    GapShown,

    /// <summary>Every difference is shown to be within the margin, by two one-sided tests.</summary>
    WithinMargin,

    /// <summary>Neither is shown.</summary>
    NotEnoughData,
}

/// <summary>The difference between the worst and the best of several groups.</summary>
public sealed record Gap
{
    /// <summary>The metric's key.</summary>
    public required string Metric { get; init; }

    /// <summary>The class that is set against the rest, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Class { get; init; }

    /// <summary>Largest minus smallest value among the compared groups; null with a reason where fewer than two can be
    /// compared.</summary>
    public double? Value { get; init; }

    /// <summary>Lower end of the interval that goes with the verdict: of all pairs at once (Bonferroni over pairs, and
    /// over the printed findings), 0 where no gap is shown; where the gap is shown to be within the margin, that of the
    /// two one-sided tests.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of it.</summary>
    public double? High { get; init; }

    /// <summary>The bounds of the largest difference from the confidence of each pair's interval.</summary>
    [JsonIgnore]
    internal Func<double, Interval>? Bounds { get; init; }

    /// <summary>The group that does worst.</summary>
    public string? Worst { get; init; }

    /// <summary>The group that does best.</summary>
    public string? Best { get; init; }

    /// <summary>How many groups were compared; the others are too small.</summary>
    public required int Compared { get; init; }

    /// <summary>The mean gap that groups of these sizes show when group labels are shuffled: what equality looks
    /// like.</summary>
    public double? ExpectedUnderEquality { get; init; }

    /// <summary>The mid-p of the permutation test (Lancaster 1961): the share of larger gaps and half of that of equal
    /// ones, among the shuffles and the order that was observed.</summary>
    public double? P { get; init; }

    /// <summary>P corrected for the others: among the printed findings by step-down max-T, which the verdict rests on;
    /// among all other gaps by the false discovery rate.</summary>
    public double? AdjustedP { get; init; }

    /// <summary>P of a printed finding corrected by Holm instead.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? HolmP { get; init; }

    /// <summary>Whether the groups differ at all: a test over all of them, not only the two extremes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonInclude]
    internal HomogeneityTest? Homogeneity { get; init; }

    /// <summary>The difference that would not matter; null where none was given for a unit that is not known.</summary>
    public double? Margin { get; init; }

    /// <summary>The verdict; null where nothing could be compared.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>Rows needed in each of two groups to show a difference as large as the margin, at 80% power.</summary>
    public long? NeededPerGroup { get; init; }

    /// <summary>Why there is no value.</summary>
    public string? Reason { get; init; }
}

/// <summary>One statement of the report.</summary>
public sealed record Finding(string Target, string Attribute, string Metric, Verdict? Verdict, string Sentence);

/// <summary>The calibration of one group's predicted labels.</summary>
/// <param name="Attribute">The attribute; empty for all rows.</param>
/// <param name="Group">The level; "all" for all rows.</param>
/// <param name="Bins">Bins of equal mass.</param>
internal sealed record CalibrationCurve(string Attribute, string Group, IReadOnlyList<CalibrationBin> Bins);

/// <summary>Rows of about the same probability of the predicted label, and how many of them are right.</summary>
/// <param name="Probability">Their mean probability.</param>
/// <param name="Right">The share that is right.</param>
/// <param name="Low">Lower end of its Wilson interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="N">Rows.</param>
internal sealed record CalibrationBin(double Probability, double Right, double Low, double High, int N);

/// <summary>Signed errors (prediction minus truth) of a numeric target.</summary>
/// <param name="Histogram">Counts of errors per bin; the outer bins hold what lies beyond.</param>
/// <param name="ByTruth">Error by the true value.</param>
internal sealed record NumericErrors(IReadOnlyList<HistogramBin> Histogram, IReadOnlyList<ErrorBin> ByTruth);

/// <summary>A bin from <paramref name="From"/> up to, not including, <paramref name="To"/>.</summary>
internal sealed record HistogramBin(double From, double To, long Count);

/// <summary>Mean absolute and mean signed error of the rows whose truth lies in a bin.</summary>
internal sealed record ErrorBin(double From, double To, int N, Estimate AbsoluteError, Estimate SignedError);

/// <summary>One of the worst predictions.</summary>
/// <param name="Id">The row's id.</param>
/// <param name="Truth">The true label or value.</param>
/// <param name="Predicted">The predicted one.</param>
/// <param name="Confidence">The probability of the predicted label; null for a number or without probabilities.</param>
/// <param name="Error">Prediction minus truth; null for a label.</param>
/// <param name="Groups">The row's level of each attribute.</param>
public sealed record WorstPrediction(
    string Id, string Truth, string Predicted, double? Confidence, double? Error, IReadOnlyList<string> Groups);
