using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FaceBias.Primitives.Options;

namespace FaceBias.Auditing;

/// <summary>What an audit looks at and how sure it has to be. The defaults are those of the command line.</summary>
public sealed record AuditOptions
{
    /// <summary>Targets to audit; null: every T for which the table has the columns T and T_true.</summary>
    [Option("Targets to audit; all by default.", ValueName = "T", Group = OptionGroup.Audit)]
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>Grouping attributes; null: the truth of every target (numbers in bands) and every further text column.
    /// A name stands for the column of that name, or for name_true where name is a prediction.</summary>
    [Option("Attributes to compare; the truth of every target and all text columns by default.", ValueName = "COLUMN",
        Group = OptionGroup.Audit, Common = true)]
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Lower edges of the bands of a numeric attribute, ascending: 0, 10, 18 gives 0-9, 10-17, 18+.</summary>
    [Option("Lower edges of the bands of a number.", ValueName = "age=0,18,31,61", Group = OptionGroup.Audit)]
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Bands { get; init; } =
        new Dictionary<string, IReadOnlyList<double>> { ["age"] = [0, 10, 18, 31, 46, 61] };

    /// <summary>Attributes whose levels have an order, such as a skin tone scale, and are tested for a trend; bands of
    /// a number always are. "skin=light&lt;medium&lt;dark" gives the order, "skin" alone takes a known one (months,
    /// sizes, Fitzpatrick, Monk, ranges); known scales are in their order without being named, too.</summary>
    [Option("Attributes whose values have an order, tested for a trend: \"skin=light<medium<dark\", or the name alone "
        + "where the order is known.", ValueName = "COLUMN", Group = OptionGroup.Audit)]
    public IReadOnlyList<string> Ordinal { get; init; } = [];

    /// <summary>Units of numeric targets, for the report's sentences.</summary>
    public IReadOnlyDictionary<string, string> Units
        { get; init; } = new Dictionary<string, string> { ["age"] = "years" };

    /// <summary>What columns hold, where their numbers may be codes or quantities.</summary>
    [Options]
    public ColumnKinds Kinds { get; init; } = new();

    /// <summary>Other names for values: "0=cat" in truths and predictions, "race:0=White" in one column.</summary>
    [Option("Other names for values: 0=cat,1=dog in truths and predictions, race:0=White in one column; "
        + "race:-1= makes -1 missing.",
        ValueName = "VALUE=NAME", Group = OptionGroup.Tables)]
    public IReadOnlyList<string> Map { get; init; } = [];

    /// <summary>The metric that findings are about, such as fnr, equalized_odds or selection_rate; null for accuracy,
    /// or the mean absolute error of a number.</summary>
    [Option("What the findings are about: {0}, mae, signed_error or within_N; accuracy or mae by default.",
        ValueName = "METRIC", Group = OptionGroup.Audit)]
    public string? Metric { get; init; }

    /// <summary>The class of two that a score speaks for and that rates are of; null for a known one (1, yes, true,
    /// positive).</summary>
    [Option("The class of two that the score and rates are of; by default 1, yes, true or positive.",
        ValueName = "CLASS", Group = OptionGroup.Tables)]
    public string? Positive { get; init; }

    /// <summary>At or above which score (T_score) a row is predicted to be positive; null for 0.5 of a
    /// probability.</summary>
    [Option("At or above which score a row is predicted to be positive; by default 0.5 of a probability.",
        ValueName = "T", Group = OptionGroup.Tables)]
    public double? Threshold { get; init; }

    /// <summary>Whether scores and probabilities are logits.</summary>
    [Option("Scores and probabilities are logits.", Group = OptionGroup.Tables)]
    public bool Logits { get; init; }

    /// <summary>The nominal coverage of prediction sets and intervals; null for the one that the table says
    /// (T_level).</summary>
    [Option("Nominal coverage of prediction sets and intervals, where the table has them.", ValueName = "SHARE",
        Group = OptionGroup.Audit)]
    [Range(0.0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double? Coverage { get; init; }

    /// <summary>The share of rows to abstain on, of those the model is least sure of, in the verdict whether abstaining
    /// widens gaps.</summary>
    [Option("Share of the rows to abstain on, the least certain ones.", ValueName = "SHARE", Group = OptionGroup.Audit)]
    [Range(0.0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Abstain { get; init; } = 0.2;

    /// <summary>Attributes that a difference may be due to: groups are also compared within each of their
    /// levels.</summary>
    [Option("Attributes that a difference may be due to: groups are also compared within each of their levels.",
        ValueName = "COLUMN", Group = OptionGroup.Audit)]
    public IReadOnlyList<string> Control { get; init; } = [];

    /// <summary>The column of each row's weight; null where all count alike.</summary>
    [Option("Column of each row's weight.", ValueName = "COLUMN", Group = OptionGroup.Tables)]
    public string? Weights { get; init; }

    /// <summary>Which rows to audit where the table has a column 'split', or one that plainly holds splits; null: all
    /// of them. An audit of rows that the model was trained on says nothing about new faces.</summary>
    [Option("Rows to audit where there is a column of splits; 'all' for all.", ValueName = "SPLIT",
        Group = OptionGroup.Data)]
    public string? Split { get; init; } = "test";

    /// <summary>Only rows whose columns hold these values, each COLUMN=VALUE: one model of several, one fold. Several
    /// values of one column are alternatives.</summary>
    [Option("Only rows whose column holds a value, such as model=a; several columns all have to.",
        ValueName = "COLUMN=VALUE", Group = OptionGroup.Tables)]
    public IReadOnlyList<string> Where { get; init; } = [];

    /// <summary>Groups are also crossed, up to this many attributes at a time; null: 2 where there are at most 8
    /// attributes, else 1, for hundreds of crossings are read by nobody.</summary>
    [Option("Cross up to this many attributes; by default 2 where there are at most 8 of them, else 1.",
        Name = "intersections", Group = OptionGroup.Audit)]
    [Range(1, 4)]
    public int? IntersectionDepth { get; init; }

    internal int Depth(int attributes) => IntersectionDepth ?? (attributes <= MostCrossed ? 2 : 1);

    private const int MostCrossed = 8;

    /// <summary>The group that disparate impact and average odds are relative to, by its name; "overall" for all rows;
    /// null, "majority", or where a grouping has no such group: the largest one.</summary>
    [Option("What disparate impact is relative to: a group, 'majority' (the largest, default) or 'overall'.",
        ValueName = "GROUP", Group = OptionGroup.Audit)]
    public string? Reference { get; init; }

    /// <summary>How the gaps that are not printed as findings are corrected for their number.</summary>
    [Option("Correction of crossed groups: Benjamini-Hochberg or Benjamini-Yekutieli.", Group = OptionGroup.Audit)]
    public FalseDiscovery Screening { get; init; } = FalseDiscovery.BenjaminiHochberg;

    /// <summary>The column that says which rows belong together, such as the person shown or the cluster of near
    /// duplicates; null or "none" where every row stands for itself. A row without a value stands for itself
    /// too.</summary>
    [Option("Column of rows that belong together, such as the person shown; 'none' for independent rows. Of a run's "
        + "predictions the column that it kept together.", ValueName = "COLUMN|none", Group = OptionGroup.Tables)]
    public string? Cluster { get; init; }

    /// <summary>What says that rows are independent, whatever columns are called.</summary>
    internal const string NoCluster = "none";

    internal string? ClusterColumn => Cluster == NoCluster ? null : Cluster;

    /// <summary>Confidence of every printed interval.</summary>
    [Range(0.5, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Confidence { get; init; } = 0.95;

    /// <summary>Error rate of the tests: a gap is shown where its adjusted p is at most this.</summary>
    [Range(0.0, 0.5, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Alpha { get; init; } = 0.05;

    /// <summary>The difference of two rates that would not matter.</summary>
    [Option("Difference of rates that would not matter.", Group = OptionGroup.Audit, Common = true)]
    [Range(0.0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Margin { get; init; } = 0.05;

    /// <summary>The difference of two mean errors that would not matter, in the target's unit; null: 1 for years, none
    /// for a unit that is not known.</summary>
    [Option("Difference of mean errors that would not matter; by default 1 for years, none for other units.",
        Group = OptionGroup.Audit)]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double? NumericMargin { get; init; }

    /// <summary>Absolute errors within which a numeric prediction counts as right; null: 5 and 8 for years, none for a
    /// unit that is not known.</summary>
    public IReadOnlyList<double>? Tolerances { get; init; }

    /// <summary>The options with the margin and the tolerances of a unit.</summary>
    /// <summary>Where the draws of one grouping are recorded or come from; null draws them.</summary>
    internal DrawLog? Draws { get; init; }

    internal AuditOptions In(string? unit) => this with
    {
        NumericMargin = NumericMargin ?? (unit == "years" ? 1 : null),
        Tolerances = Tolerances ?? (unit == "years" ? [5, 8] : []),
    };

    /// <summary>Below this denominator no point estimate is printed; the counts and the interval are.</summary>
    [Range(1, int.MaxValue)]
    public int MinimumCount { get; init; } = 10;

    /// <summary>Bootstrap replicates.</summary>
    [Range(100, int.MaxValue)]
    public int BootstrapReplicates { get; init; } = 2000;

    /// <summary>Permutations of the group labels for the null distribution of a gap.</summary>
    [Range(100, int.MaxValue)]
    public int Permutations { get; init; } = 2000;

    /// <summary>Whether to resample at all. Without, there are only metrics with closed intervals: no p, no verdicts
    /// but "within the margin", no intervals of composed metrics.</summary>
    [Option("Closed formulas alone: fast, without p and most verdicts.", Name = "no-resampling",
        Group = OptionGroup.Audit)]
    public bool Resample { get; init; } = true;

    /// <summary>How many of the worst predictions to list per target.</summary>
    [Range(0, int.MaxValue)]
    public int WorstPredictions { get; init; } = 20;

    /// <summary>Whether to look for slices that nobody named.</summary>
    [Option("Do not look for slices that nobody named.", Name = "no-slices", Group = OptionGroup.Audit)]
    public bool FindSlices { get; init; } = true;

    /// <summary>How many attributes a slice may cross: 1 to 4. The deeper, the more slices there are, and the more the
    /// best of the searched half owes to luck; what is confirmed is confirmed on the other half all the same.</summary>
    [Option("Cross up to this many attributes in the search for slices.", Group = OptionGroup.Audit)]
    [Range(1, 4)]
    public int SliceDepth { get; init; } = 3;

    /// <summary>Of an attribute with more levels than this, the smallest are joined into one group; metrics of each
    /// class are given for at most as many classes.</summary>
    [Range(2, Grouping.MaximumCells)]
    public int MaximumLevels { get; init; } = 50;

    /// <summary>More different labels are no classes.</summary>
    internal const int MostClasses = 5000;

    /// <summary>The seed of everything random.</summary>
    [Option("Seed of bootstrap and permutations.", Group = OptionGroup.Resources)]
    public long Seed { get; init; } = 1;

    /// <summary>Threads to use; 0: one per core. Results do not depend on it.</summary>
    [JsonIgnore]
    [Option(OptionLimits.ThreadsHelp, Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }

    internal void Check()
    {
        OptionSchema.Check(this);
        if (Tolerances?.Any(t => !(t > 0)) ?? false)
            throw new FaceBiasException("‹Tolerances› must be above 0.");
        FindingMetric.Check(Metric);
        foreach (var (name, edges) in Bands)
        {
            if (edges.Count == 0 || edges.Zip(edges.Skip(1), (a, b) => a >= b).Any(x => x))
                throw new FaceBiasException($"‹Bands› of '{name}' must be ascending lower edges such as 0,18,31,61.");
        }
    }

    internal static IEnumerable<string> MetricNames => FindingMetric.Names;

    internal static string? ParseSplit(string text) => text == "all" ? null : text;

    internal static string? ParseReference(string text) => text == "majority" ? null : text;

    /// <summary>"age=0,18,31,61" as an entry of the bands, beside the default ones.</summary>
    internal static IReadOnlyDictionary<string, IReadOnlyList<double>> ParseBands(IReadOnlyList<string> texts)
    {
        var bands = new Dictionary<string, IReadOnlyList<double>>(new AuditOptions().Bands);
        foreach (var text in texts)
        {
            var parts = text.Split('=', 2);
            var edges = parts.Length < 2 ? [] : parts[1].Split(',').Select(e =>
                double.TryParse(e, NumberStyles.Float, CultureInfo.InvariantCulture, out var edge) ? edge : double.NaN)
                .ToArray();
            if (parts[0].Length == 0 || edges.Length == 0 || !edges.All(double.IsFinite))
                throw new FaceBiasException(
                    $"‹Bands› '{text}' is no list of lower edges; write COLUMN=EDGE,EDGE such as age=0,18,31,61.");
            bands[parts[0]] = edges;
        }
        return bands;
    }
}

/// <summary>Corrections that bound the expected share of false alarms among the alarms.</summary>
public enum FalseDiscovery
{
    /// <summary>Benjamini and Hochberg (1995): for tests that are independent or hang together positively.</summary>
    [OptionValue("bh")]
    BenjaminiHochberg,

    /// <summary>Benjamini and Yekutieli (2001): under any dependence, at a factor of about ln m.</summary>
    [OptionValue("by")]
    BenjaminiYekutieli,
}
