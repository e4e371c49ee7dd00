using FaceBias.Core.Data;
using FaceBias.Core.Training;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Core.Sweeps.Heads;

/// <summary>The predictions of heads for every row of a sweep's data.</summary>
internal static class HeadPredictions
{
    private const int BatchSize = 256;

    /// <summary>Runs the heads over all rows.</summary>
    public static PredictionColumns Of(ModelProto heads, SweepData data, IReadOnlyList<OutputSpec> outputs, CancellationToken cancel)
    {
        var columns = new PredictionColumns(outputs, data.Table.RowCount);
        using var session = new OnnxSession(heads, new OnnxSessionOptions());
        using var batch = session.CreateBatch(BatchSize);
        var rows = new int[BatchSize];
        for (var start = 0; start < columns.RowCount; start += BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            var count = Math.Min(BatchSize, columns.RowCount - start);
            var input = batch.Input<float>(BackboneMetadata.Features);
            for (var i = 0; i < count; i++)
                data.Features(rows[i] = start + i).CopyTo(input[(i * data.Width)..]);
            batch.Run();
            columns.Set(rows.AsSpan(0, count), [.. outputs.Select(o => batch.Output<float>(o.Name).ToArray())]);
        }
        return columns;
    }

    /// <summary>As a table that an audit reads: the run's table with these predictions in place of its own.</summary>
    public static Table ToTable(PredictionColumns columns, SweepData data)
    {
        string[] trained = [.. data.Targets.Select(t => t.Name)];
        bool Replaced(string name) => Array.Exists(trained, t => name == t || name.StartsWith(t + "_p_", StringComparison.Ordinal));
        var own = data.Table.Columns.Where(c => !Replaced(c.Name)).ToList();
        string[] untrained = [.. own.Select(c => c.Name).Where(n => data.Table.Has($"{n}_true"))];
        // The run's predictions of targets that the sweep did not train are not the winner's; their truths stay as groups.
        return new(
        [
            .. own.Take(3), .. columns.ToColumns(),
            .. own.Skip(3).Where(c => !Array.Exists(untrained, t => c.Name == t || c.Name.StartsWith(t + "_p_", StringComparison.Ordinal))),
        ]);
    }
}
