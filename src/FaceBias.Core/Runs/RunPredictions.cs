using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Training;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Core.Runs;

/// <summary>The predictions table of a run: every image that has a split, from the cached features through the heads.</summary>
internal static class RunPredictions
{
    private const int BatchSize = 256;

    /// <summary>Computes the table: <c>id, path, split</c>, for each target its columns and <c>T_true</c>, then further
    /// groups.</summary>
    public static Table Compute(RunData data, ModelProto heads, IReadOnlyList<OutputSpec> outputs, FeatureRows features, int threads, CancellationToken cancel)
    {
        var manifest = data.Manifest;
        var images = Enumerable.Range(0, manifest.Count).Where(i => manifest.Splits[i] != Split.None).ToArray();
        var columns = new PredictionColumns(outputs, images.Length);
        using var session = new OnnxSession(heads, new OnnxSessionOptions { Threads = threads });
        using var batch = session.CreateBatch(BatchSize);
        var width = features.FeatureCount;
        var rows = new int[BatchSize];
        for (var start = 0; start < images.Length; start += BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            var count = Math.Min(BatchSize, images.Length - start);
            var input = batch.Input<float>(BackboneMetadata.Features);
            for (var i = 0; i < count; i++)
            {
                rows[i] = start + i;
                features[manifest.Sha256[images[start + i]]].CopyTo(input[(i * width)..]);
            }
            batch.Run();
            columns.Set(rows.AsSpan(0, count), [.. outputs.Select(o => batch.Output<float>(o.Name).ToArray())]);
        }
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
