using FaceBias.Primitives.Clustering;
using FaceBias.Primitives.Randomness;
using FaceBias.Reporting;
using MathNet.Numerics.Distributions;

namespace FaceBias.Workflows.Errors;

/// <summary>Analyses the errors of one target on the test rows of a run.</summary>
/// <param name="features">Features by id; null where there are none.</param>
internal sealed class ErrorAnalyser(Table table, AuditResult audit, Func<string, float[]?>? features,
    ErrorRunOptions options)
{
    private const int MostPoints = 2000, MostClusters = 6, ErrorsPerCluster = 25, Examples = 6, MostShared = 3;

    /// <summary>Of a number, the tenth with the largest errors is looked at as errors.</summary>
    private const double LargestShare = 0.1;

    private const double Alpha = 0.05;

    private readonly TextColumn _ids = table.Text("id");
    private (string Name, TextColumn Column)[]? _attributes;

    public ErrorAnalysis Analyse(TargetAudit target)
    {
        var numeric = target.Kind == TargetKind.Numeric;
        Column predicted = table[target.Name], truth = table[$"{target.Name}_true"];
        int[] rows = [.. Enumerable.Range(0, table.RowCount).Where(r => Known(predicted, r) && Known(truth, r))];
        double Error(int r) => ((NumberColumn)predicted)[r] - ((NumberColumn)truth)[r];
        double Confidence(int r) => table.Has($"{target.Name}_p_{((TextColumn)predicted)[r]}")
            ? ((NumberColumn)table[$"{target.Name}_p_{((TextColumn)predicted)[r]}"])[r] : double.NaN;
        int[] wrong = numeric
            ? [.. rows.OrderByDescending(r => Math.Abs(Error(r))).ThenBy(r => _ids[r], StringComparer.Ordinal)
                .Take((int)Math.Ceiling(LargestShare * rows.Length)).Where(r => Error(r) != 0)]
            : [.. rows.Where(r => ((TextColumn)predicted)[r] != ((TextColumn)truth)[r]).OrderByDescending(
                r => Confidence(r) is var c && double.IsNaN(c) ? -1 : c).ThenBy(r => _ids[r], StringComparer.Ordinal)];
        ErrorPicture Picture(int r) =>
            new(_ids[r] ?? "", LabelText.Of(truth, r) ?? "",
                numeric ? FormattableString.Invariant($"{((NumberColumn)predicted)[r]:0.#}")
                    : ((TextColumn)predicted)[r]!,
            numeric ? Error(r) : Confidence(r) is var c && double.IsNaN(c) ? null : c, Groups(r));
        var (clusters, why) = Clusters(rows, wrong, Picture, numeric ? Error : null);
        return new()
        {
            Target = target.Name,
            Kind = target.Kind,
            Unit = target.Unit,
            Rows = rows.Length,
            Worst = [.. (numeric ? rows.OrderByDescending(Error).ThenBy(r => _ids[r], StringComparer.Ordinal)
                .Where(r => Error(r) > 0) : wrong).Take(options.Pictures).Select(Picture)],
            Under = numeric ? [
                .. rows.OrderBy(Error).ThenBy(r => _ids[r], StringComparer.Ordinal).Where(r => Error(r) < 0)
                    .Take(options.Pictures).Select(Picture)] : [],
            Points = numeric ? Points(rows, (NumberColumn)truth, (NumberColumn)predicted)
                : new Dictionary<string, IReadOnlyList<ErrorPoint>>(),
            Decades = numeric && target.Unit == "years"
                ? [.. rows.GroupBy(
                    r => (Truth: Ten(((NumberColumn)truth)[r]), Predicted: Ten(((NumberColumn)predicted)[r])))
                .Select(g => new DecadeCell(g.Key.Truth, g.Key.Predicted, g.Count())).OrderBy(d => d.Truth)
                .ThenBy(d => d.Predicted)] : [],
            Crossed = [.. Crossed(target)],
            Clusters = clusters,
            NoClusters = why,
        };
    }

    private static int Ten(double years) => (int)Math.Floor(years / 10);

    private static bool Known(Column column, int row) =>
        column is NumberColumn n ? !double.IsNaN(n[row]) : ((TextColumn)column)[row] is not null;

    /// <summary>The attributes that rows can share: the columns that the audit groups by, numbers in its
    /// bands.</summary>
    private (string Name, TextColumn Column)[] Attributes() =>
        _attributes ??= [.. audit.Attributes.Where(a => table.Has(a.Column)).Select(a => (a.Name, table[a.Column] switch
    {
        TextColumn words => words,
        var number => Bands(a.Name, (NumberColumn)number),
    }))];

    private TextColumn Bands(string name, NumberColumn number)
    {
        var bands = Banding.Cut(name, number.Name, number.Values,
            audit.Options.Bands.GetValueOrDefault(name) ?? Banding.Quintiles(number.Values));
        return new(name, [.. bands.Codes.Select((c, i) => double.IsNaN(number.Values[i]) ? null : bands.Levels[c])]);
    }

    private Dictionary<string, string> Groups(int row) =>
        Attributes().Where(a => a.Column[row] is not null).ToDictionary(a => a.Name, a => a.Column[row]!);

    private Dictionary<string, IReadOnlyList<ErrorPoint>> Points(int[] rows, NumberColumn truth, NumberColumn predicted)
    {
        var sample = (int[])rows.Clone();
        if (sample.Length > MostPoints)
        {
            new RandomSource(options.Seed).Stream("scatter").Shuffle<int>(sample);
            sample = sample[..MostPoints];
        }
        return sample.Length < 2 ? []
            : Attributes().Where(a => a.Name != truth.Name && $"{a.Name}_true" != truth.Name).ToDictionary(a => a.Name,
                a => (IReadOnlyList<ErrorPoint>)[
                    .. sample.Where(r => a.Column[r] is not null).Select(
                        r => new ErrorPoint(truth[r], predicted[r], a.Column[r]!))])
            .Where(p => p.Value.Count > 1).ToDictionary(p => p.Key, p => p.Value);
    }

    private static IEnumerable<CrossedErrors> Crossed(TargetAudit target)
    {
        var numeric = target.Kind == TargetKind.Numeric;
        var metric = numeric ? "mae" : "accuracy";
        return target.Groupings.Where(g => g.Attributes.Count > 1).SelectMany(
            g => g.Groups.Select(x => (Grouping: g, Group: x, Estimate: x.Find(metric))))
            .Where(x => x.Estimate is { Value: not null })
            .Select(x => numeric
                ? new CrossedErrors(string.Join(" x ", x.Grouping.Attributes), x.Group.Name(), x.Group.N, "mae",
                    x.Estimate!.Value!.Value, x.Estimate.Low, x.Estimate.High)
                : new CrossedErrors(string.Join(" x ", x.Grouping.Attributes), x.Group.Name(), x.Group.N, "error_rate",
                    1 - x.Estimate!.Value!.Value, 1 - x.Estimate.High, 1 - x.Estimate.Low))
            .OrderByDescending(c => c.Value);
    }

    private (IReadOnlyList<ErrorCluster> Clusters, string? Why) Clusters(int[] rows, int[] wrong,
        Func<int, ErrorPicture> picture, Func<int, double>? error)
    {
        if (features is null)
            return ([], "The run has no features to group errors by.");
        var vectors = wrong.Select(r => (Row: r, Vector: features(_ids[r] ?? ""))).Where(v => v.Vector is not null)
            .ToArray();
        var k = Math.Min(MostClusters, vectors.Length / ErrorsPerCluster);
        if (k < 1)
            return ([], $"{vectors.Length} errors are too few to group: {ErrorsPerCluster} make a group.");
        var width = vectors[0].Vector!.Length;
        var all = new float[vectors.Length * width];
        for (var i = 0; i < vectors.Length; i++)
        {
            var norm = System.Numerics.Tensors.TensorPrimitives.Norm<float>(vectors[i].Vector!);
            System.Numerics.Tensors.TensorPrimitives.Divide(vectors[i].Vector!, norm > 0 ? norm : 1,
                all.AsSpan(i * width, width));
        }
        var fit = KMeans.Fit(all, width, k, unchecked((ulong)options.Seed), starts: 3);
        var attributes = Attributes();
        var looks = attributes.Sum(a => a.Column.Levels.Length) * k;
        return ([.. Enumerable.Range(0, k).Select(c =>
        {
            int[] members = [.. Enumerable.Range(0, vectors.Length).Where(i => fit.Assignment[i] == c)];
            int[] inside = [.. members.Select(i => vectors[i].Row)];
            var nearest = members.OrderBy(i => fit.Nearest(all.AsSpan(i * width, width)).Distance).Take(Examples)
                .Select(i => picture(vectors[i].Row));
            return new ErrorCluster(inside.Length,
                [.. attributes.SelectMany(a => Shared(a.Name, a.Column, rows, inside, looks)).OrderBy(s => s.P)
                    .Take(MostShared)], [.. nearest],
                error is null || inside.Length == 0 ? null : inside.Average(error));
        }).Where(c => c.Errors > 0).OrderByDescending(c => c.Errors)], null);
    }

    /// <summary>Levels that the errors of a cluster have more of than all rows do (hypergeometric, corrected by
    /// Bonferroni).</summary>
    private static IEnumerable<SharedLevel> Shared(string name, TextColumn column, int[] rows, int[] inside, int looks)
    {
        for (var level = 0; level < column.Levels.Length; level++)
        {
            int all = rows.Count(r => column.Codes[r] == level), here = inside.Count(r => column.Codes[r] == level);
            if (here == 0 || (double)here / inside.Length <= (double)all / rows.Length)
                continue;
            var p = Math.Min(1, looks * (1 - Hypergeometric.CDF(rows.Length, all, inside.Length, here - 1)));
            if (p <= Alpha)
                yield return new(name, column.Levels[level], (double)here / inside.Length, (double)all / rows.Length,
                    Math.Max(0, p));
        }
    }
}
