using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Workflows.Train;

/// <summary>Predictions of a model that goes from pixels to outputs. They are kept by content, as features are, so that
/// what was interrupted is resumed.</summary>
internal static class WholeModel
{
    /// <param name="model">The model's file.</param>
    /// <param name="hashes">Their SHA-256.</param>
    /// <param name="folder">Where outputs are kept.</param>
    /// <returns>One row per image, in their order.</returns>
    public static PredictionColumns Predict(
        string model, ImageSpec spec, IReadOnlyList<OutputSpec> outputs, IReadOnlyList<string> paths,
        IReadOnlyList<Digest> hashes,
        string folder, int threads, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var widths = outputs.Select(PredictionColumns.Width).ToArray();
        var store = FeatureStore.Open(folder, "outputs-" + Sha256.OfFile(model)[..16], widths.Sum());
        var missing = Enumerable.Range(0, paths.Count).Where(i => !store.Contains(hashes[i])).DistinctBy(i => hashes[i])
            .ToList();
        var (done, cached) = (paths.Count - missing.Count, paths.Count - missing.Count);
        var decoder = new ImageDecoder();
        if (missing.Count > 0)
        {
            using var predictor = OnnxPredictor.OfModel(OnnxFile.Read(model), model,
                new() { Novelty = false, Uncertainty = false });
            ImagePredictions.Run(
                predictor, missing,
                (i, pixels) => decoder.Decode(paths[i], spec, pixels).Problem,
                (rows, values) =>
                {
                    store.Append([.. rows.ToArray().Select(i => hashes[i])], Interleave(values, widths, rows.Length));
                    done += rows.Length;
                    progress?.Report(new StepProgress("predicting", done, paths.Count, "images", cached));
                },
                (i, reason) => throw new FaceBiasException(
                    $"'{paths[i]}' was readable before and is not now: {reason}; restore it and run the same command again."),
                threads, cancel);
        }
        using var stored = store.OpenRows();
        var columns = new PredictionColumns(outputs, paths.Count);
        for (var i = 0; i < paths.Count; i++)
        {
            var row = stored[hashes[i]].ToArray();
            var start = 0;
            columns.Set([i], [.. widths.Select(w => row[start..(start += w)])]);
        }
        return columns;
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
}
