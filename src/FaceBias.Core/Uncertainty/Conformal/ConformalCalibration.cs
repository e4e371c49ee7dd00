using FaceBias.Auditing;
using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Uncertainty.Conformal;

/// <summary>The calibration rows of one target: what was predicted for them, what is true, and their groups.</summary>
/// <param name="Groups">Further columns by row, among them those that <see cref="ConformalOptions.Groups"/>
/// names.</param>
/// <param name="Bands">Lower edges of the bands of numbers that are groups; a number without any is cut as an audit
/// would.</param>
internal sealed record CalibrationRows(Target Labels, IReadOnlyList<Target> Groups,
    IReadOnlyDictionary<string, IReadOnlyList<double>>? Bands = null);

/// <summary>Finds the cutoffs of prediction sets and intervals from rows that the model was not trained on.</summary>
internal static class ConformalCalibration
{
    /// <summary>Calibrates the sets of a categorical target.</summary>
    /// <param name="probabilities">Probabilities, row-major [rows, classes].</param>
    /// <param name="rows">Truth and groups of the same rows.</param>
    /// <exception cref="FaceBiasException">The rows do not allow it; the sentence says what to do.</exception>
    public static ConformalTarget Classes(CategoricalOutput output, ReadOnlySpan<float> probabilities,
        CalibrationRows rows, ConformalOptions options)
    {
        options.Check();
        var k = output.Classes.Count;
        if (rows.Labels.Kind != TargetKind.Categorical)
            throw new FaceBiasException(
                $"'{output.Name}' is a label, and its calibration rows hold numbers; give their labels.");
        int[] place = [.. rows.Labels.Classes.Select(c => output.Classes.ToList().IndexOf(c))];
        var (scores, truth) = (new double[rows.Labels.Codes.Length], new int[rows.Labels.Codes.Length]);
        Span<double> own = new double[k];
        for (var row = 0; row < scores.Length; row++)
        {
            truth[row] = rows.Labels.Codes[row] is >= 0 and var code ? place[code] : -1;
            var p = probabilities.Slice(row * k, k);
            CheckProbabilities(output.Name, p, row);
            ConformalScores.Classes(options.Classes, p, options.Penalty, options.FreeClasses, own);
            scores[row] = truth[row] < 0 ? double.NaN : own[truth[row]];
        }
        return Calibrate(output, scores, truth, rows, options);
    }

    /// <summary>Calibrates the intervals of a numeric target.</summary>
    /// <param name="basis">What was predicted for each row.</param>
    /// <param name="rows">Truth and groups of the same rows.</param>
    /// <exception cref="FaceBiasException">The rows do not allow it; the sentence says what to do.</exception>
    public static ConformalTarget Numbers(NumericOutput output, IReadOnlyList<IntervalBasis> basis,
        CalibrationRows rows, ConformalOptions options)
    {
        options.Check();
        if (rows.Labels.Kind != TargetKind.Numeric)
            throw new FaceBiasException(
                $"'{output.Name}' is a number, and its calibration rows hold labels; give their numbers.");
        if (options.Method == ConformalMethod.ClassConditional)
            throw new FaceBiasException(
                $"'{output.Name}' is a number and has no classes; name it among the ‹ConformalOptions.Groups› of mondrian coverage, which cuts it into bands.");
        var truth = rows.Labels.Values;
        var least = 0.0;
        if (options.Numbers == IntervalScore.Normalized)
        {
            least = ConformalScores.LeastDeviation * basis.Average(b => b.Scale);
            if (!(least > 0) || double.IsInfinity(least))
                throw new FaceBiasException(
                    $"The predicted distributions of '{output.Name}' have no spread to normalise by; use another ‹ConformalOptions.Numbers›.");
        }
        var scores = new double[truth.Length];
        for (var row = 0; row < scores.Length; row++)
        {
            var b = basis[row];
            if (double.IsNaN(b.Low + b.High + b.Scale))
                throw new FaceBiasException(
                    $"The model gives no number for '{output.Name}' in calibration row {row + 1} (NaN); train it again, or leave the row out.");
            scores[row] = ConformalScores.Number(truth[row], b.Low, b.High, Math.Max(b.Scale, least));
        }
        return Calibrate(output, scores, null, rows, options) with { LeastDeviation = least };
    }

    private static void CheckProbabilities(string target, ReadOnlySpan<float> p, int row)
    {
        double sum = 0;
        foreach (var v in p)
        {
            if (!(v is >= -1e-6f and <= 1 + 1e-6f))
                throw new FaceBiasException(
                    FormattableString.Invariant(
                        $"Calibration row {row + 1} has the probability {v} for '{target}'; probabilities lie between 0 and 1."));
            sum += v;
        }
        if (Math.Abs(sum - 1) > 0.01)
            throw new FaceBiasException(
                FormattableString.Invariant(
                    $"The probabilities of '{target}' in calibration row {row + 1} sum to {sum:0.####}, not 1; give those of every class."));
    }

    private static ConformalTarget Calibrate(OutputSpec output, double[] scores, int[]? truth, CalibrationRows rows,
        ConformalOptions options)
    {
        var notices = new List<string>();
        ConformalGroup[] groups = options.Method == ConformalMethod.Split ? []
            : options.Method == ConformalMethod.ClassConditional ? [Own(output, rows)]
            : [.. options.Groups.Select(name => name == output.Name ? Own(output, rows) : Group(name, rows))];
        if (CutoffTable.Count(groups) > CutoffTable.MostPatterns)
        {
            throw new FaceBiasException(
                string.Create(CultureInfo.InvariantCulture,
                    $"The groups {string.Join(" x ", groups.Select(g => $"{g.Name} ({g.Levels.Count})"))} make {CutoffTable.Count(groups):N0} patterns, ")
                + $"more than the {CutoffTable.MostPatterns:N0} that a model can hold; name fewer ‹ConformalOptions.Groups›.");
        }
        var codes = groups.Select(
            g => g.Name == output.Name && truth is not null ? truth
                : Codes(g, g.Name == output.Name ? rows.Labels : rows.Groups.First(t => t.Name == g.Name))).ToArray();
        int[] labelled = [.. Enumerable.Range(0, scores.Length).Where(r => !double.IsNaN(scores[r]))];
        int[] used = [.. labelled.Where(
            r => codes.Select((c, g) => c[r] >= 0 && c[r] < groups[g].Unknown).All(x => x))];
        if (used.Length == 0)
            throw new FaceBiasException(
                $"No calibration row has a true '{output.Name}'{(groups.Length > 0 ? $" and a value of {string.Join(", ", groups.Select(g => g.Name))}" : "")}; give labels of rows that the model was not trained on.");
        notices.Add(string.Create(CultureInfo.InvariantCulture,
            $"'{output.Name}': calibrated on {used.Length:N0} rows that the model was not trained on, for a coverage of {options.Level:0.####}{Guarantee(options)}."));
        if (used.Length < labelled.Length)
            notices.Add(string.Create(CultureInfo.InvariantCulture,
                $"'{output.Name}': {labelled.Length - used.Length:N0} calibration rows without a value of {string.Join(", ", groups.Select(g => g.Name))} were left out."));
        double[] all = [.. used.Select(r => scores[r]).Order()];
        var marginal = ConformalQuantile.Of(all, options.Level);
        if (options.Method == ConformalMethod.Split)
        {
            var expected = ConformalQuantile.Fluctuation(all.Length, options.Level, 0.95);
            notices.Add(double.IsInfinity(marginal) ? TooFew($"'{output.Name}'", all.Length, options.Level)
                : string.Create(CultureInfo.InvariantCulture,
                    $"'{output.Name}': by the luck of {all.Length:N0} calibration rows alone, coverage lies between {expected.Low:0.000} and {expected.High:0.000} (95%)."));
        }
        var table = options.Method switch
        {
            ConformalMethod.Split => new([], [double.IsInfinity(marginal) ? null : marginal], [all.Length]),
            ConformalMethod.Overlapping =>
                Overlapping.Table(groups, codes, used, scores, options, output.Name, notices),
            _ => Separate(groups, codes, used, scores, options, output.Name, notices),
        };
        return new()
        {
            Name = output.Name, IsNumber = output is NumericOutput, Options = options, Rows = used.Length,
            Marginal = double.IsInfinity(marginal) ? null : marginal, Table = table, Notices = notices,
        };
    }

    private static string Guarantee(ConformalOptions options) => options.Method switch
    {
        ConformalMethod.Split => " over all rows",
        ConformalMethod.ClassConditional => " in each class",
        ConformalMethod.Mondrian => $" in each combination of {string.Join(", ", options.Groups)}",
        _ => $" in each group of {string.Join(", ", options.Groups)}{(options.Crossing > 1 && options.Groups.Count > 1 ? " and each crossing of them" : "")} at once",
    };

    internal static string TooFew(string group, int rows, double level) => string.Create(CultureInfo.InvariantCulture,
        $"{group}: {rows:N0} calibration row{(rows == 1 ? " is" : "s are")} too few for a coverage of {level:0.####}, which takes at least {ConformalQuantile.FewestRows(level):N0}; every value is in its set.");

    /// <summary>A cutoff for each combination of levels from its own rows.</summary>
    private static CutoffTable Separate(ConformalGroup[] groups, int[][] codes, int[] used, double[] scores,
        ConformalOptions options, string name, List<string> notices)
    {
        var empty = new CutoffTable(groups, [], []);
        var known = new Dictionary<int, (int, double)>();
        foreach (var cell in used.GroupBy(r => empty.Pattern([.. codes.Select(c => c[r])])).OrderBy(c => c.Key))
        {
            double[] own = [.. cell.Select(r => scores[r]).Order()];
            known[cell.Key] = (own.Length, ConformalQuantile.Of(own, options.Level));
            if (double.IsInfinity(known[cell.Key].Item2))
                notices.Add(TooFew(
                    $"'{name}', {string.Join(", ", groups.Select((g, i) => g.Levels[codes[i][cell.First()]]))}",
                    own.Length, options.Level));
        }
        return CutoffTable.Of(groups, known);
    }

    /// <summary>The target as a group of its own.</summary>
    private static ConformalGroup Own(OutputSpec output, CalibrationRows rows) =>
        output is CategoricalOutput c ? new(c.Name, c.Classes) : Banded(rows.Labels, rows);

    private static ConformalGroup Group(string name, CalibrationRows rows)
    {
        var column = rows.Groups.FirstOrDefault(t => t.Name == name)
            ?? throw new FaceBiasException(
                $"The calibration rows have no column '{name}' to group by; they have {rows.Groups.Select(g => g.Name).Quoted()}.");
        return column.Kind == TargetKind.Numeric ? Banded(column, rows) : new(name, Seen(column));
    }

    private static string[] Seen(Target column)
    {
        var seen = column.Codes.Where(c => c >= 0).ToHashSet();
        string[] levels = [.. column.Classes.Where((_, i) => seen.Contains(i))];
        return levels.Length > 0 ? levels
            : throw new FaceBiasException(
                $"Column '{column.Name}' is empty in the calibration rows; leave it out of the groups.");
    }

    private static ConformalGroup Banded(Target column, CalibrationRows rows)
    {
        double[] known = [.. column.Values.Where(v => !double.IsNaN(v))];
        if (known.Length == 0)
            throw new FaceBiasException(
                $"Column '{column.Name}' is empty in the calibration rows; leave it out of the groups.");
        var edges = rows.Bands?.GetValueOrDefault(column.Name)
            ?? new AuditOptions().Bands.GetValueOrDefault(column.Name) ?? Banding.Quintiles(known);
        var named = Banding.Cut(column.Name, column.Name, known, edges);
        return new(column.Name, [.. named.Levels.Take(edges.Count)], edges);
    }

    private static int[] Codes(ConformalGroup group, Target column) => column.Kind == TargetKind.Numeric
        ? [.. column.Values.Select(group.Find)]
        : [.. column.Codes.Select(c => c < 0 ? group.Unknown : group.Find(column.Classes[c]))];
}
