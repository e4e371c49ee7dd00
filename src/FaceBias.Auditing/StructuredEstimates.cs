using System.Text.Json.Serialization;

namespace FaceBias.Auditing;

/// <summary>What structured regression says about the groups of a crossing: each as the sum of what its levels add,
/// combined with its own rows.</summary>
/// <param name="Metric">The metric's key.</param>
/// <param name="Terms">What the estimates are made of: levels, pairs of levels, and shares of control
/// attributes.</param>
/// <param name="Unexplained">Standard deviation of what they leave unsaid, in units of the metric.</param>
/// <param name="Fit">Whether an intersection is worse than its parts add up to.</param>
/// <param name="Groups">Every group with rows.</param>
/// <param name="Class">The class set against the rest, or null.</param>
internal sealed record StructuredEstimates(
    string Metric, IReadOnlyList<string> Terms, double Unexplained, GoodnessOfFit Fit,
    IReadOnlyList<StructuredGroup> Groups,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Class = null)
{
    // More could not be simulated while somebody waits.
    private const int MostCells = 400, MostTerms = 400;

    /// <summary>The estimates of the finding's metric in a crossing of attributes; null where it has too few groups, or
    /// rows carry weights.</summary>
    internal static StructuredEstimates? Of(
        GroupedRows data, IReadOnlyList<GroupAudit> groups, IReadOnlyList<AttributeData> attributes,
        IReadOnlyList<AttributeData> controls, AuditOptions options)
    {
        var names = data.Grouping.Attributes;
        if (names.Length < 2 || data.Ranks.Weights is not null)
            return null;
        AttributeData[] crossed = [.. names.Select(n => attributes.First(a => a.Name == n))];
        AttributeData[] benign = [.. controls.Where(c => !names.Contains(c.Name))];
        int[] levels = [.. crossed.Select(a => a.Levels.Length)];
        var terms = levels.Sum() + (levels.Length > 2 ? (levels.Sum() * levels.Sum()) - levels.Sum(l => l * l) : 0)
            + benign.Sum(b => b.Levels.Length - 1);
        var metric = FindingMetric.Of(data.Target, options)[0];
        var values = metric.Metric == Metrics.MeanAbsoluteError.Key ? data.AbsoluteError
            : metric.Metric == "signed_error" ? data.SignedError : null;
        var rates = values is null;
        var (cells, found, pools) = (new List<StructuredCell>(), new List<int>(), new List<Moments>());
        for (var cell = 0; cell < groups.Count && terms <= MostTerms; cell++)
        {
            double n, mean;
            if (rates)
            {
                if (groups[cell].Find(metric.Metric, metric.Class) is not { Numerator: { } hits, Denominator: > 0 } e)
                    continue;
                (n, mean) = (e.EffectiveN ?? e.Denominator, (double)hits / e.Denominator);
            }
            else
            {
                var moments = Moments.Of(data.Independent(values!, cell));
                if (moments.Count == 0)
                    continue;
                pools.Add(moments);
                (n, mean) = (moments.Count, Moments.Of(values![cell]).Mean);
            }
            found.Add(cell);
            cells.Add(new(Codes(cell, levels), n, mean, Shares(data, cell, benign)));
        }
        if (cells.Count is < StructuredRegression.FewestCells or > MostCells)
            return null;
        var degrees = pools.Sum(p => p.Count - 1);
        var pooled = rates || degrees < 1 ? double.NaN
            : pools.Where(p => p.Count > 1).Sum(p => p.Variance * (p.Count - 1)) / degrees;
        if (StructuredRegression.Of(cells, levels, rates, pooled, options.Confidence, options.Seed) is not { } fitted)
            return null;
        string[] covariates = [.. benign.SelectMany(b => b.Levels.Skip(1).Select(l => $"share of {b.Name} {l}"))];
        var described = fitted.Kept.Select(k => Describe(k, crossed, covariates)).ToArray();
        StructuredGroup[] made = [.. found.Select((cell, i) => new StructuredGroup(
            groups[cell].Levels, groups[cell].N, cells[i].Mean, fitted.Values[i].Model, fitted.Values[i].Combined,
            fitted.Values[i].Low, fitted.Values[i].High,
            double.IsNaN(fitted.Values[i].ExcessP) ? null : fitted.Values[i].ExcessP))];
        return new(metric.Metric, described, fitted.Tau,
            GoodnessOfFit.Of(fitted.Fit, made, names, Metrics.Find(metric.Metric), options), made, metric.Class);
    }

    private static int[] Codes(int cell, int[] levels)
    {
        var codes = new int[levels.Length];
        for (var a = levels.Length - 1; a >= 0; a--)
            (cell, codes[a]) = Math.DivRem(cell, levels[a]);
        return codes;
    }

    private static double[] Shares(GroupedRows data, int cell, AttributeData[] benign)
    {
        if (benign.Length == 0)
            return [];
        int[] rows = [.. data.Ranks.Scored.Where(r => data.Grouping.Cells[r] == cell)];
        return [.. benign.SelectMany(
            b => Enumerable.Range(1, b.Levels.Length - 1).Select(
                l => rows.Length == 0 ? 0 : rows.Count(r => b.Codes[r] == l) / (double)rows.Length))];
    }

    private static string Describe(string term, AttributeData[] crossed, string[] covariates) => term[0] == '+'
        ? covariates[int.Parse(term[1..], System.Globalization.CultureInfo.InvariantCulture)]
        : string.Join(", ", term.Split(' ').Select(t => t.Split('=') is [var a, var l]
            ? $"{crossed[int.Parse(a, System.Globalization.CultureInfo.InvariantCulture)].Name} {crossed[int.Parse(a, System.Globalization.CultureInfo.InvariantCulture)].Levels[int.Parse(l, System.Globalization.CultureInfo.InvariantCulture)]}" : t));
}

/// <summary>A group by structured regression.</summary>
/// <param name="Levels">Its levels.</param>
/// <param name="N">Its rows.</param>
/// <param name="Raw">The metric of its rows alone.</param>
/// <param name="Model">What its levels add up to.</param>
/// <param name="Estimate">Both combined, each by what it is worth.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="ExcessP">How often, where levels only add up, some group deviates from its sum by as many standard
/// errors as this one does; null where the groups are too few to tell.</param>
internal sealed record StructuredGroup(
    IReadOnlyList<string> Levels, int N, double Raw, double Model, double Estimate, double Low, double High,
    double? ExcessP);

/// <summary>Whether the levels of a crossing only add up.</summary>
/// <param name="Statistic">Σ (raw - sum)²/variance over the groups; null where the groups are too few.</param>
/// <param name="Degrees">Groups less what the sums are fitted with.</param>
/// <param name="P">How often as large a value comes about where levels only add up, by simulation.</param>
/// <param name="Sentence">The same in words.</param>
internal sealed record GoodnessOfFit(double? Statistic, int Degrees, double? P, string Sentence)
{
    internal static GoodnessOfFit Of((double Statistic, int Degrees, double P) fit, StructuredGroup[] groups,
        string[] names, Metric metric, AuditOptions options)
    {
        var crossing = string.Join(" and ", names);
        if (double.IsNaN(fit.P))
            return new(null, fit.Degrees, null,
                $"Whether the levels of {crossing} only add up cannot be told: there are no more groups than levels.");
        var p = fit.P < 0.0095 ? "p < 0.01" : FormattableString.Invariant($"p = {fit.P:0.00}");
        StructuredGroup[] apart = [.. groups.Where(g => g.ExcessP <= options.Alpha).OrderBy(g => g.ExcessP)];
        var text = fit.P > options.Alpha && apart.Length == 0
            ? $"No group of {crossing} is shown to be other than what its levels add up to ({p})."
            : $"The levels of {crossing} {(fit.P > options.Alpha ? "add up on the whole" : "do not only add up")} ({p}){(apart.Length == 0 ? "; no single group stands out." : $": {string.Join("; ", apart.Take(3).Select(Apart))}.")}";
        return new(fit.Statistic, fit.Degrees, fit.P, text);

        string Apart(StructuredGroup g) =>
            $"{string.Join(", ", g.Levels)} has {MetricText.Value(g.Raw, metric)} where its levels alone make {MetricText.Value(g.Model, metric)}";
    }
}
