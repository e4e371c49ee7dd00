using System.Text.Json.Serialization;
using FaceBias.Core.Heads.Model;

namespace FaceBias.Core.Uncertainty.Conformal;

/// <summary>The calibrated sets or intervals of one target: everything that predicting takes.</summary>
internal sealed record ConformalTarget
{
    /// <summary>The target's name.</summary>
    public required string Name { get; init; }

    public required ConformalOptions Options { get; init; }

    public bool IsNumber { get; init; }

    /// <summary>Rows it was calibrated on.</summary>
    public required int Rows { get; init; }

    /// <summary>The cutoff for all rows together, that of the model file's own outputs; null stands for
    /// infinity.</summary>
    public double? Marginal { get; init; }

    /// <summary>The cutoffs by membership pattern. A group named after the target depends on the value that is asked
    /// about.</summary>
    public required CutoffTable Table { get; init; }

    /// <summary>The least standard deviation of <see cref="IntervalScore.Normalized"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double LeastDeviation { get; init; }

    /// <summary>What there is to say: rows used, groups that are too small.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>The groups that a row's level has to be known of: all but the target itself.</summary>
    [JsonIgnore]
    public IEnumerable<ConformalGroup> KnownGroups => Table.Groups.Where(g => g.Name != Name);

    /// <summary>Whether classes of a row are in its set: the scores of all of them against the cutoffs of the row's
    /// pattern.</summary>
    /// <param name="p">The row's probabilities.</param>
    /// <param name="levels">The row's level of each group of <see cref="Table"/>; that of the target itself is not
    /// read.</param>
    /// <param name="set">Takes the answer for each class.</param>
    public void Set(ReadOnlySpan<float> p, ReadOnlySpan<int> levels, Span<bool> set)
    {
        Span<double> scores = p.Length <= 256 ? stackalloc double[p.Length] : new double[p.Length];
        ConformalScores.Classes(Options.Classes, p, Options.Penalty, Options.FreeClasses, scores);
        var own = OwnGroup;
        Span<int> pattern = stackalloc int[levels.Length];
        levels.CopyTo(pattern);
        var cutoff = own < 0 ? Table.Cutoff(pattern) : 0;
        for (var k = 0; k < p.Length; k++)
        {
            if (own >= 0)
            {
                pattern[own] = k;
                cutoff = Table.Cutoff(pattern);
            }
            set[k] = scores[k] <= cutoff + ConformalScores.Slack;
        }
    }

    /// <summary>The interval of a row. Where cutoffs depend on the value itself, such as on the age band, it is the
    /// smallest that holds every value whose own cutoff admits it. Its ends are crossed where there is none.</summary>
    /// <param name="levels">The row's level of each group of <see cref="Table"/>; that of the target itself is not
    /// read.</param>
    public (double Low, double High) Interval(IntervalBasis basis, ReadOnlySpan<int> levels)
    {
        var own = OwnGroup;
        if (own < 0)
            return Within(basis, Table.Cutoff(levels));
        Span<int> pattern = stackalloc int[levels.Length];
        levels.CopyTo(pattern);
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        var edges = Table.Groups[own].Edges!;
        for (var band = 0; band < edges.Count; band++)
        {
            pattern[own] = band;
            double from = band == 0 ? double.NegativeInfinity : edges[band],
                to = band + 1 < edges.Count ? edges[band + 1] : double.PositiveInfinity;
            var (a, b) = Within(basis, Table.Cutoff(pattern));
            (a, b) = (Math.Max(a, from), Math.Min(b, to));
            if (a <= b && (a < to || double.IsPositiveInfinity(to)))
                (low, high) = (Math.Min(low, a), Math.Max(high, b));
        }
        return low <= high ? (low, high) : (Math.BitIncrement(basis.High), basis.Low);
    }

    /// <summary>What an interval is built around, with the scale that its score has.</summary>
    internal IntervalBasis Scaled(IntervalBasis basis) => basis with
    {
        Scale = Options.Numbers == IntervalScore.Normalized ? Math.Max(basis.Scale, LeastDeviation) : 1,
    };

    private static (double Low, double High) Within(IntervalBasis basis, double cutoff)
    {
        var half = (cutoff + ConformalScores.Slack) * basis.Scale;
        return (basis.Low - half, basis.High + half);
    }

    /// <summary>The place of the group that is the target itself, or -1.</summary>
    [JsonIgnore]
    internal int OwnGroup
    {
        get
        {
            var at = Table.Groups.Count - 1;
            while (at >= 0 && Table.Groups[at].Name != Name)
                at--;
            return at;
        }
    }

    /// <summary>Whether it fits a target of a model.</summary>
    internal bool Fits(OutputSpec output) =>
        output.Name == Name && IsNumber == output is NumericOutput && Options is not null
            && Table is { Groups: not null, Cutoffs: not null, Rows: not null }
        && Table.IsWhole()
        && (OwnGroup < 0 || (output is CategoricalOutput c ? c.Classes.SequenceEqual(Table.Groups[OwnGroup].Levels)
            : Table.Groups[OwnGroup].Edges is not null));
}

/// <summary>What an interval is built around: low - cutoff * scale to high + cutoff * scale.</summary>
/// <param name="Low">The prediction, or the lower quantile.</param>
/// <param name="High">The prediction, or the upper quantile.</param>
/// <param name="Scale">1, or the standard deviation.</param>
internal readonly record struct IntervalBasis(double Low, double High, double Scale);
