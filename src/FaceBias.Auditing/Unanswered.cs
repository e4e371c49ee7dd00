namespace FaceBias.Auditing;

/// <summary>Rows with a truth that the model gave no answer to. They count nowhere, so that a model that finds no face
/// in some group would look as good there as elsewhere.</summary>
internal static class Unanswered
{
    /// <summary>Standard deviations apart: both ends of a difference are sure.</summary>
    private const double Sure = 2.6;

    /// <summary>How many rows of each target have no prediction, and where clearly more of one group than of
    /// another.</summary>
    public static IEnumerable<string> Of(TargetData target, IReadOnlyList<AttributeData> attributes)
    {
        if (target.NoTruth)
            yield break;
        var rows = target.Kind == TargetKind.Categorical ? target.Truth.Length : target.TruthValue.Length;
        int[] known = [.. Enumerable.Range(0, rows).Where(target.HasTruth)];
        var without = known.Count(r => !target.HasPrediction(r));
        if (without == 0 || without == known.Length)
            yield break;
        var text = FormattableString.Invariant(
            $"{without:N0} of {known.Length:N0} rows with a true '{target.Name}' have no prediction and count in no metric");
        foreach (var attribute in attributes.Where(a => a.Name != target.Name))
        {
            var groups = known.GroupBy(r => attribute.Codes[r]).Select(g => (Level: attribute.Levels[g.Key],
                Missing: g.Count(r => !target.HasPrediction(r)), N: g.Count())).Where(g => g.N >= 10)
                .OrderBy(g => (double)g.Missing / g.N).ToArray();
            if (groups.Length < 2)
                continue;
            var (few, many) = (groups[0], groups[^1]);
            if (Interval.Wilson(few.Missing, few.N, Sure).High < Interval.Wilson(many.Missing, many.N, Sure).Low)
            {
                yield return text + FormattableString.Invariant(
                    $": {100.0 * many.Missing / many.N:0.#}% of {attribute.Name} {many.Level} and {100.0 * few.Missing / few.N:0.#}% of {few.Level}. If these are failures, the metrics flatter {many.Level}: give them an answer of their own that is wrong.");
                yield break;
            }
        }
        yield return text + ".";
    }
}
