using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.MLNet.Training;

/// <summary>Which rows a trainer validates on where it is given none.</summary>
internal static class ValidationSplit
{
    /// <summary>The same share of every class (and group), and never all rows of a class.</summary>
    /// <param name="labels">The label of every row.</param>
    /// <param name="groups">The group of every row.</param>
    /// <param name="seed">One seed, one split.</param>
    /// <exception cref="ArgumentException">The share is none.</exception>
    /// <exception cref="FaceBiasException">There are too few rows, or one class.</exception>
    public static bool[] Of(IReadOnlyList<string> labels, IReadOnlyList<string> groups, double share, int seed)
    {
        var counts = labels.CountBy(l => l).ToDictionary();
        if (counts.Count < 2)
            throw new FaceBiasException(
                $"The label has {(counts.Count == 0 ? "no rows" : $"the one class '{counts.Keys.Single()}'")}; a "
                    + "classifier needs two classes.");
        // A class of one row is only of use in training.
        var validation = Draw(labels.Count, i => counts[labels[i]] > 1,
            [Target.From(new TextColumn("cell", [.. labels.Zip(groups, (l, g) => $"{l}\n{g}")]),
                TargetKind.Categorical)], share, seed);
        var trained = labels.Where((_, i) => !validation[i]).CountBy(l => l).ToDictionary();
        for (var i = 0; i < validation.Length; i++)
        {
            if (validation[i] && !trained.ContainsKey(labels[i]))
                (validation[i], trained[labels[i]]) = (false, 1);
        }
        return Some(validation);
    }

    /// <summary>The same share of every band of a number (and group).</summary>
    public static bool[] Of(double[] labels, IReadOnlyList<string> groups, double share, int seed) =>
        Some(Draw(labels.Length, _ => true,
        [Target.From(new NumberColumn("label", labels), TargetKind.Numeric),
            Target.From(new TextColumn("group", [.. groups]), TargetKind.Categorical)], share, seed));

    private static bool[] Draw(int count, Func<int, bool> included, IReadOnlyList<Target> strata, double share,
        int seed)
    {
        if (share is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(share), share,
                "The share of validation rows must be above 0 and below 1; rows of your own can be given instead.");
        // So computed, the two leave nothing for a test.
        var train = 1 - share;
        string[] ids = [.. Enumerable.Range(0, count).Select(i => $"{i}")];
        var splits = Splitter.Assign(ids, [.. Enumerable.Range(0, count).Select(included)],
            [.. Enumerable.Range(0, count)], strata,
            new() { Seed = seed, Train = train, Validation = 1 - train });
        return [.. splits.Select(s => s == Split.Validation)];
    }

    private static bool[] Some(bool[] validation) => validation.Contains(true) ? validation
        : throw new FaceBiasException(
            $"{validation.Length} rows leave none to validate on; give more rows, a larger share, or validation rows "
                + "of your own.");
}
