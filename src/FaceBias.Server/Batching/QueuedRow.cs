using FaceBias.Core.Imaging;

namespace FaceBias.Server.Batching;

/// <summary>One row of a request on its way: a picture to decode, or numbers.</summary>
internal sealed class QueuedRow(byte[]? picture, float[]? values, double deadline, CancellationToken aborted)
{
    private readonly TaskCompletionSource<RowAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The file's bytes; null where there are values.</summary>
    public byte[]? Picture { get; private set; } = picture;

    /// <summary>What goes into the model.</summary>
    public float[]? Values { get; set; } = values;

    /// <summary>When it was accepted.</summary>
    public double Queued { get; init; }

    public Task<RowAnswer> Answer => _answer.Task;

    /// <summary>Whether nobody waits for it any more.</summary>
    public bool IsGone(double now) => aborted.IsCancellationRequested || now > deadline;

    public void Complete(RowAnswer answer)
    {
        Picture = null;
        _answer.TrySetResult(answer);
    }
}

/// <summary>What became of a row.</summary>
/// <param name="Outputs">The model's numbers, in the order of its outputs; null where there are none.</param>
/// <param name="Decoded">What the decoder said of its picture.</param>
/// <param name="Failure">Why the model could not be run.</param>
internal sealed record RowAnswer(IReadOnlyList<float[]>? Outputs, DecodeResult Decoded = default,
    string? Failure = null)
{
    /// <summary>A row that nobody waits for.</summary>
    public static RowAnswer Gone { get; } = new(null, Failure: "nobody waits for it any more");
}
