using System.Globalization;
using System.Text.Json;
using FaceBias.Auditing;
using FaceBias.Primitives.Json;
using FaceBias.Reporting;

namespace FaceBias.Workflows.Compare;

/// <summary>Runs side by side: the metrics and gaps of their audits, paired tests where they predicted the same rows,
/// and what they cost.</summary>
public static class RunComparison
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
        List<ComparedTable> tables = [.. runs[0].Audit.Targets.Select(t => Side(t, runs)), Paired(runs), Cost(runs)];
        var lines = tables.Where(t => t.Rows.Count > 0).SelectMany(Text).ToList();
        if (folder is null)
            return lines;
        AtomicFile.WriteText(Path.Combine(folder, "comparison.json"),
            JsonSerializer.Serialize(tables, CoreJson.Options) + "\n");
        var page = Path.Combine(folder, "comparison.html");
        AtomicFile.WriteText(page,
            HtmlPage.Write("Runs side by side", string.Join(", ", names),
                tables.Where(t => t.Rows.Count > 0).Select((t, i) =>
            new PagePart($"part{i}", t.Title,
                Parts.Section($"part{i}", t.Title,
                    Parts.Table(t.Note, [.. t.Headers], t.Rows.Select(r => r.ToArray())))))));
        lines.Add($"Report: {Path.GetFullPath(page)}");
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
                : (IReadOnlyList<string>)[r.Name, Figures.Count(t.Overall.N),
                    t.Overall.Find(metric.Key) is { } e ? Figures.Full(e) : "-",
                    .. attributes.Select(a => Gap(t, a))])]);

        TargetAudit? Of(ComparedRun run) =>
            run.Audit.Targets.FirstOrDefault(t => t.Name == target.Name && t.Kind == target.Kind);

        string Gap(TargetAudit t, string attribute)
        {
            var gap = t.Groupings.FirstOrDefault(g => g.Attributes is [var only] && only == attribute)?.Gaps
                .FirstOrDefault(g => g.Metric == metric.Key && g.Class == target.Main.Class);
            return gap?.Value is not { } value ? "-"
                : $"{(gap.Verdict == Verdict.GapShown ? "+ " : "")}{Figures.Difference(value, metric)}{Figures.Unit(t, metric)}, "
                + $"{gap.Worst} ({Figures.Difference(gap.Low, metric)} to {Figures.Difference(gap.High, metric)})";
        }
    }

    /// <summary>Every further run against the first, on the rows that both predicted.</summary>
    private static ComparedTable Paired(ComparedRun[] runs)
    {
        var rows = new List<IReadOnlyList<string>>();
        var notes = new List<string>();
        foreach (var other in runs.Skip(1))
        {
            if (runs[0].Predictions is not { } first || other.Predictions is not { } second)
            {
                notes.Add($"{other.Name}: no {RunFolders.RunFolder.PredictionsFile} to compare row by row.");
                continue;
            }
            try
            {
                foreach (var r in ModelComparison.Of(first, second, runs[0].Audit.Options))
                {
                    var metric = Auditing.Metrics.Find(r.Metric);
                    rows.Add([other.Name, r.Target, r.Attribute.Length == 0 ? "all rows" : $"{r.Attribute}: {r.Group}",
                        Figures.Count(r.N),
                        r.Reason ?? $"{Figures.Value(r.First!.Value, metric)} to {Figures.Value(r.Second!.Value, metric)}",
                        r.Reason is null
                            ? $"{Figures.Difference(r.Difference, metric)} ({Figures.Difference(r.Low, metric)} to "
                                + $"{Figures.Difference(r.High, metric)})" : "-",
                        r.AdjustedP is { } p ? Figures.P(p) : "-"]);
                }
            }
            catch (FaceBiasException e)
            {
                notes.Add($"{other.Name}: {e.Message}");
            }
        }
        return new($"Against {runs[0].Name}, row by row",
            string.Join(" ", notes.Prepend("Difference with its paired interval; p corrected by Holm.")),
            ["run", "target", "rows of", "n", "metric", "difference", "p"], rows);
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
