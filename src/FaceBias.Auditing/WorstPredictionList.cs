namespace FaceBias.Auditing;

/// <summary>The predictions to look at first: the most confident wrong labels, the largest errors of a
/// number.</summary>
internal static class WorstPredictionList
{
    public static List<WorstPrediction> Of(TargetData target, PredictionTable data, int count)
    {
        if (target.NoTruth)
            return [];
        var wrong = Enumerable.Range(0, data.RowCount)
            .Where(r => target.HasTruth(r) && target.HasPrediction(r) && Badness(target, r) > 0)
            .OrderByDescending(r => Badness(target, r)).ThenBy(r => data.Id(r), StringComparer.Ordinal).Take(count);
        return [.. wrong.Select(r => target.Kind == TargetKind.Categorical
            ? new WorstPrediction(data.Id(r), target.Classes[target.Truth[r]], target.Classes[target.Predicted[r]],
                Confidence(target, r), null, Levels(data, r))
            : new(data.Id(r), Text(target.TruthValue[r]), Text(target.PredictedValue[r]), null,
                target.PredictedValue[r] - target.TruthValue[r], Levels(data, r)))];
    }

    private static double Badness(TargetData target, int row) => target.Kind == TargetKind.Numeric
        ? Math.Abs(target.PredictedValue[row] - target.TruthValue[row])
        : target.Truth[row] == target.Predicted[row] ? 0 : 1 + (Confidence(target, row) ?? 0);

    private static double? Confidence(TargetData target, int row) =>
        target.Probabilities?[target.Predicted[row]][row] is { } p && !double.IsNaN(p) ? p : null;

    private static string[] Levels(PredictionTable data, int row) =>
        [.. data.Attributes.Select(a => a.Levels[a.Codes[row]])];

    private static string Text(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
