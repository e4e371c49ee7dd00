using FaceBias.Server.Batching;
using FaceBias.Server.Monitoring;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FaceBias.Server.Models;

/// <summary>The model that is served now. Looks every second whether its file was replaced: a new one is loaded beside
/// the old one, which ends what it has accepted; one that cannot be loaded is refused, and the old one stays.</summary>
internal sealed class ModelHost : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ServeOptions _options;
    private readonly ServerMetrics _metrics;
    private readonly ILogger<ModelHost> _log;
    private readonly Action<ShareState> _alarm;
    private ServedModel _current;
    private FileMarks _marks;

    public ModelHost(ServeOptions options, ServerMetrics metrics, ILogger<ModelHost> log)
    {
        (_options, _metrics, _log) = (options, metrics, log);
        _alarm = state =>
        {
            metrics.Alarmed(state.Target, state.Stream);
            log.LogWarning("The share of {Stream}{Target} is {Share:0.000} after {Rows} predictions, and "
                + "{Reference:0.000} at training: what is asked has changed, or the model.",
                state.Stream, state.Target.Length > 0 ? $" ({state.Target})" : "", state.Share, state.Rows,
                state.Reference);
        };
        _marks = FileMarks.Of(options.Model);
        _current = ServedModel.Open(options, metrics, _alarm);
        metrics.Watch(() => _current.Rows?.Pending ?? 0, () => _current.Watch.Shares(), () => _current.Watch.Alarms());
    }

    /// <summary>Why the file that lies there now is not served; null where it is.</summary>
    public string? Refused { get; private set; }

    /// <summary>The model of now, which stays until the lease is disposed.</summary>
    public ModelLease Lease()
    {
        while (true)
        {
            var model = Volatile.Read(ref _current);
            if (model.TryEnter())
                return new(model);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _current.Exit();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period);
        var seen = _marks;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                var now = FileMarks.Of(_options.Model);
                // Twice the same: whoever writes it has finished, or pauses and will be seen again.
                if (now != _marks && now == seen)
                {
                    _marks = now;
                    Replace();
                }
                seen = now;
            }
        }
        catch (OperationCanceledException)
        {
            // The service ends.
        }
    }

    private void Replace()
    {
        try
        {
            var next = ServedModel.Open(_options, _metrics, _alarm);
            var old = Interlocked.Exchange(ref _current, next);
            Refused = null;
            _metrics.Loaded(accepted: true);
            _log.LogInformation("The model was replaced; '{Path}' is served (SHA-256 {Sha256}).", next.Path,
                next.Sha256);
            old.Exit();
        }
        catch (Exception e) when (e is FaceBiasException or IOException or UnauthorizedAccessException)
        {
            Refused = e.Message;
            _metrics.Loaded(accepted: false);
            _log.LogError("The new model file is refused and the one before stays: {Reason}", e.Message);
        }
    }

    /// <summary>By what a change of the model's file, or of the record beside it, is noticed.</summary>
    private readonly record struct FileMarks(DateTime Model, long Bytes, DateTime Record)
    {
        public static FileMarks Of(string path)
        {
            var model = new FileInfo(path);
            var record = new FileInfo(Path.Combine(model.DirectoryName!, "run.json"));
            return model.Exists
                ? new(model.LastWriteTimeUtc, model.Length, record.Exists ? record.LastWriteTimeUtc : default)
                : default;
        }
    }
}

/// <summary>Keeps a model while a request uses it.</summary>
internal readonly struct ModelLease(ServedModel model) : IDisposable
{
    public ServedModel Model => model;

    public void Dispose() => model.Exit();
}
