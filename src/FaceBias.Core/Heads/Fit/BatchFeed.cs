using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Fit;

/// <summary>Brings rows into a training session, batch by batch.</summary>
internal abstract class BatchFeed : IDisposable
{
    /// <summary>The round of images as they are.</summary>
    public const int Unchanged = 0;

    /// <summary>Fills the session's inputs with one batch after the other and says which rows they are; the last batch
    /// may be smaller.</summary>
    /// <param name="rows">The rows in order.</param>
    /// <param name="round">The epoch, which decides how images are changed, or <see cref="Unchanged"/>.</param>
    public abstract IEnumerable<ArraySegment<int>> Batches(TrainingSession session, ArraySegment<int> rows, int round);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what it holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>Rows that lie in memory.</summary>
/// <param name="batch">Rows per batch.</param>
/// <param name="fill">Fills the session's inputs with some rows.</param>
internal sealed class RowFeed(int batch, Action<ReadOnlyMemory<int>> fill) : BatchFeed
{
    public override IEnumerable<ArraySegment<int>> Batches(TrainingSession session, ArraySegment<int> rows, int round)
    {
        for (var start = 0; start < rows.Count; start += batch)
        {
            var part = rows.Slice(start, Math.Min(batch, rows.Count - start));
            fill(part);
            yield return part;
        }
    }
}
