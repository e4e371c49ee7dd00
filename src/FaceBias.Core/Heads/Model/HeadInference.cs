using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Core.Heads.Model;

/// <summary>Runs heads over rows of features that are already computed.</summary>
internal static class HeadInference
{
    private const int BatchSize = 256;

    /// <param name="heads">From <c>features</c> [N, width] to one output per target.</param>
    /// <param name="width">Features per row.</param>
    public static PredictionColumns Run(
        ModelProto heads, IReadOnlyList<OutputSpec> outputs, int rows, int width, FeatureRow features, int threads,
        CancellationToken cancel)
    {
        var columns = new PredictionColumns(outputs, rows);
        using var session = new OnnxSession(heads, new OnnxSessionOptions { Threads = threads });
        using var batch = session.CreateBatch(BatchSize);
        var indices = new int[BatchSize];
        for (var start = 0; start < rows; start += BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            var count = Math.Min(BatchSize, rows - start);
            var input = batch.Input<float>(BackboneMetadata.Features);
            for (var i = 0; i < count; i++)
                features(indices[i] = start + i).CopyTo(input[(i * width)..]);
            batch.Run();
            columns.Set(indices.AsSpan(0, count), [.. outputs.Select(o => batch.Output<float>(o.Name).ToArray())]);
        }
        return columns;
    }
}
