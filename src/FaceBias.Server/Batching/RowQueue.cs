using System.Collections.Concurrent;
using System.Diagnostics;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Server.Monitoring;

namespace FaceBias.Server.Batching;

/// <summary>Turns pictures of many requests into batches. Every core has one thread, which decodes the next picture,
/// or, once enough of them are decoded or none is left to decode, runs the model over them: no core is asked to do two
/// things, and few decoded pictures wait. Rows are served in the order in which they came.</summary>
internal sealed class RowQueue : IDisposable
{
    /// <summary>Weight of the latest picture in the mean time of decoding.</summary>
    private const double Smoothing = 0.05;

    private readonly IPredictor _predictor;
    private readonly ImageDecoder _decoder;
    private readonly ServerMetrics _metrics;
    private readonly int _mostRows;
    private readonly int _capacity;
    private readonly Thread[] _threads;
    private readonly object _gate = new();
    private readonly Queue<QueuedRow> _open = new();
    private readonly Queue<QueuedRow> _ready = new();
    private readonly ConcurrentBag<float[]> _buffers = [];
    private readonly BatchTimes _times;
    private int _accepted;
    private double _decodeSeconds;
    private double _secondsPerRow;
    private bool _closing;

    public RowQueue(IPredictor predictor, ImageDecoder decoder, ServeOptions options, ServerMetrics metrics)
    {
        (_predictor, _decoder, _metrics) = (predictor, decoder, metrics);
        (_mostRows, _capacity) = (options.BatchRows, options.QueueRows);
        _times = new(_mostRows);
        _threads = [.. Enumerable.Range(0, options.Workers).Select(
            i => new Thread(Work) { IsBackground = true, Name = $"predict {i}" })];
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>Seconds of a clock that only goes forward.</summary>
    public static double Now => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    /// <summary>Rows that are accepted and not answered.</summary>
    public int Pending => Volatile.Read(ref _accepted);

    /// <summary>Whether a request of one row would be refused.</summary>
    public bool IsFull => Pending >= _capacity;

    /// <summary>Seconds until what is accepted is answered, as far as can be told.</summary>
    public double ExpectedWait => Pending * Volatile.Read(ref _secondsPerRow) / _threads.Length;

    /// <summary>Accepts the rows of a request, or none of them: where the queue is full, or where they could not be
    /// answered in time.</summary>
    /// <param name="pictures">Files to decode; empty where there are values.</param>
    /// <param name="seconds">Seconds until the request is given up.</param>
    /// <param name="aborted">Tells that nobody waits any more.</param>
    public IReadOnlyList<QueuedRow>? TryAccept(IReadOnlyList<byte[]> pictures, IReadOnlyList<float[]> values,
        double seconds, CancellationToken aborted)
    {
        var count = pictures.Count + values.Count;
        lock (_gate)
        {
            if (_closing || _accepted + count > _capacity || (_accepted > 0 && ExpectedWait > seconds))
                return null;
            Volatile.Write(ref _accepted, _accepted + count);
            var now = Now;
            QueuedRow[] rows =
            [
                .. pictures.Select(p => new QueuedRow(p, null, now + seconds, aborted) { Queued = now }),
                .. values.Select(v => new QueuedRow(null, v, now + seconds, aborted) { Queued = now }),
            ];
            foreach (var row in rows)
            {
                _times.Arrived(now);
                (row.Picture is null ? _ready : _open).Enqueue(row);
            }
            Monitor.PulseAll(_gate);
            return rows;
        }
    }

    /// <summary>Answers what is accepted, then ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var thread in _threads)
            thread.Join();
    }

    private void Work()
    {
        var batch = new List<QueuedRow>(_mostRows);
        var rows = new float[_mostRows * _predictor.RowLength];
        while (Next(batch) is { } next)
        {
            if (next.Open is { } row)
                Decode(row);
            else
                Run(batch, rows);
            batch.Clear();
        }
    }

    /// <summary>What to do next; null at the end.</summary>
    private (QueuedRow? Open, bool Run)? Next(List<QueuedRow> batch)
    {
        lock (_gate)
        {
            while (true)
            {
                if (_ready.Count < _times.Enough && _open.TryDequeue(out var row))
                    return (row, false);
                if (_ready.Count > 0)
                {
                    var wait = _closing ? 0 : _times.Wait(_ready.Count, Now);
                    if (wait <= 0 || !Monitor.Wait(_gate, TimeSpan.FromSeconds(wait)))
                    {
                        while (batch.Count < _mostRows && _ready.TryDequeue(out var ready))
                            batch.Add(ready);
                        if (batch.Count > 0)
                            return (null, true);
                    }
                }
                else if (_closing && _accepted == 0)
                {
                    return null;
                }
                else
                {
                    Monitor.Wait(_gate);
                }
            }
        }
    }

    private void Decode(QueuedRow row)
    {
        var began = Now;
        if (row.IsGone(began))
        {
            Finish(row, RowAnswer.Gone);
            return;
        }
        if (!_buffers.TryTake(out var values))
            values = new float[_predictor.RowLength];
        RowAnswer? refused = null;
        try
        {
            var decoded = _decoder.Decode(row.Picture!, _predictor.Image!, values);
            if (!decoded.Ok)
                refused = new(null, decoded);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            refused = new(null, new DecodeResult("it cannot be decoded"));
        }
        var seconds = Now - began;
        _metrics.Decoded(seconds);
        if (refused is not null)
        {
            _buffers.Add(values);
            Finish(row, refused);
            return;
        }
        row.Values = values;
        lock (_gate)
        {
            _decodeSeconds += (seconds - _decodeSeconds) * Smoothing;
            _ready.Enqueue(row);
            Monitor.Pulse(_gate);
        }
    }

    private void Run(List<QueuedRow> batch, float[] rows)
    {
        var began = Now;
        foreach (var gone in batch.Where(r => r.IsGone(began)))
        {
            Return(gone);
            Finish(gone, RowAnswer.Gone);
        }
        batch.RemoveAll(r => r.IsGone(began) || r.Values is null);
        if (batch.Count == 0)
            return;
        var length = _predictor.RowLength;
        for (var i = 0; i < batch.Count; i++)
        {
            batch[i].Values!.AsSpan(0, length).CopyTo(rows.AsSpan(i * length));
            Return(batch[i]);
            _metrics.Waited(began - batch[i].Queued);
        }
        try
        {
            var outputs = _predictor.Predict(rows.AsSpan(0, batch.Count * length), batch.Count);
            var seconds = Now - began;
            lock (_gate)
            {
                _times.Ran(batch.Count, seconds);
                Volatile.Write(ref _secondsPerRow, _decodeSeconds + _times.PerRow + _times.PerBatch / batch.Count);
            }
            _metrics.Ran(batch.Count, seconds);
            for (var i = 0; i < batch.Count; i++)
            {
                var row = i;
                Finish(batch[i],
                    new([.. outputs.Select(
                        o => o.AsSpan(row * (o.Length / batch.Count), o.Length / batch.Count).ToArray())]));
            }
        }
        catch (Exception e)
        {
            var sentence = e is FaceBiasException ? e.Message : $"the model failed ({e.GetType().Name})";
            foreach (var row in batch.Where(r => !r.Answer.IsCompleted))
                Finish(row, new(null, Failure: sentence));
        }
    }

    private void Return(QueuedRow row)
    {
        // A request's own numbers are not ours to keep.
        if (row.Values is { } values && row.Picture is not null && _buffers.Count < _mostRows * _threads.Length * 2)
            _buffers.Add(values);
        row.Values = null;
    }

    private void Finish(QueuedRow row, RowAnswer answer)
    {
        row.Complete(answer);
        lock (_gate)
        {
            Volatile.Write(ref _accepted, _accepted - 1);
            if (_accepted == 0)
                Monitor.PulseAll(_gate);
        }
    }
}
