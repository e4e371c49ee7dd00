using System.Text.Json;
using FaceBias.Primitives.Json;
using FaceBias.Reporting;

namespace FaceBias.Workflows.Compare;

/// <summary>Runs side by side: the metrics and gaps of their audits, paired tests where they predicted the same rows,
/// and what they cost.</summary>
internal static class RunComparison
{
    /// <summary>Compares.</summary>
    /// <param name="folders">Folders with an audit.json; differences are to the first.</param>
    /// <param name="folder">Where comparison.json and comparison.html go; null writes nothing.</param>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException">A folder has no audit.</exception>
    public static IReadOnlyList<string> Execute(IReadOnlyList<string> folders, string? folder = null)
    {
        ArgumentNullException.ThrowIfNull(folders);
        var names = Names(folders);
        ComparedRun[] runs = [.. folders.Select((f, i) => ComparedRun.Read(f, names[i]))];
        ComparedPair[] pairs = [.. runs.Skip(1).Select(r => Pair(runs[0], r))];
        List<ComparedTable> tables = [.. runs[0].Audit.Targets.Select(t => Side(t, runs)),
            Paired(runs[0].Name, pairs), Cost(runs)];
        var lines = tables.Where(t => t.Rows.Count > 0).SelectMany(Text).ToList();
        lines.AddRange(pairs.SelectMany(p => p.Notes));
        if (folder is null)
            return lines;
        AtomicFile.WriteText(Path.Combine(folder, "comparison.json"), JsonSerializer.Serialize(new
        {
            Version = 1,
            Runs = runs.Select(r => new { r.Name, r.Folder, r.Seconds, r.ModelBytes }),
            Against = pairs,
            Tables = tables,
        }, CoreJson.Options) + "\n");
        var page = Path.Combine(folder, "comparison.html");
        new ComparisonPage([.. runs.Select(r => new ComparedColumn(r.Name, r.Audit, r.Seconds, r.ModelBytes))], pairs)
            .Write(page);
        lines.Add($"Report: {Path.GetFullPath(page)}");
        lines.Add($"Next: facebias open {folder}");
        return lines;
    }

    /// <summary>Overall metrics and the gap by each attribute, a row per run.</summary>
    private static ComparedTable Side(TargetAudit target, ComparedRun[] runs)
    {
        var metric = Auditing.Metrics.Find(target.Main.Metric);
        string[] attributes =
            [.. runs.SelectMany(r => Of(r)?.Groupings ?? []).Where(g => g.Attributes.Count == 1)
                .Select(g => g.Attributes[0]).Distinct()];
        return new(target.Name,
            "Gap: worst against best group, with its interval; + where it is shown to be more than chance.",
            ["run", "rows", metric.Title, .. attributes.Select(a => $"gap by {(a == target.Name ? "true " : "")}{a}")],
            [.. runs.Select(r => Of(r) is not { } t ? [r.Name, "-", "not predicted", .. attributes.Select(_ => "-")]
                : (IReadOnlyList<string>)[r.Name, MetricText.Count(t.Overall.N),
                    t.Overall.Find(metric.Key) is { } e ? MetricText.Full(e) : "-",
                    .. attributes.Select(a => Gap(t, a))])]);

        TargetAudit? Of(ComparedRun run) =>
            run.Audit.Targets.FirstOrDefault(t => t.Name == target.Name && t.Kind == target.Kind);

        string Gap(TargetAudit t, string attribute)
        {
            var gap = t.Groupings.FirstOrDefault(g => g.Attributes is [var only] && only == attribute)?.Gaps
                .FirstOrDefault(g => g.Metric == metric.Key && g.Class == target.Main.Class);
            return gap?.Value is not { } value ? "-"
                : $"{(gap.Verdict == Verdict.GapShown ? "+ " : "")}{MetricText.Difference(value, metric)}{MetricText.Unit(t, metric)}, "
                + $"{gap.Worst} ({MetricText.Difference(gap.Low, metric)} to {MetricText.Difference(gap.High, metric)})";
        }
    }

    /// <summary>A further run against the first, on the rows that both predicted.</summary>
    private static ComparedPair Pair(ComparedRun first, ComparedRun other)
    {
        if (first.Predictions is not { } before || other.Predictions is not { } after)
            return new(other.Name, [], [$"{(first.Predictions is null ? first : other).Name} has no "
                + $"{RunFolders.RunFolder.PredictionsFile}, so rows cannot be compared one by one."]);
        if (first.Pictures is { } pictures && other.Pictures is { } others
            && others.FirstOrDefault(p => pictures.GetValueOrDefault(p.Key, p.Value) != p.Value) is { Key: { } id })
            return new(other.Name, [], [$"{other.Name} and {first.Name} are of different pictures with the same names "
                + $"('{id}' is not the same file), so rows cannot be compared one by one."]);
        try
        {
            var results = ModelComparison.Of(before, after, first.Audit.Options);
            return new(other.Name, results, [.. results.Where(r => r.Attribute.Length == 0)
                .SelectMany(Coverage).Distinct()]);
        }
        catch (FaceBiasException e)
        {
            return new(other.Name, [], [$"{other.Name}: {e.Message}"]);
        }

        IEnumerable<string> Coverage(PairedResult all)
        {
            foreach (var run in new[] { first, other })
                if (run.Audit.Targets.First(t => t.Name == all.Target).Overall.N is var rows && rows > all.N)
                    yield return $"The test sets differ: {MetricText.Count(all.N)} of the {MetricText.Count(rows)} rows of "
                        + $"{run.Name} are in both, and only they are compared.";
        }
    }

    /// <summary>All rows, and the groups in which a difference is shown.</summary>
    private static ComparedTable Paired(string first, IReadOnlyList<ComparedPair> pairs)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var pair in pairs)
            foreach (var r in pair.Results.Where(
                r => r.Attribute.Length == 0 || ComparisonPage.IsBetter(r) is not null))
                rows.Add([ComparisonPage.IsBetter(r) switch { true => "better", false => "WORSE", _ => "no difference shown" },
                    pair.Run, r.Target, r.Attribute.Length == 0 ? "all rows" : $"{r.Attribute} {r.Group}",
                    MetricText.Count(r.N), ComparisonPage.Words(r)]);
        return new($"Against {first}, row by row",
            "Paired intervals; p corrected by Holm. Groups without a shown difference stand in the report.",
            ["verdict", "run", "target", "rows of", "n", "paired test"], rows);
    }

    private static ComparedTable Cost(ComparedRun[] runs) =>
        new("Cost", "Time of all steps that were not skipped, and the size of the model.", ["run", "seconds", "model"],
        [.. runs.Select(
            r => (IReadOnlyList<string>)[r.Name, r.Seconds?.ToString("N1", CultureInfo.InvariantCulture) ?? "-",
            r.ModelBytes is { } bytes ? (bytes / 1e6).ToString("N1", CultureInfo.InvariantCulture) + " MB" : "-"])]);

    private static IEnumerable<string> Text(ComparedTable table)
    {
        yield return $"{table.Title}  ({table.Note})";
        IReadOnlyList<string>[] rows = [table.Headers, .. table.Rows];
        var widths = Enumerable.Range(0, table.Headers.Count).Select(c => rows.Max(r => r[c].Length)).ToArray();
        foreach (var row in rows)
            yield return "  " + string.Join("  ", row.Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd();
        yield return "";
    }

    /// <summary>The last parts of paths, as many as tell them apart.</summary>
    private static string[] Names(IReadOnlyList<string> folders)
    {
        string[][] parts =
            [.. folders.Select(
                f => Path.GetFullPath(f).Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))];
        for (var count = 1; ; count++)
        {
            string[] names = [.. parts.Select(p => string.Join('/', p[^Math.Min(count, p.Length)..]))];
            if (names.Distinct().Count() == names.Length)
                return names;
            if (count > parts.Max(p => p.Length))
                throw new FaceBiasException("The same run is named twice; name each once.");
        }
    }

    /// <summary>A part of the comparison.</summary>
    private sealed record ComparedTable(string Title, string Note, IReadOnlyList<string> Headers,
        IReadOnlyList<IReadOnlyList<string>> Rows);
}
