using Microsoft.ML.Runtime;

namespace FaceBias.MLNet;

/// <summary>A token that is cancelled with another one, or with an ML.NET context: ML.NET has a flag where FaceBias has
/// tokens, and nothing that tells of it. AutoML cancels the context of a trial whose time is over.</summary>
internal sealed class ContextCancellation : IDisposable
{
    private const int Milliseconds = 100;

    private readonly CancellationTokenSource _source;
    private readonly Timer? _watch;

    /// <param name="environment">The context; null for none.</param>
    public ContextCancellation(IHostEnvironment? environment, CancellationToken token)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(token);
        // A context cancels the hosts that are registered with it. With a seed it draws no random number.
        if (environment?.Register(nameof(FaceBias), seed: 0) is ICancelable host)
            _watch = new(_ =>
            {
                if (host.IsCanceled)
                    _source.Cancel();
            }, null, Milliseconds, Milliseconds);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Waits for a look at the flag that is under way.</summary>
    public void Dispose()
    {
        using var ended = new ManualResetEvent(false);
        if (_watch?.Dispose(ended) == true)
            ended.WaitOne();
        _source.Dispose();
    }
}
