using FaceBias.Primitives.Randomness;
using MathNet.Numerics.Distributions;

namespace FaceBias.Auditing;

/// <summary>Two models on the same rows, for one target and one group.</summary>
/// <param name="Target">The target.</param>
/// <param name="Attribute">The grouping attribute; empty for all rows.</param>
/// <param name="Group">The group's level; "all" for all rows.</param>
/// <param name="Metric">accuracy, or mae for a number.</param>
/// <param name="N">Rows that both models have predicted.</param>
/// <param name="First">The first model's metric on these rows; null where there are too few.</param>
/// <param name="Second">The second model's.</param>
/// <param name="Difference">Second minus first.</param>
/// <param name="Low">Lower end of the paired bootstrap's interval of the difference; clusters are resampled
/// whole.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="P">Exact McNemar test, or paired t test of the absolute errors; of clustered rows, for both, the t test
/// of the clusters' sums (Obuchowski 1998).</param>
/// <param name="AdjustedP">P corrected by Holm for all comparisons of the table.</param>
/// <param name="Reason">Why there is no metric.</param>
public sealed record PairedResult(
    string Target, string Attribute, string Group, string Metric, int N, double? First, double? Second,
    double? Difference,
    double? Low, double? High, double? P, double? AdjustedP, string? Reason);

/// <summary>Compares two models that predicted the same images. A paired comparison sees much smaller differences than
/// two audits side by side.</summary>
public static class ModelComparison
{
    /// <summary>Compares the targets that both tables have, over all rows and over every single attribute of the first
    /// table. Rows are matched by id.</summary>
    /// <exception cref="FaceBiasException">The tables share no id or no target, or their truths disagree.</exception>
    public static IReadOnlyList<PairedResult> Of(Table first, Table second, AuditOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        options ??= new();
        options.Check();
        (first, second) = ById(first, second);
        if (options.Weights is not null)
            throw new FaceBiasException("‹Compare› does not weigh rows; leave ‹Weights› out.");
        PredictionTable a = new(first, options),
            b = new(second, options with { Groups = [], Control = [], Ordinal = [], Bands = new AuditOptions().Bands,
                Cluster = null, Split = options.Split == new AuditOptions().Split || second.Has("split") ? options.Split
                    : null, Where = [.. options.Where.Where(w => second.Has(w.Split('=')[0]))] });
        var places = Enumerable.Range(0, b.RowCount).ToDictionary(b.Id, row => row, StringComparer.Ordinal);
        int[] other = [.. Enumerable.Range(0, a.RowCount).Select(row => places.GetValueOrDefault(a.Id(row), -1))];
        if (other.All(r => r < 0))
            throw new FaceBiasException(
                "The two tables have no id in common; they must hold predictions of the same images.");
        var results = new List<PairedResult>();
        foreach (var x in a.Targets)
        {
            if (x.NoTruth)
                throw new FaceBiasException(
                    $"'{x.Name}' has no truth, so no model can be shown to be better; name it by ‹Truth›.");
            if (b.Targets.FirstOrDefault(t => t.Name == x.Name && t.Kind == x.Kind) is not { } y)
                continue;
            int[] rows = [.. Enumerable.Range(0, a.RowCount).Where(
                r => other[r] >= 0 && x.HasTruth(r) && x.HasPrediction(r)
                && y.HasTruth(other[r]) && y.HasPrediction(other[r]))];
            CheckTruths(x, y, rows, other, a.Id);
            results.Add(Compare(x, y, rows, other, "", "all", a.Clusters, options));
            foreach (var attribute in a.Attributes)
            {
                for (var level = 0; level < attribute.Levels.Length; level++)
                    results.Add(Compare(x, y, [.. rows.Where(r => attribute.Codes[r] == level)], other, attribute.Name,
                        attribute.Levels[level], a.Clusters, options));
            }
        }
        if (results.Count == 0)
            throw new FaceBiasException(
                "The two tables have no target in common; both need the columns T and T_true of one.");
        PairedResult[] tested = [.. results.Where(r => r.P is not null)];
        var adjusted = tested.Zip(Verdicts.Holm([.. tested.Select(r => r.P!.Value)]))
            .ToDictionary(z => z.First, z => z.Second,
                (IEqualityComparer<PairedResult>)ReferenceEqualityComparer.Instance);
        return [.. results.Select(r => adjusted.TryGetValue(r, out var p) ? r with { AdjustedP = p } : r)];
    }

    /// <summary>The column by which rows of two tables without a column 'id' are matched: one that both have, that
    /// names pictures or the like, and of which each has every value once; null where there is none.</summary>
    internal static string? Key(Table first, Table second) => first.Has("id") && second.Has("id") ? "id"
        : first.Columns.Select(c => c.Name).FirstOrDefault(n => UnitNames.IsItem(n) && second.Has(n)
            && IsUnique(first.Text(n)) && IsUnique(second.Text(n)));

    private static bool IsUnique(TextColumn column) =>
        Array.TrueForAll(column.Codes, c => c >= 0) && column.Codes.Distinct().Count() == column.Count;

    private static (Table First, Table Second) ById(Table first, Table second)
    {
        if (Key(first, second) is { } key)
            return key == "id" ? (first, second) : (Renamed(first), Renamed(second));
        var name = first.Has("id") ? "second" : "first";
        if (first.Columns.FirstOrDefault(c => UnitNames.IsItem(c.Name) && second.Has(c.Name)) is { Name: var repeated })
            throw new FaceBiasException($"Rows of the two tables could be matched by '{repeated}', but the "
                + $"{(IsUnique(first.Text(repeated)) ? "second" : "first")} has a value of it twice or none; keep one row "
                + "of each.");
        throw new FaceBiasException($"The {name} table has no column 'id' to match its rows by, and no other of both "
            + "names each row once (image, file, path, ...); add one.", ErrorKind.Missing);

        Table Renamed(Table table) => table.With(
            [.. table.Columns.Where(c => c.Name != "id"), table[key].Rename("id")]);
    }

    private static PairedResult Compare(TargetData x, TargetData y, int[] rows, int[] other, string attribute,
        string group, int[]? clusters, AuditOptions options)
    {
        var metric = Metrics.Primary(x.Kind).Key;
        if (GroupMeasures.Refuse(metric, rows.Length, options) is { } refusal)
            return new(x.Name, attribute, group, metric, rows.Length, null, null, null, null, null, null, null,
                refusal.Reason);
        double[] first = [.. rows.Select(r => Outcome(x, r))], second = [.. rows.Select(r => Outcome(y, other[r]))];
        double[] differences = [.. second.Zip(first, (s, f) => s - f)];
        double p;
        Interval interval;
        var difference = Moments.Of(differences).Mean;
        if (clusters is not null)
        {
            // One value per cluster, with the mean of the rows and the spread of a mean of clusters.
            var parts = new ClusteredRows(clusters, rows, Grouping.Everything(clusters.Length));
            if (parts.Count(0) < 2)
                return new(x.Name, attribute, group, metric, rows.Length, null, null, null, null, null, null, null,
                    "not estimable: all rows are of one cluster, and it takes two");
            differences = parts.PseudoValues(0, rows, differences);
        }
        var moments = Moments.Of(differences);
        if (x.Kind == TargetKind.Categorical && (clusters is null || moments.Variance < 1e-20))
        {
            long worse = differences.Count(d => d < 0), better = differences.Count(d => d > 0);
            (p, interval) = (PairedTest.McNemar(worse, better), OfLabels(worse, better, differences.Length, options));
        }
        else
        {
            p = moments.Variance == 0 ? (moments.Mean == 0 ? 1 : 0)
                : 2 * StudentT.CDF(0, 1, differences.Length - 1,
                    -Math.Abs(moments.Mean) / Math.Sqrt(moments.Variance / differences.Length));
            Array.Sort(differences);
            interval = Bootstrap.Mean(differences, metric, options);
        }
        return new(x.Name, attribute, group, metric, rows.Length, Moments.Of(first).Mean, Moments.Of(second).Mean,
            difference,
            interval.Low, interval.High, p, null, null);
    }

    /// <summary>The paired bootstrap of a difference of accuracies: rows that only one model gets right are drawn as
    /// counts. Where the models agree in all rows, by Wilson's bound of the share in which they might not.</summary>
    private static Interval OfLabels(long worse, long better, int n, AuditOptions options)
    {
        if (worse + better == 0)
        {
            var bound = Interval.Wilson(0, n, Interval.Z(options.Confidence)).High;
            return new(-bound, bound);
        }
        var random = new RandomSource(options.Seed).Stream("paired", n);
        var replicates = new double[options.BootstrapReplicates];
        Span<long> drawn = stackalloc long[3];
        for (var r = 0; r < replicates.Length; r++)
        {
            CountSampling.Multinomial(ref random, [worse, better, n - worse - better], drawn);
            replicates[r] = (drawn[1] - drawn[0]) / (double)n;
        }
        return Bootstrap.Percentile(replicates, (better - worse) / (double)n, options.Confidence);
    }

    private static double Outcome(TargetData target, int row) => target.Kind == TargetKind.Categorical
        ? target.Truth[row] == target.Predicted[row] ? 1 : 0
        : Math.Abs(target.PredictedValue[row] - target.TruthValue[row]);

    private static void CheckTruths(TargetData x, TargetData y, int[] rows, int[] other, Func<int, string> id)
    {
        foreach (var r in rows)
        {
            var same = x.Kind == TargetKind.Categorical ? x.Classes[x.Truth[r]] == y.Classes[y.Truth[other[r]]]
                : x.TruthValue[r] == y.TruthValue[other[r]];
            if (!same)
                throw new FaceBiasException(
                    $"The two tables give different true values of '{x.Name}' for '{id(r)}'; compare predictions of "
                        + "the same labels.");
        }
    }
}
