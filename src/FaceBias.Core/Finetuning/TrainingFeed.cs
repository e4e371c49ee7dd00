using FaceBias.Onnx.Training;

namespace FaceBias.Core.Finetuning;

/// <summary>Brings images into a training session, batch by batch.</summary>
internal abstract class TrainingFeed : IDisposable
{
    /// <summary>The round of images as they are.</summary>
    public const int Unchanged = 0;

    /// <summary>Fills the session's inputs with one batch after the other and says which images they are; the last batch may
    /// be smaller.</summary>
    /// <param name="session">The session.</param>
    /// <param name="images">The images in order.</param>
    /// <param name="round">The epoch, which decides how images are changed, or <see cref="Unchanged"/>.</param>
    public abstract IEnumerable<ArraySegment<int>> Batches(TrainingSession session, ArraySegment<int> images, int round);

    /// <inheritdoc/>
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
