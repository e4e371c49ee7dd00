namespace FaceBias.Core.Sweeps.Heads;

/// <summary>Groups of rows by the attributes of an objective.</summary>
/// <param name="Attributes">Their names.</param>
/// <param name="Levels">One level per attribute, for every group.</param>
/// <param name="Codes">Group of every row.</param>
public sealed record SubgroupCells(IReadOnlyList<string> Attributes, IReadOnlyList<IReadOnlyList<string>> Levels, int[] Codes)
{
    /// <summary>"female, Asian" per group.</summary>
    public IReadOnlyList<string> Names { get; } = [.. Levels.Select(l => string.Join(", ", l))];
}

/// <summary>How well a split is served: on average and per group. A value is a share of right answers, or the mean absolute
/// error of a number.</summary>
/// <param name="IsError">Whether small values are good.</param>
/// <param name="Average">Over all rows.</param>
/// <param name="Counts">Rows per group.</param>
/// <param name="Values">Per group, NaN for a group without rows.</param>
/// <param name="Minimum">Rows that a group needs to be compared.</param>
public sealed record FairnessFigures(bool IsError, double Average, int[] Counts, double[] Values, int Minimum)
{
    /// <summary>Whether a group has enough rows to be compared.</summary>
    public bool IsCompared(int group) => Counts[group] >= Minimum;

    /// <summary>The groups with enough rows.</summary>
    public IEnumerable<int> Compared => Enumerable.Range(0, Counts.Length).Where(IsCompared);

    /// <summary>The group that is served worst, or -1.</summary>
    public int WorstGroup => Compared.OrderBy(g => IsError ? -Values[g] : Values[g]).FirstOrDefault(-1);

    /// <summary>The figure of the worst group; NaN if none has enough rows.</summary>
    public double Worst => WorstGroup < 0 ? double.NaN : Values[WorstGroup];

    /// <summary>Best less worst; NaN for fewer than two groups.</summary>
    public double Gap => Compared.Take(2).Count() < 2 ? double.NaN : Compared.Max(g => Values[g]) - Compared.Min(g => Values[g]);

    /// <summary>A value as a loss: itself for an error, else what is missing to 1.</summary>
    public double Loss(double value) => IsError ? value : 1 - value;

    /// <summary>Figures from what came of every row.</summary>
    /// <param name="outcomes">1 for right, 0 for wrong, or an absolute error; NaN where there is no truth.</param>
    /// <param name="rows">Rows of the split; outcome i belongs to row <c>rows[i]</c>.</param>
    /// <param name="cells">The groups.</param>
    /// <param name="isError">Whether outcomes are errors.</param>
    /// <param name="minimum">Rows that a group needs.</param>
    public static FairnessFigures Of(ReadOnlySpan<double> outcomes, ReadOnlySpan<int> rows, SubgroupCells cells, bool isError, int minimum)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var counts = new int[cells.Names.Count];
        var sums = new double[counts.Length];
        for (var i = 0; i < outcomes.Length; i++)
            if (!double.IsNaN(outcomes[i]))
            {
                counts[cells.Codes[rows[i]]]++;
                sums[cells.Codes[rows[i]]] += outcomes[i];
            }
        return new(isError, sums.Sum() / counts.Sum(), counts, [.. sums.Select((s, g) => counts[g] == 0 ? double.NaN : s / counts[g])], minimum);
    }
}
