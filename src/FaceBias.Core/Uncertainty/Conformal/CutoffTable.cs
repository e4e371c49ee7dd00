using System.Text.Json.Serialization;

namespace FaceBias.Core.Uncertainty.Conformal;

/// <summary>An attribute that cutoffs depend on.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Levels">Its levels; bands where there are edges.</param>
/// <param name="Edges">Ascending lower edges of the bands of a number; null of text.</param>
internal sealed record ConformalGroup(string Name, IReadOnlyList<string> Levels,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<double>? Edges = null)
{
    /// <summary>The index of an unknown level.</summary>
    [JsonIgnore]
    public int Unknown => Levels.Count;

    /// <summary>The index of a level; <see cref="Unknown"/> for one that calibration did not see.</summary>
    public int Find(string? level)
    {
        for (var i = 0; i < Levels.Count && level is not null; i++)
            if (Levels[i] == level)
                return i;
        return Unknown;
    }

    /// <summary>The band of a number; the first for one below all edges, <see cref="Unknown"/> for NaN.</summary>
    public int Find(double value)
    {
        if (Edges is null)
            return Find(value.ToString(CultureInfo.InvariantCulture));
        if (double.IsNaN(value))
            return Unknown;
        var band = Edges.Count - 1;
        while (band > 0 && value < Edges[band])
            band--;
        return band;
    }
}

/// <summary>
/// The cutoff of every membership pattern: of each combination of the levels of some groups, each of which may be
/// unknown. What is unknown gets the largest cutoff of those that fit, which is safe whichever it is.
/// </summary>
/// <param name="Groups">The attributes; none for one cutoff for all.</param>
/// <param name="Cutoffs">By pattern, the last group running fastest, each group's levels followed by 'unknown'; null
/// stands for infinity: too few calibration rows, everything is in the set.</param>
/// <param name="Rows">Calibration rows of each pattern.</param>
internal sealed record CutoffTable(IReadOnlyList<ConformalGroup> Groups, IReadOnlyList<double?> Cutoffs,
    IReadOnlyList<int> Rows)
{
    /// <summary>More patterns would not fit into a model's metadata.</summary>
    internal const int MostPatterns = 50_000;

    /// <summary>The place of a pattern.</summary>
    /// <param name="levels">A level of each group, or its <see cref="ConformalGroup.Unknown"/>.</param>
    public int Pattern(ReadOnlySpan<int> levels)
    {
        var pattern = 0;
        for (var g = 0; g < Groups.Count; g++)
            pattern = (pattern * (Groups[g].Levels.Count + 1)) + levels[g];
        return pattern;
    }

    /// <summary>The cutoff of a pattern; infinite where everything is in the set.</summary>
    public double Cutoff(ReadOnlySpan<int> levels) => Cutoffs[Pattern(levels)] ?? double.PositiveInfinity;

    /// <summary>Calibration rows of a pattern.</summary>
    public int RowsOf(ReadOnlySpan<int> levels) => Rows[Pattern(levels)];

    /// <summary>How many patterns groups have, unknown levels included.</summary>
    internal static long Count(IReadOnlyList<ConformalGroup> groups) =>
        groups.Aggregate(1L, (n, g) => n * (g.Levels.Count + 1));

    /// <summary>Whether the numbers fit together, in a table that was read.</summary>
    internal bool IsWhole() =>
        Groups.All(g => g is { Name.Length: > 0, Levels.Count: > 0 }
            && (g.Edges is null || g.Edges.Count == g.Levels.Count))
        && Count(Groups) == Cutoffs.Count && Rows.Count == Cutoffs.Count
        && Cutoffs.All(c => c is null || double.IsFinite(c.Value));

    /// <summary>A table from the cutoffs of the patterns that calibration saw.</summary>
    /// <param name="known">Rows and cutoff of each pattern without an unknown level; a pattern that is left out has no
    /// rows and no cutoff.</param>
    internal static CutoffTable Of(IReadOnlyList<ConformalGroup> groups,
        IReadOnlyDictionary<int, (int Rows, double Cutoff)> known)
    {
        var count = (int)Count(groups);
        var (cutoffs, rows) = (new double?[count], new int[count]);
        foreach (var (pattern, (n, cutoff)) in known)
            (cutoffs[pattern], rows[pattern]) = (double.IsInfinity(cutoff) ? null : cutoff, n);
        var stride = 1;
        for (var g = groups.Count - 1; g >= 0; g--)
        {
            var levels = groups[g].Levels.Count;
            for (var start = 0; start < count; start += stride * (levels + 1))
            {
                for (var rest = 0; rest < stride; rest++)
                {
                    int At(int level) => start + (level * stride) + rest;
                    // A pattern that calibration never saw says nothing, unless its groups were seen in others.
                    int[] seen = [.. Enumerable.Range(0, levels).Select(At).Where(
                        p => rows[p] > 0 || cutoffs[p] is not null)];
                    cutoffs[At(levels)] = seen.Length == 0 || seen.Any(p => cutoffs[p] is null) ? null
                        : seen.Max(p => cutoffs[p]);
                    rows[At(levels)] = seen.Sum(p => rows[p]);
                }
            }
            stride *= levels + 1;
        }
        return new(groups, cutoffs, rows);
    }
}
