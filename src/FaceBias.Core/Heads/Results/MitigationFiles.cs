using System.Text.Json;
using FaceBias.Auditing;
using FaceBias.Core.Data;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Heads.Results;

/// <summary>The table as files and as lines for the console.</summary>
internal static class MitigationFiles
{
    /// <summary>Writes <c>mitigation.json</c> and <c>mitigation.csv</c>.</summary>
    public static void Write(string folder, MitigationResult result)
    {
        AtomicFile.WriteText(Path.Combine(folder, "mitigation.json"),
            JsonSerializer.Serialize(result, CoreJson.Options));
        TableFile.Write(Path.Combine(folder, "mitigation.csv"), ToTable(result));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static MitigationResult Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<MitigationResult>(File.ReadAllText(path), CoreJson.Options)
                ?? throw new JsonException("It is empty.");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new FaceBiasException($"Cannot read '{path}': {e.Message.TrimEnd('.')}; run the comparison again.",
                e);
        }
    }

    /// <summary>One row per method.</summary>
    public static Table ToTable(MitigationResult result)
    {
        var m = result.Methods;
        NumberColumn Number(string name, Func<MethodResult, double?> value) =>
            new(name, [.. m.Select(x => value(x) ?? double.NaN)]);
        var columns = new List<Column>
        {
            new TextColumn("method", [.. m.Select(x => (string?)x.Name)]),
            Number("worst_group", x => x.Worst.Mean), Number("worst_group_sd", x => x.Worst.Deviation),
            Number("group_average", x => x.GroupAverage.Mean),
            Number("group_average_sd", x => x.GroupAverage.Deviation),
            Number("training_weighted_average", x => x.TrainingAverage.Mean),
            Number("training_weighted_average_sd", x => x.TrainingAverage.Deviation),
            Number("gap", x => x.Gap.Value), Number("gap_low", x => x.Gap.Low), Number("gap_high", x => x.Gap.High),
            Number("versus_erm", x => x.VersusErm?.Difference), Number("versus_erm_low", x => x.VersusErm?.Low),
            Number("versus_erm_high", x => x.VersusErm?.High), Number("versus_erm_p_holm", x => x.VersusErm?.AdjustedP),
            Number("recovered", x => x.Recovered),
            Number("seconds", x => x.Seconds),
            new TextColumn("group_labels", [.. m.Select(x => (string?)x.GroupLabels)]),
        };
        for (var g = 0; g < result.GroupNames.Count; g++)
        {
            var at = g;
            columns.Add(Number("group: " + result.GroupNames[g], x => x.Groups[at]));
        }
        return new(columns);
    }

    /// <summary>The console table and what must be said beside it.</summary>
    public static IReadOnlyList<string> Lines(MitigationResult result)
    {
        var chosenByGroups = AllChosenByGroups(result);
        string[] oracle = result.Oracle is null ? [] : ["oracle's gain"];
        List<string[]> rows =
        [
            ["method", "worst group", "group avg", "training avg", "gap", "vs ERM in its worst group", .. oracle,
                "seconds", chosenByGroups ? "group labels seen besides choosing" : "group labels seen"],
        ];
        foreach (var m in result.Oracle is { } bound ? result.Methods.Append(bound) : result.Methods)
        {
            string[] recovered = oracle.Length == 0 ? []
                : [m.Recovered is { } r ? (100 * r).ToString("0", CultureInfo.InvariantCulture) + "%" : "-"];
            rows.Add([m.Title, MetricText(result, m.Worst), MetricText(result, m.GroupAverage),
                MetricText(result, m.TrainingAverage), GapText(result, m.Gap), VersusText(result, m.VersusErm),
                .. recovered, m.Seconds.ToString("0.0", CultureInfo.InvariantCulture),
                chosenByGroups ? BesidesChoosing(m.GroupLabels) : m.GroupLabels]);
        }
        var widths = Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        var lines = rows.Select(
            r => string.Join("  ",
                r.Select((cell, c) => c == 0 || c == r.Length - 1 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c])))
                .TrimEnd()).ToList();
        lines.Insert(1, new string('-', lines.Max(l => l.Length)));
        lines.Insert(0, string.Create(CultureInfo.InvariantCulture,
            $"Perceived {result.Target}{(result.Bias.Length > 0 ? $", groups by {result.Bias}" : "")}: "
                + $"{result.Metric}{(result.IsError ? "" : " in %")} on {result.GroupSizes[2].Sum():N0} test rows, "
                + $"{(result.SeedCount > 1 ? $"mean ± deviation over {result.SeedCount} seeds" : "one seed")}; up to "
                + $"{result.Trials} setting{(result.Trials == 1 ? "" : "s")} per seed, chosen by {result.Selection}."));
        lines.Add("Group avg: unweighted mean over groups. Training avg: weighted by the groups' share of the "
            + "training rows. Gap: best minus worst group with its 95% interval.");
        if (result.Oracle is not null)
            lines.Add("Oracle: ERM trained on rows without the correlation. Oracle's gain: how far the worst group "
                + "came from ERM's metric to the oracle's.");
        for (var g = 0; g < result.GroupNames.Count; g++)
            if (result.GroupSizes[2][g] == 0)
                lines.Add($"No test row is in group '{result.GroupNames[g]}': how it is served is not estimable, and "
                    + "the worst group is that of the others.");
        lines.AddRange(EffectLines(result));
        lines.AddRange(result.Skipped.Select(s => "Left out: " + s));
        return lines;
    }

    /// <summary>What each method did, per line: effective rows of all rows that it weighs, the share of each group in
    /// its weights, and test rows moved against ERM. All are means over seeds.</summary>
    internal static IReadOnlyList<IReadOnlyList<string>> Effects(MitigationResult result) =>
        [.. result.Methods.Select(m =>
        {
            var weights = m.Seeds.Select(s => s.Weights).OfType<ImpliedWeights>().ToArray();
            string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
            string Share(int g) => weights.Length == 0 || weights[0].Shares.Count == 0 ? "-"
                : (100 * weights.Average(w => w.Shares[g])).ToString("0.0", CultureInfo.InvariantCulture);
            string moved = m.Moved is { } d
                ? $"{Count(d.Groups.Sum(g => g.Better))} / {Count(d.Groups.Sum(g => g.Worse))}" : "-";
            return (IReadOnlyList<string>)[m.Title,
                weights.Length == 0 ? "-"
                    : $"{Count(weights.Average(w => w.EffectiveRows))} of {Count(weights.Average(w => w.Rows))}",
                .. result.Bias.Length == 0 ? [] : Enumerable.Range(0, result.GroupNames.Count).Select(Share), moved];
        })];

    internal static IReadOnlyList<string> EffectHeaders(MitigationResult result) =>
        ["method", "effective rows", .. result.Bias.Length == 0 ? [] : result.GroupNames,
            result.IsError ? "smaller / larger error" : "now right / now wrong"];

    private static IEnumerable<string> EffectLines(MitigationResult result)
    {
        IReadOnlyList<string>[] rows = [EffectHeaders(result), .. Effects(result)];
        var widths = Enumerable.Range(0, rows[0].Count).Select(c => rows.Max(r => r[c].Length)).ToArray();
        yield return "";
        yield return "What each method did: effective number of the rows that it "
            + $"weighs{(result.Bias.Length == 0 ? "" : ", share of each group in these weights in %")}, and test rows "
            + "whose prediction differs from ERM's.";
        foreach (var row in rows)
            yield return string.Join("  ",
                row.Select((cell, c) => c == 0 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd();
    }

    /// <summary>Whether every method saw group labels when settings and epochs were chosen, so that it need be said but
    /// once.</summary>
    internal static bool AllChosenByGroups(MitigationResult result) =>
        result.Methods.All(m => m.GroupLabels.Contains(MitigationResult.Choosing, StringComparison.Ordinal));

    /// <summary>Where else group labels were seen.</summary>
    internal static string BesidesChoosing(string places) =>
        string.Join(", ", places.Split(", ").Where(p => p != MitigationResult.Choosing)) is { Length: > 0 } rest ? rest
            : "nowhere";

    internal static string MetricText(MitigationResult result, Spread s)
    {
        var scale = result.IsError ? 1 : 100;
        var format = result.IsError ? "0.00" : "0.0";
        var mean = (scale * s.Mean).ToString(format, CultureInfo.InvariantCulture);
        return s.Deviation is { } d ? $"{mean}±{(scale * d).ToString(format, CultureInfo.InvariantCulture)}" : mean;
    }

    internal static string GapText(MitigationResult result, GroupGap gap)
    {
        var scale = result.IsError ? 1 : 100;
        var format = result.IsError ? "0.00" : "0.0";
        string F(double v) => (scale * v).ToString(format, CultureInfo.InvariantCulture);
        return gap.Low is { } low && gap.High is { } high ? $"{F(gap.Value)} [{F(low)}, {F(high)}]" : F(gap.Value);
    }

    internal static string VersusText(MitigationResult result, PairedWithErm? v) =>
        v is null ? "-" : DifferenceText(result, v.Difference, v.Low, v.High, v.AdjustedP);

    internal static string DifferenceText(MitigationResult result, double difference, double low, double high,
        double adjusted)
    {
        var scale = result.IsError ? 1 : 100;
        var (format, digits) = result.IsError ? ("+0.00;-0.00", 2) : ("+0.0;-0.0", 1);
        // Adding zero takes the sign from a zero that was a little below.
        string F(double x) => (Math.Round(scale * x, digits) + 0.0).ToString(format, CultureInfo.InvariantCulture);
        var p = adjusted < 0.001 ? "p<0.001" : $"p={adjusted.ToString("0.000", CultureInfo.InvariantCulture)}";
        return $"{F(difference)} [{F(low)}, {F(high)}] {p}";
    }
}
