using System.Text.Json.Serialization;
using FaceBias.Primitives.Tables;

namespace FaceBias.Auditing;

/// <summary>What an audit looks at and how sure it has to be. The defaults are those of the command line.</summary>
public sealed record AuditOptions
{
    /// <summary>Targets to audit; null: every T for which the table has the columns T and T_true.</summary>
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>Grouping attributes; null: the truth of every target (numbers in bands) and every further text column.
    /// A name stands for the column of that name, or for name_true where name is a prediction.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Lower edges of the bands of a numeric attribute, ascending: 0, 10, 18 gives 0-9, 10-17, 18+.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Bands { get; init; } =
        new Dictionary<string, IReadOnlyList<double>> { ["age"] = [0, 10, 18, 31, 46, 61] };

    /// <summary>Attributes whose levels have an order, such as a skin tone scale, and are tested for a trend; bands of a
    /// number always are. "skin=light&lt;medium&lt;dark" gives the order, "skin" alone takes a known one (months, sizes, Fitzpatrick, Monk,
    /// ranges); known scales are in their order without being named, too.</summary>
    public IReadOnlyList<string> Ordinal { get; init; } = [];

    /// <summary>Units of numeric targets, for the report's sentences.</summary>
    public IReadOnlyDictionary<string, string> Units { get; init; } = new Dictionary<string, string> { ["age"] = "years" };

    /// <summary>What columns hold, where their numbers may be codes or quantities.</summary>
    public ColumnKinds Kinds { get; init; } = new();

    /// <summary>Other names for values: "0=cat" in truths and predictions, "race:0=White" in one column.</summary>
    public IReadOnlyList<string> Map { get; init; } = [];

    /// <summary>The metric that findings are about, such as fnr, equalized_odds or selection_rate; null for accuracy, or the mean absolute
    /// error of a number.</summary>
    public string? Metric { get; init; }

    /// <summary>The class of two that a score speaks for and that rates are of; null for a known one (1, yes, true, positive).</summary>
    public string? Positive { get; init; }

    /// <summary>At or above which score (T_score) a row is predicted to be positive; null for 0.5 of a probability.</summary>
    public double? Threshold { get; init; }

    /// <summary>Whether scores and probabilities are logits.</summary>
    public bool Logits { get; init; }

    /// <summary>The nominal coverage of prediction sets and intervals; null for the one that the table says (T_level).</summary>
    public double? Coverage { get; init; }

    /// <summary>The share of rows to abstain on, of those the model is least sure of, in the verdict whether abstaining widens gaps.</summary>
    public double Abstain { get; init; } = 0.2;

    /// <summary>Attributes that a difference may be due to: groups are also compared within each of their levels.</summary>
    public IReadOnlyList<string> Control { get; init; } = [];

    /// <summary>The column of each row's weight; null where all count alike.</summary>
    public string? Weights { get; init; }

    /// <summary>Which rows to audit where the table has a column 'split'; null: all of them. An audit of rows that the
    /// model was trained on says nothing about new faces.</summary>
    public string? Split { get; init; } = "test";

    /// <summary>Groups are also crossed, up to this many attributes at a time; null: 2 where there are at most 8 attributes, else 1, for
    /// hundreds of crossings are read by nobody.</summary>
    public int? IntersectionDepth { get; init; }

    internal int Depth(int attributes) => IntersectionDepth ?? (attributes <= MostCrossed ? 2 : 1);

    private const int MostCrossed = 8;

    /// <summary>The group that disparate impact and average odds are relative to, by its name; "overall" for all rows;
    /// null, "majority", or where a grouping has no such group: the largest one.</summary>
    public string? Reference { get; init; }

    /// <summary>How the gaps that are not printed as findings are corrected for their number.</summary>
    public FalseDiscovery Screening { get; init; } = FalseDiscovery.BenjaminiHochberg;

    /// <summary>The column that says which rows belong together, such as the person shown or the cluster of near
    /// duplicates; null where every row stands for itself. A row without a value stands for itself too.</summary>
    public string? Cluster { get; init; }

    /// <summary>Confidence of every printed interval.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Error rate of the tests: a gap is shown where its adjusted p is at most this.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>The difference of two rates that would not matter.</summary>
    public double Margin { get; init; } = 0.05;

    /// <summary>The difference of two mean errors that would not matter, in the target's unit; null: 1 for years, none for a unit that is
    /// not known.</summary>
    public double? NumericMargin { get; init; }

    /// <summary>Absolute errors within which a numeric prediction counts as right; null: 5 and 8 for years, none for a unit that is not
    /// known.</summary>
    public IReadOnlyList<double>? Tolerances { get; init; }

    /// <summary>The options with the margin and the tolerances of a unit.</summary>
    internal AuditOptions In(string? unit) => this with
    {
        NumericMargin = NumericMargin ?? (unit == "years" ? 1 : null), Tolerances = Tolerances ?? (unit == "years" ? [5, 8] : []),
    };

    /// <summary>Below this denominator no point estimate is printed; the counts and the interval are.</summary>
    public int MinimumCount { get; init; } = 10;

    /// <summary>Bootstrap replicates.</summary>
    public int BootstrapReplicates { get; init; } = 2000;

    /// <summary>Permutations of the group labels for the null distribution of a gap.</summary>
    public int Permutations { get; init; } = 2000;

    /// <summary>Whether to resample at all. Without, there are only metrics with closed intervals: no p, no verdicts but
    /// "within the margin", no intervals of composed metrics.</summary>
    public bool Resample { get; init; } = true;

    /// <summary>How many of the worst predictions to list per target.</summary>
    public int WorstPredictions { get; init; } = 20;

    /// <summary>Whether to look for slices that nobody named.</summary>
    public bool FindSlices { get; init; } = true;

    /// <summary>Of an attribute with more levels than this, the smallest are joined into one group; metrics of each class are given for
    /// at most as many classes.</summary>
    public int MaximumLevels { get; init; } = 50;

    /// <summary>More different labels are no classes.</summary>
    internal const int MostClasses = 5000;

    /// <summary>The seed of everything random.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Threads to use; 0: one per core. Results do not depend on it.</summary>
    [JsonIgnore]
    public int Threads { get; init; }

    internal void Check()
    {
        Require(Confidence is > 0.5 and < 1, $"The confidence must be between 0.5 and 1, not {Confidence}");
        Require(Alpha is > 0 and < 0.5, $"Alpha must be between 0 and 0.5, not {Alpha}");
        Require(Margin is > 0 and < 1, $"The margin must be between 0 and 1, not {Margin}");
        Require(NumericMargin is null or > 0, $"The margin of a numeric target must be above 0, not {NumericMargin}");
        Require(Coverage is null or (> 0 and < 1), $"The nominal coverage must lie between 0 and 1, both excluded, not {Coverage}");
        Require(Abstain is > 0 and < 1, $"The share to abstain on must lie between 0 and 1, both excluded, not {Abstain}");
        Require(IntersectionDepth is null or (>= 1 and <= 4), $"Intersections can be 1 to 4 deep, not {IntersectionDepth}");
        Require(BootstrapReplicates >= 100, $"At least 100 bootstrap replicates are needed, not {BootstrapReplicates}");
        Require(Permutations >= 100, $"At least 100 permutations are needed, not {Permutations}");
        Require(MinimumCount >= 1, $"The minimum count must be at least 1, not {MinimumCount}");
        Require(WorstPredictions >= 0, $"The number of worst predictions cannot be {WorstPredictions}");
        Require(MaximumLevels is >= 2 and <= Grouping.MaximumCells, $"The maximum number of levels must be 2 to {Grouping.MaximumCells}, not {MaximumLevels}");
        Require(Tolerances?.All(t => t > 0) ?? true, "Tolerances must be above 0");
        FindingMetric.Check(Metric);
        foreach (var (name, edges) in Bands)
            Require(edges.Count > 0 && edges.Zip(edges.Skip(1), (a, b) => a < b).All(x => x),
                $"The bands of '{name}' must be ascending lower edges such as 0,18,31,61");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new FaceBiasException(FormattableString.Invariant($"{otherwise}; correct the audit's options."));
    }
}

/// <summary>Corrections that bound the expected share of false alarms among the alarms.</summary>
public enum FalseDiscovery
{
    /// <summary>Benjamini and Hochberg (1995): for tests that are independent or hang together positively.</summary>
    BenjaminiHochberg,

    /// <summary>Benjamini and Yekutieli (2001): under any dependence, at a factor of about ln m.</summary>
    BenjaminiYekutieli,
}
