using System.Globalization;
using System.Text.Json;
using FaceBias.Auditing;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Tables;
using FaceBias.Reporting;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Audit;

/// <summary>An audit from its input to its files: <c>audit.json</c>, <c>audit.parquet</c>, <c>audit.html</c>; for a black box
/// <c>predictions.parquet</c> too, for a comparison <c>compare.json</c>.</summary>
public static class AuditRun
{
    private const int ThumbnailSide = 112;

    /// <summary>Audits and writes.</summary>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException">The input cannot be audited, or <see cref="AuditRunOptions.Out"/> holds a run with an audit of its
    /// own; nothing is written then.</exception>
    public static IReadOnlyList<string> Execute(AuditRunOptions options, IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!options.Force && RunFolder.JobIn(options.Out) is { } job)
        {
            throw new FaceBiasException($"'{options.Out}' holds what 'facebias {job}' wrote, with an {RunFolder.AuditFile} of its own; "
                + $"give another --out, such as {Path.Combine(options.Out, "audit")}, or --force to write over it.");
        }
        return Run(options, () => FolderLock.Take(options.Out), progress, cancel);
    }

    /// <summary>The same for a job that has its folder already.</summary>
    /// <param name="options">What to audit.</param>
    /// <param name="writing">Called before the first file is written; what it gives is held until the last.</param>
    /// <param name="progress">Steps done.</param>
    /// <param name="cancel">Ends it.</param>
    internal static IReadOnlyList<string> Run(AuditRunOptions options, Func<IDisposable?> writing, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        Check(options);
        var lines = new List<string>();
        // What cannot be compared is said before hours of asking and auditing, not after.
        var other = options.Compare is { } path ? Load(options, path) : null;
        var box = options.Model is null ? null : BlackBox.Ask(options, new ModelStore(), progress, cancel);
        lines.AddRange(box?.Notes ?? []);
        var table = box?.Table ?? Load(options, options.Predictions!);
        var features = box?.Features ?? (options.Features is { } file ? ReadFeatures(file) : null);
        var comparison = other is null ? [] : ModelComparison.Of(table, other, options.Audit);
        var result = Auditor.Run(table, options.Audit, progress, cancel, features);
        using var held = writing();
        var source = options.Model ?? Path.GetFileName(options.Predictions!);
        if (box is not null)
            TableFile.Write(Path.Combine(options.Out, "predictions.parquet"), table);
        AuditFile.Write(Path.Combine(options.Out, "audit.json"), result);
        TableFile.Write(Path.Combine(options.Out, "audit.parquet"), AuditTable.Of(result));
        HtmlReport.Write(Path.Combine(options.Out, "audit.html"), new()
        {
            Title = options.Title ?? $"Audit of {source}",
            Audit = result,
            Thumbnails = Thumbnails(table, result),
            Comparison = comparison,
            ComparedWith = Path.GetFileName(options.Compare),
            Provenance = box is null ? [new("predictions", source)]
                : [.. box.Provenance, new("images", string.Join(", ", options.Images)), new("labels", options.Labels!.ToString())],
        });
        lines.AddRange(result.Findings.Select(f => $"- {f.Sentence.ReplaceLineEndings(" ")}"));
        lines.AddRange(result.Slices.Where(s => s.Confirmed).Select(s => $"- {FindingText.Of(s, result)}"));
        if (comparison.Count > 0)
            AtomicFile.WriteText(Path.Combine(options.Out, "compare.json"), JsonSerializer.Serialize(comparison, CoreJson.Options) + "\n");
        lines.AddRange(comparison.Select(Line));
        lines.Add($"Report: {Path.Combine(options.Out, "audit.html")}");
        return lines;
    }

    private static void Check(AuditRunOptions options)
    {
        OptionRule.Threads(options.Audit.Threads);
        if (options.Model is null == options.Predictions is null)
            throw new FaceBiasException("An audit takes either --predictions, a table, or --model with --images and --labels; give one of the two.");
        if (options.Truth is null != options.Prediction is null)
            throw new FaceBiasException("--truth and --prediction go together; name both columns.");
        if (options.Model is not null && options.Images.Count == 0)
            throw new FaceBiasException("--model needs --images: the folder of pictures to ask it about.");
        if (options.Model is not null && options.Truth is not null)
            throw new FaceBiasException("--truth and --prediction name columns of --predictions; with --model the truth comes from --labels.");
    }

    private static Table Load(AuditRunOptions options, string path) => options is { Truth: { } truth, Prediction: { } prediction }
        ? ForeignTable.Rename(TableFile.Read(path), truth, prediction, options.Probabilities) : TableFile.Read(path);

    /// <summary>A run's feature file: a row per image, named by the column id of the table beside it.</summary>
    private static AuditFeatures ReadFeatures(string path)
    {
        var index = Path.ChangeExtension(path, ".rows.parquet");
        using var matrix = NpyMatrix.Open(path);
        var ids = TableFile.Read(index).Text("id");
        if (ids.Count != matrix.Rows)
            throw new FaceBiasException($"'{path}' has {matrix.Rows:N0} rows but '{index}' names {ids.Count:N0}; take both from one run.");
        var values = new float[(long)matrix.Rows * matrix.Columns];
        for (var row = 0; row < matrix.Rows; row++)
            matrix.Row(row).CopyTo(values.AsSpan(row * matrix.Columns));
        return new(Path.GetFileNameWithoutExtension(path), matrix.Columns,
            Enumerable.Range(0, ids.Count).ToDictionary(r => ids[r] ?? "", r => r), values);
    }

    /// <summary>Small pictures of the worst predictions and of the slices' examples, where the table says where they are.</summary>
    private static Dictionary<string, byte[]> Thumbnails(Table table, AuditResult result)
    {
        var pictures = new Dictionary<string, byte[]>();
        if (!table.Has("id") || !table.Has("path"))
            return pictures;
        var wanted = result.Targets.SelectMany(t => t.Worst).Select(w => w.Id)
            .Concat(result.Slices.Where(s => s.Confirmed).SelectMany(s => s.Examples ?? [])).ToHashSet(StringComparer.Ordinal);
        TextColumn ids = table.Text("id"), paths = table.Text("path");
        for (var row = 0; row < table.RowCount; row++)
        {
            if (ids[row] is { } id && wanted.Contains(id) && paths[row] is { } path && File.Exists(path)
                && ThumbnailWriter.Write(path, ThumbnailSide).Jpeg is { } jpeg)
                pictures[id] = jpeg;
        }
        return pictures;
    }

    private static string Line(PairedResult r) => r.Reason is { } reason ? $"{r.Target}, {r.Group}: {reason}" : string.Create(CultureInfo.InvariantCulture,
        $"{r.Target}, {r.Group}: {r.Metric} {r.First:0.000} here, {r.Second:0.000} there, difference {r.Difference:0.000} ({r.Low:0.000} to {r.High:0.000}), p {r.AdjustedP:0.000}, n {r.N:N0}");
}
