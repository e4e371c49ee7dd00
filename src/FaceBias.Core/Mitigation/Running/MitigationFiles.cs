using System.Globalization;
using System.Text.Json;
using FaceBias.Core.Data;

namespace FaceBias.Core.Mitigation.Running;

/// <summary>The table as files and as lines for the console.</summary>
public static class MitigationFiles
{
    /// <summary>Writes <c>mitigation.json</c> and <c>mitigation.csv</c>.</summary>
    public static void Write(string folder, MitigationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        AtomicFile.WriteText(Path.Combine(folder, "mitigation.json"), JsonSerializer.Serialize(result, CoreJson.Options));
        TableFile.Write(Path.Combine(folder, "mitigation.csv"), ToTable(result));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static MitigationResult Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<MitigationResult>(File.ReadAllText(path), CoreJson.Options) ?? throw new JsonException("It is empty.");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new FaceBiasException($"Cannot read '{path}': {e.Message.TrimEnd('.')}; run the comparison again.", e);
        }
    }

    /// <summary>One row per method.</summary>
    public static Table ToTable(MitigationResult result)
    {
        var m = result.Methods;
        NumberColumn Number(string name, Func<MethodResult, double?> value) => new(name, [.. m.Select(x => value(x) ?? double.NaN)]);
        var columns = new List<Column>
        {
            new TextColumn("method", [.. m.Select(x => (string?)x.Name)]),
            Number("worst_group", x => x.Worst.Mean), Number("worst_group_sd", x => x.Worst.Deviation),
            Number("group_average", x => x.GroupAverage.Mean), Number("group_average_sd", x => x.GroupAverage.Deviation),
            Number("training_weighted_average", x => x.TrainingAverage.Mean), Number("training_weighted_average_sd", x => x.TrainingAverage.Deviation),
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
        ArgumentNullException.ThrowIfNull(result);
        var rows = new List<string[]> { new[] { "method", "worst group", "group average", "training average", "gap", "versus ERM in its worst group", "seconds", "group labels seen" } };
        foreach (var m in result.Oracle is { } oracle ? result.Methods.Append(oracle) : result.Methods)
            rows.Add([m.Title, Figure(result, m.Worst), Figure(result, m.GroupAverage), Figure(result, m.TrainingAverage), GapText(result, m.Gap),
                VersusText(result, m.VersusErm), m.Seconds.ToString("0.0", CultureInfo.InvariantCulture), m.GroupLabels]);
        var widths = Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        var lines = rows.Select(r => string.Join("  ", r.Select((cell, c) => c == 0 || c == r.Length - 1 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd()).ToList();
        lines.Insert(1, new string('-', lines.Max(l => l.Length)));
        lines.Insert(0, string.Create(CultureInfo.InvariantCulture, $"Perceived {result.Target}{(result.Bias.Length > 0 ? $", groups by {result.Bias}" : "")}: {result.Metric}{(result.IsError ? "" : " in %")} on {result.GroupSizes[2].Sum():N0} test rows, {(result.SeedCount > 1 ? $"mean ± deviation over {result.SeedCount} seeds" : "one seed")}; up to {result.Trials} setting{(result.Trials == 1 ? "" : "s")} per seed, chosen by {result.Selection}."));
        lines.Add("Group average: unweighted mean over groups. Training average: weighted by the groups' share of the training rows. Gap: best minus worst group with its 95% interval.");
        foreach (var m in result.Methods.Where(m => m.Recovered is not null))
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{m.Title} recovers {100 * m.Recovered:0}% of the way from ERM to the oracle."));
        lines.AddRange(result.Skipped.Select(s => "Left out: " + s));
        return lines;
    }

    internal static string Figure(MitigationResult result, Spread s)
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

    internal static string VersusText(MitigationResult result, PairedWithErm? v)
    {
        if (v is null)
            return "-";
        var scale = result.IsError ? 1 : 100;
        var format = result.IsError ? "+0.00;-0.00" : "+0.0;-0.0";
        string F(double x) => (scale * x).ToString(format, CultureInfo.InvariantCulture);
        var p = v.AdjustedP < 0.001 ? "p<0.001" : $"p={v.AdjustedP.ToString("0.000", CultureInfo.InvariantCulture)}";
        return $"{F(v.Difference)} [{F(v.Low)}, {F(v.High)}] {p}";
    }
}
