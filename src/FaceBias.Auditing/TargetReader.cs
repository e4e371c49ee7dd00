namespace FaceBias.Auditing;

/// <summary>Reads the targets of a predictions table: T from T_true, and T, or T_p_CLASS, or T_score.</summary>
/// <param name="rows">The audited rows; null for all.</param>
/// <param name="id">The id of an audited row, for messages.</param>
/// <param name="map">Other names for labels.</param>
/// <param name="unnamed">Finds probabilities that nobody named.</param>
internal sealed partial class TargetReader(Table table, int[]? rows, Func<int, string> id, LabelMap map,
    AuditOptions options, List<string> notices, Mistakes mistakes, UnnamedProbabilities unnamed)
{
    private const string True = "_true", Score = "_score", P = "_p_";

    /// <summary>Numbers beyond have errors whose fourth powers are no numbers any more.</summary>
    private const double Largest = 1e70;

    private int RowCount => rows?.Length ?? table.RowCount;

    public List<TargetData> Read()
    {
        var names = options.Targets
            ?? [.. table.Columns.Select(c => c.Name).Where(n => n.EndsWith(True, StringComparison.Ordinal))
            .Select(n => n[..^True.Length]).Where(
                n => table.Has(n) || table.Has(n + Score) || Probabilities(n).Length > 0)];
        if (names.Count == 0)
        {
            throw new FaceBiasException(
                "The predictions table has no target with both a prediction and a truth (columns T and T_true, such as "
                + $"'age' and 'age_true'); it has {LabelAlignment.Quoted(table.Columns.Select(c => c.Header))}: name them by ‹Truth› and ‹Prediction›"
                + $"{Guess()}, or ‹Prediction› alone where there is no truth.");
        }
        // In the order of the table's predictions, which stand before their truths.
        string[] ordered = options.Targets is not null ? [.. names]
            : [.. names.OrderBy(n => table.Columns.TakeWhile(c => c.Name != n && c.Name != n + True).Count())];
        List<TargetData> targets = [.. ordered.Select(n => mistakes.Try(() => ReadTarget(n))).OfType<TargetData>()];
        if (mistakes.Any)
            return targets;
        if (targets.Any(t => Enumerable.Range(0, RowCount).Any(t.HasTruth)))
            return targets;
        var first = targets[0];
        throw new FaceBiasException(
            first.NoTruth ? $"No row has a prediction in {LabelAlignment.Quoted(names.Select(n => table[n].Header))}; there is nothing to audit."
            : $"No row has a true value for {LabelAlignment.Quoted(names)}; an audit needs labels in {LabelAlignment.Quoted(names.Select(n => table[n + True].Header))}.");
    }

    /// <summary>Columns that are called truth and prediction by others.</summary>
    private string Guess() => RoleNames.Truth(table) is { } truth && RoleNames.Prediction(table) is { } prediction
        ? $", such as ‹Truth› {truth.Header} ‹Prediction› {prediction.Header}" : "";

    private Column[] Probabilities(string name) =>
        [.. table.Columns.Where(
            c => c.Name.StartsWith(name + P, StringComparison.Ordinal) && c.Name.Length > name.Length + P.Length)];

    private TargetData ReadTarget(string name)
    {
        var truth = table.Find(name + True);
        var predicted = table.Find(name);
        var score = table.Find(name + Score);
        var probabilities = Probabilities(name);
        if (predicted is null && score is null && probabilities.Length == 0)
            _ = table[name];
        string[] headers =
            [.. new[] { truth?.Header, predicted?.Header ?? score?.Header, name }.OfType<string>().Distinct()];
        if (score is null && predicted is NumberColumn number && truth is not null && probabilities.Length == 0
            && IsScore(number, truth))
            (score, predicted) = (number, null);
        if (score is not null && predicted is null)
            return ReadScore(name, truth, table.Has(name + Score) ? table.Number(name + Score) : (NumberColumn)score,
                headers);
        CheckSwapped(truth, predicted);
        Column[] both = [.. new[] { truth, predicted }.OfType<Column>()];
        if (probabilities.Length == 0 && KindRule.Of(both, options.Kinds).Take(notices) == TargetKind.Numeric)
        {
            double[] said = Finite(Numbers(predicted!));
            return new(name, TargetKind.Numeric)
            {
                TruthValue = truth is null ? [.. said.Select(p => double.IsNaN(p) ? p : 0)]
                    : Ages(truth, Finite(Numbers(truth)), headers),
                PredictedValue = said,
                NoTruth = truth is null, Headers = headers,
                Unit = options.Units.GetValueOrDefault(name)
                    ?? headers.Select(Quantity.UnitOf).FirstOrDefault(u => u is not null),
            };
        }
        return ReadCategorical(name, truth, predicted, probabilities, headers);
    }

    /// <summary>Ages that nobody has are codes for missing ones.</summary>
    private double[] Ages(Column truth, double[] values, string[] headers)
    {
        if (headers.All(h => Quantity.UnitOf(h) is null))
            return values;
        double[] odd = [.. values.Where(v => v is < 0 or > 125)];
        if (odd.Length > 0)
            notices.Add(FormattableString.Invariant(
                $"'{truth.Header}' holds {odd.Length:N0} ages below 0 or above 125, such as {odd[0]}; they count as missing."));
        return Array.ConvertAll(values, v => v is < 0 or > 125 ? double.NaN : v);
    }

    /// <summary>Refuses shares as the truth of labels 0 and 1: a truth and its score that were swapped.</summary>
    private void CheckSwapped(Column? truth, Column? predicted)
    {
        if (truth is NumberColumn shares && predicted is NumberColumn labels
            && options.Kinds.Of(labels.Header, labels.Name, shares.Header) is null
            && Array.Exists(shares.Values, v => v != Math.Floor(v) && !double.IsNaN(v))
            && Array.TrueForAll(shares.Values, v => v is >= 0 and <= 1 || double.IsNaN(v))
            && Array.TrueForAll(labels.Values, v => v is 0 or 1 || double.IsNaN(v)))
            throw new FaceBiasException(
                $"The truth '{shares.Header}' holds shares from 0 to 1 and the prediction '{labels.Header}' only 0 and "
                    + "1, as if they were swapped; swap ‹Truth› and ‹Prediction›, or say ‹Numeric› "
                    + $"{labels.Header} if the truth is a share.");
    }

    private NumberColumn Numbers(Column column) => table.Number(column.Name);

    private TextColumn Pick(TextColumn column) => rows is null ? column : column.Take(rows);

    private double[] Pick(double[] values) => rows is null ? values : [.. rows.Select(r => values[r])];

    private double[] Finite(NumberColumn column)
    {
        var values = Pick(column.Values);
        var i = Array.FindIndex(values, v => Math.Abs(v) > Largest);
        if (i < 0 && Array.Find(values, v => v != 0 && !double.IsNaN(v)) is not 0 and var tiny
            && values.All(v => !(Math.Abs(v) > 1 / Largest)))
            throw new FaceBiasException(
                FormattableString.Invariant(
                    $"Column '{column.Header}' holds only numbers as small as {tiny:0.###E+0}, whose errors cannot be told from zero; give it in a larger unit."));
        return i < 0 ? values : throw new FaceBiasException(FormattableString.Invariant(
            $"Column '{column.Header}' holds {(double.IsInfinity(values[i]) ? "an infinite number" : $"{values[i]:0.###E+0}, which no error can be computed of,")} in row '{id(i)}'; correct it or leave it empty."));
    }
}
