using System.Globalization;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Core.Training;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Predict;

/// <summary>A finished model's predictions for a folder of images, as a table.</summary>
public static class PredictRun
{
    /// <summary>Predicts and writes the table: <c>id, path</c>, each target's columns and, with labels, <c>T_true</c>.</summary>
    /// <returns>Lines for the console.</returns>
    public static IReadOnlyList<string> Execute(PredictRunOptions options, IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        TableFile.CheckName(options.Out);
        var model = OnnxFile.Read(options.Model);
        var metadata = ModelMetadata.Read(model, options.Model);
        var files = ImageFolder.List(options.Images).Files;
        var labels = options.Labels is null ? null : LabelSource.Load(options.Labels, files, options.ImageColumn);
        var lines = labels?.Notices.Select(n => n.Sentence).ToList() ?? [];
        var columns = new PredictionColumns(metadata.Targets, files.Count);
        using var session = new OnnxSession(model, new OnnxSessionOptions { Threads = 1 });
        var failures = Predict(session, metadata.Input.ToSpec(), [.. metadata.Targets.Select(t => t.Name)], files, columns.Set, options.Threads, progress, cancel);

        var rows = Enumerable.Range(0, files.Count).Where(i => !failures.ContainsKey(i)).ToList();
        var table = new List<Column>(Names(files, rows));
        table.AddRange(columns.ToColumns(rows));
        if (labels is not null)
            foreach (var target in metadata.Targets)
                if (labels.Table.Has(target.Name))
                    table.Add(RunPredictions.Truth(
                        labels.Target(target.Name, target is CategoricalOutput ? TargetKind.Categorical : TargetKind.Numeric), $"{target.Name}_true", rows));
                else
                    lines.Add($"The labels have no '{target.Name}', so there is no '{target.Name}_true'.");
        TableFile.Write(options.Out, new Table(table));
        lines.AddRange(LeftOut(files, failures));
        lines.Add(string.Create(CultureInfo.InvariantCulture,
            $"{rows.Count:N0} predictions, {failures.Count:N0} images left out as unreadable: {options.Out}"));
        return lines;
    }

    /// <summary>Runs a model over files and hands on what it gives for each.</summary>
    /// <returns>The files that cannot be read, with the reason.</returns>
    /// <exception cref="FaceBiasException">None of them can be read.</exception>
    internal static Dictionary<int, string> Predict(
        OnnxSession session, ImageSpec spec, IReadOnlyList<string> outputs, IReadOnlyList<ImageFile> files, ParallelInference.Receive receive,
        int threads, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var decoder = new ImageDecoder();
        var failures = new Dictionary<int, string>();
        var done = 0;
        ParallelInference.Run(
            session, spec, outputs, [.. Enumerable.Range(0, files.Count)],
            (i, pixels) => decoder.Decode(files[i].Path, spec, pixels).Problem,
            (indices, values) =>
            {
                receive(indices, values);
                done += indices.Length;
                progress?.Report(new StepProgress("predicting", done + failures.Count, files.Count, "images"));
            },
            (i, reason) => failures[i] = reason, threads, cancel);
        return failures.Count < files.Count ? failures : throw new FaceBiasException(
            $"None of the {files.Count:N0} images can be read; the first: '{files[0].Id}': {failures[0]}.");
    }

    /// <summary>The columns <c>id</c> and <c>path</c>.</summary>
    internal static Column[] Names(IReadOnlyList<ImageFile> files, List<int> rows) =>
    [
        new TextColumn("id", [.. Enumerable.Range(0, rows.Count)], [.. rows.Select(i => files[i].Id)]),
        new TextColumn("path", [.. Enumerable.Range(0, rows.Count)], [.. rows.Select(i => files[i].Path)]),
    ];

    internal static IEnumerable<string> LeftOut(IReadOnlyList<ImageFile> files, Dictionary<int, string> failures) =>
        failures.OrderBy(f => f.Key).Take(10).Select(f => $"'{files[f.Key].Id}' was left out: {f.Value}.");
}
