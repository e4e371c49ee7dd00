using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Core.Training;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Core.Runs;

/// <summary>The predictions table of a run: every image that has a split.</summary>
internal static class RunPredictions
{
    /// <summary>From the cached features through the heads.</summary>
    /// <returns><c>id, path, split</c>, for each target its columns and <c>T_true</c>, then further groups.</returns>
    public static Table FromFeatures(RunData data, ModelProto heads, IReadOnlyList<OutputSpec> outputs, ImageFeatures features, int threads, CancellationToken cancel)
    {
        var images = Images(data);
        var columns = HeadInference.Run(
            heads, outputs, images.Length, features.Count, i => features[data.Manifest.Sha256[images[i]]], threads, cancel);
        return ToTable(data, images, columns);
    }

    /// <summary>From the images through a whole model, for one whose backbone is no longer that of the features. Outputs
    /// are kept by content as features are, so that an interrupted run goes on.</summary>
    /// <param name="data">The images.</param>
    /// <param name="model">The model's file.</param>
    /// <param name="spec">Size of its input.</param>
    /// <param name="outputs">Its outputs.</param>
    /// <param name="folder">Where its outputs are kept.</param>
    /// <param name="threads">Threads; 0 for one per core.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancel">Ends after the batches in flight.</param>
    /// <returns>The same table.</returns>
    public static Table FromImages(
        RunData data, string model, ImageSpec spec, IReadOnlyList<OutputSpec> outputs, string folder, int threads,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var manifest = data.Manifest;
        var images = Images(data);
        var widths = outputs.Select(PredictionColumns.Width).ToArray();
        using var store = FeatureStore.Open(folder, "outputs-" + Sha256.OfFile(model)[..16], widths.Sum());
        var missing = images.Where(i => !store.Contains(manifest.Sha256[i])).ToList();
        var (done, cached) = (images.Length - missing.Count, images.Length - missing.Count);
        var decoder = new ImageDecoder();
        if (missing.Count > 0)
        {
            using var session = new OnnxSession(model, new OnnxSessionOptions { Threads = 1 });
            ParallelInference.Run(
                session, spec, [.. outputs.Select(o => o.Name)], missing,
                (i, pixels) => decoder.Decode(manifest.Files[i].Path, spec, pixels).Problem,
                (rows, values) =>
                {
                    store.Append([.. rows.ToArray().Select(i => manifest.Sha256[i])], Interleave(values, widths, rows.Length));
                    done += rows.Length;
                    progress?.Report(new StepProgress("predicting", done, images.Length, "images", cached));
                },
                (i, reason) => throw new FaceBiasException(
                    $"'{manifest.Files[i].Path}' was readable before and is not now: {reason}; restore it and run the same command again."),
                threads, cancel);
        }
        using var stored = store.OpenRows();
        var columns = new PredictionColumns(outputs, images.Length);
        for (var i = 0; i < images.Length; i++)
        {
            var row = stored[manifest.Sha256[images[i]]].ToArray();
            var start = 0;
            columns.Set([i], [.. widths.Select(w => row[start..(start += w)])]);
        }
        return ToTable(data, images, columns);
    }

    /// <summary>One row per image with all outputs side by side.</summary>
    private static float[] Interleave(IReadOnlyList<float[]> values, int[] widths, int count)
    {
        var rows = new List<float>();
        for (var i = 0; i < count; i++)
            for (var o = 0; o < widths.Length; o++)
                rows.AddRange(values[o].AsSpan(i * widths[o], widths[o]));
        return [.. rows];
    }

    private static int[] Images(RunData data) =>
        [.. Enumerable.Range(0, data.Manifest.Count).Where(i => data.Manifest.Splits[i] != Split.None)];

    private static Table ToTable(RunData data, int[] images, PredictionColumns columns)
    {
        var manifest = data.Manifest;
        return new Table(
        [
            new TextColumn("id", [.. Enumerable.Range(0, images.Length)], [.. images.Select(i => manifest.Files[i].Id)]),
            new TextColumn("path", [.. Enumerable.Range(0, images.Length)], [.. images.Select(i => manifest.Files[i].Path)]),
            new TextColumn("split", [.. images.Select(i => manifest.Splits[i].ToString().ToLowerInvariant())]),
            .. columns.ToColumns(),
            .. data.Targets.Select(t => Truth(t, $"{t.Name}_true", images)),
            .. data.Groups.Select(t => Truth(t, t.Name, images)),
        ]);
    }

    /// <summary>Labels as a column for some images.</summary>
    internal static Column Truth(Target target, string name, IReadOnlyList<int> images) => target.Kind == TargetKind.Categorical
        ? new TextColumn(name, [.. images.Select(i => target.Codes[i])], [.. target.Classes])
        : new NumberColumn(name, [.. images.Select(i => target.Values[i])]);
}
