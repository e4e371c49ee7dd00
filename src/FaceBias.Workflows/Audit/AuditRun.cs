using System.Text.Json;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Options;
using FaceBias.Reporting;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Uncertainty;

namespace FaceBias.Workflows.Audit;

/// <summary>What an audit gives.</summary>
/// <param name="Audit">The audit; null where the input was only checked.</param>
/// <param name="Summary">Lines for the console.</param>
public sealed record AuditRunResult(AuditResult? Audit, IReadOnlyList<string> Summary);

/// <summary>An audit from its input to its files: <c>audit.json</c>, <c>audit.parquet</c>, <c>audit.html</c>; for a
/// black box <c>predictions.parquet</c> too, for a comparison <c>compare.json</c>.</summary>
internal static class AuditRun
{
    private const int MostLines = 20;

    /// <summary>Audits and writes.</summary>
    /// <returns>The audit, null where it was only checked, and lines for the console.</returns>
    /// <exception cref="FaceBiasException">The input cannot be audited, or <see cref="AuditRunOptions.Out"/> holds a
    /// run with an audit of its own; nothing is written then.</exception>
    public static AuditRunResult Execute(AuditRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!options.Force && !options.CheckOnly && RunFolder.JobIn(options.Out) is { } job)
        {
            throw new FaceBiasException(
                $"'{options.Out}' holds what 'facebias {job}' wrote, with an {RunFolder.AuditFile} of its own; "
                + $"give another ‹Out›, such as {Path.Combine(options.Out, "audit")}, or ‹Force› to write over it.");
        }
        return Run(options, () => FolderLock.Take(options.Out), progress, cancellationToken);
    }

    /// <summary>What draws for the groupings of an audit; see <see cref="Auditor.Drawing"/>.</summary>
    internal static (IReadOnlyList<string> Names, Func<int, int, int, DrawLog> Draw) Drawing(AuditRunOptions options)
    {
        Check(options);
        if (options.Predictions is not { } path)
            throw new FaceBiasException("An audit that asks a ‹Model› is not planned: write its predictions first, with "
                + "'facebias plan predict', and audit those.");
        if (options.Compare is { } other)
            Load(options, other);
        var (table, audit) = Load(options, path);
        return Auditor.Drawing(table, audit);
    }

    /// <summary>The same for a job that has its folder already.</summary>
    /// <param name="writing">Called before the first file is written; what it gives is held until the last.</param>
    /// <param name="draws">The draws of each grouping, where they were made elsewhere.</param>
    internal static AuditRunResult Run(AuditRunOptions options, Func<IDisposable?> writing,
        IProgress<StepProgress>? progress, CancellationToken cancel, Func<int, DrawLog>? draws = null)
    {
        Check(options);
        var lines = new List<string>();
        // What cannot be compared is said before hours of asking and auditing, not after.
        var other = options.Compare is { } path ? Load(options, path).Table : null;
        var box = options.Model is null ? null : BlackBox.Ask(options, new ModelStore(), progress, cancel);
        lines.AddRange(box?.Notes ?? []);
        // A model was asked about the images of the split alone.
        var (table, audit) = box is null ? Load(options, options.Predictions!)
            : RunClusters.Of(RunClusters.Beside(options.Model!), box.Table, options.Audit with { Split = null });
        if (options.CheckOnly)
            return new(null, Describe(table, audit, options.Predictions ?? options.Model!));
        var features = box?.Features ?? (options.Features is { } file ? ReadFeatures(file) : null);
        var comparison = other is null ? [] : ModelComparison.Of(table, other, audit);
        var result = Auditor.Run(table, audit, progress, cancel, features, draws);
        using var held = writing();
        var source = options.Model ?? Path.GetFileName(options.Predictions!);
        if (box is not null)
            TableFile.Write(Path.Combine(options.Out, "predictions.parquet"), table);
        AuditFile.Write(Path.Combine(options.Out, "audit.json"), result);
        TableFile.Write(Path.Combine(options.Out, "audit.parquet"), AuditTable.Of(result));
        var uncertainty = UncertaintySummaries.Of(table, [.. result.Targets.Select(t => t.Name)],
            [.. result.Attributes.Select(a => a.Name)]);
        HtmlReport.Write(Path.Combine(options.Out, "audit.html"), new()
        {
            Title = options.Title ?? $"Audit of {source}",
            Audit = result,
            Uncertainty = uncertainty,
            Thumbnails = Thumbnails(table, result, uncertainty, options.Pages),
            Comparison = comparison,
            ComparedWith = Path.GetFileName(options.Compare),
            Provenance = box is null ? [new("predictions", source)]
                : [.. box.Provenance, new("images", string.Join(", ", options.Images)),
                    new("labels", options.Labels!.ToString())],
        });
        options.Pages.Print(Path.Combine(options.Out, "audit.html"), progress, cancel);
        lines.AddRange(result.Notices.Select(n => $"note: {n}"));
        lines.AddRange(FindingTable.Overall(result));
        lines.AddRange(FindingTable.Lines(result, MostLines).Select(l => l.ReplaceLineEndings(" ")));
        lines.AddRange(result.Targets.Select(t => t.Coverage?.Sentence).OfType<string>().Select(s => $"- {s}"));
        lines.AddRange(result.Targets.SelectMany(t => t.Selective).SelectMany(s => s.Verdicts)
            .Where(v => v.Effect == AbstentionEffect.Widens).Select(v => $"- {v.Sentence}"));
        lines.AddRange(result.Slices.Where(s => s.Confirmed).Select(s => $"- {FindingText.Of(s, result)}"));
        if (comparison.Count > 0)
            AtomicFile.WriteText(Path.Combine(options.Out, "compare.json"),
                JsonSerializer.Serialize(comparison, CoreJson.Options) + "\n");
        lines.AddRange(Matching(table, other, comparison, result));
        lines.AddRange(comparison.Select(Line));
        lines.Add($"Report: {Path.GetFullPath(Path.Combine(options.Out, "audit.html"))}");
        lines.Add($"Next: facebias open {options.Out}");
        return new(result, lines);
    }

    private static void Check(AuditRunOptions options)
    {
        OptionSchema.Check(options);
        options.Pages.Check();
        if (options.Model is null == options.Predictions is null)
            throw new FaceBiasException(
                "An audit takes either ‹Predictions›, a table, or ‹Model› with ‹Images› and ‹Labels›; give one of the two.");
        if (options.Model is not null && options.Images.Count == 0)
            throw new FaceBiasException("‹Model› needs ‹Images›: the folder of pictures to ask it about.");
        if (options.Model is not null && !options.Columns.IsEmpty)
            throw new FaceBiasException(
                "‹Truth›, ‹Prediction›, ‹Probabilities› and ‹Score› name columns of ‹Predictions›; with ‹Model› the "
                    + "truth comes from ‹Labels›.");
    }

    /// <summary>The table with the names of an audit, and the options with its target where columns were
    /// named.</summary>
    private static (Table Table, AuditOptions Options) Load(AuditRunOptions options, string path)
    {
        var table = TableFile.Read(path, reading: options.Reading);
        var mistakes = new Mistakes();
        Named(table, options, mistakes);
        (table, var audit) = RunClusters.Of(options.Together ?? RunClusters.Beside(path), table, options.Audit);
        if (options.Columns.IsEmpty)
        {
            mistakes.Throw();
            return (table, audit);
        }
        var renamed = mistakes.Try(() => new Renamed(ForeignTable.Rename(table, options.Columns)));
        mistakes.Throw();
        return (renamed!.Value.Table, audit.Targets is null ? audit with { Targets = [renamed.Value.Target] } : audit);
    }

    private sealed record Renamed((Table Table, string Target) Value);

    /// <summary>All columns that options name and the table has not, at once.</summary>
    private static void Named(Table table, AuditRunOptions options, Mistakes mistakes)
    {
        var audit = options.Audit;
        (string Option, IEnumerable<string> Names)[] named =
        [
            ("‹Groups›", audit.Groups ?? []), ("‹Cluster›", audit.ClusterColumn is { } c ? [c] : []),
            ("‹Weights›", audit.Weights is { } w ? [w] : []), ("‹Control›", audit.Control),
            ("‹Categorical›", audit.Kinds.Categorical), ("‹Numeric›", audit.Kinds.Numeric),
            ("‹Nominal›", audit.Kinds.Nominal), ("‹KeepNa›", options.Reading.KeepNa.Where(k => k != "*")),
            ("‹Ordinal›", audit.Ordinal.Select(o => o.Split('=')[0])),
            ("‹Where›", audit.Where.Select(w => w.Split('=')[0])),
        ];
        foreach (var (option, names) in named)
        {
            foreach (var name in names.Where(n => !table.Has(n) && !table.Has($"{n}_true")))
            {
                mistakes.Add($"{option}: {table.Origin} has no column "
                    + $"'{name}'{(Nearest(name, table) is { } near ? $"; did you mean '{near}'?" : "")}; it has "
                    + $"{table.Columns.Take(40).Select(x => x.Header).Quoted()}.");
            }
        }
    }

    private static string? Nearest(string name, Table table) => table.Columns.Select(c => c.Header)
        .FirstOrDefault(
            h => h.Equals(name, StringComparison.OrdinalIgnoreCase)
                || string.Concat(h.Where(char.IsLetterOrDigit)).Equals(string.Concat(name.Where(char.IsLetterOrDigit)),
                    StringComparison.OrdinalIgnoreCase));

    /// <summary>How a table is read, in lines: its size, targets and attributes, and what was assumed or left
    /// out.</summary>
    private static List<string> Describe(Table table, AuditOptions options, string source)
    {
        var data = new PredictionTable(table, options);
        List<string> lines =
            [string.Create(CultureInfo.InvariantCulture,
                $"{source}: {data.RowCount:N0} "
                    + $"rows{(data.RowCount < table.RowCount ? $" of split '{options.Split}' ({table.RowCount:N0} in all)" : "")}.")];
        foreach (var t in data.Targets)
        {
            var what = t.Kind == TargetKind.Numeric
                ? $"a number{(t.Unit is null ? "" : $" in {t.Unit}")}" : $"{t.Classes.Length} classes "
                    + $"({string.Join(", ", t.Classes.Take(8))}{(t.Classes.Length > 8 ? ", ..." : "")})";
            lines.Add($"target {t.Name}: {what}{(t.NoTruth ? ", no truth" : "")}{(t.Probabilities is not null ? ", with probabilities" : "")}.");
        }
        lines.AddRange(data.Attributes.Select(
            a => $"group {a.Name}: {string.Join(a.Ordered ? " < " : ", ", a.Levels.Take(12))}{(a.Levels.Length > 12 ? ", ..." : "")}."));
        lines.AddRange(data.Ignored.Select(i => $"not used: {i.Column}: {i.Reason}."));
        lines.AddRange(table.Notices.Select(n => n.Sentence).Concat(data.Notices).Select(n => $"note: {n}"));
        return lines;
    }

    /// <summary>A run's feature file: a row per image, named by the column id of the table beside it.</summary>
    private static AuditFeatures ReadFeatures(string path)
    {
        var index = Path.ChangeExtension(path, ".rows.parquet");
        using var matrix = NpyMatrix.Open(path);
        var ids = TableFile.Read(index).Text("id");
        if (ids.Count != matrix.Rows)
            throw new FaceBiasException(
                $"'{path}' has {matrix.Rows:N0} rows but '{index}' names {ids.Count:N0}; take both from one run.");
        var values = new float[(long)matrix.Rows * matrix.Columns];
        for (var row = 0; row < matrix.Rows; row++)
            matrix.Row(row).CopyTo(values.AsSpan(row * matrix.Columns));
        return new(Path.GetFileNameWithoutExtension(path), matrix.Columns,
            Enumerable.Range(0, ids.Count).ToDictionary(r => ids[r] ?? "", r => r), values);
    }

    /// <summary>Small pictures of the worst predictions and of the slices' examples, where the table says where they
    /// are.</summary>
    private static Dictionary<string, byte[]> Thumbnails(
        Table table, AuditResult result, UncertaintySummary? uncertainty, PageOptions pages)
    {
        var pictures = new Dictionary<string, byte[]>();
        if (!pages.Pictures || !table.Has("id") || !table.Has("path"))
            return pictures;
        HashSet<string> wanted = [.. ReportPictures.Wanted(result),
            .. uncertainty?.Rarity.SelectMany(r => r.Usual.Concat(r.Rare)) ?? []];
        TextColumn ids = table.Text("id"), paths = table.Text("path");
        for (var row = 0; row < table.RowCount; row++)
        {
            if (ids[row] is { } id && wanted.Contains(id) && paths[row] is { } path && File.Exists(path)
                && pages.Thumbnail(path) is { } jpeg)
                pictures[id] = jpeg;
        }
        return pictures;
    }

    /// <summary>How rows of two tables were matched, and how many were not.</summary>
    private static IEnumerable<string> Matching(Table table, Table? other, IReadOnlyList<PairedResult> comparison,
        AuditResult audit)
    {
        if (other is not null && ModelComparison.Key(table, other) is { } key and not "id")
            yield return $"note: Rows of both tables are matched by '{key}'.";
        foreach (var all in comparison.Where(r => r.Attribute.Length == 0))
            if (audit.Targets.First(t => t.Name == all.Target).Overall.N is var rows && rows > all.N)
                yield return string.Create(CultureInfo.InvariantCulture,
                    $"note: {all.N:N0} of the {rows:N0} rows are compared, those that both tables have with an answer to '{all.Target}'.");
    }

    private static string Line(PairedResult r) =>
        r.Reason is { } reason ? $"{r.Target}, {r.Group}: {reason}" : string.Create(CultureInfo.InvariantCulture,
        $"{r.Target}, {r.Group}: {r.Metric} {r.First:0.000} here, {r.Second:0.000} there, difference "
            + $"{r.Difference:0.000} ({r.Low:0.000} to {r.High:0.000}), p {r.AdjustedP:0.000}, n {r.N:N0}");
}
